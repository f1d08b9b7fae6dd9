"""Backpropagation at any magnitude: known rates, elsewhere the oracle in Decimals."""

import gc
import weakref
from decimal import Decimal

import numpy as np
import pytest

import lstm_viz as lv
from lstm_viz.cells import run_back
from lstm_viz.cells.bptt import backprop_through_time, block_length
from lstm_viz.logscale import Scaled
from tests import oracle, oracle_gru
from tests.compare import assert_close, assert_decimal_close
from tests.nets import KINDS, last_step_norms, linear_net, make_case, scaled_orthogonal

RHOS = (0.5, 0.9, 1.1, 2.0, 1e-3, 1e-40, 1e30, 1e-200, 1e200)


def expected_line(T, rho):
    """log10 norms of h, rows 0 … T, for a unit probe at the last step."""
    return np.arange(T, -1, -1) * np.log10(rho)


@pytest.mark.parametrize("rho", RHOS)
@pytest.mark.parametrize(("activation", "T"), [("linear", 2000), ("tanh", 300)])
def test_rate_of_a_scaled_orthogonal_net(rho, activation, T):
    norms = last_step_norms(linear_net(scaled_orthogonal(rho), activation=activation), T)
    line = expected_line(T, rho)
    np.testing.assert_allclose(norms["h"][:, 0], line, rtol=1e-11, atol=1e-12)
    np.testing.assert_allclose(norms["a"][:, 0], line[1:], rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize(
    ("rho", "T", "expected"), [(0.5, 100_000, -30102.999566398), (2.0, 20_000, 6020.5999132796)]
)
def test_rate_over_many_steps(rho, T, expected):
    norms = last_step_norms(linear_net(scaled_orthogonal(rho, H=3)), T)
    assert norms["h"][0, 0] == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("power", [-40, -3, -1, 1, 3, 40])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_powers_of_two_are_exact(power, dtype):
    U = np.ldexp(np.eye(4)[[1, 2, 3, 0]], power)
    norms = last_step_norms(linear_net(U, dtype), 3000)
    np.testing.assert_allclose(norms["h"][:, 0], expected_line(3000, 2.0**power), rtol=1e-15)


@pytest.mark.parametrize("rho", [0.5, 0.9, 1.1, 1e-3, 1e-20, 1e20])
def test_float32_rate(rho):
    T = 2000
    norms = last_step_norms(linear_net(scaled_orthogonal(rho), "float32"), T)
    rounding = T * np.finfo(np.float32).eps * 5 / np.log(10)  # U and each of T products, 5 units
    assert np.abs(norms["h"][:, 0] - expected_line(T, rho)).max() < rounding


@pytest.mark.parametrize(
    ("dtype", "input_weight"),
    [("float64", 1e-30), ("float64", 1e30), ("float32", 1e-10), ("float32", 1e10)],
)
@pytest.mark.parametrize("power", [-15, -1, 1, 15])
def test_input_gradient_at_any_scale_of_w(dtype, input_weight, power):
    W, U = (np.full((1, 1), value, dtype) for value in (input_weight, 2.0**power))
    w = lv.RNNWeights(W, U, np.zeros(1, dtype), "linear")
    norms = last_step_norms(w, 300)
    expected = expected_line(300, 2.0**power)[1:] + np.log10(float(w.W.item()))
    assert norms["x"][:, 0] == pytest.approx(expected, abs=1e-7 if dtype == "float32" else 1e-11)


@pytest.mark.parametrize("rho", [1e-30, 0.5, 2.0, 1e30, 1e100, 1e-100])
@pytest.mark.parametrize("size", [1e-300, 1e-100, 1.0, 1e100, 1e300])
def test_probe_of_any_size(rho, size):
    norms = last_step_norms(linear_net(scaled_orthogonal(rho)), 200, probe=size * np.eye(5)[0])
    expected = np.log10(size) + expected_line(200, rho)
    assert norms["h"][:, 0] == pytest.approx(expected, rel=1e-12, abs=1e-12)


@pytest.mark.parametrize(
    ("usual", "rare"),
    [(0.5, 1e-300), (2.0, 1e300), (1e-3, 1e-250), (1e3, 1e250), (1e-60, 1e200), (1e60, 1e-200)],
)
@pytest.mark.parametrize("every", [1, 7, 97])
def test_steps_of_very_unequal_size(usual, rare, every):
    """A carry of any size meets a factor of any size, as where a gate closes."""
    factors = np.full(300, usual)
    factors[::every] = rare

    def run_block(lo, hi, rows, entering):
        for t in reversed(range(hi - lo)):
            rows[0][t + 1] += entering[0][t]
            rows[0][t] = factors[lo + t] * rows[0][t + 1]

    direct = np.zeros((300, 1, 1))
    direct[-1] = 1
    direct = Scaled(direct, np.zeros((300, 1), np.int64))
    with np.errstate(all="ignore"):
        states = [np.empty((301, 1, 1))]
        (adjoint,), exponent = backprop_through_time(run_block, states, [direct])
        log10 = np.log10(np.abs(adjoint[:, 0, 0])) + exponent[:, 0] * np.log10(2)
    expected = np.append(np.cumsum(np.log10(factors[::-1]))[::-1], 0)
    assert log10 == pytest.approx(expected, rel=1e-12, abs=1e-12)


def decimal_gradients(case, trace):
    """The oracle's backward pass in Decimals through the library's own forward values."""
    if case.weights.cell == "gru":
        names = ["h", "q", *"rzn", *(f"a_{gate}" for gate in "rzn")]
        values = {name: getattr(trace, name) for name in names}
        return oracle_gru.gru_backward(case.weights, case.x, values, case.dh, Decimal)
    if case.c0 is None:
        values = {"a": trace.a, "h": trace.h}
        return oracle.rnn_backward(case.weights, case.x, values, case.dh, Decimal)
    names = ["h", "c", *"ifgo", *(f"a_{gate}" for gate in "ifgo")]
    values = {name: getattr(trace, name) for name in names}
    dc = np.zeros_like(case.dh) if case.dc is None else case.dc
    return oracle.lstm_backward(case.weights, case.x, values, case.dh, dc, Decimal)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("scale", [1e-9, 0.3, 3.0, 30.0])
@pytest.mark.parametrize("probe", ["last", "every"])
def test_any_scale_of_weights_agrees_with_decimals(kind, scale, probe):
    """A loss at the last step; and one at every step, beside a sequence with one in between."""
    T = 30 if scale > 1 and kind in ("relu", "linear") else 130  # they grow beyond the floats
    case = make_case(kind, T=T, B=1 + (probe == "every"), D=1, H=2, probe=probe, seed=5)
    case.dh[np.arange(T) != min(100, T // 2) - 1, 1:] = 0
    case.weights = type(case.weights)(
        **{**vars(case.weights), "U": case.weights.U * scale, "b": case.weights.b * min(scale, 3)}
    )
    trace = case.forward()
    grads = lv.backward(case.weights, trace, case.dh, case.dc)
    assert_decimal_close(grads, decimal_gradients(case, trace), 1e-9)


@pytest.mark.parametrize("kind", KINDS)
def test_new_gradient_after_total_decay(kind):
    """The carry has gone to 2^-3000 or less when the next direct gradient enters."""
    case = make_case(kind, T=400, B=2, D=1, H=2, probe="last", seed=6, forget_bias=-20)
    U = case.weights.U * 1e-5
    case.weights = type(case.weights)(**{**vars(case.weights), "U": U})
    case.dh[50, 0] = [1.0, -2.0]
    case.dh[10, 1] = [1e-200, 3e-200]
    trace = case.forward()
    grads = lv.backward(case.weights, trace, case.dh)
    assert_decimal_close(grads, decimal_gradients(case, trace), 1e-9)
    assert lv.log10_norms(grads)["h"][52, 0] < -900
    assert_close(grads.h[51, 0], np.array([1.0, -2.0]), 1e-15)


def test_sequences_of_a_batch_have_exponents_of_their_own():
    """One unit: tanh' is tiny for the first sequence (large input) and 1 for the second."""
    w = lv.RNNWeights([[1.0]], [[4.0]], [0.0], "tanh")
    x = np.zeros((500, 3, 1))
    x[:, 0], x[250:, 2] = 30.0, 30.0  # the third rests first and is driven then
    case = make_case("tanh", T=500, B=3, D=1, H=1, probe="last")
    case.weights, case.x, case.h0, case.dh[-1] = w, x, np.zeros((3, 1)), 1.0
    trace = case.forward()
    grads = lv.backward(w, trace, case.dh)
    norms = lv.log10_norms(grads)["h"]
    assert norms[0, 0] < -10_000
    assert norms[0, 1] == pytest.approx(500 * np.log10(4), rel=1e-12)
    assert norms[0, 2] - norms[250, 2] == pytest.approx(250 * np.log10(4), rel=1e-12)
    assert_decimal_close(grads, decimal_gradients(case, trace), 1e-9)


def test_sequences_with_probes_of_their_own():
    case = make_case("tanh", T=300, B=3, D=1, H=2, probe="last", scale=0.05, seed=7)
    case.dh[:, 1] = np.random.default_rng(0).normal(size=(300, 2))
    case.dh[:, 2] = 0
    case.dh[120, 2] = 1e-300
    trace = case.forward()
    grads = lv.backward(case.weights, trace, case.dh)
    assert_decimal_close(grads, decimal_gradients(case, trace), 1e-9)


@pytest.mark.parametrize("kind", KINDS)
def test_no_probe_gives_exact_zeros(kind):
    case = make_case(kind, T=80)
    grads = lv.backward(case.weights, case.forward(), np.zeros_like(case.dh))
    assert all((norm == -np.inf).all() for norm in lv.log10_norms(grads).values())
    assert not any(getattr(grads.weights, name).any() for name in "WUb")


def test_gradient_that_dies_exactly_is_minus_infinity():
    U = np.diag([0.5, 0.0])
    norms = last_step_norms(linear_net(U), 100, probe=np.array([0.0, 1.0]))
    assert norms["h"][:, 0].tolist() == [-np.inf] * 100 + [0.0]


@pytest.mark.parametrize("power", [-1, 1, 0])
def test_values_are_plain_backpropagation_where_floats_hold_them(power):
    """Rescaling by powers of two changes no bit of what lies inside the range."""
    T, U = 1500, np.ldexp(np.eye(3)[[1, 2, 0]], power)
    case = make_case("linear", T=T, B=1, D=1, H=3, probe="last")
    case.weights, case.h0 = linear_net(U), np.zeros((1, 3))
    grads, plain = case.backward(), [case.dh[-1]]
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        for _ in range(T):
            plain.append(plain[-1] @ U)
    expected = np.array(plain[::-1])
    normal = (np.abs(expected) > 1e-290).all(axis=(1, 2)) & np.isfinite(expected).all(axis=(1, 2))
    assert normal.sum() > 900
    assert np.array_equal(grads.h[normal], expected[normal])


@pytest.mark.parametrize("T", [1, 63, 64, 65, 200])
def test_block_borders_change_nothing(T):
    case = make_case("lstm", T=T, B=2, H=3, seed=8)
    _, expected = oracle.run(case.weights, case.x, case.h0, case.c0, case.dh, case.dc)
    grads = case.backward()
    for name in ("h", "c", "x"):
        assert_close(getattr(grads, name), expected[name], 1e-10, name)


@pytest.mark.parametrize(("sequences", "units"), [(1, 1), (64, 256), (1000, 1000), (1, 2**14)])
def test_blocks_have_at_least_one_step(sequences, units):
    assert 1 <= block_length(sequences, units) <= 64


def test_nan_stays_nan_and_in_its_sequence():
    case = make_case("lstm", T=200, B=2, probe="last", seed=9)
    case.dh[100, 0, 0] = np.nan
    norms = lv.log10_norms(run_back(case.weights, case.forward(), case.dh))
    assert np.isnan(norms["h"][:101, 0]).all()
    assert np.isfinite(norms["h"][102:, 0]).all()
    assert np.isfinite(norms["h"][:, 1]).all()


@pytest.mark.parametrize("scale", [1, 1000])
def test_a_trace_leaves_the_memory_with_its_last_name(scale):
    weights = lv.init_weights(lv.ModelSpec("lstm", 3, 4))
    gc.disable()
    try:
        trace = lv.forward(weights, scale * lv.white_noise(20, 3))
        gradients = lv.backward(weights, trace, lv.last_step(20, lv.unit_probe(4)))
        watched = weakref.ref(trace)
        del trace, gradients
        assert watched() is None
    finally:
        gc.enable()
