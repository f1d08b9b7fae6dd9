"""Settings of all tests: Hypothesis draws the same examples each time, and as many as are quick.

With LSTM_VIZ_LONG=1 it draws ten times as many.
"""

import os

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "lstm_viz",
    max_examples=200 if os.environ.get("LSTM_VIZ_LONG") else 20,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("lstm_viz")


@pytest.fixture
def write(tmp_path):
    """write(text): a file of a grid with this text."""

    def write(text, name="grid.toml"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write
