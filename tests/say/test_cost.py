"""What is said of costs follows from the counts and the timings."""

from dataclasses import replace

import numpy as np
import pytest

import lstm_viz as lv
from lstm_viz.analysis.cost import cost_curve, overtaking
from lstm_viz.analysis.timing import Timing
from lstm_viz.say.cost import cost_sentence, cost_table, overtaking_sentence, timing_sentence

SPEC = lv.ModelSpec(cell="lstm", input_size=8, hidden_size=16)


def curves(*cells, **options):
    return [cost_curve(replace(SPEC, cell=cell, **options), [1, 10, 100]) for cell in cells]


def test_most_and_least_work_and_waiting():
    text = cost_sentence(curves("rnn", "lstm", "bilstm", "attention"), 10)
    assert "BiLSTM takes 8.0 times the operations of RNN" in text
    assert "RNN, LSTM, BiLSTM must take 10 steps one after another, self-attention 1 step" in text
    assert "one after another" not in cost_sentence(curves("rnn", "lstm"), 10)


@pytest.mark.parametrize("H", [8, 64])
def test_the_overtaking_is_said_with_its_length(H):
    own = curves("lstm", "attention", hidden_size=H)
    T = overtaking(own[1].spec, own[0].spec)
    assert f"From T\u00a0=\u00a0{T} on" in overtaking_sentence(own)
    assert overtaking_sentence(own[:1]) == ""


def timing(cell, scale, power, n=6, scatter=0.0):
    T = 10 * 2 ** np.arange(n)
    off = np.exp(scatter * (-1.0) ** np.arange(n))
    return Timing(replace(SPEC, cell=cell), "both", T, scale * T.astype(float) ** power * off)


@pytest.mark.parametrize(
    ("scale", "said"),
    [
        (1e-6, "if both grow on as fitted, it falls behind at about T\u00a0=\u00a01\u202f000."),
        (1e-5, "Self-attention takes longer than the LSTM from about T\u00a0=\u00a0100 on."),
        (1.0, "Self-attention took longer than the LSTM at every length measured."),
    ],
)
def test_where_attention_becomes_slower(scale, said):
    text = timing_sentence([timing("lstm", 1e-3, 1), timing("attention", scale, 2)])
    assert said in text
    assert "LSTM 1.0 ± 0.01, self-attention 2.0 ± 0.01" in text


def test_the_slowest_is_said_at_the_longest_length_of_all():
    own = [timing("rnn", 1e-3, 1), timing("bilstm", 5e-3, 1), timing("gru", 2e-3, 1, n=5)]
    assert "at T\u00a0=\u00a0160, BiLSTM took 5.0 times as long as RNN" in timing_sentence(own)
    assert "as long as" not in timing_sentence(own[:1])


def test_too_few_lengths_and_no_crossing_are_said():
    assert "Too few" in timing_sentence([timing("lstm", 1, 1, n=2)])
    flat = timing_sentence([timing("lstm", 1.0, 1), timing("attention", 1e-3, 1)])
    assert "self-attention was the quicker one, and its time grew no faster" in flat
    few = timing_sentence([timing("lstm", 1.0, 1, n=2), timing("attention", 1e-3, 1, n=2)])
    assert "Self-attention" not in few.split("growth exponent.")[1]
    assert timing_sentence([]) == ""


def test_points_off_their_line_are_warned_of():
    assert "far from their line" in timing_sentence([timing("lstm", 1, 1, scatter=0.5)])
    assert "far from their line" not in timing_sentence([timing("lstm", 1, 1, scatter=0.01)])


def test_the_table_is_at_the_length_asked_for():
    columns = cost_table(curves("rnn", "gru"), 100)
    assert columns["GRU"][2] == f"{lv.cost(replace(SPEC, cell='gru'), 100).operations:,}".replace(
        ",", "\u202f"
    )
    assert columns["RNN"][3:] == ["100", "100"]
