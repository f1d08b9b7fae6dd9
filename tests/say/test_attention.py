"""What is said of attention: the views' own numbers at any setting."""

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
from lstm_viz.figures.attention_views import gradient_map, weight_map
from lstm_viz.say.attention import attention_sentence
from tests.attention_nets import FORMS, drawn_views, make_case


def views_of(form=FORMS[3], T=9, **options):
    case = make_case(form, T=T, B=1, **options)
    return attention_views(case.weights, case.x)


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
    assert "largest in 1 of the 1 case that is no tie" in said


def test_a_loss_without_a_gradient_is_named_and_not_averaged():
    with np.errstate(divide="ignore"):
        norms = np.log10(np.array([[0.0, 0, 0], [0, 1, 0], [0, 0, 1.0]]))
    said = attention_sentence(AttentionViews(np.full((1, 1, 3, 3), 1 / 3), norms, False))
    assert "as equal shares on 1 step." in said
    assert "Of 3 losses 1 reaches no input at all: its" in said
    said = attention_sentence(
        AttentionViews(np.full((1, 1, 3, 3), 1 / 3), np.full((3, 3), -np.inf), False)
    )
    assert said.endswith("No loss reaches any input: the gradient is exactly zero.")


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
        views = drawn_views(rng)
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
