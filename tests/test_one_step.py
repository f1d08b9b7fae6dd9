"""One step's record and its equations: parts add up, and a cell worked out by hand agrees."""

import copy
import math
import pickle
import re

import numpy as np
import pytest

import lstm_viz as lv
from lstm_viz import words
from lstm_viz.analysis.gru_step import Candidate, gru_step
from lstm_viz.analysis.one_step import lstm_step, rnn_step
from lstm_viz.analysis.step_record import Faint, Neuron, Scalar, quantities
from lstm_viz.say.equations import equations
from tests.nets import make_case, scaled_orthogonal

RNN_KINDS = ("tanh", "relu", "sigmoid", "linear")
KINDS = ("lstm", "gru", *RNN_KINDS)
TAKE = {"lstm": lstm_step, "gru": gru_step}
LINES = {"lstm": (6, 8), "gru": (5, 6)}  # of equations forward and backward
REL = 1e-12


def step_of(kind, t, unit=1, sequence=1):
    case = make_case(kind, T=5)
    case.dc = None  # a loss that reads h alone
    return TAKE.get(kind, rnn_step)(
        case.weights, case.forward(), case.backward(), t, unit, sequence
    )


def neurons(step):
    return [value for value in vars(step).values() if isinstance(value, Neuron)]


def assert_sum(total, *parts):
    """Within round-off of the largest part: parts of opposite sign may cancel."""
    scale = max(abs(float(part)) for part in (total, *parts))
    assert math.fsum(map(float, parts)) == pytest.approx(float(total), rel=REL, abs=REL * scale)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("t", [1, 3, 4, 5])
def test_parts_add_up(kind, t):
    s = step_of(kind, t)
    for n in neurons(s):
        assert_sum(n.a, n.Wx, n.rq if isinstance(n, Candidate) else n.Uh, n.b)
    assert_sum(s.dh, s.dh_direct, s.dh_next)
    assert_sum(s.dh_prev, s.dh_sent, s.dh_prev_direct)
    assert len(neurons(s)) == {"lstm": 4, "gru": 3}.get(kind, 1)
    kept = [s.dh_kept] if kind == "gru" else []
    assert_sum(s.dh_sent, *kept, *(n.sent for n in neurons(s)))


@pytest.mark.parametrize("t", [1, 3, 4, 5])
def test_chain_rule_of_the_lstm(t):
    s = step_of("lstm", t)
    dc, dh = float(s.dc), float(s.dh)
    assert_sum(s.c, s.f.value * s.c_prev, s.i.value * s.g.value)
    assert s.h == pytest.approx(s.o.value * s.tanh_c, rel=REL)
    assert_sum(dc, s.dc_via_h, s.dc_next)
    assert float(s.dc_via_h) == pytest.approx(dh * s.o.value * s.slope_c, rel=REL)
    assert_sum(s.dc_prev, s.dc_sent, s.dc_prev_via_h)
    assert float(s.dc_sent) == pytest.approx(dc * s.f.value, rel=REL)
    assert float(s.f.da) == pytest.approx(dc * s.c_prev * s.f.slope, rel=REL)
    assert float(s.i.da) == pytest.approx(dc * s.g.value * s.i.slope, rel=REL)
    assert float(s.g.da) == pytest.approx(dc * s.i.value * s.g.slope, rel=REL)
    assert float(s.o.da) == pytest.approx(dh * s.tanh_c * s.o.slope, rel=REL)


@pytest.mark.parametrize("t", [1, 3, 4, 5])
def test_chain_rule_of_the_gru(t):
    s = step_of("gru", t)
    r, z, n, dh = s.r, s.z, s.n, float(s.dh)
    assert_sum(n.q, n.Uh, n.b_q)
    assert n.rq == r.value * n.q and n.b_q != 0
    assert_sum(s.h, s.new * n.value, z.value * s.h_prev)
    assert s.new == pytest.approx(1 - z.value, rel=REL)
    assert float(z.da) == pytest.approx(dh * (s.h_prev - n.value) * z.slope, rel=REL)
    assert float(n.da) == pytest.approx(dh * s.new * n.slope, rel=REL)
    assert float(n.dq) == pytest.approx(float(n.da) * r.value, rel=REL)
    assert float(r.da) == pytest.approx(float(n.da) * n.q * r.slope, rel=REL)
    assert float(s.dh_kept) == pytest.approx(z.value * dh, rel=REL)
    assert_sum(s.dh_via_gates, r.sent, z.sent, n.sent)


@pytest.mark.parametrize("kind", RNN_KINDS)
def test_chain_rule_of_the_rnn(kind):
    s = step_of(kind, 3)
    assert float(s.neuron.da) == pytest.approx(float(s.dh) * s.neuron.slope, rel=REL)
    assert s.neuron.value == s.h


