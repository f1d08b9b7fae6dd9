"""Sentences: each branch says what the result is, with numbers computed here once more."""

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
from lstm_viz.say.gates import gates_sentence
from lstm_viz.say.lengths import length_sentence
from lstm_viz.say.rates import course, rate_problem, rate_table
from lstm_viz.say.survival import one_survival, survival_sentence
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
    text = one_survival(result)
    assert f"halves every {words.steps(math.log(0.5) / math.log(rho))}" in text
    assert words.share(60 * math.log10(rho)) in text
    assert text.startswith(f"The {label('rnn')}")
    assert words.steps(60) in text


@pytest.mark.parametrize("rho", [1.04, 1.5, 30.0])
def test_growth_doubles_every_so_many_steps(rho):
    text = one_survival(orthogonal(rho))
    assert f"doubles every {words.steps(math.log(2) / math.log(rho))}" in text
    assert words.power(60 * math.log10(rho)) in text


def test_a_small_growth_is_told_in_times_too():
    text = one_survival(orthogonal(1.01))
    assert "1.8 times the error" in text and "%" not in text


@pytest.mark.parametrize("rho", [1.0, 1 - 1e-9, 1 + 1e-9])
def test_what_hardly_changes_keeps_its_size(rho):
    text = one_survival(orthogonal(rho))
    assert "keeps its size" in text and "100%" in text
    assert "every" not in text


@pytest.mark.parametrize("factor, word", [(0.999, "halves"), (1.001, "doubles")])
def test_a_slow_change_has_a_rate_where_the_sequence_is_long_enough(factor, word):
    span = abs(math.log(2) / math.log(factor))  # about 693 steps
    rate = fit_rate(math.log10(factor) * np.arange(50))
    assert word in course(rate, length=50)
    assert word not in course(rate, length=int(span / 100))


def test_a_bent_curve_has_no_rate():
    y = np.concatenate([-np.arange(30.0), np.full(60, -30.0)])
    result = with_curve(y)
    text = one_survival(result)
    assert result.rate.problem == "bent"
    assert "no single rate" in text and "halves" not in text
    assert words.share(-30.0) in text


def test_too_few_steps_have_no_rate_but_a_share():
    result = drawn("lstm", T=1)
    text = one_survival(result)
    assert "too few" in text and "halves" not in text and "doubles" not in text
    assert words.share(result.norms["c"][0]) in text and words.steps(1) in text


def test_an_exact_zero_is_said_with_its_step():
    y = np.concatenate([-np.arange(5.0), np.full(8, -np.inf)])  # T = 12; zero at steps 7 … 0
    text = one_survival(with_curve(y))
    assert "zero" in text and NUMBER.findall(text)[0].rstrip(".") == "7"


def test_a_net_without_recurrence_is_zero_from_the_step_before_the_last():
    spec = lv.ModelSpec(cell="rnn", input_size=2, hidden_size=3, gain=0.0)
    result = lv.survival(lv.init_weights(spec), lv.white_noise(9, 2), lv.unit_probe(3))
    text = one_survival(result)
    assert "zero" in text and "8" in NUMBER.findall(text)


def test_a_forward_pass_that_blows_up_is_named_with_its_step():
    result = blown_up()
    states = result.trace.h[:, 0]
    step = int(np.flatnonzero(~np.isfinite(states).all(axis=1))[0])
    text = one_survival(result)
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
    text = one_survival(result)
    assert f"gradient ∂L/∂{of} " in text
    if not result.rate.problem and half_life(norms) > 0:
        assert words.steps(half_life(norms)) in text
    assert words.share(norms[0]) in text or words.power(norms[0]) in text
    assert label("lstm" if kind == "lstm" else "rnn") in text


def test_the_comparison_names_the_one_that_keeps_more_and_how_much():
    rnn, lstm = orthogonal(0.5), drawn("lstm", T=60, forget_bias=3.0)
    text = survival_sentence([rnn, lstm])
    assert text.startswith(one_survival(rnn) + " " + one_survival(lstm))
    ratio = lstm.norms["c"][0] - 60 * math.log10(0.5)
    assert ratio > 1
    closing = text.removeprefix(one_survival(rnn) + " " + one_survival(lstm))
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
    assert survival_sentence(results) == " ".join(map(one_survival, results))


def test_nothing_is_compared_with_a_net_that_blew_up_or_went_to_zero():
    zero = with_curve([0, -1, -2, -3, -np.inf, -np.inf])
    for result in (blown_up(), zero):
        results = [result, orthogonal(0.5)]
        assert survival_sentence(results) == " ".join(map(one_survival, results))


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


