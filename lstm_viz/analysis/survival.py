"""Whether a gradient survives: one network, one sequence, one loss at the last step."""

from dataclasses import dataclass

import numpy as np

from lstm_viz.analysis.norms import log10_norms
from lstm_viz.analysis.rates import Rate, fit_rate
from lstm_viz.cells import backward, forward
from lstm_viz.cells.base import Failure
from lstm_viz.probes import last_step

Array = np.ndarray


@dataclass(frozen=True, eq=False)
class Survival:
    """The total gradient of ⟨v, h_T⟩ at every step of one sequence.

    norms : as `log10_norms` gives them, with the batch axis dropped: "h" (T+1,), "x" (T,) …
    rate : of ‖∂L/∂h_t‖ per step back
    """

    weights: object
    trace: object
    gradients: object
    norms: dict[str, Array]
    rate: Rate

    @property
    def cell(self) -> str:
        return self.weights.cell

    @property
    def steps(self) -> int:
        return len(self.norms["h"]) - 1

    @property
    def failure(self) -> Failure | None:
        """Where the forward pass left the finite numbers, or None."""
        return self.trace.failure

    @property
    def log10_left(self) -> float:
        """log10 of ‖∂L/∂h_0‖ / ‖∂L/∂h_T‖: what share of the gradient is left."""
        return float(self.norms["h"][0] - self.norms["h"][-1])

    def to_frame(self):
        """A table with one row for each step t = 0 … T: log10 norms; empty where undefined."""
        from lstm_viz.tables import rows_frame

        rows = []
        for t in range(self.steps + 1):
            row = {"cell": self.cell, "step": t}
            for name, norm in self.norms.items():
                at = t if len(norm) == self.steps + 1 else t - 1
                row[f"log10_norm_{name}"] = float(norm[at]) if at >= 0 else None
            rows.append(row)
        return rows_frame(rows)


def survival(weights, x: Array, v: Array) -> Survival:
    """Run one sequence forward, the loss ⟨v, h_T⟩ backward, and fit the decay.

    x : (T, 1, D); v : (H,)
    """
    trace = forward(weights, x)
    gradients = backward(weights, trace, last_step(len(trace.x), v))
    norms = {n: a[:, 0] if a.ndim == 2 else a for n, a in log10_norms(gradients).items()}
    eps = float(np.finfo(trace.h.dtype).eps)
    return Survival(weights, trace, gradients, norms, fit_rate(norms["h"][::-1], eps))
