"""The drawn cells: every number is there, text lies on nothing, every colour is set."""

import functools
import itertools
import math
import re

import numpy as np
import pytest

import lstm_viz as lv
from lstm_viz import words
from lstm_viz.analysis.gru_step import gru_step
from lstm_viz.analysis.one_step import lstm_step, rnn_step
from lstm_viz.analysis.step_record import Scalar, quantities, showable
from lstm_viz.figures import theme
from lstm_viz.figures.cell_diagram import lstm_cell, rnn_cell
from lstm_viz.figures.gru_diagram import gru_cell
from lstm_viz.figures.sheet import compact
from lstm_viz.say.step import step_sentence
from tests.nets import make_case, make_weights

DIRECTIONS = ("forward", "backward", "both")
GROUNDS = ("light", "dark")
OWN = {"lstm": "fiogch", "gru": "rznh", "rnn": "h"}  # the quantities that a cell draws
EM = 0.55  # width of a character in font sizes, that of Arial; subscripts are counted smaller


def make_step(kind, t=3, **options):
    case = make_case(kind, **{"T": 5, "probe": "last", "D": 2} | options)
    take = {"lstm": lstm_step, "gru": gru_step}.get(kind, rnn_step)
    return take(case.weights, case.forward(), case.backward(), t, 1, 0)


@functools.cache
def draw(step, **options):
    cell = {"LSTMStep": lstm_cell, "GRUStep": gru_cell, "RNNStep": rnn_cell}[type(step).__name__]
    return cell(step, **options)


def texts(figure):
    hovers = [text for trace in figure.data for text in trace.hovertext or ()]
    return [note.text for note in figure.layout.annotations] + hovers


def box(note):
    """(left, top, right, bottom) of an annotation at one pixel a unit, as on a phone."""
    plain, small = (
        re.sub(r"<sub>.*?</sub>|<.*?>", "", note.text),
        "".join(re.findall(r"<sub>(.*?)</sub>", note.text)),
    )
    raised = len(re.findall("[·⁰¹²³⁴⁵⁶⁷⁸⁹⁻]", plain))
    width = EM * note.font.size * (len(plain) - 0.35 * raised + 0.7 * len(small))
    left = note.x - {"left": 0, "center": 0.5, "right": 1}[note.xanchor] * width
    return left, note.y - note.font.size / 2, left + width, note.y + note.font.size / 2


def overlap(a, b):
    return min(a[2], b[2]) - max(a[0], b[0]) > 0 and min(a[3], b[3]) - max(a[1], b[1]) > 0


def wires(figure):
    """Each straight piece of each wire as a box of its width."""
    for shape in figure.layout.shapes:
        if shape.name == "wire":
            points = [
                tuple(map(float, p.split(","))) for p in re.findall(r"[\d.]+,[\d.]+", shape.path)
            ]
            half = shape.line.width / 2
            for (x0, y0), (x1, y1) in itertools.pairwise(points):
                across = (half, 0) if x0 == x1 else (0, half)
                yield (
                    min(x0, x1) - across[0],
                    min(y0, y1) - across[1],
                    max(x0, x1) + across[0],
                    max(y0, y1) + across[1],
                )


STEPS = {
    "lstm": make_step("lstm"),
    "rnn": make_step("tanh"),
    "one input": make_step("lstm", D=1),
    "tiny": make_step("lstm", t=1, T=60, scale=0.3, forget_bias=-6.0),
    "tiny rnn": make_step("tanh", t=1, T=400, scale=0.3),
    "relu": make_step("relu"),
    "gru": make_step("gru"),
    "gru, one input": make_step("gru", D=1, seed=3),
    "gru, first step": make_step("gru", t=1, seed=5),
    "tiny gru": make_step("gru", t=1, T=60, scale=0.3, forget_bias=-6.0),
}


@pytest.mark.parametrize("name", STEPS)
@pytest.mark.parametrize("direction", DIRECTIONS)
def test_nothing_lies_on_text(name, direction):
    figure = draw(STEPS[name], direction=direction)
    notes = [(note.text, box(note)) for note in figure.layout.annotations]
    for (a, box_a), (b, box_b) in itertools.combinations(notes, 2):
        assert not overlap(box_a, box_b), f"{a!r} lies on {b!r}"
    text = [note for note in notes if note[0] not in ("<b>∘</b>", "<b>+</b>")]
    for (a, box_a), wire in itertools.product(text, wires(figure)):
        assert not overlap(box_a, wire), f"a wire crosses {a!r}"


