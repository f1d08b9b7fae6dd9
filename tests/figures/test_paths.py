"""Path figures carry the split's own numbers, and the sentence says them."""

import numpy as np
import pytest

import lstm_viz as lv
from lstm_viz import words
from lstm_viz.figures.paths import direct_and_total, path_shares
from lstm_viz.say.paths import path_name
from tests.figures.looks import assert_colours_are_explicit, texts
from tests.nets import make_weights


def split_of(T=30, H=6, seed=0, loss=lv.every_step, weights=None, cell="lstm", **options):
    rng = np.random.default_rng(seed)
    w = make_weights(cell, 3, H, rng, **options) if weights is None else weights(rng)
    trace = lv.forward(w, rng.normal(size=(T, 1, 3)))
    return lv.path_split(w, trace, lv.backward(w, trace, loss(T, lv.unit_probe(H))))


def no_recurrence(rng):
    w = make_weights("lstm", 3, 6, rng)
    return lv.LSTMWeights(w.W, 0 * w.U, w.b)


def on_row(figure, row):
    return [trace for trace in figure.data if trace.yaxis == ("y" if row == 1 else "y2")]


def test_sizes_total_and_product_are_the_splits():
    split = split_of()
    sizes = {t.name: t for t in on_row(path_shares(split), 1)}
    for name, norm in split.log10_norm.items():
        drawn = sizes[path_name(name, "lstm")]
        np.testing.assert_array_equal(drawn.x, np.arange(1, 31))
        finite = np.where(np.isfinite(norm), norm, np.nan)[1:, 0]
        np.testing.assert_array_equal(drawn.y, finite.astype(np.float32))
    (total,) = [t for name, t in sizes.items() if "total" in name]
    (product,) = [t for name, t in sizes.items() if "product" in name]
    np.testing.assert_array_equal(total.y, split.log10_total[1:, 0].astype(np.float32))
    np.testing.assert_array_equal(product.y, split.log10_shortcut[1:, 0].astype(np.float32))


def test_shares_are_stacked_by_sign_and_add_up_to_1():
    split = split_of(scale=3.0, seed=1)
    areas = on_row(path_shares(split), 2)
    total = sum(np.nan_to_num(np.asarray(t.y, float)) for t in areas)
    np.testing.assert_allclose(total, 1, atol=1e-5)
    for area in areas:
        assert ((area.y >= 0) if area.stackgroup == "above" else (area.y <= 0)).all()
    assert {t.stackgroup for t in areas} == {"above", "below"}


def test_the_sizes_share_one_range_that_holds_total_and_product():
    split = split_of(T=80, forget_bias=-2.0, loss=lv.last_step)
    low, high = path_shares(split).layout.yaxis.range
    for curve in (split.log10_total[1:, 0], split.log10_shortcut[1:, 0]):
        assert low < curve.min() and curve.max() < high


def test_shares_far_beyond_the_whole_do_not_flatten_the_others():
    split = split_of(scale=6.0, T=60, seed=3)
    low, high = path_shares(split).layout.yaxis2.range
    assert -1.1 < low <= -0.03 and 1.03 <= high < 2.1


def test_direct_and_total_are_two_labelled_curves():
    split = split_of()
    total, direct = direct_and_total(split).data
    assert "total" in total.name and "direct" in direct.name
    np.testing.assert_array_equal(total.y, split.h.log10_norm()[:, 0].astype(np.float32))
    np.testing.assert_allclose(direct.y[1:], 0, atol=1e-6)  # v has length 1
    assert np.isnan(direct.y[0])


def test_a_loss_at_the_last_step_enters_as_a_visible_point():
    _total, direct = direct_and_total(split_of(loss=lv.last_step)).data
    assert direct.mode == "markers" and np.isfinite(direct.y).sum() == 1
    assert np.isfinite(direct.y[-1])


def test_exact_zeros_of_the_total_are_crosses():
    figure = direct_and_total(split_of(weights=no_recurrence, loss=lv.last_step))
    crosses = figure.data[-1]
    assert crosses.marker.symbol == "x" and list(crosses.x) == list(range(30))


@pytest.mark.parametrize("cell", ["lstm", "gru"])
@pytest.mark.parametrize("ground", ["light", "dark"])
@pytest.mark.parametrize("figure_of", [path_shares, direct_and_total])
def test_colours_are_explicit(figure_of, ground, cell):
    figure = figure_of(split_of(cell=cell), ground)
    assert_colours_are_explicit(figure, ground)
    assert "time step" in texts(figure)


@pytest.mark.parametrize(
    ("share", "text"), [(0.931, "93%"), (-0.042, "−4.2%"), (0, "0%"), (np.nan, "undefined")]
)
def test_percent(share, text):
    assert words.percent(share) == text
