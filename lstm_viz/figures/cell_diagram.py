"""The LSTM cell and the plain RNN cell as circuits that carry one step's numbers of one unit.

Forward, values run from left to right and up through the gates; backward, the same wires carry the
gradients the other way. In the pictures dX stands for ∂L/∂X, as everywhere in this project's code.
"""

import math

import plotly.graph_objects as go

from lstm_viz.analysis.equations import fmt
from lstm_viz.analysis.one_step import LSTMStep, Neuron, RNNStep, Scalar, quantities
from lstm_viz.figures.sheet import Sheet, compact
from lstm_viz.i18n import _

CARD = 72  # width of a gate's card
HEAD, ROW, RULE = 40, 16, 8  # heights of its coloured box, of a line of text, of a ruled gap
STEM = 30  # from a card down to the bottom line
FLOOR, KEY = 54, 16  # from the bottom line to the lower edge; a line for what dX means
LSTM_WIDTH, RNN_WIDTH = 350, 300
COLUMNS = {"f": 50, "i": 126, "g": 202, "o": 278}  # centres of the cards
HIGHWAY, PRODUCT, TANH, OUT, CARDS = 44, (164, 140), 118, 190, 230  # heights; PRODUCT (x, y)
LANE = 333  # where h_t goes down to the bottom line
NOW, PREV = "<sub>t</sub>", "<sub>t−1</sub>"


def lstm_cell(step: LSTMStep, *, direction: str = "forward", ground: str = "light") -> go.Figure:
    """Draw one step of one unit of an LSTM: cell highway on top, gates below, h along the bottom.

    direction : "forward" values, "backward" gradients, or "both"
    ground : "light" or "dark"
    """
    s, bus = step, CARDS + _card_height(direction) + STEM
    sheet = Sheet("lstm", direction, ground, (LSTM_WIDTH, bus + _floor(direction)), _largest(step))
    _highway(sheet, s)
    _cell_input(sheet, s)
    _output(sheet, s, bus)
    _gate_card(sheet, COLUMNS["f"], bus, s.f, [("dc" + NOW, s.dc), ("c" + PREV, s.c_prev)])
    _gate_card(sheet, COLUMNS["i"], bus, s.i, [("dc" + NOW, s.dc), ("g", s.g.value)])
    _gate_card(sheet, COLUMNS["g"], bus, s.g, [("dc" + NOW, s.dc), ("i", s.i.value)])
    _gate_card(sheet, COLUMNS["o"], bus, s.o, [("dh" + NOW, s.dh), ("tanh", s.tanh_c)])
    _bottom(sheet, s, bus, last=COLUMNS["o"], x_in=PRODUCT[0])
    return sheet.finish()


def rnn_cell(step: RNNStep, *, direction: str = "forward", ground: str = "light") -> go.Figure:
    """Draw one step of one unit of a plain RNN: its state has no other way than through φ."""
    s, x, top, lane = step, RNN_WIDTH / 2, 40, 250
    bus = top + _card_height(direction) + STEM
    sheet = Sheet("rnn", direction, ground, (RNN_WIDTH, bus + _floor(direction)), _largest(step))
    _gate_card(sheet, x, bus, s.neuron, [("dh" + NOW, s.dh)], quantity="rnn")
    way = [(x, top), (x, 20), (lane, 20), (lane, bus), (RNN_WIDTH, bus)]
    sheet.wire(way, "h", s.h, s.dh)
    _bottom(sheet, s, bus, last=x, x_in=x)
    return sheet.finish()


