"""What is said of a place in the phase diagram."""

from dataclasses import replace

import numpy as np
import pytest

import lstm_viz as lv
from lstm_viz import words
from lstm_viz.say.phase import phase_sentence

GAIN = np.linspace(0.2, 3, 7)


def example(cell="rnn", T=40, **options):
    """(diagram, place, edge) around a small net."""
    spec = lv.ModelSpec(cell, 3, 16, **({"init": "gaussian", "seed": 1} | options))
    x = 0.5 * lv.white_noise(T, 3)
    axis = {"s2": np.geomspace(0.05, 5, 5)} if cell == "rnn" else {"forget_bias": np.arange(5.0)}
    diagram = lv.phase_diagram(spec, x, GAIN, **axis)
    return diagram, lv.phase_place(spec, x, GAIN), lv.edge_by_theory(spec, diagram.y)


def test_the_sentence_says_where_the_network_lies_and_where_the_edge_is():
    diagram, place, _ = example()
    said = phase_sentence(diagram, place)
    assert words.factor(place.log10_factor) in said and "vanishes" in said
    assert f"{place.edge:.4g}" in said and f"{place.theory:.4g}" in said
    far = phase_sentence(diagram, replace(place, edge=float("nan")))
    assert "No gain from 0.2 to 3" in far
    assert "explodes" in phase_sentence(diagram, replace(place, log10_factor=0.1))
    assert "on the edge" in phase_sentence(diagram, replace(place, log10_factor=-0.001))
    assert "exactly zero" in phase_sentence(diagram, replace(place, log10_factor=-np.inf))


@pytest.mark.parametrize("of", ["h", "c"])
def test_the_sentence_names_the_state_and_a_curve_that_is_no_line(of):
    diagram, place, _ = example()
    place = replace(place, of=of, straight=True)
    assert f"gradient ∂L/∂{of} is multiplied by" in phase_sentence(diagram, place)
    bent = phase_sentence(diagram, replace(place, straight=False))
    assert "no single rate" in bent and "is multiplied" not in bent


def test_no_input_strength_at_all_is_zero():
    diagram, place, _ = example()
    assert "s² of 0 the" in phase_sentence(diagram, replace(place, y=0.0))
