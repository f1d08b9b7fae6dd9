"""What the figures show, in a sentence: results → words. Every sentence is computed."""

import math

import numpy as np

from lstm_viz import words
from lstm_viz.analysis.gates import GateViews
from lstm_viz.analysis.length_sweep import Band
from lstm_viz.analysis.rates import Horizon, Rate
from lstm_viz.analysis.step_record import Scalar
from lstm_viz.analysis.survival import Survival
from lstm_viz.cells.base import Failure
from lstm_viz.figures.theme import label
from lstm_viz.i18n import _
from lstm_viz.registry import CELLS

LIKE = 0.3  # decades: what differs by less is not told apart
STEADY = 20  # a half-life over so many times the sequence's length is no change worth a number


def survival_sentence(results: list[Survival]) -> str:
    """One sentence for each network, then how they compare at the first step."""
    sentences = [one_survival(result) for result in results]
    finite = [r for r in results if math.isfinite(r.log10_left)]
    if len(finite) == 2:
        sentences.append(_comparison(*finite))
    return " ".join(filter(None, sentences))


def _comparison(first: Survival, second: Survival) -> str:
    """Which of two nets is nearer to handing an error on as it is; "" for no difference."""
    better, worse = sorted((first, second), key=lambda r: abs(r.log10_left))
    if abs(worse.log10_left) - abs(better.log10_left) < LIKE:
        return ""
    if max(better.log10_left, worse.log10_left) <= 0:
        text = _("Of the error the {better} keeps {times} times as much as the {worse}.")
    else:
        text = _(
            "The {better} is nearer to the error's own size: off by a factor of {off}, the"
            " {worse} by one of {far_off}."
        )
    return text.format(
        better=label(better.cell),
        worse=label(worse.cell),
        times=words.power(better.log10_left - worse.log10_left),
        off=words.power(abs(better.log10_left)),
        far_off=words.power(abs(worse.log10_left)),
    )


def one_survival(result: Survival) -> str:
    """How one network's gradient fares on its way from the last step to the initial state."""
    name, norm = label(result.cell), result.log10_norm
    if result.failure is not None and np.isnan(norm).any():
        return failure_sentence(name, result.failure)
    if np.isneginf(norm).any():
        dead = int(np.flatnonzero(np.isneginf(norm))[-1])
        return _("The {name}'s gradient {of} is exactly zero from step {step} back.").format(
            name=name, of=by(result.of), step=dead
        )
    return _("The {name}'s gradient {of} {course}: after {steps} {left}.").format(
        name=name,
        of=by(result.of),
        course=course(result.rate, result.steps),
        steps=words.steps(result.steps),
        left=_left(result.log10_left),
    )


def _left(log10: float) -> str:
    """What has become of the error at the loss, as the rest of a sentence."""
    if log10 > words.ABOVE:
        return _("it is {times} times the error at the loss").format(times=words.power(log10))
    return _("{share} of the error at the loss is left").format(share=words.share(log10))


def torch_note(own: Survival) -> str:
    """What PyTorch's own net of the same draws does, beside one of another forget bias or gain."""
    text = _("PyTorch's own {name} has forget bias 0 and gain 1, and is another net: there {left}.")
    if math.isnan(own.log10_left):
        text = _("PyTorch's own {name} has forget bias 0 and gain 1, and is another net.")
    return text.format(name=label(own.cell), left=_left(own.log10_left))


def by(of: str) -> str:
    """By what a gradient is taken, "∂L/∂c"."""
    return f"∂L/∂{of}"


def curve_name(result: Survival, of: str = "") -> str:
    """A curve of a network's total gradient, "LSTM, ∂L/∂c"."""
    return _("{name}, {of}").format(name=label(result.cell), of=by(of or result.of))


def pinned_sentence(results: list[Survival], pinned: list[Survival], changes: str) -> str:
    """What the changes since the pinned setting did to each network's share at the start."""
    sentences = []
    for now, before in zip(results, pinned, strict=True):
        difference = now.log10_left - before.log10_left
        text = _("the {name} keeps {times} times as much of the error as it kept")
        if not math.isfinite(difference):
            text = _("the {name}'s shares cannot be compared")
        elif abs(difference) < 0.01:
            text = _("the {name} keeps the same share")
        sentences.append(text.format(name=label(now.cell), times=words.power(difference)))
    return _("Against the pinned setting ({changes}): {what}.").format(
        changes=changes, what="; ".join(sentences)
    )


