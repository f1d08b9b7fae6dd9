"""The gradient against the time step: what is drawn is what was computed."""

import numpy as np
import pytest

from lstm_viz import words
from lstm_viz.figures.gradient_flow import gradient_flow
from lstm_viz.figures.log_axis import log10_range
from lstm_viz.figures.theme import colour
from tests.figures.looks import assert_colours_are_explicit, blown_up, drawn, still, symbol, texts


@pytest.fixture(scope="module")
def results():
    return [drawn("tanh"), drawn("lstm", forget_bias=2.0)]


def lines(figure):
    """The curves, one that is a single point too."""
    return [trace for trace in figure.data if symbol(trace) != "x"]


def norms_drawn(results):
    """Of an RNN and an LSTM: each by the state that carries, then the LSTM's by h."""
    rnn, lstm = results
    return [rnn.norms["h"], lstm.norms["c"], lstm.norms["h"]]


def crosses(figure):
    return [trace for trace in figure.data if symbol(trace) == "x"]


def test_curves_are_the_norms_in_float32(results):
    figure = gradient_flow(results)
    for trace, norms in zip(lines(figure), norms_drawn(results), strict=True):
        assert trace.y.dtype == np.float32
        np.testing.assert_array_equal(trace.y, norms.astype(np.float32))
        np.testing.assert_array_equal(trace.x, np.arange(31))
    assert not crosses(figure)


def test_hover_shows_each_points_own_number(results):
    for trace, norms in zip(lines(gradient_flow(results)), norms_drawn(results), strict=True):
        assert list(trace.customdata) == [words.power(value) for value in norms]
        assert "%{customdata}" in trace.hovertemplate and "%{x}" in trace.hovertemplate


def test_one_range_holds_all_curves(results):
    low, high = gradient_flow(results).layout.yaxis.range
    for result in results:
        for of in ("h", "c") if result.cell == "lstm" else ("h",):
            assert low < result.norms[of].min() and result.norms[of].max() < high


def test_the_time_axis_ends_at_the_loss(results):
    assert gradient_flow(results).layout.xaxis.range == (0, 30)


@pytest.mark.parametrize("cell", ["rnn", "lstm"])
def test_exact_zeros_are_crosses_on_the_floor(cell):
    result = still(cell)
    figure = gradient_flow([result])
    (*_, curve), (zeros,) = lines(figure), crosses(figure)
    assert np.isnan(curve.y[:-1]).all() and np.isfinite(curve.y[-1])
    np.testing.assert_array_equal(zeros.x, np.arange(12))
    floor = figure.layout.yaxis.range[0]
    np.testing.assert_allclose(zeros.y, floor, rtol=1e-6)
    assert zeros.marker.color == colour(cell)
    assert "zero" in zeros.name and "0" in zeros.hovertemplate


def test_a_failure_is_a_gap_without_a_number_and_is_named_with_its_step(results):
    result = blown_up()
    figure = gradient_flow([result, results[1]])
    failed = lines(figure)[0]
    defined = np.isfinite(result.norms["h"])
    assert not defined.all()
    np.testing.assert_array_equal(np.isnan(failed.y), ~defined)
    assert not crosses(figure)
    assert str(result.failure.step) in failed.name
    hovers = np.array(failed.customdata)[~defined]
    assert not [text for text in hovers if any(c.isdigit() for c in text)]
    other = lines(figure)[1]
    np.testing.assert_array_equal(other.y, results[1].norms["c"].astype(np.float32))


def test_nothing_to_draw_still_makes_a_figure():
    figure = gradient_flow([blown_up()])
    low, high = figure.layout.yaxis.range
    assert np.isfinite([low, high]).all() and low < high


def test_one_step_is_two_visible_points():
    for curve in lines(gradient_flow([drawn("lstm", T=1)])):
        assert len(curve.y) == 2 and "markers" in curve.mode


@pytest.mark.parametrize("T, inside", [(30, 0), (300, 1), (2500, 2)])
def test_underflow_is_marked(T, inside):
    figure = gradient_flow([drawn("tanh", T=T, scale=0.3)])
    assert len(figure.layout.shapes) == inside
    assert ("↓" in texts(figure)) == (inside < 2)
    low, high = figure.layout.yaxis.range
    assert all(low <= shape.y0 <= high for shape in figure.layout.shapes)


@pytest.mark.parametrize("ground", ["light", "dark"])
def test_colours_are_explicit(results, ground):
    figure = gradient_flow([results[0], results[1], still("rnn", T=30)], ground)
    assert_colours_are_explicit(figure, ground)
    inks = [trace.line.color for trace in lines(figure)]
    assert inks == [colour(cell, ground) for cell in ("rnn", "lstm", "rnn", "lstm")]


def test_the_two_networks_differ_by_more_than_colour(results):
    dashes = {trace.line.dash for trace in lines(gradient_flow(results))}
    assert len(dashes) == 2


def test_drawing_changes_nothing(results):
    before = results[0].norms["h"].copy()
    gradient_flow(results)
    np.testing.assert_array_equal(results[0].norms["h"], before)


def test_a_pinned_curve_ends_at_the_same_loss_and_inside_the_same_range(results):
    pinned = [drawn("tanh", T=20, seed=5, scale=0.2), drawn("lstm", T=20, seed=5)]
    figure = gradient_flow(results, "light", pinned)
    assert len(lines(figure)) == 5
    for ghost in pinned:
        (curve,) = [t for t in lines(figure) if np.array_equal(t.y, np.float32(ghost.log10_norm))]
        np.testing.assert_array_equal(curve.x, np.arange(10, 31))
    everything = norms_drawn(results) + [ghost.log10_norm for ghost in pinned]
    assert figure.layout.yaxis.range == log10_range(everything)
    assert_colours_are_explicit(figure, "light")


def test_the_lstms_hidden_state_stands_beside_as_a_thin_line_of_the_same_colour(results):
    _rnn, carrying, beside = lines(gradient_flow(results))
    assert carrying.line.color == beside.line.color == colour("lstm")
    assert beside.line.width < carrying.line.width
    assert "∂L/∂c" in carrying.name and "∂L/∂h" in beside.name
    assert "halves" in carrying.name and "halves" not in beside.name
    assert "∂L/∂h" in beside.hovertemplate


def test_the_axis_names_both_gradients_where_both_are_drawn(results):
    both, alone = gradient_flow(results), gradient_flow(results[:1])
    assert both.layout.yaxis.title.text == "‖∂L/∂h<sub>t</sub>‖, ‖∂L/∂c<sub>t</sub>‖"
    assert alone.layout.yaxis.title.text == "‖∂L/∂h<sub>t</sub>‖"
