"""A sheet to draw circuits on: wires as wide as what they carry, boxes, signs, labelled numbers.

A sheet is about as many units wide as a phone has pixels, and its heights are pixels: a phone shows
it one to one, a wider place stretches wires and boxes but never text. Wires are as wide as what
flows through them: forward by magnitude, backward by order of magnitude.
"""

import math
from collections.abc import Sequence

import plotly.graph_objects as go

from lstm_viz.analysis.step_record import Scalar
from lstm_viz.figures import theme
from lstm_viz.spec import check_name
from lstm_viz.words import DRAWN, EXACT, RAISED, number

DIRECTIONS = ("forward", "backward", "both")
CLEAR = "rgba(0,0,0,0)"
NARROW = 0.35  # of a character: by so much a raised digit, or the point before 10, is narrower
RADIUS = 11  # of a round sign, in pixels
DECADES = 6  # gradients this many powers of ten below the step's largest are drawn thinnest
ANGLES = {(0, -1): 0, (1, 0): 90, (0, 1): 180, (-1, 0): 270}  # of an arrowhead; y points down


def compact(x: float | Scalar, room: int = 7) -> str:
    """Write a number with DRAWN significant digits, or with fewer where `room` characters end."""
    for digits in range(DRAWN, 1, -1):
        text = number(x, digits, tight=True)
        if len(text) - NARROW * sum(map(f"·{RAISED}".count, text)) <= room:
            return text
    return number(x, 1, tight=True)


Point = tuple[float, float]


