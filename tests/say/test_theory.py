"""What is said of a known answer: its value, the measured one, what it assumes, who found it."""

import pytest

import lstm_viz as lv
from lstm_viz import words
from lstm_viz.analysis.overlays import KEYS, curve_over_time, references
from lstm_viz.say.theory import THEORIES, theory_name, theory_notes

H, T = 12, 40


@pytest.fixture(scope="module")
def results():
    x = lv.white_noise(T, 3)
    return [
        lv.survival(lv.init_weights(lv.ModelSpec(cell, 3, H)), x, lv.unit_probe(H))
        for cell in ("rnn", "lstm")
    ]


def lines_of(results, keys=KEYS, init="pytorch"):
    return [
        line
        for result in results
        for line in references(result.weights, result.trace, curve_over_time(result), init, keys)
    ]


@pytest.fixture(scope="module")
def lines(results):
    return lines_of(results)


def test_chi_without_a_band_says_so():
    """An orthogonal U has entries that depend on each other."""
    w = lv.init_weights(lv.ModelSpec("rnn", 3, H, init="orthogonal"))
    result = lv.survival(w, lv.white_noise(T, 3), lv.unit_probe(H))
    (line,) = lines_of([result], ("chi",), "orthogonal")
    (text,) = theory_notes([line], {"rnn": result.rate}, H)
    assert line.low is None and "Without a band" in text


def test_each_note_has_value_measured_value_assumption_and_source(results, lines):
    rates = {result.cell: result.rate for result in results}
    said = theory_notes(lines, rates, H)
    assert len(said) == len(lines)
    for line, text in zip(lines, said, strict=True):
        theory = THEORIES[line.key]
        assert theory_name(line.key, line.cell) in text
        assert theory.assumes in text and theory.source in text
        if line.log10 is not None:
            assert words.number(line.factor, words.READ) in text
            own = words.number(rates[line.cell].factor, words.READ)
            assert f"measured × {own}" in text or f"about × {own}" in text
    chi = next(text for line, text in zip(lines, said, strict=True) if line.key == "chi")
    assert f"of {H} units for the first 6 steps" in chi
    half = next(line for line in lines if line.key == "half_life")
    assert words.steps(half.value) in said[lines.index(half)]
