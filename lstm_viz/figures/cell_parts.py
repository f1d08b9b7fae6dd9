"""What the drawn cells share: a gate's card, the bottom line, the input's labels.

In the pictures dX stands for ∂L/∂X, as everywhere in this project's code.
"""

import math
from collections.abc import Sequence

from lstm_viz.analysis.gru_step import Candidate
from lstm_viz.analysis.step_record import Neuron, Scalar, Step, quantities, times
from lstm_viz.figures.sheet import Sheet, compact
from lstm_viz.i18n import _
from lstm_viz.words import EXACT, READ, number

CARD = 72  # width of a gate's card
HEAD, ROW, RULE = 40, 16, 8  # heights of its coloured box, of a line of text, of a ruled gap
STEM = 30  # from a card down to the bottom line
FLOOR, KEY = 54, 16  # from the bottom line to the lower edge; a line for what dX means
Line = tuple[str, float | Scalar]  # of a card: a name and its value
NOW, PREV = "<sub>t</sub>", "<sub>t−1</sub>"


def gate_card(
    sheet: Sheet,
    x: float,
    bus: float,
    n: Neuron,
    factors: Sequence[Line],
    *,
    quantity: str | None = None,
    width: float = CARD,
    top: float | None = None,
    align: str = "left",
) -> None:
    """A gate: its value on top, below it the sum or the product that gives it, and its stem.

    factors : what ∂L/∂a is the product of, apart from φ'
    top : of the card; it stands just above the bottom line by default
    align : "left", or "right" to write what the gate sends back on the left of its stem
    """
    quantity, height = quantity or n.name, card_height(sheet.direction, n)
    top = bus - STEM - height if top is None else top
    sheet.wire([(x, bus), (x, top + height)], quantity, n.a - n.b, n.sent)
    sheet.panel(x, top, width, height, quantity)
    sheet.box(x, top, width, HEAD, quantity, n.value, signed=n.phi != "σ")
    name, shown = _head(sheet, n)
    sheet.text(x, top + 11, name, size=11)
    sheet.text(x, top + 28, compact(shown), size=15, bold=True)
    y = top + HEAD + 2
    for row in _rows(sheet.direction, n, factors):
        y += _row(sheet, x, y, row, width)
    if sheet.backward:
        beside = x + (6 if align == "left" else -6)
        sheet.text(beside, bus - 13, compact(n.sent), align=align, ink=sheet.gradient_ink)
    beside = [(k, number(v, EXACT)) for k, v in factors if not isinstance(v, Scalar)]
    sheet.hover(x, top + HEAD / 2, "<br>".join(f"{k} = {v}" for k, v in _details(n) + beside))


def _head(sheet: Sheet, n: Neuron) -> tuple[str, float | Scalar]:
    if sheet.forward:
        return f"{n.name} = {n.phi}(a)", n.value
    return "da" + (NOW if n.name == "h" else f"<sub>{n.name}</sub>"), n.da


def _rows(direction: str, n: Neuron, factors: Sequence[Line]) -> list[Line | None]:
    """What a card lists below its head; None is a rule."""
    slope, past, gradients = (f"{n.phi}′", n.slope), ("Uh", n.Uh), []
    if isinstance(n, Candidate):
        past, gradients = ("r ∘ q", n.rq), [("dq", n.dq)]
    total: list[Line | None] = [("a", n.a), None, ("Wx", n.Wx), past, ("b", n.b)]
    if isinstance(n, Candidate):
        total += [None, ("q", n.q), ("Uh", n.Uh), ("b<sub>q</sub>", n.b_q)]
    if direction == "backward":
        return [*factors, slope, None, (n.name, n.value), *gradients]
    return total if direction == "forward" else [*total, None, slope, ("da", n.da), *gradients]


def _row(sheet: Sheet, x: float, y: float, row: Line | None, width: float) -> float:
    """Draw a row of a card and return its height."""
    left, right = x - width / 2 + 3, x + width / 2 - 3
    if row is None:
        sheet.rule(left, right, y + RULE / 2)
        return RULE
    name, value = row
    ink = sheet.gradient_ink if isinstance(value, Scalar) else None
    sheet.text(left, y + ROW / 2 + 1, name, ink=ink or sheet.look.muted, size=11, align="left")
    sheet.text(right, y + ROW / 2 + 1, compact(value), ink=ink, align="right")
    return ROW


