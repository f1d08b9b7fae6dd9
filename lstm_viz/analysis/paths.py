"""Which way a gradient takes: of what arrives at a state, the part along each path.

Which paths there are, and what comes along each, the cells' own `paths` say. The parts are vectors
and add up to the total gradient, exactly. The product of the forget gates, which is often taken for
the gradient, is the highway alone.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from lstm_viz.arrays import present, up_to_end
from lstm_viz.cells import CELLS, cell_of, described, entering
from lstm_viz.cells.architecture import Architecture
from lstm_viz.cells.base import check_direct, check_trace
from lstm_viz.cells.protocols import ChainTrace, Gradients, Weights
from lstm_viz.cells.range import exact
from lstm_viz.cells.ways import from_step_1
from lstm_viz.errors import ShapeError, SpecError
from lstm_viz.logscale import (
    Scaled,
    binary_exponent,
    max_abs,
    times_power_of_two,
)
from lstm_viz.result import OfNet, net_facts, settings_of, span
from lstm_viz.sketch import Line
from lstm_viz.words import percent

if TYPE_CHECKING:
    from pandas import DataFrame

Array = np.ndarray


@dataclass(frozen=True, eq=False, repr=False)
class PathSplit(OfNet):
    """What arrives at an LSTM's c_t, or a GRU's h_t, by each path; rows are t = 0 … T.

    cell : the architecture, one whose record has `paths`
    parts : "highway", the gates and "direct" → (T+1, B, H); they add up to `total`
    total : the total gradient of the state, (T+1, B, H)
    h, direct_h : total and direct ∂L/∂h_t, (T+1, B, H)
    log10_product : (T+1, B, H), log10 ∏ f_s (GRU: z_s) over s = t+1 … T of each unit
    lengths : (B,), how many steps each sequence of a padded batch has: T is its own, and after it
        norms and shares are NaN; None where all have as many

    An LSTM's initial states are independent of each other: all of what arrives at c_0 came along
    the highway, so its first row of interest is 1.
    """

    cell: str
    parts: dict[str, Scaled]
    total: Scaled
    h: Scaled
    direct_h: Scaled
    log10_product: Array
    lengths: Array | None = None

    @property
    def state(self) -> str:
        """The state at which the paths arrive, "c" or "h"."""
        return CELLS[self.cell].carries

    @property
    def steps(self) -> int:
        """T"""
        return len(self.log10_product) - 1

    @property
    def first(self) -> int:
        """The earliest step at which more than one path arrives."""
        return 0 if self.state == "h" else 1

    @cached_property
    def share(self) -> dict[str, Array]:
        """Each part's projection on the total, ⟨part, total⟩ / ‖total‖², (T+1, B).

        Shares add up to 1. One is negative where a part points against the total, and NaN where
        the total is exactly zero or not finite.
        """
        return {name: _projection(part, self.total) for name, part in self.parts.items()}

    @cached_property
    def log10_norm(self) -> dict[str, Array]:
        """log10 of each part's norm, (T+1, B)."""
        return {name: self._norm(part) for name, part in self.parts.items()}

    @cached_property
    def log10_total(self) -> Array:
        """log10 of the total gradient's norm, (T+1, B)."""
        return self._norm(self.total)

    def _norm(self, part: Scaled) -> Array:
        return up_to_end(part.log10_norm(), self.lengths, self.steps)

    @cached_property
    def log10_shortcut(self) -> Array:
        """log10 ‖∂L/∂c_T ∘ ∏ f‖, (T+1, B): what the gradient would be by the highway alone.

        It leaves out all other paths, and a loss at a step before the last.
        """
        at_end = self.total.log10_abs()[-1]  # (B, H)
        if self.lengths is not None:
            at_end = self.total.log10_abs()[self.lengths, np.arange(len(self.lengths))]
        norm = _log10_norm_of_logs(at_end + self.log10_product)
        return up_to_end(norm, self.lengths, self.steps)

    def settings(self) -> dict[str, object]:
        return {"cell": self.cell} | dict(self.net)

    def facts(self) -> dict[str, str]:
        """By which paths most arrives at the earliest step that has several, in sequence 0."""
        own = {"net": net_facts(self.settings())}
        own[f"∂L/∂{self.state}, back"] = span(self.log10_total[::-1, 0])
        shares = {name: float(share[self.first, 0]) for name, share in self.share.items()}
        order = sorted(shares, key=lambda name: -abs(shares[name]))[:3]
        if not np.isnan(shares[order[0]]):
            told = ", ".join(f"{name} {percent(shares[name])}" for name in order)
            own[f"of it at step {self.first}"] = told
        return own

    def line(self) -> Line:
        steps = np.arange(self.steps + 1)
        return Line(steps, self.log10_total[:, 0], "time step t", f"‖∂L/∂{self.state}_t‖")

    def _rows(self) -> "DataFrame":
        """A table with one row for each step, sequence and path."""
        from lstm_viz.tables import concatenate, grid_frame, unpadded

        shared = {
            "log10_norm_total": self.log10_total,
            "log10_norm_forget_product": self.log10_shortcut,
            "log10_norm_total_h": self._norm(self.h),
            "log10_norm_direct_h": self._norm(self.direct_h),
        }
        frames = []
        for name in self.parts:
            own = {"share": self.share[name], "log10_norm": self.log10_norm[name]}
            frame = grid_frame("step", 0, own | shared)
            frame.insert(2, "path", name)
            frames.append(frame)
        return unpadded(concatenate(frames), self.lengths)


