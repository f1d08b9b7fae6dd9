"""A curve shows every number that it has: on a line, as a point, or as a cross."""

import numpy as np
import plotly.graph_objects as go
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstm_viz import words
from lstm_viz.figures.curves import FEW, add_curve, add_zeros, hover

LINE = dict(color="#123456", width=2.5)
sizes = st.lists(
    st.one_of(st.floats(-1e5, 300), st.sampled_from([np.nan, -np.inf, np.inf])),
    min_size=1,
    max_size=12,
)


def seen(trace):
    """Which places show something: an end of a piece of line, or a marker of some size."""
    y = np.array(trace.y, float)
    size = np.broadcast_to(0 if trace.marker.size is None else trace.marker.size, len(y))
    marked = np.isfinite(y) & (size > 0) & ("markers" in trace.mode)
    joined = np.isfinite(y[1:]) & np.isfinite(y[:-1]) & ("lines" in trace.mode)
    return marked | np.append(joined, False) | np.append(False, joined)


@given(sizes)
def test_every_finite_point_is_seen_and_nothing_else(values):
    figure, y = go.Figure(), np.array(values)
    add_curve(figure, np.arange(len(y)), y, "name", LINE, floor=-3.0)
    curve, *crosses = figure.data
    assert (seen(curve) == np.isfinite(y)).all()
    np.testing.assert_array_equal(curve.y, np.where(np.isfinite(y), y, np.nan).astype(np.float32))
    assert [x for own in crosses for x in own.x] == np.flatnonzero(np.isneginf(y)).tolist()
    assert list(curve.customdata) == words.powers(y)


@given(sizes)
def test_a_line_is_marked_only_where_it_must_be(values):
    figure, y = go.Figure(), np.array(values)
    add_curve(figure, np.arange(len(y)), y, "name", LINE)
    (curve,) = figure.data
    size = np.broadcast_to(0 if curve.marker.size is None else curve.marker.size, len(y))
    joined = np.isfinite(y[1:]) & np.isfinite(y[:-1])
    beside = np.append(joined, False) | np.append(False, joined)
    if np.isfinite(y).sum() > FEW:
        assert not (size > 0)[beside].any()
    assert ("lines" in curve.mode) == bool(joined.any() or not np.isfinite(y).any())


def test_options_go_to_the_trace():
    figure = go.Figure()
    add_curve(figure, [1, 2, 3], np.zeros(3), "name", LINE, legend="longer", legendgroup="g")
    assert (figure.data[0].name, figure.data[0].legendgroup) == ("longer", "g")
    assert figure.data[0].hovertemplate == "name, t = %{x}: %{customdata}<extra></extra>"
    assert hover("name", "") == "name: %{customdata}<extra></extra>"
    assert hover("name", "T", "{value} ms") == "name, T = %{x}: %{customdata} ms<extra></extra>"


@pytest.mark.parametrize("floor", [-6.3333333, -0.1, -312.7654321, 2.2])
def test_crosses_of_exact_zeros_lie_on_the_axis_and_not_below(floor):
    figure = go.Figure()
    add_zeros(figure, np.arange(3), floor, "RNN", LINE)
    assert list(figure.data[0].y) == [floor] * 3
