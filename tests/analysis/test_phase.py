"""A whole diagram, run as one batch, against a forward and a backward pass for each of its nets."""

from dataclasses import replace

import numpy as np
import pytest

import lstm_viz as lv
from lstm_viz.analysis import phase
from lstm_viz.analysis.many_nets import nets_of
from lstm_viz.analysis.phase import drive_variance, input_scale, phase_estimate
from lstm_viz.spec import INIT_NAMES
from tests.compare import assert_log10_close
from tests.results import own_columns

AXES = {"rnn": "s2", "lstm": "forget_bias", "gru": "forget_bias"}
VALUES = {"rnn": (0.1, 0.4, 3.0), "lstm": (-3.0, 0.0, 5.0), "gru": (-3.0, 0.0, 5.0)}


def single(spec, x, gain, **vertical):
    """log10 ‖∂⟨v, h_T⟩/∂h_t‖ for t = 0 … T of one net of a diagram, by the cells themselves.

    Of an LSTM ∂c_t.
    """
    if "s2" in vertical:
        w = lv.init_weights(replace(spec, gain=gain))
        x = x * input_scale(w, x, np.array([vertical["s2"]]))[0]
    else:
        w = lv.init_weights(replace(spec, gain=gain, **vertical))
    trace = lv.forward(w, x)
    dh = lv.last_step(len(x), lv.unit_probe(spec.hidden_size))
    of = "c" if spec.cell == "lstm" else "h"
    return lv.log10_norms(lv.backward(w, trace, dh))[of][:, 0], trace.failure


def all_norms(spec, x, gains, y):
    """The same of every net of the diagram, (T+1, N), from one batch."""
    plan = phase._Plan(spec, x, gains, *((None, y) if spec.cell == "rnn" else (y, None)), None, 1)
    nets = nets_of(plan.weights)(plan.weights, plan.x, plan.nets)
    with np.errstate(all="ignore"):
        nets.forward(plan.gains, plan.parts)
        return nets.backward(plan.gains, plan.v)


@pytest.mark.parametrize("cell", VALUES)
@pytest.mark.parametrize("init", [n for n in INIT_NAMES if n != "chrono"])
@pytest.mark.parametrize("H, D, T, seed", [(7, 3, 40, 0), (20, 1, 25, 5)])
def test_every_step_of_every_net_is_that_of_a_run_of_its_own(cell, init, H, D, T, seed):
    spec = lv.ModelSpec(cell, D, H, init=init, seed=seed)
    x, gains = lv.white_noise(T, D, seed=seed + 1), (0.1, 0.8, 1.5)
    norms = all_norms(spec, x, gains, VALUES[cell])
    for net, (y, gain) in enumerate((y, g) for y in VALUES[cell] for g in gains):
        expected, _ = single(spec, x, gain, **{AXES[cell]: y})
        assert_log10_close(norms[:, net], expected, 1e-10, f"{gain}, {y}")


@pytest.mark.parametrize("activation", ["relu", "sigmoid", "linear"])
def test_the_plain_rnn_may_have_any_activation(activation):
    spec = lv.ModelSpec("rnn", 2, 9, init="gaussian", activation=activation)
    x = lv.white_noise(30, 2, seed=4)
    norms = all_norms(spec, x, (0.5, 1.3), (0.2, 2.0))
    for net, (y, gain) in enumerate((y, g) for y in (0.2, 2.0) for g in (0.5, 1.3)):
        assert_log10_close(norms[:, net], single(spec, x, gain, s2=y)[0], 1e-10)


@pytest.mark.parametrize("rho", [1e-3, 0.5, 1.1, 30.0, 1e4])
@pytest.mark.parametrize("dtype, rel", [("float64", 1e-9), ("float32", 2e-3)])
def test_norms_far_beyond_the_floats_are_right(rho, dtype, rel):
    """A linear net of ρQ multiplies the gradient by ρ at each step, whatever comes in."""
    T, spec = 600, lv.ModelSpec("rnn", 2, 6, init="orthogonal", activation="linear", dtype=dtype)
    norms = all_norms(spec, np.zeros((T, 1, 2)), (rho, 1.0), (0.0,))
    expected = np.arange(T, -1, -1) * np.log10(rho)
    np.testing.assert_allclose(norms[:, 0], expected, rtol=1e-12, atol=rel)
    np.testing.assert_allclose(norms[:, 1], 0, atol=rel)


