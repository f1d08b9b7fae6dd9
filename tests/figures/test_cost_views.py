"""Counted and measured costs as they are drawn."""

from dataclasses import replace

import numpy as np
import pytest

import lstm_viz as lv
from lstm_viz.analysis.cost import cost_curve, size_curve
from lstm_viz.analysis.timing import Timing
from lstm_viz.figures.cost_views import costs_by_size, counted_costs, measured_times
from lstm_viz.figures.theme import colour
from lstm_viz.quantities import label
from lstm_viz.registry import CELLS
from tests.figures.looks import assert_colours_are_explicit, texts

SPEC = lv.ModelSpec(cell="lstm", input_size=3, hidden_size=8)
LENGTHS = np.array([1, 7, 100, 10_000])
NAMES = ("operations", "sequential_steps", "path_length")


def nets(**options):
    return [replace(SPEC, cell=cell, **options) for cell in CELLS]


def curves(**options):
    return [cost_curve(net, LENGTHS) for net in nets(**options)]


def sizes(units=(4, 8, 16)):
    grown = ([replace(net, hidden_size=H) for H in units] for net in nets())
    return [size_curve(np.array(units), own, 20) for own in grown]


def timings(n=8, passes="both"):
    T = np.array([20, 30, 50, 80, 120, 200, 300, 400])[:n]
    return [Timing(net, passes, T, 1e-4 * (k + 1.0) * T**1.5) for k, net in enumerate(nets())]


@pytest.mark.parametrize("layers", [1, 3])
def test_each_panel_has_each_architectures_counts(layers):
    own = curves(layers=layers)
    figure = counted_costs(own)
    assert len(figure.data) == len(NAMES) * len(own)
    for k, trace in enumerate(figure.data):
        curve, name = own[k % len(own)], NAMES[k // len(own)]
        assert trace.name == label(curve.cell) and trace.line.color == colour(curve.cell)
        np.testing.assert_array_equal(trace.x, LENGTHS)
        np.testing.assert_array_equal(trace.y, [getattr(c, name) for c in curve.costs])
    assert sum(trace.showlegend is not False for trace in figure.data) == len(own)


def alike(own, name):
    """The names of the architectures whose counts are those of the first, in their order."""
    counts = [[getattr(cost, name) for cost in curve.costs] for curve in own]
    return ", ".join(
        label(curve.cell) for curve, mine in zip(own, counts, strict=True) if mine == counts[0]
    )


def test_curves_on_one_line_are_named_there():
    own = curves()
    together = [alike(own, name) for name in ("sequential_steps", "path_length")]
    assert all(names.startswith("RNN, LSTM, GRU, BiLSTM") for names in together)
    said = texts(counted_costs(own))
    for names in together:
        assert said.count(f"on one line: {names}") == together.count(names)
    # a second layer of a BiLSTM waits for the end of the first one; its path does not grow so
    assert "BiLSTM" not in alike(curves(layers=2), "sequential_steps")
    assert "BiLSTM" in alike(curves(layers=2), "path_length")
    assert "on one line" not in texts(counted_costs(own[:1]))


def test_counts_by_size_stand_over_the_units_that_set_the_size():
    figure = costs_by_size(sizes())
    own = sizes()
    for trace, curve in zip(figure.data[len(own) :], own, strict=True):
        np.testing.assert_array_equal(trace.x, [4, 8, 16])
        np.testing.assert_array_equal(trace.y, [lv.count_parameters(s) for s in curve.specs])
    assert "T = 20" in texts(figure) and "H = %{x}" in figure.data[0].hovertemplate


def test_points_are_what_was_measured_and_lines_end_where_the_fit_does():
    own = timings()
    figure = measured_times(own)
    points = [t for t in figure.data if t.mode == "markers"]
    lines = [t for t in figure.data if t.mode == "lines"]
    for timing, dots, line in zip(own, points, lines, strict=True):
        np.testing.assert_allclose(dots.y, 1000 * timing.seconds)
        assert dots.name == label(timing.cell) + " ~ T<sup>1.5</sup>"
        np.testing.assert_array_equal(line.x, timing.lengths[4:])
        np.testing.assert_allclose(line.y, dots.y[4:])  # an exact power law: its fit is itself
        assert dots.marker.color == line.line.color == colour(timing.cell)


def test_few_lengths_are_drawn_without_a_line():
    figure = measured_times(timings(n=1))
    assert [t.mode for t in figure.data] == ["markers"] * len(CELLS)
    assert [t.name for t in figure.data] == [label(cell) for cell in CELLS]


@pytest.mark.parametrize(("passes", "said"), [("both", "forward and backward"), ("forward", "ms")])
def test_the_axis_says_which_passes_were_timed(passes, said):
    title = measured_times(timings(passes=passes)).layout.yaxis.title.text
    assert said in title and ("backward" in title) == (passes == "both")


def test_ticks_of_lengths_are_written_out():
    axis = counted_costs(curves()).layout.xaxis3
    assert dict(zip(axis.tickvals, axis.ticktext, strict=True))[10_000] == "10\u202f000"
    assert 50 in measured_times(timings()).layout.xaxis.tickvals


@pytest.mark.parametrize("ground", ["light", "dark"])
def test_colours_are_explicit(ground):
    for figure in (
        counted_costs(curves(), ground),
        costs_by_size(sizes(), ground),
        measured_times(timings(), ground),
    ):
        assert_colours_are_explicit(figure, ground)
