"""The recurrent nets once more, one scalar at a time: slow, without NumPy's mathematics, obvious.

Forward and backward are written out entry by entry from the equations. Derivatives are taken as
tanh'(a) = 1/cosh²a and σ'(a) = 1/(4 cosh²(a/2)), not in the form that the library uses.

The backward pass runs in any type of number, floats converted exactly. With `Decimal`
(28 digits, 10^±999999) it tells what a gradient is where no float can hold it.
"""

import math
from decimal import Decimal

import numpy as np


def sigmoid(a):
    return 1 / (1 + math.exp(-a))


def sigmoid_slope(a):
    return 1 / (4 * math.cosh(a / 2) ** 2)


def tanh_slope(a):
    return 1 / math.cosh(a) ** 2


PHI = {
    "tanh": (math.tanh, tanh_slope),
    "relu": (lambda a: max(a, 0.0), lambda a: 1.0 if a > 0 else 0.0),
    "sigmoid": (sigmoid, sigmoid_slope),
    "linear": (lambda a: a, lambda a: 1.0),
}


def zeros(*shape, number=float):
    """A nested list of zeros of this type of number."""
    if len(shape) == 1:
        return [number(0) for _ in range(shape[0])]
    return [zeros(*shape[1:], number=number) for _ in range(shape[0])]


def pre_activation(weights, row, x, h):
    """W[row] · x + U[row] · h + b[row], added up term by term."""
    terms = [float(w) * float(v) for w, v in zip(weights.W[row], x, strict=True)]
    terms += [float(u) * float(v) for u, v in zip(weights.U[row], h, strict=True)]
    return math.fsum([*terms, float(weights.b[row])])


def numbers(array, number):
    """An array as nested lists of this type of number; floats convert exactly."""
    if isinstance(array, (float, int, np.floating)):
        return number(float(array))
    return [numbers(entry, number) for entry in array]


def share(out, weights, t, b, rows, x, h, number):
    """Hand da of one step and sequence (row → value) on to x, W, U, b and the earlier h."""
    W, U = weights.W, weights.U
    for row, da in rows.items():
        for d in range(len(x)):
            out["x"][t][b][d] += da * number(float(W[row][d]))
            out["step_W"][t][row][d] += da * number(float(x[d]))
        for k in range(len(h)):
            out["h"][t][b][k] += da * number(float(U[row][k]))
            out["step_U"][t][row][k] += da * number(float(h[k]))
        out["step_b"][t][row] += da


def gradients(weights, T, B, number, states, pre_activations):
    """Zeros for every gradient: the states' totals, x, pre-activations, each step's W, U, b."""
    D, H, R = weights.W.shape[1], weights.U.shape[1], len(weights.U)
    out = {name: zeros(T + 1, B, H, number=number) for name in states}
    out |= {name: zeros(T, B, H, number=number) for name in pre_activations}
    out["x"] = zeros(T, B, D, number=number)
    out["step_W"] = zeros(T, R, D, number=number)
    out["step_U"] = zeros(T, R, H, number=number)
    out["step_b"] = zeros(T, R, number=number)
    return out


def finish(out):
    """Lists → arrays; W, U, b are what their steps contributed, added up."""
    out = {name: np.array(value) for name, value in out.items()}
    return out | {name: out[f"step_{name}"].sum(axis=0) for name in "WUb"}


def rnn_forward(weights, x, h0):
    """a (T, B, H) and h (T+1, B, H)."""
    T, B, H = len(x), len(x[0]), len(weights.b)
    a, h = zeros(T, B, H), [numbers(h0, float), *zeros(T, B, H)]
    for t in range(T):
        for b in range(B):
            for j in range(H):
                a[t][b][j] = pre_activation(weights, j, x[t][b], h[t][b])
                h[t + 1][b][j] = PHI[weights.activation][0](a[t][b][j])
    return {"a": a, "h": h}


def rnn_backward(weights, x, run, dh, number=float):
    """∂L/∂h, a, x, W, U, b and each step's own part of the last three, from the direct dh."""
    T, B, H = len(x), len(x[0]), len(weights.b)
    out, direct = gradients(weights, T, B, number, ["h"], ["a"]), numbers(dh, number)
    slope = PHI[weights.activation][1]
    for t in reversed(range(T)):
        for b in range(B):
            for j in range(H):
                out["h"][t + 1][b][j] += direct[t][b][j]
                out["a"][t][b][j] = out["h"][t + 1][b][j] * number(slope(float(run["a"][t][b][j])))
            rows = dict(enumerate(out["a"][t][b]))
            share(out, weights, t, b, rows, x[t][b], run["h"][t][b], number)
    return finish(out)


