"""Whether a gradient survives: one network, one sequence, one loss at the last step."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from lstm_viz.analysis.norms import log10_norms
from lstm_viz.analysis.rates import Rate, fit_rate
from lstm_viz.arrays import sequences, vector
from lstm_viz.cells import carrying, cell_of, run, run_back, states_of
from lstm_viz.cells.base import Failure
from lstm_viz.cells.protocols import Gradients, Trace, Weights
from lstm_viz.cells.told import doubts
from lstm_viz.inputs.probes import last_step
from lstm_viz.result import Shown, failed, net_facts, settings_of, size
from lstm_viz.sketch import Line
from lstm_viz.spec import check_name
from lstm_viz.words import count

if TYPE_CHECKING:
    from pandas import DataFrame

Array = np.ndarray


@dataclass(frozen=True, eq=False, repr=False)
class Survival(Shown):
    """The total gradient of ⟨v, h_T⟩ at every step of one sequence.

    norms : as `log10_norms` gives them, with the batch axis dropped: "h" (T+1,), "x" (T,) …
    of : by what the gradient is followed: the state that carries, unless another was asked for
    rate : of ‖∂L/∂of‖ per step back; its horizons are shares of the same as `log10_left`
    """

    weights: Weights
    trace: Trace
    gradients: Gradients
    norms: dict[str, Array]
    of: str
    rate: Rate

    @property
    def cell(self) -> str:
        return self.weights.cell

    @property
    def steps(self) -> int:
        return len(self.trace.x)

    @property
    def beside(self) -> tuple[str, ...]:
        """The cell's other states, whose gradient stands beside."""
        return tuple(name for name in states_of(self.weights) if name != self.of)

    @property
    def failure(self) -> Failure | None:
        """Where the forward pass left the finite numbers, or None."""
        return self.trace.failure

    @property
    def undetermined(self) -> dict[str, Array]:
        """Name → (T, 1) or (T+1, 1): where the run's round-off hides a gradient, if known."""
        return getattr(self.gradients, "undetermined", {})

    @property
    def log10_norm(self) -> Array:
        """(T+1,) or, by something that has no initial value, (T,): log10 ‖∂L/∂of‖."""
        return self.norms[self.of]

    @property
    def log10_left(self) -> float:
        """log10 of the share of the error at the loss that is left at the first step.

        By a state ‖∂L/∂of_0‖ / ‖∂L/∂h_T‖, the same measure for all nets: an LSTM's ‖∂L/∂c_T‖ is
        already less than the error. By anything else, whose size is no share of an error,
        ‖∂L/∂of_1‖ / ‖∂L/∂of_T‖.
        """
        return float(self.log10_norm[0]) - self.log10_whole

    @property
    def log10_whole(self) -> float:
        """log10 of what shares are of: ‖∂L/∂h_T‖, or for no state ‖∂L/∂of_T‖."""
        return _log10_whole(self.weights, self.gradients, self.log10_norm, self.of)

    def settings(self) -> dict[str, object]:
        return settings_of(self.weights) | {"T": self.steps}

    def facts(self) -> dict[str, str]:
        """What is left at the first step, and how fast the gradient fell."""
        own = {"net": net_facts(self.settings()), "forward pass": failed(self.failure)}
        if self.failure is None:
            state = len(self.log10_norm) > self.steps
            whole = "of the error at the loss" if state else f"of ∂L/∂{self.of} at the last"
            gone = np.flatnonzero(np.isneginf(self.log10_norm))
            left = f"{size(self.log10_left)} {whole}"
            if len(gone):
                left = f"exactly 0 from step {gone[-1] + (not state)} back"
            own[f"∂L/∂{self.of}_{0 if state else 1}"] = left
        return own | self.rate.facts() | doubts(self.gradients)

    def line(self) -> Line:
        steps = np.arange(self.steps + 1)[-len(self.log10_norm) :]
        return Line(steps, self.log10_norm, "time step t", f"‖∂L/∂{self.of}_t‖")

    def _rows(self) -> "DataFrame":
        """A table with one row for each step t = 0 … T: log10 norms; empty where undefined."""
        from lstm_viz.tables import rows_frame

        rows = []
        for t in range(self.steps + 1):
            row = {"of": self.of, "step": t}
            for name, norm in self.norms.items():
                at = t if len(norm) == self.steps + 1 else t - 1
                row[f"log10_norm_{name}"] = float(norm[at]) if at >= 0 else None
            rows.append(row)
        return rows_frame(rows)


