"""The edge between vanishing and exploding: the gradient's factor per step over a grid of nets."""

import queue
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from lstm_viz import words
from lstm_viz.analysis.estimate import Estimate
from lstm_viz.analysis.many_nets import PARTS, AnyNets, Nets, nets_of
from lstm_viz.analysis.rates import is_straight
from lstm_viz.arrays import one_sequence, vector
from lstm_viz.cells import CELLS, backward, carrying, chain_of, chained, forward, init_weights
from lstm_viz.cells.base import Weights, check_input
from lstm_viz.errors import Said, SpecError
from lstm_viz.inputs.probes import last_step, unit_probe
from lstm_viz.logscale import binary_exponent, times_power_of_two
from lstm_viz.processors import processors
from lstm_viz.result import Shown, net_facts, size
from lstm_viz.spec import ModelSpec, check_integer, check_spec, numbers

if TYPE_CHECKING:
    from pandas import DataFrame

Array = np.ndarray
Progress = Callable[[int, int], None]
ALONE = 2**18  # multiply-adds that OpenBLAS leaves to one thread, so that threads of ours pay
WIDE = 2**17  # bytes (H, B) of one quantity of a step: so many that Python's share is small
SHORT = 2**12  # entries below which threads of ours wait for each other more than they share
ROOM = 2**28  # bytes of slopes that are kept at once
FEWEST = 32  # nets of a product: with fewer, products are slow
PILOT_STEPS = 16
SLACK = 1e-12  # relative, for s² as it comes from another sum


@dataclass(frozen=True, eq=False, repr=False)
class PhaseDiagram(Shown):
    """How the gradient of ⟨v, h_T⟩ changes with each step back, for nets that share their draws.

    The gradient is that by the state that carries it: an LSTM's ∂/∂c_t, an RNN's or a GRU's ∂/∂h_t.

    spec : what they share; its own gain and forget bias are those of none of them
    vertical : what `y` is, "forget_bias" or "s2"
    gain : (X,) multiplies the recurrent weights; the ρ of ρQ where init is "orthogonal"
    y : (Y,) forget biases, or s², the mean square of W x_t + b over steps and units
    steps : T
    log10_factor : (Y, X) slope of the least-squares line, decades per step back; −inf where the
        gradient becomes exactly zero, NaN where it is not defined
    spread : (Y, X) root mean square distance from the line, decades
    failure : (Y, X) the first step whose state is not finite, 0 where all are
    of : by which state, "h" or "c"
    """

    spec: ModelSpec
    vertical: str
    gain: Array
    y: Array
    steps: int
    log10_factor: Array
    spread: Array
    failure: Array
    of: str

    @property
    def straight(self) -> Array:
        """(Y, X), whether one rate describes a net's curve, as `Rate` has it."""
        points = self.steps + 1
        rise = self.log10_factor**2 * (points**2 - 1) / 12  # the line's own variance
        with np.errstate(invalid="ignore"):
            return is_straight(self.spread, rise + self.spread**2, points)

    @property
    def factor(self) -> Array:
        """(Y, X), factor per step back: below 1 the gradient vanishes, above 1 it explodes."""
        with np.errstate(over="ignore", under="ignore"):
            return 10.0**self.log10_factor

    def settings(self) -> dict[str, object]:
        own = {n: v for n, v in self.spec.settings().items() if n not in ("gain", "forget_bias")}
        return own | {"T": self.steps}

    def facts(self) -> dict[str, str]:
        """How many of the nets let the gradient vanish, explode, or fail themselves."""
        rate, failed = self.log10_factor, self.failure > 0
        known = rate[~np.isnan(rate)]
        own = {"net": net_facts(self.settings()), "nets": words.count(rate.size)}
        own["gradient vanishes"] = f"in {words.count(int(np.count_nonzero(known < 0)))}"
        own["explodes"] = f"in {words.count(int(np.count_nonzero(known > 0)))}"
        if known.size:
            own["factor"] = f"{size(known.min())} to {size(known.max())} a step"
        return own | {
            "forward pass fails": f"in {words.count(failed.sum())}" if failed.any() else ""
        }

    def _rows(self) -> "DataFrame":
        """A table with one row for each net."""
        from lstm_viz.tables import rows_frame

        return rows_frame(
            [
                {
                    "of": self.of,
                    "gain": float(self.gain[k]),
                    self.vertical: float(self.y[j]),
                    "log10_factor": float(self.log10_factor[j, k]),
                    "spread": float(self.spread[j, k]),
                    "failure_step": int(self.failure[j, k]),
                }
                for j, k in np.ndindex(self.log10_factor.shape)
            ]
        )


