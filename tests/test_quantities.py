"""What every quantity is called and means: for each of the records, once, in one sentence."""

import collections

import pytest

from lstm_viz.quantities import ARCHITECTURES, GATES, QUANTITIES, STATES, at_first, by, label
from lstm_viz.registry import CELLS
from lstm_viz.terms import TERMS

ALL = QUANTITIES | TERMS


def test_everything_that_the_records_name_is_there():
    records = CELLS.values()
    assert set(ARCHITECTURES) == set(CELLS)
    assert set(GATES) == {gate for record in records for gate in record.gate_names}
    assert set(STATES) == {state for record in records for state in record.states}


@pytest.mark.parametrize("key", ALL)
def test_a_meaning_is_one_sentence(key):
    meaning = ALL[key].meaning
    assert meaning[0].isupper()
    assert meaning.endswith(".") and ". " not in meaning and "\n" not in meaning


def test_one_name_and_one_symbol_are_one_thing():
    assert not set(QUANTITIES) & set(TERMS)
    symbols = collections.Counter(own.symbol for own in ALL.values() if own.symbol)
    assert max(symbols.values()) == 1
    labels = collections.Counter((own.name, own.symbol) for own in ALL.values())
    assert max(labels.values()) == 1


def test_a_label_is_name_and_symbol():
    assert label("f") == "forget gate f" and label("c") == "cell state c"
    assert label("attention") == "self-attention"
    assert label("leak") == "leak", "of what has no entry the key"


def test_symbols_of_gradients():
    assert by("c") == "∂L/∂c"
    assert at_first("c") == "∂/∂c₀" and at_first("x") == "∂/∂x₁"
