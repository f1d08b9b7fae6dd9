"""Colours: readable on their ground by WCAG 2's formula, and apart for colour-blind readers."""

import itertools

import numpy as np
import pytest

from lstm_viz.figures.theme import GROUNDS, LOOKS, base_figure, colour, translucent, whole_ticks
from lstm_viz.quantities import QUANTITIES
from tests.figures.looks import HEX, assert_colours_are_explicit

DEUTERANOPIA = [  # Machado, Oliveira & Fernandes (2009), severity 1, on linear RGB
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.011820, 0.042940, 0.968881],
]
TO_XYZ = [[0.4125, 0.3576, 0.1804], [0.2127, 0.7152, 0.0722], [0.0193, 0.1192, 0.9503]]
GATES = ("i", "f", "o", "g")  # all drawn solid


def linear(code):
    """Linear RGB of "#RRGGBB"."""
    c = np.array([int(code[k : k + 2], 16) for k in (1, 3, 5)]) / 255
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def contrast(one, other):
    """WCAG 2: (L1 + 0.05) / (L2 + 0.05), from 1 to 21."""
    dark, light = sorted(float(linear(c) @ [0.2126, 0.7152, 0.0722]) for c in (one, other))
    return (light + 0.05) / (dark + 0.05)


def seen(code):
    """CIELAB of a colour as a deuteranope sees it."""
    xyz = np.array(TO_XYZ) @ np.clip(np.array(DEUTERANOPIA) @ linear(code), 0, 1)
    x, y, z = np.cbrt(np.maximum(xyz / [0.9505, 1, 1.089], 0.008856))
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def distance(one, other):
    return float(np.linalg.norm(seen(one) - seen(other)))


def test_the_formulas_know_black_and_white():
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)
    assert distance("#FF0000", "#FF0000") == 0
    assert distance("#B00000", "#4D5C00") < 0.5 * distance("#B00000", "#0000B0")


@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize("quantity", LOOKS)
def test_lines_keep_a_contrast_of_3(quantity, ground):
    assert HEX.fullmatch(colour(quantity, ground))
    assert contrast(colour(quantity, ground), GROUNDS[ground].paper) >= 3


@pytest.mark.parametrize("ground", GROUNDS)
def test_text_keeps_a_contrast_of_4_5(ground):
    look = GROUNDS[ground]
    assert contrast(look.text, look.paper) >= 7
    assert contrast(look.muted, look.paper) >= 4.5


def test_dark_is_dark_and_light_is_light():
    assert linear(GROUNDS["dark"].paper).max() < 0.02 < 0.9 < linear(GROUNDS["light"].paper).min()
    assert all(look.name == name for name, look in GROUNDS.items())


@pytest.mark.parametrize("ground", GROUNDS)
def test_architectures_and_gates_stay_apart_for_a_deuteranope(ground):
    assert distance(colour("rnn", ground), colour("lstm", ground)) > 40
    for one, other in itertools.combinations(GATES, 2):
        assert distance(colour(one, ground), colour(other, ground)) > 12, (one, other)


@pytest.mark.parametrize("ground", GROUNDS)
def test_every_quantity_has_a_colour_of_its_own(ground):
    assert set(LOOKS) == set(QUANTITIES)
    assert len({colour(q, ground) for q in LOOKS}) == len(LOOKS)


def test_a_translucent_colour_is_the_colour():
    code = colour("lstm", "dark")
    red, green, blue = (int(code[k : k + 2], 16) for k in (1, 3, 5))
    assert translucent("lstm", "dark", 0.18) == f"rgba({red},{green},{blue},0.18)"


@pytest.mark.parametrize("ground", GROUNDS)
def test_streamlits_template_leaves_no_trace(ground):
    import plotly.io
    import streamlit  # noqa: F401  (sets plotly's default template)

    assert plotly.io.templates.default != "none"
    assert_colours_are_explicit(
        base_figure(ground).add_scatter(y=[1], mode="lines", line_color="red"), ground
    )


def test_a_long_legend_stands_whole_above_the_figure():
    legend = base_figure().layout.legend
    assert legend.maxheight == 1 and legend.tracegroupgap == 0


@pytest.mark.parametrize("span, ticks", [(1, {"dtick": 1}), (5, {"dtick": 1}), (50, {})])
def test_an_axis_of_few_steps_has_whole_ticks(span, ticks):
    assert whole_ticks(span) == ticks
