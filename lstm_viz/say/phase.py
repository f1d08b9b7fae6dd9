"""Where a network lies between vanishing and exploding."""

import math

from lstm_viz import words
from lstm_viz.analysis.phase import PhaseDiagram
from lstm_viz.analysis.phase_edge import PhasePlace
from lstm_viz.i18n import _
from lstm_viz.quantities import by, label

ON_EDGE = math.log10(1.01)  # within one percent of 1 a factor is said to be on the edge


def phase_sentence(diagram: PhaseDiagram, place: PhasePlace) -> str:
    """Where the present network lies, and which gain would put it on the edge."""
    at = _("At a recurrent gain of {gain} and {where}")
    at = at.format(gain=words.tidy(place.gain), where=_where(place))
    name = label(diagram.spec.cell)
    if math.isnan(place.log10_factor):
        text = _("{at} the {name}'s forward pass leaves the finite numbers at step {step}.")
        if not place.failure:
            text = _("{at} the {name}'s gradient {of} has no factor per step.")
    elif math.isinf(place.log10_factor):
        text = _("{at} the {name}'s gradient {of} becomes exactly zero.")
    else:
        text = _(
            "{at} the {name}'s gradient {of} is multiplied by {factor} with each step back: {so}."
        )
        if not place.straight:
            text = _(
                "{at} the {name}'s gradient {of} follows no single rate; the line through it has a"
                " factor of {factor} with each step back: {so}."
            )
    text = text.format(
        at=at,
        name=name,
        of=by(place.of),
        step=place.failure,
        factor=words.factor(place.log10_factor),
        so=_verdict(place.log10_factor),
    )
    return text if math.isnan(place.log10_factor) else f"{text} {_edge_sentence(place)}"


def _verdict(log10_factor: float) -> str:
    if abs(log10_factor) < ON_EDGE:
        return _("on the edge")
    return _("it vanishes") if log10_factor < 0 else _("it explodes")


def _where(place: PhasePlace) -> str:
    if place.vertical == "s2":
        return _("an input strength s² of {s2}").format(
            s2=words.power(math.log10(place.y) if place.y else -math.inf)
        )
    return _("a forget bias of {bias}").format(bias=words.tidy(place.y))


def _edge_sentence(place: PhasePlace) -> str:
    known = not math.isnan(place.theory)
    if math.isnan(place.edge):
        text = _("No gain from {least} to {most} makes it 1; theory puts the edge at {theory}.")
        text = text if known else _("No gain from {least} to {most} makes it 1.")
    else:
        text = _("A gain of {edge} would make it 1; theory puts the edge at {theory}.")
        text = text if known else _("A gain of {edge} would make it 1.")
    return text.format(
        edge=words.tidy(place.edge, words.READ),
        theory=words.tidy(place.theory, words.READ),
        least=words.tidy(place.least),
        most=words.tidy(place.most),
    )
