"""What is said of the paths: the split's own numbers."""

import re
from dataclasses import replace

import numpy as np

import lstm_viz as lv
from lstm_viz import words
from lstm_viz.quantities import label
from lstm_viz.say.paths import paths_sentence
from tests.nets import make_weights


def split_of(T=30, H=6, seed=0, loss=lv.every_step, weights=None, cell="lstm", **options):
    rng = np.random.default_rng(seed)
    w = make_weights(cell, 3, H, rng, **options) if weights is None else weights(rng)
    trace = lv.forward(w, rng.normal(size=(T, 1, 3)))
    return lv.path_split(w, trace, lv.backward(w, trace, loss(T, lv.unit_probe(H))))


def no_recurrence(rng):
    w = make_weights("lstm", 3, 6, rng)
    return lv.LSTMWeights(w.W, 0 * w.U, w.b)


def test_the_sentence_says_the_shares_and_how_far_the_product_is_off():
    split = split_of(T=60, loss=lv.last_step, seed=2)
    text = paths_sentence(split)
    share = {name: values[1, 0] for name, values in split.share.items()}
    assert f"{words.percent(share['highway'])} came along" in text
    assert f"{words.percent(sum(share[k] for k in 'ifgo'))} through h" in text
    largest = max("ifgo", key=lambda k: abs(share[k]))
    assert label(largest) in text and words.percent(share[largest]) in text
    times = split.log10_total[1, 0] - split.log10_shortcut[1, 0]
    assert words.power(times) in text and words.steps(59) in text and "c₁" in text
    assert "misses it" in text and "put in" not in text


def test_the_sentence_of_a_gru_begins_at_the_initial_state():
    split = split_of(T=40, cell="gru", loss=lv.last_step)
    text = paths_sentence(split)
    assert f"h₀, {words.percent(split.share['highway'][0, 0])} was carried over by z" in text
    assert f"{words.percent(sum(split.share[k][0, 0] for k in 'rzn'))} came through" in text
    times = split.log10_total[0, 0] - split.log10_shortcut[0, 0]
    assert words.power(times) in text and words.steps(40) in text and label("z") in text


def test_the_sentence_says_what_the_loss_puts_in():
    split = split_of(seed=2)
    assert f"itself put in {words.percent(split.share['direct'][1, 0])}" in paths_sentence(split)


def test_without_recurrent_weights_the_product_is_the_gradient():
    text = paths_sentence(split_of(weights=no_recurrence, loss=lv.last_step))
    assert "Nothing arrives at c₁ through the gates; 100%" in text and "close to it" in text


def test_other_endings_have_sentences_of_their_own():
    split = split_of()
    assert "no later step" in paths_sentence(split_of(T=1))
    for value, said in ((0.0, "exactly zero"), (np.nan, "not defined")):
        mantissa = np.full_like(split.total.mantissa, value)
        assert said in paths_sentence(replace(split, total=replace(split.total, mantissa=mantissa)))
    closed = replace(split, log10_product=np.full_like(split.log10_product, -np.inf))
    assert "nothing at all" in paths_sentence(closed)
    wide = replace(split, log10_product=np.full_like(split.log10_product, 20.0))
    assert re.search(r"only \S+\s×\s10⁻", paths_sentence(wide))
