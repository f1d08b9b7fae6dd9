"""Whatever the settings, what a page shows is well said: text, tables, legends, hover labels.

Each case draws a page and any of its settings; `LSTM_VIZ_LONG=1` draws 240.
"""

import base64
import os
import re

import numpy as np
import pytest

from lstm_viz.ui.draw import CONTENT
from tests.sentences import assert_well_said
from tests.sessions import PAGES, charts, opened

LONG = bool(os.environ.get("LSTM_VIZ_LONG"))
CASES = 240 if LONG else 10
PROSE = {"".join(path.read_text().split()) for path in (CONTENT / "en").glob("*.md")}
SETTINGS = {
    "T": [1, 2, 3, 12],
    "H": [1, 2, 3],
    "D": [1, 3],
    "gain": [0, 0.5, 1, 4],
    "forget_bias": [-6, 1, 10],
    "init": ["pytorch", "gaussian", "xavier", "orthogonal", "identity", "chrono"],
    "activation": ["tanh", "relu", "sigmoid", "linear"],
    "source": ["noise", "constant", "sine", "impulse", "text", "stocks"],
    "scale": [0, 1, 30, 1000],
    "seed": range(20),
}
OWN = {  # of single pages
    "gradient_flow": {"theory": ["", "bound,radius,chi,chi_run,product,half_life,rest,horizons"]},
    "sequence_length": {
        "theory": ["", "bound,radius,chi,chi_run,product,half_life,rest,horizons"],
        "quantity": ["state", "x"],
        "seeds": [1, 3],
    },
    "architectures": {
        "probe": ["last", "every", "chosen"],
        "match": ["units", "parameters"],
        "layers": [1, 2],
        "reach_seeds": [1, 2],
    },
    "cost": {"match": ["units", "parameters"], "along": ["T", "H"], "layers": [1, 3]},
    "gradient_map": {
        "map_cell": ["rnn", "lstm", "gru", "bilstm", "attention"],
        "relative": [True, False],
    },
    "gates": {"network": ["lstm", "gru", "attention"], "layers": [1, 2]},
    "one_step": {"beside": ["rnn", "gru"], "direction": ["both", "forward", "backward"]},
    "paths": {"gated": ["lstm", "gru"], "loss": ["last", "every"]},
    "jacobian": {"chain": ["rnn", "lstm", "gru"]},
    "phase_diagram": {"chain": ["rnn", "lstm", "gru"], "grid": [4]},
}
ATTENTION = {
    "heads": [1, 2, 4],
    "causal": [True, False],
    "positions": ["sinusoidal", "none"],
    "residual": [True, False],
    "norm": ["none", "pre", "post"],
    "feed_forward": [True, False],
}


def drawn(seed):
    """(page, its settings), some of them at random."""
    rng = np.random.default_rng(seed)
    page = PAGES[seed % len(PAGES)]
    choices = SETTINGS | OWN[page] | ATTENTION
    return page, {k: v[int(rng.integers(len(v)))] for k, v in choices.items() if rng.integers(4)}


def numbers(values):
    """Of a trace's y or z as the browser gets it; NaN where there is nothing."""
    if isinstance(values, dict):
        flat = np.frombuffer(base64.b64decode(values["bdata"]), values["dtype"])
        shape = [int(n) for n in str(values.get("shape", len(flat))).split(",")]
        return flat.reshape(shape).astype(float)
    return np.array(values, float)


def labels(trace):
    """Every label that the pointer can call up: where a value is drawn, and it is not skipped."""
    if trace.get("hoverinfo") == "skip":
        return []
    said, values = trace.get("customdata"), trace.get("z", trace.get("y"))
    texts = [re.sub(r"%\{\w+\}", "1", trace.get("hovertemplate") or "")]
    texts += [text for text in trace.get("hovertext") or [] if isinstance(text, str)]
    if said is not None:
        shown = np.isfinite(numbers(values)).ravel()
        texts += np.array(said, object).ravel()[shown].tolist()
    return texts


def written_on(figure):
    """All text of a figure."""
    layout = figure["layout"]
    texts = [note.get("text") for note in layout.get("annotations", [])]
    axes = [own for name, own in layout.items() if re.fullmatch(r"[xy]axis\d*", name)]
    texts += [axis.get("title", {}).get("text") for axis in axes]
    steps = [step for slider in layout.get("sliders", []) for step in slider["steps"]]
    texts += [re.sub(" {3}", ", ", step["label"]) for step in steps]  # columns of a reading
    for trace in figure["data"]:
        texts += [trace.get("name"), *labels(trace)]
        texts += [text for text in np.ravel(trace.get("text") or []) if text]
    return [text.replace("<br>", " ") for text in texts if text]


def written(at):
    """All text of a page outside of its figures, but for the prose below them."""
    notes = (at.caption, at.info, at.warning, at.error, at.title, at.header)
    texts = [element.value for kind in (at.markdown, *notes) for element in kind]
    texts += [line.strip() for block in at.code for line in block.value.split("\n")]
    texts += [cell for table in at.table for cell in table.value.astype(str).to_numpy().ravel()]
    return [text for text in texts if "".join(text.split()) not in PROSE]


@pytest.mark.parametrize("seed", range(CASES))
def test_everything_shown_is_well_said(seed):
    page, settings = drawn(seed)
    at = opened(page, **settings)
    for text in written(at):
        assert_well_said(text)
    assert charts(at) or at.error
    for header, figure in charts(at):
        assert_well_said(header["alt"])
        for text in written_on(figure):
            assert_well_said(text)


BLOWS_UP = dict(
    T=1000, H=16, D=1, activation="relu", init="gaussian", gain=4, scale=1000, source="constant"
)
BLOWN_UP = {  # page: its settings, and how many of its figures have nothing of the RNN to draw
    "one_step": ({}, 1),
    "jacobian": ({"chain": "rnn"}, 2),
    "gradient_flow": ({}, 0),
    "sequence_length": ({"seeds": 1}, 0),
    "architectures": ({"reach_seeds": 1, "layers": 1}, 0),
    "gradient_map": ({"map_cell": "rnn", "map_s": 1000}, 0),
    "phase_diagram": ({"chain": "rnn", "grid": 4}, 0),
}


@pytest.mark.parametrize("page", list(BLOWN_UP) if LONG else list(BLOWN_UP)[:2])
def test_a_net_that_blew_up_is_named_and_nothing_is_drawn_of_it(page):
    own, instead = BLOWN_UP[page]
    at = opened(page, **BLOWS_UP, **own)
    texts = written(at)
    assert any("leaves the finite numbers" in text for text in texts)
    drawings = [figure for _header, figure in charts(at)]
    for text in [*texts, *(text for figure in drawings for text in written_on(figure))]:
        assert_well_said(text)
    empty = [figure for figure in drawings if not figure["data"]]
    assert len(empty) == instead
    for figure in empty:
        assert not figure["layout"]["xaxis"]["visible"] and figure["layout"]["annotations"]
