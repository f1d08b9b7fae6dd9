"""What the gates do: their means and how much of them is saturated."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from lstm_viz.analysis.survival import Survival
from lstm_viz.cells import cell_of, chained, described
from lstm_viz.cells.base import Failure
from lstm_viz.errors import ShapeError
from lstm_viz.result import OfNet, Shown, failed, net_facts
from lstm_viz.words import number

if TYPE_CHECKING:
    from pandas import DataFrame

Array = np.ndarray
LOW, HIGH = 0.1, 0.9


@dataclass(frozen=True, eq=False, repr=False)
class GateSummary(OfNet):
    """Over the units of one sequence, for each step: (T,) arrays by name.

    mean : of each activation
    low, high : shares of units below 0.1 and above 0.9. For what has a sign, `low` is the share
        below −0.9.
    gates : those that lie between 0 and 1; candidates and states have a sign
    """

    mean: dict[str, Array]
    low: dict[str, Array]
    high: dict[str, Array]
    gates: tuple[str, ...] = ()

    def facts(self) -> dict[str, str]:
        means = {name: f"mean {number(mean.mean(), 2)}" for name, mean in self.mean.items()}
        return {"net": net_facts(self.net)} | means

    def _rows(self) -> "DataFrame":
        """A table with one row for each step and quantity."""
        from lstm_viz.tables import rows_frame

        return rows_frame(
            [
                {
                    "step": t + 1,
                    "quantity": name,
                    "mean": float(mean[t]),
                    "share_low": float(self.low[name][t]),
                    "share_high": float(self.high[name][t]),
                }
                for name, mean in self.mean.items()
                for t in range(len(mean))
            ]
        )


@dataclass(frozen=True, eq=False, repr=False)
class Pair(Shown):
    """One quantity of one sequence: what it is and what gradient it gets.

    value : (T, H); log10_gradient : (T, H), log10 |∂L/∂·| of each unit, −inf for exact zeros;
    log10_norm : (T,), of the gradient over units; signed : whether it is no gate between 0 and 1
    wrt : what the gradient is by, a gate's pre-activation "a_f" or a state "c"
    """

    value: Array
    log10_gradient: Array
    log10_norm: Array
    signed: bool = True
    wrt: str = ""


@dataclass(frozen=True, eq=False, repr=False)
class GateViews(OfNet):
    """Gates with the gradients of their pre-activations; c and h with their total ones.

    failure : where the forward pass left the finite numbers, None if it did not
    """

    cell: str
    summary: GateSummary
    pairs: dict[str, Pair]
    failure: Failure | None = None

    @property
    def steps(self) -> int:
        return len(self.pairs["h"].value)

    def facts(self) -> dict[str, str]:
        own = {"net": net_facts(self.net), "forward pass": failed(self.failure)}
        return own | self.summary.facts()

    def _rows(self) -> "DataFrame":
        """A table with one row for each step and unit."""
        from lstm_viz.tables import grid_frame

        columns = {name: pair.value[:, None] for name, pair in self.pairs.items()}
        gradients = {
            f"log10_gradient_{name}": pair.log10_gradient[:, None]
            for name, pair in self.pairs.items()
        }
        return grid_frame("step", 1, columns | gradients)


def gate_views(result: Survival) -> GateViews:
    """Lay a gated cell's activations and their gradients side by side, for steps 1 … T."""
    if not isinstance(result, Survival):
        raise ShapeError(
            "what-returns", name="result", function="survival", got=type(result).__name__
        )
    pairs, record = {}, cell_of(result.weights)
    if record.chain is None:
        known = ", ".join(chained())
        raise ShapeError("one-layer-of", name="result", known=known, got=described(result.weights))
    names = sorted(record.gate_names, key=record.with_role("candidate").__contains__)
    gates = tuple(name for name in names if name not in record.with_role("candidate"))
    for name in (*names, *reversed(record.states)):
        gate = name in names
        rows = slice(None) if gate else slice(1, None)  # states have a row 0
        key = f"a_{name}" if gate else name
        gradient = result.gradients.scaled[key].log10_abs()[rows, 0]
        value = getattr(result.trace, name)[rows, 0]
        value = value.reshape(len(value), -1)  # all numbers of a state side by side
        pairs[name] = Pair(value, gradient, result.norms[key][rows], name not in gates, key)
    net = result.settings()
    summary = summarise_gates({name: pair.value for name, pair in pairs.items()}, gates)
    return GateViews(result.cell, replace(summary, net=net), pairs, result.failure, net=net)


def summarise_gates(values: dict[str, Array], gates: tuple[str, ...]) -> GateSummary:
    """Summarise activations (T, H) by name; those that are `gates` lie in [0, 1].

    The thresholds 0.1 and 0.9 are those of Karpathy, Johnson & Fei-Fei (2016), §4.2.
    """
    floor = {name: LOW if name in gates else -HIGH for name in values}
    return GateSummary(
        {name: a.mean(axis=1) for name, a in values.items()},
        {name: (a < floor[name]).mean(axis=1) for name, a in values.items()},
        {name: (a > HIGH).mean(axis=1) for name, a in values.items()},
        gates,
    )
