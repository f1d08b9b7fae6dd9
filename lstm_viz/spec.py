"""The specification of a network: scalars and a seed, so that it can be a cache key and a link."""

import math
import operator
from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Any, TypeGuard

from lstm_viz.activations import ACTIVATIONS
from lstm_viz.errors import SpecError, shown
from lstm_viz.registry import CELLS, USUAL
from lstm_viz.result import Shown, differing

INIT_NAMES = ("pytorch", "gaussian", "xavier", "orthogonal", "identity", "chrono")
DTYPE_NAMES = ("float64", "float32")
POSITION_NAMES = ("sinusoidal", "none")
NORM_NAMES = ("none", "post", "pre")
MOST_LAYERS = 4
LEAST = {"input_size": 1, "hidden_size": 1, "seed": 0, "t_max": 3, "layers": 1, "heads": 1} | {
    "feed_forward": 0
}


@dataclass(frozen=True, repr=False)
class ModelSpec(Shown):
    """Everything that determines a network's initial weights.

    Parameters
    ----------
    cell : a name in registry.py
    input_size, hidden_size : D and H, at least 1
    init : one of `INIT_NAMES`; initializers.py has their laws
    gain : multiplies the recurrent weights U
    forget_bias : added to the bias of the gate that carries the state on, f in the LSTM, z in the
        GRU; of no effect on a cell without such a gate and under "chrono", which draws it itself.
        It is 1 by default; PyTorch's own nets have 0, see `ModelSpec.pytorch`
    seed : of all random draws; nets that differ in `gain` or `forget_bias` share their draws
    activation : of the plain RNN: "tanh", "relu", "sigmoid" or "linear"
    dtype : "float64" or "float32"
    t_max : the longest dependency that "chrono" is told to expect, in steps
    layers : 1 to 4, stacked: each reads the outputs of the one below
    heads, causal, positions, residual, norm, feed_forward : of self-attention, see
        cells/attention.py; `feed_forward` is a width, 0 for none
    variant : of the cell, "" for none: some of the flags that its record offers, with blanks
        between them; cells/architecture.py says what they mean

    Raises
    ------
    SpecError
        If a name is unknown or a number lies outside its range.
    """

    cell: str = USUAL
    input_size: int = 8
    hidden_size: int = 32
    init: str = "pytorch"
    gain: float = 1.0
    forget_bias: float = 1.0
    seed: int = 0
    activation: str = "tanh"
    dtype: str = "float64"
    t_max: int = 1000
    layers: int = 1
    heads: int = 4
    causal: bool = False
    positions: str = "sinusoidal"
    residual: bool = False
    norm: str = "none"
    feed_forward: int = 0
    variant: str = ""

    def __post_init__(self) -> None:
        check_name("cell", self.cell, tuple(CELLS))
        check_name("init", self.init, INIT_NAMES)
        check_name("activation", self.activation, tuple(ACTIVATIONS))
        check_name("dtype", self.dtype, DTYPE_NAMES)
        check_name("positions", self.positions, POSITION_NAMES)
        check_name("norm", self.norm, NORM_NAMES)
        for name, least in LEAST.items():
            check_integer(name, getattr(self, name), least)
        if self.layers > MOST_LAYERS:
            raise SpecError("at-most", name="layers", most=MOST_LAYERS, got=self.layers)
        for name in ("causal", "residual"):
            check_flag(name, getattr(self, name))
        for name in ("gain", "forget_bias"):
            check_finite(name, getattr(self, name))
        object.__setattr__(self, "variant", check_variant(self.cell, self.variant))
        for field in fields(self):  # numpy scalars would hash and print differently
            if field.type in (int, float, bool):
                object.__setattr__(self, field.name, field.type(getattr(self, field.name)))

    @classmethod
    def pytorch(cls, cell: str = USUAL, **others: Any) -> "ModelSpec":
        """The net as torch.nn.RNN, LSTM and GRU draw it: U(±1/√H) all, and no forget bias added.

        others : its other fields, such as input_size and hidden_size

        Over 50 steps of white noise (H = 32) ‖∂L/∂x_t‖ of such an LSTM falls by 10.3 decades from
        x_T back to x_1, and by 3.9 with a forget bias of 1: medians over 20 seeds.
        """
        own = {"init": "pytorch", "gain": 1.0, "forget_bias": 0.0, "activation": "tanh"}
        given: dict[str, Any] = {"cell": cell, **own, **others}
        return cls(**given)

    def __repr__(self) -> str:
        return differing(self, always="cell")

    def settings(self) -> dict[str, object]:
        return {field.name: getattr(self, field.name) for field in fields(self)}


