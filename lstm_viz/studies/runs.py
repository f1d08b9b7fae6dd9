"""Runs of the engine that several studies share, each kept; and what a reader is warned of."""

from lstm_viz.analysis.survival import Survival, survival_of_one
from lstm_viz.nets import Net, probe_of, weights_of
from lstm_viz.quantities import label
from lstm_viz.say.failures import failure_sentence, undetermined_sentence
from lstm_viz.studies.kept import kept
from lstm_viz.studies.subject import Sequence


@kept
def survival_of(net: Net, given: Sequence) -> Survival:
    """One network, the loss at the last step."""
    weights = weights_of(net)
    return survival_of_one(weights, given.x, probe_of(net, weights))


def failed(result: Survival) -> tuple[str, ...]:
    """That a network's forward pass left the finite numbers, where it did."""
    return (failure_sentence(label(result.cell), result.failure),) if result.failure else ()


def undetermined(result: Survival) -> tuple[str, ...]:
    """That a gradient rests on digits that its forward pass no longer holds, where it does."""
    return tuple(filter(None, [undetermined_sentence(result)]))
