"""Results that print themselves: in a short line, as valid HTML, as tables that survive a CSV.

Every kind of result of random nets, failures included; what it says is recomputed where it is
said in a sentence of its own.
"""

import dataclasses
import functools
import io
import os
import re
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest

import lstm_viz as lv
from lstm_viz.result import MOST, Shown
from lstm_viz.version import VERSION_COLUMN
from tests.results import own_columns, results

SEEDS = range(1000 if os.environ.get("LSTM_VIZ_LONG") else 22)


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
        self.cells[-1:] = [f"{self.cells[-1]}{data}"] if self.cells else []


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
