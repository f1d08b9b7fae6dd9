"""What architectures cost, in sentences computed from counts and measurements."""

import math

from lstm_viz import words
from lstm_viz.analysis.cost import CostCurve, Timing, overtaking
from lstm_viz.figures.theme import label
from lstm_viz.i18n import _


def cost_sentence(curves: list[CostCurve], length: int) -> str:
    """Who computes most and least at this length, and who can do it at once."""
    at = {curve.cell: int(abs(curve.lengths - length).argmin()) for curve in curves}
    by_work = sorted(curves, key=lambda curve: curve.costs[at[curve.cell]].operations)
    least, most = by_work[0], by_work[-1]
    ratio = most.costs[at[most.cell]].operations / least.costs[at[least.cell]].operations
    waits = {c.cell: c.costs[at[c.cell]].sequential_steps for c in curves}
    text = _(
        "At T\u00a0=\u00a0{T} {most} takes {ratio} times the operations of {least}; {slow}"
        " must take {slow_steps} one after another, {quick} {quick_steps}."
    )
    if len(set(waits.values())) == 1:
        text = _("At T\u00a0=\u00a0{T} {most} takes {ratio} times the operations of {least}.")
    return text.format(
        T=length,
        most=label(most.cell),
        least=label(least.cell),
        ratio=words.plain(ratio, 2),
        slow=_names(waits, max(waits.values())),
        quick=_names(waits, min(waits.values())),
        slow_steps=words.steps(max(waits.values())),
        quick_steps=words.steps(min(waits.values())),
    )


def _names(waits: dict[str, int], steps: int) -> str:
    return ", ".join(label(cell) for cell, own in waits.items() if own == steps)


def overtaking_sentence(curves: list[CostCurve]) -> str:
    """From which length on self-attention's T² takes more operations than the LSTM's T."""
    by_cell = {curve.cell: curve for curve in curves}
    if not {"attention", "lstm"} <= set(by_cell):
        return ""
    T = overtaking(by_cell["attention"].spec, by_cell["lstm"].spec)
    if T is None:
        return _("Self-attention never takes more operations than the LSTM at these sizes.")
    if T == 1:
        return _("Self-attention takes more operations than the LSTM at every length.")
    return _(
        "From T\u00a0=\u00a0{T} on, self-attention's T² takes more operations than the LSTM."
    ).format(T=words.count(T))


def timing_sentence(timings: list[Timing]) -> str:
    """What was measured here: growth, and where self-attention becomes slower than the LSTM."""
    known = [t for t in timings if not math.isnan(t.growth)]
    if not known:
        return _("Too few lengths have been measured for a growth exponent.")
    growth = ", ".join(f"{label(t.cell)} {words.plain(t.growth, 2)}" for t in known)
    text = _("On this machine time grows with T to the power of: {growth}.").format(growth=growth)
    by_cell = {timing.cell: timing for timing in known}
    if not {"attention", "lstm"} <= set(by_cell):
        return text
    return text + " " + _crossing(by_cell["attention"], by_cell["lstm"])


def _crossing(attention: Timing, lstm: Timing) -> str:
    T, measured = attention.overtakes(lstm), int(attention.lengths[-1])
    if T == 0:
        return _("Self-attention is the slower one at every length measured.")
    if math.isinf(T) or T > 1e9:
        return _("Nothing measured says that self-attention becomes slower than the LSTM.")
    if T > measured:
        return _(
            "Self-attention is the faster one up to T\u00a0=\u00a0{measured}; by the fits it"
            " becomes slower than the LSTM at about T\u00a0=\u00a0{T}."
        ).format(measured=words.count(measured), T=words.count(round(T)))
    return _(
        "By the fits self-attention becomes slower than the LSTM at about T\u00a0=\u00a0{T}."
    ).format(T=words.count(round(T)))


def cost_table(curves: list[CostCurve], length: int) -> dict[str, list[str]]:
    """Sizes and counts at one length, a column for each architecture."""
    at = [curve.costs[int(abs(curve.lengths - length).argmin())] for curve in curves]
    rows = {
        _("hidden units H"): [str(c.spec.hidden_size) for c in curves],
        _("parameters"): [words.count(c.parameters) for c in curves],
        _("operations, forward"): [words.count(one.operations) for one in at],
        _("sequential steps"): [words.count(one.sequential_steps) for one in at],
        _("path length"): [words.count(one.path_length) for one in at],
    }
    columns = {label(c.cell): [row[k] for row in rows.values()] for k, c in enumerate(curves)}
    return {"": list(rows), **columns}