class Sheet:
    """A figure to draw on, x to the right and y downwards, and the inks for it."""

    def __init__(
        self, cell: str, direction: str, ground: str, size: tuple[float, float], largest: float
    ) -> None:
        check_name("direction", direction, DIRECTIONS)
        self.width, height = size
        self.direction = direction
        self.forward, self.backward = direction != "backward", direction != "forward"
        self.ground, self.look = ground, theme.GROUNDS[ground]
        self.gradient_ink = theme.colour(cell, ground)
        self.largest = largest  # log10 of the step's largest gradient
        self.shapes, self.annotations, self.marks, self.hovers = [], [], [], []
        self.nodes = set()
        self.figure = theme.base_figure(ground, height=height)
        hidden = {"visible": False, "fixedrange": True}
        self.figure.update_layout(
            xaxis=hidden | {"range": [0, self.width]},
            yaxis=hidden | {"range": [height, 0]},
            margin={"l": 2, "r": 2, "t": 0, "b": 0},
            showlegend=False,
            hovermode="closest",
            dragmode=False,
        )
        if self.backward:
            self.text(self.width / 2, height - 9, "dX = ∂L/∂X", ink=self.look.muted, size=11)

    def ink(self, quantity: str) -> str:
        """The colour of "f", "c" …, or the muted colour for what the theme does not name."""
        known = quantity in theme.LOOKS
        return theme.colour(quantity, self.ground) if known else self.look.muted

    def shape(
        self,
        kind: str,
        x0: float,
        y0: float,
        x1: float,
        y1: float,
        fill: str,
        *,
        line: str | None = None,
        width: float = 1.5,
        opacity: float = 1.0,
    ) -> None:
        """A shape between two corners: "rect" or "line"."""
        self.shapes.append(
            {"type": kind, "x0": x0, "y0": y0, "x1": x1, "y1": y1, "fillcolor": fill}
            | {"line": {"color": line or fill, "width": width}}
            | {"opacity": opacity, "layer": "below"}
        )

    def text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        ink: str | None = None,
        size: int = 12,
        align: str = "center",
        bold: bool = False,
    ) -> None:
        """Text centred on height y; `align` says which of its sides stands at x."""
        self.annotations.append(
            {"x": x, "y": y, "text": f"<b>{text}</b>" if bold else text, "showarrow": False}
            | {"xanchor": align, "align": align, "yanchor": "middle", "borderpad": 0}
            | {"font": {"size": size, "color": ink or self.look.text}}
        )

    def label(
        self,
        x: float,
        y: float,
        name: str,
        value: float | Scalar,
        *,
        align: str = "center",
        gradient: bool = False,
    ) -> None:
        """A quantity's name with its value below it, and all its digits on hover."""
        if not (self.backward if gradient else self.forward):
            return
        ink = self.gradient_ink if gradient else self.look.text
        muted = self.gradient_ink if gradient else self.look.muted
        self.text(x, y, name, ink=muted, size=11, align=align)
        self.text(x, y + 14, compact(value), ink=ink, align=align)
        shift = {"left": 18, "right": -18, "center": 0}[align]
        self.hover(x + shift, y + 7, f"{name} = {number(value, EXACT)}")

    def hover(self, x: float, y: float, text: str) -> None:
        """Show `text` while the pointer is at this place."""
        self.hovers.append((x, y, text))

    def wire(
        self,
        points: Sequence[Point],
        quantity: str,
        value: float,
        gradient: Scalar,
        *,
        heads: str = "both",
    ) -> None:
        """A line through the points, with an arrowhead where the value or its gradient arrives.

        `heads` names the directions that get one: "forward", "backward" or "both".
        """
        width = self._forward_width(value) if self.forward else self._backward_width(gradient)
        path = "M " + " L ".join(f"{x:g},{y:g}" for x, y in points)
        self.shapes.append(
            {"type": "path", "path": path, "fillcolor": CLEAR, "layer": "below", "name": "wire"}
            | {"line": {"color": self.ink(quantity), "width": width}}
        )
        if self.forward and heads != "backward":
            self._head(points[-2], points[-1], self.ink(quantity), width)
        if self.backward and heads != "forward":
            ink = self.gradient_ink if self.forward else self.ink(quantity)
            self._head(points[1], points[0], ink, width)

    def _head(self, start: Point, end: Point, ink: str, width: float) -> None:
        """An arrowhead whose tip touches `end`, or the rim of the round sign that stands there."""
        across, down = ((b > a) - (b < a) for a, b in zip(start, end, strict=True))
        standoff = RADIUS + 1 if end in self.nodes else 0
        self.marks.append((*end, "arrow", ANGLES[across, down], ink, 7 + 1.75 * width, 0, standoff))

    @staticmethod
    def _forward_width(value: float) -> float:
        return 1 + 3 * min(1, abs(value)) if math.isfinite(value) else 1

    def _backward_width(self, gradient: Scalar) -> float:
        if not gradient.mantissa or not math.isfinite(self.largest):
            return 1
        return 1 + 3 * min(1, max(0, 1 - (self.largest - gradient.log10) / DECADES))

    def node(self, x: float, y: float, sign: str) -> None:
        """A round sign ∘ or +, drawn before the wires that end there.

        It is a marker because markers, unlike shapes, stay round when the sheet is stretched.
        """
        self.nodes.add((x, y))
        self.marks.append((x, y, "circle", 0, self.look.paper, 2 * RADIUS, 1.5, 0))
        self.text(x, y, sign, size=16, bold=True)

    def dot(self, x: float, y: float, quantity: str) -> None:
        """A point where a wire branches."""
        self.marks.append((x, y, "circle", 0, self.ink(quantity), 9, 0, 0))

    def rule(self, x0: float, x1: float, y: float) -> None:
        """A thin line within a card."""
        self.shape("line", x0, y, x1, y, self.look.muted, width=0.7)

    def panel(self, x: float, y: float, width: float, height: float, quantity: str) -> None:
        """The card on which a box and its rows of numbers stand."""
        x0, ink = x - width / 2, self.ink(quantity)
        self.shape("rect", x0, y, x0 + width, y + height, self.look.paper, line=ink, width=1)

    def box(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        quantity: str,
        openness: float = 0.0,
        signed: bool = False,
    ) -> None:
        """A box in the quantity's colour, filled from the left as far as it is open.

        A `signed` box fills from its middle, to the right for positive numbers.
        """
        ink, x0 = self.ink(quantity), x - width / 2
        self.shape("rect", x0, y, x0 + width, y + height, self.look.paper, width=0)
        self.shape("rect", x0, y, x0 + width, y + height, ink, width=0, opacity=0.10)
        if math.isfinite(openness):
            start, reach = (x, width / 2) if signed else (x0, width)
            end = start + reach * max(-1, min(1, openness))
            self.shape("rect", start, y, end, y + height, ink, width=0, opacity=0.30)
        self.shape("rect", x0, y, x0 + width, y + height, CLEAR, line=ink)

    def finish(self) -> go.Figure:
        """Put everything on the figure."""
        x, y, symbol, angle, ink, size, line, standoff = zip(*self.marks, strict=True)
        marker = {"symbol": symbol, "angle": angle, "color": ink, "size": size, "opacity": 1}
        marker["standoff"] = standoff
        marker["line"] = {"width": line, "color": self.look.muted}
        hidden = {"size": 30, "opacity": 0, "color": self.look.muted}
        self.figure.add_scatter(x=x, y=y, mode="markers", marker=marker, hoverinfo="skip")
        x, y, text = zip(*self.hovers, strict=True)
        self.figure.add_scatter(
            x=x, y=y, mode="markers", marker=hidden, hovertext=text, hoverinfo="text"
        )
        return self.figure.update_layout(shapes=self.shapes, annotations=self.annotations)
