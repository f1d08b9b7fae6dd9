// All that chart.js knows of plotly.js beyond its documented interface. chart.py puts this file
// before chart.js; tests/browser/test_plotly_inside.py holds each function to a figure whose numbers
// are known, and the version below to the one that is installed.

const MADE_FOR = "4.1.1"; // the plotly.js in which these names were read

// The figure as it stands on screen, with all that plotly filled in; null before it is drawn.
function drawn(plot) {
  if (!plot._fullLayout) return null;
  const { width, height, font, paper_bgcolor: paper, sliders, _size: size } = plot._fullLayout;
  const margin = { l: size.l, r: size.r, t: size.t, b: size.b, pad: size.p };
  return { width, height, font, paper, margin, slider: sliders?.[0] ?? null };
}

// A trace with its arrays decoded.
function drawnTrace(plot, number) {
  return plot._fullData?.[number];
}

// Whether a zoom or a pan is under way.
function isDragging(plot) {
  return Boolean(plot._dragging);
}

// The panels on the x axis, or on one that matches it, as long as it is linear.
function panelsOverX(plot) {
  const { _plots: panels = {}, _axisMatchGroups: groups } = plot._fullLayout ?? {};
  const matching = groups?.find((group) => "x" in group) ?? { x: 1 };
  const overX = ({ xaxis }) => xaxis._id in matching && xaxis.type === "linear";
  return Object.values(panels).filter(overX).map(inPixels);
}

// Where a panel lies, in pixels from the figure's corner, and the way from x to its pixels and back.
function inPixels({ xaxis, yaxis }) {
  return {
    axis: xaxis._id, left: xaxis._offset, width: xaxis._length, top: yaxis._offset, height: yaxis._length,
    pixelOf: (x) => xaxis._offset + xaxis.c2p(x),
    xAt: (pixel) => xaxis.p2c(pixel - xaxis._offset),
  };
}

// The name of the x axis, as panels have it, of a point that plotly tells of; undefined without one.
function axisOf(point) {
  return point.xaxis?._id;
}

