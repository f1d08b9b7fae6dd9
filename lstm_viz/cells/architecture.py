"""The record of what an architecture is: what everything outside its file may ask of it.

Each file under cells/ ends with its record, and the registry is made of these. A selector, a table
or an analysis that is for some architectures asks their records which, and never for a name.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Generic

import numpy as np

from lstm_viz.cells.protocols import (
    Backward,
    Forward,
    GradientsT,
    Initialiser,
    OfSteps,
    Step,
    TraceT,
    WeightsT,
)
from lstm_viz.errors import SpecError, shown
from lstm_viz.logscale import Scaled
from lstm_viz.registry import CELLS
from lstm_viz.spec import ModelSpec

Array = np.ndarray

ROLES = {
    "keeps": "at 1 the state that carries is handed on as it is",
    "writes": "at 1 the candidate is written to it; where no gate keeps, 1 − this one does",
    "reads": "what of a state is read, by the output or by the candidate",
    "candidate": "no gate: what is offered to be written, of either sign",
}

# What an architecture's equations may leave open, and a record that offers it names in `flags`.
# This is the list of all of them, so that one word means one thing. A net's are in its spec's
# `variant`, and from there in its weights' `flags`, where the cell's functions read them.
FLAGS = {
    "reset_before": "the reset gate acts before the product with U, as in Cho et al. (2014)",
    "hard_sigmoid": "gates are piecewise linear",
    "peepholes": "gates read the cell state, unit by unit",
    "linear_input": "the candidate has no tanh",
    "linear_output": "the cell state is put out without tanh",
    "no_input_gate": "the input gate is 1",
    "no_forget_gate": "the forget gate is 1",
    "no_output_gate": "the output gate is 1",
    "coupled_gates": "the input gate is 1 − the forget gate",
}


@dataclass(frozen=True)
class Gate:
    """One block of the rows of W, U and b.

    role : one of `ROLES`; the initialiser draws its bias by it
    recurrent : whether it has a block of U, and reads the step before
    """

    name: str
    role: str
    recurrent: bool = True

    def __post_init__(self) -> None:
        if self.role not in ROLES:
            known = ", ".join(ROLES)
            raise SpecError(
                "of-record", field="role", name=repr(self.name), known=known, got=shown(self.role)
            )


def as_they_are(weights: Any) -> tuple[Array, Array]:
    """W and U in the weights' own order."""
    return weights.W, weights.U


@dataclass(frozen=True)
class Again(Generic[TraceT]):
    """How a trace is computed again where floats do not hold its slopes; see cells/range.py.

    easy : up to this |a| floats hold what cancels in a trace
    is_narrow(trace, most) → whether floats hold all slopes, with no |a| above `most`
    cancels(trace) → whether digits have been lost in a difference
    recomputed(trace, number) → the trace in numbers of another kind, which `number` makes
    """

    easy: float
    is_narrow: Callable[[TraceT, float], bool]
    cancels: Callable[[TraceT], bool]
    recomputed: Callable[[TraceT, Callable], TraceT]


@dataclass(frozen=True)
class Chain(Generic[WeightsT, TraceT]):
    """How a gradient steps back through states that form one chain through time.

    The trace has `h`, `pre` (T, B, G, H), the pre-activations, and `weights`.

    slopes(weights, trace, lo, hi) → the factors of the steps lo+1 … hi; indices are of rows
    backward_block(U, slopes, adjoints, direct, da=None) → ∂L/∂a of the first step, (B, G·H);
        adjoints (L+1, B, N) and direct (L, B, N) or None, one for each state in their order, whose
        N numbers stand side by side, and that differ in N if their `shapes` do
    transition(weights, trace, lo, hi) → base.Transition, the Jacobians of one sequence; if None,
        `backward_block` finds them, see cells/jacobians.py
    log_det(weights, trace, lo, hi) → (L,), ln |det| of the same; by elimination if None
    stacked(weights) → W, U as `backward_block` wants them: W (G·H, D), and U of any shape, such as
        a matrix for each gate (G·H, H), or what recurs unit by unit (H,)
    order : the gates in that order, the record's own if it is empty
    again : None for a cell whose saturated slopes are as exact as floats have them
    """

    slopes: OfSteps[WeightsT, TraceT]
    backward_block: Callable[..., Any]
    transition: OfSteps[WeightsT, TraceT] | None = None
    log_det: OfSteps[WeightsT, TraceT] | None = None
    stacked: Callable[[WeightsT], tuple[Array, Array]] = as_they_are
    order: tuple[str, ...] = ()
    again: Again[TraceT] | None = None


@dataclass(frozen=True)
class AtRest(Generic[WeightsT]):
    """A gated cell at states of 0 and without input, where theory knows its gradient.

    parts(weights) → kept (H,), share (H,), U (H, H): a step back multiplies a unit's gradient by
        `kept`, and what comes round by U by `share`
    formula : the factor per step in letters, for g = √H times the size of U's entries
    """

    parts: Callable[[WeightsT], tuple[Array, Array, Array]]
    formula: str


