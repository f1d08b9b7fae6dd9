"""What is said of one step to who does not see the picture."""

import pytest

from lstm_viz import words
from lstm_viz.analysis.gru_step import gru_step
from lstm_viz.analysis.one_step import lstm_step, rnn_step
from lstm_viz.say.step import step_sentence
from tests.nets import make_case


@pytest.mark.parametrize(
    ("kind", "take", "name"),
    [("lstm", lstm_step, "LSTM"), ("gru", gru_step, "GRU"), ("tanh", rnn_step, "RNN")],
)
def test_description_names_place_and_numbers(kind, take, name):
    case = make_case(kind, T=5, D=2, probe="last")
    step = take(case.weights, case.forward(), case.backward(), 3, 1, 0)
    forward, backward, both = (step_sentence(step, way) for way in ("forward", "backward", "both"))
    assert forward.startswith(f"{name} cell, step 3 of 5, unit 1.")
    assert words.number(step.h, 3) in forward and words.number(step.dh, 3) in backward
    assert "{" not in both
    assert words.number(step.h, 3) in both and words.number(step.dh_sent, 3) in both
