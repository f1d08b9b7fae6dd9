"""Path split: the parts are what truncated nets say they are, and add up to the total."""

import math

import numpy as np
import pytest

import lstm_viz as lv
from lstm_viz.analysis.paths import path_split
from lstm_viz.cells.ways import DIRECT, HIGHWAY
from lstm_viz.errors import ShapeError, SpecError
from lstm_viz.logscale import LOG10_2, Scaled
from tests.compare import assert_log10_close
from tests.nets import make_case, make_weights

LN10 = math.log(10)


def sums_error(split, rows=slice(None)):
    """Largest ‖Σ parts − total‖ / ‖total‖ of any step and sequence, at any magnitude."""
    size = np.frexp(np.abs(split.total.mantissa[rows]).max(-1))[1] + split.total.exponent[rows]
    total, *parts = (
        np.ldexp(s.mantissa[rows], (s.exponent[rows] - size)[..., None])
        for s in [split.total, *split.parts.values()]
    )
    return (np.linalg.norm(sum(parts) - total, axis=-1) / np.linalg.norm(total, axis=-1)).max()


def split_of(case):
    trace = case.forward()
    return path_split(case.weights, trace, case.backward(), case.dc)


CASES = [
    dict(T=7, B=3, H=5),
    dict(T=40, H=2, seed=1, scale=2.0),
    dict(T=30, H=9, seed=2, forget_bias=5.0, probe="last"),
    dict(T=30, H=4, seed=3, scale=0.1, probe=12),
    dict(T=1, H=1, seed=4),
]


@pytest.mark.parametrize("cell", ["lstm", "gru"])
@pytest.mark.parametrize("options", CASES, ids=str)
def test_parts_add_up_to_the_total(options, cell):
    split = split_of(make_case(cell, **options))
    rows = slice(0, 13 if options.get("probe") == 12 else None)  # nothing arrives after the loss
    assert sums_error(split, rows) < 1e-12
    assert sum(split.share.values())[rows] == pytest.approx(1, abs=1e-11)


@pytest.mark.parametrize("forget_bias", [-4.0, -12.0])
@pytest.mark.parametrize("probe", ["last", "every"])
@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_parts_add_up_at_any_magnitude(forget_bias, probe, cell):
    case = make_case(cell, T=400, H=4, seed=5, scale=0.05, forget_bias=forget_bias, probe=probe)
    case.dh *= 10.0 ** -np.linspace(300, 0, 400)[:, None, None]  # 1e-300 at the first step
    split = split_of(case)
    assert sums_error(split) < 1e-12
    assert sum(split.share.values()) == pytest.approx(1, abs=1e-11)
    if probe == "last":
        assert -np.inf < split.log10_total[0].max() < -350


def test_the_highway_is_the_total_without_recurrent_weights():
    """THEORY 5: with U = 0 the total at c_t is ∂L/∂c_T ∘ ∏ f_s, the shortcut."""
    w = make_weights("lstm", 2, 3, np.random.default_rng(0), forget_bias=-3.0)
    w = lv.LSTMWeights(w.W, 0 * w.U, w.b)
    x = np.random.default_rng(1).normal(size=(300, 2, 2))
    trace = lv.forward(w, x)
    grads = lv.backward(w, trace, lv.last_step(300, lv.unit_probe(3), batch=2))
    split = path_split(w, trace, grads)
    assert split.log10_total.min() < -300
    assert_log10_close(split.log10_shortcut, split.log10_total, 1e-10)
    np.testing.assert_allclose(split.share[HIGHWAY][:-1], 1, rtol=1e-14)
    for name in "ifgo":
        assert np.isneginf(split.log10_norm[name]).all()


def test_parts_through_a_gate_vanish_with_its_rows_of_U_alone():
    """∂L/∂h_t is linear in U's blocks: cutting one in the backward pass of one step cuts its part.

    The oracle takes one step back by hand from the totals at t+1.
    """
    case = make_case("lstm", T=6, B=2, H=4, seed=8)
    trace, grads = case.forward(), case.backward()
    split = path_split(case.weights, trace, grads, case.dc)
    H = 4
    for t in range(1, 6):
        for b in range(2):
            for k, name in enumerate("ifgo"):
                through_h = np.zeros(H)
                for j in range(H):
                    for m in range(H):
                        row = case.weights.U[k * H + m]
                        through_h[j] += row[j] * getattr(grads, f"a_{name}")[t, b, m]
                own = through_h * trace.o[t - 1, b] / np.cosh(trace.c[t, b]) ** 2
                np.testing.assert_allclose(split.parts[name].value[t, b], own, rtol=1e-12)
            enters = case.dh[t - 1, b] * trace.o[t - 1, b] / np.cosh(trace.c[t, b]) ** 2
            enters = enters + case.dc[t - 1, b]
            np.testing.assert_allclose(split.parts[DIRECT].value[t, b], enters, rtol=1e-12)
            highway = trace.f[t, b] * grads.c[t + 1, b]
            np.testing.assert_allclose(split.parts[HIGHWAY].value[t, b], highway, rtol=1e-14)


