"""Where a network lies between vanishing and exploding."""

import math

from lstm_viz import words
from lstm_viz.analysis.phase import PhaseDiagram
from lstm_viz.analysis.phase_edge import PhasePlace
from lstm_viz.i18n import _
from lstm_viz.quantities import by, label
from lstm_viz.registry import CELLS
from lstm_viz.say.phrases import sentences

ON_EDGE = math.log10(1.01)  # within one percent of 1 a factor is said to be on the edge


def phase_sentence(diagram: PhaseDiagram, place: PhasePlace) -> str:
    """Where the present network lies, and which gain would put it on the edge."""
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
        at=_where(place),
        name=name,
        of=by(place.of),
        step=words.count(place.failure),
        factor=words.factor(place.log10_factor),
        so=_verdict(place.log10_factor),
    )
    return text if math.isnan(place.log10_factor) else sentences(text, _edge_sentence(place))


def _verdict(log10_factor: float) -> str:
    if abs(log10_factor) < ON_EDGE:
        return _("on the edge")
    return _("it vanishes") if log10_factor < 0 else _("it explodes")


def _where(place: PhasePlace) -> str:
    text = _("At a recurrent gain of {gain} and a forget bias of {y}")
    y = words.tidy(place.y)
    if place.vertical == "s2":
        text = _("At a recurrent gain of {gain} and an input strength s² of {y}")
        y = words.power(math.log10(place.y) if place.y else -math.inf)
    return text.format(gain=words.tidy(place.gain), y=y)


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


def place_reading(log10_factor: float, failure: int, straight: bool) -> str:
    """What a point of the diagram says."""
    if math.isnan(log10_factor):
        text = _("not finite from step {step} on") if failure else _("no factor per step")
        return text.format(step=words.count(failure))
    if log10_factor == -math.inf:
        return _("exactly zero")
    text = (
        _("× {factor} per step back")
        if straight
        else _("× {factor} per step back, at no single rate")
    )
    return text.format(factor=words.factor(log10_factor))


def edge_name(cell: str) -> str:
    """The theory that an edge is drawn by, and what is 1 on it."""
    rest = CELLS[cell].rest
    if rest is None:
        return _("theory: χ = 1")
    return _("theory, at rest: {factor} = 1").format(factor=rest.formula)
