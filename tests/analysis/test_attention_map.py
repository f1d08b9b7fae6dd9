"""Attention's gradient map against one backward pass for each loss."""

import numpy as np
import pytest

import lstm_viz as lv
from lstm_viz.analysis import attention_map
from lstm_viz.analysis.attention_map import (
    AttentionViews,
    Peaks,
    attention_views,
    gradient_map_x,
    gradient_spread,
    same_peak,
    weight_spread,
)
from tests.attention_nets import ALL_FORMS, FORMS, make_case
from tests.compare import assert_log10_close


def one_by_one(weights, x, v):
    """The map from T backward passes."""
    trace, T = lv.forward(weights, x), len(x)
    losses = [lv.chosen_step(T, v, step=s + 1) for s in range(T)]
    return np.array([lv.log10_norms(lv.backward(weights, trace, dh))["x"][:, 0] for dh in losses])


@pytest.mark.parametrize("form", [*FORMS, *ALL_FORMS])
def test_agrees_with_one_backward_pass_for_each_loss(form):
    case = make_case(form, T=6, B=1, seed=7, scale=0.8)
    v = case.dh[0, 0]
    found = gradient_map_x(case.weights, case.x, v)
    assert_log10_close(found, one_by_one(case.weights, case.x, v), 1e-10)
    above = np.triu(np.ones((6, 6), bool), 1)
    assert np.isneginf(found[above]).all() == form[3]
    assert np.isfinite(found[~above]).all()


@pytest.mark.parametrize("form", [FORMS[1], FORMS[3]])
@pytest.mark.parametrize("entries", [1, 80])
def test_batches_of_losses_do_not_matter(form, entries, monkeypatch):
    case = make_case(form, T=7, B=1, seed=8)
    whole, seen = gradient_map_x(case.weights, case.x), []
    monkeypatch.setattr(attention_map, "ENTRIES", entries)
    parts = gradient_map_x(case.weights, case.x, progress=seen.append)
    assert_log10_close(parts, whole, 1e-11)
    assert len(seen) > 1
    assert seen[-1] == 1
    assert seen == sorted(seen)


@pytest.mark.parametrize("form", [FORMS[2], FORMS[3]])
def test_the_map_of_all_architectures_is_this_one(form):
    """With NaN, as everywhere, where no loss reads a later step."""
    case = make_case(form, T=6, B=1, seed=10)
    found, own = lv.gradient_map(case.weights, case.x), gradient_map_x(case.weights, case.x)
    assert (np.isnan(found) == np.isneginf(own)).all()
    assert np.isnan(found).any() == form[3]
    read = np.isfinite(own)
    assert np.array_equal(found[read], own[read])


def test_probes_of_any_size():
    case = make_case(FORMS[3], T=5, B=1, seed=9)
    v = case.dh[0, 0]
    found = [gradient_map_x(case.weights, case.x, v * 10.0**k) - k for k in (-290, 0, 290)]
    for other in (found[0], found[2]):
        lower = np.isfinite(found[1])
        assert other[lower] == pytest.approx(found[1][lower], abs=1e-10)


def test_what_is_refused():
    case = make_case(FORMS[0], T=3, B=2)
    with pytest.raises(lv.ShapeError, match="one sequence"):
        gradient_map_x(case.weights, case.x)
    with pytest.raises(lv.ShapeError, match="probe must have shape"):
        gradient_map_x(case.weights, case.x[:, :1], np.ones(3))
    with pytest.raises(lv.ShapeError, match="AttentionWeights"):
        gradient_map_x(lv.init_weights(lv.ModelSpec()), np.zeros((3, 1, 8)))


@pytest.mark.parametrize(("T", "causal"), [(5, False), (5, True), (30, True)])
def test_spread_of_equal_shares(T, causal):
    share = np.tri(T) if causal else np.ones((T, T))
    share /= share.sum(axis=1, keepdims=True)
    views = AttentionViews(share[None, None], np.log10(share + 1e-300) + 200, causal)
    for spread in (weight_spread(views), gradient_spread(views)):
        assert spread.evenness == pytest.approx(1)
        assert spread.steps == pytest.approx(spread.seen)
        if not causal:
            assert spread.distance == pytest.approx((T * T - 1) / (3 * T))
            assert spread.seen == T


def test_spread_of_one_share_and_where_the_peaks_are():
    share = np.eye(4)[[1, 2, 3, 3]]
    gradient = np.eye(4)[[1, 2, 3, 0]]
    with np.errstate(divide="ignore"):
        views = AttentionViews(share[None, None], np.log10(gradient) - 500, False)
    assert weight_spread(views).distance == pytest.approx(3 / 4)
    assert weight_spread(views).steps == 1
    assert gradient_spread(views).distance == pytest.approx(6 / 4)
    assert gradient_spread(views).evenness == 0
    assert same_peak(views) == Peaks(same=3, of=4, ties=0)


def test_there_is_no_spread_where_nothing_is_shared_out():
    one = AttentionViews(np.ones((1, 1, 1, 1)), np.zeros((1, 1)), False)
    assert weight_spread(one) is None and gradient_spread(one) is None
    none = AttentionViews(np.full((1, 1, 3, 3), 1 / 3), np.full((3, 3), -np.inf), True)
    assert weight_spread(none) is not None and gradient_spread(none) is None


def test_views_become_a_tidy_table():
    case = make_case(FORMS[3], T=4, B=1)
    views = attention_views(case.weights, case.x)
    assert views.weights.shape == (2, 3, 4, 4)
    frame = views.to_frame()
    row = frame.query("loss_step == 4 and step == 2")
    assert len(frame) == 16
    assert row.weight_layer2_head1.item() == views.weights[1, 1, 3, 1]
    assert row.log10_norm_x.item() == views.log10_norm[3, 1]
