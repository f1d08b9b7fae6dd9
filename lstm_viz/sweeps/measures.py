"""What a sweep measures of each network: a spec → a row of numbers, or several rows.

A measure is anything that can be called with a spec. Those here are frozen values: they travel to
other processes, and two that are equal find the same. `columns` names what can be in a row. A new
one is a class and a line in MEASURES.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import ClassVar

import numpy as np

from lstm_viz.analysis.architectures import first_input
from lstm_viz.analysis.length_sweep import length_sweep
from lstm_viz.analysis.survival import survival_of_one
from lstm_viz.arrays import check_room
from lstm_viz.cells import TRACED, cell_of, count_parameters, init_weights
from lstm_viz.cells.protocols import Weights
from lstm_viz.errors import Said, SpecError, shown
from lstm_viz.inputs.probes import unit_probe
from lstm_viz.inputs.sequences import SequenceSpec, make_sequence
from lstm_viz.spec import ModelSpec, check_integer, check_name, whole_numbers

Array = np.ndarray
NOISE = SequenceSpec("noise")


class OfNet:
    """A measure of one net on one input: `of` these is what it finds."""

    sequence: SequenceSpec

    def __call__(self, spec: ModelSpec) -> dict | list[dict]:
        return self.of(init_weights(spec), sequence_for(self.sequence, spec.input_size))

    def of(self, weights: Weights, x: Array) -> dict | list[dict]:
        """What is measured of these weights on x (T, 1, D)."""
        raise NotImplementedError

    def of_one_step(self) -> "OfNet":
        """The same where there is one step alone."""
        return self

    def rehearse(self, spec: ModelSpec) -> None:
        """Raise what measuring this spec would: from its sizes, and a tiny net on the first step.

        So a sweep of many specs tells before it begins what would end it in the middle.
        """
        check_room(Said("room-weights"), count_parameters(spec))
        x = sequence_for(self.sequence, spec.input_size)
        check_room(Said("room-trace"), TRACED * len(x) * spec.hidden_size)
        tiny = replace(spec, hidden_size=1, heads=1, feed_forward=0, seed=0)
        _rehearsed(self, tiny)


@dataclass(frozen=True)
class SurvivalMeasure(OfNet):
    """How much of the gradient of ⟨v, h_T⟩ is left at the first step, and how fast it fell.

        T             steps
        of            by what the gradient was followed
        log10_left    log10 of what is left: by a state, ‖∂L/∂h_0‖ or ‖∂L/∂c_0‖, of the error at the
                      loss, ‖∂L/∂h_T‖; by "x" ‖∂L/∂x_1‖ of ‖∂L/∂x_T‖
        log10_factor  fitted rate, decades per step back
        half_life     steps until half is left
        problem       "" where one rate describes the curve, else why not, as in `Rate`

    Parameters
    ----------
    sequence : the input; its size is each spec's own
    quantity : "h", "c", "x" or another name that `log10_norms` gives for every step; by default the
        state that carries the gradient, c of an LSTM and h of an RNN or a GRU, and "x" where there
        is no one chain of states; "x" is the one that all architectures have
    probe_seed : of v

    Raises
    ------
    SpecError
        If a spec's architecture has no such quantity.
    """

    columns: ClassVar = ("T", "of", "log10_left", "log10_factor", "half_life", "problem")
    sequence: SequenceSpec = NOISE
    quantity: str | None = None
    probe_seed: int = 0

    def __post_init__(self) -> None:
        check_sequence(self.sequence)
        if not isinstance(self.quantity, str | None):
            raise SpecError("name-or-none", name="quantity", got=shown(self.quantity))
        check_integer("probe_seed", self.probe_seed, 0)

    def of(self, weights: Weights, x: Array) -> dict:
        v = unit_probe(weights.output_size, self.probe_seed)
        found = survival_of_one(weights, x, v, self.quantity)
        return {
            "T": len(x),
            "of": found.of,
            "log10_left": found.log10_left,
            "log10_factor": found.rate.log10_factor,
            "half_life": found.rate.half_life,
            "problem": found.rate.problem,
        }


@dataclass(frozen=True)
class LengthSweepMeasure(OfNet):
    """The gradient of ⟨v, h_T⟩ at the first step: a row for each length T.

        length                        T, steps
        log10_norm_x                  log10 ‖∂⟨v, output_T⟩/∂x_1‖
        log10_norm_h, log10_norm_c    the same of h_0 and c_0, of a net with one such state; compare
                                      an RNN's h_0 with an LSTM's c_0

    Parameters
    ----------
    sequence : the input; its size is each spec's own
    lengths : whole numbers from 1 to the sequence's length; all of them by default
    probe_seed : of v
    """

    columns: ClassVar = ("length", "log10_norm_h", "log10_norm_x", "log10_norm_c")
    sequence: SequenceSpec = NOISE
    lengths: tuple[int, ...] | None = None
    probe_seed: int = 0

    def __post_init__(self) -> None:
        check_sequence(self.sequence)
        check_integer("probe_seed", self.probe_seed, 0)
        if self.lengths is None:
            return
        chosen = whole_numbers("lengths", self.lengths, 1, self.sequence.length)
        object.__setattr__(self, "lengths", tuple(chosen))

    def rehearse(self, spec: ModelSpec) -> None:
        super().rehearse(spec)
        steps = len(sequence_for(self.sequence, spec.input_size))  # a text may have fewer than T
        whole_numbers("lengths", self.lengths or [steps], 1, steps)

    def of_one_step(self) -> "LengthSweepMeasure":
        return replace(self, lengths=(1,))

    def of(self, weights: Weights, x: Array) -> list[dict]:
        lengths = self.lengths or range(1, len(x) + 1)
        if cell_of(weights).chain:
            probe = unit_probe(weights.output_size, self.probe_seed)
            found = length_sweep(weights, x, lengths, probe)
            norms = found.norms
        else:
            norms = {"x": first_input(weights, x, lengths, self.probe_seed).log10_norm}
        columns = {f"log10_norm_{name}": norm for name, norm in norms.items()}
        return [
            {"length": int(T)} | {name: float(norm[k]) for name, norm in columns.items()}
            for k, T in enumerate(lengths)
        ]


MEASURES = {"survival": SurvivalMeasure, "length_sweep": LengthSweepMeasure}


def check_sequence(sequence: object) -> None:
    """Raise SpecError unless this describes an input."""
    if not isinstance(sequence, SequenceSpec):
        raise SpecError("of-type", name="sequence", kind="SequenceSpec", got=shown(sequence))


@lru_cache(maxsize=4)
def sequence_for(sequence: SequenceSpec, input_size: int) -> Array:
    """The input (T, 1, D) in a net's own size; a text or the stocks bring theirs."""
    x = make_sequence(replace(sequence, size=input_size, batch=1))
    x.flags.writeable = False  # all nets of a sweep read the same
    return x


@lru_cache(maxsize=64)
def _rehearsed(measure: OfNet, tiny: ModelSpec) -> None:
    """Try a measure on the first step; once for all specs that differ in their size alone."""
    first = sequence_for(measure.sequence, tiny.input_size)[:1]
    measure.of_one_step().of(init_weights(tiny), first)


def measure_of(measure: Callable | str) -> Callable:
    """The measure itself, or the one of that name as it is by default.

    Raises SpecError if there is none of that name, or if it cannot be called.
    """
    if isinstance(measure, str):
        check_name("measure", measure, tuple(MEASURES))
        return MEASURES[measure]()
    if not callable(measure) or isinstance(measure, type):
        raise SpecError("name-or-function", name="measure", got=shown(measure))
    return measure
