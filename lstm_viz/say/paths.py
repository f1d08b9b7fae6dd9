"""By which path a gradient arrives."""

import math

from lstm_viz import words
from lstm_viz.analysis.paths import PathSplit
from lstm_viz.cells.architecture import Architecture
from lstm_viz.cells.ways import DIRECT, HIGHWAY
from lstm_viz.i18n import _
from lstm_viz.quantities import label
from lstm_viz.registry import CELLS
from lstm_viz.say.phrases import sentences

SUBSCRIPT = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
CLOSE = 0.18  # decades, a factor of one and a half


def path_name(name: str, cell: str) -> str:
    """The name of a path on screen, short: a phone shows eight of them."""
    if name == HIGHWAY:
        own = CELLS[cell]
        text = _("carry, ∘ {kept}") if own.carries == "h" else _("highway, ∘ {kept}")
        return text.format(kept=kept_symbol(own))
    if name == DIRECT:
        return _("loss at t")
    return _("via {gate}").format(gate=name)


def kept_symbol(record: Architecture) -> str:
    """By what the state is multiplied on its way: a gate, or 1 − a gate that writes."""
    gate, sign = record.keeper
    return gate if sign > 0 else f"(1 − {gate})"


def _called(record: Architecture) -> str:
    """The same in words."""
    gate, sign = record.keeper
    return label(gate) if sign > 0 else _("factor 1 − {gate}").format(gate=gate)


def paths_sentence(split: PathSplit) -> str:
    """By which path most arrives at the first step, and how far the product of gates is off."""
    t, state = split.first, split.state
    total, shortcut = float(split.log10_total[t, 0]), float(split.log10_shortcut[t, 0])
    place = f"{state}{str(t).translate(SUBSCRIPT)}"
    if math.isnan(total):
        return _("At {place} the gradient is not defined.").format(place=place)
    if math.isinf(total):
        text = _("Nothing arrives at {place}: the gradient there is exactly zero.")
        return text.format(place=place)
    if split.steps == t:
        text = _("At {place} the loss itself puts in everything: there is no later step.")
        return text.format(place=place)
    return sentences(_arrival(split, t, place), _shortcut_sentence(split, total - shortcut))


def _arrival(split: PathSplit, t: int, place: str) -> str:
    share = {name: float(values[t, 0]) for name, values in split.share.items()}
    gates = {name: s for name, s in share.items() if name not in (HIGHWAY, DIRECT)}
    largest = max(gates, key=lambda name: abs(gates[name]))
    if gates[largest] == 0:
        text = _("Nothing arrives at {place} through the gates; {highway} came along the highway.")
    elif split.state != "h":
        text = _(
            "Of what arrives at {place}, {highway} came along the cell's highway and {gates}"
            " through h and the gates; of these the {largest} has the largest part, {part}."
        )
    else:
        text = _(
            "Of what arrives at {place}, {highway} was carried over by {kept} and {gates} came"
            " through the gates; of these the {largest} has the largest part, {part}."
        )
    text = text.format(
        place=place,
        kept=kept_symbol(CELLS[split.cell]),
        highway=words.percent(share[HIGHWAY]),
        gates=words.percent(sum(gates.values())),
        largest=label(largest),
        part=words.percent(gates[largest]),
    )
    entered = ""
    if share[DIRECT]:
        entered = _("The loss at step {t} itself put in {share}.")
        entered = entered.format(t=words.count(t), share=words.percent(share[DIRECT]))
    return sentences(text, entered)


def _shortcut_sentence(split: PathSplit, above: float) -> str:
    """How far the product of the gates is from the gradient, both at the first step.

    above : log10 of the gradient over the product
    """
    if math.isinf(above):
        text = _("By the {gate} alone nothing at all would arrive there.")
    elif abs(above) < CLOSE:
        text = _(
            "The product of all values of the {gate}, often taken for the gradient, is close to it"
            " here: after {steps} the gradient is {times} times as large."
        )
    elif above > 0:
        text = _(
            "The product of all values of the {gate}, often taken for the gradient, misses it:"
            " after {steps} the gradient is {times} times as large."
        )
    else:
        text = _(
            "The product of all values of the {gate}, often taken for the gradient, misses it:"
            " after {steps} the gradient is only {times} times as large, since paths cancel."
        )
    return text.format(
        gate=_called(CELLS[split.cell]),
        times=words.power(above),
        steps=words.steps(split.steps - split.first),
    )