def phase_diagram(
    spec: ModelSpec,
    x: Array,
    gain: Iterable[float],
    *,
    forget_bias: Iterable[float] | None = None,
    s2: Iterable[float] | None = None,
    probe: Array | None = None,
    progress: Progress | None = None,
    threads: int | None = None,
    batch_first: bool | None = None,
) -> PhaseDiagram:
    """Measure the gradient's factor per step for a grid of nets, all of them in one batch.

    The nets share the base matrices that `spec` draws, so each rate is what `forward`, `backward`
    and `fit_rate` find for `replace(spec, gain=…, forget_bias=…)`, to round-off. (In a net with a
    factor above 1, round-off itself grows by that factor at each step of the forward pass: after
    15 decades of growth two runs are two samples of the same chaos.)

    Parameters
    ----------
    spec : of a cell whose states form one chain, one layer; its dtype is the one to compute in
    x : (T, 1, D), one sequence; (1, T, D) with batch_first=True
    gain : values of the horizontal axis; all nets have U = gain · U_base
    forget_bias : values of the vertical axis, for the LSTM (added to b_f) and the GRU (to b_z)
    s2 : values of the vertical axis, for the plain RNN: x is multiplied so that the mean square of
        W x_t + b over all steps and units is s²; it cannot be smaller than that of b alone
    probe : v (H,); by default the unit vector of seed 0
    progress : called in this thread as progress(nets done, nets in all); what it raises ends the
        work
    threads : chunks of nets to run at once; one for each processor by default

    Raises
    ------
    ShapeError, SpecError
        If x holds more than one sequence, v does not fit, an axis is empty or not finite, or the
        cell has no such diagram.
    """
    plan = _Plan(spec, x, gain, forget_bias, s2, probe, threads, batch_first)
    rate = np.empty((3, plan.nets))  # log10_factor, spread, failure
    done = 0
    for columns, found in plan.run():
        rate[:, columns] = found
        done += len(columns)
        if progress is not None:
            progress(min(done, plan.nets), plan.nets)
    factor, spread, failure = rate.reshape(3, len(plan.y), len(plan.gain))
    return PhaseDiagram(
        *(spec, plan.vertical, plan.gain, plan.y, plan.steps),
        *(factor, spread, failure.astype(np.int64), carrying(plan.weights)),
    )


def phase_estimate(spec: ModelSpec, x: Array, gain: Iterable[float], **options: Any) -> Estimate:
    """Say what `phase_diagram` with the same arguments would take, after a run of a few steps."""
    options.pop("progress", None)
    plan = _Plan(spec, x, gain, **options)
    few = min(plan.steps, PILOT_STEPS)
    nets, columns = plan.room(few), plan.chunks()[0]
    plan.chunk(nets, columns)  # the first run finds nothing in the cache
    start = time.perf_counter()
    plan.chunk(nets, columns)
    seconds = (time.perf_counter() - start) / few * plan.steps * len(plan.chunks())
    room = plan.workers * plan.bytes_kept(plan.width)
    return Estimate(seconds / plan.workers, (room + 3 * 8 * plan.nets) / 1e6)


def check_mapped(spec: ModelSpec) -> None:
    """Raise SpecError unless there is a phase diagram of such nets."""
    check_spec(spec)
    if spec.cell not in chained() or spec.layers != 1:
        known = ", ".join(chained())
        raise SpecError(
            "one-layer-of",
            name="spec",
            known=known,
            got=Said("layers-of", n=spec.layers, cell=spec.cell),
        )
    if spec.init == "chrono":
        raise SpecError("chrono-axis")


def vertical_of(spec: ModelSpec) -> str:
    """The vertical axis of its diagram: the forget bias of a gated cell, s² of another."""
    return "forget_bias" if CELLS[spec.cell].is_gated else "s2"