@pytest.mark.parametrize("cell", ["lstm", "gru"])
@pytest.mark.parametrize("gain, bias", [(40.0, 0.0), (0.01, -30.0), (200.0, 800.0), (0.5, -760.0)])
def test_saturated_gates_keep_full_accuracy(cell, gain, bias):
    spec = lv.ModelSpec(cell, 2, 5, init="gaussian", seed=3)
    x = 5 * lv.white_noise(12, 2)
    norms = all_norms(spec, x, (gain, 1.0), (bias,))[:, 0]
    expected = single(spec, x, gain, forget_bias=bias)[0]
    if cell == "lstm" and bias == -760.0:  # c_0 is reached by a gate of 10^−330 alone: cut off
        assert norms[0] < -300 and not expected[0] > -300
        norms, expected = norms[1:], expected[1:]
    assert_log10_close(norms, expected, 1e-8)


@pytest.mark.parametrize("cell, size", [("lstm", 3.0), ("lstm", 40.0), ("gru", 3000.0)])
@pytest.mark.parametrize("dtype, tolerance", [("float64", 1e-8), ("float32", 1e-2)])
def test_states_and_inputs_beyond_the_range_of_exp_are_cut_off(cell, size, dtype, tolerance):
    """Forget gates that stay open let some cell states grow by 1 a step, to 450."""
    spec = lv.ModelSpec(cell, 2, 5, init="gaussian", seed=3, dtype=dtype)
    x = np.full((450, 1, 2), size)
    norms = all_norms(spec, x, (0.3, 1.0), (8.0,))[:, 0]
    expected, _ = single(spec, x, 0.3, forget_bias=8.0)
    known = np.isfinite(expected)
    assert known[-20:].all() and not np.isnan(norms).any()
    assert_log10_close(norms[known], expected[known], tolerance)


def test_cell_states_that_closed_input_gates_keep_tiny_are_not_lost():
    spec = lv.ModelSpec("lstm", 2, 5, init="gaussian", seed=3)
    x = np.full((12, 1, 2), 300.0)
    norms = all_norms(spec, x, (0.3, 1.0), (8.0,))[:, 0]
    assert_log10_close(norms, single(spec, x, 0.3, forget_bias=8.0)[0], 1e-8)


def test_closed_forget_gates_pass_the_end_of_float64():
    spec = lv.ModelSpec("lstm", 2, 8, init="orthogonal")
    x = lv.white_noise(1000, 2)
    closed = lv.phase_diagram(spec, x, [0.05], forget_bias=[-8.0])
    expected, _ = single(spec, x, 0.05, forget_bias=-8.0)
    assert expected[0] < -1000
    rate = lv.fit_rate(expected[::-1])
    np.testing.assert_allclose(closed.log10_factor, rate.log10_factor, rtol=1e-11)
    np.testing.assert_allclose(closed.spread, rate.spread, rtol=1e-8)


@pytest.mark.parametrize("cell", VALUES)
@pytest.mark.parametrize("threads, wide", [(1, 2**12), (2, 40), (3, 2**12)])
def test_a_diagram_has_the_fitted_rates_however_its_nets_are_shared_out(
    cell, threads, wide, monkeypatch
):
    monkeypatch.setattr(phase, "WIDE", wide)
    monkeypatch.setattr(phase, "FEWEST", 4)
    spec = lv.ModelSpec(cell, 2, 10, seed=2)
    x, gains, y = lv.white_noise(30, 2), np.linspace(0.2, 1.6, 5), VALUES[cell]
    calls = []
    found = lv.phase_diagram(
        spec, x, gains, threads=threads, progress=lambda *n: calls.append(n), **{AXES[cell]: y}
    )
    assert found.log10_factor.shape == found.failure.shape == (3, 5) and found.steps == 30
    assert calls[-1] == (15, 15) and sorted(calls) == calls
    for j, k in np.ndindex(3, 5):
        rate = lv.fit_rate(single(spec, x, gains[k], **{AXES[cell]: y[j]})[0][::-1])
        assert found.log10_factor[j, k] == pytest.approx(rate.log10_factor, abs=1e-11)
        assert found.spread[j, k] == pytest.approx(rate.spread, abs=1e-11)
        assert found.straight[j, k] == (rate.problem == "")
    np.testing.assert_allclose(found.factor, 10**found.log10_factor)


