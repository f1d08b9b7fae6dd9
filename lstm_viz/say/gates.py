"""What the gates let through."""

import math

import numpy as np

from lstm_viz import words
from lstm_viz.analysis.gates import HIGH, LOW, GateViews
from lstm_viz.i18n import _
from lstm_viz.quantities import label
from lstm_viz.registry import CELLS
from lstm_viz.say.failures import failure_sentence
from lstm_viz.say.phrases import sentences


def gates_sentence(views: GateViews) -> str:
    """What the gate that hands the state on lets through, and which gate learns most."""
    if views.failure is not None:
        return failure_sentence(label(views.cell), views.failure)
    return sentences(_carrying(views), _largest(views))


def _carrying(views: GateViews) -> str:
    """How far the gate that hands the state on is open."""
    gate, sign = CELLS[views.cell].keeper
    text = _(
        "The {gate} is at {mean} on average: {open} of its values lie above {high}, {closed} below"
        " {low}."
    )
    if gate == "f" and sign > 0:
        text = _(
            "The forget gate is open at {mean} on average: {open} of its values lie above {high},"
            " {closed} below {low}."
        )
    elif gate == "z" and sign > 0:
        text = _(
            "The update gate keeps {mean} of the state on average: {open} of its values lie above"
            " {high}, {closed} below {low}."
        )
    return text.format(
        gate=label(gate),
        mean=words.number(float(views.summary.mean[gate].mean())),
        open=words.percent(float(views.summary.high[gate].mean())),
        closed=words.percent(float(views.summary.low[gate].mean())),
        high=words.tidy(HIGH),
        low=words.tidy(LOW),
    )


def _largest(views: GateViews) -> str:
    """Which gate's gradient is largest at the median step; "" where none has any."""
    gates = [name for name in views.pairs if name in CELLS[views.cell].gate_names]
    medians = {name: float(np.median(views.pairs[name].log10_norm)) for name in gates}
    known = {name: log10 for name, log10 in medians.items() if math.isfinite(log10)}
    if not known:
        return ""
    text = _("At the median step the largest gradient reaches the {gate}.")
    return text.format(gate=label(max(known, key=known.__getitem__)))
