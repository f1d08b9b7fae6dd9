"""Input gradients of all architectures: against backward itself, over lengths, seeds and sizes."""

from dataclasses import replace

import numpy as np
import pytest

import lstm_viz as lv
from lstm_viz.analysis.architectures import (
    first_input,
    first_input_band,
    input_gradient,
    reach,
    thinned_lengths,
)
from lstm_viz.analysis.cost import matched_hidden_size
from lstm_viz.registry import CELLS


def net(cell, seed=0, **options):
    return lv.init_weights(
        lv.ModelSpec(cell=cell, input_size=3, hidden_size=4, seed=seed, **options)
    )


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("loss_step", [None, 1, 5, 9])
def test_input_gradients_are_those_of_backward(cell, loss_step):
    weights, x = net(cell), lv.white_noise(length=9, size=3, seed=1)
    v = lv.unit_probe(weights.output_size, 2)
    dh = np.zeros((9, 1, weights.output_size))
    dh[slice(None) if loss_step is None else loss_step - 1] = v
    grads = lv.backward(weights, lv.forward(weights, x), dh)
    with np.errstate(divide="ignore"):
        expected = np.log10(np.linalg.norm(grads.x[:, 0], axis=-1))
    found = input_gradient(weights, x, loss_step, seed=2)
    assert found.log10_norm == pytest.approx(expected, rel=1e-12)
    assert found.failure is None


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("layers", [1, 2])
def test_each_length_is_a_run_of_its_own(cell, layers):
    weights, x = net(cell, layers=layers), lv.white_noise(length=30, size=3, seed=1)
    lengths = np.array([1, 2, 7, 30])
    found = first_input(weights, x, lengths, seed=3).log10_norm
    for T, norm in zip(lengths, found, strict=True):
        alone = input_gradient(weights, x[:T], int(T), seed=3).log10_norm[0]
        assert norm == pytest.approx(alone, rel=1e-10)


def test_a_reach_gathers_seeds():
    spec = lv.ModelSpec(cell="lstm", input_size=3, hidden_size=4)
    x = lv.white_noise(length=20, size=3, seed=1)
    runs = [input_gradient(net("lstm", seed), x, 12, seed) for seed in range(3)]
    result = reach(spec, 144, 12, runs)
    assert result.distance[[0, 11, 19]].tolist() == [11, 0, -8]
    assert np.array_equal(result.median, np.median([r.log10_norm for r in runs], axis=0))
    assert np.isneginf(result.median[12:]).all()
    assert result.log10_left == result.median[0] - result.median[11]
    assert result.rate.steps == 11
    past = result.median[:12]
    assert result.log10_spread == past.max() - past.min()
    frame = result.to_frame()
    row = frame[(frame.seed == 2) & (frame.step == 4)]
    assert len(frame) == 60
    assert row.log10_norm_x.item() == runs[2].log10_norm[3]
    assert row.distance.item() == 8


def test_a_net_that_blows_up_is_named():
    spec = lv.ModelSpec(cell="rnn", input_size=3, hidden_size=4, activation="relu", gain=1e60)
    x = lv.white_noise(length=20, size=3, seed=1)
    run = input_gradient(lv.init_weights(spec), x, None)
    assert reach(spec, 1, None, [run]).failure == run.failure is not None
    swept = first_input(lv.init_weights(spec), x, thinned_lengths(20))
    assert first_input_band(spec, thinned_lengths(20), [swept]).failure is not None


@pytest.mark.parametrize("longest", [1, 2, 24, 25, 1000])
def test_lengths_reach_from_one_to_the_longest(longest):
    lengths = thinned_lengths(longest)
    assert (lengths[0], lengths[-1]) == (1, longest)
    assert (np.diff(lengths) > 0).all()
    assert len(lengths) <= 24


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("parameters", [50, 3000, 41000])
def test_no_other_size_is_nearer_to_the_number_of_parameters(cell, parameters):
    def count(H):
        return lv.count_parameters(lv.ModelSpec(cell=cell, input_size=7, hidden_size=H, heads=1))

    found = matched_hidden_size(lv.ModelSpec(cell=cell, input_size=7, heads=1), parameters)
    least = min(abs(count(H) - parameters) for H in range(1, 250))
    assert abs(count(found) - parameters) == least


@pytest.mark.parametrize("heads", [3, 4, 8])
@pytest.mark.parametrize("parameters", [100, 3000, 5376])
def test_matched_units_are_divided_by_the_heads(heads, parameters):
    def count(H):
        return lv.count_parameters(replace(spec, hidden_size=H))

    spec = lv.ModelSpec(cell="attention", input_size=5, hidden_size=2 * heads, heads=heads)
    found = matched_hidden_size(spec, parameters)
    sizes = range(heads, 100, heads)
    assert found in sizes
    assert abs(count(found) - parameters) == min(abs(count(H) - parameters) for H in sizes)


def test_a_size_that_needs_no_embedding_may_be_the_nearest():
    """With D = 64, 64 units have 16,640 parameters, 57 with their embedding 16,929."""
    spec = lv.ModelSpec(cell="attention", input_size=64, hidden_size=8, heads=1)
    assert matched_hidden_size(spec, 16_700) == 64


@pytest.mark.parametrize(("cell", "heads"), [("attention", 1), ("attention", 4), ("gru", 1)])
def test_a_feed_forward_part_grows_with_the_units_it_is_matched_by(cell, heads):
    spec = lv.ModelSpec(cell=cell, input_size=5, hidden_size=8, heads=heads, feed_forward=32)

    def count(H):
        return lv.count_parameters(replace(spec, hidden_size=H, feed_forward=4 * H))

    found = matched_hidden_size(spec, 20_000)
    assert found % heads == 0
    sizes = range(heads, 150, heads)
    assert abs(count(found) - 20_000) == min(abs(count(H) - 20_000) for H in sizes)
