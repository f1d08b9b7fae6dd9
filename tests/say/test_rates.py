"""Courses and rates in words: what a fit says, and nothing where it says nothing."""

import math
import re

import numpy as np
import pytest

import lstm_viz as lv
from lstm_viz import words
from lstm_viz.analysis.rates import fit_rate
from lstm_viz.say.rates import course_clause, problem_cell, rate_table
from tests.nets import linear_net, scaled_orthogonal


def orthogonal(rho, T=60):
    net = linear_net(scaled_orthogonal(rho))
    return lv.survival(net, np.zeros((T, 1, 1)), lv.unit_probe(5))


@pytest.mark.parametrize("factor, word", [(0.999, "halves"), (1.001, "doubles")])
def test_a_slow_change_has_a_rate_where_the_sequence_is_long_enough(factor, word):
    span = abs(math.log(2) / math.log(factor))  # about 693 steps
    rate = fit_rate(math.log10(factor) * np.arange(50))
    assert word in course_clause(rate, length=50)
    assert word not in course_clause(rate, length=int(span / 100))


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
        said[problem] = problem_cell(rate)
    assert len(set(said.values())) == 5
    assert said[""].startswith("yes") and all(said[p].startswith("no") for p in said if p)
    assert words.power(math.log10(fit_rate(np.array(curves["bent"])).spread)) in said["bent"]


def test_rounding_errors_of_a_constant_curve_make_no_half_life_of_quadrillions():
    """A linear orthogonal net keeps the norm; its fitted slope is 1e-17 at most."""
    rate = orthogonal(1.0, T=200).rate
    assert abs(rate.log10_factor) < 1e-15
    table = rate_table([("a", rate)])
    assert not [value for value in table["a"] if len(re.sub(r"\D", "", value)) > 12]


def test_a_half_life_of_one_step_is_every_step():
    assert course_clause(fit_rate(math.log10(0.5) * np.arange(50)), 50) == "halves every step"
    assert course_clause(fit_rate(math.log10(2) * np.arange(50)), 50) == "doubles every step"
