"""Which loss reaches which step: ‖∂⟨v, h_s⟩/∂h_t‖ for every pair of loss step s and time step t."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from lstm_viz.analysis.attention_map import attends, gradient_map_x
from lstm_viz.analysis.columns import check_of, go_back, start, stretches
from lstm_viz.analysis.estimate import Estimate
from lstm_viz.arrays import check_room, one_sequence, sequences, vector
from lstm_viz.cells import CELLS, cell_of, cost, run, run_back
from lstm_viz.cells.base import Failure
from lstm_viz.cells.protocols import ChainTrace, Trace, Weights
from lstm_viz.cells.stack import StackWeights
from lstm_viz.errors import Said, SpecError, shown
from lstm_viz.inputs.probes import unit_probe
from lstm_viz.result import OfNet, failed, net_facts, settings_of, size
from lstm_viz.sketch import Line
from lstm_viz.spec import ModelSpec, check_integer

if TYPE_CHECKING:
    from pandas import DataFrame

Array = np.ndarray
ENTRIES = 2**22  # of one quantity of the trace when each loss is a sequence of a batch
OPERATIONS_PER_SECOND = {"jacobians": 2e10, "batch": 1e10}  # of an ordinary machine
LOG10_THOUSANDTH = -3.0
LOG10_FLOAT32 = float(np.log10(np.finfo(np.float32).tiny))
Progress = Callable[[float], None]  # is told the share that is done; may raise to stop


@dataclass(frozen=True, eq=False, repr=False)
class GradientMap(OfNet):
    """log10 ‖∂⟨v, output_s⟩/∂ what is asked for at t‖ for loss steps s and time steps t.

    wrt : "h", "c" or "x"
    losses (S,), steps (N,) : which s and t, from 1; all of them unless thinned
    log10_norm : (S, N); −inf for exactly 0; NaN above the diagonal if the net reads no later steps,
        and for losses that the forward pass did not reach in finite numbers
    failure : where it left them, or None
    """

    cell: str
    wrt: str
    losses: Array
    steps: Array
    log10_norm: Array
    failure: Failure | None = None

    @property
    def size(self) -> int:
        """The last step, T."""
        return int(self.steps[-1])

    @property
    def reads_ahead(self) -> bool:
        """Whether a loss depends on steps after its own."""
        return not np.isnan(self.log10_norm[self.losses[:, None] < self.steps]).all()

    def at(self, loss: int, step: int) -> float:
        """The value for loss step s and time step t."""
        return float(self.log10_norm[self._place(self.losses, loss), self._place(self.steps, step)])

    def of_loss(self, loss: int) -> Array:
        """How one loss's gradient fares over the steps, (N,): a row."""
        return self.log10_norm[self._place(self.losses, loss)]

    def of_step(self, step: int) -> Array:
        """What reaches one step from each loss, (S,): a column."""
        return self.log10_norm[:, self._place(self.steps, step)]

    @staticmethod
    def _place(numbers: Array, wanted: int) -> int:
        found = np.flatnonzero(numbers == wanted)
        if not len(found):
            raise SpecError(
                "one-of", name="step", known=f"{numbers[0]} … {numbers[-1]}", got=shown(wanted)
            )
        return int(found[0])

    def thinned(self, most: int) -> "GradientMap":
        """At most so many losses and steps, evenly spread; the first and the last stay."""
        check_integer("most", most, 1)
        rows, columns = (_spread(count, most) for count in self.log10_norm.shape)
        norms = self.log10_norm[np.ix_(rows, columns)]
        return replace(self, losses=self.losses[rows], steps=self.steps[columns], log10_norm=norms)

    def relative(self) -> "GradientMap":
        """Each row divided by its largest value."""
        known = np.where(np.isfinite(self.log10_norm), self.log10_norm, -np.inf)
        largest = known.max(axis=1, keepdims=True)
        norms = self.log10_norm - np.where(np.isfinite(largest), largest, 0)
        return replace(self, log10_norm=norms)

    def settings(self) -> dict[str, object]:
        return {"cell": self.cell} | dict(self.net) | {"of": self.wrt}

    def facts(self) -> dict[str, str]:
        """What the last loss sends to its own step and to the first."""
        S, N = self.log10_norm.shape
        own = {"net": net_facts(self.settings()), "pairs": f"{S} losses × {N} steps"}
        first, last = (size(float(value)) for value in self.log10_norm[-1, [0, -1]])
        own["forward pass"] = failed(self.failure)
        here = f"{last} at step {self.steps[-1]}, {first} at step {self.steps[0]}"
        return own | {f"∂L/∂{self.wrt} of the last loss": here}

    def line(self) -> Line:
        name = f"‖∂L/∂{self.wrt}_t‖ of the last loss"
        return Line(self.steps, self.log10_norm[-1], "time step t", name)

    def _rows(self) -> "DataFrame":
        """A table with one row for each pair of loss step and time step that has a value."""
        from lstm_viz.tables import columns_frame

        s, t = np.nonzero(~np.isnan(self.log10_norm))
        found = {"loss_step": self.losses[s], "step": self.steps[t]}
        return columns_frame(found | {"log10_norm": self.log10_norm[s, t]})

    def pair_frame(self, loss: int, step: int) -> "DataFrame":
        """A table of one loss's row and one step's column."""
        from lstm_viz.tables import columns_frame

        s = np.concatenate([np.full(len(self.steps), loss), self.losses])
        t = np.concatenate([self.steps, np.full(len(self.losses), step)])
        norms = np.concatenate([self.of_loss(loss), self.of_step(step)])
        return self.settled(columns_frame({"loss_step": s, "step": t, "log10_norm": norms}))


