"""The axis of powers of ten: its range, its ticks, and where floating point ends."""

import math

import numpy as np
import plotly.graph_objects as go
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstm_viz.figures.log_axis import log10_range, mark_underflow, set_log10_axis

finite = st.floats(-40000, 40000)
curves = st.lists(st.lists(finite | st.just(-math.inf) | st.just(math.nan), max_size=9), max_size=4)


def marked(limits, ground="light", **options):
    figure = go.Figure()
    mark_underflow(figure, limits, ground, **options)
    lines = [shape.y0 for shape in figure.layout.shapes]
    return lines, " ".join(a.text for a in figure.layout.annotations), figure


@given(curves)
def test_the_range_holds_all_finite_values_with_air(all_curves):
    low, high = log10_range([np.array(curve, float) for curve in all_curves])
    values = [v for curve in all_curves for v in curve if math.isfinite(v)]
    assert math.isfinite(low) and math.isfinite(high) and high - low >= 2 - 1e-9
    if values:
        assert low < min(values) and max(values) < high
        assert high - low <= max(2, 1.2 * (max(values) - min(values))) + 0.4
    else:
        assert (low, high) == (-1, 1)


def test_no_curve_at_all_has_a_range():
    assert log10_range([]) == (-1, 1)


def test_the_curves_are_left_as_they_were():
    curve = np.array([0.0, -math.inf, math.nan])
    log10_range([curve])
    np.testing.assert_array_equal(curve, [0.0, -math.inf, math.nan])


@given(st.floats(-1e6, 1e6), st.floats(2, 8e4))
def test_ticks_are_whole_decades_and_few(low, span):
    figure = go.Figure()
    set_log10_axis(figure, (low, low + span), "norm")
    axis = figure.layout.yaxis
    assert axis.range == (low, low + span)
    assert axis.dtick == int(axis.dtick) >= 1 and axis.tick0 == 0
    assert 2 <= span / axis.dtick <= 8 or axis.dtick == 1
    assert (axis.tickprefix, axis.ticksuffix) == ("10<sup>", "</sup>")
    assert axis.title.text == "norm"


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_underflow_inside_the_range_is_a_line_at_the_smallest_normal_number(dtype):
    smallest = float(np.log10(np.finfo(dtype).tiny))
    lines, text, _ = marked((smallest - 1, smallest + 1))
    assert lines == pytest.approx([smallest])
    assert np.dtype(dtype).name in text


def test_both_underflows_inside_the_range():
    lines, text, _ = marked((-400, 2))
    assert sorted(lines) == pytest.approx([-307.65, -37.93], abs=0.01)
    assert "float32" in text and "float64" in text and "↓" not in text


def test_underflow_below_the_range_is_named_at_its_foot():
    lines, text, figure = marked((-10, 1))
    assert lines == []
    assert "float32 1.2 × 10⁻³⁸" in text and "float64 2.2 × 10⁻³⁰⁸" in text
    assert figure.layout.annotations[0].y < 0.1


def test_one_inside_and_one_below():
    lines, text, _ = marked((-50, 1))
    assert lines == pytest.approx([-37.93], abs=0.01)
    assert "float64 2.2 × 10⁻³⁰⁸" in text and "⁻³⁸" not in text


def test_underflow_above_the_range_has_no_mark():
    lines, text, _ = marked((-900, -500))
    assert lines == [] and text == ""


@pytest.mark.parametrize("corner", ["left", "right"])
def test_the_foot_note_stands_where_the_curves_leave_room(corner):
    (note,) = marked((-9, 1), corner=corner)[2].layout.annotations
    assert note.xanchor == corner and (note.x < 0.5) == (corner == "left")


@pytest.mark.parametrize("corner", ["left", "right"])
def test_every_name_stays_inside_the_figure(corner):
    for limits in ((-400, 1), (-50, 1), (-9, 1)):
        for note in marked(limits, corner=corner)[2].layout.annotations:
            assert (note.xanchor == "left") == (note.x < 0.5)


@pytest.mark.parametrize("ground", ["light", "dark"])
def test_marks_have_colours_of_their_ground(ground):
    from lstm_viz.figures.theme import GROUNDS

    look = GROUNDS[ground]
    _, _, figure = marked((-50, 1), ground)
    assert {a.font.color for a in figure.layout.annotations} == {look.muted}
    assert {a.bgcolor for a in figure.layout.annotations} == {look.paper}
    assert {s.line.color for s in figure.layout.shapes} == {look.muted}


@given(st.lists(finite, min_size=1, max_size=9))
def test_the_note_at_the_foot_has_room_below_all_values(values):
    low, high = log10_range([np.array(values)])
    assert min(values) - low >= 0.1 * (high - low)
