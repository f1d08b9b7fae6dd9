"""Known answers as lines: what they are computed from, where they start, when there is none."""

import math
from dataclasses import replace

import numpy as np
import pytest

import lstm_viz as lv
from lstm_viz.analysis import large_n, overlays
from lstm_viz.analysis.length_sweep import band
from lstm_viz.analysis.overlays import (
    KEYS,
    NEVER,
    Curve,
    curve_by_length,
    curve_over_time,
    references,
)
from lstm_viz.analysis.rates import fit_rate

RNN_ALONE, LSTM_ALONE = ("bound", "radius", "chi", "chi_run"), ("product", "half_life", "rest")


def run(cell, T=40, H=16, D=3, x=None, **options):
    spec = lv.ModelSpec(cell, D, H, **options)
    x = lv.white_noise(T, D, seed=1) if x is None else x
    return lv.survival(lv.init_weights(spec), x, lv.unit_probe(H))


def found(result, keys=KEYS, init="gaussian", **options):
    curve = curve_over_time(result)
    lines = references(result.weights, result.trace, curve, init, keys, **options)
    return {line.key: line for line in lines}


@pytest.fixture(scope="module")
def rnn():
    return run("rnn", init="gaussian", gain=1.3)


@pytest.fixture(scope="module")
def lstm():
    return run("lstm")


def test_each_network_gets_its_own_in_the_order_asked_for(rnn, lstm):
    assert list(found(rnn)) == [*RNN_ALONE, "horizons"]
    assert list(found(lstm, ("horizons", "rest", "bound", "product"))) == [
        *("horizons", "rest", "product")
    ]
    assert found(rnn, ()) == {}


def test_lines_of_one_rate(rnn, lstm):
    lines, U = found(rnn), rnn.weights.U
    factors = {
        "bound": np.linalg.svd(U)[1][0],
        "radius": np.abs(np.linalg.eigvals(U)).max(),
        "chi_run": math.sqrt(large_n.measured_chi(rnn.weights, rnn.trace)),
        "chi": math.sqrt(
            large_n.chi(
                math.sqrt((U**2).sum() / 16), large_n.input_variance(rnn.weights, rnn.trace)
            )
        ),
    }
    for key, factor in factors.items():
        np.testing.assert_allclose(lines[key].log10, math.log10(factor) * np.arange(41), rtol=1e-9)
        assert lines[key].factor == pytest.approx(factor, rel=1e-9)
    assert lines["chi"].value == pytest.approx(factors["chi"] ** 2, rel=1e-12)
    rest = found(lstm)["rest"]
    assert rest.factor == pytest.approx(large_n.at_rest(lstm.weights).factor, rel=1e-12)


def test_the_bound_lies_above_the_measured_curve(rnn):
    bound, curve = found(rnn)["bound"], curve_over_time(rnn)
    assert (curve.log10 <= bound.start + bound.log10 + 1e-12).all()
    assert bound.start == rnn.norms["h"][-1] == curve.log10[0]


def test_the_band_of_chi_holds_for_half_of_h_steps_and_needs_independent_entries(rnn):
    chi = found(rnn)["chi"]
    holds = np.isfinite(chi.low) & np.isfinite(chi.high)
    np.testing.assert_array_equal(np.flatnonzero(holds), np.arange(9))  # H = 16
    assert (chi.low[holds] <= chi.high[holds]).all() and (np.diff(chi.high - chi.low)[:8] > 0).all()
    assert found(rnn, init="orthogonal")["chi"].low is None


def test_the_band_of_chi_holds_most_networks():
    inside = []
    for seed in range(40):
        result = run("rnn", T=12, H=24, init="gaussian", gain=1.5, seed=seed)
        chi, curve = found(result)["chi"], curve_over_time(result)
        inside.append(chi.low[12] < curve.log10[12] - chi.start < chi.high[12])
    assert np.mean(inside) > 0.8


