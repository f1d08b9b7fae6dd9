"""Gate views against the trace, and their summary against counting."""

import numpy as np
import pytest

import lstm_viz as lv
from lstm_viz.analysis.gates import summarise_gates

T, H = 9, 5
NAMES = ("i", "f", "o", "g", "c", "h")


@pytest.fixture(scope="module")
def result():
    spec = lv.ModelSpec(hidden_size=H, input_size=3, gain=6.0, forget_bias=2.0, seed=4)
    return lv.survival(lv.init_weights(spec), 3 * lv.white_noise(T, 3), lv.unit_probe(H))


@pytest.fixture(scope="module")
def views(result):
    return lv.gate_views(result)


def test_every_quantity_stands_at_its_step(result, views):
    assert set(views.pairs) == set(NAMES) and views.steps == T
    for name in NAMES:
        value = getattr(result.trace, name)[-T:, 0]
        np.testing.assert_array_equal(views.pairs[name].value, value, err_msg=name)


def test_gradients_are_those_of_the_pre_activations_and_the_states(result, views):
    for name in NAMES:
        gradient = getattr(result.gradients, f"a_{name}" if name in "ifog" else name)[-T:, 0]
        pair = views.pairs[name]
        units = 10.0**pair.log10_gradient
        np.testing.assert_allclose(units, np.abs(gradient), rtol=1e-9, err_msg=name)
        norm = np.linalg.norm(gradient, axis=1)
        np.testing.assert_allclose(10.0**pair.log10_norm, norm, rtol=1e-9, err_msg=name)


def test_units_norms_add_up_to_the_steps_at_any_magnitude():
    spec = lv.ModelSpec(hidden_size=H, input_size=3, forget_bias=-6.0, gain=0.01)
    long = lv.survival(lv.init_weights(spec), lv.white_noise(700, 3), lv.unit_probe(H))
    pair = lv.gate_views(long).pairs["i"]
    assert -np.inf < pair.log10_norm[0] < -400
    top = pair.log10_gradient.max(axis=1)
    total = top + 0.5 * np.log10((10 ** (2 * (pair.log10_gradient - top[:, None]))).sum(axis=1))
    np.testing.assert_allclose(total, pair.log10_norm, rtol=1e-12)


def test_shares_are_counted(views):
    for name in NAMES:
        value = views.pairs[name].value
        floor = 0.1 if name in "ifo" else -0.9
        low = [sum(v < floor for v in row) / H for row in value]
        high = [sum(v > 0.9 for v in row) / H for row in value]
        assert views.summary.low[name].tolist() == low
        assert views.summary.high[name].tolist() == high
        np.testing.assert_allclose(views.summary.mean[name], [sum(row) / H for row in value])
    assert views.summary.high["f"].any() and views.summary.low["i"].any()


def test_thresholds_themselves_are_not_saturated():
    summary = summarise_gates({"f": np.array([[0.1, 0.9]]), "g": np.array([[-0.9, 0.9]])}, ("f",))
    for name in "fg":
        assert summary.low[name].tolist() == [0] and summary.high[name].tolist() == [0]


def test_a_state_of_either_sign_is_low_below_minus_09_alone():
    summary = summarise_gates({"c": np.array([[-2.0, -0.5, 0.05, 3.0]])}, ())
    assert summary.low["c"].tolist() == [0.25] and summary.high["c"].tolist() == [0.25]


def test_the_forget_gate_of_step_1_has_nothing_to_forget(views):
    assert np.isneginf(views.pairs["f"].log10_gradient[0]).all()  # its gradient has the factor c_0
    assert np.isfinite(views.pairs["f"].log10_gradient[1:]).all()


def test_exact_zeros_are_minus_infinity():
    spec = lv.ModelSpec(hidden_size=3, input_size=2, gain=0.0)
    still = lv.survival(lv.init_weights(spec), lv.white_noise(6, 2), lv.unit_probe(3))
    pairs = lv.gate_views(still).pairs
    assert np.isneginf(pairs["o"].log10_norm[:-1]).all() and np.isfinite(pairs["o"].log10_norm[-1])
    assert np.isneginf(pairs["h"].log10_gradient[:-1]).all()
    assert np.isfinite(pairs["c"].log10_norm).all()  # the cell highway needs no U


def test_the_summarys_table_has_a_row_for_each_step_and_quantity(views):
    frame = views.summary.to_frame()
    assert len(frame) == T * len(NAMES)
    rows = frame[frame["quantity"] == "f"]
    assert rows["step"].tolist() == list(range(1, T + 1))
    assert rows["mean"].tolist() == views.summary.mean["f"].tolist()
    assert rows["share_low"].tolist() == views.summary.low["f"].tolist()
    assert rows["share_high"].tolist() == views.summary.high["f"].tolist()


def test_the_views_table_has_a_row_for_each_step_and_unit(views):
    frame = views.to_frame()
    assert len(frame) == T * H
    row = frame[(frame["step"] == 4) & (frame["unit"] == 2)].iloc[0]
    for name in NAMES:
        assert row[name] == views.pairs[name].value[3, 2]
        assert row[f"log10_gradient_{name}"] == views.pairs[name].log10_gradient[3, 2]
