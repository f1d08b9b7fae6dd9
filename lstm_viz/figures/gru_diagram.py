"""The GRU cell as a circuit that carries one step's numbers of one unit.

The hidden state runs along the top, where it meets a product with z and a sum; below stand the
gates, which read the same hidden state from the bottom line.
"""

import plotly.graph_objects as go

from lstm_viz.analysis.gru_step import GRUStep
from lstm_viz.analysis.step_record import times
from lstm_viz.figures.cell_parts import (
    CARD,
    HEAD,
    NOW,
    PREV,
    STEM,
    card_height,
    enter_input,
    floor,
    gate_card,
    largest,
)
from lstm_viz.figures.sheet import Sheet, compact
from lstm_viz.i18n import _
from lstm_viz.words import EXACT, number

WIDTH = 350
COLUMNS = {"z": 100, "n": 206, "r": 310}  # centres of the cards
WIDE = 84  # of the cards of z and n, which have rows with long names
HIGHWAY, NEW, CARDS = 44, 126, 170  # heights of h's line, of (1 − z) ∘ n, of the cards
LANE, INPUT = 12, 153  # where h_{t−1} goes down to the bottom line, and x_t comes up to it
MINUS = (153, 50, 34)  # the box 1 − z: its centre, width and height


def gru_cell(step: GRUStep, *, direction: str = "forward", ground: str = "light") -> go.Figure:
    """Draw one step of one unit of a GRU: h along the top, the gates below.

    direction : "forward" values, "backward" gradients, or "both"
    ground : "light" or "dark"
    """
    s, bus = step, CARDS + card_height(direction, step.n) + STEM
    sheet = Sheet(step.cell, direction, ground, (WIDTH, bus + floor(direction)), largest(step))
    _highway(sheet, s)
    _candidate_input(sheet, s)
    _reset(sheet, s)
    now, difference = ("dh" + NOW, s.dh), (f"h{PREV}−n", s.gap)
    for gate, width, factors in (
        (s.z, WIDE, [now, difference]),
        (s.n, WIDE, [now, ("1 − z", s.new)]),
        (s.r, CARD, [("da<sub>n</sub>", s.n.da), ("q", s.n.q)]),
    ):
        place = {"width": width, "top": CARDS, "align": "right"}
        gate_card(sheet, COLUMNS[gate.name], bus, gate, factors, **place)
    _gates_input(sheet, s, bus)
    return sheet.finish()


def _highway(sheet: Sheet, s: GRUStep) -> None:
    """h_{t−1} → ∘ z → + (1 − z) ∘ n → h_t."""
    y, z, plus = HIGHWAY, COLUMNS["z"], COLUMNS["n"]
    kept = s.z.value * s.h_prev
    sheet.node(z, y, "∘")
    sheet.node(plus, y, "+")
    sheet.wire([(0, y), (LANE, y)], "h", s.h_prev, s.dh_sent, heads="backward")
    sheet.wire([(LANE, y), (z, y)], "h", s.h_prev, s.dh_kept)
    sheet.wire([(z, y), (plus, y)], "h", kept, s.dh)
    sheet.wire([(plus, y), (WIDTH, y)], "h", s.h, s.dh)
    sheet.wire([(z, CARDS), (z, y)], "z", s.z.value, times(s.dh, s.h_prev))
    sheet.dot(LANE, y, "h")
    _highway_labels(sheet, s, kept)


def _highway_labels(sheet: Sheet, s: GRUStep, kept: float) -> None:
    right, both = WIDTH - 4, sheet.forward and sheet.backward
    sheet.label(4, 10, "h" + PREV, s.h_prev, align="left")
    sheet.label(4 + 50 * both, 10, f"→ dh{PREV}", s.dh_sent, align="left", gradient=True)
    sheet.label((COLUMNS["z"] + COLUMNS["n"]) / 2, 10, "z ∘ h" + PREV, kept)
    sheet.label(right, 10, "h" + NOW, s.h, align="right")
    sheet.label(right - 50 * both, 10, "dh" + NOW, s.dh, align="right", gradient=True)
    sheet.label(LANE + 6, 60, f"z ∘ dh{NOW}", s.dh_kept, align="left", gradient=True)
    sheet.label(LANE + 6, 104, _("via gates"), s.dh_via_gates, align="left", gradient=True)
    sheet.label(right, 60, _("from t+1"), s.dh_next, align="right", gradient=True)
    sheet.label(right - 62, 60, _("direct"), s.dh_direct, align="right", gradient=True)
    before = f"h{PREV} = {number(s.h_prev, EXACT)}<br>dh{PREV} = {number(s.dh_prev, EXACT)}"
    direct = _("{value} (direct)").format(value=number(s.dh_prev_direct, EXACT))
    parts = f"{number(s.dh_sent, EXACT)} + {direct}"
    sheet.hover(LANE, HIGHWAY, f"{before} = {parts}")
    sheet.hover(
        right - 10, HIGHWAY, f"h{NOW} = {number(s.h, EXACT)}<br>dh{NOW} = {number(s.dh, EXACT)}"
    )


def _candidate_input(sheet: Sheet, s: GRUStep) -> None:
    """(1 − z) ∘ n, up to the highway."""
    z, n, y = COLUMNS["z"], COLUMNS["n"], NEW
    x, width, height = MINUS
    by_new = times(s.dh, s.n.value)
    sheet.node(n, y, "∘")
    sheet.dot(z, y, "z")
    sheet.wire([(z, y), (x - width / 2, y)], "z", s.z.value, times(by_new, -1))
    sheet.wire([(x + width / 2, y), (n, y)], "z", s.new, by_new)
    sheet.wire([(n, CARDS), (n, y)], "n", s.n.value, times(s.dh, s.new))
    sheet.wire([(n, y), (n, HIGHWAY)], "n", s.new * s.n.value, s.dh)
    top = y - height / 2
    sheet.box(x, top, width, height, "z", s.new if sheet.forward else -1, not sheet.forward)
    sheet.text(x, top + 10, "1 − z" if sheet.forward else "(1 − z)′", size=11)
    sheet.text(x, top + 24, compact(s.new if sheet.forward else -1.0))
    sheet.hover(x, y, f"1 − z = {number(s.new, EXACT)}")
    sheet.label(n + 16, 104, "(1 − z) ∘ n", s.new * s.n.value, align="left")


def _reset(sheet: Sheet, s: GRUStep) -> None:
    """r, from its card into the candidate's."""
    height = CARDS + HEAD / 2
    left, right = COLUMNS["n"] + WIDE / 2, COLUMNS["r"] - CARD / 2
    sheet.wire([(right, height), (left, height)], "r", s.r.value, times(s.n.da, s.n.q))


def _gates_input(sheet: Sheet, s: GRUStep, bus: float) -> None:
    """h_{t−1} down the lane and x_t from below, to the gates."""
    way = [(LANE, HIGHWAY), (LANE, bus), (COLUMNS["r"] + 1, bus)]
    sheet.wire(way, "h", s.h_prev, s.dh_via_gates, heads="backward")
    enter_input(sheet, s, INPUT, bus)
