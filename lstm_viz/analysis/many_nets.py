"""Many nets of one base matrix, side by side: a whole phase diagram as one batch.

Net k differs from the others in its recurrent gain g_k and in two numbers p_k that its
pre-activations are linear in:

    a_t = g_k U h_{t−1} + D_t p_k  =  [U, D_t] · [g_k h_{t−1}; p_k]

So one product serves all nets; each net is a column, and each gate of a step one contiguous block
(H, B). What comes back from the loss is linear in what enters there, so the forward pass keeps the
slopes alone, and no pre-activations, gates or states.

The equations are those of lstm_viz/cells. There they are written to be read and to give everything;
here, to give the norm of one gradient for thousands of nets. A net whose slopes may leave the range
of its floats is said to be `outside`, and is better run by itself.
"""

from typing import Generic, TypeVar

import numpy as np

from lstm_viz.activations import ACTIVATIONS
from lstm_viz.cells import cell_of
from lstm_viz.cells.base import Weights
from lstm_viz.cells.gru import GRU, GRUWeights
from lstm_viz.cells.lstm import LSTM, LSTMWeights
from lstm_viz.cells.range import ENTRIES, least, weights_range
from lstm_viz.cells.rnn import CURVES, RNN, RNNWeights
from lstm_viz.logscale import LOG10_2, binary_exponent, times_power_of_two

Array = np.ndarray
Own = TypeVar("Own", bound=Weights)
PARTS = 2  # columns of D_t
# e^−|a|, of which a slope and what it multiplies are products; of float32, which is asked for to be
# fast and gives rates to 1e-4, the slopes alone need be right
FACTORS = {"float32": 2, "float64": 10}