def test_parts_of_a_gru_are_what_one_step_back_by_hand_gives():
    case = make_case("gru", T=6, B=2, H=4, seed=8)
    trace, grads = case.forward(), case.backward()
    split, U, H = split_of(case), case.weights.U, 4
    assert split.state == "h" and split.first == 0
    for t in range(6):
        for b in range(2):
            back = {name: getattr(grads, f"a_{name}")[t, b].copy() for name in "rzn"}
            back["n"] *= trace.r[t, b]
            for k, name in enumerate("rzn"):
                own = [sum(U[k * H + m, j] * back[name][m] for m in range(H)) for j in range(H)]
                np.testing.assert_allclose(split.parts[name].value[t, b], own, rtol=1e-12)
            carried = trace.z[t, b] * grads.h[t + 1, b]
            np.testing.assert_allclose(split.parts[HIGHWAY].value[t, b], carried, rtol=1e-14)
            enters = case.dh[t - 1, b] if t else np.zeros(H)
            np.testing.assert_array_equal(split.parts[DIRECT].value[t, b], enters)


def test_a_gru_without_recurrent_weights_carries_the_product_of_z():
    """THEORY 6."""
    w = make_weights("gru", 2, 3, np.random.default_rng(0), forget_bias=-3.0)
    w = lv.GRUWeights(w.W, 0 * w.U, w.b, w.b_q)
    trace = lv.forward(w, np.random.default_rng(1).normal(size=(300, 1, 2)))
    split = path_split(w, trace, lv.backward(w, trace, lv.last_step(300, lv.unit_probe(3))))
    assert split.log10_total.min() < -300
    assert_log10_close(split.log10_shortcut, split.log10_total, 1e-10)
    np.testing.assert_allclose(split.share[HIGHWAY][:-1], 1, rtol=1e-14)


def test_all_that_arrives_at_the_initial_cell_state_came_along_the_highway():
    split = split_of(make_case("lstm", T=5, seed=3))
    assert split.share[HIGHWAY][0] == pytest.approx(1, rel=1e-14)
    assert split.first == 1


def test_shares_are_projections():
    split = split_of(make_case("lstm", T=9, seed=2))
    total = split.total.value
    for name, part in split.parts.items():
        expected = (part.value * total).sum(-1) / (total**2).sum(-1)
        np.testing.assert_allclose(split.share[name], expected, rtol=1e-10, atol=1e-14)
        norm = np.linalg.norm(part.value, axis=-1)
        np.testing.assert_allclose(10 ** split.log10_norm[name], norm, rtol=1e-12)
    assert min(share.min() for share in split.share.values()) < 0  # signed


def test_the_product_of_gates_is_exact_where_it_underflows():
    """b_f = −800: σ(b_f) is no float, its logarithm −800 is; so are 50 factors of it."""
    w = lv.LSTMWeights(np.zeros((8, 1)), np.zeros((8, 2)), np.repeat([0.3, -800.0, 1.0, 0.2], 2))
    trace = lv.forward(w, np.zeros((50, 1, 1)))
    split = path_split(w, trace, lv.backward(w, trace, lv.every_step(50, lv.unit_probe(2))))
    expected = np.arange(50, -1, -1) * -800 / LN10
    np.testing.assert_allclose(split.log10_product[:, 0, 1], expected, rtol=1e-13)


def test_direct_and_total_of_h_are_two_things():
    case = make_case("lstm", T=8, H=3, seed=1)
    split, grads = split_of(case), case.backward()
    np.testing.assert_allclose(
        10 ** split.direct_h.log10_norm()[1:], np.linalg.norm(case.dh, axis=-1)
    )
    assert np.isneginf(split.direct_h.log10_norm()[0]).all()
    np.testing.assert_allclose(10 ** split.h.log10_norm(), np.linalg.norm(grads.h, axis=-1))


def test_where_nothing_arrives_there_is_no_share():
    case = make_case("lstm", T=6, probe=3)
    split = split_of(case)
    for name, share in split.share.items():
        assert np.isnan(share[4:]).all() and np.isfinite(share[:4]).all(), name
        assert np.isneginf(split.log10_norm[name][4:]).all()
    assert np.isneginf(split.log10_shortcut).all()  # nothing enters at the last step