def _spread(count: int, most: int) -> Array:
    return np.unique(np.linspace(0, count - 1, min(count, most)).round().astype(int))


def gradient_map(
    weights: Weights,
    x: Array,
    probe: Array | None = None,
    wrt: str | None = None,
    *,
    of: str | None = None,
    batch_first: bool | None = None,
    lengths: Iterable[int] | None = None,
) -> Array:
    """Follow every loss ⟨v, h_s⟩ to every step: one forward pass and one batched backward pass.

    Parameters
    ----------
    x : (T, 1, D), one sequence; (1, T, D) with batch_first=True
    probe : v, as wide as the net's output; by default the unit vector of seed 0
    of : "h", "c" or "x": what the gradient is taken by. Of stacked layers, h and c are those of the
        top one. By default "h" for one layer of a cell with a state, otherwise "x".
    wrt : an older name of the same
    lengths : (B,), of a padded batch x (T, B, D) how many steps each sequence has

    Returns
    -------
    (T, T), with `lengths` of several sequences (B, T, T), each as if it were alone, and NaN after
    its end: row s−1, column t−1 is log10 ‖∂⟨v, h_s⟩/∂h_t‖, exact at any magnitude; −inf for exactly
    0. NaN above the diagonal where the net reads no later steps, and in the rows of losses from the
    step on where the forward pass left the finite numbers.

    Raises
    ------
    ShapeError, SpecError
        If x holds more than one sequence, v does not fit, or the net has no such state.
    """
    if lengths is None:
        return measure_map(weights, x, probe, wrt, of=of, batch_first=batch_first).log10_norm
    cell_of(weights)
    x, ends = sequences(x, weights.input_size, batch_first, lengths, sure=True)
    T, B, _ = x.shape
    check_room(Said("room-maps"), B * T**2)
    found = np.full((B, T, T), np.nan)
    for b, n in enumerate(np.full(B, T) if ends is None else ends):
        own = measure_map(weights, x[:n, b : b + 1], probe, wrt, of=of)
        found[b, :n, :n] = own.log10_norm
    return found if B > 1 else found[0]


def measure_map(
    weights: Weights,
    x: Array,
    probe: Array | None = None,
    wrt: str | None = None,
    progress: Progress | None = None,
    *,
    of: str | None = None,
    batch_first: bool | None = None,
    lengths: Iterable[int] | None = None,
) -> GradientMap:
    """The same as `gradient_map` with its axes and what went wrong, telling `progress` on the way.

    Of one sequence, x (T, 1, D); `lengths`, [n], leaves out what is padding after n steps.
    No array of T × T × H is kept: the work needs the result, the trace and a few matrices.
    """
    wrt = _check_of(weights, of, wrt)
    x = one_sequence(x, weights.input_size, batch_first, lengths)
    check_room(Said("room-maps"), len(x) ** 2)
    trace = run(weights, x)
    v = unit_probe(weights.output_size) if probe is None else probe
    v = vector("probe", v, weights.output_size, trace.output.dtype)
    steps = np.arange(1, len(trace.x) + 1)
    tell = progress or (lambda share: None)
    if isinstance(weights, StackWeights) and wrt != "x":
        norms = _by_jacobians(weights.layers[-1], trace.layers[-1], v, wrt, tell)
    elif cell_of(weights).chain:
        norms = _by_jacobians(weights, trace, v, wrt, tell)
    elif attends(weights):
        norms = _where_read(gradient_map_x(weights, trace.x, v, tell), trace.output)
    else:
        norms = _where_read(_by_batch(weights, trace, v, tell), trace.output)
    net = settings_of(weights) | {"T": len(steps)}
    return GradientMap(weights.cell, wrt, steps, steps, norms, trace.failure, net=net)


def states_of(cell: str) -> tuple[str, ...]:
    """The states on one chain through time by which a map of this cell can be taken."""
    return CELLS[cell].states


