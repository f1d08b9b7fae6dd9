"""Self-attention: what every step takes from every other, and where its gradient goes."""

from typing import Any

import numpy as np
import plotly.graph_objects as go

from lstm_viz import words
from lstm_viz.analysis.attention_map import (
    AttentionViews,
)
from lstm_viz.figures.log_axis import log10_range
from lstm_viz.figures.theme import GROUNDS, base_figure, whole_ticks
from lstm_viz.i18n import _, ngettext

Array = np.ndarray
SHOWN_STEPS = 200  # rows and columns that a browser still moves fluently
HEIGHT = 488


def weight_map(
    views: AttentionViews, layer: int = 0, head: int | None = None, ground: str = "light"
) -> go.Figure:
    """Draw one layer's weights, of one head or the mean of all: the query step s down, t across."""
    whose = ngettext("its one head", "mean of {n} heads", views.heads)
    whose = whose.format(n=words.count(views.heads))
    if head is not None:
        whose = _("head {number}").format(number=words.count(head))
    title = _("Weight of each step t: {whose}").format(whose=whose)
    with np.errstate(divide="ignore"):
        return _square(np.log10(views.shares(layer, head)), title, _("weight"), ground)


def weights_slug(layer: int, head: int | None) -> str:
    """The same for a file's name: layers are counted from 1, heads from 0, as in the table."""
    return f"attention_layer{layer + 1}_" + ("mean" if head is None else f"head{head}")


def gradient_map(views: AttentionViews, ground: str = "light") -> go.Figure:
    """Draw log10 ‖∂⟨v, y_s⟩/∂x_t‖: the loss step s down, t across."""
    title = _("Gradient that reaches it: ‖∂⟨v, y<sub>s</sub>⟩/∂x<sub>t</sub>‖")
    return _square(views.log10_norm, title, "‖∂⟨v, y<sub>s</sub>⟩/∂x<sub>t</sub>‖", ground)


def _square(log10: Array, title: str, what: str, ground: str) -> go.Figure:
    """Draw magnitudes (T, T) on an absolute log scale, s down, t across.

    Of a longer sequence every k-th step is drawn, and the axes say so.
    what : the quantity, for the colour bar
    """
    T, stride = len(log10), max(1, -(-len(log10) // SHOWN_STEPS))
    figure = base_figure(ground, height=HEIGHT)
    across, down = _("time step t"), _("step s that reads")
    if stride > 1:
        across = _("time step t, one in {k}").format(k=words.count(stride))
        down = _("step s that reads, one in {k}").format(k=words.count(stride))
    shared: dict[str, Any] = dict(showgrid=False, **whole_ticks(T))
    figure.update_xaxes(title_text=across, range=[0.5, T + 0.5], **shared)
    figure.update_yaxes(title_text=down, range=[T + 0.5, 0.5], **shared)
    steps = np.arange(1, T + 1, stride, dtype=np.float32)
    _add(figure, log10[::stride, ::stride], steps, ground)
    figure.update_layout(
        title=dict(text=title, font_size=14, x=0.5, xref="paper", xanchor="center", y=0.98),
        margin=dict(b=122, r=12, t=40),
        coloraxis=_scale(log10_range([log10]), what, ground),
    )
    return figure


def _add(figure: go.Figure, log10: Array, steps: Array, ground: str) -> None:
    """Heatmaps of the magnitudes and, in a colour of its own, of what is exactly 0."""
    zero, place = np.isneginf(log10), _("s = {s}, t = {t}: {value}").format
    shared: dict[str, Any] = dict(x=steps, y=steps, hoverongaps=False)
    figure.add_heatmap(
        z=np.where(np.isfinite(log10), log10, np.nan).astype(np.float32),
        customdata=words.powers(log10),
        hovertemplate=place(s="%{y}", t="%{x}", value="%{customdata}") + "<extra></extra>",
        coloraxis="coloraxis",
        **shared,
    )
    if zero.any():
        ink = GROUNDS[ground].muted
        figure.add_heatmap(
            z=np.where(zero, 0, np.nan).astype(np.float32),
            colorscale=[[0, ink], [1, ink]],
            showscale=False,
            hovertemplate=place(s="%{y}", t="%{x}", value=_("exactly 0")) + "<extra></extra>",
            **shared,
        )


def _scale(limits: tuple[float, float], what: str, ground: str) -> dict:
    """Colours over this range, and their bar below the figure."""
    low, high = limits
    bar = dict(orientation="h", y=0, yref="container", yanchor="bottom", thickness=12)
    bar |= dict(tickprefix="10<sup>", ticksuffix="</sup>", exponentformat="none", tick0=0)
    bar |= dict(dtick=max(1, int(np.ceil((high - low) / 6))))
    ink = GROUNDS[ground].text
    bar |= dict(tickfont_color=ink, title=dict(text=what, side="top", font_color=ink))
    return dict(colorscale="Cividis", cmin=low, cmax=high, colorbar=bar)
