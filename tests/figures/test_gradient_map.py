"""The map of losses and steps: what is drawn, what is said, what the pointer can read."""

import numpy as np
import pytest

import lstm_viz as lv
from lstm_viz.figures.gradient_map import SHOWN, curves, map_figure
from tests.figures.looks import assert_colours_are_explicit
from tests.nets import linear_net, make_weights, scaled_orthogonal


def measured(kind="lstm", T=40, wrt=None, **options):
    rng = np.random.default_rng(0)
    weights = make_weights(kind, 3, 5, rng, **options)
    return lv.measure_map(weights, rng.normal(size=(T, 1, 3)), wrt=wrt)


def orthogonal(rho, T=200):
    return lv.measure_map(linear_net(scaled_orthogonal(rho)), np.zeros((T, 1, 1)))


def iso_lines(figure):
    return [t for t in figure.data if t.type == "contour"]


def test_the_colours_are_the_norms_in_float32():
    found = measured()
    heat = map_figure(found, 40, 3).data[0]
    np.testing.assert_array_equal(heat.z, found.log10_norm.astype(np.float32))
    assert heat.z.dtype == np.float32
    assert heat.zmin <= np.nanmin(heat.z) and heat.zmax >= np.nanmax(heat.z)
    np.testing.assert_array_equal(heat.y, found.losses)


@pytest.mark.parametrize("T", [1, 2, 3, 500])
def test_a_map_of_any_length_is_drawn_and_a_long_one_thinned(T):
    found = measured("tanh", T=T)
    heat = map_figure(found, T, 1).data[0]
    assert heat.z.shape == (min(T, SHOWN),) * 2
    assert heat.x[0] == 1 and heat.x[-1] == T
    for k in (0, len(heat.x) // 2, -1):
        np.testing.assert_equal(heat.z[-1][k], np.float32(found.at(T, int(heat.x[k]))))


def test_the_iso_lines_are_where_they_are_needed():
    assert not iso_lines(map_figure(orthogonal(1.0), 200, 1))
    (thousandth,) = iso_lines(map_figure(orthogonal(0.9), 200, 1))
    assert thousandth.contours.start == thousandth.contours.end == -3
    assert len(iso_lines(map_figure(orthogonal(0.5), 200, 1))) == 2


def test_exact_zeros_have_a_colour_of_their_own():
    found = orthogonal(0.0, T=9)
    zeros = map_figure(found, 9, 1).data[1]
    assert zeros.type == "heatmap" and "exactly 0" in zeros.hovertemplate
    np.testing.assert_array_equal(zeros.z == 0, np.isneginf(found.log10_norm))
    assert not np.isinf(map_figure(found, 9, 1).data[0].z).any()


def test_the_curves_are_the_row_and_the_column():
    found = measured()
    sent, got = curves(found, 31, 12).data
    np.testing.assert_array_equal(sent.y, found.of_loss(31).astype(np.float32))
    np.testing.assert_array_equal(got.y, found.of_step(12).astype(np.float32))
    assert "31" in sent.name and "12" in got.name
    assert sent.y[11] == got.y[30]


def test_the_browser_is_told_what_to_read_and_where_to_write():
    found = measured()
    figure = map_figure(found, 31, 12)
    assert figure.data[figure.layout.meta["map"]].type == "heatmap"
    templates = curves(found, 31, 12).layout.meta["curves"]
    names = [trace.name for trace in curves(found, 31, 12).data]
    assert [t.replace("{n}", str(n)) for t, n in zip(templates, (31, 12), strict=True)] == names


def test_the_chosen_pair_is_marked():
    marker = map_figure(measured(), 31, 12).data[-1]
    assert marker.mode == "markers" and (marker.x[0], marker.y[0]) == (12, 31)


@pytest.mark.parametrize("ground", ["light", "dark"])
def test_colours_are_explicit(ground):
    found = orthogonal(0.5)
    assert_colours_are_explicit(map_figure(found, 9, 1, ground), ground)
    assert_colours_are_explicit(curves(found, 9, 1, ground), ground)
