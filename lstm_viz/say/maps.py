"""How far the losses reach back."""

import math

from lstm_viz import words
from lstm_viz.analysis.gradient_map import LOG10_FLOAT32, GradientMap, MapReach
from lstm_viz.i18n import _
from lstm_viz.quantities import by, label
from lstm_viz.say.failures import failure_sentence
from lstm_viz.say.phrases import sentences


def map_sentence(found: GradientMap, reach: MapReach) -> str:
    """How far a loss reaches back, and how much of the map float32 could not hold."""
    name = label(found.cell)
    if math.isnan(reach.steps) and found.failure is not None:
        return failure_sentence(name, found.failure)
    if found.size == 1:
        return _("There is one step alone: its loss has no earlier one to reach.")
    if math.isnan(reach.steps):
        return _(
            "No loss of the {name} reaches its own step: the gradient {of} there is exactly zero."
        ).format(name=name, of=by(found.wrt))
    failed = ""
    if found.failure is not None:
        failed = _(
            "The {name}'s forward pass leaves the finite numbers at step {step}: the losses from"
            " there on have no gradient."
        ).format(name=name, step=words.count(found.failure.step))
    return sentences(failed, _back(name, by(found.wrt), reach), _underflow(reach))


def _back(name: str, of: str, reach: MapReach) -> str:
    if math.isfinite(reach.steps):
        text = _(
            "Going back from its loss, the {name}'s gradient {of} falls below a thousandth after"
            " {steps} (the median over the losses of the second half)."
        )
    elif reach.log10_far > words.ABOVE:
        text = _(
            "The {name}'s gradient {of} grows on its way back: of the last loss {times} times as"
            " much reaches step 1 as there is at its own step."
        )
    else:
        text = _(
            "Most losses of the {name} reach every earlier step with more than a thousandth of"
            " their gradient {of}: of the last one {share} arrives at step 1."
        )
    return text.format(
        name=name,
        of=of,
        steps=words.steps(reach.steps) if math.isfinite(reach.steps) else None,
        times=words.power(reach.log10_far),
        share=_("nothing") if reach.log10_far == -math.inf else words.share(reach.log10_far),
    )


def _underflow(reach: MapReach) -> str:
    if reach.below_float32 == 0:
        text = _("No pair of loss and step lies below float32's smallest normal number, {tiny}.")
    else:
        text = _(
            "{share} of all pairs of loss and step lie below float32's smallest normal number,"
            " {tiny}."
        )
    share = words.share(math.log10(reach.below_float32)) if reach.below_float32 else None
    return text.format(share=share, tiny=words.power(LOG10_FLOAT32))


def pair_sentence(found: GradientMap, loss: int, step: int) -> str:
    """The exact value of one pair."""
    value = found.at(loss, step)
    if math.isfinite(value):
        text = _("From the loss at step {loss} to step {step}: {value} (log₁₀ = {log10}).")
    elif math.isinf(value):
        text = _("From the loss at step {loss} to step {step}: exactly 0.")
    elif step > loss:
        text = _("Step {step} comes after the loss at step {loss}, which does not depend on it.")
    else:
        text = _("The loss at step {loss} is not defined: its forward pass is not finite.")
    return text.format(
        loss=words.count(loss),
        step=words.count(step),
        value=words.power(value, words.READ),
        log10=words.decimals(value, 5),
    )
