"""What code that is generic over cells may rely on, as types; its record says what else it has.

Nothing is inherited from these and nothing asks for them at run time: a type checker holds the
classes of weights, traces and gradients against them where a record names them.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Concatenate, Protocol, TypeVar

import numpy as np

from lstm_viz.logscale import Scaled
from lstm_viz.wide import Wide

if TYPE_CHECKING:
    from lstm_viz.cells.base import Failure

Array = np.ndarray


class Weights(Protocol):
    """What a net multiplies with, in arrays of any names and shapes."""

    @property
    def cell(self) -> str:
        """The name of its record."""
        ...

    @property
    def input_size(self) -> int:
        """D"""
        ...

    @property
    def hidden_size(self) -> int:
        """H"""
        ...

    @property
    def output_size(self) -> int:
        """O, how many numbers are put out at each step: H, of a BiLSTM 2H."""
        ...


class Trace(Protocol):
    """Every value of a forward pass."""

    @property
    def x(self) -> Array:
        """(T, B, D)"""
        ...

    @property
    def output(self) -> Array:
        """(T, B, O), what a loss reads."""
        ...

    @property
    def weights(self) -> Weights:
        """That it was run with."""
        ...

    @property
    def lengths(self) -> Array | None:
        """(B,), after how many steps a sequence is padding."""
        ...

    @property
    def failure(self) -> "Failure | None":
        """Where it stopped being finite, or None."""
        ...


class ChainTrace(Trace, Protocol):
    """One of a cell with a chain of states: the states themselves have the record's names.

    Where floats do not hold its slopes, its arrays are `Wide`; see cells/range.py.
    """

    @property
    def h(self) -> Array:
        """(T+1, B, H), row 0 the initial state."""
        ...

    @property
    def pre(self) -> Array | Wide:
        """Pre-activations, (T, B, G, H) or (T, B, H)."""
        ...


class Gradients(Protocol):
    """∂L/∂ of every quantity."""

    @property
    def scaled(self) -> Mapping[str, Scaled]:
        """ "x" (T, B, D), each state (T+1, B, H), each pre-activation "a_f" (T, B, H) …"""
        ...

    @property
    def entering(self) -> Scaled:
        """(T, B, O), the direct gradient of the output."""
        ...

    @property
    def weights(self) -> Weights:
        """∂L/∂ of the weights, in an object of their own class."""
        ...

    @property
    def log10_step(self) -> Mapping[str, Array]:
        """Name of a weight → (T,), log10 of the norm of what each step contributes to it."""
        ...


WeightsT = TypeVar("WeightsT", bound=Weights)
TraceT = TypeVar("TraceT", bound=Trace)
ChainTraceT = TypeVar("ChainTraceT", bound=ChainTrace)
GradientsT = TypeVar("GradientsT", bound=Gradients)

Initialiser = Callable[..., WeightsT]  # (spec, stream=())
Forward = Callable[Concatenate[WeightsT, Array, ...], TraceT]  # (weights, x, h0=, c0= …, lengths=)
# (weights, trace, dh, dc= …)
Backward = Callable[Concatenate[WeightsT, TraceT, Any, ...], GradientsT]
Step = Callable[Concatenate[WeightsT, Array, ...], tuple[Array, ...]]  # (weights, x_t, h, c …)
OfSteps = Callable[[WeightsT, TraceT, int, int], Any]  # of the steps lo+1 … hi