def test_the_product_of_forget_gates_is_the_runs(lstm):
    f = lstm.trace.f[:, 0]
    for from_loss, gates in ((True, f[::-1]), (False, f)):
        line = found(lstm, ("product",), from_loss=from_loss)["product"]
        product = np.cumprod(np.vstack([np.ones_like(gates[:1]), gates]), axis=0)
        np.testing.assert_allclose(10**line.low, product.min(axis=1), rtol=1e-11)
        np.testing.assert_allclose(10**line.high, product.max(axis=1), rtol=1e-11)
        np.testing.assert_allclose(10**line.log10, np.sqrt((product**2).mean(axis=1)), rtol=1e-11)


def test_the_product_holds_where_floats_end():
    closed = run("lstm", T=200, forget_bias=-30.0)
    line = found(closed)["product"]
    assert line.log10[-1] < -2000 and np.isfinite(line.low).all()
    assert (line.low <= line.log10).all() and (line.log10 <= line.high + 1e-12).all()


def test_the_half_life_lies_on_the_product(lstm):
    lines = found(lstm)
    (mark,) = lines["half_life"].marks
    at = np.interp(mark.steps, np.arange(41), lines["product"].log10)
    assert at == pytest.approx(mark.log10, rel=1e-9) and mark.log10 == math.log10(0.5)
    assert mark.measured and lines["half_life"].value == mark.steps


def test_a_half_life_beyond_the_run_is_foretold():
    """U = 0 and no input: f = σ(5) at each step, and the half-life is the textbook's."""
    open_ = run("lstm", T=5, init="orthogonal", gain=0.0, forget_bias=5.0, x=np.zeros((5, 1, 3)))
    (mark,) = found(open_)["half_life"].marks
    assert mark.steps == pytest.approx(103.218, abs=5e-4) and not mark.measured
    kept = run("lstm", T=5, init="orthogonal", gain=0.0, forget_bias=40.0, x=np.zeros((5, 1, 3)))
    assert found(kept)["half_life"].problem == "kept"


def straight(rate, n=101):
    k = np.arange(n)
    log10 = rate * k
    return Curve(k, log10, fit_rate(log10))


def test_horizons_are_measured_within_the_curve_and_foretold_beyond(rnn):
    (horizons,) = references(rnn.weights, rnn.trace, straight(-0.5), "gaussian", ("horizons",))
    marks = {mark.name: mark for mark in horizons.marks}
    for dtype in ("float16", "float32", "float64"):
        smallest = math.log10(np.finfo(dtype).smallest_normal)
        for name, level in ((dtype, smallest), (f"naive {dtype}", smallest / 2)):
            mark, exact = marks[name], -level / 0.5
            assert mark.measured == (exact <= 100)
            off = mark.steps - exact
            assert 0 <= off < 1 if mark.measured else abs(off) < 1e-9 * exact
            assert mark.log10 == pytest.approx(level)
    for rate, problem in ((0.2, "kept"), (0.0, "kept"), (-1e-9, "kept")):
        (none,) = references(rnn.weights, rnn.trace, straight(rate), "gaussian", ("horizons",))
        assert none.problem == problem and not none.marks
    assert NEVER == 1e6


def test_curves_start_at_the_loss(rnn):
    over_time = curve_over_time(rnn)
    np.testing.assert_array_equal(over_time.log10, rnn.norms["h"][::-1])
    x = lv.white_noise(20, 3)
    sweeps = [
        lv.length_sweep(lv.init_weights(lv.ModelSpec("rnn", 3, 5, seed=s)), x) for s in (0, 1)
    ]
    by_h, by_x = (curve_by_length(band("rnn", sweeps, q)) for q in ("h", "x"))
    assert (by_h.distance[0], by_h.log10[0]) == (0, 0.0)
    np.testing.assert_array_equal(by_h.distance[1:], np.arange(1, 21))
    np.testing.assert_array_equal(by_x.distance, np.arange(20))
    assert by_x.log10[0] == np.median([sweep.x[0] for sweep in sweeps])


