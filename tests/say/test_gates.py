"""What is said of gates, counted here once more."""

import re
from dataclasses import replace

import numpy as np
import pytest

import lstm_viz as lv
from lstm_viz.quantities import label
from lstm_viz.say.gates import gates_sentence


@pytest.fixture(scope="module")
def views():
    spec = lv.ModelSpec(hidden_size=8, input_size=3, forget_bias=3.0, seed=1)
    result = lv.survival(lv.init_weights(spec), lv.white_noise(30, 3), lv.unit_probe(8))
    return lv.gate_views(result)


def test_the_gates_sentence_counts(views):
    f = views.pairs["f"].value
    text = gates_sentence(views)
    assert f"{f.mean():.2f}" in text
    shares = re.findall(r"(\d+)%", text)
    assert shares[:2] == [f"{100 * (f > 0.9).mean():.0f}", f"{100 * (f < 0.1).mean():.0f}"]
    assert 0 < (f > 0.9).mean() < 1


def test_the_gates_sentence_names_the_gate_with_the_largest_gradient(views):
    medians = {name: np.median(views.pairs[name].log10_norm) for name in "ifgo"}
    most = max(medians, key=medians.get)
    text = gates_sentence(views)
    assert label(most) in text
    assert not [name for name in "igo" if name != most and label(name) in text]


def test_no_gate_is_named_where_no_gradient_comes_through(views):
    silent = {
        name: replace(pair, log10_norm=np.full(30, -np.inf)) for name, pair in views.pairs.items()
    }
    text = gates_sentence(replace(views, pairs=silent))
    assert not [name for name in "igo" if label(name) in text]
