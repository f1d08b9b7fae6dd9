"""How a gradient fares on its way back through a sequence."""

import math

import numpy as np

from lstm_viz import words
from lstm_viz.analysis.survival import Survival
from lstm_viz.i18n import _
from lstm_viz.quantities import by, label
from lstm_viz.say.failures import failed_name, failure_sentence
from lstm_viz.say.phrases import clauses, sentences
from lstm_viz.say.rates import course_clause

LIKE = 0.3  # decades: what differs by less is not told apart


def survival_sentence(results: list[Survival]) -> str:
    """One sentence for each network, then how they compare at the first step."""
    said = [one_survival_sentence(result) for result in results]
    finite = [r for r in results if math.isfinite(r.log10_left)]
    if len(finite) == 2:
        said.append(_comparison(*finite))
    return sentences(*said)


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


def one_survival_sentence(result: Survival) -> str:
    """How one network's gradient fares on its way from the last step to the initial state."""
    name, norm = label(result.cell), result.log10_norm
    if result.failure is not None and np.isnan(norm).any():
        return failure_sentence(name, result.failure)
    if np.isneginf(norm).any():
        dead = int(np.flatnonzero(np.isneginf(norm))[-1])
        return _("The {name}'s gradient {of} is exactly zero from step {step} back.").format(
            name=name, of=by(result.of), step=words.count(dead)
        )
    return _("The {name}'s gradient {of} {course}: after {steps} {left}.").format(
        name=name,
        of=by(result.of),
        course=course_clause(result.rate, result.steps),
        steps=words.steps(result.steps),
        left=left_clause(result.log10_left),
    )


def left_clause(log10: float) -> str:
    """What has become of the error at the loss, as the rest of a sentence."""
    if log10 > words.ABOVE:
        return _("it is {times} times the error at the loss").format(times=words.power(log10))
    return _("{share} of the error at the loss is left").format(share=words.share(log10))


def torch_note(own: Survival) -> str:
    """What PyTorch's own net of the same draws does, beside one of another forget bias or gain."""
    text = _("PyTorch's own {name} has forget bias 0 and gain 1, and is another net: there {left}.")
    if math.isnan(own.log10_left):
        text = _("PyTorch's own {name} has forget bias 0 and gain 1, and is another net.")
    return text.format(name=label(own.cell), left=left_clause(own.log10_left))


def curve_name(result: Survival, of: str = "") -> str:
    """A curve of a network's total gradient, "LSTM, ∂L/∂c"."""
    return _("{name}, {of}").format(name=label(result.cell), of=by(of or result.of))


def survival_legend(result: Survival) -> str:
    """The same with what the curve does, "LSTM, ∂L/∂c: halves every 3.7 steps"."""
    name = curve_name(result)
    if result.failure is not None:
        return failed_name(name, result.failure)
    if result.rate.problem == "zero":
        return name  # the crosses' own name says it
    return _("{name}: {course}").format(name=name, course=course_clause(result.rate, result.steps))


def pinned_sentence(results: list[Survival], pinned: list[Survival], changes: str) -> str:
    """What the changes since the pinned setting did to each network's share at the start."""
    said = []
    for now, before in zip(results, pinned, strict=True):
        difference = now.log10_left - before.log10_left
        text = _("the {name} keeps {times} times as much of the error as it kept")
        if not math.isfinite(difference):
            text = _("the {name}'s shares cannot be compared")
        elif abs(difference) < 0.01:
            text = _("the {name} keeps the same share")
        said.append(text.format(name=label(now.cell), times=words.power(difference)))
    return _("Against the pinned setting ({changes}): {what}.").format(
        changes=changes, what=clauses(said)
    )
