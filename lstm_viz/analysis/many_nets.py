"""Many nets of one base matrix, side by side: a whole phase diagram as one batch.

Net k differs from the others in its recurrent gain g_k and in two numbers p_k that its
pre-activations are linear in:

    a_t = g_k U h_{t−1} + D_t p_k  =  [U, D_t] · [g_k h_{t−1}; p_k]

So one product for each gate serves all nets; each net is a column, and each gate of a step one
contiguous block (H, B). What comes back from the loss is linear in what enters there, so the
forward pass keeps the slopes alone, and no pre-activations, gates or states.

The equations are those of lstm_viz/cells. There they are written to be read and to give everything;
here, to give the norm of one gradient for thousands of nets.
"""

import numpy as np

from lstm_viz.activations import ACTIVATIONS
from lstm_viz.logscale import LOG10_2, binary_exponent, log10_norm, times_power_of_two

Array = np.ndarray
PARTS = 2  # columns of D_t


class Nets:
    """Room for B nets with G gates over T steps, to be run again and again.

    adjoint : (states, H, B), what is carried back
    slopes : (T, kept, H, B), what the forward pass keeps of each step
    """

    states = 1
    gates: int
    kept: int
    signs: tuple[int, ...]  # what the product gives is so many times a gate's pre-activation

    def __init__(self, weights, x: Array, batch: int) -> None:
        H, dtype, signs = weights.hidden_size, weights.U.dtype, np.array(self.signs)[:, None, None]
        U = weights.U.reshape(self.gates, H, H)
        self.UT = np.ascontiguousarray(U.swapaxes(1, 2))
        self.drive = (signs * self.drives(weights, x)).astype(dtype)  # (T, G, H, PARTS)
        self.matrix = np.concatenate([signs * U, self.drive[0]], axis=-1, dtype=dtype)  # [U, D_t]
        self.column = np.zeros((H + PARTS, batch), dtype)  # [g h; p]
        self.adjoint = np.empty((self.states, H, batch), dtype)
        self.slopes = np.empty((len(x), self.kept, H, batch), dtype)
        self.a, self.through = (np.empty((self.gates, H, batch), dtype) for _ in range(2))
        self.h, self.scratch = (np.zeros((H, batch), dtype) for _ in range(2))

    def forward(self, gain: Array, parts: Array) -> Array:
        """Run all nets from the zero state; return where they left the finite numbers.

        gain (B,); parts (PARTS, B). Returns (B,), the first step at which a net's state was not
        finite, 0 for none.
        """
        H, failed = len(self.h), np.zeros(len(gain), np.int64)
        self.column[:H] = 0
        self.column[H:] = parts
        self.start()
        for t in range(len(self.slopes)):
            self.matrix[:, :, H:] = self.drive[t]
            self.step(self.slopes[t])
            if not np.isfinite(self.h.sum()):
                failed[(failed == 0) & ~np.isfinite(self.h).all(axis=0)] = t + 1
            np.multiply(self.h, gain, out=self.column[:H])
        return failed

    def start(self) -> None:
        """Set the states to zero."""
        self.h[...] = 0

    def backward(self, gain: Array, v: Array) -> Array:
        """Return log10 ‖∂⟨v, h_T⟩/∂h_t‖ of all nets for t = 0 … T, (T+1, B), at any magnitude."""
        adjoint, T = self.adjoint, len(self.slopes)
        exponent = np.zeros(len(gain), np.int64)  # the true value is adjoint · 2**exponent
        log10 = np.empty((T + 1, len(gain)))
        adjoint[...] = 0
        adjoint[0] = v[:, None]
        log10[T] = log10_norm(adjoint[0].T)
        far = 2.0 ** (np.finfo(adjoint.dtype).maxexp // 4)
        for t in reversed(range(T)):
            self.back(self.slopes[t], gain)
            square = np.einsum("shb,shb->sb", adjoint, adjoint)
            if 1 / far < square.min() and square.max() < far:
                log10[t] = 0.5 * np.log10(square[0]) + exponent * LOG10_2
            else:
                exponent += _rescale(adjoint)
                log10[t] = log10_norm(adjoint[0].T) + exponent * LOG10_2
        return log10

    def through_U(self, da: Array, gain: Array, out: Array) -> Array:
        """g Uᵀ ∂L/∂a of all gates, da (G, H, B) → (H, B)."""
        np.matmul(self.UT, da, out=self.through)
        np.add.reduce(self.through, axis=0, out=out)
        return np.multiply(out, gain, out=out)


def _rescale(adjoint: Array) -> Array:
    """Bring each net's largest entry near 1 (in place); return the powers of two taken out."""
    e = binary_exponent(np.abs(adjoint).max(axis=(0, 1)))
    adjoint[...] = times_power_of_two(adjoint, -e)
    return e


def _gated_drives(weights, x: Array, biased: int) -> Array:
    """D_t = [W x_t + b, 1 in the rows of the gate that takes the forget bias], (T, G, H, PARTS)."""
    a = (x[:, 0] @ weights.W.T + weights.b).reshape(len(x), weights.gates, -1)
    mark = np.zeros_like(a)
    mark[:, biased] = 1
    return np.stack([a, mark], axis=-1)


class RNNNets(Nets):
    """Plain RNNs: h_t = φ(g U h_{t−1} + p_1 W x_t + p_2 b). Kept: φ'."""

    gates = kept = 1
    signs = (1,)

    def __init__(self, weights, x: Array, batch: int) -> None:
        super().__init__(weights, x, batch)
        self.phi = ACTIVATIONS[weights.activation]

    def drives(self, weights, x: Array) -> Array:
        """D_t = [W x_t, b], (T, 1, H, PARTS)."""
        Wx = x[:, None, 0] @ weights.W.T
        return np.stack([Wx, np.broadcast_to(weights.b, Wx.shape)], axis=-1)

    def step(self, slope: Array) -> None:
        """Go one step forward from `column`: fill `slope` and `h`."""
        np.matmul(self.matrix, self.column, out=self.a)
        slope[...] = self.phi.derivative(self.a)
        self.phi.function(self.a[0], out=self.h)

    def back(self, slope: Array, gain: Array) -> None:
        """Go one step back (in place)."""
        (dh,) = self.adjoint
        np.multiply(slope, dh, out=self.a)  # ∂L/∂a = φ' ∘ ∂L/∂h
        self.through_U(self.a, gain, out=dh)


class LSTMNets(Nets):
    """LSTMs with the forget bias b_f + p_2, p_1 = 1.

    Kept: ∂L/∂a of i, f, g by ∂L/∂c_t and of o by ∂L/∂h_t; ∂L/∂c_t by ∂L/∂h_t; f.
    """

    gates, states, kept = 4, 2, 6
    signs = (-1, -1, -2, -1)  # see `_sigmoid` and `_tanh`
    OUT, BY_C, CARRY = 3, 4, 5

    def __init__(self, weights, x: Array, batch: int) -> None:
        super().__init__(weights, x, batch)
        self.c = np.zeros_like(self.h)

    def drives(self, weights, x: Array) -> Array:
        return _gated_drives(weights, x, biased=1)

    def start(self) -> None:
        super().start()
        self.c[...] = 0

    def step(self, slope: Array) -> None:
        (i, f, g, o), c = self.a, self.c
        np.matmul(self.matrix, self.column, out=slope[:4])
        _sigmoid(slope[:4], out=self.a)
        _to_tanh(g, slope[2])
        slope[0] *= g
        slope[1] *= c
        slope[2] *= i
        slope[self.CARRY] = f
        c *= f
        i *= g
        c += i  # c_t = f ∘ c_{t−1} + i ∘ g
        by_c = np.multiply(c, -2, out=slope[self.BY_C])
        _sigmoid(by_c, out=self.h)
        _to_tanh(self.h, by_c)
        by_c *= o  # o ∘ tanh'(c_t)
        slope[self.OUT] *= self.h
        self.h *= o  # h_t = o ∘ tanh(c_t)

    def back(self, slope: Array, gain: Array) -> None:
        (dh, dc), da = self.adjoint, self.a
        np.multiply(slope[self.BY_C], dh, out=self.scratch)
        dc += self.scratch  # ∂L/∂c_t += ∂L/∂h_t ∘ o ∘ tanh'(c_t)
        np.multiply(slope[: self.OUT], dc, out=da[: self.OUT])
        np.multiply(slope[self.OUT], dh, out=da[self.OUT])
        self.through_U(da, gain, out=dh)
        dc *= slope[self.CARRY]


class GRUNets(Nets):
    """GRUs with the bias b_z + p_2 of the gate that keeps the state, p_1 = 1.

    Kept: ∂L/∂a of r and z and ∂L/∂q by ∂L/∂h_t; z.
    """

    gates, kept = 3, 4
    signs = (-1, -1, 1)  # the product gives −a of r and z, and q
    Z = 3

    def drives(self, weights, x: Array) -> Array:
        """Of n the product gets b_q alone: what r does not touch is added after it."""
        drive = _gated_drives(weights, x, biased=1)
        self.beside = drive[:, 2, :, 0].astype(weights.U.dtype)[..., None]  # (T, H, 1)
        self.beside *= -2
        drive[:, 2, :, 0] = weights.b_q
        return drive

    def start(self) -> None:
        super().start()
        self.inputs = iter(self.beside)

    def step(self, slope: Array) -> None:
        (r, z, q), h, n = self.a, self.h, self.scratch
        by_r, by_z, by_q = slope[:3]
        np.matmul(self.matrix, self.column, out=slope[:3])
        q[...] = by_q
        _sigmoid(slope[:2], out=self.a[:2])
        np.multiply(r, q, out=by_q)
        by_q *= -2
        by_q += next(self.inputs)  # −2a of n = tanh(W_n x_t + b_n + r ∘ q)
        _sigmoid(by_q, out=n)
        _to_tanh(n, by_q)
        np.divide(by_z, z, out=slope[self.Z])  # σ'/σ = 1 − z, accurate where z rounds to 1
        by_q *= slope[self.Z]
        by_r *= q
        by_r *= by_q  # through n: (1 − z) ∘ tanh' ∘ q ∘ r'
        by_q *= r
        h -= n
        by_z *= h
        h *= z
        h += n  # h_t = n + z ∘ (h_{t−1} − n)
        slope[self.Z] = z

    def back(self, slope: Array, gain: Array) -> None:
        (dh,) = self.adjoint
        np.multiply(slope[:3], dh, out=self.a)
        np.multiply(slope[self.Z], dh, out=self.scratch)
        self.through_U(self.a, gain, out=dh)
        dh += self.scratch  # ∂L/∂h_{t−1} = z ∘ ∂L/∂h_t + Uᵀ(…)


def _sigmoid(minus_a: Array, out: Array) -> None:
    """From −a: σ(a) into `out`, and σ'(a) in place.

    With e = e^−a, σ' = e σ² to full relative accuracy for either sign; e stops short of infinity.
    """
    limit = 0.98 * np.log(np.finfo(minus_a.dtype).max)
    np.minimum(minus_a, minus_a.dtype.type(limit), out=minus_a)
    e = np.exp(minus_a, out=minus_a)
    np.add(e, 1, out=out)
    np.reciprocal(out, out=out)
    e *= out
    e *= out


def _to_tanh(value: Array, slope: Array) -> None:
    """From σ(2a) and σ'(2a): tanh(a) = 2σ − 1 and tanh'(a) = 4σ', in place."""
    value *= 2
    value -= 1
    slope *= 4


NETS = {"rnn": RNNNets, "lstm": LSTMNets, "gru": GRUNets}
