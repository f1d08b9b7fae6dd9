"""What architectures cost, in sentences computed from counts and measurements."""

import math

from lstm_viz import words
from lstm_viz.analysis.cost import FARTHEST, CostCurve, overtaking
from lstm_viz.analysis.timing import Timing, slower_from
from lstm_viz.i18n import _
from lstm_viz.quantities import label
from lstm_viz.registry import CELLS
from lstm_viz.say.phrases import listed, sentences
from lstm_viz.spec import ModelSpec

VAGUE = 0.2  # a standard error of an exponent beyond which it tells little


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
        T=words.count(length),
        most=label(most.cell),
        least=label(least.cell),
        ratio=words.number(ratio),
        slow=_names(waits, max(waits.values())),
        quick=_names(waits, min(waits.values())),
        slow_steps=words.steps(max(waits.values())),
        quick_steps=words.steps(min(waits.values())),
    )


def _names(waits: dict[str, int], steps: int) -> str:
    return listed(label(cell) for cell, own in waits.items() if own == steps)


def overtaking_sentence(curves: list[CostCurve]) -> str:
    """From which length on self-attention's T² takes more operations than the LSTM's T."""
    attention, lstm = _of_two(curves)
    if not attention or not lstm:
        return ""
    T = overtaking(attention.spec, lstm.spec)
    if T is None:
        return _("Self-attention never takes more operations than the LSTM at these sizes.")
    if T == 1:
        return _("Self-attention takes more operations than the LSTM at every length.")
    return _(
        "From T\u00a0=\u00a0{T} on, self-attention's T² takes more operations than the LSTM."
    ).format(T=words.count(T))


def _of_two(found: list) -> tuple:
    """Of these the one of self-attention and that of the usual net, None for what is not there."""
    attention = next((own for own in found if CELLS[own.cell].attends), None)
    return attention, next((own for own in found if own.cell == ModelSpec().cell), None)


def timing_sentence(timings: list[Timing]) -> str:
    """What was measured: who is slow, how time grows, where self-attention falls behind."""
    if not timings:
        return ""
    parts = [_slowest(timings), _growth(timings)]
    attention, lstm = _of_two(timings)
    if attention and lstm:
        parts.append(_falling_behind(attention, lstm))
    return sentences(*parts)


def _slowest(timings: list[Timing]) -> str:
    """Who took longest at the longest length that all of them were measured at."""
    T = min(int(timing.lengths[-1]) for timing in timings)
    at = {t.cell: float(t.seconds[t.lengths == T][0]) for t in timings}
    quick, slow = min(at, key=at.__getitem__), max(at, key=at.__getitem__)
    if quick == slow:
        return ""
    return _(
        "On this machine, at T\u00a0=\u00a0{T}, {slow} took {ratio} times as long as {quick}."
    ).format(
        T=words.count(T),
        slow=label(slow),
        quick=label(quick),
        ratio=words.number(at[slow] / at[quick]),
    )


def _growth(timings: list[Timing]) -> str:
    """The exponents with their standard errors, and a warning where the points scatter."""
    found = {timing.cell: timing.growth() for timing in timings}
    known = {cell: own for cell, own in found.items() if not math.isnan(own.power)}
    if not known:
        return _("Too few lengths have been measured for a growth exponent.")
    pairs = [f"{label(c)} {words.number(g.power)} ± {_error(g.error)}" for c, g in known.items()]
    text = _("Time grew as T to the power of: {growth}.").format(growth=listed(pairs))
    if max(own.error for own in known.values()) <= VAGUE:
        return text
    vague = _("Some points lie far from their line: measure again when the machine has less to do.")
    return sentences(text, vague)


def _error(error: float) -> str:
    return words.number(max(error, 0.01), 1)


def _falling_behind(attention: Timing, lstm: Timing) -> str:
    T, measured = slower_from(attention, lstm)
    if math.isnan(T):
        return ""
    if T == 0:
        return _("Self-attention took longer than the LSTM at every length measured.")
    if measured:
        return _(
            "Self-attention takes longer than the LSTM from about T\u00a0=\u00a0{T} on."
        ).format(T=words.count(round(T)))
    longest = words.count(min(int(attention.lengths[-1]), int(lstm.lengths[-1])))
    if T > FARTHEST:
        return _(
            "At T\u00a0=\u00a0{longest} self-attention was the quicker one, and its time grew no"
            " faster than the LSTM's."
        ).format(longest=longest)
    return _(
        "At T\u00a0=\u00a0{longest} self-attention was still quicker than the LSTM; if both grow on"
        " as fitted, it falls behind at about T\u00a0=\u00a0{T}."
    ).format(longest=longest, T=words.number(T))


def cost_table(curves: list[CostCurve], length: int) -> dict[str, list[str]]:
    """Sizes and counts at one length, a column for each architecture."""
    at = [curve.costs[int(abs(curve.lengths - length).argmin())] for curve in curves]
    rows = {
        _("hidden units H"): [words.count(c.spec.hidden_size) for c in curves],
        _("parameters"): [words.count(c.parameters) for c in curves],
        _("operations, forward"): [words.count(one.operations) for one in at],
        _("sequential steps"): [words.count(one.sequential_steps) for one in at],
        _("path length"): [words.count(one.path_length) for one in at],
    }
    columns = {label(c.cell): [row[k] for row in rows.values()] for k, c in enumerate(curves)}
    return {"": list(rows), **columns}
