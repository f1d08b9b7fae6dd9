"""Attention's maps and sentence carry the views' own numbers."""

import numpy as np
import pytest

from lstm_viz import words
from lstm_viz.analysis.attention_map import (
    AttentionViews,
    attention_views,
)
from lstm_viz.figures.attention_views import gradient_map, weight_map, weights_slug
from lstm_viz.figures.theme import GROUNDS
from tests.attention_nets import FORMS, make_case
from tests.figures.looks import assert_colours_are_explicit


def views_of(form=FORMS[3], T=9, **options):
    case = make_case(form, T=T, B=1, **options)
    return attention_views(case.weights, case.x)


def cells(figure):
    """The first heatmap as an array; the one of exact zeros, if there is any."""
    maps = [trace for trace in figure.data if trace.type == "heatmap"]
    return np.array(maps[0].z, float), (np.array(maps[1].z, float) if len(maps) > 1 else None)


@pytest.mark.parametrize("ground", GROUNDS)
def test_weights_of_a_head_and_their_mean(ground):
    views = views_of()
    for layer, head in ((0, None), (1, 2)):
        figure = weight_map(views, layer, head, ground)
        own = views.weights[layer]
        expected = own.mean(axis=0) if head is None else own[head]
        drawn, zeros = cells(figure)
        lower = np.tri(9, dtype=bool)
        np.testing.assert_allclose(drawn[lower], np.log10(expected[lower]), rtol=1e-6)
        assert np.isnan(drawn[~lower]).all()
        assert (zeros[~lower] == 0).all() and np.isnan(zeros[lower]).all()
        assert figure.layout.coloraxis.cmin <= np.log10(expected[lower].min())
        assert figure.layout.coloraxis.cmax >= np.log10(expected.max())
        assert figure.data[0].customdata[4][2] == words.power(np.log10(expected[4, 2]))
        assert ("head 2" if head else "mean of 3 heads") in figure.layout.title.text
        assert_colours_are_explicit(figure, ground)


@pytest.mark.parametrize("ground", GROUNDS)
def test_gradients_on_an_absolute_log_scale(ground):
    views = views_of()
    figure = gradient_map(views, ground)
    drawn, zeros = cells(figure)
    finite = np.isfinite(views.log10_norm)
    np.testing.assert_allclose(drawn[finite], views.log10_norm[finite], rtol=1e-6)
    assert (zeros[~finite] == 0).all()
    bar = figure.layout.coloraxis
    assert bar.cmin <= views.log10_norm[finite].min() and bar.cmax >= views.log10_norm.max()
    assert figure.data[0].customdata[3][1] == words.power(views.log10_norm[3, 1])
    assert figure.layout.yaxis.range == (9.5, 0.5)
    assert_colours_are_explicit(figure, ground)


def test_without_a_mask_nothing_is_zero():
    views = views_of(FORMS[2])
    assert len(weight_map(views).data) == len(gradient_map(views).data) == 1


def test_of_a_long_sequence_every_kth_step_is_drawn():
    views = views_of(FORMS[0], T=401)
    for figure in (weight_map(views), gradient_map(views)):
        assert figure.data[0].z.shape == (134, 134)
        assert figure.data[0].x.tolist() == list(range(1, 402, 3))
        assert "one in 3" in figure.layout.xaxis.title.text


def test_nan_is_not_drawn():
    views = AttentionViews(np.full((1, 1, 3, 3), np.nan), np.full((3, 3), np.nan), False)
    for figure in (weight_map(views), gradient_map(views)):
        assert np.isnan(cells(figure)[0]).all() and len(figure.data) == 1


def test_files_count_layers_from_1_and_name_the_mean():
    assert weights_slug(0, None) == "attention_layer1_mean"
    assert weights_slug(1, 3) == "attention_layer2_head3"
