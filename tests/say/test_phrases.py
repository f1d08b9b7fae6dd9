"""Pieces are put together as the language has it, and say nothing where there is nothing."""

import math

import pytest

from lstm_viz.say import phrases

OF_IT = "{share} of {whole}", "{times} times {whole}"


@pytest.mark.parametrize(
    ("log10", "text"),
    [
        (-0.3, "50% of it"),
        (1.45, "28 times it"),
        (13.1, "1.3 × 10¹³ times it"),
        (-9, "1.0 × 10⁻⁹ of it"),
        (-math.inf, "0 of it"),
        (math.log10(1.02), "100% of it"),
        (math.log10(7.4), "7.4 times it"),
    ],
)
def test_a_portion_is_a_share_or_so_many_times(log10, text):
    said = phrases.portion(log10, *OF_IT, whole="it")
    assert said.replace("\N{NO-BREAK SPACE}", " ") == text


def test_what_says_nothing_leaves_no_gap():
    assert phrases.sentences("One.", "", "Two.") == "One. Two."
    assert phrases.sentences("", "") == ""


def test_lists():
    assert phrases.listed(["a"]) == "a" and phrases.listed(["a", "b"]) == "a, b"
    assert phrases.clauses(["a, b", "c"]) == "a, b; c"
    assert phrases.either(["a"]) == "a" and phrases.either(["a", "b"]) == "a or b"


def test_a_language_without_spaces_between_sentences(monkeypatch):
    between = {"between sentences": "", "between names": "、", "between clauses": "；"}
    monkeypatch.setattr(phrases, "pgettext", lambda context, message: between[context])
    assert phrases.sentences("一。", "二。") == "一。二。"
    assert phrases.listed("ab") == "a、b" and phrases.clauses("ab") == "a；b"
