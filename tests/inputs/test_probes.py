"""Probes: what loss each of them is."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lstm_viz as lv

BAD_SEEDS = [-1, 1.5, "3", True, None]


@given(st.integers(1, 200), st.integers(0, 2**40))
def test_a_unit_probe_has_length_1_and_is_reproducible(size, seed):
    v = lv.unit_probe(size, seed)
    assert v.shape == (size,) and v.dtype == np.float64
    assert np.linalg.norm(v) == pytest.approx(1, rel=1e-14)
    np.testing.assert_array_equal(v, lv.unit_probe(size, seed))


def test_seeds_differ_and_no_probe_is_a_draw_of_the_noise():
    probes = np.array([lv.unit_probe(16, seed) for seed in range(50)])
    cosines = probes @ probes.T - np.eye(50)
    assert np.abs(cosines).max() < 0.95
    noise = lv.white_noise(1, 16, seed=0)[0, 0]
    assert abs(probes[0] @ noise) / np.linalg.norm(noise) < 0.9


def test_directions_are_uniform():
    probes = np.array([lv.unit_probe(3, seed) for seed in range(2000)])
    assert np.abs(probes.mean(axis=0)).max() < 4 / np.sqrt(3 * 2000)
    np.testing.assert_allclose(probes.T @ probes / 2000, np.eye(3) / 3, atol=0.04)


@pytest.mark.parametrize("T, B", [(1, 1), (4, 1), (3, 2)])
def test_the_last_step_alone_gets_v(T, B):
    v = np.array([1.0, -2.0])
    dh = lv.last_step(T, v, batch=B)
    assert dh.shape == (T, B, 2)
    np.testing.assert_array_equal(dh[-1], np.tile(v, (B, 1)))
    assert not dh[:-1].any()


@pytest.mark.parametrize("step", [1, 2, 5])
def test_the_chosen_step_alone_gets_v(step):
    v = np.array([1.0, -2.0, 0.5])
    dh = lv.chosen_step(5, v, step=step)
    assert [bool(row.any()) for row in dh] == [t == step for t in range(1, 6)]
    np.testing.assert_array_equal(dh[step - 1, 0], v)


def test_every_step_gets_v_in_an_array_of_its_own():
    v = np.array([1.0, -2.0])
    dh = lv.every_step(3, v, batch=2)
    assert dh.shape == (3, 2, 2)
    dh[0, 0, 0] = 9
    assert v[0] == 1 and dh[1, 0, 0] == 1
    np.testing.assert_array_equal(dh[2], [v, v])


def test_the_loss_is_the_product_with_v():
    """h_T moved by ε along v changes ⟨v, h_T⟩ by ε."""
    w = lv.init_weights(lv.ModelSpec(cell="rnn", input_size=2, hidden_size=3))
    x, v = lv.white_noise(4, 2), lv.unit_probe(3)
    grads = lv.backward(w, lv.forward(w, x), lv.last_step(4, v))
    np.testing.assert_allclose(grads.h[-1, 0], v)


@pytest.mark.parametrize("probe", [lv.last_step, lv.every_step])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_probes_dtype_is_kept(probe, dtype):
    assert probe(3, np.ones(2, dtype)).dtype == dtype


@pytest.mark.parametrize("step", [0, -1, 1.0, "2", True])
def test_a_step_that_is_none_is_refused(step):
    with pytest.raises(lv.SpecError, match="step"):
        lv.chosen_step(5, np.ones(2), step=step)


def test_a_step_beyond_the_last_is_refused():
    with pytest.raises(lv.ShapeError, match="6"):
        lv.chosen_step(5, np.ones(2), step=6)


@pytest.mark.parametrize("probe", [lv.last_step, lv.every_step])
@pytest.mark.parametrize("steps", [0, 2.5, None])
def test_no_steps_are_refused(probe, steps):
    with pytest.raises(lv.SpecError, match="steps"):
        probe(steps, np.ones(2))


@pytest.mark.parametrize("size", [0, -3, 2.0])
def test_no_units_are_refused(size):
    with pytest.raises(lv.SpecError, match="hidden_size"):
        lv.unit_probe(size)


@pytest.mark.parametrize("seed", BAD_SEEDS)
def test_a_bad_seed_is_refused(seed):
    with pytest.raises(lv.SpecError, match="seed"):
        lv.unit_probe(3, seed)
