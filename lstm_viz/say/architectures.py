"""Which architecture keeps the gradient, in sentences computed from the runs."""

import math

import numpy as np

from lstm_viz import words
from lstm_viz.analysis.architectures import Reach
from lstm_viz.i18n import N_, _, translated
from lstm_viz.quantities import label
from lstm_viz.registry import CELLS
from lstm_viz.say.failures import failed_name, failure_sentence
from lstm_viz.say.phrases import listed, portion, sentences
from lstm_viz.say.rates import factor_cell, problem_cell

FLAT = 1.0  # decades within which a curve is called flat
CLEAR = 0.05  # decades by which two shares must differ to be told apart
# What a share is one of, as `portion` has it.
OF_INPUT = N_("{share} of what input {s} gets"), N_("{times} times what input {s} gets")
OF_LAST = N_("{share} of what the last one gets"), N_("{times} times what the last one gets")
OF_GRADIENT = N_("{share} of its gradient"), N_("{times} times its gradient")
OF_IT = N_("{share} of it"), N_("{times} times it")


def reach_sentence(results: list[Reach], settings: str) -> str:
    """Who keeps most and least, and where what is often said of an architecture fails here.

    settings : in words, what the claims are made at
    """
    failures = [failure_sentence(label(r.cell), r.failure) for r in results if r.failure]
    known = [r for r in results if not np.isnan(r.median).any()]
    if known and (known[0].steps == 1 or known[0].loss_step == 1):
        text = _("The first input is that of the loss's own step: there is no way back yet.")
        return sentences(*failures, text)
    by_cell = {result.cell: result for result in known}
    said = [_extremes(known), _nothing(known), _beyond(known)]
    said += [_gated(by_cell, settings), _flatness(by_cell), _future(by_cell)]
    return sentences(*failures, *said)


def _extremes(known: list[Reach]) -> str:
    """Who keeps most and least of those that keep anything; "" where fewer than two do."""
    kept = sorted((r for r in known if math.isfinite(r.log10_left)), key=lambda r: -r.log10_left)
    if len(kept) < 2:
        return ""
    most, least = kept[0], kept[-1]
    text, of = _compared(most, most.log10_left - least.log10_left < CLEAR)
    the_least = _("the least of those that can be compared")
    s = words.count(most.loss_step or most.steps)
    return text.format(
        s=s,
        names=_names(kept),
        most=label(most.cell),
        least=label(least.cell),
        the_least=_("the least") if len(kept) == len(known) else the_least,
        most_part=portion(most.log10_left, *map(translated, of), s=s),
        least_part=portion(least.log10_left, *map(translated, OF_IT)),
    )


def _compared(most: Reach, alike: bool) -> tuple[str, tuple[str, str]]:
    """How most and least are told, and of what the most is a share."""
    if alike:
        return _("{names} give the first input about {most_part}."), OF_INPUT
    if most.loss_step is None:
        text = _(
            "The first input gets {most_part} with {most}, the most, and {least_part} with"
            " {least}, {the_least}."
        )
        return text, OF_LAST
    text = _(
        "From step {s} back to the first input {most} is left with {most_part}, the most, and"
        " {least} with {least_part}, {the_least}."
    )
    return text, OF_GRADIENT


def _nothing(known: list[Reach]) -> str:
    """With which of them the first input gets nothing at all."""
    lost = [r for r in known if math.isinf(r.median[0])]
    text = _("With {names} nothing reaches the first input: its gradient is exactly zero.")
    return text.format(names=_names(lost)) if lost else ""


def _beyond(known: list[Reach]) -> str:
    """With which of them the input that the first one is held against gets nothing."""
    lost = [r for r in known if r.log10_left == math.inf]
    text = _("With {names} input {s} itself gets nothing, so there is nothing to hold it against.")
    if not lost:
        return ""
    return text.format(names=_names(lost), s=words.count(lost[0].loss_step or lost[0].steps))


def _names(results: list[Reach]) -> str:
    return listed(label(result.cell) for result in results)


def _gated(by_cell: dict[str, Reach], settings: str) -> str:
    """Whether the gated cells keep a gradient nearer to its size than the plain RNN, as is said."""
    plain = [r for cell, r in by_cell.items() if CELLS[cell].chain and not CELLS[cell].is_gated]
    rnn = next(iter(plain), None)
    gated = [result for cell, result in by_cell.items() if CELLS[cell].is_gated]
    worse = [r for r in gated if rnn and abs(r.log10_left) > abs(rnn.log10_left) + CLEAR]
    if not worse:
        return ""
    return _(
        "At {settings} gates do not help: with the plain RNN the gradient stays nearer to its size"
        " than with {names}."
    ).format(settings=settings, names=_names(worse))


def _flatness(by_cell: dict[str, Reach]) -> str:
    """Whether self-attention treats all distances alike, as is said of it."""
    result = next((own for cell, own in by_cell.items() if CELLS[cell].attends), None)
    if result is None or not math.isfinite(result.log10_spread) or result.steps == 1:
        return ""
    text = _("Over all distances the gradient of {name} varies by a factor of {factor}.")
    if result.log10_spread > FLAT:
        text = _(
            "Here {name} is not flat: over the distances its gradient varies by a factor of"
            " {factor}."
        )
    return text.format(name=label(result.cell), factor=words.power(result.log10_spread))


def _future(by_cell: dict[str, Reach]) -> str:
    """Which architectures let inputs after the loss's step act on it."""
    results = list(by_cell.values())
    if not results or results[0].loss_step is None or results[0].loss_step == results[0].steps:
        return ""
    seeing = [r for r in results if np.isfinite(r.median[r.loss_step :]).any()]
    if not seeing:
        return _("No input after step {s} acts on the loss.").format(
            s=words.count(results[0].loss_step)
        )
    return _("Inputs after step {s} act on the loss in {names} alone.").format(
        s=words.count(results[0].loss_step), names=_names(seeing)
    )


def reach_name(result: Reach) -> str:
    """A curve's name; of a net that leaves the finite numbers, where it does."""
    name = label(result.cell)
    return name if result.failure is None else failed_name(name, result.failure)


def reach_table(results: list[Reach]) -> dict[str, list[str]]:
    """Size, parameters and what is left of the gradient, a column for each architecture."""
    rows = {
        _("hidden units H"): [words.count(r.spec.hidden_size) for r in results],
        _("parameters"): [words.count(r.parameters) for r in results],
        _("left at the first input"): [_share(r.log10_left) for r in results],
        _("factor per step back"): [factor_cell(r.rate) for r in results],
        _("does one rate describe it?"): [problem_cell(r.rate) for r in results],
    }
    columns = {label(r.cell): [row[k] for row in rows.values()] for k, r in enumerate(results)}
    return {"": list(rows), **columns}


def _share(log10: float) -> str:
    if math.isnan(log10) or log10 == math.inf:
        return words.NONE
    text = portion(log10, "{share}", _("{times} times"))
    return text.replace("\N{NO-BREAK SPACE}", " ")  # a phone needs two lines a cell
