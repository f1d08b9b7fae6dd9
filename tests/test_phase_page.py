"""The page of the phase diagram against the engine, without a browser."""

import numpy as np
import pytest

import lstm_viz as lv
from lstm_viz import words
from tests.sessions import answer, charts, checked, inputs, norms, opened, y_of


def points(at):
    """The trace of invisible points that a click picks from."""
    figure = charts(at)[0][1]
    return figure["data"][figure["layout"]["meta"]["pick"]]


@pytest.mark.parametrize(
    "query, cell, settings",
    [
        ({}, "rnn", {}),
        (dict(network="lstm"), "lstm", dict(gain=2.0, forget_bias=-1.0)),
        (dict(network="gru"), "gru", dict(T=30, H=9, seed=4, forget_bias=3.0)),
    ],
)
def test_the_page_says_the_factor_that_the_engine_computes(query, cell, settings):
    rate = lv.fit_rate(norms(cell, **settings)[::-1])
    assert f"multiplied by {words.factor(rate.log10_factor)}" in answer(
        opened("phase_diagram", **query, **settings)
    )


def test_the_diagram_is_that_of_the_engine():
    at = opened("phase_diagram", network="lstm", grid=5, gain_to=2.0, bias_from=0.0, bias_to=4.0)
    found = lv.phase_diagram(
        lv.ModelSpec(), inputs(), np.linspace(0.1, 2, 5).round(4), forget_bias=np.linspace(0, 4, 5),
        probe=lv.unit_probe(32),
    )  # fmt: skip
    read = [float(text.split("× ")[1].split()[0]) for text in points(at)["customdata"]]
    np.testing.assert_allclose(read, found.factor.ravel(), rtol=5e-3)


def test_the_inputs_scale_moves_the_network_and_not_the_diagram():
    weak, strong = opened("phase_diagram", grid=6), opened("phase_diagram", grid=6, scale=3.0)
    assert points(weak)["customdata"] == points(strong)["customdata"]
    w, x = lv.init_weights(lv.ModelSpec("rnn")), 3 * inputs()
    s2 = np.mean((x[:, 0] @ w.W.T + w.b) ** 2)
    assert (
        f"s² of {s2:.2g}" in answer(strong) and "input scale 3," in charts(strong)[0][0]["caption"]
    )


def test_the_inputs_scale_reaches_the_other_pages():
    w = lv.init_weights(lv.ModelSpec("rnn"))
    x = 4 * inputs()
    h = lv.log10_norms(lv.backward(w, lv.forward(w, x), lv.last_step(50, lv.unit_probe(32))))["h"]
    at = opened("gradient_flow", scale=4.0)
    assert y_of(charts(at)[0][1]["data"][0])[0] == pytest.approx(h[0, 0], rel=1e-6)
    assert answer(at) != answer(opened())


@pytest.mark.parametrize(
    "query", [dict(gain_from=2.0, gain_to=1.0), dict(network="lstm", init="chrono")]
)
def test_what_has_no_diagram_is_refused_in_words(query):
    at = opened("phase_diagram", **query)
    assert len(at.error) == 1 and at.error[0].value


def test_a_long_diagram_says_its_estimate_and_waits():
    at = opened("phase_diagram", network="lstm", T=1000, H=128, grid=80)
    assert "will take about" in at.warning[0].value and not charts(at)
    checked(at)