@dataclass(frozen=True, eq=False, repr=False)
class BatchSurvival(Shown):
    """What becomes of the gradient in each sequence of a batch, as if each were alone.

    sequences : a `Survival` for each of the B sequences, over its own steps
    """

    sequences: tuple[Survival, ...]

    @property
    def cell(self) -> str:
        return self.sequences[0].cell

    @property
    def of(self) -> str:
        """by what the gradient is followed"""
        return self.sequences[0].of

    @property
    def steps(self) -> int:
        """T, of the longest sequence"""
        return max(self.lengths)

    @property
    def lengths(self) -> Array:
        """(B,), how many steps each sequence has."""
        return np.array([own.steps for own in self.sequences])

    @property
    def norms(self) -> dict[str, Array]:
        """As of one sequence, with a column for each: "h" (T+1, B) …; NaN in padding."""
        found = {}
        for name, norm in self.sequences[0].norms.items():
            rows = self.steps + len(norm) - self.sequences[0].steps
            found[name] = np.full((rows, len(self.sequences)), np.nan)
            for b, own in enumerate(self.sequences):
                found[name][: len(own.norms[name]), b] = own.norms[name]
        return found

    @property
    def log10_norm(self) -> Array:
        """(T+1, B), or (T, B) by something without an initial value: log10 ‖∂L/∂of‖."""
        return self.norms[self.of]

    @property
    def log10_left(self) -> Array:
        """(B,), log10 of what is left at each sequence's first step, as in `Survival`."""
        return np.array([own.log10_left for own in self.sequences])

    @property
    def rates(self) -> tuple[Rate, ...]:
        """Each sequence's `Rate`."""
        return tuple(own.rate for own in self.sequences)

    @property
    def failure(self) -> Failure | None:
        """The earliest step at which a sequence left the finite numbers, or None."""
        found = [
            replace(own.failure, sequence=b)
            for b, own in enumerate(self.sequences)
            if own.failure is not None
        ]
        return min(found, key=lambda failure: failure.step, default=None)

    def settings(self) -> dict[str, object]:
        return settings_of(self.sequences[0].weights)

    def facts(self) -> dict[str, str]:
        own = {"net": net_facts(self.settings()), "sequences": count(len(self.sequences))}
        own |= {"T": f"{min(self.lengths)} … {self.steps}", "forward pass": failed(self.failure)}
        return own | {f"left by ∂L/∂{self.of}, median": size(float(np.median(self.log10_left)))}

    def _rows(self) -> "DataFrame":
        """The sequences' tables under each other, `sequence` counted from 0."""
        from lstm_viz.tables import concatenate

        frames = enumerate(own._rows().assign(T=own.steps) for own in self.sequences)
        return concatenate(frame.assign(sequence=b) for b, frame in frames)


def survival(
    weights: Weights,
    x: Array,
    v: Array,
    of: str | None = None,
    *,
    batch_first: bool | None = None,
    lengths: Iterable[int] | None = None,
) -> Survival | BatchSurvival:
    """Run one sequence forward, the loss ⟨v, h_T⟩ backward, and fit the decay; or several.

    Parameters
    ----------
    x : (T, B, D), or (B, T, D) with batch_first=True
    v : (O,), of the output's size, mostly H
    of : "h", "c", "x" or another name that `log10_norms` gives for every step; by default the state
        that carries the gradient (`cells.carrying`): an LSTM's c, an RNN's or a GRU's h
    lengths : (B,), how many steps each sequence of a padded batch has; the loss is at its own last

    Returns
    -------
    Survival, or for several sequences BatchSurvival with one for each
    """
    cell_of(weights)
    x, ends = sequences(x, weights.input_size, batch_first, lengths, sure=lengths is not None)
    ends = [len(x)] * x.shape[1] if ends is None else ends
    found = [survival_of_one(weights, x[:n, b : b + 1], v, of) for b, n in enumerate(ends)]
    return found[0] if len(found) == 1 else BatchSurvival(tuple(found))


def survival_of_one(weights: Weights, x: Array, v: Array, of: str | None = None) -> Survival:
    """The same of one sequence (T, 1, D) that the library made itself."""
    trace = run(weights, x)
    v = vector("v", v, weights.output_size, trace.output.dtype)
    gradients = run_back(weights, trace, last_step(len(trace.x), v))
    norms = log10_norms(gradients)
    of = carrying(weights) if of is None else of
    check_name("of", of, tuple(name for name, norm in norms.items() if norm.ndim == 2))
    norms = {n: a[:, 0] if a.ndim == 2 else a for n, a in norms.items()}
    eps = float(np.finfo(trace.output.dtype).eps)
    whole = _log10_whole(weights, gradients, norms[of], of)
    rate = fit_rate(norms[of][::-1], eps, whole=whole)
    return Survival(weights, trace, gradients, norms, of, rate)


def _log10_whole(weights: Weights, gradients: Gradients, norm: Array, of: str) -> float:
    if of in states_of(weights):
        return float(gradients.entering.log10_norm()[-1, 0])
    return float(norm[-1])