def course(rate: Rate, length: int) -> str:
    """What a gradient does with each step back, as the predicate of a sentence."""
    if rate.problem == "bent":
        return _("follows no single rate")
    if rate.problem:
        return _("is followed over too few steps for a rate")
    for span, every_step, text in (
        (rate.half_life, _("halves every step"), _("halves every {steps}")),
        (rate.doubling_time, _("doubles every step"), _("doubles every {steps}")),
    ):
        if span < STEADY * length:
            steps = words.steps(span)
            return every_step if steps == words.steps(1) else text.format(steps=steps)
    return _("keeps its size")


def failure_sentence(name: str, failure: Failure) -> str:
    """Where and how a forward pass left the finite numbers."""
    return _(
        "The {name}'s forward pass leaves the finite numbers at step {step}: {quantity} of unit"
        " {unit} is {kind}, so there is no gradient to follow. A smaller recurrent gain, a shorter"
        " sequence or a bounded activation keeps it finite."
    ).format(
        name=name,
        step=failure.step,
        quantity=failure.quantity,
        unit=failure.unit,
        kind=_("NaN") if failure.kind == "NaN" else _("infinite"),
    )


def undetermined_sentence(result: Survival) -> str:
    """Where a gradient rests on digits that the forward pass no longer holds; "" for nowhere."""
    found = {name: int(where.sum()) for name, where in result.gradients.undetermined.items()}
    lost = [(name, steps) for name, steps in found.items() if steps]
    if not lost:
        return ""
    text = _(
        "Round-off alone is {what}: it rests on h_{{t−1}} − n_t, and there the state and the"
        " candidate of the {name} agree in nearly all digits that its numbers hold."
    )
    each = _("‖∂L/∂{quantity}‖ at {steps} of {of}")
    said = [
        each.format(quantity=quantity, steps=words.count(n), of=words.steps(result.steps))
        for quantity, n in lost
    ]
    return text.format(what=", ".join(said), name=label(result.cell))


def rate_table(curves: list[tuple[str, Rate]]) -> dict[str, list[str]]:
    """Fitted rates as columns of a table, one for each curve; what a fit cannot say is said so."""
    rates = [rate for _name, rate in curves]
    rows = {
        _("factor per step back"): [rate_factor(rate) for rate in rates],
        _("half-life"): [_span(rate.half_life, rate) for rate in rates],
        _("doubling time"): [_span(rate.doubling_time, rate) for rate in rates],
        _("a thousandth left after"): [_horizon(rate.to_1e3, rate) for rate in rates],
        _("machine precision after"): [_horizon(rate.to_eps, rate) for rate in rates],
        _("does one rate describe it?"): [problem(rate) for rate in rates],
    }
    columns = {name: [row[k] for row in rows.values()] for k, (name, _rate) in enumerate(curves)}
    return {"": list(rows), **columns}


def problem(rate: Rate) -> str:
    """Whether one rate describes the curve, and if not, why."""
    reasons = {
        "": _("yes, within {spread} decades"),
        "bent": _("no: {spread} decades off any line"),
        "zero": _("no: it becomes exactly zero"),
        "not finite": _("no: it is not defined everywhere"),
        "too short": _("no: too few steps"),
    }
    return reasons[rate.problem].format(spread=words.number(rate.spread))


def rate_factor(rate: Rate) -> str:
    """The factor of a fit; none where one rate does not describe the curve."""
    return words.NONE if rate.problem else words.factor(rate.log10_factor)


def _told(span: float, rate: Rate) -> bool:
    """Whether a half-life or doubling time says something: of a good fit, and not too long."""
    return not rate.problem and span < STEADY * rate.steps


def _span(steps: float, rate: Rate) -> str:
    return words.steps(steps) if _told(steps, rate) else words.NONE


