"""One step of one unit: what its picture shows, and its numbers as a table."""

from lstm_viz import words
from lstm_viz.analysis.gru_step import GRUStep
from lstm_viz.analysis.one_step import LSTMStep, RNNStep
from lstm_viz.analysis.step_record import Scalar, Step, quantities, showable
from lstm_viz.i18n import _
from lstm_viz.quantities import label
from lstm_viz.say.phrases import sentences
from lstm_viz.words import DRAWN, number


def numbers_table(rows: list[tuple[str, float, Scalar]]) -> dict[str, list[str]]:
    """A table of a step's quantities, their values, and the gradients that they get."""
    names, values, gradients = zip(*rows, strict=True)
    return {
        "": [f"{name.removesuffix('_prev')}, t − 1" if "_" in name else name for name in names],
        _("value"): [words.number(value) for value in values],
        _("size of its gradient"): [words.power(own.log10) for own in gradients],
    }


def step_sentence(step: Step, direction: str = "forward") -> str:
    """Return what the picture shows in a few sentences, for those who do not see it.

    Silent about numbers that are not finite; see `showable`.
    """
    s, way = step, showable(step, direction)
    numbers = {name.replace(".", "_"): number(value, DRAWN) for name, value in quantities(s)}
    forward, backward = {
        LSTMStep: (_lstm_forward, _lstm_backward),
        GRUStep: (_gru_forward, _gru_backward),
        RNNStep: (_rnn_forward, _rnn_backward),
    }[type(s)]
    place = _("{cell} cell, step {t} of {T}, unit {j}.").format(
        cell=label(s.cell), t=words.count(s.step), T=words.count(s.steps), j=words.count(s.unit)
    )
    if not way:
        nothing = _("Not all of its numbers are finite: there is nothing to follow.")
        return sentences(place, nothing)
    shown = [forward()] * (way != "backward") + [backward()] * (way != "forward")
    if isinstance(s, RNNStep):
        numbers |= {"phi": s.neuron.phi}
    return sentences(place, *(text.format(**numbers) for text in shown))


def _lstm_forward() -> str:
    return _(
        "The forget gate, at {f_value}, multiplies the cell state {c_prev}; the input gate, at "
        "{i_value}, adds the candidate {g_value}: the new cell state is {c}. The output gate, at "
        "{o_value}, lets {h} out as the hidden state."
    )


def _lstm_backward() -> str:
    return _(
        "Backward, the gradient of the hidden state is {dh} and that of the cell state {dc}; "
        "{dc_sent} goes on along the cell highway and {dh_sent} through the gates to the hidden "
        "state before."
    )


def _gru_forward() -> str:
    return _(
        "The update gate, at {z_value}, multiplies the hidden state {h_prev}; what it leaves, "
        "{new}, multiplies the candidate {n_value}: the new hidden state is {h}. The reset gate, "
        "at {r_value}, lets {n_rq} of the past into the candidate."
    )


def _gru_backward() -> str:
    return _(
        "Backward, the gradient of the hidden state is {dh}; {dh_kept} goes straight on to the "
        "hidden state before, times z, and {dh_via_gates} through the gates: together {dh_sent}."
    )


def _rnn_forward() -> str:
    return _("h goes from {h_prev} to {h}, through {phi} of {neuron_a}.")


def _rnn_backward() -> str:
    return _(
        "Backward, the gradient of the hidden state is {dh}; the slope {neuron_slope} leaves "
        "{neuron_da} of it, and {dh_sent} reaches the hidden state before."
    )
