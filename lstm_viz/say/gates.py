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
    summary = views.summary
    record = CELLS[views.cell]
    gates = [name for name in views.pairs if name in record.gate_names]
    carrying, sign = record.keeper
    medians = {k: float(np.median(views.pairs[k].log10_norm)) for k in gates}
    text = {
        "f": _(
            "The forget gate is open at {mean} on average: {open} of its values lie above {high},"
            " {closed} below {low}."
        ),
        "z": _(
            "The update gate keeps {mean} of the state on average: {open} of its values lie above"
            " {high}, {closed} below {low}."
        ),
    }
    other = _(
        "The {gate} is at {mean} on average: {open} of its values lie above {high}, {closed} below"
        " {low}."
    )
    text = text.get(carrying, other) if sign > 0 else other
    text = text.format(
        gate=label(carrying),
        mean=words.number(float(summary.mean[carrying].mean())),
        open=words.percent(float(summary.high[carrying].mean())),
        closed=words.percent(float(summary.low[carrying].mean())),
        high=words.tidy(HIGH),
        low=words.tidy(LOW),
    )
    known = {name: log10 for name, log10 in medians.items() if math.isfinite(log10)}
    if not known:
        return text
    largest = _("At the median step the largest gradient reaches the {gate}.")
    return sentences(text, largest.format(gate=label(max(known, key=known.__getitem__))))
