"""The LSTM cell and the plain RNN cell as circuits that carry one step's numbers of one unit.

Forward, values run from left to right and up through the gates; backward, the same wires carry the
gradients the other way. The GRU cell is in gru_diagram.py.
"""

import plotly.graph_objects as go

from lstm_viz.analysis.one_step import LSTMStep, RNNStep
from lstm_viz.analysis.step_record import times
from lstm_viz.figures.cell_parts import (
    NOW,
    PREV,
    STEM,
    bottom,
    card_height,
    floor,
    gate_card,
    largest,
)
from lstm_viz.figures.sheet import Sheet, compact
from lstm_viz.i18n import _
from lstm_viz.words import EXACT, number

LSTM_WIDTH, RNN_WIDTH = 350, 300
COLUMNS = {"f": 50, "i": 126, "g": 202, "o": 278}  # centres of the cards
HIGHWAY, PRODUCT, TANH, OUT, CARDS = 44, (164, 140), 118, 190, 230  # heights; PRODUCT (x, y)
LANE = 333  # where h_t goes down to the bottom line


def lstm_cell(step: LSTMStep, *, direction: str = "forward", ground: str = "light") -> go.Figure:
    """Draw one step of one unit of an LSTM: cell highway on top, gates below, h along the bottom.

    direction : "forward" values, "backward" gradients, or "both"
    ground : "light" or "dark"
    """
    s, bus = step, CARDS + card_height(direction, step.f) + STEM
    sheet = Sheet(step.cell, direction, ground, (LSTM_WIDTH, bus + floor(direction)), largest(step))
    _highway(sheet, s)
    _cell_input(sheet, s)
    _output(sheet, s, bus)
    gate_card(sheet, COLUMNS["f"], bus, s.f, [("dc" + NOW, s.dc), ("c" + PREV, s.c_prev)])
    gate_card(sheet, COLUMNS["i"], bus, s.i, [("dc" + NOW, s.dc), ("g", s.g.value)])
    gate_card(sheet, COLUMNS["g"], bus, s.g, [("dc" + NOW, s.dc), ("i", s.i.value)])
    gate_card(sheet, COLUMNS["o"], bus, s.o, [("dh" + NOW, s.dh), ("tanh", s.tanh_c)])
    bottom(sheet, s, bus, last=COLUMNS["o"], x_in=PRODUCT[0])
    return sheet.finish()


def rnn_cell(step: RNNStep, *, direction: str = "forward", ground: str = "light") -> go.Figure:
    """Draw one step of one unit of a plain RNN: its state has no other way than through φ."""
    s, x, top, lane = step, RNN_WIDTH / 2, 40, 250
    bus = top + card_height(direction, s.neuron) + STEM
    sheet = Sheet(step.cell, direction, ground, (RNN_WIDTH, bus + floor(direction)), largest(step))
    gate_card(sheet, x, bus, s.neuron, [("dh" + NOW, s.dh)], quantity=step.cell)
    way = [(x, top), (x, 20), (lane, 20), (lane, bus), (RNN_WIDTH, bus)]
    sheet.wire(way, "h", s.h, s.dh)
    bottom(sheet, s, bus, last=x, x_in=x)
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
    sheet.wire([(f, CARDS), (f, y)], "f", s.f.value, times(s.dc, s.c_prev))
    sheet.dot(branch, y, "c")
    sheet.label(24, 10, "c" + PREV, s.c_prev)
    sheet.label(107, 10, "f ∘ c" + PREV, kept)
    sheet.label(314, 10, "c" + NOW, s.c)
    below = 58 if sheet.forward else 10
    sheet.label(0, below, f"f ∘ dc{NOW}", s.dc_sent, align="left", gradient=True)
    sheet.label(221, below, "dc" + NOW, s.dc, gradient=True)
    sheet.label(316, below, _("from t+1"), s.dc_next, gradient=True)
    total = (
        f"dc{PREV} = {number(s.dc_prev, EXACT)} = f ∘ dc{NOW} + {number(s.dc_prev_via_h, EXACT)}"
    )
    sheet.hover(22, y, f"c{PREV} = {number(s.c_prev, EXACT)}<br>{total}")
    sheet.hover(314, y, f"c{NOW} = {number(s.c, EXACT)}<br>dc{NOW} = {number(s.dc, EXACT)}")


def _cell_input(sheet: Sheet, s: LSTMStep) -> None:
    """i ∘ g, up to the highway."""
    x, y = PRODUCT
    sheet.node(x, y, "∘")
    for gate, other in ((s.i, s.g), (s.g, s.i)):
        column = COLUMNS[gate.name]
        way = [(column, CARDS), (column, y), (x, y)]
        sheet.wire(way, gate.name, gate.value, times(s.dc, other.value))
    sheet.wire([(x, y), (x, HIGHWAY)], "c", s.i.value * s.g.value, s.dc)
    sheet.label(x + 7, 90, "i ∘ g", s.i.value * s.g.value, align="left")


def _output(sheet: Sheet, s: LSTMStep, bus: float) -> None:
    """c_t → tanh → ∘ o → h_t, down to the bottom line."""
    x = COLUMNS["o"]
    sheet.node(x, OUT, "∘")
    sheet.wire([(x, HIGHWAY), (x, TANH)], "c", s.c, s.dc_via_h)
    sheet.wire([(x, TANH + 34), (x, OUT)], "c", s.tanh_c, times(s.dh, s.o.value))
    sheet.wire([(x, CARDS), (x, OUT)], "o", s.o.value, times(s.dh, s.tanh_c))
    way = [(x, OUT), (LANE, OUT), (LANE, bus), (LSTM_WIDTH, bus)]
    sheet.wire(way, "h", s.h, s.dh)
    sheet.box(x, TANH, 50, 34, "c", s.tanh_c if sheet.forward else s.slope_c, sheet.forward)
    sheet.text(x, TANH + 10, "tanh" if sheet.forward else "tanh′", size=11)
    sheet.text(x, TANH + 24, compact(s.tanh_c if sheet.forward else s.slope_c))
    sheet.hover(
        x, TANH + 17, f"tanh c = {number(s.tanh_c, EXACT)}<br>tanh′(c) = {number(s.slope_c, EXACT)}"
    )
    sheet.label(
        x + 7, 90, _("via {state}").format(state="h" + NOW), s.dc_via_h, align="left", gradient=True
    )