@dataclass(frozen=True, eq=False, repr=False)
class Architecture(Generic[WeightsT, TraceT, GradientsT]):
    """What an architecture is, and what it can do.

    Parameters
    ----------
    name : as `ModelSpec.cell` and its weights' `cell` have it
    weights : the class of its weights, with `input_size`, `hidden_size`, `output_size`. They are
        arrays of any shape: a matrix for each gate, for each unit, or none that is recurrent
    trace, gradients : the classes of what `forward` and `backward` return
    init_weights(spec, stream=()) → weights; `stream` tells the layers of a stack apart
    forward(weights, x) → trace; takes `h0` for a state "h" among `starts`, `n0` for an "n", and
        `lengths` with `padding`
    backward(weights, trace, dh) → gradients; takes `dc` for a state "c" among `starts`, and so on
    count_parameters(spec) → int
    cost(spec, T) → base.Cost
    gates : in the order in which weights are stacked; the trace has their values by name
    states : those that form one chain through time, of any names and number, "h" (what is put
        out) first; the trace has them by name, (T+1, B, H), or (T+1, B, …) for what `shapes` says
    shapes(weights) → {state: its shape in one sequence}, for those that are not (H,): a matrix for
        each unit is (H, d), complex numbers are pairs of real ones, (H, 2)
    carries : which of them a step back reaches without a product with U, "" without such a chain
    starts : the states whose initial values `forward` takes; `states` unless said otherwise
    step(weights, x_t, *states) → states; the equations plainly, for one step
    chain : how a gradient goes through the states in blocks, at any magnitude
    rest : what theory knows of it at rest
    theory : which of `analysis.overlays.KEYS` are known of it, besides those known of any
    paths(weights, trace, gradients, dc) → {"highway", its gates, "direct"}: of what arrives at the
        state that carries, the part along each path, `Scaled` (T+1, B, H); they add up to the total
    padding : whether `forward` takes `lengths`
    attends : whether its steps read each other by weights that its trace has, not by states
    own_layers : whether `spec.layers` are part of it, not a stack of it
    directions : how many nets of size H read the sequence, side by side in the output
    flags : which of `FLAGS` it offers
    vary(record, flags) → the record of its nets with these flags, where it is another: fewer gates
    variant : which of its variants this is the record of, see `varied`
    """

    name: str
    weights: type[WeightsT]
    trace: type[TraceT]
    gradients: type[GradientsT]
    init_weights: Initialiser[WeightsT]
    forward: Forward[WeightsT, TraceT]
    backward: Backward[WeightsT, TraceT, GradientsT]
    count_parameters: Callable[[ModelSpec], int]
    cost: Callable[[ModelSpec, int], Any]
    gates: tuple[Gate, ...] = ()
    states: tuple[str, ...] = ()
    carries: str = ""
    shapes: Callable[[WeightsT], dict[str, tuple[int, ...]]] | None = None
    starts: tuple[str, ...] | None = None
    step: Step[WeightsT] | None = None
    chain: Chain[WeightsT, TraceT] | None = None
    rest: AtRest[WeightsT] | None = None
    theory: tuple[str, ...] = ()
    paths: Callable[..., dict[str, Scaled]] | None = None
    padding: bool = False
    attends: bool = False
    own_layers: bool = False
    directions: int = 1
    flags: tuple[str, ...] = ()
    vary: "Callable[[Architecture, tuple[str, ...]], Architecture] | None" = None
    variant: str = ""

    def __post_init__(self) -> None:
        if self.starts is None:
            object.__setattr__(self, "starts", self.states)
        if self.states and self.carries not in self.states:
            known = ", ".join(self.states)
            raise SpecError(
                "of-record",
                field="carries",
                name=repr(self.name),
                known=known,
                got=shown(self.carries),
            )
        if unknown := set(self.flags) - set(FLAGS):
            raise SpecError(
                "of-record",
                field="flags",
                name=repr(self.name),
                known=", ".join(FLAGS),
                got=shown(unknown),
            )

    @property
    def gate_names(self) -> tuple[str, ...]:
        return tuple(gate.name for gate in self.gates)

    def __repr__(self) -> str:
        return f"Architecture({self.name})"

    def sizes(self, weights: WeightsT) -> dict[str, int]:
        """Each state → how many numbers it has in one sequence, H unless `shapes` says another."""
        own = self.shapes(weights) if self.shapes else {}
        usual = (weights.hidden_size,)
        return {name: math.prod(own.get(name, usual)) for name in self.states}

    @property
    def keeper(self) -> tuple[str, int]:
        """Of a gated cell the gate that keeps the state and 1, or the one that writes it and −1."""
        kept = [(name, 1) for name in self.with_role("keeps")]
        return [*kept, *((name, -1) for name in self.with_role("writes"))][0]

    @property
    def is_gated(self) -> bool:
        """Whether it has gates that keep or write a state: those that "chrono" is a law of."""
        return any(gate.role in ("keeps", "writes") for gate in self.gates)

    def with_role(self, role: str) -> tuple[str, ...]:
        """The names of its gates of this role."""
        return tuple(gate.name for gate in self.gates if gate.role == role)


@cache
def varied(record: Architecture, variant: str) -> Architecture:
    """The record of an architecture's nets of a variant: of it theory knows nothing yet."""
    if not variant:
        return record
    own = replace(record, variant=variant, rest=None, theory=())
    return record.vary(own, tuple(variant.split())) if record.vary else own


def record_of(weights: Any) -> Architecture:
    """The record of a single net's weights, by their names of cell and variant."""
    return varied(CELLS[weights.cell], getattr(weights, "variant", ""))
