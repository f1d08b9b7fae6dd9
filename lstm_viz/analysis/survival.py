"""Whether a gradient survives: one network, one sequence, one loss at the last step."""

from dataclasses import dataclass

import numpy as np

from lstm_viz.analysis.norms import log10_norms
from lstm_viz.analysis.rates import Rate, fit_rate
from lstm_viz.arrays import one_sequence, vector
from lstm_viz.cells import carrying, cell_of, run, run_back, states_of
from lstm_viz.cells.base import Failure
from lstm_viz.probes import last_step
from lstm_viz.spec import check_name

Array = np.ndarray


@dataclass(frozen=True, eq=False)
class Survival:
    """The total gradient of ⟨v, h_T⟩ at every step of one sequence.

    norms : as `log10_norms` gives them, with the batch axis dropped: "h" (T+1,), "x" (T,) …
    of : by what the gradient is followed: the state that carries, unless another was asked for
    rate : of ‖∂L/∂of‖ per step back; its horizons are shares of the same as `log10_left`
    """

    weights: object
    trace: object
    gradients: object
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

    def to_frame(self):
        """A table with one row for each step t = 0 … T: log10 norms; empty where undefined."""
        from lstm_viz.tables import rows_frame

        rows = []
        for t in range(self.steps + 1):
            row = {"cell": self.cell, "of": self.of, "step": t}
            for name, norm in self.norms.items():
                at = t if len(norm) == self.steps + 1 else t - 1
                row[f"log10_norm_{name}"] = float(norm[at]) if at >= 0 else None
            rows.append(row)
        return rows_frame(rows)


def survival(
    weights, x: Array, v: Array, of: str | None = None, *, batch_first: bool | None = None
) -> Survival:
    """Run one sequence forward, the loss ⟨v, h_T⟩ backward, and fit the decay.

    x : (T, 1, D), or (1, T, D) with batch_first=True; v : (O,), of the output's size, mostly H
    of : "h", "c", "x" or another name that `log10_norms` gives for every step; by default the state
        that carries the gradient (`cells.carrying`): an LSTM's c, an RNN's or a GRU's h
    """
    cell_of(weights)
    trace = run(weights, one_sequence(x, weights.input_size, batch_first))
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


def _log10_whole(weights, gradients, norm: Array, of: str) -> float:
    if of in states_of(weights):
        return float(gradients.entering.log10_norm()[-1, 0])
    return float(norm[-1])
