"""Results that print themselves: in a short line, as valid HTML, as tables that survive a CSV.

Every kind of result of random nets, failures included; what it says is recomputed where it is
said in a sentence of its own.
"""

import dataclasses
import functools
import io
import math
import os
import pickle
import re
from html.parser import HTMLParser
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lstm_viz as lv
from lstm_viz import sketch
from lstm_viz.figures import of_results as figures
from lstm_viz.result import MOST, Shown
from lstm_viz.version import VERSION_COLUMN
from tests.results import own_columns, results

SEEDS = (0, 1, 2, 4, 5, 6, 11, 14, 21)  # they have a result of every public type
SEEDS = range(200) if os.environ.get("LSTM_VIZ_LONG") else SEEDS


class Tags(HTMLParser):
    """Follows opening and closing tags, and keeps the text."""

    def __init__(self, html):
        super().__init__()
        self.open, self.cells = [], []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)
        if tag in ("th", "td"):
            self.cells.append("")

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open[-1] in ("th", "td"):
            self.cells[-1] += data


@functools.cache
def drawn(seed):
    return list(results(seed))


@pytest.mark.parametrize("seed", SEEDS)
def test_every_result_says_itself_in_a_line_and_in_a_table(seed):
    for name, result in drawn(seed):
        text, html = repr(result), Tags(result._repr_html_())
        assert len(text) <= MOST and "\n" not in text, name
        assert text.startswith(type(result).__name__ + "(") and text.endswith((")", "…)"))
        assert not re.search(r"array\(|dtype=[a-z]|\bnan\b|\binf\b|\bobject at\b|\d{9}", text), text
        assert not html.open and len(html.cells) >= 2 and all(html.cells[::2])
        facts = [fact[: MOST - 1] for fact in result.facts().values() if fact]
        assert [cell[: MOST - 1] for cell in html.cells[1::2]] == facts


@pytest.mark.parametrize("seed", SEEDS)
def test_every_result_is_a_tidy_table_that_survives_a_csv(seed):
    for name, result in drawn(seed):
        frame, own = result.to_frame(), set(result._rows())
        assert (len(frame) or name == "map") and list(frame)[-1] == VERSION_COLUMN, name
        assert set(frame[VERSION_COLUMN]) <= {lv.__version__} and own <= set(frame)
        assert all(isinstance(column, str) and column for column in frame)
        assert frame.columns.is_unique and frame.index.equals(pd.RangeIndex(len(frame)))
        assert own_columns(result, frame) or isinstance(result, lv.ModelSpec)
        for setting, value in result.settings().items():
            assert setting in own or (frame[setting] == value).all(), setting
        again = pd.read_csv(io.StringIO(frame.to_csv(index=False)))
        assert list(again) == list(frame) and len(again) == len(frame)
        for column in frame.select_dtypes("number"):
            found, wanted = (f[column].to_numpy(float) for f in (again, frame))
            np.testing.assert_array_equal(found, wanted, err_msg=f"{name}: {column}")


def test_every_public_result_type_is_one_of_them():
    types = {kind for name in lv.__all__ if isinstance(kind := getattr(lv, name), type)}
    types = {kind for kind in types if dataclasses.is_dataclass(kind)}
    assert all(issubclass(kind, Shown) for kind in types)
    seen = {type(result) for seed in SEEDS for _name, result in drawn(seed)}
    assert types - seen == set()


@pytest.mark.parametrize("seed", SEEDS[:: 1 if os.environ.get("LSTM_VIZ_LONG") else 4])
def test_a_result_that_has_a_figure_draws_it_whatever_happened(seed):
    for name, result in drawn(seed):
        if type(result) in figures.figure.registry:
            figure = result.figure("dark").to_dict()
            assert figure["data"] or name == "summary", name  # of a net without gates
        else:
            with pytest.raises(lv.SpecError, match="has no figure of its own"):
                result.figure()


@given(st.lists(st.sampled_from([-math.inf, math.nan, 0.0, -1.5, -2e4, 7.25]), max_size=9))
def test_a_sketch_is_its_curve(y):
    steps = np.arange(len(y)) + 3
    text = sketch.svg(sketch.Line(steps, np.array(y), "t <", "‖∂L/∂h‖"))
    known = np.isfinite(y)
    if known.sum() < 2:
        assert text == ""
        return
    root = ElementTree.fromstring(text)
    lines = [line.get("points").split() for line in root.iter("polyline")]
    places = np.array([point.split(",") for line in lines for point in line], float)
    assert len(places) == known.sum()  # each that is known once, and gaps where none is
    assert len(lines) == (np.diff(np.r_[False, known].astype(int)) == 1).sum()
    for place, values in zip(places.T, (steps[known], -np.array(y)[known]), strict=True):
        size = np.ptp(values)
        found = np.interp(values, [values.min(), values.max()], [place.min(), place.max()])
        assert size == 0 or np.abs(found - place).max() <= 0.11
    assert sketch.LEFT <= places[:, 0].min() and places[:, 0].max() <= sketch.WIDTH
    assert places[:, 1].max() <= sketch.HEIGHT - sketch.BELOW
    assert sketch.ABOVE <= places[:, 1].min()


def test_what_was_drawn_says_by_which_law_and_what_was_edited_does_not():
    law = {"init": "orthogonal", "gain": 0.5, "forget_bias": 2.0, "seed": 3}
    for cell in lv.CELLS:
        weights = lv.init_weights(lv.ModelSpec(cell, 2, 4, **law))
        x = lv.white_noise(5, 2)
        trace = lv.forward(weights, x)
        gradients = lv.backward(weights, trace, lv.last_step(5, lv.unit_probe(weights.output_size)))
        for result in (weights, gradients, lv.length_sweep(weights, x), pickle_again(weights)):
            frame = result.to_frame()
            assert {name: frame[name][0] for name in law} == law, cell
            assert {"cell", "input_size", "hidden_size", "layers", "dtype"} <= set(frame)
    edited = dataclasses.replace(lv.init_weights(lv.ModelSpec("lstm", 2, 4)), b=np.zeros(16))
    assert "gain" not in edited.to_frame() and edited.to_frame()["cell"][0] == "lstm"


def pickle_again(value):
    return pickle.loads(pickle.dumps(value))