def test_numbers_are_the_runs_own():
    case = make_case("lstm", T=5)
    trace, grads = case.forward(), case.backward()
    s = lstm_step(case.weights, trace, grads, 2, 3, sequence=1)
    assert (s.c_prev, s.c, s.h_prev, s.h) == (
        *trace.c[1:3, 1, 3],
        *trace.h[1:3, 1, 3],
    )
    assert (s.f.a, s.f.value, s.o.value) == (trace.a_f[1, 1, 3], trace.f[1, 1, 3], trace.o[1, 1, 3])
    assert s.dc.value == grads.c[2, 1, 3] and s.dh_prev.value == grads.h[1, 1, 3]
    assert s.g.da.value == grads.a_g[1, 1, 3]
    assert [d.value for d in s.dx] == list(grads.x[1, 1])


def test_a_cell_worked_out_by_hand():
    """One unit, one step, all gates half open: σ(0) = ½, g = tanh(1), c = ½·2 + ½·tanh 1."""
    weights = lv.LSTMWeights(np.zeros((4, 1)), np.zeros((4, 1)), np.array([0, 0, 1.0, 0]))
    trace = lv.forward(weights, np.ones((1, 1, 1)), c0=np.full((1, 1), 2.0))
    s = lstm_step(weights, trace, lv.backward(weights, trace, np.ones((1, 1, 1))), 1, 0)
    c = 1 + 0.3807970779778823
    assert s.c == pytest.approx(c, rel=1e-15)
    assert s.h == pytest.approx(0.5 * math.tanh(c), rel=1e-15)
    dc = 0.5 * (1 - math.tanh(c) ** 2)
    assert s.dc.value == pytest.approx(dc, rel=1e-14)
    assert s.f.da.value == pytest.approx(dc * 2 * 0.25, rel=1e-14)
    assert s.o.da.value == pytest.approx(0.25 * math.tanh(c), rel=1e-14)
    assert s.dc_sent.value == pytest.approx(dc / 2, rel=1e-14)


def test_a_gru_worked_out_by_hand():
    """One unit at h = 2, r = z = ½, q = 1·2 + 2 = 4, n = tanh(½·4 − 1), h = ½ tanh 1 + ½·2."""
    U, b = np.array([[0], [0], [1.0]]), np.array([0, 0, -1.0])
    weights = lv.GRUWeights(np.zeros((3, 1)), U, b, np.array([2.0]))
    trace = lv.forward(weights, np.ones((1, 1, 1)), np.full((1, 1), 2.0))
    s = gru_step(weights, trace, lv.backward(weights, trace, np.ones((1, 1, 1))), 1, 0)
    n = math.tanh(1)
    assert (s.n.q, s.n.rq, s.n.a) == (4, 2, 1)
    assert s.h == pytest.approx(n / 2 + 1, rel=1e-15)
    da_n = 0.5 * (1 - n**2)
    assert s.z.da.value == pytest.approx((2 - n) / 4, rel=1e-14)
    assert s.n.da.value == pytest.approx(da_n, rel=1e-14)
    assert s.r.da.value == pytest.approx(da_n * 4 / 4, rel=1e-14)
    assert s.n.sent.value == pytest.approx(da_n / 2, rel=1e-14)
    assert s.dh_prev.value == pytest.approx(0.5 + da_n / 2, rel=1e-14)


def test_gradients_below_the_range_of_floats():
    """U = ½Q at rest: ‖∂L/∂h_t‖ = 2^(t−T), far below what a float64 holds."""
    T, H = 3000, 2
    U = scaled_orthogonal(0.5, H=H)
    weights = lv.RNNWeights(np.zeros((H, 1)), U, np.zeros(H), "tanh")
    trace, dh = lv.forward(weights, np.zeros((T, 1, 1))), np.zeros((T, 1, H))
    dh[-1, 0, 0] = 1
    s = [rnn_step(weights, trace, lv.backward(weights, trace, dh), 1, j) for j in range(H)]
    assert [one.dh.value for one in s] == [0, 0]
    norm = 0.5 * math.log10(sum(10 ** (2 * (one.dh.log10 + 900)) for one in s)) - 900
    assert norm == pytest.approx(-(T - 1) * math.log10(2), rel=1e-12)
    assert re.search(r"10⁻⁹⁰[⁰-⁹] = ", equations(s[0], "backward")[0][1])
    assert s[0].to_frame().set_index("quantity").log10_abs["dh"] == s[0].dh.log10


