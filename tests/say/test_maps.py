"""What is said of a map of losses and steps."""

import math

import numpy as np
import pytest

import lstm_viz as lv
from lstm_viz import words
from lstm_viz.analysis.gradient_map import map_reach
from lstm_viz.say.maps import map_sentence, pair_sentence
from tests.nets import linear_net, scaled_orthogonal


def orthogonal(rho, T=200):
    return lv.measure_map(linear_net(scaled_orthogonal(rho)), np.zeros((T, 1, 1)))


def said(found):
    return map_sentence(found, map_reach(found))


@pytest.mark.parametrize(("rho", "steps"), [(0.5, 10), (0.9, 66)])
def test_it_says_how_far_the_median_loss_reaches(rho, steps):
    found = orthogonal(rho)
    assert f"below a thousandth after {steps} steps" in said(found)
    assert ("of all pairs" in said(found)) == (rho == 0.5)
    if rho == 0.5:
        assert words.share(math.log10(map_reach(found).below_float32)) in said(found)


def test_it_says_so_where_nothing_is_lost_or_the_gradient_grows():
    assert "more than a thousandth" in said(orthogonal(0.999)) and "No pair" in said(orthogonal(1))
    assert "grows on its way back" in said(orthogonal(1.1))
    assert words.power(199 * math.log10(1.1)) in said(orthogonal(1.1))


def test_it_names_a_failure():
    weights, x = linear_net(scaled_orthogonal(0.5)), np.zeros((60, 1, 1))
    x[29] = np.nan
    text = said(lv.measure_map(weights, x))
    assert "at step 30" in text and "10 steps" in text
    assert "no gradient to follow" in said(lv.measure_map(weights, x * np.nan))


def test_one_pair_is_read_out_exactly():
    found = orthogonal(0.5, T=2001)
    assert "−602.05999" in pair_sentence(found, 2001, 1)
    assert words.power(found.at(2001, 1), 4) in pair_sentence(found, 2001, 1)
    assert "comes after the loss" in pair_sentence(found, 5, 6)
    assert "exactly 0" in pair_sentence(orthogonal(0.0, T=9), 9, 1)
    weights = linear_net(scaled_orthogonal(0.5))
    broken = lv.measure_map(weights, np.full((9, 1, 1), np.nan))
    assert "not defined" in pair_sentence(broken, 9, 1)


def test_one_step_alone_has_no_earlier_one_and_no_minus_before_zero():
    found = lv.measure_map(linear_net(scaled_orthogonal(0.5)), np.zeros((1, 1, 1)))
    assert "one step alone" in said(found) and "earlier step with" not in said(found)
    assert "−0.00000" not in pair_sentence(found, 1, 1)
