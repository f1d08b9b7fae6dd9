"""Colours: readable on their ground by WCAG 2's formula, and apart for colour-blind readers."""

import itertools

import numpy as np
import pytest

from lstm_viz.figures.theme import (
    DIVERGING,
    GROUNDS,
    LOOKS,
    base_figure,
    colour,
    dash,
    translucent,
    whole_ticks,
)
from lstm_viz.quantities import QUANTITIES
from lstm_viz.registry import CELLS
from tests.figures.looks import HEX, assert_colours_are_explicit

GREY = (0.2126, 0.7152, 0.0722)  # luminance of linear RGB
SIGHT = {  # Machado, Oliveira & Fernandes (2009), severity 1, on linear RGB
    "normal": np.eye(3),
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
    "grey": np.tile(GREY, (3, 1)),
}
TO_XYZ = [[0.4125, 0.3576, 0.1804], [0.2127, 0.7152, 0.0722], [0.0193, 0.1192, 0.9503]]
GATES = {cell: [gate.name for gate in record.gates] for cell, record in CELLS.items()}
TOGETHER = {  # what may stand in one figure
    "architectures": tuple(CELLS),
    **{cell: (*GATES[cell], *record.states) for cell, record in CELLS.items()},
}
PAIRS = {pair for names in TOGETHER.values() for pair in itertools.combinations(names, 2)}


def linear(code):
    """Linear RGB of "#RRGGBB"."""
    c = np.array([int(code[k : k + 2], 16) for k in (1, 3, 5)]) / 255
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def contrast(one, other):
    """WCAG 2: (L1 + 0.05) / (L2 + 0.05), from 1 to 21."""
    dark, light = sorted(float(linear(c) @ GREY) for c in (one, other))
    return (light + 0.05) / (dark + 0.05)


def seen(code, sight):
    """CIELAB of a colour as it is seen."""
    xyz = np.array(TO_XYZ) @ np.clip(np.array(SIGHT[sight]) @ linear(code), 0, 1)
    x, y, z = np.cbrt(np.maximum(xyz / [0.9505, 1, 1.089], 0.008856))
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def distance(one, other, sight="normal"):
    return float(np.linalg.norm(seen(one, sight) - seen(other, sight)))


def strokes(pattern):
    """The lengths of a dash's strokes and gaps; none for a solid line."""
    return [] if pattern == "solid" else [int(n) for n in pattern.replace("px", "").split(",")]


def differ(one, other):
    """Whether two dashes differ by the number of their strokes, or much by their length."""
    one, other = sorted((strokes(one), strokes(other)), key=lambda n: n[:1])
    return len(one) != len(other) or (bool(one) and other[0] >= 1.5 * one[0])


def test_the_formulas_know_black_and_white():
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)
    assert distance("#FF0000", "#FF0000") == 0
    red, olive, blue = "#B00000", "#4D5C00", "#0000B0"
    assert distance(red, olive, "deuteranopia") < 0.5 * distance(red, blue, "deuteranopia")
    assert distance(red, olive) > 60 > 10 > distance("#777777", "#7B7B7B", "grey")
    assert distance("#767600", "#6F6F6F", "grey") < 2 < 50 < distance("#767600", "#6F6F6F")
    assert differ("solid", "2px,2px") and differ("6px,2px", "9px,2px,2px,2px")
    assert not differ("6px,2px", "7px,3px") and not differ("solid", "solid")


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
@pytest.mark.parametrize("sight", SIGHT)
def test_lines_of_one_figure_stay_apart_for_every_reader(sight, ground):
    for one, other in PAIRS:
        away = distance(colour(one, ground), colour(other, ground), sight)
        assert away > 20 or differ(dash(one), dash(other)), (one, other, away)


@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize("sight", [sight for sight in SIGHT if sight != "grey"])
def test_gates_and_architectures_stay_apart_by_colour_alone(sight, ground):
    for names in (CELLS, *GATES.values()):
        for one, other in itertools.combinations(names, 2):
            away = distance(colour(one, ground), colour(other, ground), sight)
            assert away > 20, (one, other, away)


@pytest.mark.parametrize("sight", SIGHT)
def test_a_diverging_scale_tells_its_sides_apart(sight):
    lightness = [seen(ink, sight)[0] for ink in DIVERGING]
    assert (np.diff(lightness) > 8).all(), lightness
    for one, other in itertools.combinations(DIVERGING, 2):
        assert distance(one, other, sight) > 12


def test_every_quantity_has_a_look():
    assert set(LOOKS) == set(QUANTITIES)


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