def lstm_forward(weights, x, h0, c0):
    """a_i … a_o, i, f, g, o (T, B, H) and c, h (T+1, B, H)."""
    T, B, H = len(x), len(x[0]), len(weights.U[0])
    run = {name: zeros(T, B, H) for name in ("a_i", "a_f", "a_g", "a_o", "i", "f", "g", "o")}
    run["h"] = [numbers(h0, float), *zeros(T, B, H)]
    run["c"] = [numbers(c0, float), *zeros(T, B, H)]
    for t in range(T):
        for b in range(B):
            for j in range(H):
                for k, gate in enumerate("ifgo"):
                    a = pre_activation(weights, k * H + j, x[t][b], run["h"][t][b])
                    run[f"a_{gate}"][t][b][j] = a
                    run[gate][t][b][j] = math.tanh(a) if gate == "g" else sigmoid(a)
                i, f, g, o = (run[gate][t][b][j] for gate in "ifgo")
                c = f * run["c"][t][b][j] + i * g
                run["c"][t + 1][b][j], run["h"][t + 1][b][j] = c, o * math.tanh(c)
    return run


def lstm_backward(weights, x, run, dh, dc, number=float):
    """∂L/∂h, c, a_i … a_o, x, W, U, b and each step's part, from the direct dh and dc."""
    T, B, H = len(x), len(x[0]), len(weights.U[0])
    out = gradients(weights, T, B, number, ["h", "c"], ["a_i", "a_f", "a_g", "a_o"])
    dh, dc = numbers(dh, number), numbers(dc, number)
    for t in reversed(range(T)):
        for b in range(B):
            rows = {}
            for j in range(H):
                out["h"][t + 1][b][j] += dh[t][b][j]
                out["c"][t + 1][b][j] += dc[t][b][j]
                da = lstm_unit_backward(out, run, t, b, j, number)
                for k, gate in enumerate("ifgo"):
                    out[f"a_{gate}"][t][b][j] = rows[k * H + j] = da[gate]
            share(out, weights, t, b, rows, x[t][b], run["h"][t][b], number)
    return finish(out)


def lstm_unit_backward(out, run, t, b, j, number):
    """One unit's step: h_t → c_t → c_{t−1}; returns ∂L/∂a of its four gates."""
    i, f, g, o = (number(float(run[gate][t][b][j])) for gate in "ifgo")
    s_i, s_f, s_o = (number(sigmoid_slope(float(run[f"a_{gate}"][t][b][j]))) for gate in "ifo")
    s_g = number(tanh_slope(float(run["a_g"][t][b][j])))
    c_before, c = float(run["c"][t][b][j]), float(run["c"][t + 1][b][j])
    total_h = out["h"][t + 1][b][j]
    out["c"][t + 1][b][j] += total_h * o * number(tanh_slope(c))
    total_c = out["c"][t + 1][b][j]
    out["c"][t][b][j] += total_c * f
    return {
        "i": total_c * g * s_i,
        "f": total_c * number(c_before) * s_f,
        "g": total_c * i * s_g,
        "o": total_h * number(math.tanh(c)) * s_o,
    }


def run(weights, x, h0, c0=None, dh=None, dc=None, number=float):
    """Forward and backward of any of them: (values, gradients), arrays by the library's names."""
    if weights.cell == "rnn":
        values = rnn_forward(weights, x, h0)
        grads = rnn_backward(weights, x, values, dh, number)
    elif weights.cell == "gru":
        from tests.oracle_gru import gru_backward, gru_forward

        values = gru_forward(weights, x, h0)
        grads = gru_backward(weights, x, values, dh, number)
    else:
        values = lstm_forward(weights, x, h0, c0)
        dc = np.zeros_like(dh) if dc is None else dc
        grads = lstm_backward(weights, x, values, dh, dc, number)
    return {name: np.array(value) for name, value in values.items()}, grads


def log10_norm(vector):
    """log10 of the norm of a vector of Decimals; −inf for zero."""
    square = sum((entry * entry for entry in np.ravel(vector)), Decimal(0))
    return float(square.log10() / 2) if square else -math.inf