def test_float32_splits_to_its_own_precision():
    split = split_of(make_case("lstm", T=20, H=6, seed=4, dtype="float32", probe="last"))
    assert split.total.mantissa.dtype == np.float32
    assert sums_error(split) < 3e-6


def test_a_plain_rnn_has_one_path_and_foreign_gradients_are_refused():
    case = make_case("tanh")
    with pytest.raises(SpecError, match="one layer of lstm, gru; got rnn"):
        path_split(case.weights, case.forward(), case.backward())
    deep = lv.ModelSpec(input_size=2, hidden_size=2, layers=2)
    w, x = lv.init_weights(deep), np.zeros((3, 1, 2))
    trace = lv.forward(w, x)
    with pytest.raises(SpecError, match="one layer"):
        path_split(w, trace, lv.backward(w, trace, np.ones((3, 1, 2))))
    case, other = make_case("lstm", T=5), make_case("lstm", T=6)
    with pytest.raises(ShapeError, match="gradients"):
        path_split(case.weights, case.forward(), other.backward())
    with pytest.raises(ShapeError, match="dc"):
        path_split(case.weights, case.forward(), case.backward(), case.dc[1:])
    gru = make_case("gru")
    with pytest.raises(ShapeError, match="dc must be None"):
        path_split(gru.weights, gru.forward(), gru.backward(), gru.dh)


def test_the_table_has_a_row_for_each_step_sequence_and_path():
    split = split_of(make_case("lstm", T=4, B=2, seed=6))
    frame = split.to_frame()
    assert len(frame) == 5 * 2 * 6
    row = frame[(frame["step"] == 2) & (frame["sequence"] == 1) & (frame["path"] == "g")].iloc[0]
    assert row["share"] == split.share["g"][2, 1]
    assert row["log10_norm"] == split.log10_norm["g"][2, 1]
    assert row["log10_norm_total"] == split.log10_total[2, 1]


@pytest.mark.parametrize("cell", ["lstm", "gru"])
@pytest.mark.parametrize("exponent", [-5000, 5000])
def test_a_direct_gradient_beyond_the_floats_is_split_too(cell, exponent):
    case = make_case(cell, T=12, B=2, D=3, H=4, seed=3)
    trace = case.forward()
    entering = Scaled(case.dh, np.full(case.dh.shape[:2], exponent))
    plain = path_split(case.weights, trace, lv.backward(case.weights, trace, case.dh))
    moved = path_split(case.weights, trace, lv.backward(case.weights, trace, entering))
    assert sums_error(moved) < 1e-12
    for name, part in plain.parts.items():
        expected = part.log10_norm() + exponent * LOG10_2
        assert_log10_close(moved.parts[name].log10_norm(), expected, 1e-10, name)


@pytest.mark.parametrize("kind", ["lstm", "gru"])
def test_gradients_of_another_trace_are_refused(kind):
    case = make_case(kind, T=6, B=2)
    trace = case.forward()
    other = lv.backward(case.weights, lv.forward(case.weights, 2 * case.x), case.dh)
    with pytest.raises(lv.ShapeError, match="^gradients must be of this trace, .* at step . of"):
        lv.path_split(case.weights, trace, other)


def test_a_direct_gradient_of_the_cell_state_must_not_be_forgotten():
    case = make_case("lstm", T=6, B=2)
    trace, grads = case.forward(), case.backward()
    lv.path_split(case.weights, trace, grads, case.dc)
    with pytest.raises(lv.ShapeError, match="and dc what `backward` was given"):
        lv.path_split(case.weights, trace, grads)


def test_gates_shut_at_the_end_of_the_floats_leave_the_other_units_shortcut():
    """The first unit keeps 10^(−1.5 · 10³⁰⁸) of two steps: its square's log10 is no float."""
    W = np.tile([[1.0], [0.01]], (4, 1))
    w = lv.LSTMWeights(W=W, U=np.zeros((8, 2)), b=np.zeros(8))
    x = np.full((2, 1, 1), -1.7e308)
    trace = lv.forward(w, x)
    split = lv.path_split(w, trace, lv.backward(w, trace, lv.last_step(2, np.array([0.6, 0.8]))))
    np.testing.assert_allclose(split.log10_product[0, 0], 2 * (x[0, 0] / np.log(10)) * W[:2, 0])
    assert split.log10_shortcut[0] == pytest.approx(split.log10_product[0, 0, 1], rel=1e-12)
