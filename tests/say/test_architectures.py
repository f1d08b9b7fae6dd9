"""What is said of the architectures follows from the numbers, also against what is often said."""

from dataclasses import replace

import numpy as np
import pytest

import lstm_viz as lv
from lstm_viz import words
from lstm_viz.analysis.architectures import InputGradient, input_gradient, reach
from lstm_viz.quantities import label
from lstm_viz.say.architectures import reach_sentence, reach_table


def simple(text):
    return text.replace("\xa0", " ")


def made(cell, slope, start=0.0, steps=30, loss_step=None, after=-np.inf):
    """A reach with this slope per step back from the loss."""
    s = loss_step or steps
    t = np.arange(1, steps + 1)
    norm = np.where(t <= s, start + slope * (s - t), after)
    spec = lv.ModelSpec(cell=cell, input_size=3, hidden_size=4)
    return reach(spec, lv.count_parameters(spec), loss_step, [InputGradient(norm, None)])


def test_most_and_least_are_found_whatever_the_order():
    results = [made("lstm", -0.1, loss_step=30), made("rnn", -0.4, loss_step=30)]
    for order in (results, results[::-1]):
        text = reach_sentence(order, "gain 1")
        assert f"LSTM is left with {words.share(-2.9)} of its gradient, the most" in text
        assert f"RNN with {words.share(-11.6)} of it, the least" in text
        assert "gates do not help" not in text


def test_gates_that_do_not_help_are_said_so():
    text = reach_sentence([made("rnn", -0.1), made("lstm", -0.3), made("bilstm", -0.05)], "gain 7")
    assert (
        "At gain 7 gates do not help: with the plain RNN the gradient stays nearer to its size than"
        " with LSTM." in text
    )


@pytest.mark.parametrize(("slope", "flat"), [(0.0, True), (-0.02, True), (-0.2, False)])
def test_self_attention_is_called_flat_only_where_it_is(slope, flat):
    cell = "attention"
    if cell not in lv.CELLS:
        pytest.skip("no self-attention")
    text = reach_sentence([made("rnn", -0.1), made(cell, slope)], "")
    assert ("not flat" in text) != flat
    assert words.power(-slope * 29) in text


def test_the_future_is_told_from_the_past():
    blind, seeing = made("rnn", -0.1, loss_step=9), made("bilstm", -0.1, loss_step=9, after=-3)
    assert "act on the loss in BiLSTM alone" in reach_sentence([blind, seeing], "")
    assert "No input after step 9 acts" in reach_sentence(
        [blind, made("lstm", -1, loss_step=9)], ""
    )
    assert "after step" not in reach_sentence([made("rnn", -0.1, loss_step=30)], "")


def test_a_failure_is_named_and_nothing_compared_with_it():
    spec = lv.ModelSpec(cell="rnn", input_size=3, hidden_size=4, activation="relu", gain=1e60)
    x = lv.white_noise(length=30, size=3, seed=1)
    broken = reach(spec, 1, None, [input_gradient(lv.init_weights(spec), x, None)])
    text = reach_sentence([broken, made("lstm", -0.1)], "")
    assert "forward pass leaves the finite numbers" in text
    assert "the most" not in text


def test_the_table_counts_parameters_and_what_is_left():
    results = [made("rnn", -0.1), replace(made("lstm", -0.3), parameters=12345)]
    columns = reach_table(results)
    assert list(columns) == ["", label("rnn"), label("lstm")]
    assert columns["LSTM"][:3] == ["4", "12\u202f345", simple(words.share(-8.7))]


@pytest.mark.parametrize("loss_step", [None, 30])
def test_what_has_grown_is_told_in_times_not_as_a_share(loss_step):
    results = [made("rnn", 0.2, loss_step=loss_step), made("lstm", -0.01, loss_step=loss_step)]
    text = reach_sentence(results, "")
    assert f"{words.power(5.8)} times" in text and f"{words.power(5.8)} of" not in text
    assert reach_table(results)["RNN"][2] == simple(f"{words.power(5.8)} times")


def test_equal_shares_have_no_most_and_no_least():
    text = reach_sentence([made("rnn", -0.1), made("lstm", -0.1)], "")
    assert "the most" not in text and f"about {words.share(-2.9)} of what input 30 gets" in text


@pytest.mark.parametrize("steps, loss_step", [(1, None), (1, 1), (20, 1)])
def test_without_a_way_back_nothing_is_compared(steps, loss_step):
    results = [made("rnn", -0.1, steps=steps, loss_step=loss_step)]
    results.append(made("attention", -0.3, start=-1.0, steps=steps, loss_step=loss_step))
    text = reach_sentence(results, "")
    assert "no way back" in text and "the most" not in text
    assert steps > 1 or "distances" not in text
