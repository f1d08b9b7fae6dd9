"""Gates over time: lines, heatmaps and shares carry the views' own numbers."""

import re
from dataclasses import replace

import numpy as np
import pytest

import lstm_viz as lv
from lstm_viz import words
from lstm_viz.figures.gate_views import gate_heatmaps, gate_lines, saturation
from lstm_viz.figures.theme import GROUNDS, colour
from lstm_viz.quantities import label
from tests.figures.looks import assert_colours_are_explicit, drawn, still, texts

NAMES = ("i", "f", "o", "g", "c", "h")


@pytest.fixture(scope="module")
def views():
    return lv.gate_views(drawn("lstm", T=25, forget_bias=3.0, scale=1.5))


@pytest.fixture(scope="module")
def long_views():
    return lv.gate_views(drawn("lstm", T=450))


def on_row(figure, row):
    name = f"y{row}" if row > 1 else "y"
    return {trace.legendgroup: trace for trace in figure.data if trace.yaxis == name}


def maps(figure, column):
    """name → heatmap traces in one column, top to bottom."""
    found = {}
    for trace in figure.data:
        number = int((trace.yaxis or "y")[1:] or 1) - 1
        if number % 2 == column:
            found.setdefault(NAMES[number // 2], []).append(trace)
    return found


def test_means_and_norms_are_drawn_in_float32(views):
    figure = gate_lines(views)
    upper, lower = on_row(figure, 1), on_row(figure, 2)
    assert set(upper) == set(lower) == set(NAMES)
    for name, pair in views.pairs.items():
        mean = pair.value.mean(axis=1).astype(np.float32)
        np.testing.assert_allclose(upper[name].y, mean, rtol=1e-6)
        finite = np.isfinite(pair.log10_norm)
        norm = np.where(finite, pair.log10_norm, np.nan).astype(np.float32)
        np.testing.assert_array_equal(lower[name].y, norm)
        np.testing.assert_array_equal(upper[name].x, np.arange(1, 26))
        assert upper[name].y.dtype == np.float32
        assert list(lower[name].customdata) == [words.power(v) for v in pair.log10_norm]


def test_norms_share_one_range_that_holds_all(views):
    low, high = gate_lines(views).layout.yaxis2.range
    norms = np.concatenate([pair.log10_norm for pair in views.pairs.values()])
    norms = norms[np.isfinite(norms)]
    assert low < norms.min() and norms.max() < high


def test_each_quantity_is_in_the_legend_once_and_both_panels_share_time(views):
    figure = gate_lines(views)
    assert sorted(t.name for t in figure.data if t.showlegend) == sorted(map(label, NAMES))
    assert figure.layout.xaxis.matches or figure.layout.xaxis2.matches


def test_exact_zeros_are_gaps_of_the_lines_and_read_0(views):
    lower = on_row(gate_lines(lv.gate_views(still("lstm"))), 2)
    assert np.isnan(lower["o"].y[:-1]).all() and np.isfinite(lower["o"].y[-1])
    assert set(lower["o"].customdata[:-1]) == {"0"}
    assert np.isfinite(lower["c"].y).all()


@pytest.mark.parametrize("ground", ["light", "dark"])
@pytest.mark.parametrize("figure_of", [gate_lines, lambda v, g: saturation(v.summary, g)])
def test_lines_have_their_quantitys_colour(views, figure_of, ground):
    figure = figure_of(views, ground)
    assert_colours_are_explicit(figure, ground)
    for trace in figure.data:
        assert trace.line.color == colour(trace.legendgroup, ground)
    for note in figure.layout.annotations:
        assert note.font.color == GROUNDS[ground].text


def test_one_step_is_a_visible_point():
    one = lv.gate_views(drawn("lstm", T=1))
    for figure in (gate_lines(one), saturation(one.summary)):
        known = [trace for trace in figure.data if np.isfinite(np.array(trace.y, float)).any()]
        assert {trace.mode for trace in known} == {"markers"}


def test_shares_are_those_of_the_gates(views):
    figure = saturation(views.summary)
    for row, shares in ((1, views.summary.high), (2, views.summary.low)):
        curves = on_row(figure, row)
        assert set(curves) == {"i", "f", "o"}
        for name, curve in curves.items():
            np.testing.assert_array_equal(curve.y, shares[name].astype(np.float32))
    for axis in (figure.layout.yaxis, figure.layout.yaxis2):
        assert axis.range[0] < 0 and axis.range[1] > 1 and "%" in axis.tickformat
    assert views.summary.high["f"].any()


def test_heatmaps_are_units_by_steps(views):
    figure = gate_heatmaps(views.pairs)
    values, gradients = maps(figure, 0), maps(figure, 1)
    for name, pair in views.pairs.items():
        (shown,) = values[name]
        np.testing.assert_array_equal(shown.z, pair.value.T.astype(np.float32))
        gradient = np.where(np.isfinite(pair.log10_gradient), pair.log10_gradient, np.nan)
        np.testing.assert_array_equal(gradients[name][0].z, gradient.T.astype(np.float32))
        np.testing.assert_array_equal(shown.x, np.arange(1, 26))
        np.testing.assert_array_equal(shown.y, np.arange(6))
        assert shown.z.dtype == np.float32


def test_all_gradients_share_one_scale(views):
    figure = gate_heatmaps(views.pairs)
    bar = figure.layout.coloraxis
    gradients = np.concatenate([p.log10_gradient.ravel() for p in views.pairs.values()])
    gradients = gradients[np.isfinite(gradients)]
    assert bar.cmax > gradients.max()
    assert 0.9 <= (gradients > bar.cmin).mean() < 1
    for traces in maps(figure, 1).values():
        assert traces[0].coloraxis == "coloraxis"


def test_gates_span_0_to_1_and_signed_quantities_are_symmetric_about_0(views):
    for name, (trace,) in maps(gate_heatmaps(views.pairs), 0).items():
        if name in "ifo":
            assert (trace.zmin, trace.zmax) == (0, 1)
        else:
            assert trace.zmax == -trace.zmin == pytest.approx(np.abs(views.pairs[name].value).max())


def test_headings_name_the_quantity_and_its_range(views):
    text = texts(gate_heatmaps(views.pairs))
    for name in NAMES:
        assert label(name) in text
    assert words.number(np.abs(views.pairs["c"].value).max(), 2) in text


@pytest.mark.parametrize("ground", ["light", "dark"])
def test_exact_zeros_have_a_colour_of_their_own(ground):
    views = lv.gate_views(still("lstm"))
    figure = gate_heatmaps(views.pairs, ground)
    gradient, zeros = maps(figure, 1)["o"]
    dead = np.isneginf(views.pairs["o"].log10_gradient).T
    assert dead.any() and not dead.all()
    np.testing.assert_array_equal(np.isfinite(zeros.z), dead)
    np.testing.assert_array_equal(np.isnan(gradient.z), dead)
    ink = GROUNDS[ground].muted
    assert {stop[1] for stop in zeros.colorscale} == {ink}
    assert "0" in zeros.hovertemplate and "%{z" not in zeros.hovertemplate
    assert_colours_are_explicit(figure, ground)
    assert len(maps(figure, 1)["c"]) == 1  # no zeros there


def test_every_step_of_a_short_sequence_is_drawn(views):
    figure = gate_heatmaps(views.pairs)
    titles = [figure.layout[name].title.text for name in figure.layout if name.startswith("xaxis")]
    assert not [t for t in titles if t and any(c.isdigit() for c in t)]


def test_thinning_draws_every_kth_step_and_says_so(long_views):
    figure = gate_heatmaps(long_views.pairs)
    for column in (0, 1):
        for name, traces in maps(figure, column).items():
            x = traces[0].x
            k = int(x[1] - x[0])
            assert len(x) <= 200 and k > 1
            np.testing.assert_array_equal(x, np.arange(1, 451, k))
            pair = long_views.pairs[name]
            kept = (pair.value, pair.log10_gradient)[column][::k]
            kept = np.where(np.isfinite(kept), kept, np.nan)
            np.testing.assert_array_equal(traces[0].z, kept.T.astype(np.float32))
    titles = [figure.layout[name].title.text for name in figure.layout if name.startswith("xaxis")]
    assert len([t for t in titles if t and str(k) in t]) == 2


def test_the_scale_is_that_of_all_steps_also_of_those_not_drawn(long_views):
    bar = gate_heatmaps(long_views.pairs).layout.coloraxis
    for pair in long_views.pairs.values():
        finite = pair.log10_gradient[np.isfinite(pair.log10_gradient)]
        assert bar.cmin < finite.min() and finite.max() < bar.cmax


def test_a_net_that_blew_up_gives_gaps_and_no_error(views):
    pair = views.pairs["c"]
    value, gradient = pair.value.copy(), pair.log10_gradient.copy()
    value[20:], gradient[20:] = np.nan, np.nan
    broken = views.pairs | {"c": replace(pair, value=value, log10_gradient=gradient)}
    figure = gate_heatmaps(broken)
    (shown,) = maps(figure, 0)["c"]
    assert np.isnan(shown.z[:, 20:]).all() and np.isfinite([shown.zmin, shown.zmax]).all()
    assert not re.search(r"[\[:,]NaN", figure.to_json())


def test_a_few_vanishing_entries_do_not_take_the_colours_from_all_others(views):
    gradient = views.pairs["i"].log10_gradient.copy()
    gradient[3, 2] = -200.0
    pairs = views.pairs | {"i": replace(views.pairs["i"], log10_gradient=gradient)}
    before, after = (gate_heatmaps(p).layout.coloraxis for p in (views.pairs, pairs))
    assert after.cmin == pytest.approx(before.cmin, abs=0.5)
    assert after.cmax == pytest.approx(before.cmax, abs=0.1)
