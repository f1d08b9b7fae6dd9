"""How steps stretch a gradient: singular values of ∂s_T/∂s_t, and the spectra of U.

The state s is h, or (h, c) for a cell with a cell state; S is its size, H or 2H.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from lstm_viz.analysis import digits
from lstm_viz.analysis.estimate import Estimate
from lstm_viz.analysis.graded import EPS, Product, identity, log10_singular_values
from lstm_viz.analysis.steps import STRETCH, chain, state_size, steps_back
from lstm_viz.cells import CELLS, cell_of
from lstm_viz.cells.base import Failure
from lstm_viz.cells.protocols import ChainTrace, Weights
from lstm_viz.cells.told import Weighted
from lstm_viz.errors import ShapeError
from lstm_viz.result import OfNet, failed, net_facts, settings_of, span, told
from lstm_viz.sketch import Line
from lstm_viz.spec import ModelSpec, check_flag, whole_numbers
from lstm_viz.words import number

if TYPE_CHECKING:
    from pandas import DataFrame

Array = np.ndarray
DISTANCES, FEWER = 41, 13  # how many distances are looked at unless told …
WIDE = 128  # … and how many of states wider than this, where each takes a second
TOGETHER = 2**22  # entries of the matrices whose singular values are found together
UNSURE = 1e-7  # relative error of a singular value from which floats do not do
AFFORDED = 1.4e7  # T · S³, up to which digits are taken where floats do not do: about a minute
SAME = 1e-10  # relative, or decades: a difference that matters to nobody


@dataclass(frozen=True, eq=False, repr=False)
class SingularValues(OfNet):
    """log10 of the singular values of ∂s_T/∂s_{T−k}, by which k steps stretch a gradient.

    distances : (K,) k, in steps, ascending
    log10 : (K, S), largest first. −inf where a direction is lost: the value is exactly 0. NaN where
        the Jacobians' own floats do not determine it, since it is below their round-off; where it
        takes more digits than a net of this size can be given; and where the forward pass had left
        the finite numbers
    failure : where it did so, None if it did not
    """

    distances: Array
    log10: Array
    failure: Failure | None = None

    @property
    def lost(self) -> Array:
        """(K,) how many values are exactly 0."""
        return np.isneginf(self.log10).sum(axis=1)

    @property
    def undetermined(self) -> Array:
        """(K,) how many values are not determined."""
        return np.isnan(self.log10).sum(axis=1)

    def facts(self) -> dict[str, str]:
        own = {"net": net_facts(self.net), "forward pass": failed(self.failure)}
        if len(self.distances):
            own["distances"] = f"{self.distances[0]} … {self.distances[-1]}"
            own["largest"] = span(self.log10[:, 0])
            own["smallest"] = span(self.log10[:, -1])
        if self.failure is None and len(self.distances):
            own["exactly 0 at last"] = told(self.lost[-1])
            own["not determined at last"] = told(self.undetermined[-1])
        return own

    def line(self) -> Line:
        return Line(self.distances, self.log10[:, 0], "steps back", "largest singular value")

    def _rows(self) -> "DataFrame":
        """A table with one row for each distance and singular value, counted from 1."""
        from lstm_viz.tables import rows_frame

        return rows_frame(
            [
                {"distance": int(k), "singular_value": i, "log10": float(value)}
                for k, values in zip(self.distances, self.log10, strict=True)
                for i, value in enumerate(values, start=1)
            ]
        )


def singular_values(
    weights: Weights,
    x: Array,
    distances: Iterable[int] | None = None,
    progress: Callable[[int], None] | None = None,
    *,
    batch_first: bool | None = None,
    patient: bool = False,
) -> SingularValues:
    """Singular values of ∂s_T/∂s_{T−k} for many distances k, in one pass over the Jacobians.

    Parameters
    ----------
    x : (T, 1, D), one sequence; (1, T, D) with batch_first=True
    distances : whole numbers from 0 to T; by default up to 41 (13 for S > 128), evenly spread
    progress : called with the number of steps done
    patient : take as many digits as a saturated net needs however long that may be (`estimate`
        tells); otherwise what would take more than about a minute is not determined

    Returns
    -------
    SingularValues
        Each value is right to its own relative accuracy, also one of 1e-1000 beside one of 1, as
        far as the Jacobians themselves determine it.

    Raises
    ------
    ShapeError, SpecError
        If x holds more than one sequence or a distance lies outside 0 … T.
    """
    check_flag("patient", patient)
    trace = chain(weights, x, batch_first)
    T = len(trace.x)
    size, net = state_size(weights), settings_of(weights) | {"T": T}
    if distances is None:
        distances = _spread(T, _how_many(size))
    wanted = np.unique(whole_numbers("distances", distances, 0, T))
    if trace.failure is not None:
        return SingularValues(wanted, np.full((len(wanted), size), np.nan), trace.failure, net=net)
    afforded = patient or int(wanted[-1]) * size**3 <= AFFORDED
    log10 = _measured(weights, trace, wanted, progress or (lambda k: None), afforded)
    return SingularValues(wanted, log10, net=net)


def _measured(
    weights: Weights,
    trace: ChainTrace,
    wanted: Array,
    progress: Callable[[int], None],
    afforded: bool,
) -> Array:
    """(K, S), in floats if they do; otherwise in digits, if they can be afforded."""
    last, size, kept = int(wanted[-1]), state_size(weights), []
    for k, product in enumerate(_in_floats(weights, trace, last)):
        if k in wanted:
            kept.append(product)
        progress(k)
        if afforded and (product.error > UNSURE).any():
            break
    log10 = np.full((len(wanted), size), np.nan)
    if kept:
        log10[: len(kept)] = _in_groups(kept)
    if np.isnan(log10).any() and afforded:
        return _in_digits(weights, trace, wanted, progress)
    return log10


def _in_floats(weights: Weights, trace: ChainTrace, last: int) -> Iterator[Product]:
    """The transposes of ∂s_T/∂s_{T−k}, k = 0 … last, while Jacobians are floats."""
    product = identity(state_size(weights))
    yield product
    for _k, step in zip(range(last), steps_back(weights, trace), strict=False):
        if not step.is_floats():
            return
        product = product.back_through(step)
        yield product


def _in_digits(
    weights: Weights, trace: ChainTrace, wanted: Array, progress: Callable[[int], None]
) -> Array:
    """The same as `_measured`, in Decimals."""

    def measure(moved: bool) -> Array:
        generator, found = np.random.default_rng(0) if moved else None, []
        product, back = digits.identity(state_size(weights)), steps_back(weights, trace)
        for k in range(int(wanted[-1]) + 1):
            product = product.back_through(next(back), generator) if k else product
            if k in wanted:
                exponent, R = product.graded()
                values = log10_singular_values(exponent[None], R[None])[0]
                values[len(product.d) : len(product.d) + product.hidden] = np.nan
                found.append(values)
            progress(k)
        return np.array(found)

    return digits.settle(measure, SAME)


def _how_many(size: int) -> int:
    return FEWER if size > WIDE else DISTANCES


def _spread(T: int, count: int) -> list[int]:
    return np.linspace(0, T, min(T + 1, count)).round().astype(int).tolist()


def _in_groups(products: list[Product]) -> Array:
    """The singular values of all products, so many at a time that their matrices fit the cache."""
    length, found = max(1, TOGETHER // products[0].R.shape[1] ** 2), []
    for lo in range(0, len(products), length):
        group = [p.graded() for p in products[lo : lo + length]]
        exponent, R, error = map(np.array, zip(*group, strict=True))
        log10 = log10_singular_values(exponent, R)
        found.append(np.where(error > UNSURE, np.nan, log10))
    return np.concatenate(found)


def needs_digits(weights: Weights, x: Array) -> bool:
    """Whether floats lose singular values over x (T, 1, D), and more digits will be taken."""
    trace = chain(weights, x)
    T, size = len(trace.x), state_size(weights)
    if trace.failure is not None or T * size**3 > AFFORDED:
        return False
    held = [(product.error <= UNSURE).all() for product in _in_floats(weights, trace, T)]
    return len(held) <= T or not all(held)


def estimate(spec: ModelSpec, T: int, in_digits: bool = False) -> Estimate:
    """Foretell `singular_values` and `lyapunov` over T steps, from measured times of their parts.

    in_digits : whether floats do not do, see `needs_digits`

    Each step multiplies, and makes orthogonal, matrices of the state's size S: in theory S³ of
    work, but small ones take what calls take and those between are bound by memory.
    """
    S = len(CELLS[spec.cell].states) * spec.hidden_size
    distances = min(T + 1, _how_many(S))
    seconds = T * (3.5e-4 + 1.2e-7 * S**2 + 5e-10 * S**3) + distances * 2e-6 * S**2
    if in_digits:
        seconds += T * (2e-2 + 7e-6 * S**3)
    entries = (2 * STRETCH + 8 * distances) * S**2 + 20 * T * spec.hidden_size
    return Estimate(seconds, 8 * entries / 1e6)


@dataclass(frozen=True, eq=False, repr=False)
class Spectrum(OfNet):
    """What one recurrent matrix, (H, H), does to lengths.

    name : of the gate that it belongs to; "U" for a plain RNN
    eigenvalues : (H,) complex, the largest first
    radius : the largest |eigenvalue|, the rate of Uᵏ as k → ∞
    norm : σ_max, the most by which one product stretches
    departure : Henrici's departure from normality, √(‖U‖_F² − Σ|λ|²): 0 for a normal matrix, whose
        eigenvalues say everything. Up to ‖U‖_F, which is `frobenius`.
    """

    name: str
    eigenvalues: Array
    radius: float
    norm: float
    departure: float
    frobenius: float

    def facts(self) -> dict[str, str]:
        names = ("radius", "norm", "departure")
        own = {"net": net_facts(self.net), "block": self.name}
        return own | {name: number(getattr(self, name)) for name in names}

    def _rows(self) -> "DataFrame":
        """A table with one row for each eigenvalue."""
        from lstm_viz.tables import rows_frame

        own = {"radius": self.radius, "norm": self.norm, "departure": self.departure}
        return rows_frame(
            [
                {"block": self.name, "real": float(v.real), "imaginary": float(v.imag)} | own
                for v in self.eigenvalues
            ]
        )


def recurrent_spectra(weights: Weights | Weighted) -> list[Spectrum]:
    """The spectrum of each gate's block of U, in the order of the cell's gates.

    A BiLSTM's are named by direction too, "f_forward", and those of stacked layers by the layer,
    counted from 1: "f_2".

    Raises
    ------
    ShapeError
        If nothing recurs in the net, as in self-attention.

    References
    ----------
    Henrici (1962); Trefethen & Embree (2005) on what eigenvalues do not say.
    """
    record, net = cell_of(weights), settings_of(weights)
    if isinstance(weights, Weighted) and weights.parts():
        return [
            replace(own, name=f"{own.name}_{part}", net=net)
            for part, inner in weights.parts().items()
            for own in recurrent_spectra(inner)
        ]
    U = _recurrent_matrix(weights)
    names = tuple(gate.name for gate in record.gates if gate.recurrent) or ("U",)
    blocks = np.split(U.astype(np.float64), len(names))
    return [_spectrum(name, block, net) for name, block in zip(names, blocks, strict=True)]


def _recurrent_matrix(weights: Weights | Weighted) -> Array:
    """U with its gates in the record's order; what recurs unit by unit, on its diagonal."""
    chain, own = cell_of(weights).chain, getattr(weights, "U", None)
    U = chain.stacked(weights)[1] if chain and own is None else own
    if U is None or U.ndim > 2:
        raise ShapeError("no-recurrent-matrix", cell=repr(cell_of(weights).name))
    return np.diag(U) if U.ndim == 1 else U


def _spectrum(name: str, U: Array, net: Mapping[str, object]) -> Spectrum:
    values = np.linalg.eigvals(U).astype(complex)
    values = values[np.argsort(-np.abs(values), kind="stable")]
    frobenius = float(np.linalg.norm(U))
    unit = frobenius or 1.0
    excess = 1 - float((np.abs(values / unit) ** 2).sum())
    rounding = 8 * len(U) * EPS  # of the sum of squares: what is below it is no departure
    departure = unit * float(np.sqrt(excess)) if frobenius and excess > rounding else 0.0
    norm = float(np.linalg.norm(U, 2))
    return Spectrum(name, values, float(np.abs(values[0])), norm, departure, frobenius, net=net)