def _highway(sheet: Sheet, s: LSTMStep) -> None:
    """c_{t−1} → ∘ f → + i ∘ g → c_t."""
    y, f, plus, branch = HIGHWAY, COLUMNS["f"], PRODUCT[0], COLUMNS["o"]
    kept = s.f.value * s.c_prev
    sheet.node(f, y, "∘")
    sheet.node(plus, y, "+")
    sheet.wire([(0, y), (f, y)], "c", s.c_prev, s.dc_sent)
    sheet.wire([(f, y), (plus, y)], "c", kept, s.dc)
    sheet.wire([(plus, y), (branch, y)], "c", s.c, s.dc, heads="backward")
    sheet.wire([(branch, y), (LSTM_WIDTH, y)], "c", s.c, s.dc_next, heads="forward")
    sheet.wire([(f, CARDS), (f, y)], "f", s.f.value, _times(s.dc, s.c_prev))
    sheet.dot(branch, y, "c")
    sheet.label(24, 10, "c" + PREV, s.c_prev)
    sheet.label(107, 10, "f ∘ c" + PREV, kept)
    sheet.label(314, 10, "c" + NOW, s.c)
    below = 58 if sheet.forward else 10
    sheet.label(0, below, f"f ∘ dc{NOW}", s.dc_sent, align="left", gradient=True)
    sheet.label(221, below, "dc" + NOW, s.dc, gradient=True)
    sheet.label(316, below, _("from t+1"), s.dc_next, gradient=True)
    total = f"dc{PREV} = {fmt(s.dc_prev, 6)} = f ∘ dc{NOW} + {fmt(s.dc_prev_via_h, 6)}"
    sheet.hover(22, y, f"c{PREV} = {fmt(s.c_prev, 6)}<br>{total}")
    sheet.hover(314, y, f"c{NOW} = {fmt(s.c, 6)}<br>dc{NOW} = {fmt(s.dc, 6)}")


def _cell_input(sheet: Sheet, s: LSTMStep) -> None:
    """i ∘ g, up to the highway."""
    x, y = PRODUCT
    sheet.node(x, y, "∘")
    for gate, other in ((s.i, s.g), (s.g, s.i)):
        column = COLUMNS[gate.name]
        way = [(column, CARDS), (column, y), (x, y)]
        sheet.wire(way, gate.name, gate.value, _times(s.dc, other.value))
    sheet.wire([(x, y), (x, HIGHWAY)], "c", s.i.value * s.g.value, s.dc)
    sheet.label(x + 7, 90, "i ∘ g", s.i.value * s.g.value, align="left")


def _output(sheet: Sheet, s: LSTMStep, bus: float) -> None:
    """c_t → tanh → ∘ o → h_t, down to the bottom line."""
    x = COLUMNS["o"]
    sheet.node(x, OUT, "∘")
    sheet.wire([(x, HIGHWAY), (x, TANH)], "c", s.c, s.dc_via_h)
    sheet.wire([(x, TANH + 34), (x, OUT)], "c", s.tanh_c, _times(s.dh, s.o.value))
    sheet.wire([(x, CARDS), (x, OUT)], "o", s.o.value, _times(s.dh, s.tanh_c))
    way = [(x, OUT), (LANE, OUT), (LANE, bus), (LSTM_WIDTH, bus)]
    sheet.wire(way, "h", s.h, s.dh)
    sheet.box(x, TANH, 50, 34, "c", s.tanh_c if sheet.forward else s.slope_c, sheet.forward)
    sheet.text(x, TANH + 10, "tanh" if sheet.forward else "tanh′", size=11)
    sheet.text(x, TANH + 24, compact(s.tanh_c if sheet.forward else s.slope_c))
    sheet.hover(x, TANH + 17, f"tanh c = {fmt(s.tanh_c, 6)}<br>tanh′(c) = {fmt(s.slope_c, 6)}")
    sheet.label(x + 7, 90, f"{_('via')} h{NOW}", s.dc_via_h, align="left", gradient=True)