def floor(direction: str) -> float:
    """How far below the bottom line a sheet ends."""
    return FLOOR + KEY * (direction != "forward")


def card_height(direction: str, n: Neuron) -> float:
    """The height of a neuron's card, two factors of its gradient included."""
    rows = _rows(direction, n, [("", 0.0)] * 2)
    return HEAD + sum(RULE if row is None else ROW for row in rows) + 5


def _details(n: Neuron) -> list[tuple[str, str]]:
    numbers = {f"{n.phi}′(a)": n.slope, "Wx": n.Wx, "Uh": n.Uh, "b": n.b, "a": n.a}
    gradients = {"∂L/∂a": n.da, "(Uᵀ ∂L/∂a)": n.sent}
    if isinstance(n, Candidate):
        numbers |= {"q = Uh + b<sub>q</sub>": n.q, "b<sub>q</sub>": n.b_q, "r ∘ q": n.rq}
        gradients = {"∂L/∂a": n.da, "∂L/∂q": n.dq, "(Uᵀ ∂L/∂q)": n.sent}
    return [(k, number(v, EXACT)) for k, v in ({n.name: n.value} | numbers | gradients).items()]


def bottom(sheet: Sheet, s: Step, y: float, *, last: float, x_in: float) -> None:
    """The bottom line: h_{t−1} and x_t to the gates, and h_t out on the right."""
    right, below, both = sheet.width - 4, y + 16, sheet.forward and sheet.backward
    sheet.wire([(0, y), (last + 1, y)], "h", s.h_prev, s.dh_sent, heads="backward")
    enter_input(sheet, s, x_in, y)
    sheet.label(4, below, "h" + PREV, s.h_prev, align="left")
    sheet.label(right, below, "h" + NOW, s.h, align="right")
    sent = f"→ dh{PREV}"
    sheet.label(52 if both else 4, below, sent, s.dh_sent, align="left", gradient=True)
    sheet.label(right - 50 * both, below, "dh" + NOW, s.dh, align="right", gradient=True)
    own, later = number(s.dh_direct, EXACT), number(s.dh_next, EXACT)
    parts = _("{own} (direct) + {later} (from t+1)").format(own=own, later=later)
    now, before = f"h{NOW} = {number(s.h, EXACT)}<br>", f"h{PREV} = {number(s.h_prev, EXACT)}<br>"
    sheet.hover(right - 20, y, f"{now}dh{NOW} = {number(s.dh, EXACT)} = {parts}")
    direct = _("{value} (direct)").format(value=number(s.dh_prev_direct, EXACT))
    total = f"{number(s.dh_sent, EXACT)} + {direct}"
    sheet.hover(20, y, f"{before}dh{PREV} = {number(s.dh_prev, EXACT)} = {total}")


def enter_input(sheet: Sheet, s: Step, x: float, bus: float) -> None:
    """x_t up to the bottom line; its labels name the norms if there are many inputs.

    The input stands to the right of its arrow, its gradient to the left.
    """
    name, value, gradient, y = f"‖x{NOW}‖", math.hypot(*s.x), _norm(s.dx), bus + 16
    sheet.wire([(x, bus + 50), (x, bus)], "x", value, gradient)
    if len(s.x) == 1:
        name, value, gradient = "x" + NOW, s.x[0], s.dx[0]
    sheet.label(x + 7, y, name, value, align="left")
    sheet.label(x - 7, y, name.replace("x", "dx"), gradient, align="right", gradient=True)
    sheet.hover(x, y + 26, f"x{NOW} = {_listed(s.x)}<br>dx{NOW} = {_listed(s.dx)}")


def _listed(values: tuple) -> str:
    """The first eight entries of a vector."""
    return ", ".join(number(v, READ) for v in values[:8]) + ", …" * (len(values) > 8)


def _norm(gradients: tuple[Scalar, ...]) -> Scalar:
    """The Euclidean norm of these entries."""
    top = max((g.exponent for g in gradients if g.mantissa), default=0)
    shares = (times(g, Scalar(1.0, -top)).value for g in gradients)
    return Scalar(math.hypot(*shares), top)


def largest(step: Step) -> float:
    """log10 of the step's largest gradient."""
    logs = [v.log10 for _name, v in quantities(step) if isinstance(v, Scalar)]
    return max(filter(math.isfinite, logs), default=-math.inf)