def test_the_table_of_rates_has_a_column_for_each_curve():
    decays, grows = fit_rate(math.log10(0.6) * np.arange(30)), fit_rate(0.1 * np.arange(30))
    table = rate_table([("a", decays), ("b", grows)])
    assert list(table) == ["", "a", "b"]
    assert len({len(column) for column in table.values()}) == 1
    a, b = (dict(zip(table[""], table[name], strict=True)) for name in "ab")
    assert words.power(math.log10(0.6), 4) in a.values()
    assert words.power(0.1, 4) in b.values()
    assert words.steps(math.log(0.5) / math.log(0.6)) in a.values()
    assert words.steps(math.log10(2) / 0.1) in b.values()
    assert words.steps(14) in a.values()  # a thousandth, measured: 0.6^14 < 0.001 < 0.6^13
    forecast = words.steps(math.log(2**-52) / math.log(0.6))
    assert any(forecast in value and value != forecast for value in a.values())
    assert list(b.values()).count("never") == 2


@pytest.mark.parametrize(
    "y",
    [
        np.full(9, np.nan),
        np.full(9, -np.inf),
        [0.0],
        [0.0, -400.0, -800.0, -1200.0, -1600.0],
        [0.0, np.nan, -1.0, -2.0, -3.0],
        [0.0, -1.0, -np.inf, -np.inf, -np.inf],
        0.05 * np.sin(np.arange(60.0)) - 1e-3 * np.arange(60),  # straight, but not foretelling
    ],
)
def test_the_table_never_shows_nan_or_inf(y):
    table = rate_table([("a", fit_rate(np.array(y)))])
    assert not [value for value in table["a"] if re.search(r"nan|inf|∞|undefined", value)]


@pytest.mark.parametrize(
    "y",
    [
        np.abs(np.arange(-9.0, 10)),  # bent
        -50.0 * np.sqrt(np.arange(200.0)),  # of a good R², and 30 decades off
        [0.0, -0.3, -0.6],  # too short
        [0.0, -1.0, -2.0, -3.0, -4.0, -np.inf],  # exactly zero
    ],
    ids=["bent", "decades off", "too short", "zero"],
)
def test_where_one_rate_does_not_describe_it_none_is_printed(y):
    rate = fit_rate(np.array(y))
    assert rate.problem and math.isfinite(rate.factor)
    table = rate_table([("a", rate)])
    told = dict(zip(table[""], table["a"], strict=True))
    assert [told[row] for row in ("factor per step back", "half-life", "doubling time")] == [
        "–"
    ] * 3
    assert not [value for value in told.values() if "by the fit" in value or value == "never"]
    assert told["does one rate describe it?"].startswith("no")


def test_each_problem_has_words_of_its_own():
    curves = {
        "": -np.arange(9.0),
        "bent": np.abs(np.arange(-9.0, 10)),
        "zero": [0, -1, -2, -3, -np.inf],
        "not finite": [0, -1, -2, np.nan, 1],
        "too short": [0, -1],
    }
    said = {}
    for problem, y in curves.items():
        rate = fit_rate(np.array(y, float))
        assert rate.problem == problem
        said[problem] = rate_problem(rate)
    assert len(set(said.values())) == 5
    assert said[""].startswith("yes") and all(said[p].startswith("no") for p in said if p)
    assert words.power(math.log10(fit_rate(np.array(curves["bent"])).spread)) in said["bent"]


def test_rounding_errors_of_a_constant_curve_make_no_half_life_of_quadrillions():
    """A linear orthogonal net keeps the norm; its fitted slope is 1e-17 at most."""
    rate = orthogonal(1.0, T=200).rate
    assert abs(rate.log10_factor) < 1e-15
    table = rate_table([("a", rate)])
    assert not [value for value in table["a"] if len(re.sub(r"\D", "", value)) > 12]


@pytest.fixture(scope="module")
def views():
    spec = lv.ModelSpec(hidden_size=8, input_size=3, forget_bias=3.0, seed=1)
    result = lv.survival(lv.init_weights(spec), lv.white_noise(30, 3), lv.unit_probe(8))
    return lv.gate_views(result)


def test_the_gates_sentence_counts(views):
    f = views.pairs["f"].value
    text = gates_sentence(views)
    assert f"{f.mean():.2f}" in text
    shares = re.findall(r"(\d+)%", text)
    assert shares[:2] == [f"{100 * (f > 0.9).mean():.0f}", f"{100 * (f < 0.1).mean():.0f}"]
    assert 0 < (f > 0.9).mean() < 1


def test_the_gates_sentence_names_the_gate_with_the_largest_gradient(views):
    medians = {name: np.median(views.pairs[name].log10_norm) for name in "ifgo"}
    most = max(medians, key=medians.get)
    text = gates_sentence(views)
    assert label(most) in text
    assert not [name for name in "igo" if name != most and label(name) in text]


def test_no_gate_is_named_where_no_gradient_comes_through(views):
    silent = {
        name: replace(pair, log10_norm=np.full(30, -np.inf)) for name, pair in views.pairs.items()
    }
    text = gates_sentence(replace(views, pairs=silent))
    assert not [name for name in "igo" if label(name) in text]


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


def test_a_half_life_of_one_step_is_every_step():
    assert course(fit_rate(math.log10(0.5) * np.arange(50)), 50) == "halves every step"
    assert course(fit_rate(math.log10(2) * np.arange(50)), 50) == "doubles every step"