def check_name(name: str, value: object, known: tuple[str, ...]) -> None:
    """Raise SpecError unless `value` is one of the known names."""
    if not isinstance(value, str) or value not in known:
        raise SpecError("one-of", name=name, known=", ".join(known), got=shown(value))


def check_variant(cell: str, value: object) -> str:
    """Return the flags in `value` in the order of the cell's record; SpecError for any other."""
    known, given = CELLS[cell].flags, value.split() if isinstance(value, str) else []
    wrong = len(set(given)) < len(given) or not set(given) <= set(known)
    if wrong or not isinstance(value, str):
        raise SpecError("variant", known=", ".join(known), cell=repr(cell), got=shown(value))
    return " ".join(flag for flag in known if flag in given)


def check_integer(name: str, value: Any, least: int) -> int:
    """Return `value` as an int; SpecError unless it is a whole number of at least `least`."""
    try:
        whole = not isinstance(value, bool) and not hasattr(value, "__len__")
        if whole and (number := operator.index(value)) >= least:
            return number
    except TypeError:
        pass
    raise SpecError("whole-at-least", name=name, least=least, got=shown(value))


def whole_numbers(name: str, values: object, least: int, most: int) -> list[int]:
    """Return `values` as a list of at least one whole number from `least` to `most`.

    Raises SpecError for anything else, a bare number and a text included.
    """
    if not is_list(values):
        raise SpecError("list-of-wholes", name=name, most=most, got=shown(values))
    found = []
    for value in values:
        try:
            whole = not isinstance(value, bool) and least <= operator.index(value) <= most
        except TypeError:
            whole = False
        if not whole:
            raise SpecError("wholes-between", name=name, least=least, most=most, got=shown(value))
        found.append(operator.index(value))
    if not found:
        raise SpecError("empty-list", name=name)
    return found


def numbers(name: str, values: object) -> list[float]:
    """Return `values` as a list of at least one finite number; SpecError for anything else."""
    if not is_list(values):
        raise SpecError("list-of-numbers", name=name, got=shown(values))
    found = [check_finite(name, value) for value in values]
    if not found:
        raise SpecError("empty-list", name=name)
    return found


def is_list(value: object) -> TypeGuard[Iterable]:
    """Whether it can be gone through, and is no text: a list, an array that has an axis."""
    alone = isinstance(value, str | bytes) or getattr(value, "ndim", 1) == 0
    return isinstance(value, Iterable) and not alone


def check_spec(spec: object) -> None:
    """Raise SpecError unless this is a ModelSpec."""
    if not isinstance(spec, ModelSpec):
        raise SpecError("of-type", name="spec", kind="ModelSpec", got=shown(spec))


def check_flag(name: str, value: object) -> None:
    """Raise SpecError unless `value` is True or False."""
    if not isinstance(value, bool) and type(value).__name__ != "bool":  # NumPy's own is one too
        raise SpecError("flag", name=name, got=shown(value))


def check_finite(name: str, value: Any) -> float:
    """Return `value` as a float; SpecError unless it is a real number that is finite as a float."""
    kind = getattr(getattr(value, "dtype", None), "kind", "f")
    try:
        if not isinstance(value, bool | str | bytes) and kind in "fiu":
            number = float(value)
            if math.isfinite(number):
                return number
    except (TypeError, ValueError, OverflowError):
        pass
    raise SpecError("finite", name=name, got=shown(value))