@pytest.mark.parametrize("cell", VALUES)
def test_float32_gives_the_same_rates_to_1e_4_where_nothing_is_chaotic(cell):
    spec = lv.ModelSpec(cell, 4, 24, init="gaussian")
    x, axes = lv.white_noise(100, 4), {AXES[cell]: VALUES[cell]}
    found = lv.phase_diagram(spec, x, np.linspace(0.1, 2, 6), **axes)
    single_precision = lv.phase_diagram(replace(spec, dtype="float32"), x, found.gain, **axes)
    calm = found.log10_factor < 0
    assert calm.sum() > 8
    difference = np.abs(single_precision.log10_factor - found.log10_factor)
    assert difference[calm].max() < 1e-4


def test_where_the_forward_pass_blows_up_the_step_is_named():
    spec = lv.ModelSpec("rnn", 2, 12, init="gaussian", activation="relu", seed=2)
    x = lv.white_noise(900, 2)
    found = lv.phase_diagram(spec, x, [0.5, 8.0], s2=[1.0])
    _, failure = single(spec, x, 8.0, s2=1.0)
    assert found.failure.tolist() == [[0, failure.step]] and failure.step > 1
    assert np.isnan(found.log10_factor[0, 1]) and np.isfinite(found.log10_factor[0, 0])


def test_a_gradient_of_exactly_zero_has_no_finite_rate():
    """Without recurrence an RNN's; what an LSTM keeps in c, and a GRU in h, its gates decide."""
    for cell, gone in (("rnn", True), ("lstm", False), ("gru", False)):
        found = lv.phase_diagram(
            lv.ModelSpec(cell, 2, 5), lv.white_noise(9, 2), [0.0], **{AXES[cell]: [1.0]}
        )
        assert np.isneginf(found.log10_factor[0, 0]) == gone
        assert found.of == ("c" if cell == "lstm" else "h")
        assert found.straight[0, 0] != gone


def test_the_constant_error_carousel_has_the_factor_of_its_gate():
    """U = 0, no input (THEORY.md, 5): each step back multiplies ∂L/∂c by σ(b_f)."""
    found = lv.phase_diagram(
        lv.ModelSpec("lstm", 2, 5, init="orthogonal"), np.zeros((60, 1, 2)), [0.0],
        forget_bias=[0.0, 1.0, 5.0],
    )  # fmt: skip
    np.testing.assert_allclose(found.factor[:, 0], 1 / (1 + np.exp([0.0, -1.0, -5.0])), rtol=1e-12)


@pytest.mark.parametrize("init", ["pytorch", "gaussian"])
def test_s2_is_the_mean_square_of_what_enters_beside_the_recurrence(init):
    w, x = lv.init_weights(lv.ModelSpec("rnn", 4, 11, init=init)), lv.white_noise(50, 4, seed=3)
    assert drive_variance(w, x) == pytest.approx(np.mean((x[:, 0] @ w.W.T + w.b) ** 2))
    for s2, k in zip((0.5, 9.0), input_scale(w, x, np.array([0.5, 9.0])), strict=True):
        assert k > 0 and drive_variance(w, k * x) == pytest.approx(s2)


def test_an_input_of_zero_leaves_the_bias_alone():
    w, x = lv.init_weights(lv.ModelSpec("rnn", 4, 11)), np.zeros((7, 1, 4))
    own = drive_variance(w, x)
    assert own > 0 and input_scale(w, x, np.array([own * (1 + 1e-15)])) == 0
    for s2 in (0.5 * own, 2 * own):
        with pytest.raises(lv.SpecError, match="this input is zero"):
            input_scale(w, x, np.array([s2]))


