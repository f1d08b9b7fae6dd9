"""Changed settings are told by the names of their controls."""

from dataclasses import fields, replace

import pytest

from lstm_viz.say.settings import NAMES, SOURCES
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
    assert set(NAMES) | {"own"} == {field.name for field in fields(Settings)}
    assert set(SOURCES) == set(settings.SOURCES)