def _gate_card(sheet: Sheet, x: float, bus: float, n: Neuron, factors, quantity=None) -> None:
    """A gate: its value on top, below it the sum or the product that gives it, and its stem."""
    quantity, height = quantity or n.name, _card_height(sheet.direction)
    top = bus - STEM - height
    rows = _rows(sheet, n, factors)
    sheet.wire([(x, bus), (x, bus - STEM)], quantity, n.Wx + n.Uh, n.sent)
    sheet.panel(x, top, CARD, height, quantity)
    sheet.box(x, top, CARD, HEAD, quantity, n.value, signed=n.phi != "σ")
    name, shown = _head(sheet, n)
    sheet.text(x, top + 11, name, size=11)
    sheet.text(x, top + 28, compact(shown), size=15, bold=True)
    y = top + HEAD + 2
    for row in rows:
        y += _row(sheet, x, y, row)
    if sheet.backward:
        sheet.text(x + 6, bus - 13, compact(n.sent), align="left", ink=sheet.gradient_ink)
    sheet.hover(x, top + HEAD / 2, "<br>".join(f"{k} = {v}" for k, v in _details(n)))


def _head(sheet: Sheet, n: Neuron) -> tuple[str, float | Scalar]:
    if sheet.forward:
        return f"{n.name} = {n.phi}(a)", n.value
    return "da" + (NOW if n.name == "h" else f"<sub>{n.name}</sub>"), n.da


def _rows(sheet: Sheet, n: Neuron, factors) -> list[tuple[str, float | Scalar] | None]:
    """What a card lists below its head; None is a rule."""
    slope = (f"{n.phi}′", n.slope)
    if not sheet.forward:
        return [*factors, slope, None, (n.name, n.value)]
    total = [("a", n.a), None, ("Wx", n.Wx), ("Uh", n.Uh), ("b", n.b)]
    return total + [None, slope, ("da", n.da)] if sheet.backward else total


def _row(sheet: Sheet, x: float, y: float, row) -> float:
    """Draw a row of a card and return its height."""
    left, right = x - CARD / 2 + 3, x + CARD / 2 - 3
    if row is None:
        sheet.rule(left, right, y + RULE / 2)
        return RULE
    name, value = row
    ink = sheet.gradient_ink if isinstance(value, Scalar) else None
    sheet.text(left, y + ROW / 2 + 1, name, ink=ink or sheet.look.muted, size=11, align="left")
    sheet.text(right, y + ROW / 2 + 1, compact(value), ink=ink, align="right")
    return ROW


def _floor(direction: str) -> float:
    return FLOOR + KEY * (direction != "forward")


def _card_height(direction: str) -> float:
    rows, rules = (6, 2) if direction == "both" else (4, 1)
    return HEAD + rows * ROW + rules * RULE + 5


def _details(n: Neuron) -> list[tuple[str, str]]:
    numbers = {f"{n.phi}′(a)": n.slope, "Wx": n.Wx, "Uh": n.Uh, "b": n.b, "a": n.a}
    gradients = {"∂L/∂a": n.da, "(Uᵀ ∂L/∂a)": n.sent}
    return [(k, fmt(v, 6)) for k, v in ({n.name: n.value} | numbers | gradients).items()]


def _bottom(sheet: Sheet, s: LSTMStep | RNNStep, y: float, *, last: float, x_in: float) -> None:
    """The bottom line: h_{t−1} and x_t to the gates, and h_t out on the right."""
    right, below, both = sheet.width - 4, y + 16, sheet.forward and sheet.backward
    sheet.wire([(0, y), (last + 1, y)], "h", s.h_prev, s.dh_sent, heads="backward")
    sheet.wire([(x_in, y + 50), (x_in, y)], "x", math.hypot(*s.x), _norm(s.dx))
    sheet.label(4, below, "h" + PREV, s.h_prev, align="left")
    sheet.label(right, below, "h" + NOW, s.h, align="right")
    _input_labels(sheet, s, x_in, below)
    sent = f"→ dh{PREV}"
    sheet.label(52 if both else 4, below, sent, s.dh_sent, align="left", gradient=True)
    sheet.label(right - 50 * both, below, "dh" + NOW, s.dh, align="right", gradient=True)
    direct, later = _("direct"), _("from t+1")
    parts = f"{fmt(s.dh_direct, 6)} ({direct}) + {fmt(s.dh_next, 6)} ({later})"
    now, before = f"h{NOW} = {fmt(s.h, 6)}<br>", f"h{PREV} = {fmt(s.h_prev, 6)}<br>"
    sheet.hover(right - 20, y, f"{now}dh{NOW} = {fmt(s.dh, 6)} = {parts}")
    total = f"{fmt(s.dh_sent, 6)} + {fmt(s.dh_prev_direct, 6)} ({direct})"
    sheet.hover(20, y, f"{before}dh{PREV} = {fmt(s.dh_prev, 6)} = {total}")