def _horizon(horizon: Horizon, rate: Rate) -> str:
    if horizon.measured:
        return words.steps(horizon.steps)
    if math.isinf(horizon.steps):
        return _("never")
    if math.isnan(horizon.steps) or not _told(rate.half_life, rate):
        return words.NONE
    return _("about {steps} (by the fit)").format(steps=words.steps(horizon.steps))


def length_sentence(bands: list[Band]) -> str:
    """For each network: its rate against T and what reaches the first step at the longest T."""
    return " ".join(_one_length(band) for band in bands)


def at_first(of: str) -> str:
    """By what a gradient at the first step is taken, "∂/∂c₀" or "∂/∂x₁"."""
    return f"∂/∂{of}" + ("₁" if of == "x" else "₀")


def band_name(band: Band) -> str:
    """A curve over lengths, "LSTM, ∂/∂c₀"."""
    return _("{name}, {of}").format(name=label(band.cell), of=at_first(band.of))


def _one_length(band: Band) -> str:
    first, last = float(band.median[0]), float(band.median[-1])
    if band.failure is not None and np.isnan(band.median).any():
        return failure_sentence(label(band.cell), band.failure)
    if math.isnan(first) or math.isnan(last):
        text = _("For the {name} no finite gradient reaches the first step at T\u00a0=\u00a0{T}.")
    elif np.isneginf(band.median).any():
        text = _("The {name}'s gradient {of} is exactly zero at T\u00a0=\u00a0{zero}.")
    else:
        text = _(
            "As the sequence grows, the {name}'s gradient {of} {course}: at"
            " T\u00a0=\u00a0{T}, {left}."
        )
        if len(band.lengths) == 1:
            text = _(
                "At T\u00a0=\u00a0{T}, the one length there is, the {name}'s gradient {of} is"
                " {size}."
            )
    zeros = band.lengths[np.isneginf(band.median)]
    return text.format(
        name=label(band.cell),
        of=at_first(band.of),
        course=course(band.rate, band.longest),
        left=_left_by_length(band),
        T=words.count(band.longest),
        size=words.power(last),
        zero=int(zeros[0]) if len(zeros) else None,
    )


def _left_by_length(band: Band) -> str:
    """By a state what is left of the error; x_1, whose size is no share, against the first length.

    Bands are of a unit probe, an error of size 1.
    """
    first, last = band.median[[0, -1]]
    if not math.isfinite(first) or not math.isfinite(last):
        return ""
    if band.of != "x":
        return _left(last)
    return _("it is {part} what it is at T\u00a0=\u00a0{first}").format(
        part=words.part(last - first), first=words.count(int(band.lengths[0]))
    )


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
            "The forget gate is open at {mean} on average: {open} of its values lie above 0.9,"
            " {closed} below 0.1."
        ),
        "z": _(
            "The update gate keeps {mean} of the state on average: {open} of its values lie above"
            " 0.9, {closed} below 0.1."
        ),
    }
    other = _(
        "The {gate} is at {mean} on average: {open} of its values lie above 0.9, {closed} below"
        " 0.1."
    )
    text = text.get(carrying, other) if sign > 0 else other
    text = text.format(
        gate=label(carrying),
        mean=words.number(float(summary.mean[carrying].mean())),
        open=words.percent(float(summary.high[carrying].mean())),
        closed=words.percent(float(summary.low[carrying].mean())),
    )
    known = {name: log10 for name, log10 in medians.items() if math.isfinite(log10)}
    if known:
        most = max(known, key=known.get)
        text += " " + _("At the median step the largest gradient reaches the {gate}.").format(
            gate=label(most)
        )
    return text


def numbers_table(rows: list[tuple[str, float, Scalar]]) -> dict[str, list[str]]:
    """A table of a step's quantities, their values, and the gradients that they get."""
    names, values, gradients = zip(*rows, strict=True)
    return {
        "": [f"{name.removesuffix('_prev')}, t − 1" if "_" in name else name for name in names],
        _("value"): [words.number(value) for value in values],
        _("size of its gradient"): [words.power(own.log10) for own in gradients],
    }
