"""The phase diagram: the gradient's factor per step over gain and forget bias or s²."""

import itertools
import math

import numpy as np
import plotly.graph_objects as go

from lstm_viz import words
from lstm_viz.analysis.phase import PhaseDiagram
from lstm_viz.analysis.phase_edge import PhasePlace
from lstm_viz.figures.theme import GROUNDS, base_figure, diverging, traces_of
from lstm_viz.i18n import _
from lstm_viz.say.phase import edge_name, place_reading

Array = np.ndarray
TICKS = (0.5, 0.7, 0.85, 0.95, 1.0, 1.05, 1.2, 1.5, 2.0)
REACH = math.log10(2)  # a factor of 2 or ½ and beyond has the full colour, on every diagram


def phase_figure(
    diagram: PhaseDiagram, place: PhasePlace, edge: Array, ground: str = "light"
) -> go.Figure:
    """Draw the diagram with its measured edge, the edge by theory (Y,) and the present network.

    Invisible points, one for each network and row by row, carry the labels and can be picked.
    """
    figure = base_figure(ground, height=500)
    figure.add_heatmap(
        x=diagram.gain,
        y=diagram.y,
        z=_shade(diagram.log10_factor).astype(np.float32),
        zmin=-1,
        zmax=1,
        colorscale=diverging(),
        colorbar=_colour_bar(ground),
        hoverinfo="skip",
    )
    _add_edges(figure, diagram, edge, ground)
    _add_points(figure, diagram)
    _add_place(figure, place, ground)
    names = {"s2": _("s², mean square of W x + b"), "forget_bias": _("forget bias")}
    figure.update_xaxes(title_text=_("recurrent gain"), showgrid=False, range=_ends(diagram.gain))
    figure.update_yaxes(title_text=names[diagram.vertical], showgrid=False)
    if diagram.vertical == "s2":
        figure.update_yaxes(type="log", range=_ends(np.log10(diagram.y)), dtick=1)
    else:
        figure.update_yaxes(range=_ends(diagram.y))
    figure.update_layout(hovermode="closest", hoverdistance=-1)
    return figure


def _ends(axis: Array) -> list[float]:
    half = float(axis[1] - axis[0]) / 2 if len(axis) > 1 else 0.5
    return [float(axis[0]) - half, float(axis[-1]) + half]


def _shade(log10_factor: Array) -> Array:
    """−1 … 1 from vanishing to exploding; the root tells factors near 1 apart."""
    share = np.clip(log10_factor / REACH, -1, 1)
    return np.sign(share) * np.sqrt(np.abs(share))


def _colour_bar(ground: str) -> dict:
    look = GROUNDS[ground]
    ticks = [words.tidy(factor) for factor in TICKS]
    ticks[0], ticks[-1] = "≤ " + ticks[0], "≥ " + ticks[-1]
    return dict(
        title=dict(text=_("factor per step back"), font_color=look.text, side="bottom"),
        orientation="h",
        y=-0.16,
        yanchor="top",
        tickvals=_shade(np.log10(TICKS)).tolist(),
        ticktext=ticks,
        tickfont=dict(color=look.muted, size=11),  # so that a phone need not tilt them
        tickangle=0,
        thickness=12,
        outlinewidth=0,
    )


def _add_edges(figure: go.Figure, diagram: PhaseDiagram, edge: Array, ground: str) -> None:
    ink = GROUNDS[ground].text
    factor = diagram.log10_factor
    if min(factor.shape) > 1:
        figure.add_contour(
            x=diagram.gain,
            y=diagram.y,
            z=factor.clip(-1, 1),
            contours=dict(start=0, end=0, size=1, coloring="none"),
            line=dict(color=ink, width=2.5),
            showscale=False,
            showlegend=bool((factor < 0).any() and (factor > 0).any()),
            hoverinfo="skip",
            name=_("measured: factor 1"),
        )
    if np.isnan(edge).all():
        return
    low, high = _ends(diagram.gain)
    inside = (edge >= low) & (edge <= high)
    x, rim = np.where(inside, edge, np.nan), dict(color=GROUNDS[ground].paper, width=6)
    line = dict(color=ink, width=2.5, dash="dot")
    shared = dict(x=x, y=diagram.y, mode="lines", hoverinfo="skip")
    figure.add_scatter(line=rim, showlegend=False, opacity=0.7, **shared)  # seen on any colour
    figure.add_scatter(line=line, name=edge_name(diagram.spec.cell), **shared)


def _add_points(figure: go.Figure, diagram: PhaseDiagram) -> None:
    gain, y = np.meshgrid(diagram.gain, diagram.y)
    gains, ys = (
        [words.tidy(value, words.READ) for value in axis] for axis in (diagram.gain, diagram.y)
    )
    places = itertools.product(ys, gains)
    found = diagram.log10_factor, diagram.failure, diagram.straight
    readings = map(place_reading, *(array.ravel() for array in found))
    symbol = {"s2": "s²", "forget_bias": _("forget bias")}[diagram.vertical]
    figure.update_layout(meta=dict(pick=len(traces_of(figure))))
    figure.add_scatter(
        x=gain.ravel().astype(np.float32),
        y=y.ravel().astype(np.float32),
        mode="markers",
        marker=dict(color=GROUNDS["light"].muted, opacity=0, size=6),
        customdata=[
            _("gain {gain}, {symbol} {y}<br>{reading}").format(
                gain=gain, symbol=symbol, y=y, reading=reading
            )
            for (y, gain), reading in zip(places, readings, strict=True)
        ],
        hovertemplate="%{customdata}<extra></extra>",
        showlegend=False,
    )


def _add_place(figure: go.Figure, place: PhasePlace, ground: str) -> None:
    look = GROUNDS[ground]
    drawn = math.isfinite(place.y) and (place.y > 0 or place.vertical != "s2")
    figure.add_scatter(
        x=[place.gain],
        y=[place.y if drawn else None],
        mode="markers",
        marker=dict(
            color=look.text, size=13, symbol="circle", line=dict(color=look.paper, width=2.5)
        ),
        name=_("the present network"),
        hoverinfo="skip",
    )
