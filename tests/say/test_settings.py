"""Settings in words: every one has some, and changed ones are told by their controls' names."""

import re
from dataclasses import fields, replace

import pytest

from lstm_viz.say.changes import NAMES
from lstm_viz.say.settings import COUNTED, SETTINGS, YES_OR_NO, named, names, said, title
from lstm_viz.studies import settings
from lstm_viz.studies.settings import DEFAULTS, Settings

CHANGES = [
    (dict(gain=2.0), "recurrent gain 1 → 2"),
    (dict(T=120, init="chrono"), "sequence length T 50 → 120, initialisation pytorch → chrono"),
    (dict(source="text", causal=True), "input white noise → my text, causal no → yes"),
    (dict(columns=("open", "close")), "columns – → open, close"),
    (dict(own=(("rnn", "init", "identity"),)), "initialisation of the RNN as all → identity"),
    ({}, "no change"),
]


@pytest.mark.parametrize(("changed", "told"), CHANGES, ids=str)
def test_changes_are_told_by_name(changed, told):
    assert replace(DEFAULTS, **changed).changes_since(DEFAULTS) == told


def test_what_is_taken_back_is_told_the_other_way_round():
    own = replace(DEFAULTS, own=(("lstm", "forget_bias", 0.5),))
    assert DEFAULTS.changes_since(own) == "forget bias of the LSTM 0.5 → as all"


def test_every_setting_and_every_source_has_a_name():
    own = {field.name for field in fields(Settings)}
    assert set(NAMES) | {"own"} == own
    assert own - {"own"} <= {*SETTINGS, *COUNTED, *YES_OR_NO}
    assert set(names("source")) == set(settings.SOURCES)


def test_settings_are_said_in_words():
    assert said("forget_bias", 1.0) == "forget bias 1" and said("T", 1) == "1 step"
    assert said("H", 1200) == "1\N{NARROW NO-BREAK SPACE}200 hidden units"
    assert said("missing", "drop") != "missing values: drop" and named("loss", "every")
    assert said("also", ("gru", "bilstm")) == "also GRU, BiLSTM"
    assert said("relative", False) == "" and said("causal", True) == "no step reads a later one"


def test_a_caption_has_no_code_names_and_leaves_out_what_does_not_matter():
    text = '<b>"one" & two</b> 梯度'
    own = replace(DEFAULTS, source="text", text=text, own=(("rnn", "init", "identity"),))
    caption = own.caption("seed of all")
    assert f"text “{text}”" in caption and "8 inputs" not in caption and "heads" not in caption
    assert caption.endswith("RNN: initialisation “identity”, seed of all")
    assert not re.search(r"\w_\w| = |True|False", caption.removeprefix("lstm_viz"))
    pinned = own.pinned(replace(own, gain=2.5, T=9))
    assert pinned == "pinned: 9 steps, recurrent gain 2.5"
    assert own.pinned(own) == "pinned: the same"


def test_a_title_says_what_is_shown_of_which_networks():
    what = "How much of the gradient is left"
    assert title(what, ["rnn", "lstm"], "50 steps") == f"{what}, RNN and LSTM, 50 steps"
    assert title(what, ["rnn", "lstm", "gru"]) == f"{what}, RNN, LSTM and GRU"
    assert title(what, [], "") == what
