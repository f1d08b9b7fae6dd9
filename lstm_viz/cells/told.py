"""What weights and traces of all cells say of themselves: their net, their law, their sizes."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Protocol, Self

import numpy as np

from lstm_viz.cells.protocols import Trace
from lstm_viz.result import Shown, failed, net_facts, settings_of
from lstm_viz.spec import ModelSpec
from lstm_viz.words import count, number

if TYPE_CHECKING:
    from pandas import DataFrame

Array = np.ndarray
MANY = 8  # arrays of weights: of more the sizes are not told one by one


class Weighted(Shown):
    """What weights say: the net, how many numbers it has, how large they are."""

    spec: ModelSpec | None = None  # what drew them, if these are as drawn; no field, not compared
    variant: str = ""  # the flags of their record that they are of, as in `ModelSpec`

    @property
    def flags(self) -> tuple[str, ...]:
        """The same one by one."""
        return tuple(self.variant.split())

    def sizes(self) -> dict[str, object]:
        """What they are, as columns of a table, by the names that `ModelSpec` has."""
        raise NotImplementedError

    def settings(self) -> dict[str, object]:
        """The same, and the law that they were drawn by, if that is known."""
        law = ("init", "gain", "forget_bias", "seed", "t_max") if self.spec else ()
        return self.sizes() | {name: getattr(self.spec, name) for name in law}

    def drawn_by(self, spec: ModelSpec | None) -> Self:
        """These weights, which now say what drew them; those that `replace` makes do not."""
        object.__setattr__(self, "spec", spec)
        return self

    def arrays(self) -> dict[str, Array]:
        """Everything that would be learned, by name."""
        raise NotImplementedError

    def parts(self) -> "Mapping[str, Weighted]":
        """The nets that they are made of, by layer or direction; of a single one there are none."""
        return {}

    def facts(self) -> dict[str, str]:
        arrays = self.arrays()
        own = {"net": net_facts(self.settings())}
        own["numbers"] = count(sum(array.size for array in arrays.values()))
        if len(arrays) > MANY:
            return own
        return own | {name: f"rms {number(rms(array))}" for name, array in arrays.items()}

    def _rows(self) -> "DataFrame":
        """A table with one row for each entry of each array."""
        from lstm_viz.tables import entries_frame

        return entries_frame(self.arrays())


def rms(array: Array) -> float:
    return float(np.sqrt(np.mean(np.abs(array) ** 2)))


def numbered(layers: Iterable["Layer"]) -> dict[str, Array]:
    """The layers' arrays, with the layer's number, from 1, behind the name."""
    each = enumerate(layers, 1)
    return {f"{name}_{k}": array for k, own in each for name, array in own.arrays().items()}


class Layer(Protocol):
    """What `numbered` reads of a layer's weights."""

    def arrays(self) -> dict[str, Array]: ...


class Telling(Trace, Protocol):
    """A trace that says more of itself than all do."""

    def settings(self) -> dict[str, object]: ...
    def _values(self) -> dict[str, str]: ...


class Traced(Shown):
    """What traces say: the net, the sequences, and where the forward pass failed, if it did."""

    def settings(self: Trace) -> dict[str, object]:
        return settings_of(self.weights) | {"T": len(self.x)}

    def facts(self: Telling) -> dict[str, str]:
        own = {"net": net_facts(self.settings()), "sequences": str(self.x.shape[1])}
        return own | {"forward pass": failed(self.failure)} | self._values()

    def _values(self: Trace) -> dict[str, str]:
        return {"output": mean_size(self.output)}


def mean_of(array: Array) -> str:
    return f"mean {number(float(np.real(array.mean())))}"


def mean_size(array: Array) -> str:
    """How large the entries are on average."""
    with np.errstate(over="ignore", invalid="ignore"):
        return f"mean size {number(float(np.abs(array).mean()))}"


def doubts(gradients: object) -> dict[str, str]:
    """Of which gradients, at how many steps, the forward pass no longer holds the digits."""
    found = getattr(gradients, "undetermined", {}).items()
    return {f"∂L/∂{n} not determined": f"at {at.sum()} steps" for n, at in found if at.any()}
