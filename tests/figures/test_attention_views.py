"""Attention's maps and sentence carry the views' own numbers."""

import numpy as np
import pytest

import lstm_viz as lv
from lstm_viz import words
from lstm_viz.analysis.attention_map import (
    AttentionViews,
    attention_views,
    gradient_spread,
    weight_spread,
)
from lstm_viz.figures.attention_views import gradient_map, weight_map, weights_slug
from lstm_viz.figures.theme import GROUNDS
from lstm_viz.say.attention import attention_sentence
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


def test_the_sentence_says_what_was_computed():
    uniform = np.full((1, 2, 40, 40), 1 / 40)
    views = AttentionViews(uniform, np.zeros((40, 40)), False)
    said = attention_sentence(views)
    assert "almost equally" in said and "spread as the weights are" in said
    assert "over 40 of 40 steps" in said and "13 steps away" in said
    sharp = AttentionViews(np.eye(40)[None, None], np.zeros((40, 40)), False)
    said = attention_sentence(sharp)
    assert "equal ones on 1.0 of 40 steps" in said and "more evenly spread" in said
    with np.errstate(divide="ignore"):
        said = attention_sentence(AttentionViews(uniform, np.log10(np.eye(40)), False))
    assert "more concentrated than the weights: as equal shares on 1 step." in said
    assert "largest" not in said.split("equal shares on 1 step.")[1]  # equal weights have none


def test_ties_are_no_largest():
    """Three steps: a tie of weights, a tie of gradients, one largest of both at the same step."""
    weights = np.array([[0.4, 0.4, 0.2], [0.2, 0.5, 0.3], [0.1, 0.2, 0.7]])
    norms = np.array([[0.0, -1.0, -2.0], [0.0, 0.0, -3.0], [-2.0, -1.0, 0.0]])
    said = attention_sentence(AttentionViews(weights[None, None], norms, False))
    assert "largest in 1 of the 1 cases that are no tie" in said


def test_a_loss_without_a_gradient_is_named_and_not_averaged():
    with np.errstate(divide="ignore"):
        norms = np.log10(np.array([[0.0, 0, 0], [0, 1, 0], [0, 0, 1.0]]))
    said = attention_sentence(AttentionViews(np.full((1, 1, 3, 3), 1 / 3), norms, False))
    assert "as equal shares on 1 step." in said
    assert "Of 3 losses 1 reach no input at all" in said
    said = attention_sentence(
        AttentionViews(np.full((1, 1, 3, 3), 1 / 3), np.full((3, 3), -np.inf), False)
    )
    assert said.endswith("No loss reaches any input: the gradient is exactly zero.")


def drawn(rng):
    """Any setting of self-attention on a short input: H from 1, every form, scales from 0."""
    H = int(rng.integers(1, 5))
    spec = lv.ModelSpec(
        "attention", 2, H,
        layers=int(rng.integers(1, 4)),
        heads=int(rng.choice([n for n in (1, 2, 3, 4) if H % n == 0])),
        causal=bool(rng.integers(2)),
        positions=str(rng.choice(["sinusoidal", "none"])),
        residual=bool(rng.integers(2)),
        norm=str(rng.choice(["none", "pre", "post"])),
        feed_forward=int(rng.choice([0, 4 * H])),
        init=str(rng.choice(["pytorch", "gaussian", "orthogonal", "identity"])),
        gain=float(rng.choice([0, 1, 4])),
        seed=int(rng.integers(99)),
    )  # fmt: skip
    x = float(rng.choice([0, 1e-3, 1, 1000])) * lv.white_noise(int(rng.integers(1, 7)), 2)
    return attention_views(lv.init_weights(spec), x, lv.unit_probe(H))


def spread_of(rows, causal):
    """Mean e^entropy over the rows that see two steps and have anything to share, by loops."""
    found = []
    for s, row in enumerate(rows):
        seen = [float(a) for a in row[: s + 1 if causal else None]]
        if len(seen) > 1 and sum(seen) > 0:
            shares = [a / sum(seen) for a in seen]
            found.append(np.exp(-sum(a * np.log(a) for a in shares if a)))
    return np.mean(found) if found else None


def test_every_setting_has_a_sentence_with_its_own_numbers():
    rng, silent = np.random.default_rng(8), 0
    for case in range(60):
        views = drawn(rng)
        peak = views.log10_norm.max(axis=1, keepdims=True)
        with np.errstate(invalid="ignore"):
            norms = np.nan_to_num(10 ** (views.log10_norm - peak))
        for layer, head in np.ndindex(views.weights.shape[:2]):
            said = attention_sentence(views, layer, head)
            assert not [word for word in ("nan", "inf", "None", "  ") if word in said], said
            if views.steps > 1:
                own = spread_of(views.shares(layer, head), views.causal)
                assert f" {words.number(own, 2)} of " in said, said
                gradient = spread_of(norms, views.causal)
                assert gradient is None or words.steps(gradient) in said, said
                assert (gradient is None) == ("No loss reaches any input" in said) or views.causal
        silent += bool(np.isneginf(peak).any())
        if case < 6:
            weight_map(views), gradient_map(views)
    assert silent > 5  # settings in which some loss reaches nothing are among them


@pytest.mark.parametrize(
    ("layer", "head", "who"),
    [(0, None, "Layer 1 "), (1, None, "Layer 2 "), (1, 2, "Head 2 of layer 2 ")],
)
def test_the_sentence_names_the_layer_and_its_numbers(layer, head, who):
    views = views_of()
    said = attention_sentence(views, layer, head)
    own = weight_spread(views, layer, head)
    assert said.startswith(who)
    assert words.steps(own.distance) in said and words.number(own.steps, 2) in said
    assert words.steps(gradient_spread(views).steps) in said


def test_one_step_and_a_failed_forward_pass():
    assert "one step" in attention_sentence(views_of(T=1))
    case = make_case(FORMS[0], T=3, B=1)
    with np.errstate(invalid="ignore"):
        case.x[1] = np.nan
        views = attention_views(case.weights, case.x)
    assert "step 2" in attention_sentence(views)
    assert "self-attention" in attention_sentence(views)
    assert isinstance(views.failure, lv.Failure)


def test_files_count_layers_from_1_and_name_the_mean():
    assert weights_slug(0, None) == "attention_layer1_mean"
    assert weights_slug(1, 3) == "attention_layer2_head3"
