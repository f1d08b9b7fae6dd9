"""What stands in a figure's place where there is nothing to draw."""

import textwrap
from html import escape
from typing import Any

import numpy as np
import plotly.graph_objects as go

from lstm_viz.figures.theme import GROUNDS, base_figure

LINE = 44  # characters: what a phone shows on one line


def or_said(figure: go.Figure, said: str, ground: str = "light") -> go.Figure:
    """The figure itself or, where none of its traces has a finite value, the sentence instead."""
    return figure if any(map(_drawn, figure.data)) else said_instead(said, ground)


def said_instead(said: str, ground: str = "light") -> go.Figure:
    """A sentence where a figure would stand, without axes that would show a range of nothing."""
    lines = textwrap.wrap(said, LINE)
    text = "<br>".join(escape(line, quote=False) for line in lines)
    figure = base_figure(ground, height=120 + 20 * text.count("<br>"))
    figure.add_annotation(
        text=text, x=0.5, y=0.5, xref="paper", yref="paper", showarrow=False, align="left",
        font=dict(size=14, color=GROUNDS[ground].muted),
    )  # fmt: skip
    figure.update_xaxes(visible=False, fixedrange=True)
    return figure.update_yaxes(visible=False, fixedrange=True)


def _drawn(trace: Any) -> bool:
    values = trace.z if "z" in trace else trace.y
    return values is not None and bool(np.isfinite(np.array(values, float)).any())