def _input_labels(sheet: Sheet, s: LSTMStep | RNNStep, x: float, y: float) -> None:
    """x_t to the right of its arrow, its gradient to the left; norms if there are many inputs."""
    name, value, gradient = f"‖x{NOW}‖", math.hypot(*s.x), _norm(s.dx)
    if len(s.x) == 1:
        name, value, gradient = "x" + NOW, s.x[0], s.dx[0]
    sheet.label(x + 7, y, name, value, align="left")
    sheet.label(x - 7, y, name.replace("x", "dx"), gradient, align="right", gradient=True)
    sheet.hover(x, y + 26, f"x{NOW} = {_listed(s.x)}<br>dx{NOW} = {_listed(s.dx)}")


def _listed(values: tuple) -> str:
    """The first eight entries of a vector."""
    return ", ".join(fmt(v) for v in values[:8]) + ", …" * (len(values) > 8)


def _times(gradient: Scalar, factor: float) -> Scalar:
    return Scalar(gradient.mantissa * factor, gradient.exponent)


def _norm(gradients: tuple[Scalar, ...]) -> Scalar:
    """The Euclidean norm of entries that share one power of two."""
    return Scalar(math.hypot(*(g.mantissa for g in gradients)), gradients[0].exponent)


def _largest(step: LSTMStep | RNNStep) -> float:
    logs = [v.log10 for _name, v in quantities(step) if isinstance(v, Scalar)]
    return max(filter(math.isfinite, logs), default=-math.inf)


def describe(step: LSTMStep | RNNStep, direction: str = "forward") -> str:
    """Return what the picture shows in a few sentences, for those who do not see it."""
    s, lstm = step, isinstance(step, LSTMStep)
    numbers = {name.replace(".", "_"): fmt(value, 3) for name, value in quantities(step)}
    place = _("{cell} cell, step {t} of {T}, unit {j}.").format(
        cell="LSTM" if lstm else "RNN", t=s.step, T=s.steps, j=s.unit
    )
    forward = _lstm_forward() if lstm else _("h goes from {h_prev} to {h}, through {phi} of {a}.")
    backward = _lstm_backward() if lstm else _rnn_backward()
    shown = [place] + [forward] * (direction != "backward") + [backward] * (direction != "forward")
    extra = {} if lstm else {"phi": s.neuron.phi, "a": fmt(s.neuron.a, 3)}
    return " ".join(shown).format(**numbers, **extra)


def _lstm_forward() -> str:
    return _(
        "The forget gate, at {f_value}, multiplies the cell state {c_prev}; the input gate, at "
        "{i_value}, adds the candidate {g_value}: the new cell state is {c}. The output gate, at "
        "{o_value}, lets {h} out as the hidden state."
    )


def _lstm_backward() -> str:
    return _(
        "Backward, the gradient of the hidden state is {dh} and that of the cell state {dc}; "
        "{dc_sent} goes on along the cell highway and {dh_sent} through the gates to the hidden "
        "state before."
    )


def _rnn_backward() -> str:
    return _(
        "Backward, the gradient of the hidden state is {dh}; the slope {neuron_slope} leaves "
        "{neuron_da} of it, and {dh_sent} reaches the hidden state before."
    )