def test_parts_of_a_gru_below_the_range_of_floats():
    case = make_case("gru", T=500, scale=0.3, forget_bias=-6.0, probe="last")
    s = gru_step(case.weights, case.forward(), case.backward(), 2, 1)
    assert s.dh.value == 0 and s.dh.log10 < -330
    parts = [s.dh_kept, s.r.sent, s.z.sent, s.n.sent]
    assert_sum(*(math.ldexp(p.mantissa, p.exponent + 1100) for p in (s.dh_sent, *parts)))
    back = case.backward().scaled["h"]
    assert s.dh_prev.log10 == pytest.approx(s.dh_sent.log10, rel=REL)
    assert s.dh_prev.log10 == back.log10_abs()[1, 0, 1]


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ((0, 0, 0), "step must be a whole number from 1 to 5; got 0"),
        ((6, 0, 0), "step must be a whole number from 1 to 5; got 6"),
        ((1.0, 0, 0), "step must be a whole number from 1 to 5; got 1.0"),
        ((1, 4, 0), "unit must be a whole number from 0 to 3; got 4"),
        ((1, -1, 0), "unit must be a whole number from 0 to 3; got -1"),
        ((1, 0, 2), "sequence must be a whole number from 0 to 1; got 2"),
    ],
)
@pytest.mark.parametrize("kind", ["lstm", "gru", "tanh"])
def test_places_outside_the_run(kind, place, message):
    with pytest.raises(lv.SpecError, match=re.escape(message)):
        step_of(kind, *place)


@pytest.mark.parametrize(
    ("number", "digits", "text"),
    [
        (0.73105857, 4, "0.7311"),
        (-1.0, 3, "−1.00"),
        (123.4, 3, "123"),
        (9999.7, 4, "1.000 × 10⁴"),
        (0.001, 3, "0.00100"),
        (-0.00052, 2, "−5.2 × 10⁻⁴"),
        (0.0, 4, "0"),
        (Scalar(-0.75, -5000), 3, "−5.31 × 10⁻¹⁵⁰⁶"),
        (Scalar(0.75, 5000), 1, "1 × 10¹⁵⁰⁵"),
        (float("nan"), 3, "undefined"),
        (-math.inf, 3, "minus infinity"),
    ],
)
def test_numbers_at_any_magnitude(number, digits, text):
    assert words.number(number, digits).replace("\xa0", " ") == text
    assert words.number(number, digits, tight=True) == text.replace(" × 10", "·10")


def evaluate(side):
    """The value of a printed right-hand side."""
    names = {"σ": lambda a: 1 / (1 + math.exp(-a)), "tanh": math.tanh, "relu": lambda a: max(a, 0)}
    plain = side.replace("\xa0×\xa010", "e").translate(str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-"))
    python = plain.replace("−", "-").replace("·", "*")
    return eval(python, {"__builtins__": {}}, names | {"id": float})


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("direction", ["forward", "backward"])
@pytest.mark.parametrize("t", [1, 3, 5])
def test_printed_equations_hold(kind, direction, t):
    pairs = equations(step_of(kind, t), direction)
    assert len(pairs) == LINES.get(kind, (1, 3))[direction == "backward"]
    for symbols, numbers in pairs:
        left, *sides = numbers.split(" = ")
        assert symbols.count(" = ") == 1 and sides
        for side in sides:
            terms = re.sub(r"^(σ|tanh|relu|id)\((.*)\)$", r"\2", side).split(" + ")
            rounding = 2.5e-3 * max(abs(evaluate(term)) for term in (left, *terms))
            assert evaluate(side) == pytest.approx(evaluate(left), abs=rounding), numbers


def test_unknown_direction():
    with pytest.raises(lv.SpecError, match="direction must be one of forward, backward; got 'up'"):
        equations(step_of("lstm", 1), "up")


@pytest.mark.parametrize("kind", ["lstm", "gru", "tanh"])
def test_table_has_every_quantity_once(kind):
    s = step_of(kind, 2)
    frame = s.to_frame()
    assert list(frame.quantity) == [name for name, _value in quantities(s)]
    assert frame.quantity.is_unique and set(frame.step) == {2} and set(frame.unit) == {1}
    assert frame.set_index("quantity").value["dh"] == s.dh.value


@pytest.mark.parametrize("kind", ["lstm", "gru", "tanh", "sigmoid"])
def test_numbers_below_the_floats_are_written_as_they_are(kind):
    """Closed gates and flat slopes: no line of the printed chain rule has a factor 0."""
    case = make_case(kind, T=6, H=3, scale=1500.0, seed=2)
    case.dc = None
    trace, grads = case.forward(), case.backward()
    s = TAKE.get(kind, rnn_step)(case.weights, trace, grads, 4, 1)
    faint = [v for _name, v in quantities(s) if isinstance(v, Faint)]
    assert faint and all(v == 0 and -1e6 < v.log10 < -307 for v in faint)
    assert copy.deepcopy(faint[0]).log10 == pickle.loads(pickle.dumps(faint[0])).log10
    for symbols, line in equations(s, "forward") + equations(s, "backward"):
        for side in line.split(" = "):
            for term in side.split(" + "):
                factors = term.split(" · ")
                assert len(factors) == 1 or "0" not in factors, (symbols, line)
    for n in neurons(s):
        assert n.slope or n.slope.log10 < -307
