"""The gradient at the first step against the sequence length: bands over seeds, fitted rates."""

import numpy as np
import plotly.graph_objects as go

from lstm_viz import words
from lstm_viz.analysis.length_sweep import Band
from lstm_viz.analysis.overlays import Reference
from lstm_viz.figures.bands import add_band
from lstm_viz.figures.log_axis import (
    log10_range,
    mark_underflow,
    set_log10_axis,
)
from lstm_viz.figures.overlays import LEGEND_ROW, add_references, widened
from lstm_viz.figures.theme import GROUNDS, base_figure, colour, traces_of, whole_ticks
from lstm_viz.i18n import _, ngettext
from lstm_viz.quantities import label
from lstm_viz.say.lengths import band_name
from lstm_viz.say.phrases import either

Array = np.ndarray
SHORT = 12  # letters in the names of two networks whose values go on one line
POSITIONS = 150  # of the slider that scrubs T, at most


def gradient_by_length(
    bands: list[Band],
    ground: str = "light",
    *,
    fits: bool = True,
    read: str = "h",
    references: list[Reference] | None = None,
) -> go.Figure:
    """Draw median and range over seeds for each network; a slider in the figure scrubs T.

    fits : whether to draw the fitted lines too; read : the symbol of what the loss reads
    references : known answers, drawn from where their network's curve begins
    """
    references = references or []
    more = 18 * len(_rows(bands)[1:])  # pixels: the reading's further lines
    figure = base_figure(ground, height=458 + LEGEND_ROW * len(references) + more)
    limits = widened(log10_range([band.log10_norm for band in bands]), references)
    for band in bands:
        own = [reference for reference in references if reference.cell == band.cell]
        add_references(figure, own, lambda k, start=band.starts: start + k, ground)
    for band in bands:
        _add_network(figure, band, fits, len(bands) <= 2, limits[0], ground)
    moving = _add_markers(figure, bands, ground)
    by = dict.fromkeys(f"∂{band.of}<sub>{int(band.of == 'x')}</sub>" for band in bands)
    set_log10_axis(figure, limits, f"‖∂⟨v, {read}<sub>T</sub>⟩/{either(by)}‖")
    longest = int(max(band.lengths[-1] for band in bands))
    figure.update_xaxes(
        title_text=_("sequence length T in steps"), range=[0, longest + 1], **whole_ticks(longest)
    )
    mark_underflow(figure, limits, ground)
    _add_scrubber(figure, bands, moving, ground)
    return figure.update_layout(margin_b=100 + more, meta=dict(slider=48 + more))


def _add_network(
    figure: go.Figure, band: Band, fits: bool, room: bool, floor: float, ground: str
) -> None:
    """Its median and range, and the fitted line; `room` : whether for more than its name."""
    name, count = label(band.cell), len(band.log10_norm)
    if room:
        name = ngettext("{name}, median of {n} seed", "{name}, median of {n} seeds", count)
        name = name.format(name=band_name(band), n=words.count(count))
    norm = band.log10_norm
    add_band(figure, band.cell, band.lengths, norm, name=name, at="T", floor=floor, ground=ground)
    if fits and not band.rate.problem:
        _add_fit(figure, band, colour(band.cell, ground))


def _add_fit(figure: go.Figure, band: Band, ink: str) -> None:
    """The fitted line through the curve's centre of gravity, as least squares has it."""
    T, slope = band.lengths, band.rate.log10_factor
    ends = np.array([T[0], T[-1]])
    figure.add_scatter(
        x=ends,
        y=band.median.mean() + slope * (ends - T.mean()),
        mode="lines",
        line=dict(color=ink, width=1.2, dash="dot"),
        name=_("{name}, fit: × {factor} per step").format(
            name=label(band.cell), factor=words.factor(band.rate.log10_factor)
        ),
        hoverinfo="skip",
    )


def _positions(bands: list[Band]) -> Array:
    n = len(bands[0].lengths)
    return np.unique(np.linspace(0, n - 1, min(n, POSITIONS)).round().astype(int))


def _point(bands: list[Band], k: int) -> list[dict]:
    return [
        dict(
            type="scatter",
            x=[int(band.lengths[k])],
            y=[float(band.median[k]) if np.isfinite(band.median[k]) else None],
        )
        for band in bands
    ]


def _reading(bands: list[Band], k: int) -> str:
    """The length and every network's value there, as many a line as a phone is wide."""
    values = [f"{label(band.cell)} {_value(band.median[k])}" for band in bands]
    first = words.count(int(bands[0].lengths[k]))
    rows = ["   ".join(values[n] for n in row) for row in _rows(bands)]
    return f"{first}   " + "<br>".join(rows)


def _value(log10: float) -> str:
    return words.NONE if np.isnan(log10) else words.power(float(log10))


def _rows(bands: list[Band]) -> list[list[int]]:
    """The bands of each line of a reading: one beside the length, then two if they are short.

    Decided by their names, so that the slider keeps its place while it is moved.
    """
    rows = [[0]]
    for n in range(1, len(bands)):
        names = [label(bands[k].cell) for k in (*rows[-1], n)]
        if len(rows) > 1 and len(names) == 2 and len("".join(names)) <= SHORT:
            rows[-1].append(n)
        else:
            rows.append([n])
    return rows


def _add_markers(figure: go.Figure, bands: list[Band], ground: str) -> list[int]:
    first = len(traces_of(figure))
    for band, point in zip(bands, _point(bands, int(_positions(bands)[-1])), strict=True):
        point.pop("type")
        figure.add_scatter(
            **point,
            mode="markers",
            marker=dict(color=colour(band.cell, ground), size=11),
            cliponaxis=False,
            showlegend=False,
            hoverinfo="skip",
        )
    return list(range(first, len(traces_of(figure))))


def _add_scrubber(figure: go.Figure, bands: list[Band], moving: list[int], ground: str) -> None:
    """Frames and a slider: T is scrubbed in the browser, without asking the server."""
    look, positions = GROUNDS[ground], _positions(bands)
    names = [str(int(bands[0].lengths[k])) for k in positions]
    figure.frames = [
        go.Frame(name=name, data=_point(bands, int(k)), traces=moving)
        for name, k in zip(names, positions, strict=True)
    ]
    at_once = dict(mode="immediate", frame=dict(duration=0, redraw=False), transition_duration=0)
    figure.update_layout(
        sliders=[
            dict(
                active=len(names) - 1,
                currentvalue=dict(prefix="T = ", font=dict(color=look.text, size=14)),
                font=dict(color="rgba(0,0,0,0)", size=1),  # the reading alone tells the place
                ticklen=0,
                minorticklen=0,
                bgcolor=look.grid,
                bordercolor=look.muted,
                activebgcolor=look.muted,
                pad=dict(t=66, b=0),
                steps=[
                    dict(
                        method="animate",
                        label=_reading(bands, int(k)),
                        value=n,
                        args=[[n], at_once],
                    )
                    for n, k in zip(names, positions, strict=True)
                ],
            )
        ]
    )