def path_split(
    weights: Weights,
    trace: ChainTrace,
    gradients: Gradients,
    dc: Array | None = None,
    *,
    batch_first: bool | None = None,
) -> PathSplit:
    """Split the total gradient at an LSTM's c_t, or a GRU's h_t, by the path it came along.

    Parameters
    ----------
    trace, gradients : of `forward` and `backward` with these weights
    dc : (T, B, H), the direct ∂L/∂c_t that `backward` was given, if it was
    batch_first : True if dc is (B, T, H)

    Returns
    -------
    PathSplit
        Exact at any magnitude: the parts add up to the total to round-off.

    Raises
    ------
    SpecError
        If the weights are of another architecture: a plain RNN has one path only.
    ShapeError
        If trace, gradients and dc do not belong together.

    References
    ----------
    Hochreiter & Schmidhuber (1997) truncate every path but the highway; Gers et al. (2000) add f.
    """
    record = cell_of(weights)
    if record.paths is None:
        known = ", ".join(name for name, own in CELLS.items() if own.paths)
        raise SpecError("one-layer-of", name="weights", known=known, got=described(weights))
    check_trace(weights, trace, record.trace)
    if not isinstance(gradients, record.gradients):
        wanted, got = record.gradients.__name__, type(gradients).__name__
        raise ShapeError("of-type", name="gradients", kind=wanted, got=got)
    h = gradients.scaled["h"]
    if h.mantissa.shape != trace.h.shape:
        raise ShapeError("other-trace", shape=trace.h.shape, got=h.mantissa.shape)
    direct_c = None
    if dc is not None:
        if "c" not in record.states:
            raise ShapeError("no-such-state", name="dc", cell=repr(weights.cell))
        direct_c = entering("dc", dc, batch_first)
        direct_c = check_direct("dc", direct_c, trace.h[1:].shape, trace.h.dtype)
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        full = exact(trace)
        parts = record.paths(weights, full, gradients, direct_c)
        total = gradients.scaled[record.carries]
        direct = from_step_1(gradients.entering)
        _check_sum(parts, total)
        product = _log10_product(_log10_kept(record, trace), trace.lengths)
        net = settings_of(weights) | {"T": len(trace.x)}
        return PathSplit(weights.cell, parts, total, h, direct, product, trace.lengths, net=net)


def _check_sum(parts: dict[str, Scaled], total: Scaled) -> None:
    """Raise ShapeError unless the parts add up to the total, to half the digits."""
    left = total * -1.0
    for part in parts.values():
        left = left + part
    largest = np.maximum.reduce([part.log10_norm() for part in (total, *parts.values())])
    wrong = left.log10_norm() > largest + np.log10(np.finfo(total.mantissa.dtype).eps) / 2
    if wrong.any():
        step, sequence = (int(k) for k in np.argwhere(wrong)[0])
        raise ShapeError("paths-do-not-add-up", step=step, sequence=sequence)


def _projection(part: Scaled, total: Scaled) -> Array:
    """⟨part, total⟩ / ‖total‖² of each vector."""
    (p, p_exponent), (t, t_exponent) = map(_near_1, (part, total))
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = np.vecdot(t, p) / np.vecdot(t, t)
    return times_power_of_two(ratio, p_exponent - t_exponent)


def _near_1(vectors: Scaled) -> tuple[Array, Array]:
    """Mantissas in float64 with their largest entry in [½, 1), and the exponents that go along."""
    vectors = vectors.by_vector()
    e = binary_exponent(max_abs(vectors.mantissa))
    unit = times_power_of_two(vectors.mantissa.astype(np.float64), -e[..., None])
    return unit, vectors.exponent + e


def _log10_kept(record: Architecture, trace: ChainTrace) -> Array:
    """log10 of what the highway keeps at each step, σ(a) or 1 − σ(a), which may underflow."""
    gate, sign = record.keeper
    return -np.logaddexp(0, -sign * getattr(trace, f"a_{gate}")) / np.log(10)


def _log10_product(log10_gate: Array, lengths: Array | None) -> Array:
    """The sum over s = t+1 … T, (T+1, B, H)."""
    if lengths is not None:
        log10_gate[~present(len(log10_gate), lengths)] = 0
    after = np.cumsum(log10_gate[::-1], axis=0)[::-1]
    return np.concatenate([after, np.zeros_like(after[:1])])


def _log10_norm_of_logs(log10_abs: Array) -> Array:
    """log10 of the norm of vectors whose entries are given by log10 of their magnitude."""
    top = log10_abs.max(axis=-1)
    safe = np.where(np.isfinite(top), top, 0)[..., None]
    with np.errstate(divide="ignore"):
        return safe[..., 0] + 0.5 * np.log10(((10.0 ** (log10_abs - safe)) ** 2).sum(axis=-1))
