"""What is said of a gradient at the first step, as the sequence grows."""

import math
import re
from dataclasses import replace

import numpy as np
import pytest

import lstm_viz as lv
from lstm_viz import words
from lstm_viz.analysis.length_sweep import Band, band
from lstm_viz.analysis.rates import fit_rate
from lstm_viz.quantities import label
from lstm_viz.say.lengths import length_sentence
from tests.nets import linear_net

NUMBER = re.compile(r"\d[\d\u2009\u202f_.]*(?:\xa0×\xa010[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+)?")


def one_band(factor, n=50, seeds=3, cell="rnn", start=0.0, of="h"):
    y = start + math.log10(factor) * np.arange(n)
    norms = y + np.array([-0.1, 0.0, 0.2])[:seeds, None]
    return Band(cell, np.arange(1, n + 1), norms, fit_rate(np.median(norms, axis=0)), of=of)


@pytest.mark.parametrize("factor, word", [(0.6, "halves"), (1.6, "doubles"), (1.0, "keeps")])
def test_the_sentence_about_lengths_has_rate_and_share_for_each_network(factor, word):
    text = length_sentence([one_band(factor), one_band(0.9, cell="lstm")])
    rnn, lstm = text.split(label("lstm"))
    assert word in rnn and "halves" in lstm
    assert words.share(49 * math.log10(factor)) in rnn
    assert words.share(49 * math.log10(0.9)) in lstm
    if factor != 1:
        assert words.steps(abs(math.log(2) / math.log(factor))) in rnn
    assert "50" in NUMBER.findall(text)


def test_a_gradient_of_exactly_zero_is_said_to_be_zero_at_every_length():
    """Zero is a finite gradient; "no finite gradient" would be something else."""
    weights = linear_net(np.zeros((4, 4)))
    own = band("rnn", [lv.length_sweep(weights, np.zeros((20, 1, 1)))], "h")
    assert np.isneginf(own.log10_norm).all()
    text = length_sentence([own])
    assert "zero" in text and "no finite" not in text


def test_an_undefined_gradient_is_no_number():
    own = one_band(2.0)
    own.log10_norm[:, 30:] = np.nan
    own = replace(own, rate=fit_rate(own.median))
    text = length_sentence([own])
    assert "nan" not in text and "undefined" not in text and "finite" in text


def test_growth_with_the_length_is_told_in_times():
    at_loss, at_first = (length_sentence([one_band(1.6, of=of)]) for of in "hx")
    assert f"{words.power(49 * math.log10(1.6))} times the error at the loss" in at_loss
    assert f"{words.power(49 * math.log10(1.6))} times what it is" in at_first


def test_by_a_state_it_is_a_share_of_the_error_and_by_the_input_of_the_first_length():
    shares = dict(start=-1.0, n=50)
    by_c, by_x = (length_sentence([one_band(0.9, of=of, **shares)]) for of in "cx")
    fall = 49 * math.log10(0.9)
    assert "∂/∂c₀" in by_c and words.share(fall - 1) + " of the error" in by_c
    assert "∂/∂x₁" in by_x and words.share(fall) + " of what it is at" in by_x


def test_a_single_length_is_not_compared_with_itself():
    text = length_sentence([one_band(0.5, n=1, start=-0.7)])
    assert words.power(-0.7) in text and "100%" not in text and "grows" not in text