@pytest.mark.parametrize("name", STEPS)
@pytest.mark.parametrize("direction", DIRECTIONS)
def test_text_stays_on_the_sheet(name, direction):
    figure = draw(STEPS[name], direction=direction)
    width, height = figure.layout.xaxis.range[1], figure.layout.height
    assert list(figure.layout.yaxis.range) == [height, 0]
    for note in figure.layout.annotations:
        left, top, right, bottom = box(note)
        assert left >= -2 and top >= 0 and right <= width + 2 and bottom <= height, note.text


@pytest.mark.parametrize("name", STEPS)
@pytest.mark.parametrize("direction", DIRECTIONS)
def test_every_number_can_be_read(name, direction):
    step = STEPS[name]
    everything = "\n".join(texts(draw(step, direction=direction)))
    for quantity, value in quantities(step):
        if direction == "forward" and isinstance(value, Scalar):
            continue
        shown = {compact(value), words.number(value, 6), words.number(value, 4)}
        assert any(text in everything for text in shown), f"{quantity} = {value} is not shown"


@pytest.mark.parametrize("name", ["lstm", "gru", "rnn"])
@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize("direction", DIRECTIONS)
def test_every_colour_is_explicit(name, ground, direction):
    figure = draw(STEPS[name], direction=direction, ground=ground)
    look = theme.GROUNDS[ground]
    assert figure.layout.paper_bgcolor == figure.layout.plot_bgcolor == look.paper
    assert all(note.font.color for note in figure.layout.annotations)
    assert all(shape.line.color and shape.fillcolor for shape in figure.layout.shapes if shape.path)
    assert all(trace.marker.color is not None for trace in figure.data)
    own = {theme.colour(q, ground) for q in OWN[name]}
    other = {theme.colour(q, "dark" if ground == "light" else "light") for q in "fiogchrzn"}
    used = {shape.line.color for shape in figure.layout.shapes}
    assert own <= used and not other & used


def test_wires_are_as_wide_as_what_they_carry():
    weights = make_weights("lstm", 1, 1, np.random.default_rng(0))
    trace = lv.forward(weights, np.ones((9, 1, 1)))
    grads = lv.backward(weights, trace, np.ones((9, 1, 1)))
    step = lstm_step(weights, trace, grads, 5, 0)
    figure = lstm_cell(step)
    by_colour = {s.line.color: s.line.width for s in figure.layout.shapes if s.name == "wire"}
    assert by_colour[theme.colour("h")] == pytest.approx(1 + 3 * min(1, abs(step.h_prev)))
    vanished = make_step("lstm", t=1, T=60, scale=0.3, forget_bias=-6.0)
    widths = [
        s.line.width for s in lstm_cell(vanished, direction="backward").layout.shapes if s.path
    ]
    assert min(widths) >= 1 and max(widths) <= 4


@pytest.mark.parametrize("kind", ["lstm", "gru"])
def test_arrows_turn_round(kind):
    step = make_step(kind)
    forward, backward = (draw(step, direction=d).data[0].marker for d in ("forward", "backward"))
    right, left = 90, 270
    heads = [
        [a % 360 for a, s in zip(m.angle, m.symbol, strict=True) if s == "arrow"]
        for m in (forward, backward)
    ]
    assert heads[0].count(right) > heads[0].count(left)
    assert heads[1].count(left) > heads[1].count(right)


def test_a_run_that_left_the_finite_numbers_is_still_drawn():
    weights = lv.RNNWeights(np.ones((1, 1)), np.full((1, 1), 1e200), np.zeros(1), "linear")
    trace = lv.forward(weights, np.ones((4, 1, 1)))
    grads = lv.backward(weights, trace, np.ones((4, 1, 1)))
    for t in range(1, 5):
        figure = rnn_cell(rnn_step(weights, trace, grads, t, 0), direction="both")
        assert all(math.isfinite(s.line.width) for s in figure.layout.shapes)


def test_a_gru_whose_past_is_infinite_is_still_drawn():
    weights = lv.GRUWeights(np.ones((3, 1)), np.full((3, 1), -1e308), np.zeros(3), np.zeros(1))
    trace = lv.forward(weights, np.ones((4, 1, 1)), np.full((1, 1), 10.0))  # r ∘ q = 0 · (−∞)
    assert trace.failure is not None
    grads = lv.backward(weights, trace, np.ones((4, 1, 1)))
    for t, direction in itertools.product(range(1, 5), DIRECTIONS):
        step = gru_step(weights, trace, grads, t, 0)
        figure = gru_cell(step, direction=direction)
        assert all(math.isfinite(s.line.width) for s in figure.layout.shapes)
        assert (
            "nothing to follow" in step_sentence(step, direction)
            and showable(step, direction) == ""
        )


def test_unknown_direction():
    with pytest.raises(lv.SpecError, match="direction must be one of forward, backward, both"):
        draw(STEPS["lstm"], direction="up")
