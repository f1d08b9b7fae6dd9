"""The one colour and the one dash of every quantity, and the look that all figures share.

Colours were searched for by their distance under normal sight and the common colour deficiencies
(Machado, Oliveira & Fernandes 2009); each has a shade for light and one for dark ground, so that a
line keeps a contrast of 3:1 or more on either. In grey the dashes tell lines apart.
"""

from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go

from lstm_viz import words


@dataclass(frozen=True)
class Look:
    """How an architecture, a gate or a state is drawn everywhere.

    light, dark : its colour on either ground; dash : of its line, so that colour is not all that
        tells lines apart
    """

    light: str
    dark: str
    dash: str = "solid"


KEEPS = Look("#907310", "#FBB80D")
LETS_IN = Look("#0E4F31", "#6BF8E8", "6px,2px")
CANDIDATE = Look("#672F62", "#C7566F", "2px,2px")
LOOKS = {  # by the keys of quantities.QUANTITIES; gates of one role look alike in every cell
    "rnn": Look("#C24E00", "#FF8A3D", "6px,3px"),
    "lstm": Look("#0072B2", "#56A8E8"),
    "gru": Look("#0A4F2F", "#A8F3BF", "14px,4px"),
    "bilstm": Look("#632768", "#F5D2F5", "2px,2px"),
    "attention": Look("#AC5D76", "#F72C99", "9px,2px,2px,2px"),
    "i": LETS_IN,
    "f": KEEPS,
    "o": Look("#0177DB", "#4396FF", "9px,2px,2px,2px"),
    "g": CANDIDATE,
    "r": LETS_IN,
    "z": KEEPS,
    "n": CANDIDATE,
    "c": Look("#3D3D3D", "#E8E8E8", "14px,3px"),
    "h": Look("#747474", "#6CA7AF", "10px,3px,2px,3px,2px,3px"),
}
DIVERGING = ("#08294D", "#2B5D8C", "#8C8C8C", "#E3AF79", "#FFDFB0")  # below, at, above the middle:
# lighter all the way, so that the two sides stay apart in grey
SPARE = (  # of what has no entry above
    ("#8A5A44", "#D3A58F"),
    ("#4D6B8A", "#9DB9D6"),
    ("#6B6B00", "#C9C94A"),
    ("#8A2F2F", "#E58A8A"),
    ("#2F6B57", "#7FC4AB"),
)


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
FEW = 8  # steps or units, each of which may have its tick
# No web font: an exported image cannot load one, and its labels would be measured wrongly.
FONT = 'Arial, Helvetica, "Liberation Sans", "DejaVu Sans", sans-serif'


def look_of(name: str) -> Look:
    """How it is drawn; what is not in `LOOKS` has a spare colour."""
    light, dark = SPARE[sum(name.encode()) % len(SPARE)]
    return LOOKS.get(name) or Look(light, dark, "4px,2px,1px,2px")


def colour(quantity: str, ground: str = "light") -> str:
    """Return the colour of a quantity ("lstm", "f", "c" …) on "light" or "dark" ground."""
    own = look_of(quantity)
    return own.light if ground == "light" else own.dark


def base_figure(ground: str = "light", *, height: float = 420) -> go.Figure:
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
        legend=dict(
            orientation="h", x=0, y=1.02, yanchor="bottom", tracegroupgap=0, maxheight=1
        ),  # of a phone's height many names take more than the half after which plotly scrolls
        xaxis=axis,
        yaxis=axis,
        uirevision="keep",
        separators=words.decimal_mark() + words.between_thousands(),
    )
    return go.Figure(layout=layout)


def diverging() -> list[list]:
    """The colour scale of what lies below or above a middle, from −1 to 1."""
    return [[k / (len(DIVERGING) - 1), ink] for k, ink in enumerate(DIVERGING)]


def dash(quantity: str) -> str:
    """Return the dash of a quantity's line."""
    return look_of(quantity).dash


def layout_of(figure: go.Figure) -> Any:
    """A figure's layout; by plotly's own signature the attribute would be a figure."""
    return figure.layout


def traces_of(figure: go.Figure) -> tuple[Any, ...]:
    """What is drawn on a figure; the same holds for it."""
    return tuple(figure["data"])


def whole_ticks(span: float) -> dict[str, Any]:
    """What keeps the ticks of an axis of steps or units whole where it shows only a few of them."""
    return {"dtick": 1} if span < FEW else {}


def translucent(quantity: str, ground: str, alpha: float) -> str:
    """The quantity's colour with this opacity, for a band."""
    red, green, blue = (int(colour(quantity, ground)[k : k + 2], 16) for k in (1, 3, 5))
    return f"rgba({red},{green},{blue},{alpha})"