def test_the_lstms_curve_is_that_of_the_cell_state(lstm):
    np.testing.assert_array_equal(curve_over_time(lstm).log10, lstm.norms["c"][::-1])
    lines = found(lstm)
    assert {line.start for line in lines.values()} == {lstm.norms["c"][-1]}


def test_without_recurrence_the_product_of_the_gates_is_the_curve():
    """All units alike (THEORY.md, 5): the line lies on the curve, over steps and over lengths."""
    w = lv.init_weights(lv.ModelSpec("lstm", 3, 6, init="orthogonal", gain=0.0, forget_bias=2.0))
    w, x = replace(w, W=np.zeros_like(w.W)), np.ones((30, 1, 3))
    w = replace(w, b=np.repeat([0.3, 2.0, 0.4, -0.2], 6))
    result = lv.survival(w, x, lv.unit_probe(6))
    line = found(result, ("product",))["product"]
    np.testing.assert_allclose(line.start + line.log10, result.norms["c"][::-1], atol=1e-12)
    curve = curve_by_length(band("lstm", [lv.length_sweep(w, x, of="c")]))
    (line,) = references(w, result.trace, curve, "gaussian", ("product",), from_loss=False)
    out = np.log10(result.trace.o * (1 - result.trace.tanh_c**2))[:, 0, 0]  # o ∘ tanh'(c_T)
    np.testing.assert_allclose(line.start + line.log10 + out - out[0], curve.log10, atol=1e-12)


def test_a_single_point_has_no_lines(lstm):
    curve = Curve(np.arange(1), np.zeros(1), fit_rate(np.zeros(1)))
    lines = references(lstm.weights, lstm.trace, curve, "gaussian", KEYS)
    assert {line.problem for line in lines} == {"too short"}


def test_what_does_not_apply_says_why(rnn):
    assert found(rnn, init="identity")["chi"].problem == "unmixed"
    assert found(rnn, init="identity")["chi_run"].problem == "unmixed"
    still = found(run("rnn", gain=0.0))
    assert {still[key].problem for key in RNN_ALONE} == {"zero"}
    up = run("rnn", T=700, init="gaussian", gain=8.0, activation="relu", x=np.ones((700, 1, 3)))
    lines = found(up)
    assert {lines[key].problem for key in ("chi", "chi_run")} <= {"not finite", "no start"}
    assert all(line.problem for line in lines.values() if not np.isfinite(up.norms["h"][-1]))


def test_without_a_finite_start_nothing_is_drawn(rnn):
    curve = Curve(np.arange(3), np.array([np.nan, 0, 0]), fit_rate([np.nan, 0, 0]))
    lines = references(rnn.weights, rnn.trace, curve, "gaussian", KEYS)
    assert {line.problem for line in lines} == {"no start"}
    assert all(line.log10 is None and not line.marks for line in lines)


def test_tables_have_a_row_for_each_step_or_mark(rnn, lstm):
    lines = found(rnn) | found(lstm, LSTM_ALONE)
    table = lines["chi"].to_frame()
    assert list(table["steps_from_loss"]) == list(range(41)) and set(table["theory"]) == {"chi"}
    np.testing.assert_array_equal(table["log10_low"], lines["chi"].low)
    assert len(lines["half_life"].to_frame()) == 1
    assert len(found(rnn, init="identity")["chi"].to_frame()) == 1


def test_a_factor_below_the_floats_is_not_called_zero():
    """χ̂ of raw data: its slopes are 10^-thousands, and a ReLU that is off has none."""
    for activation, problem in (("tanh", "too small"), ("relu", "zero")):
        spec = lv.ModelSpec("rnn", 1, 1, init="gaussian", activation=activation)
        weights, x = lv.init_weights(spec), np.full((5, 1, 1), -1e5)
        weights.W[...] = 1
        reference = overlays._chi("chi_run", lv.forward(weights, x), "gaussian", 5)
        assert reference.problem == problem
