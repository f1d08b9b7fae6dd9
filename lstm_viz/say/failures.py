"""Where there is no gradient to follow, and where it rests on lost digits."""

from lstm_viz import words
from lstm_viz.analysis.survival import Survival
from lstm_viz.cells.base import Failure
from lstm_viz.i18n import _
from lstm_viz.quantities import label
from lstm_viz.say.phrases import listed


def failure_sentence(name: str, failure: Failure) -> str:
    """Where and how a forward pass left the finite numbers."""
    return _(
        "The {name}'s forward pass leaves the finite numbers at step {step}: {quantity} of unit"
        " {unit} is {kind}, so there is no gradient to follow. A smaller recurrent gain, a shorter"
        " sequence or a bounded activation keeps it finite."
    ).format(
        name=name,
        step=words.count(failure.step),
        quantity=failure.quantity,
        unit=words.count(failure.unit),
        kind=_("NaN") if failure.kind == "NaN" else _("infinite"),
    )


def failed_name(name: str, failure: Failure) -> str:
    """A curve's name with the step from which on there is none."""
    text = _("{name}: not finite from step {step}")
    return text.format(name=name, step=words.count(failure.step))


def undetermined_sentence(result: Survival) -> str:
    """Where a gradient rests on digits that the forward pass no longer holds; "" for nowhere."""
    found = {name: int(where.sum()) for name, where in result.undetermined.items()}
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
    return text.format(what=listed(said), name=label(result.cell))
