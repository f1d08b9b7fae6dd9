"""Small random nets with everything that goes in: one call, one case."""

from dataclasses import dataclass

import numpy as np

import lstm_viz as lv
from lstm_viz.initializers import random_orthogonal

RNN_KINDS = ("tanh", "relu", "sigmoid", "linear")
KINDS = (*RNN_KINDS, "lstm", "gru")


@dataclass
class Case:
    """Weights, input, initial states and the direct gradients of a loss; c0, dc None for an RNN."""

    weights: object
    x: np.ndarray
    h0: np.ndarray
    c0: np.ndarray | None
    dh: np.ndarray
    dc: np.ndarray | None

    def forward(self):
        return lv.forward(self.weights, self.x, self.h0, self.c0)

    def backward(self):
        return lv.backward(self.weights, self.forward(), self.dh, self.dc)

    def loss(self, weights=None, x=None, h0=None, c0=None):
        """Σ dh·h + Σ dc·c over steps 1 … T, with some of the inputs exchanged."""
        trace = lv.forward(
            self.weights if weights is None else weights,
            self.x if x is None else x,
            self.h0 if h0 is None else h0,
            self.c0 if c0 is None else c0,
        )
        total = (self.dh * trace.h[1:]).sum()
        return total if self.dc is None else total + (self.dc * trace.c[1:]).sum()


def make_weights(kind, D, H, rng, scale=1.0, forget_bias=0.0, dtype="float64"):
    """Gaussian W, U, b of the net's kind: an LSTM, a GRU or the activation of a plain RNN."""
    rows = {"lstm": 4, "gru": 3}.get(kind, 1) * H
    W = scale * rng.normal(size=(rows, D)) / np.sqrt(D)
    U = scale * rng.normal(size=(rows, H)) / np.sqrt(H)
    b = 0.5 * rng.normal(size=rows)
    if kind not in ("lstm", "gru"):
        return lv.RNNWeights(*(array.astype(dtype) for array in (W, U, b)), kind)
    b[H : 2 * H] += forget_bias  # f, or the GRU's z
    if kind == "gru":
        b_q = 0.5 * rng.normal(size=H)
        return lv.GRUWeights(*(array.astype(dtype) for array in (W, U, b, b_q)))
    return lv.LSTMWeights(*(array.astype(dtype) for array in (W, U, b)))


def make_case(kind, T=5, B=2, D=3, H=4, probe="every", seed=0, **options):
    """A random case; probe: "every" step, "last", or the number of the one step that is read."""
    rng = np.random.default_rng(seed)
    weights = make_weights(kind, D, H, rng, **options)
    x, h0, dh = rng.normal(size=(T, B, D)), rng.normal(size=(B, H)), rng.normal(size=(T, B, H))
    c0, dc = (
        (rng.normal(size=(B, H)), rng.normal(size=(T, B, H))) if kind == "lstm" else (None,) * 2
    )
    if probe != "every":
        dc = None
        dh[np.arange(1, T + 1) != (T if probe == "last" else probe)] = 0
    return Case(weights, x, h0, c0, dh, dc)


def linear_net(U, dtype="float64", activation="linear", input_size=1):
    """An RNN with this U, no bias and no input weights: at rest it stays at φ(0)."""
    H = len(U)
    return lv.RNNWeights(
        np.zeros((H, input_size), dtype), U.astype(dtype), np.zeros(H, dtype), activation
    )


def scaled_orthogonal(rho, H=5, seed=0):
    """ρQ with Q drawn uniformly from the orthogonal matrices."""
    return rho * random_orthogonal(H, np.random.default_rng(seed))


def last_step_norms(weights, T, B=1, probe=None, h0=None):
    """log10 norms by name of a probe at the last step over zero input; a unit vector by default."""
    trace = lv.forward(weights, np.zeros((T, B, weights.input_size)), h0)
    dh = np.zeros((T, B, weights.hidden_size))
    dh[-1] = np.eye(weights.hidden_size)[0] if probe is None else probe
    return lv.log10_norms(lv.backward(weights, trace, dh))
