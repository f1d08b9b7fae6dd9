"""What a reader must know of an input that is shorter than what was asked for."""

from lstm_viz import words
from lstm_viz.i18n import _


def short_notices(asked: int, got: int) -> tuple[str, ...]:
    """That the input has fewer steps than were asked for, where it has."""
    text = _("This input has {steps}; T = {asked} was asked for.")
    said = text.format(steps=words.steps(got), asked=words.count(asked))
    return (said,) if got < asked else ()


def mapped_notices(asked: int, got: int) -> tuple[str, ...]:
    """That fewer steps are shown, where a map of all pairs of more would take too long."""
    text = _("All pairs of steps are computed: of T = {asked} the first {got} are shown.")
    said = text.format(got=words.count(got), asked=words.count(asked))
    return (said,) if got < asked else ()