def test_a_run_can_be_stopped_from_its_progress(monkeypatch):
    monkeypatch.setattr(phase, "WIDE", 64)

    class Stopped(Exception):
        pass

    def stop(done, total):
        raise Stopped

    spec = lv.ModelSpec("lstm", 2, 16)
    with pytest.raises(Stopped):
        lv.phase_diagram(
            spec, lv.white_noise(20, 2), np.arange(1, 30), forget_bias=range(9), progress=stop
        )


@pytest.mark.parametrize("T, H, threads", [(50, 32, 8), (400, 32, 3), (1600, 32, 1), (50, 128, 1)])
def test_so_many_threads_share_the_nets_as_have_room_for_long_calls(T, H, threads):
    spec, x = lv.ModelSpec("lstm", 2, H), np.zeros((T, 1, 2))
    plan = phase._Plan(spec, x, np.ones(80), np.ones(80), None, None, 8)
    assert plan.workers == threads
    assert plan.workers * plan.bytes_kept(plan.width) <= 1.1 * phase.ROOM


def test_an_estimate_foretells_time_and_memory():
    spec, x = lv.ModelSpec("lstm", 2, 16), lv.white_noise(400, 2)
    small = phase_estimate(spec, x[:40], [1.0, 2.0], forget_bias=[0.0])
    large = phase_estimate(spec, x, np.linspace(0, 2, 60), forget_bias=np.linspace(0, 2, 50))
    assert 0 < small.seconds < large.seconds
    assert small.megabytes < large.megabytes < 1.1 * phase.ROOM / 1e6


def test_the_table_has_a_row_for_each_net():
    found = lv.phase_diagram(
        lv.ModelSpec("gru", 2, 5), lv.white_noise(9, 2), [0.5, 1.0], forget_bias=[0, 1, 2]
    )
    frame = found.to_frame()
    names = ["of", "gain", "forget_bias", "log10_factor", "spread", "failure_step"]
    assert own_columns(found, frame) == names
    assert frame.gain.tolist() == [0.5, 1.0] * 3
    assert frame.forget_bias.tolist() == [0, 0, 1, 1, 2, 2]
    assert np.array_equal(frame.log10_factor, found.log10_factor.ravel())


SPEC, X = lv.ModelSpec("lstm", 2, 5), np.zeros((6, 1, 2))
RNN = dict(spec=lv.ModelSpec("rnn", 2, 5), forget_bias=None)


@pytest.mark.parametrize(
    "change, words",
    [
        (dict(spec=replace(SPEC, cell="bilstm")), "bilstm"),
        (dict(spec=replace(SPEC, layers=2)), "layers"),
        (dict(x=np.zeros((6, 2, 2))), "one sequence"),
        (dict(x=np.zeros((6, 1, 3))), "must have shape"),
        (dict(gain=[]), "gain"),
        (dict(gain=[np.nan]), "gain"),
        (dict(forget_bias=None), "forget_bias"),
        (dict(s2=[1.0]), "forget_bias"),
        (dict(probe=np.ones(4)), "probe"),
        (RNN | dict(s2=[1e-9]), "s2 must be .*, since this input is zero"),
        (RNN | dict(s2=[1e-9], x=lv.white_noise(6, 2)), "s2 must be at least"),
    ],
    ids=lambda v: next(iter(v)) if isinstance(v, dict) else v,
)
def test_what_does_not_fit_is_refused(change, words):
    asked = dict(spec=SPEC, x=X, gain=[1.0], forget_bias=[0.0]) | change
    with pytest.raises(lv.LstmVizError, match=words):
        lv.phase_diagram(**asked)


def test_nothing_given_is_changed():
    x = lv.white_noise(9, 2)
    kept, gain = x.copy(), np.array([0.5, 1.0])
    lv.phase_diagram(SPEC, x, gain, forget_bias=[1.0])
    assert np.array_equal(x, kept) and gain.tolist() == [0.5, 1.0]