def _check_of(weights: Weights, of: str | None, wrt: str | None) -> str:
    """What to take the gradient by, "x" for a net without one chain of states."""
    cell_of(weights)
    states = states_of(weights.cell)
    name, asked = ("of", of) if wrt is None else ("wrt", wrt)
    if asked is None:
        return "h" if states and not isinstance(weights, StackWeights) else "x"
    check_of(name, asked, states, weights.cell)
    return asked


def _by_jacobians(weights: Weights, trace: ChainTrace, v: Array, wrt: str, tell: Progress) -> Array:
    """A stretch of steps at a time, all losses together; those after a failure are left out."""
    T = len(trace.x)
    norms = np.full((T, T), np.nan)
    sound = T if trace.failure is None else max(trace.failure.step - 1, 0)
    if not sound:
        return norms
    losses = np.arange(sound, 0, -1)
    state = start(weights, losses, v)
    for lo, hi in stretches(sound):
        state, found = go_back(weights, trace, losses, state, lo, hi, wrt)
        norms[losses - 1, lo:hi] = found.T
        tell(1 - (lo / sound) ** 2)  # the earlier a step, the more losses come that far
    return norms


def _by_batch(weights: Weights, trace: Trace, v: Array, tell: Progress) -> Array:
    """∂/∂x of any net: each loss is a sequence of a batch of its own."""
    T, width = len(trace.x), max(len(trace.x), 8 * weights.hidden_size)
    norms, together = np.full((T, T), np.nan), max(1, ENTRIES // (T * width))
    for first in range(0, T, together):
        losses = np.arange(first, min(first + together, T))
        batch = run(weights, np.repeat(trace.x, len(losses), axis=1))
        dh = np.zeros((T, len(losses), len(v)), v.dtype)
        dh[losses, np.arange(len(losses))] = v
        norms[losses] = run_back(weights, batch, dh).scaled["x"].log10_norm().T
        tell((losses[-1] + 1) / T)
    return norms


def _where_read(norms: Array, output: Array) -> Array:
    """The map (T, T) with NaN for losses that are not finite and for steps that no loss reads."""
    norms[~np.isfinite(output).all(axis=(1, 2))] = np.nan
    ahead = np.triu_indices(len(norms), 1)
    if not np.isfinite(norms[ahead]).any():
        norms[ahead] = np.nan  # exact zeros: no loss depends on a later step
    return norms


def estimate(spec: ModelSpec, steps: int, wrt: str = "h") -> Estimate:
    """Foretell the work from the number of multiplications and additions of its products.

    Those of self-attention are many small ones, and bound by memory: its rates are measured ones.
    """
    T, H = steps, spec.hidden_size
    if CELLS[spec.cell].attends:
        seconds = 4e-8 * T**2 * H + 1.7e-10 * T**2 * H**2 + 2.7e-9 * (spec.layers - 1) * T**3 * H
        return Estimate(seconds, 8 * (T**2 + cost(spec, T).kept) / 1e6 + 20)
    if CELLS[spec.cell].chain and (spec.layers == 1 or wrt != "x"):
        operations = T**2 * H**2 * len(states_of(spec.cell)) * (2 if wrt == "x" else 1)
        way, kept = "jacobians", 20 * T * H
    else:
        way, operations = "batch", 6 * T * cost(spec, T).operations
        kept = (5 + 2 * spec.layers) * ENTRIES
    seconds = operations / OPERATIONS_PER_SECOND[way] + 1e-4 * T
    return Estimate(seconds, 8 * (T**2 + kept) / 1e6)


@dataclass(frozen=True)
class MapReach:
    """How far losses reach, in three numbers.

    steps : back from its loss until the gradient falls below a thousandth of what it is at the
        loss's own step: the median over the losses of the second half, which have steps enough
        before them; infinite if it does not fall so far
    log10_far : what of the last loss that is defined reaches step 1, against its own step
    below_float32 : the share of all pairs below float32's smallest normal number
    """

    steps: float
    log10_far: float
    below_float32: float


def map_reach(found: GradientMap) -> MapReach:
    """Sum up a whole map; NaN where nothing is defined."""
    norms, T = found.log10_norm, len(found.steps)
    own = np.diag(norms)
    with np.errstate(invalid="ignore"):
        low = np.tril(norms - own[:, None] < LOG10_THOUSANDTH)
    nearest = T - 1 - low[:, ::-1].argmax(axis=1)  # the latest step that gets so little
    back = np.where(low.any(axis=1), np.arange(T) - nearest, np.inf)
    defined = np.flatnonzero(np.isfinite(own))
    if not len(defined):
        return MapReach(np.nan, np.nan, np.nan)
    last = defined[-1]
    known = norms[~np.isnan(norms)]
    return MapReach(
        float(np.median(back[defined[len(defined) // 2 :]])),
        float(norms[last, 0] - own[last]),
        float((known < LOG10_FLOAT32).mean()),
    )