class _Plan:
    """The checked request, and how its nets are shared out."""

    def __init__(
        self,
        spec: ModelSpec,
        x: Array,
        gain: Iterable[float],
        forget_bias: Iterable[float] | None = None,
        s2: Iterable[float] | None = None,
        probe: Array | None = None,
        threads: int | None = None,
        batch_first: bool | None = None,
    ) -> None:
        check_mapped(spec)
        self.spec = spec
        if threads is not None:
            threads = check_integer("threads", threads, 1)
        self.vertical = vertical_of(spec)
        given = {
            name for name, axis in (("forget_bias", forget_bias), ("s2", s2)) if axis is not None
        }
        if given != {self.vertical}:
            raise SpecError("one-axis", axis=self.vertical, cell=repr(spec.cell))
        self.gain = np.array(numbers("gain", gain))
        self.y = np.array(numbers(self.vertical, s2 if forget_bias is None else forget_bias))
        self.weights: Weights = init_weights(replace(spec, gain=1.0, forget_bias=0.0))
        self.x = check_input(self.weights, one_sequence(x, spec.input_size, batch_first))
        self.steps, H = len(self.x), spec.hidden_size
        self.v = vector("probe", unit_probe(H) if probe is None else probe, H, self.x.dtype)
        self.gains, self.parts = self._columns()
        self.nets = len(self.gains)
        self.stopped = False
        self.workers, self.width, self.tiles = self._shares(threads or processors())

    def _columns(self) -> tuple[Array, Array]:
        """Each net's gain (N,) and parts (2, N), row by row of the diagram."""
        one = np.ones_like(self.y)
        parts = [one, self.y]
        if self.vertical == "s2":
            self.x = _near_1(self.x)[0]  # so that W x holds where the input is far from 1
            parts = [input_scale(self.weights, self.x, self.y), one]
        X = len(self.gain)
        gains = np.tile(self.gain, len(self.y)).astype(self.x.dtype)
        return gains, np.repeat(parts, X, axis=1).astype(self.x.dtype)

    def _shares(self, threads: int) -> tuple[int, int, int]:
        """How many chunks run at once; how many nets each has, all the same; in how many products.

        Where a product is too large to be left to one thread, BLAS has them all; and there are no
        more threads than have room for long calls.
        """
        H, kept = self.weights.hidden_size, self.bytes_kept(1)
        gates = nets_of(self.weights).gates
        alone = ALONE // (gates * H * (H + PARTS))
        rooms = ROOM * H // (SHORT * kept) if alone >= FEWEST else 1
        threads = max(1, min(threads, rooms))
        widest = max(FEWEST, min(WIDE // (H * self.x.itemsize), ROOM // (threads * kept)))
        chunks = -(-self.nets // widest)
        chunks += -chunks % threads if chunks > 1 else 0
        width = -(-self.nets // chunks)
        tiles = -(-width // alone) if threads > 1 else 1
        return min(threads, chunks), tiles * -(-width // tiles), tiles

    def bytes_kept(self, width: int) -> int:
        """What the forward pass of so many nets keeps."""
        kept = nets_of(self.weights).kept
        return kept * self.weights.hidden_size * self.steps * self.x.itemsize * width

    def chunks(self) -> list[Array]:
        """Which nets go together."""
        return [
            np.arange(start, min(start + self.width, self.nets))
            for start in range(0, self.nets, self.width)
        ]

    def room(self, steps: int) -> Nets | AnyNets:
        """Room for one chunk over the first steps."""
        return nets_of(self.weights)(self.weights, self.x[:steps], self.width, self.tiles)

    def chunk(self, nets: Nets | AnyNets, columns: Array) -> tuple[Array, Array, Array]:
        """Run one chunk; its log10 factors, spreads and failures."""
        padded = np.resize(columns, self.width)  # the last chunk may be short
        gain = self.gains[padded]
        with np.errstate(all="ignore"):
            failure = nets.forward(gain, self.parts[:, padded])
            log10 = nets.backward(gain, self.v)
            for k in np.flatnonzero(nets.outside[: len(columns)]):
                if not self.stopped:
                    log10[:, k], failure[k] = self.alone(columns[k], len(log10) - 1)
            slope, spread = _lines(log10[::-1])
        n = len(columns)
        return slope[:n], spread[:n], failure[:n]

    def alone(self, column: int, steps: int) -> tuple[Array, int]:
        """The norms of one net, (steps + 1,), by its cell's own passes, which hold any slope.

        And the step at which its states left the finite numbers, 0 for none.
        """
        (scale, y), gated = self.parts[:, column], self.vertical == "forget_bias"
        bias = float(y) if gated else self.spec.forget_bias
        weights = init_weights(replace(self.spec, gain=float(self.gains[column]), forget_bias=bias))
        trace = forward(weights, scale * self.x[:steps])
        gradients = backward(weights, trace, last_step(steps, self.v))
        norms = gradients.scaled[carrying(weights)].log10_norm()[:, 0]
        return norms, trace.failure.step if trace.failure else 0

    def run(self) -> Iterator[tuple[Array, tuple[Array, Array, Array]]]:
        """Each chunk's nets and what was found of them, as they are finished."""
        free = queue.SimpleQueue()
        for _ in range(self.workers):
            free.put(self.room(self.steps))

        def work(columns: Array) -> tuple[Array, tuple[Array, Array, Array]]:
            nets = free.get()
            try:
                return columns, self.chunk(nets, columns)
            finally:
                free.put(nets)

        with ThreadPoolExecutor(self.workers) as pool:
            waiting: list[Future] = [pool.submit(work, columns) for columns in self.chunks()]
            try:
                for future in as_completed(waiting):
                    yield future.result()
            finally:
                self.stopped = True
                pool.shutdown(wait=False, cancel_futures=True)


def drive_variance(weights: Weights, x: Array) -> float:
    """s², the mean square of W x_t + b over steps and units: x (T, 1, D)."""
    with np.errstate(over="ignore", invalid="ignore"):
        Wx, b = _drive(weights, x)
        return float(np.mean((Wx + b) ** 2))


def input_scale(weights: Weights, x: Array, s2: Array) -> Array:
    """By what x is to be multiplied so that the mean square of W x_t + b is s² (both (n,)).

    Raises SpecError where no input makes it so small: b alone has a mean square.
    """
    x, exponent = _near_1(x)
    a, b, c = _drive_moments(weights, x)  # s² = a k² + 2 b k + c
    least = least_variance(weights, x)
    s2 = np.asarray(s2, np.float64)
    out_of_reach = (s2 < least * (1 - SLACK)) | ((a == 0) & (s2 > c * (1 + SLACK)))
    if out_of_reach.any():
        got = words.tidy(s2[out_of_reach][0])
        if a == 0:
            raise SpecError("s2-alone", only=words.tidy(c), got=got)
        raise SpecError("s2-of-bias", least=words.tidy(least), got=got)
    k = (np.sqrt(np.maximum(b * b + a * (s2 - c), 0)) - b) / (a or 1.0)
    return np.ldexp(k, -exponent)


def least_variance(weights: Weights, x: Array) -> float:
    """The smallest s² that the input can be scaled to."""
    a, b, c = _drive_moments(weights, _near_1(x)[0])
    return c - b * b / a if b < 0 else c


def _near_1(x: Array) -> tuple[Array, int]:
    """x without a power of two that brings its largest entry near 1, and that power."""
    exponent = int(binary_exponent(np.abs(x).max()))
    return times_power_of_two(x, np.array(-exponent)), exponent


def _drive_moments(weights: Weights, x: Array) -> tuple[float, float, float]:
    """Mean squares of W x_t and b, and between them the mean product."""
    Wx, b = _drive(weights, x)
    return float(np.mean(Wx**2)), float(np.mean(Wx * b)), float(np.mean(b**2.0))


def _drive(weights: Weights, x: Array) -> tuple[Array, Array]:
    """W x_t (T, H) and b (H,) of a cell without gates, 0 if it has no b."""
    W, _ = chain_of(weights).stacked(weights)
    return x[:, 0] @ W.T.astype(np.float64), getattr(weights, "b", np.zeros(len(W)))


def _lines(log10: Array) -> tuple[Array, Array]:
    """Slope and spread of each column's least-squares line, (B,) each; log10 (n, B).

    As `rates.fit_rate` has it, but for a column with an exact zero: its slope is −inf.
    """
    k = np.arange(len(log10)) - (len(log10) - 1) / 2
    y = log10 - log10.mean(axis=0)
    slope = k @ y / (k @ k)
    spread = np.sqrt(np.mean((y - np.outer(k, slope)) ** 2, axis=0))
    zero = np.isneginf(log10).any(axis=0) & ~np.isnan(log10).any(axis=0)
    return np.where(zero, -np.inf, slope), np.where(zero, np.nan, spread)
