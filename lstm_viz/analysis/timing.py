"""How long architectures take on this machine, and how that grows with the length."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lstm_viz import words
from lstm_viz.cells import backward, cost, forward, init_weights
from lstm_viz.inputs.probes import last_step
from lstm_viz.result import Shown, net_facts
from lstm_viz.spec import ModelSpec

if TYPE_CHECKING:
    from pandas import DataFrame

Array = np.ndarray
FEWEST = 4  # measured lengths that a growth exponent needs
LEAST_FITTED = 3  # of them at least are fitted, the longest ones
PROBE = 50  # steps of the run that an estimate starts from
PASSES = ("both", "forward")


@dataclass(frozen=True, repr=False)
class Run(Shown):
    """Seconds that one network took over T steps: forward alone, and forward and backward."""

    spec: ModelSpec
    length: int
    forward: float
    both: float


@dataclass(frozen=True, repr=False)
class Growth(Shown):
    """A fit seconds = e^start · T^power over the lengths from `first` on; NaN for too few.

    error : standard error of the power, from how the points scatter about the line
    """

    power: float
    start: float
    error: float
    first: int

    def seconds(self, lengths: Array) -> Array:
        """Seconds at these lengths by the fit."""
        return np.exp(self.start + self.power * np.log(lengths))


@dataclass(frozen=True, eq=False, repr=False)
class Timing(Shown):
    """Measured seconds of one architecture on one sequence.

    passes : "forward", or "both" for forward and backward; lengths : (n,), rising;
    seconds : (n,), the median of the repeats at each
    """

    spec: ModelSpec
    passes: str
    lengths: Array
    seconds: Array

    @property
    def cell(self) -> str:
        return self.spec.cell

    def growth(self) -> Growth:
        """Fit a power of T by least squares on log-log axes to the longer half of the lengths."""
        if len(self.lengths) < FEWEST:
            return Growth(np.nan, np.nan, np.nan, int(self.lengths[0]))
        far = slice(-max(LEAST_FITTED, len(self.lengths) // 2), None)
        x, y = np.log(self.lengths[far]), np.log(self.seconds[far])
        power, start = np.polyfit(x, y, 1)
        scatter = np.sum((y - start - power * x) ** 2) / (len(x) - 2)
        error = np.sqrt(scatter / np.sum((x - x.mean()) ** 2))
        return Growth(float(power), float(start), float(error), int(self.lengths[far][0]))

    def settings(self) -> dict[str, object]:
        return self.spec.settings()

    def facts(self) -> dict[str, str]:
        own = {"net": net_facts(self.settings()), "passes": self.passes}
        T = f"T = {self.lengths[0]} … {self.lengths[-1]}"
        return own | {
            f"seconds, {T}": f"{words.number(self.seconds[0])} to {words.number(self.seconds[-1])}"
        }

    def _rows(self) -> "DataFrame":
        """A table with one row for each length."""
        from lstm_viz.tables import rows_frame

        own = {"passes": self.passes}
        rows = zip(self.lengths.tolist(), self.seconds.tolist(), strict=True)
        return rows_frame([own | {"length": T, "seconds": s} for T, s in rows])


def slower_from(one: Timing, other: Timing) -> tuple[float, bool]:
    """The length from which on `one` takes longer than `other`, and whether it was measured.

    Measured, it lies between two lengths, on straight lines on log-log axes, and is 0 where `one`
    is slower at all of them. Where `one` is faster at the longest, the fits are prolonged:
    infinity if they never cross beyond it, NaN if there is no length in common or no fit.
    """
    T, mine, its = np.intersect1d(one.lengths, other.lengths, return_indices=True)
    if not len(T):
        return float("nan"), False
    x, lag = np.log(T), np.log(one.seconds[mine]) - np.log(other.seconds[its])
    if lag[-1] <= 0:
        return _crossing(one.growth(), other.growth(), float(T[-1])), False
    faster = np.flatnonzero(lag <= 0)
    if not len(faster):
        return 0.0, True
    k = faster[-1]
    way = lag[k] / (lag[k] - lag[k + 1])
    return float(np.exp(x[k] + way * (x[k + 1] - x[k]))), True


def _crossing(one: Growth, other: Growth, longest: float) -> float:
    """Where the line of `one` crosses the other's from below, beyond the longest measured."""
    if np.isnan(one.power) or np.isnan(other.power):
        return float("nan")
    if one.power <= other.power:
        return float("inf")
    with np.errstate(over="ignore"):
        found = float(np.exp((other.start - one.start) / (one.power - other.power)))
    return max(found, longest)


def expected_seconds(specs: list[ModelSpec], lengths: list[int], repeats: int) -> float:
    """About how long `measure` will take: short runs of each, prolonged by what is computed."""
    total = 0.0
    for spec in specs:
        probe = min(seconds_of(spec, PROBE).both for _ in range(2))  # the first one warms up
        work = sum(max(cost(spec, T).operations, T) for T in lengths)
        total += repeats * probe * work / max(cost(spec, PROBE).operations, PROBE)
    return total


def most_bytes(specs: list[ModelSpec], longest: int) -> int:
    """About how much memory the hungriest of the nets takes at this length, in float64."""
    return max(8 * cost(spec, longest).kept for spec in specs)


def seconds_of(spec: ModelSpec, T: int) -> Run:
    """Time one forward and one backward pass over a sequence of T steps."""
    weights = init_weights(spec)
    x = np.random.default_rng(0).normal(size=(T, 1, spec.input_size))
    dh = last_step(T, np.ones(weights.output_size))
    start = time.perf_counter()
    trace = forward(weights, x)
    middle = time.perf_counter()
    backward(weights, trace, dh)
    return Run(spec, T, middle - start, time.perf_counter() - start)


def thinned(longest: int) -> list[int]:
    """Lengths to measure at: about evenly spaced on a log scale up to the longest."""
    return np.unique(np.geomspace(min(20, longest), longest, 10).round().astype(int)).tolist()


def measure(
    specs: list[ModelSpec], lengths: list[int], repeats: int, skip: int = 0
) -> Iterator[Run]:
    """Yield the runs one by one, the short lengths first and the architectures in turn.

    skip : how many of the runs are there already
    """
    plan = [(spec, T) for T in lengths for _ in range(repeats) for spec in specs]
    for spec, T in plan[skip:]:
        yield seconds_of(spec, T)


def timings(runs: list[Run], passes: str = "both") -> list[Timing]:
    """Gather what was measured so far, a timing for each architecture in the order of its runs."""
    found: dict[ModelSpec, dict[int, list[float]]] = {}
    for run in runs:
        found.setdefault(run.spec, {}).setdefault(run.length, []).append(getattr(run, passes))
    return [
        Timing(spec, passes, np.array(list(own)), np.array([np.median(s) for s in own.values()]))
        for spec, own in found.items()
    ]
