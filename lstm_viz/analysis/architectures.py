"""All architectures under one measure: the gradient of a loss with respect to the input.

∂L/∂x_t is defined for every one of them alike, which ∂L/∂h_t is not: a BiLSTM has two hidden states
and self-attention has none that is handed on.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lstm_viz.analysis.estimate import Estimate
from lstm_viz.analysis.length_sweep import Band, length_sweep
from lstm_viz.analysis.rates import Rate, fit_rate
from lstm_viz.analysis.timing import expected_seconds, most_bytes
from lstm_viz.cells import CELLS, backward, forward
from lstm_viz.cells.base import Failure
from lstm_viz.cells.protocols import Weights
from lstm_viz.inputs.probes import chosen_step, every_step, unit_probe
from lstm_viz.result import Shown, failed, net_facts, span
from lstm_viz.sketch import Line
from lstm_viz.spec import ModelSpec
from lstm_viz.words import count

if TYPE_CHECKING:
    from pandas import DataFrame

Array = np.ndarray
LENGTHS = 24  # of a sweep over architectures that need a pass for each length


@dataclass(frozen=True, eq=False, repr=False)
class InputGradient(Shown):
    """log10 ‖∂L/∂x_t‖ of one network, (T,), and where its forward pass failed, if it did."""

    log10_norm: Array
    failure: Failure | None

    def facts(self) -> dict[str, str]:
        own = {"T": count(len(self.log10_norm)), "forward pass": failed(self.failure)}
        return own | {"∂L/∂x, back": span(self.log10_norm[::-1])}

    def _rows(self) -> "DataFrame":
        """A table with one row for each step."""
        from lstm_viz.tables import columns_frame

        steps = np.arange(1, len(self.log10_norm) + 1)
        return columns_frame({"step": steps, "log10_norm_x": self.log10_norm})


@dataclass(frozen=True, eq=False, repr=False)
class Reach(Shown):
    """How one architecture's input gradient spreads from the loss, over several seeds.

    spec : of the first seed; parameters : as PyTorch counts them
    loss_step : s of the loss ⟨v, output_s⟩, or None for the loss Σ_t ⟨v, output_t⟩
    log10_norm : (seeds, T), log10 ‖∂L/∂x_t‖
    rate : per step back from s, or from T, fitted to the median over seeds
    """

    spec: ModelSpec
    parameters: int
    loss_step: int | None
    log10_norm: Array
    rate: Rate
    failure: Failure | None

    @property
    def cell(self) -> str:
        return self.spec.cell

    @property
    def steps(self) -> int:
        return self.log10_norm.shape[1]

    @property
    def median(self) -> Array:
        """(T,), −inf where most seeds have exactly zero."""
        return np.median(self.log10_norm, axis=0)

    @property
    def distance(self) -> Array:
        """(T,) how far step t lies before the loss, negative after it; from T for a loss at all."""
        return (self.loss_step or self.steps) - np.arange(1, self.steps + 1)

    @property
    def log10_left(self) -> float:
        """log10 of the gradient at x_1 as a share of that at the loss's own input."""
        first, last = self.median[0], self.median[(self.loss_step or self.steps) - 1]
        return float(first) - float(last)

    @property
    def log10_spread(self) -> float:
        """Decades between the largest and the smallest gradient of any input up to the loss."""
        past = self.median[self.distance >= 0]
        with np.errstate(invalid="ignore"):
            return float(past.max() - past.min())

    def settings(self) -> dict[str, object]:
        return self.spec.settings() | {"T": self.steps, "parameters": self.parameters}

    def facts(self) -> dict[str, str]:
        own = {"net": net_facts(self.settings()), "seeds": str(len(self.log10_norm))}
        own["forward pass"] = failed(self.failure)
        return own | {"∂L/∂x, back": span(self.median[::-1])} | self.rate.facts()

    def line(self) -> Line:
        steps = np.arange(1, self.steps + 1)
        return Line(steps, self.median, "time step t", "median of ‖∂L/∂x_t‖")

    def _rows(self) -> "DataFrame":
        """A table with one row for each step and seed."""
        from lstm_viz.tables import rows_frame

        return rows_frame(
            [
                {
                    "seed": self.spec.seed + k,
                    "step": t + 1,
                    "distance": int(self.distance[t]),
                    "log10_norm_x": float(norm),
                }
                for k, norms in enumerate(self.log10_norm)
                for t, norm in enumerate(norms)
            ]
        )


def input_gradient(
    weights: Weights, x: Array, loss_step: int | None, seed: int = 0
) -> InputGradient:
    """Follow a loss back to every input of one sequence x (T, 1, D).

    loss_step : s of the loss ⟨v, output_s⟩; None for the loss Σ_t ⟨v, output_t⟩
    seed : of the unit vector v (O,)
    """
    trace, v = forward(weights, x), unit_probe(weights.output_size, seed)
    steps = len(x)
    dh = every_step(steps, v) if loss_step is None else chosen_step(steps, v, step=loss_step)
    return InputGradient(backward(weights, trace, dh).scaled["x"].log10_norm()[:, 0], trace.failure)


def reach(
    spec: ModelSpec, parameters: int, loss_step: int | None, runs: list[InputGradient]
) -> Reach:
    """Gather the runs of several seeds, `spec` being the first one's."""
    norms = np.array([run.log10_norm for run in runs])
    past = np.median(norms, axis=0)[:loss_step][::-1]
    failures = [run.failure for run in runs if run.failure is not None]
    first = min(failures, key=lambda failure: failure.step, default=None)
    return Reach(spec, parameters, loss_step, norms, fit_rate(past), first)


def thinned_lengths(longest: int) -> Array:
    """Whole lengths from 1 to `longest`, about evenly spaced on a log scale at first."""
    if longest <= LENGTHS:
        return np.arange(1, longest + 1)
    return np.unique(np.geomspace(1, longest, LENGTHS).round().astype(int))


def first_input(weights: Weights, x: Array, lengths: Iterable[int], seed: int = 0) -> InputGradient:
    """log10 ‖∂⟨v, output_T⟩/∂x_1‖ for each length T."""
    sweep = length_sweep(weights, x, lengths, unit_probe(weights.output_size, seed))
    return InputGradient(sweep.x, sweep.failure)


def first_input_band(spec: ModelSpec, lengths: Array, runs: list[InputGradient]) -> Band:
    """Gather the runs of several seeds over lengths."""
    norms = np.array([run.log10_norm for run in runs])
    failure = next((run.failure for run in runs if run.failure is not None), None)
    rate = fit_rate(np.median(norms, axis=0), distance=lengths)
    return Band(spec.cell, lengths, norms, rate, failure)


def estimate(specs: list[ModelSpec], T: int, seeds: int) -> Estimate:
    """Foretell `input_gradient` and `first_input` of all these networks, from short runs of each.

    A net that is one chain of steps finds the gradients for all lengths in one pass.
    """
    lengths = thinned_lengths(T).tolist()
    chain = [s for s in specs if s.layers == 1 and CELLS[s.cell].chain]
    others = [spec for spec in specs if spec not in chain]
    seconds = expected_seconds(chain, [T, T], 1) + expected_seconds(others, [T, *lengths], 1)
    return Estimate(seeds * seconds, most_bytes(specs, T) / 1e6)
