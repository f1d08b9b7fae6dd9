"""How a gradient fares: each branch says what the result is, by numbers computed here once more."""

import math
import re
from dataclasses import replace

import numpy as np
import pytest

import lstm_viz as lv
from lstm_viz import words
from lstm_viz.analysis.rates import fit_rate
from lstm_viz.quantities import label
from lstm_viz.say.survival import one_survival_sentence, survival_sentence
from tests.nets import linear_net, make_weights, scaled_orthogonal

NUMBER = re.compile(r"\d[\d\u2009\u202f_.]*(?:\xa0×\xa010[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+)?")


def orthogonal(rho, T=60):
    net = linear_net(scaled_orthogonal(rho))
    return lv.survival(net, np.zeros((T, 1, 1)), lv.unit_probe(5))


def with_curve(y):
    """A result whose log10 ‖∂L/∂h_t‖ at the distances 0, 1, … from the loss is y."""
    y = np.asarray(y, float)
    result = orthogonal(1.0, T=len(y) - 1)
    return replace(result, norms=result.norms | {"h": y[::-1]}, rate=fit_rate(y))


def drawn(kind, T=80, seed=0, **options):
    rng = np.random.default_rng(seed)
    weights = make_weights(kind, 3, 6, rng, **options)
    return lv.survival(weights, rng.normal(size=(T, 1, 3)), lv.unit_probe(6))


def blown_up():
    rng = np.random.default_rng(2)
    weights = make_weights("relu", 3, 16, rng, scale=8.0)
    return lv.survival(weights, np.ones((700, 1, 3)), lv.unit_probe(16))


def half_life(norms):
    """Steps until half is left, by a straight line through log10 norms in time."""
    return -math.log10(2) / np.polyfit(-np.arange(len(norms)), norms, 1)[0]


@pytest.mark.parametrize("rho", [0.3, 0.71, 0.97])
def test_a_decay_halves_every_so_many_steps(rho):
    result = orthogonal(rho)
    text = one_survival_sentence(result)
    assert f"halves every {words.steps(math.log(0.5) / math.log(rho))}" in text
    assert words.share(60 * math.log10(rho)) in text
    assert text.startswith(f"The {label('rnn')}")
    assert words.steps(60) in text


@pytest.mark.parametrize("rho", [1.04, 1.5, 30.0])
def test_growth_doubles_every_so_many_steps(rho):
    text = one_survival_sentence(orthogonal(rho))
    assert f"doubles every {words.steps(math.log(2) / math.log(rho))}" in text
    assert words.power(60 * math.log10(rho)) in text


def test_a_small_growth_is_told_in_times_too():
    text = one_survival_sentence(orthogonal(1.01))
    assert "1.8 times the error" in text and "%" not in text


@pytest.mark.parametrize("rho", [1.0, 1 - 1e-9, 1 + 1e-9])
def test_what_hardly_changes_keeps_its_size(rho):
    text = one_survival_sentence(orthogonal(rho))
    assert "keeps its size" in text and "100%" in text
    assert "every" not in text


def test_a_bent_curve_has_no_rate():
    y = np.concatenate([-np.arange(30.0), np.full(60, -30.0)])
    result = with_curve(y)
    text = one_survival_sentence(result)
    assert result.rate.problem == "bent"
    assert "no single rate" in text and "halves" not in text
    assert words.share(-30.0) in text


def test_too_few_steps_have_no_rate_but_a_share():
    result = drawn("lstm", T=1)
    text = one_survival_sentence(result)
    assert "too few" in text and "halves" not in text and "doubles" not in text
    assert words.share(result.norms["c"][0]) in text and words.steps(1) in text


def test_an_exact_zero_is_said_with_its_step():
    y = np.concatenate([-np.arange(5.0), np.full(8, -np.inf)])  # T = 12; zero at steps 7 … 0
    text = one_survival_sentence(with_curve(y))
    assert "zero" in text and NUMBER.findall(text)[0].rstrip(".") == "7"


def test_a_net_without_recurrence_is_zero_from_the_step_before_the_last():
    spec = lv.ModelSpec(cell="rnn", input_size=2, hidden_size=3, gain=0.0)
    result = lv.survival(lv.init_weights(spec), lv.white_noise(9, 2), lv.unit_probe(3))
    text = one_survival_sentence(result)
    assert "zero" in text and "8" in NUMBER.findall(text)


def test_a_forward_pass_that_blows_up_is_named_with_its_step():
    result = blown_up()
    states = result.trace.h[:, 0]
    step = int(np.flatnonzero(~np.isfinite(states).all(axis=1))[0])
    text = one_survival_sentence(result)
    assert f"step {step}" in text and f"unit {result.failure.unit}" in text
    assert "halves" not in text and "doubles" not in text and "nan" not in text
    value = states[step, result.failure.unit]
    assert ("NaN" if np.isnan(value) else "infinite") in text


@pytest.mark.parametrize("kind", ["tanh", "lstm"])
@pytest.mark.parametrize("scale", [0.5, 2.0])
def test_numbers_are_those_of_the_result(kind, scale):
    result = drawn(kind, scale=scale)
    of = "c" if kind == "lstm" else "h"
    norms = result.norms[of]
    text = one_survival_sentence(result)
    assert f"gradient ∂L/∂{of} " in text
    if not result.rate.problem and half_life(norms) > 0:
        assert words.steps(half_life(norms)) in text
    assert words.share(norms[0]) in text or words.power(norms[0]) in text
    assert label("lstm" if kind == "lstm" else "rnn") in text


def test_the_comparison_names_the_one_that_keeps_more_and_how_much():
    rnn, lstm = orthogonal(0.5), drawn("lstm", T=60, forget_bias=3.0)
    text = survival_sentence([rnn, lstm])
    assert text.startswith(one_survival_sentence(rnn) + " " + one_survival_sentence(lstm))
    ratio = lstm.norms["c"][0] - 60 * math.log10(0.5)
    assert ratio > 1
    closing = text.removeprefix(one_survival_sentence(rnn) + " " + one_survival_sentence(lstm))
    assert words.power(ratio) in closing
    assert closing.index(label("lstm")) < closing.index(label("rnn"))


@pytest.mark.parametrize(("low", "high"), [(0.5, 1.2), (1.02, 1.3), (0.99, 1.1)])
def test_where_one_explodes_the_better_is_the_one_nearer_to_the_error(low, high):
    """0.5^60 is further from 1 than 1.2^60; "keeps 10^5 times as much" would praise explosion."""
    results = [orthogonal(high), orthogonal(low)]
    results[1] = replace(results[1], weights=drawn("lstm").weights)  # its name alone
    text = survival_sentence(results)
    off = {label("rnn"): 60 * math.log10(high), label("lstm"): 60 * math.log10(low)}
    near, far = sorted(off, key=lambda name: abs(off[name]))
    assert text.endswith(
        f". The {near} is nearer to the error's own size: off by a factor of"
        f" {words.power(abs(off[near]))}, the {far} by one of {words.power(abs(off[far]))}."
    )


def test_equal_shares_are_not_compared():
    results = [orthogonal(0.5), orthogonal(0.5)]
    assert survival_sentence(results) == " ".join(map(one_survival_sentence, results))


def test_nothing_is_compared_with_a_net_that_blew_up_or_went_to_zero():
    zero = with_curve([0, -1, -2, -3, -np.inf, -np.inf])
    for result in (blown_up(), zero):
        results = [result, orthogonal(0.5)]
        assert survival_sentence(results) == " ".join(map(one_survival_sentence, results))
