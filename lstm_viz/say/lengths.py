"""What becomes of the gradient at the first step as the sequence grows."""

import math

import numpy as np

from lstm_viz import words
from lstm_viz.analysis.length_sweep import Band
from lstm_viz.i18n import _
from lstm_viz.quantities import at_first, label
from lstm_viz.say.failures import failure_sentence
from lstm_viz.say.phrases import portion, sentences
from lstm_viz.say.rates import course_clause
from lstm_viz.say.survival import left_clause


def length_sentence(bands: list[Band]) -> str:
    """For each network: its rate against T and what reaches the first step at the longest T."""
    return sentences(*map(_one_length, bands))


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
        course=course_clause(band.rate, band.longest),
        left=_left_by_length(band),
        T=words.count(band.longest),
        size=words.power(last),
        zero=words.count(int(zeros[0])) if len(zeros) else None,
    )


def _left_by_length(band: Band) -> str:
    """By a state what is left of the error; x_1, whose size is no share, against the first length.

    Bands are of a unit probe, an error of size 1.
    """
    first, last = band.median[[0, -1]]
    if not math.isfinite(first) or not math.isfinite(last):
        return ""
    if band.of != "x":
        return left_clause(last)
    of = (
        _("it is {share} of what it is at T\u00a0=\u00a0{first}"),
        _("it is {times} times what it is at T\u00a0=\u00a0{first}"),
    )
    return portion(float(last - first), *of, first=words.count(int(band.lengths[0])))
