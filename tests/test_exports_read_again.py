"""Every table that a page offers as CSV is one that the app reads as an input."""

import numpy as np
import pandas as pd
import pytest

from lstm_viz.inputs.reading.table import read_csv
from lstm_viz.ui import draw as drawing
from tests.sessions import PAGES, opened


@pytest.fixture
def tables(monkeypatch):
    """The tables of all charts that are drawn from here on."""
    found, drawn = [], drawing.chart

    def noted(*args, table, **options):
        found.append(table())
        return drawn(*args, table=table, **options)

    monkeypatch.setattr(drawing, "chart", noted)
    return found


@pytest.mark.parametrize("page", PAGES)
def test_a_pages_tables_are_read_back(page, tables):
    opened(page, T=9, H=2, D=1, gain=0, seeds=1, reach_seeds=1, grid=4, heads=1, theory="bound")
    assert tables
    for frame in tables:
        text = frame.assign(link="http://here/?T=9&theory=bound,chi").to_csv(
            index=False, lineterminator="\n"
        )
        for content in (text, text.replace("\n", "\r\n").encode("utf-8-sig")):
            table = read_csv(content, missing="interpolate")
            numeric = frame.select_dtypes("number").replace([np.inf, -np.inf], np.nan)
            numeric = numeric.dropna(axis="columns", how="all")
            assert set(numeric) <= set(table.names)
            read = pd.DataFrame(table.values, columns=table.names)[list(numeric)]
            finite = numeric.notna().to_numpy()
            np.testing.assert_array_equal(read.to_numpy()[finite], numeric.to_numpy(float)[finite])
