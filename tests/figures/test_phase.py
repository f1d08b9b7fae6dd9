"""The phase diagram's figure and sentence against the results that they show."""

from dataclasses import replace

import numpy as np
import pytest

import lstm_viz as lv
from lstm_viz import words
from lstm_viz.figures.phase import phase_figure
from lstm_viz.say.phase import phase_sentence
from tests.figures.looks import assert_colours_are_explicit, texts

GAIN = np.linspace(0.2, 3, 7)


def example(cell="rnn", T=40, **options):
    """(diagram, place, edge) around a small net."""
    spec = lv.ModelSpec(cell, 3, 16, **({"init": "gaussian", "seed": 1} | options))
    x = 0.5 * lv.white_noise(T, 3)
    axis = {"s2": np.geomspace(0.05, 5, 5)} if cell == "rnn" else {"forget_bias": np.arange(5.0)}
    diagram = lv.phase_diagram(spec, x, GAIN, **axis)
    return diagram, lv.phase_place(spec, x, GAIN), lv.edge_by_theory(spec, diagram.y)


@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
@pytest.mark.parametrize("ground", ["light", "dark"])
def test_the_figure_shows_the_diagram_its_edges_and_the_present_network(cell, ground):
    diagram, place, edge = example(cell)
    figure = phase_figure(diagram, place, edge, ground)
    assert_colours_are_explicit(figure, ground)
    heat, contour, _rim, theory, points, here = figure.data
    shade = np.asarray(heat.z)
    assert (np.sign(shade) == np.sign(diagram.log10_factor.astype(np.float32))).all()
    assert np.abs(shade).max() <= 1 and heat.zmin == -heat.zmax
    assert contour.contours.start == contour.contours.end == 0
    seen = np.asarray(theory.x, float)
    np.testing.assert_array_equal(seen[np.isfinite(seen)], edge[np.isfinite(seen)])
    assert (here.x[0], here.y[0]) == (place.gain, place.y)
    assert figure.layout.meta["pick"] == 4
    row, column = divmod(9, len(diagram.gain))
    assert points.x[9] == pytest.approx(diagram.gain[column], rel=1e-6)
    assert points.y[9] == pytest.approx(diagram.y[row], rel=1e-6)
    assert words.factor(diagram.log10_factor[row, column]) in points.customdata[9]
    assert "theory" in texts(figure)


def test_equal_factors_have_equal_colours_whatever_the_diagram():
    diagram, place, edge = example()
    wide = replace(diagram, log10_factor=diagram.log10_factor.copy())
    wide.log10_factor[-1, -1] = 5.0
    first, second = (np.asarray(phase_figure(d, place, edge).data[0].z) for d in (diagram, wide))
    assert np.array_equal(first[:-1], second[:-1]) and second[-1, -1] == 1


def test_points_say_where_one_factor_does_not_tell_the_curve():
    diagram, place, edge = example()
    diagram = replace(diagram, spread=np.where(np.arange(diagram.spread.shape[1]) == 1, 9.0, 0.01))
    diagram = replace(diagram, spread=np.broadcast_to(diagram.spread, diagram.log10_factor.shape))
    points = phase_figure(diagram, place, edge).data[-2]
    said = ["no single rate" in text for text in points.customdata]
    assert said == (np.indices(diagram.spread.shape)[1] == 1).ravel().tolist()


def test_a_forward_pass_that_blows_up_is_said_and_shown_by_its_step():
    spec = lv.ModelSpec("rnn", 2, 12, init="gaussian", activation="relu", seed=2, gain=8.0)
    x = lv.white_noise(900, 2)
    diagram = lv.phase_diagram(spec, x, [0.5, 8.0], s2=[0.5, 1.0])
    place = lv.phase_place(spec, x, [0.5, 8.0])
    assert f"step {place.failure}" in phase_sentence(diagram, place)
    figure = phase_figure(diagram, place, lv.edge_by_theory(spec, diagram.y))
    assert f"step {diagram.failure[0, 1]}" in figure.data[-2].customdata[1]
    assert "nan" not in figure.data[-2].customdata[1]


def test_a_diagram_without_an_edge_names_none():
    diagram, place, edge = example()
    across = replace(diagram, log10_factor=diagram.log10_factor - np.median(diagram.log10_factor))
    below = replace(diagram, log10_factor=-1 - abs(diagram.log10_factor))
    for own, named in ((across, True), (below, False)):
        (line,) = (t for t in phase_figure(own, place, edge).data if t.type == "contour")
        assert line.showlegend == named
