"""The one colour and the one label of every quantity, and the look that all figures share.

Colours descend from Okabe and Ito's palette (2008), which stays distinct under the common colour
deficiencies; each has a shade for light and one for dark ground, so that a line keeps a contrast of
3:1 or more on either.
"""

from dataclasses import dataclass

import plotly.graph_objects as go

from lstm_viz.i18n import _

COLOURS = {  # quantity: (on light ground, on dark ground)
    "rnn": ("#C24E00", "#FF8A3D"),
    "lstm": ("#0072B2", "#56A8E8"),
    "i": ("#00805D", "#2FCB9E"),
    "f": ("#A86F00", "#F2B233"),
    "o": ("#2F7FC1", "#7CC4F5"),
    "g": ("#B0578D", "#E493C3"),
    "c": ("#3D3D3D", "#E8E8E8"),
    "h": ("#6B4FA0", "#B39DDB"),
}


@dataclass(frozen=True)
class Ground:
    """What a figure stands on: `name` is "light" or "dark"."""

    name: str
    paper: str
    text: str
    muted: str
    grid: str


GROUNDS = {
    "light": Ground("light", "#FFFFFF", "#1F2328", "#59636E", "#E4E7EB"),
    "dark": Ground("dark", "#0E1117", "#F0F3F6", "#9DA7B3", "#2A313C"),
}
# No web font: an exported image cannot load one, and its labels would be measured wrongly.
FONT = 'Arial, Helvetica, "Liberation Sans", "DejaVu Sans", sans-serif'


def colour(quantity: str, ground: str = "light") -> str:
    """Return the colour of a quantity ("lstm", "f", "c" …) on "light" or "dark" ground."""
    return COLOURS[quantity][0 if ground == "light" else 1]


def base_figure(ground: str = "light", *, height: int = 420) -> go.Figure:
    """Return an empty figure with every colour explicit, so that it exports as it looks."""
    look = GROUNDS[ground]
    axis = dict(
        gridcolor=look.grid,
        linecolor=look.muted,
        zeroline=False,
        ticks="outside",
        tickcolor=look.muted,
        title_font_color=look.text,
        tickfont_color=look.muted,
        title_standoff=8,
        automargin=True,
    )
    layout = go.Layout(
        template="none",
        paper_bgcolor=look.paper,
        plot_bgcolor=look.paper,
        font=dict(family=FONT, size=14, color=look.text),
        margin=dict(l=64, r=16, t=36, b=52),
        height=height,
        hoverlabel=dict(bgcolor=look.paper, bordercolor=look.muted, font_color=look.text),
        legend=dict(orientation="h", x=0, y=1.02, yanchor="bottom"),
        xaxis=axis,
        yaxis=axis,
        uirevision="keep",
    )
    return go.Figure(layout=layout)


def label(quantity: str) -> str:
    """Return the name of a quantity on screen."""
    return {
        "rnn": _("RNN"),
        "lstm": _("LSTM"),
        "i": _("input gate i"),
        "f": _("forget gate f"),
        "g": _("candidate g"),
        "o": _("output gate o"),
        "c": _("cell state c"),
        "h": _("hidden state h"),
    }[quantity]


def translucent(quantity: str, ground: str, alpha: float) -> str:
    """The quantity's colour with this opacity, for a band."""
    red, green, blue = (int(colour(quantity, ground)[k : k + 2], 16) for k in (1, 3, 5))
    return f"rgba({red},{green},{blue},{alpha})"
