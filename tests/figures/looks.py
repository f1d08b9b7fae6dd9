"""What the tests of figures share: results to draw, and a look at what a figure is made of."""

import re

import numpy as np
import plotly.io

import lstm_viz as lv
from lstm_viz.figures.theme import GROUNDS
from tests.nets import make_weights

HEX = re.compile(r"#[0-9A-Fa-f]{6}")


def drawn(kind, T=30, H=6, seed=0, x=None, **options):
    """The survival of a random net's gradient."""
    rng = np.random.default_rng(seed)
    weights = make_weights(kind, 3, H, rng, **options)
    x = rng.normal(size=(T, 1, 3)) if x is None else x
    return lv.survival(weights, x, lv.unit_probe(H))


def blown_up(T=700):
    """A ReLU net whose states overflow after some hundred steps."""
    return drawn("relu", T=T, H=16, seed=2, scale=8.0, x=np.ones((T, 1, 3)))


def still(cell, T=12):
    """A net without recurrent weights: its ∂L/∂h_t is exactly zero before the last step."""
    spec = lv.ModelSpec(cell=cell, input_size=3, hidden_size=4, gain=0.0)
    return lv.survival(lv.init_weights(spec), lv.white_noise(T, 3), lv.unit_probe(4))


def symbol(trace):
    return trace.marker.symbol if trace.type == "scatter" else None


def texts(figure):
    """Everything that is written in a figure, in one string."""
    layout = figure.layout
    axes = [layout[name].title.text for name in layout if name.startswith(("xaxis", "yaxis"))]
    names = [trace.name for trace in figure.data]
    return " ".join(filter(None, [*(a.text for a in layout.annotations), *axes, *names]))


def assert_colours_are_explicit(figure, ground):
    """Nothing is left to a template: Streamlit's has placeholders for colours."""
    look, layout = GROUNDS[ground], figure.layout
    assert layout.template == plotly.io.templates["none"]
    assert layout.paper_bgcolor == layout.plot_bgcolor == look.paper
    assert layout.font.color == look.text
    for name in (n for n in layout if n.startswith(("xaxis", "yaxis"))):
        axis = layout[name]
        assert axis.gridcolor == look.grid and axis.linecolor == look.muted, name
        assert axis.tickfont.color == look.muted and axis.title.font.color == look.text, name
    for trace in figure.data:
        assert_trace_is_coloured(trace)
    assert not re.findall(r"#0000\d\d(?!\d)", figure.to_json())


def assert_trace_is_coloured(trace):
    if trace.type == "heatmap":
        assert trace.colorscale or trace.coloraxis
        return
    if trace.type == "contour":
        assert trace.contours.coloring == "none" and trace.line.color
        return
    assert trace.mode, f"{trace.name}: plotly draws markers too where points are few"
    mode = trace.mode
    if "lines" in mode and trace.line.width != 0:
        assert trace.line.color, trace.name
    if "markers" in mode and "lines" not in mode:
        assert trace.marker.color or trace.line.color, trace.name
    if trace.fill:
        assert trace.fillcolor