class Nets(Generic[Own]):
    """Room for B nets with G gates over T steps, to be run again and again.

    adjoint : (states, H, B), what is carried back; `carries` is the place of the state whose
        gradient is measured
    slopes : (T, kept, H, B), what the forward pass keeps of each step
    tiles : into so many products each product is cut, by nets
    """

    gates: int
    kept: int
    signs: tuple[int, ...]  # the product gives so many times a gate's pre-activation
    curved = True  # whether slopes vanish at large pre-activations

    def __init__(self, weights: Own, x: Array, batch: int, tiles: int = 1) -> None:
        H, dtype, cell = weights.hidden_size, weights.U.dtype, cell_of(weights)
        self.carries = cell.states.index(cell.carries)
        signs = np.array(self.signs)[:, None, None]
        U = signs * weights.U.reshape(self.gates, H, H)
        self.scale = -signs.astype(dtype)
        self.far = 2.0 ** (np.finfo(dtype).maxexp // 4)  # a square so far from 1 is still exact
        self.narrow = np.log(np.finfo(dtype).max) / FACTORS[dtype.name]
        self.limit = 0.98 * np.log(np.finfo(dtype).max)  # e^limit is finite
        self.spread = weights_range(weights)[1] > least(dtype, ENTRIES)  # over all units, each step
        self.drive = (signs * self.drives(weights, x)).astype(dtype)  # (T, G, H, PARTS)
        self.matrix = np.concatenate([U, self.drive[0]], axis=-1, dtype=dtype)  # [U, D_t]
        self.UT = np.ascontiguousarray(weights.U.T)  # (H, G H)
        self.column = np.zeros((H + PARTS, batch), dtype)  # [g h; p]
        self.adjoint = np.empty((len(cell.states), H, batch), dtype)
        self.slopes = np.empty((len(x), self.kept, H, batch), dtype)
        self.a = np.empty((self.gates, H, batch), dtype)
        self.h, self.scratch = (np.zeros((H, batch), dtype) for _ in range(2))
        self.tiled_column = _cut(self.column, tiles)
        self.tiled_a = _cut(self.a.reshape(self.gates * H, batch), tiles)
        self.tiled_dh = _cut(self.adjoint[0], tiles)

    def forward(self, gain: Array, parts: Array) -> Array:
        """Run all nets from the zero state; return where they left the finite numbers.

        gain (B,); parts (PARTS, B). Returns (B,), the first step at which a net's state was not
        finite, 0 for none.
        """
        H, failed = len(self.h), np.zeros(len(gain), np.int64)
        self.column[:H] = 0
        self.column[H:] = parts
        reach = self._reach(gain, parts)
        self.reach = reach.max()
        self.parted = np.flatnonzero((gain == 0) | (not self.spread))  # units that do not mix
        self.outside = self.curved & (reach > self.narrow)
        self.start()
        for t, (slope, drive) in enumerate(zip(self.slopes, self.drive, strict=True), 1):
            self.matrix[:, :, H:] = drive
            np.matmul(self.matrix.reshape(-1, H + PARTS), self.tiled_column, out=self.tiled_a)
            self.step(slope)
            if not np.isfinite(self.h.sum()):
                failed[(failed == 0) & ~np.isfinite(self.h).all(axis=0)] = t
            np.multiply(self.h, gain, out=self.column[:H])
        return failed

    def _reach(self, gain: Array, parts: Array) -> Array:
        """How large in magnitude what the product gives can be, (B,), if no |h| is above 1."""
        U, drive = np.abs(self.matrix[:, :, : len(self.h)]), np.abs(self.drive)
        return U.sum(axis=-1).max() * np.abs(gain) + drive.max(axis=(0, 1, 2)) @ np.abs(parts)

    def drives(self, weights: Own, x: Array) -> Array:
        """D_t of each step, (T, G, H, PARTS)."""
        raise NotImplementedError

    def start(self) -> None:
        """Set the states to zero."""
        self.h[...] = 0

    def step(self, slope: Array) -> None:
        """Go one step forward from what the product gave, `a`: fill `slope` and `h`."""
        raise NotImplementedError

    def backward(self, gain: Array, v: Array) -> Array:
        """Return log10 ‖∂⟨v, h_T⟩/∂s_t‖ by the state s that carries, for t = 0 … T.

        (T+1, B), of all nets, at any magnitude.
        """
        adjoint, T = self.adjoint, len(self.slopes)
        square = np.empty((T + 1, len(gain)))  # the true one is square · 4**exponent
        exponent = np.zeros(square.shape, np.int64)
        adjoint[...] = 0
        adjoint[0] = v[:, None]
        taken_out = np.zeros(len(gain), np.int64)  # powers of two
        for t in range(T, 0, -1):
            self.arrive(self.slopes[t - 1])
            square[t], exponent[t] = self.measure(taken_out)
            self.back(self.slopes[t - 1], gain)
        square[0], exponent[0] = self.measure(taken_out)
        return 0.5 * np.log10(square) + exponent * LOG10_2

    def measure(self, taken_out: Array) -> tuple[Array, Array]:
        """Squared norms of what carries, and their exponents; what has gone far is rescaled.

        taken_out : (B,), the powers of two that the adjoint lacks (in place)
        """
        if len(self.parted):
            self.outside[self.parted] |= _far_apart(self.adjoint[:, :, self.parted])
        squares = np.einsum("shb,shb->sb", self.adjoint, self.adjoint)
        if 1 / self.far < squares.min() and squares.max() < self.far:
            return squares[self.carries], taken_out
        taken_out += _rescale(self.adjoint)
        square, exponent = _square(self.adjoint[self.carries])
        return square, exponent + taken_out

    def arrive(self, slope: Array) -> None:
        """Pass what reaches a step's h on to the state that carries, if that is another one."""

    def back(self, slope: Array, gain: Array) -> None:
        """Go one step back (in place) from what has arrived."""
        raise NotImplementedError

    def through_U(self, gain: Array) -> None:
        """∂L/∂h_{t−1} = g Uᵀ ∂L/∂a of all gates: from `a` to the adjoint of h."""
        np.matmul(self.UT, self.tiled_a, out=self.tiled_dh)
        self.adjoint[0] *= gain

    def squash(self, minus_sa: Array, s: Array | int, out: Array, reach: float) -> None:
        """From −s·a: s σ(s·a) into `out` and s (1 − σ(s·a)) in place; their product is its slope.

        s = 1 gives σ(a) and s = 2 gives 1 + tanh(a). Both results have full relative accuracy for
        either sign of a, and so has the slope: no 1 is subtracted from what may have rounded to 1.
        No |s·a| is above `reach`; where e^reach is not finite, what is too large is cut off.
        """
        if not reach <= self.limit:
            np.minimum(minus_sa, self.limit, out=minus_sa)
        e = np.exp(minus_sa, out=minus_sa)
        np.add(e, 1, out=out)
        np.divide(s, out, out=out)
        e *= out


def _far_apart(adjoint: Array) -> Array:
    """Which nets' entries (states, H, B) come near to where floats lose the smallest, (B,)."""
    size = np.abs(adjoint)
    smallest = size.min(axis=(0, 1), where=size > 0, initial=np.inf)
    return smallest < least(size.dtype, ENTRIES) * size.max(axis=(0, 1))


def _cut(matrix: Array, tiles: int) -> Array:
    """A view of (n, B) as (tiles, n, B / tiles)."""
    return matrix.reshape(len(matrix), tiles, -1).swapaxes(0, 1)


def _rescale(adjoint: Array) -> Array:
    """Bring each net's largest entry near 1 (in place); return the powers of two taken out."""
    e = binary_exponent(np.abs(adjoint).max(axis=(0, 1)))
    adjoint[...] = times_power_of_two(adjoint, -e)
    return e


def _square(dh: Array) -> tuple[Array, Array]:
    """Squared norm of each column without the powers of two (the second result) that scale it."""
    e = binary_exponent(np.abs(dh).max(axis=0))
    unit = times_power_of_two(dh, -e)
    return np.einsum("hb,hb->b", unit, unit), e


def _gated_drives(weights: Weights, x: Array, biased: int) -> Array:
    """D_t = [W x_t + b, 1 in the rows of the gate that takes the forget bias], (T, G, H, PARTS)."""
    a = (x[:, 0] @ weights.W.T + weights.b).reshape(len(x), weights.gates, -1)
    mark = np.zeros_like(a)
    mark[:, biased] = 1
    return np.stack([a, mark], axis=-1)


class RNNNets(Nets[RNNWeights]):
    """Plain RNNs: h_t = φ(g U h_{t−1} + p_1 W x_t + p_2 b). Kept: φ'."""

    gates = kept = 1
    signs = (1,)

    def __init__(self, weights: RNNWeights, x: Array, batch: int, tiles: int = 1) -> None:
        super().__init__(weights, x, batch, tiles)
        self.phi = ACTIVATIONS[weights.activation]
        self.curved = weights.activation in CURVES

    def drives(self, weights: RNNWeights, x: Array) -> Array:
        """D_t = [W x_t, b], (T, 1, H, PARTS)."""
        Wx = x[:, None, 0] @ weights.W.T
        return np.stack([Wx, np.broadcast_to(weights.b, Wx.shape)], axis=-1)

    def step(self, slope: Array) -> None:
        slope[...] = self.phi.derivative(self.a)
        self.phi.function(self.a[0], out=self.h)

    def back(self, slope: Array, gain: Array) -> None:
        np.multiply(slope, self.adjoint[0], out=self.a)  # ∂L/∂a = φ' ∘ ∂L/∂h
        self.through_U(gain)


class LSTMNets(Nets[LSTMWeights]):
    """LSTMs with the forget bias b_f + p_2, p_1 = 1.

    Kept: of i, g and o their ∂L/∂a by what reaches it, ∂L/∂c_t or ∂L/∂h_t; f itself, which carries
    ∂L/∂c_t on, and its ∂L/∂a by ∂L/∂c_t; ∂L/∂c_t by ∂L/∂h_t.
    """

    gates, kept = 4, 6
    signs = (-1, -1, -2, -1)  # as `squash` wants them

    def __init__(self, weights: LSTMWeights, x: Array, batch: int, tiles: int = 1) -> None:
        super().__init__(weights, x, batch, tiles)
        self.g_and_c, self.added = (np.zeros((2, *self.h.shape), self.h.dtype) for _ in range(2))

    def drives(self, weights: LSTMWeights, x: Array) -> Array:
        return _gated_drives(weights, x, biased=1)

    def start(self) -> None:
        super().start()
        self.g_and_c[...] = 0

    def step(self, slope: Array) -> None:
        (i, _f, g, o, by_f, by_c), rest = slope, self.a  # rest: 1 − σ
        (_g, c), tanh_c, steps = self.g_and_c, self.scratch, len(self.slopes)
        self.squash(self.a, self.scale, out=slope[:4], reach=self.reach)
        np.subtract(g, 1, out=self.g_and_c[0])
        np.multiply(slope[:2], self.g_and_c, out=self.added)  # i ∘ g and f ∘ c_{t−1}
        g *= rest[2]
        g *= i  # ∂c/∂a of g: i ∘ tanh'
        np.multiply(self.added[0], rest[0], out=i)  # ∂c/∂a of i: i' ∘ g with σ' = σ (1 − σ)
        np.multiply(self.added[1], rest[1], out=by_f)
        np.add(*self.added, out=c)  # c_t
        np.multiply(c, -2, out=by_c)
        self.squash(by_c, 2, out=tanh_c, reach=2 * steps)  # as |c| grows by less than 1 a step
        by_c *= tanh_c
        by_c *= o  # o ∘ tanh'(c_t)
        np.tanh(c, out=tanh_c)  # not what `squash` gives, less 1: a small c would be lost in it
        np.multiply(o, tanh_c, out=self.h)  # h_t
        np.multiply(self.h, rest[3], out=o)

    def arrive(self, slope: Array) -> None:
        dh, dc = self.adjoint
        np.multiply(slope[5], dh, out=self.scratch)
        dc += self.scratch  # ∂L/∂c_t += ∂L/∂h_t ∘ o ∘ tanh'(c_t)

    def back(self, slope: Array, gain: Array) -> None:
        (dh, dc), (da_i, da_f, da_g, da_o) = self.adjoint, self.a
        by_i, f, by_g, by_o, by_f, _by_c = slope
        np.multiply(by_i, dc, out=da_i)
        np.multiply(by_f, dc, out=da_f)
        np.multiply(by_g, dc, out=da_g)
        np.multiply(by_o, dh, out=da_o)
        self.through_U(gain)
        dc *= f


class GRUNets(Nets[GRUWeights]):
    """GRUs with the bias b_z + p_2 of the gate that keeps the state, p_1 = 1.

    Kept, by ∂L/∂h_t: ∂L/∂a of r; z itself, which carries it on; ∂L/∂q and ∂L/∂a of z.
    """

    gates, kept = 3, 4
    signs = (-1, -1, 1)  # the product gives −a of r and z, and q

    def drives(self, weights: GRUWeights, x: Array) -> Array:
        """Of n the product gets b_q alone: what r does not touch is added after it."""
        drive = _gated_drives(weights, x, biased=1)
        self.beside = drive[:, 2, :, 0].astype(weights.U.dtype)[..., None]  # (T, H, 1)
        self.beside *= -2
        self.farthest = np.abs(self.beside).max()
        drive[:, 2, :, 0] = weights.b_q
        return drive

    def start(self) -> None:
        super().start()
        self.inputs = iter(self.beside)

    def step(self, slope: Array) -> None:
        (r, z, by_q, by_z), (rest_r, rest_z, q) = slope, self.a
        h, n = self.h, self.scratch
        self.squash(self.a[:2], 1, out=slope[:2], reach=self.reach)
        np.multiply(r, q, out=by_q)
        by_q *= -2
        by_q += next(self.inputs)  # −2a of n = tanh(W_n x_t + b_n + r ∘ q)
        self.squash(by_q, 2, out=n, reach=2 * self.reach + self.farthest)
        by_q *= n  # tanh'
        n -= 1
        by_q *= rest_z
        by_q *= r
        np.multiply(by_q, q, out=r)
        r *= rest_r  # through n: (1 − z) ∘ tanh' ∘ q ∘ r' with σ' = σ (1 − σ)
        h -= n
        h *= z
        np.multiply(h, rest_z, out=by_z)  # (h_{t−1} − n) ∘ z'
        h += n  # h_t = n + z ∘ (h_{t−1} − n)

    def back(self, slope: Array, gain: Array) -> None:
        (dh,), (da_r, da_z, dq) = self.adjoint, self.a
        by_r, z, by_q, by_z = slope
        np.multiply(by_r, dh, out=da_r)
        np.multiply(by_z, dh, out=da_z)
        np.multiply(by_q, dh, out=dq)
        np.multiply(z, dh, out=self.scratch)
        self.through_U(gain)
        dh += self.scratch  # ∂L/∂h_{t−1} = z ∘ ∂L/∂h_t + Uᵀ(…)


class AnyNets:
    """Nets of a cell that has no equations here: all are `outside`, and are run by themselves."""

    gates = kept = 1

    def __init__(self, _weights: Weights, x: Array, batch: int, _tiles: int = 1) -> None:
        self.steps, self.outside = len(x), np.ones(batch, bool)

    def forward(self, gain: Array, _parts: Array) -> Array:
        return np.zeros(len(gain), np.int64)

    def backward(self, gain: Array, _v: Array) -> Array:
        return np.full((self.steps + 1, len(gain)), np.nan)


def nets_of(weights: Weights) -> type[Nets] | type[AnyNets]:
    """The class that has the equations of these weights' cell."""
    return {RNN: RNNNets, LSTM: LSTMNets, GRU: GRUNets}.get(cell_of(weights), AnyNets)
