"""How the gradient at the first step changes as the loss moves away: every length in one pass."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lstm_viz.analysis.columns import check_of, go_back, places, start, stretches
from lstm_viz.analysis.rates import Rate, fit_rate
from lstm_viz.analysis.running_product import running_product
from lstm_viz.arrays import one_sequence, vector
from lstm_viz.cells import cell_of, run, run_back, states_of
from lstm_viz.cells.base import Failure
from lstm_viz.cells.jacobians import input_jacobians
from lstm_viz.cells.protocols import ChainTrace, Weights
from lstm_viz.inputs.probes import last_step, unit_probe
from lstm_viz.logscale import Scaled
from lstm_viz.result import OfNet, failed, net_facts, settings_of, span
from lstm_viz.sketch import Line
from lstm_viz.spec import check_integer, whole_numbers

if TYPE_CHECKING:
    from pandas import DataFrame

Array = np.ndarray


@dataclass(frozen=True, eq=False, repr=False)
class LengthSweep(OfNet):
    """log10 of the norm of the gradient of ⟨v, h_T⟩ for each length T.

    lengths : (n,) steps
    norms : (n,) each, "x" for log10 ‖∂⟨v, h_T⟩/∂x_1‖ and each state's name for that of its initial
        value, where there is one chain of states
    failure : where the forward pass left the finite numbers, None if it did not
    of : which of them was asked for
    """

    lengths: Array
    norms: Mapping[str, Array]
    failure: Failure | None = None
    of: str = "x"

    @property
    def log10_norm(self) -> Array:
        """(n,), the one that was asked for."""
        return self.norms[self.of]

    @property
    def h(self) -> Array | None:
        """(n,) `norms["h"]`, or None"""
        return self.norms.get("h")

    @property
    def x(self) -> Array:
        """(n,) `norms["x"]`"""
        return self.norms["x"]

    @property
    def c(self) -> Array | None:
        """(n,) `norms["c"]`, or None"""
        return self.norms.get("c")

    def facts(self) -> dict[str, str]:
        own = {"net": net_facts(self.net), "lengths": _ends(self.lengths)}
        own["forward pass"] = failed(self.failure)
        states = [name for name in reversed([*self.norms]) if name != "x"]
        own |= {f"∂/∂{name}_0": span(self.norms[name]) for name in states}
        return own | {"∂/∂x_1": span(self.x)}

    def line(self) -> Line:
        order = np.argsort(self.lengths)
        name = f"‖∂⟨v, h_T⟩/∂{self.of}_{1 if self.of == 'x' else 0}‖"
        return Line(self.lengths[order], self.log10_norm[order], "length T", name)

    def _rows(self) -> "DataFrame":
        """A table with one row for each length."""
        from lstm_viz.tables import rows_frame

        columns = [self.lengths.tolist(), *(norm.tolist() for norm in self.norms.values())]
        header = ["length"] + [f"log10_norm_{name}" for name in self.norms]
        return rows_frame(
            [dict(zip(header, row, strict=True)) for row in zip(*columns, strict=True)]
        )


@dataclass(frozen=True, eq=False, repr=False)
class Band(OfNet):
    """One network's gradient at the first step over several seeds.

    lengths (n,) ascending; log10_norm (seeds, n); rate : fitted to the median over seeds; failure :
    the earliest of any seed's forward pass, None if all stayed finite; of : by what the gradient is
    taken, "h" for h_0, "c" for c_0 or "x" for x_1
    """

    cell: str
    lengths: Array
    log10_norm: Array
    rate: Rate
    failure: Failure | None = None
    of: str = "x"

    @property
    def median(self) -> Array:
        """(n,), −inf where most seeds have exactly zero."""
        return np.median(self.log10_norm, axis=0)

    @property
    def longest(self) -> int:
        return int(self.lengths[-1])

    @property
    def starts(self) -> int:
        """At which length the curve begins: by h at 0, where the gradient is the error itself."""
        return 0 if self.of == "h" else int(self.lengths[0])

    def settings(self) -> dict[str, object]:
        return {"cell": self.cell} | dict(self.net)

    @property
    def first_seed(self) -> int:
        """Seeds are counted from that of the net, where it is known."""
        return check_integer("seed", self.net.get("seed", 0), 0)

    def facts(self) -> dict[str, str]:
        own = {"net": net_facts(self.settings()), "seeds": str(len(self.log10_norm))}
        own |= {"lengths": _ends(self.lengths), "forward pass": failed(self.failure)}
        name = f"∂/∂{self.of}_{1 if self.of == 'x' else 0}, median"
        return own | {name: span(np.median(self.log10_norm, axis=0))} | self.rate.facts()

    def line(self) -> Line:
        return Line(self.lengths, self.median, "length T", f"median of ‖∂/∂{self.of}‖")

    def _rows(self) -> "DataFrame":
        """A table with one row for each length and seed."""
        from lstm_viz.tables import rows_frame

        return rows_frame(
            [
                {"of": self.of, "length": int(T), "seed": self.first_seed + k}
                | {"log10_norm": float(norm)}
                for k, norms in enumerate(self.log10_norm)
                for T, norm in zip(self.lengths, norms, strict=True)
            ]
        )


def _ends(lengths: Array) -> str:
    return f"{lengths.min()} … {lengths.max()}" if len(lengths) else "none"


def band(cell: str, sweeps: list[LengthSweep], of: str | None = None) -> Band:
    """Gather the sweeps of several seeds, of one unit probe each.

    of : "h", "x" or "c"; by default what the sweeps were asked for. Horizons of a state are shares
        of the error at the loss, 1; of x, whose size is no share of it, of the first value.
    """
    of = of or sweeps[0].of
    norms = np.array([sweep.norms[of] for sweep in sweeps])
    whole = None if of == "x" else 0.0
    rate = fit_rate(np.median(norms, axis=0), distance=sweeps[0].lengths, whole=whole)
    failures = [sweep.failure for sweep in sweeps if sweep.failure is not None]
    first = min(failures, key=lambda failure: failure.step, default=None)
    return Band(cell, sweeps[0].lengths, norms, rate, first, of)


def length_sweep(
    weights: Weights,
    x: Array,
    lengths: Iterable[int] | None = None,
    probe: Array | None = None,
    of: str | None = None,
    *,
    batch_first: bool | None = None,
) -> LengthSweep:
    """Follow the gradient of ⟨v, h_T⟩ to the first step for many lengths T at once.

    The forward pass over T steps is a prefix of that over more, so one forward pass serves all
    lengths. Their gradients come from one running product of Jacobians, or, where few lengths are
    asked for or the product would lose digits, from one backward pass with a row for each length.

    A BiLSTM, self-attention and stacked layers have a pass of their own for each length, and ∂/∂x_1
    alone: where later steps are read too, a shorter sequence's run is no prefix of a longer one's.

    Parameters
    ----------
    x : (T_max, 1, D), one sequence; (1, T_max, D) with batch_first=True
    lengths : a list of whole numbers from 1 to T_max; all of them by default
    probe : v (O,), of the output's size, mostly H; by default the unit vector of seed 0
    of : "h", "c" or "x", the one that `LengthSweep.log10_norm` gives; by default "h", or "x" where
        there is not one initial state

    Raises
    ------
    ShapeError, SpecError
        If x holds more than one sequence, v does not fit, a length lies outside 1 … T_max, or the
        net has no such state.
    """
    states = states_of(weights)
    of = of or (*states, "x")[0]
    check_of("of", of, states, weights.cell)
    x = one_sequence(x, weights.input_size, batch_first)
    T = len(x)
    chosen = range(1, T + 1) if lengths is None else lengths
    lengths = np.array(whole_numbers("lengths", chosen, 1, T), np.int64)
    v = unit_probe(weights.output_size) if probe is None else probe
    if not states:
        return _pass_for_each(weights, x, lengths, v)
    trace = run(weights, x)
    v = vector("probe", v, weights.output_size, trace.h.dtype)
    order = np.argsort(-lengths, kind="stable")
    norms = _first_step(weights, trace, lengths[order], v)
    places = np.argsort(order)
    norms = {name: norms[name][places] for name in (states[0], "x", *states[1:])}
    net = settings_of(weights)
    return LengthSweep(lengths, norms, failure=trace.failure, of=of, net=net)


def _pass_for_each(weights: Weights, x: Array, lengths: Array, v: Array) -> LengthSweep:
    norms, failure = np.empty(len(lengths)), None
    for k, T in enumerate(lengths):
        trace = run(weights, x[:T])
        v = vector("probe", v, weights.output_size, trace.output.dtype)
        scaled = run_back(weights, trace, last_step(int(T), v)).scaled["x"]
        norms[k], failure = scaled[:1].log10_norm()[0, 0], failure or trace.failure
    return LengthSweep(lengths, {"x": norms}, failure=failure, net=settings_of(weights))


def _first_step(weights: Weights, trace: ChainTrace, losses: Array, v: Array) -> dict[str, Array]:
    """Norms at the first step for losses in descending order.

    For many of them from one running product, if that is exact; otherwise with a row for each loss.
    """
    sizes, longest = cell_of(weights).sizes(weights), int(losses[0])
    with_x = sizes | {"x": weights.input_size}
    if losses.sum() > longest * sum(with_x.values()):
        product = running_product(weights, trace, longest, v)
        if product is not None:
            return _norms(with_x, product[losses - 1])
    state = start(weights, losses, v)
    for lo, hi in stretches(longest, 1):
        state, _ = go_back(weights, trace, losses, state, lo, hi)
    norms = {"x": (state @ input_jacobians(weights, trace, 0, 1)[0]).log10_norm()}
    state, _ = go_back(weights, trace, losses, state, 0, 1)
    return norms | _norms(sizes, state)


def _norms(sizes: dict[str, int], rows: Scaled) -> dict[str, Array]:
    """log10 norms of the parts of each row, which have so many entries."""
    return {name: rows.entries(own).log10_norm() for name, own in places(sizes).items()}
