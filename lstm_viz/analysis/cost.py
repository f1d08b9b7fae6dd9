"""What an architecture costs: parameters, operations, steps that wait for one another, and time."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import count

import numpy as np

from lstm_viz.cells import backward, cost, count_parameters, forward, init_weights
from lstm_viz.cells.base import Cost
from lstm_viz.errors import SpecError
from lstm_viz.probes import last_step
from lstm_viz.spec import ModelSpec

Array = np.ndarray
FEWEST = 4  # measured lengths that a growth exponent needs
PROBE = 50  # steps of the run that an estimate starts from
FARTHEST = 10**9  # steps: an overtaking beyond it is none


@lru_cache(maxsize=1024)
def matched_hidden_size(spec: ModelSpec, parameters: int) -> int:
    """Return the number of units H that brings `spec` nearest to this number of parameters.

    Sizes that the architecture does not allow, such as one that its heads do not divide, are passed
    over.
    """
    nearest, least = 1, float("inf")
    for H in count(1):
        try:
            found = count_parameters(resized(spec, H))
        except SpecError:
            continue
        if abs(found - parameters) < least:
            nearest, least = H, abs(found - parameters)
        if found >= parameters:
            return nearest


def resized(spec: ModelSpec, units: int) -> ModelSpec:
    """The network with so many units H; a feed-forward part keeps its proportion to H."""
    width = round(spec.feed_forward * units / spec.hidden_size)
    return replace(spec, hidden_size=units, feed_forward=width)


@dataclass(frozen=True, eq=False)
class CostCurve:
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
        """(n,) "operations", "sequential_steps" or "path_length"."""
        return np.array([getattr(one, name) for one in self.costs], np.float64)

    def to_frame(self):
        """A table with one row for each length."""
        from lstm_viz.tables import rows_frame

        own = {"cell": self.cell, "hidden_size": self.spec.hidden_size}
        own |= {"parameters": self.parameters}
        return rows_frame(
            [
                own | {"length": int(T)} | vars(one)
                for T, one in zip(self.lengths, self.costs, strict=True)
            ]
        )


def cost_curve(spec: ModelSpec, lengths: Array) -> CostCurve:
    """Count what the architecture costs at each of the lengths."""
    costs = tuple(cost(spec, int(T)) for T in lengths)
    return CostCurve(spec, count_parameters(spec), np.asarray(lengths), costs)


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


@dataclass(frozen=True, eq=False)
class Timing:
    """Measured seconds of one architecture, forward and backward on one sequence.

    lengths : (n,); seconds : (n,), the median of the repeats at each
    """

    spec: ModelSpec
    lengths: Array
    seconds: Array

    @property
    def cell(self) -> str:
        return self.spec.cell

    @property
    def growth(self) -> float:
        """Exponent p of seconds ~ T^p over the longer half of the lengths; NaN for too few."""
        return self._line()[0]

    def _line(self) -> tuple[float, float]:
        if len(self.lengths) < FEWEST:
            return float("nan"), float("nan")
        far = slice(-max(3, len(self.lengths) // 2), None)
        slope, start = np.polyfit(np.log(self.lengths[far]), np.log(self.seconds[far]), 1)
        return float(slope), float(start)

    def fitted(self, lengths: Array) -> Array:
        """Seconds at these lengths by the fit."""
        slope, start = self._line()
        return np.exp(start + slope * np.log(lengths))

    def overtakes(self, other: "Timing") -> float:
        """The length at which the fits cross and this one becomes slower.

        0 where it is slower at every length measured and grows no slower; infinity if it never
        does, NaN without fits.
        """
        (p, a), (q, b) = self._line(), other._line()
        if np.isnan(p) or np.isnan(q):
            return float("nan")
        if p <= q:
            return (
                0.0 if a + p * np.log(self.lengths[0]) > b + q * np.log(self.lengths[0]) else np.inf
            )
        with np.errstate(over="ignore"):
            crossing = float(np.exp((b - a) / (p - q)))
        return 0.0 if crossing < self.lengths[0] else crossing

    def to_frame(self):
        """A table with one row for each length."""
        from lstm_viz.tables import rows_frame

        own = {"cell": self.cell, "hidden_size": self.spec.hidden_size}
        rows = zip(self.lengths.tolist(), self.seconds.tolist(), strict=True)
        return rows_frame([own | {"length": T, "seconds": s} for T, s in rows])


def expected_seconds(specs: list[ModelSpec], lengths: list[int], repeats: int) -> float:
    """About how long `measure` will take: one short run each, prolonged by what is computed."""
    total = 0.0
    for spec in specs:
        probe = seconds_of(spec, PROBE)
        work = sum(max(cost(spec, T).operations, T) for T in lengths)
        total += repeats * probe * work / max(cost(spec, PROBE).operations, PROBE)
    return total


def most_bytes(specs: list[ModelSpec], longest: int) -> int:
    """About how much memory the hungriest of the nets takes at this length, in float64."""
    return max(8 * cost(spec, longest).kept for spec in specs)


def seconds_of(spec: ModelSpec, T: int) -> float:
    """Time one forward and one backward pass over a sequence of T steps."""
    weights = init_weights(spec)
    x = np.random.default_rng(0).normal(size=(T, 1, spec.input_size))
    dh = last_step(T, np.ones(weights.output_size))
    start = time.perf_counter()
    backward(weights, forward(weights, x), dh)
    return time.perf_counter() - start


def thinned(longest: int) -> list[int]:
    """Lengths to measure at: about evenly spaced on a log scale up to the longest."""
    return np.unique(np.geomspace(min(20, longest), longest, 10).round().astype(int)).tolist()


def measure(
    specs: list[ModelSpec], lengths: list[int], repeats: int, skip: int = 0
) -> Iterator[tuple[ModelSpec, int, float]]:
    """Yield (spec, T, seconds), the short lengths first and the architectures in turn.

    skip : how many of the runs are there already
    """
    plan = [(spec, T) for T in lengths for _ in range(repeats) for spec in specs]
    for spec, T in plan[skip:]:
        yield spec, T, seconds_of(spec, T)


def timings(runs: list[tuple[ModelSpec, int, float]]) -> list[Timing]:
    """Gather what was measured so far, a timing for each architecture in the order of its runs."""
    found: dict[ModelSpec, dict[int, list[float]]] = {}
    for spec, T, seconds in runs:
        found.setdefault(spec, {}).setdefault(T, []).append(seconds)
    return [
        Timing(spec, np.array(list(own)), np.array([np.median(s) for s in own.values()]))
        for spec, own in found.items()
    ]
