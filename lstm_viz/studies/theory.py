"""Known answers beside measured curves: which were asked for, and what they are for these nets."""

from dataclasses import dataclass

from lstm_viz.analysis.overlays import Curve, Reference, references
from lstm_viz.nets import weights_of
from lstm_viz.say.settings import said
from lstm_viz.say.theory import theory_name
from lstm_viz.studies.runs import survival_of
from lstm_viz.studies.subject import Subject


@dataclass(frozen=True)
class Theory:
    """Which known answers are drawn beside the measured curves."""

    keys: tuple[str, ...] = ()

    def caption(self) -> str:
        """What a figure's caption adds to the settings."""
        return said("theory", [theory_name(key) for key in self.keys]) if self.keys else ""

    def slug(self, figure: str) -> str:
        """The same for a file's name."""
        return "_".join([figure, *self.keys])


NO_THEORY = Theory()


def known_answers(
    subject: Subject, keys: tuple[str, ...], curves: list[Curve], from_loss: bool, seeds: int = 1
) -> list[Reference]:
    """Known answers for the two compared nets, each beside its own curve.

    from_loss : as `references` has it
    seeds : how many nets the curves are the median of; Pascanu's bound is then one on the median
    """
    if not keys:
        return []
    found: list[Reference] = []
    for net, curve in zip(subject.compared(), curves, strict=True):
        result, nets = survival_of(net, subject.input), map(weights_of, net.seeds(seeds))
        found += references(
            result.weights, result.trace, curve, net.spec.init, keys, from_loss, list(nets)
        )
    return found
