"""Which architecture keeps the gradient, in sentences computed from the runs."""

import math

import numpy as np

from lstm_viz import words
from lstm_viz.analysis.architectures import Reach
from lstm_viz.figures.theme import label
from lstm_viz.findings import failure_sentence, problem
from lstm_viz.i18n import _

FLAT = 1.0  # decades within which a curve is called flat
CLEAR = 0.05  # decades by which two shares must differ to be told apart


def reach_sentence(results: list[Reach], settings: str) -> str:
    """Who keeps most and least, and where what is often said of an architecture fails here.

    settings : in words, what the claims are made at
    """
    sentences = [failure_sentence(label(r.cell), r.failure) for r in results if r.failure]
    known = sorted((r for r in results if not math.isnan(r.log10_left)), key=_left, reverse=True)
    if len(known) > 1:
        sentences.append(_extremes(known[0], known[-1]))
    by_cell = {result.cell: result for result in results if result in known}
    sentences += filter(None, [_gated(by_cell, settings), _flatness(by_cell), _future(by_cell)])
    return " ".join(sentences)


def _left(result: Reach) -> float:
    return result.log10_left


def _extremes(most: Reach, least: Reach) -> str:
    if most.steps == 1 or most.loss_step == 1:
        return _("The first input is that of the loss's own step: there is no way back yet.")
    if most.log10_left - least.log10_left < CLEAR:
        text = _("All of them give the first input about {most_part} what input {s} gets.")
    elif most.loss_step is None:
        text = _(
            "The first input gets {most_part} what the last one gets with {most}, the most, and"
            " {least_part} it with {least}, the least."
        )
    else:
        text = _(
            "From step {s} back to the first input {most} is left with {most_part} its gradient,"
            " the most, and {least} with {least_part} it, the least."
        )
    return text.format(
        s=most.loss_step or most.steps,
        most=label(most.cell),
        least=label(least.cell),
        most_part=words.part(most.log10_left),
        least_part=words.part(least.log10_left),
    )


def _gated(by_cell: dict[str, Reach], settings: str) -> str:
    """Whether the gated cells beat the plain RNN, as is said of them."""
    rnn = by_cell.get("rnn")
    gated = [by_cell[cell] for cell in ("lstm", "gru", "bilstm") if cell in by_cell]
    worse = [r for r in gated if rnn and r.log10_left < rnn.log10_left - CLEAR]
    if not worse:
        return ""
    return _(
        "At {settings} gates do not help: the plain RNN keeps more of the gradient than {names}."
    ).format(settings=settings, names=", ".join(label(r.cell) for r in worse))


def _flatness(by_cell: dict[str, Reach]) -> str:
    """Whether self-attention treats all distances alike, as is said of it."""
    result = by_cell.get("attention")
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
        return _("No input after step {s} acts on the loss.").format(s=results[0].loss_step)
    return _("Inputs after step {s} act on the loss in {names} alone.").format(
        s=results[0].loss_step, names=", ".join(label(r.cell) for r in seeing)
    )


def reach_table(results: list[Reach]) -> dict[str, list[str]]:
    """Size, parameters and what is left of the gradient, a column for each architecture."""
    rows = {
        _("hidden units H"): [words.count(r.spec.hidden_size) for r in results],
        _("parameters"): [words.count(r.parameters) for r in results],
        _("left at the first input"): [_share(r.log10_left) for r in results],
        _("factor per step back"): [_factor(r) for r in results],
        _("does one rate describe it?"): [problem(r.rate) for r in results],
    }
    columns = {label(r.cell): [row[k] for row in rows.values()] for k, r in enumerate(results)}
    return {"": list(rows), **columns}


def _share(log10: float) -> str:
    if math.isnan(log10):
        return "–"
    text = words.part(log10) if log10 > 1 else words.share(log10)
    return text.replace("\N{NO-BREAK SPACE}", " ")  # a phone needs two lines a cell


def _factor(result: Reach) -> str:
    slope = result.rate.log10_factor
    return "–" if math.isnan(slope) else words.factor(slope)
