"""How self-attention weighs the steps, and where its gradient goes."""

from lstm_viz import words
from lstm_viz.analysis.attention_map import (
    AttentionViews,
    Peaks,
    Spread,
    gradient_spread,
    same_peak,
    silent_losses,
    weight_spread,
)
from lstm_viz.i18n import _, ngettext
from lstm_viz.quantities import label
from lstm_viz.say.failures import failure_sentence
from lstm_viz.say.phrases import sentences

ALIKE = 0.02  # of evenness: a smaller difference is not worth a word


def attention_sentence(views: AttentionViews, layer: int = 0, head: int | None = None) -> str:
    """How far away and how evenly a layer's weights lie, and how the gradient compares.

    head : None for the mean of all
    """
    if views.failure is not None:
        return failure_sentence(label(str(views.net["cell"])), views.failure)
    own = weight_spread(views, layer, head)
    if own is None:
        return _("There is one step, and all of the weight is on it.")
    return sentences(
        _first(own, _who(views, layer, head)),
        _second(own, gradient_spread(views)),
        _silent(silent_losses(views)),
        _peaks(same_peak(views, layer, head)),
    )


def _who(views: AttentionViews, layer: int, head: int | None) -> str:
    """Whose weights they are."""
    if views.layers == 1:
        return _("Self-attention") if head is None else _("Head {h}").format(h=head)
    text = _("Layer {k}") if head is None else _("Head {h} of layer {k}")
    return text.format(k=layer + 1, h=head)


def _first(own: Spread, who: str) -> str:
    """Of the weights."""
    if own.evenness >= 0.95:
        text = _(
            "{who} weighs the steps that it sees almost equally: its weights are as spread as equal"
            " ones over {n} of {seen}, and lie {distance} away on average."
        )
    else:
        text = _(
            "{who} chooses among the steps that it sees: its weights are as concentrated as equal"
            " ones on {n} of {seen}, and lie {distance} away on average."
        )
    return text.format(
        who=who,
        n=words.number(own.steps, 2 if own.steps < 100 else 3),
        seen=words.steps(own.seen),
        distance=words.steps(own.distance),
    )


def _second(own: Spread, gradient: Spread | None) -> str:
    """Of the gradient beside them; "" where there is none."""
    if gradient is None:
        return ""
    difference = gradient.evenness - own.evenness
    if difference < -ALIKE:
        text = _("The gradient is more concentrated than the weights: as equal shares on {n}.")
    elif difference > ALIKE:
        text = _("The gradient is more evenly spread than the weights: as equal shares on {n}.")
    else:
        text = _("The gradient is spread as the weights are: as equal shares on {n}.")
    return text.format(n=words.steps(gradient.steps))


def _silent(losses: tuple[int, int]) -> str:
    """Of the losses that reach no input at all, "" where there are none."""
    silent, of = losses
    if not silent:
        return ""
    if silent == of:
        return _("No loss reaches any input: the gradient is exactly zero.")
    text = ngettext(
        "Of {of} losses {silent} reaches no input at all: its gradient is exactly zero.",
        "Of {of} losses {silent} reach no input at all: their gradient is exactly zero.",
        silent,
    )
    return text.format(of=words.count(of), silent=words.count(silent))


def _peaks(peaks: Peaks) -> str:
    """Of where both are largest; "" where no step has one largest weight and gradient."""
    if not peaks.of:
        return ""
    text = ngettext(
        "Where a step's weight is largest, its gradient is largest in {same} of {of} case.",
        "Where a step's weight is largest, its gradient is largest in {same} of {of} cases.",
        peaks.of,
    )
    if peaks.ties:
        text = ngettext(
            "Where a step's weight is largest, its gradient is largest in {same} of the {of} case"
            " that is no tie.",
            "Where a step's weight is largest, its gradient is largest in {same} of the {of} cases"
            " that are no tie.",
            peaks.of,
        )
    return text.format(same=words.count(peaks.same), of=words.count(peaks.of))
