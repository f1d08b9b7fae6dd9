"""Where weights come from: the net that was chosen, as one value, and the way to its weights."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from lstm_viz.cells import init_weights
from lstm_viz.cells.protocols import Weights
from lstm_viz.inputs.probes import unit_probe
from lstm_viz.spec import ModelSpec


@dataclass(frozen=True)
class Net:
    """A network as it was chosen: hashable, so that it can be a cache's key.

    spec : what its weights are drawn from
    """

    spec: ModelSpec

    @property
    def cell(self) -> str:
        """The name of its architecture."""
        return self.spec.cell

    def seeds(self, count: int) -> "list[Net]":
        """This net and those of the next seeds, so many in all."""
        return [Net(replace(self.spec, seed=self.spec.seed + k)) for k in range(count)]


def weights_of(net: Net) -> Any:
    """The one way from what was chosen to weights."""
    return init_weights(net.spec)


def probe_of(net: Net, weights: Weights) -> np.ndarray:
    """The unit vector v (O,) of the net's own seed; its loss is ⟨v, output⟩."""
    return unit_probe(weights.output_size, net.spec.seed)
