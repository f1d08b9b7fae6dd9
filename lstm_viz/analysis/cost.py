"""What an architecture costs: parameters, operations, and steps that wait for one another."""

import math
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from lstm_viz import words
from lstm_viz.cells import cost, count_parameters
from lstm_viz.cells.base import Cost
from lstm_viz.errors import SpecError
from lstm_viz.result import Shown, net_facts
from lstm_viz.spec import ModelSpec

if TYPE_CHECKING:
    from pandas import DataFrame

Array = np.ndarray
FARTHEST = 10**9  # steps: an overtaking beyond it is none


@lru_cache(maxsize=1024)
def matched_hidden_size(spec: ModelSpec, parameters: int) -> int:
    """Return the number of units H that brings `spec` nearest to this number of parameters.

    Sizes that the architecture does not allow, such as one that its heads do not divide, are passed
    over.
    """
    nearest, least, found, H = 1, math.inf, 0, 0
    # An input of H numbers needs no embedding: only beyond that do all counts rise with H.
    while found < parameters or H < spec.input_size:
        H += 1
        try:
            found = count_parameters(resized(spec, H))
        except SpecError:
            continue
        if abs(found - parameters) < least:
            nearest, least = H, abs(found - parameters)
    return nearest


def resized(spec: ModelSpec, units: int) -> ModelSpec:
    """The network with so many units H; a feed-forward part keeps its proportion to H."""
    width = round(spec.feed_forward * units / spec.hidden_size)
    return replace(spec, hidden_size=units, feed_forward=width)


@dataclass(frozen=True, eq=False, repr=False)
class CostCurve(Shown):
    """What one architecture's forward pass costs at each length.

    lengths : (n,); costs : one for each; parameters : as PyTorch counts them
    """

    spec: ModelSpec
    parameters: int
    lengths: Array
    costs: tuple[Cost, ...]

    @property
    def cell(self) -> str:
        return self.spec.cell

    def values(self, name: str) -> Array:
        """(n,) a field of `Cost`, such as "operations", at each length."""
        return np.array([getattr(one, name) for one in self.costs], np.float64)

    def settings(self) -> dict[str, object]:
        return self.spec.settings() | {"parameters": self.parameters}

    def facts(self) -> dict[str, str]:
        own = {"net": net_facts(self.settings()), "parameters": words.count(self.parameters)}
        T = f"T = {self.lengths[0]} … {self.lengths[-1]}"
        ends = (
            f"{words.number(self.costs[0].operations)} to {words.number(self.costs[-1].operations)}"
        )
        return own | {f"operations, {T}": ends}

    def _rows(self) -> "DataFrame":
        """A table with one row for each length."""
        from lstm_viz.tables import rows_frame

        return rows_frame(
            [
                {"length": int(T)} | vars(one)
                for T, one in zip(self.lengths, self.costs, strict=True)
            ]
        )


def cost_curve(spec: ModelSpec, lengths: Array) -> CostCurve:
    """Count what the architecture costs at each of the lengths."""
    costs = tuple(cost(spec, int(T)) for T in lengths)
    return CostCurve(spec, count_parameters(spec), np.asarray(lengths), costs)


@dataclass(frozen=True, eq=False, repr=False)
class SizeCurve(Shown):
    """What one architecture's forward pass over T steps costs as the networks compared grow.

    units : (n,), of the network that sets the sizes; specs : this architecture's at each of them,
    of as many units or of others; costs : one for each
    """

    units: Array
    length: int
    specs: tuple[ModelSpec, ...]
    costs: tuple[Cost, ...]

    @property
    def cell(self) -> str:
        return self.specs[0].cell

    def values(self, name: str) -> Array:
        """(n,) "parameters", or a field of `Cost` such as "operations", at each size."""
        if name == "parameters":
            return np.array([count_parameters(spec) for spec in self.specs], np.float64)
        return np.array([getattr(one, name) for one in self.costs], np.float64)

    def facts(self) -> dict[str, str]:
        own = {"net": self.cell, "T": str(self.length)}
        own["H"] = f"{self.specs[0].hidden_size} … {self.specs[-1].hidden_size}"
        ends = (
            f"{words.number(self.costs[0].operations)} to {words.number(self.costs[-1].operations)}"
        )
        return own | {"operations": ends}

    def _rows(self) -> "DataFrame":
        """A table with one row for each size."""
        from lstm_viz.tables import rows_frame

        own = {"cell": self.cell, "length": self.length}
        points = zip(self.units.tolist(), self.specs, self.costs, strict=True)
        return rows_frame(
            [
                own
                | {"units": units, "hidden_size": spec.hidden_size}
                | {"parameters": count_parameters(spec)}
                | vars(one)
                for units, spec, one in points
            ]
        )


def size_curve(units: Array, specs: list[ModelSpec], T: int) -> SizeCurve:
    """Count what each of one architecture's networks costs over T steps."""
    costs = tuple(cost(spec, T) for spec in specs)
    return SizeCurve(np.asarray(units), T, tuple(specs), costs)


def overtaking(one: ModelSpec, other: ModelSpec) -> int | None:
    """The least length from which `one` takes more operations than `other`; None if never.

    Operations must grow no slower in `one` than in `other` once it is ahead, as T² against T.
    """

    def ahead(T: int) -> bool:
        return cost(one, T).operations > cost(other, T).operations

    high = 1
    while not ahead(high):
        high *= 2
        if high > FARTHEST:
            return None
    low = high // 2  # not ahead there, or 0
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if ahead(middle) else (middle, high)
    return high