def test_chrono_draws_the_forget_biases_itself():
    with pytest.raises(lv.SpecError, match="chrono"):
        lv.phase_diagram(replace(SPEC, init="chrono"), X, [1.0], forget_bias=[0.0])


@pytest.mark.parametrize("size", [1e-200, 1e300])
def test_an_input_of_any_size_can_be_scaled_to_s2(size):
    spec, x = lv.ModelSpec("rnn", 2, 8, init="gaussian"), lv.white_noise(20, 2)
    found, usual = (lv.phase_diagram(spec, s * x, [0.5, 1.2], s2=[0.3]) for s in (size, 1.0))
    np.testing.assert_allclose(found.log10_factor, usual.log10_factor, rtol=1e-9)


@pytest.mark.parametrize("cell", VALUES)
@pytest.mark.parametrize("size", [30.0, 1000.0])
def test_slopes_that_leave_the_floats_are_right_in_a_diagram(cell, size):
    """Raw data: each net's rate is that of a run of its own,."""
    spec = lv.ModelSpec(cell, 2, 4, init="gaussian", seed=1)
    x, y = size * lv.white_noise(20, 2), (0.5, 3.0)
    y = tuple(size**2 * v for v in y) if cell == "rnn" else y
    found = lv.phase_diagram(spec, x, (0.5, 1.5), **{AXES[cell]: y})
    for j, k in np.ndindex(2, 2):
        expected = single(spec, x, found.gain[k], **{AXES[cell]: y[j]})[0]
        assert np.isfinite(expected).all()
        assert found.log10_factor[j, k] == pytest.approx(
            lv.fit_rate(expected[::-1]).log10_factor, rel=1e-9
        )


def test_units_that_part_are_right_in_a_diagram():
    """Without mixing each unit has a rate of its own, thousands of orders of magnitude apart."""
    spec = lv.ModelSpec("lstm", 2, 4, init="identity", seed=2)
    x = 3 * lv.white_noise(900, 2)
    found = lv.phase_diagram(spec, x, (0.0, 0.3), forget_bias=(-3.0, 0.0))
    for j, k in np.ndindex(2, 2):
        expected = single(spec, x, found.gain[k], forget_bias=found.y[j])[0]
        rate = lv.fit_rate(expected[::-1]).log10_factor
        assert found.log10_factor[j, k] == pytest.approx(rate, rel=1e-9)


@pytest.mark.parametrize("cell", VALUES)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_ordinary_nets_are_all_of_the_batch(cell, dtype, monkeypatch):
    """Running one by itself takes a thousand times as long."""
    monkeypatch.delattr(phase._Plan, "alone")
    spec = lv.ModelSpec(cell, 8, 32, dtype=dtype)
    x, axes = lv.white_noise(60, 8).astype(dtype), {AXES[cell]: VALUES[cell]}
    found = lv.phase_diagram(spec, x, np.linspace(0.1, 4, 4), **axes)
    assert np.isfinite(found.log10_factor).all()


def test_the_cell_state_is_followed_where_its_hidden_state_gets_nothing():
    """U = 0: by h an LSTM is dead at once; ∂L/∂c goes on by the forget gates of the run."""
    spec = lv.ModelSpec("lstm", 3, 6, init="gaussian", seed=2)
    x = lv.white_noise(40, 3)
    for bias in (-2.0, 5.0):
        norms = all_norms(spec, x, (0.0,), (bias,))[:, 0]
        trace = lv.forward(lv.init_weights(replace(spec, gain=0.0, forget_bias=bias)), x)
        way = trace.o[-1, 0] * (1 - trace.tanh_c[-1, 0] ** 2) * lv.unit_probe(6)
        product = np.vstack([np.cumprod(trace.f[::-1, 0], axis=0)[::-1], np.ones(6)])
        by_hand = np.log10(np.linalg.norm(product * way, axis=1))
        np.testing.assert_allclose(norms, by_hand, atol=1e-11)
