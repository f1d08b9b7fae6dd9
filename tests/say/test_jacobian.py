"""What is said of Jacobians, and their tables, with the results' own numbers."""

import math

import numpy as np
import pytest

import lstm_viz as lv
from lstm_viz import words
from lstm_viz.say.jacobian import exponents_table, jacobian_sentence, spectra_table
from tests.nets import make_weights, scaled_orthogonal
from tests.spectra_found import dead, drawn, found_of, resting


def test_tables_say_what_was_found():
    _values, _cell, spectra, spectrum = drawn("lstm")
    table = spectra_table(spectra)
    assert list(table) == ["", "U_i", "U_f", "U_g", "U_o"]
    f = spectra[1]
    share = f"{100 * f.departure / f.frobenius:.0f}%"
    assert table["U_f"] == [
        words.number(f.radius, words.READ),
        words.number(f.norm, words.READ),
        share,
    ]
    names, values = exponents_table(spectrum).values()
    said = dict(zip(names, values, strict=True))
    assert said["sum of the exponents"] == said["mean of ln |det J|"]
    assert spectrum.kaplan_yorke == 0 and said["Kaplan–Yorke dimension"] == "0"
    residual = said["difference of the two"]
    assert residual == "0" or "10⁻" in residual


def test_the_sentence_of_a_rnn_that_shrinks():
    result = values, _cell, spectra, spectrum = drawn("tanh", T=60, scale=0.7)
    text = jacobian_sentence(*result)
    assert words.power(values.log10[-1, 0]) in text and words.steps(60) in text
    assert words.power(float(np.median(values.log10[-1]))) in text
    assert words.power(60 * math.log10(spectra[0].radius)) in text and "slopes" in text
    assert words.number(float(spectrum.exponents[0]), 2) in text and "dies out" in text


def test_the_sentence_of_a_chaotic_rnn_has_a_dimension():
    rng = np.random.default_rng(1)
    w = make_weights("tanh", 1, 24, rng, scale=3.0)
    result = found_of(lv.RNNWeights(0 * w.W, w.U, 0 * w.b + 1e-3), np.zeros((300, 1, 1)))
    assert result[-1].exponents[0] > 0
    text = jacobian_sentence(*result)
    assert "grows" in text and words.number(result[-1].kaplan_yorke, 2) in text


def test_the_sentence_tells_where_eigenvalues_fail_and_where_not():
    bent = jacobian_sentence(*resting([[0.9, 50], [0, 0.9]]))
    assert "how far from normal" in bent
    assert "about right" in jacobian_sentence(*resting(scaled_orthogonal(0.8)))
    assert "radius" not in jacobian_sentence(*drawn("lstm"))


def test_nothing_and_no_change_have_sentences_of_their_own():
    assert "lets nothing" in jacobian_sentence(
        *dead("rnn")
    ) and "minus infinity" in jacobian_sentence(*dead("rnn"))
    assert "directions are lost" in jacobian_sentence(*dead("lstm"))
    assert "keeps its size" in jacobian_sentence(*resting(scaled_orthogonal(1.0)))
    assert "half" not in jacobian_sentence(*drawn("tanh", H=1))


def test_nothing_determined_is_not_nothing():
    """A net so large that digits are not taken, saturated beyond the floats."""
    spec = lv.ModelSpec(cell="rnn", input_size=1, hidden_size=64)
    values, cell, spectra, spectrum = found_of(lv.init_weights(spec), np.full((60, 1, 1), 1e4))
    assert values.undetermined[-1] == 64 and spectrum.undetermined == 64
    text = jacobian_sentence(values, cell, spectra, spectrum)
    assert "is not determined: 64 of the 64" in text and "exponents are not determined" in text


@pytest.mark.parametrize(("exponents", "says"), [([-1.0, -2.5], "more than"), ([-1.0, -2.0], "")])
def test_the_difference_is_called_round_off_only_if_it_is(exponents, says):
    spectrum = lv.LyapunovSpectrum(np.array(exponents), -3.0 - 1e-13, 10)
    said = exponents_table(spectrum)["nats per step"][3]
    assert said.endswith("round-off") and (says in said) and ("more" in said) == bool(says)
