"""Self-attention on the page of the gates, compared with the engine run from the same settings."""

import pytest

import lstm_viz as lv
from lstm_viz.analysis.attention_map import attention_views
from lstm_viz.say.attention import attention_sentence
from tests.sessions import answer, charts, checked, inputs, opened


def views_of(T=50, seed=0, **options):
    spec = lv.ModelSpec("attention", 8, 32, seed=seed, **options)
    return attention_views(lv.init_weights(spec), inputs(T=T, seed=seed), lv.unit_probe(32, seed))


@pytest.mark.parametrize(
    "settings",
    [{}, dict(T=30, seed=4, causal=True, heads=2, norm="pre", residual=True, layers=2)],
    ids=str,
)
def test_says_what_the_engine_computes(settings):
    at = opened("gates", network="attention", **settings)
    assert answer(at) == attention_sentence(views_of(**settings))
    assert at.title[0].value == "What does each step attend to?"
    assert len(charts(at)) == len(at.get("download_button")) == 2
    cursors = {header["cursor"] for header, _ in charts(at)}
    assert len(cursors) == 1


def test_head_and_layer_are_chosen():
    at = opened("gates", network="attention", layers=2, head=1, layer=2)
    views = views_of(layers=2)
    assert answer(at) == attention_sentence(views, 1, 1)
    assert "head 1" in charts(at)[0][1]["layout"]["title"]["text"]
    at.number_input(key="layer").set_value(1).run()
    assert answer(checked(at)) == attention_sentence(views, 0, 1)


def test_a_long_sequence_is_cut_and_the_page_says_so():
    at = opened("gates", network="attention", T=500, layers=2)
    assert any("the first 128" in note.value for note in at.info)
    assert answer(at) == attention_sentence(views_of(T=128, layers=2))
    assert "128 steps" in charts(at)[0][0]["caption"]


def test_from_attention_to_the_lstm_and_back():
    at = opened("gates", network="attention")
    at.button_group(key="network").set_value("lstm").run()
    assert checked(at).title[0].value == "What do the gates do?"
    assert len(charts(at)) == 3


@pytest.mark.parametrize(
    "settings",
    [
        dict(H=1, norm="post"),
        dict(H=1, norm="pre"),
        dict(H=1, init="identity", feed_forward=True),
        dict(scale=0, init="gaussian", positions="none", feed_forward=True),
    ],
    ids=str,
)
def test_losses_that_reach_nothing_are_told(settings):
    at = opened("gates", network="attention", **settings)
    assert "exactly zero" in answer(at)
