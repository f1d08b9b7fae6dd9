"""The recurrent nets in 60-digit arithmetic: NumPy's arrays of mpmath numbers, no float anywhere.

Floats convert exactly. Slopes are 1/cosh² of the argument, in a form that the library does not use.
The forward pass is the oracle's own; given the library's pre-activations it takes these for the
exact numbers that they are, and round-off in the forward pass is then no part of the comparison.
"""

import mpmath
import numpy as np

mpmath.mp.dps = 60
number = np.frompyfunc(lambda v: v if isinstance(v, mpmath.mpf) else mpmath.mpf(float(v)), 1, 1)
tanh = np.frompyfunc(mpmath.tanh, 1, 1)
sigmoid = np.frompyfunc(lambda a: 1 / (1 + mpmath.exp(-a)), 1, 1)
tanh_slope = np.frompyfunc(lambda a: mpmath.sech(a) ** 2, 1, 1)
nearest = np.frompyfunc(mpmath.nint, 1, 1)
sigmoid_slope = np.frompyfunc(lambda a: mpmath.sech(a / 2) ** 2 / 4, 1, 1)
PHI = {
    "tanh": (tanh, tanh_slope),
    "sigmoid": (sigmoid, sigmoid_slope),
    "relu": (
        np.frompyfunc(lambda a: max(a, mpmath.mpf(0)), 1, 1),
        np.frompyfunc(lambda a: mpmath.mpf(int(a > 0)), 1, 1),
    ),
    "linear": (lambda a: a, np.frompyfunc(lambda a: mpmath.mpf(1), 1, 1)),
}


def run(weights, trace, dh, given=True):
    """Gradients of one sequence (B = 1) by the library's names: "h", "c" (T+1, H), "x", "a_i" …

    dh : (T, H), the direct gradient; given : whether to take the trace's pre-activations
    Returns them, and beside them the same sums with each term's magnitude in place of it: what
    round-off is relative to.
    """
    W, U = number(weights.W), number(weights.U)
    forward, back = WALKS[weights.cell]
    factors, sizes = forward(weights, trace, given)
    magnitudes = [tuple(map(abs, own)) for own in sizes]
    dh = number(dh)
    return back(factors, W, U, dh), back(magnitudes, abs(W), abs(U), abs(dh))


def _start(weights, trace):
    """x, W, U, b and h_0 in digits."""
    arrays = (trace.x[:, 0], weights.W, weights.U, weights.b, trace.h[0, 0])
    return map(number, arrays)


def _pre(trace, t, names):
    return number(np.array([getattr(trace, name)[t, 0] for name in names]))


def _zeros(T, width):
    return number(np.zeros((T, width)))


def _rnn(weights, trace, given):
    """φ'(a) of each step."""
    x, W, U, b, h = _start(weights, trace)
    phi, slope = PHI[weights.activation]
    factors = []
    for t in range(len(x)):
        a = _pre(trace, t, ("a",))[0] if given else W @ x[t] + U @ h + b
        h = phi(a)
        factors.append((slope(a),))
    return factors, factors


def _rnn_back(factors, W, U, dh):
    T, H = dh.shape
    out = {"h": _zeros(T + 1, H), "a": _zeros(T, H), "x": _zeros(T, W.shape[1])}
    for t in reversed(range(T)):
        out["h"][t + 1] += dh[t]
        out["a"][t] = factors[t][0] * out["h"][t + 1]
        out["h"][t], out["x"][t] = out["a"][t] @ U, out["a"][t] @ W
    return out


def _lstm(weights, trace, given):
    """Of each step ∂c/∂a of i, f and g, ∂h/∂a_o, ∂h/∂c and f."""
    x, W, U, b, h = _start(weights, trace)
    c, factors = number(trace.c[0, 0]), []
    for t in range(len(x)):
        a = _pre(trace, t, ("a_i", "a_f", "a_g", "a_o")) if given else None
        a = (W @ x[t] + U @ h + b).reshape(4, -1) if a is None else a
        i, f, g, o = sigmoid(a[0]), sigmoid(a[1]), tanh(a[2]), sigmoid(a[3])
        by = [g * sigmoid_slope(a[0]), c * sigmoid_slope(a[1]), i * tanh_slope(a[2])]
        c = f * c + i * g
        h = o * tanh(c)
        factors.append((*by, tanh(c) * sigmoid_slope(a[3]), o * tanh_slope(c), f))
    return factors, factors


def _lstm_back(factors, W, U, dh):
    T, H = dh.shape
    out = {name: _zeros(T + 1, H) for name in ("h", "c")}
    out |= {f"a_{k}": _zeros(T, H) for k in "ifgo"} | {"x": _zeros(T, W.shape[1])}
    for t in reversed(range(T)):
        by_i, by_f, by_g, by_o, by_c, f = factors[t]
        out["h"][t + 1] += dh[t]
        out["c"][t + 1] += out["h"][t + 1] * by_c
        dc, total_h = out["c"][t + 1], out["h"][t + 1]
        da = dict(zip("ifgo", (dc * by_i, dc * by_f, dc * by_g, total_h * by_o), strict=True))
        for k, own in da.items():
            out[f"a_{k}"][t] = own
        rows = np.concatenate(list(da.values()))
        out["h"][t], out["x"][t], out["c"][t] = rows @ U, rows @ W, dc * f
    return out


def _gru(weights, trace, given):
    """Of each step ∂h/∂a of r, z and n, r and z.

    The size of h − n is that of its parts: of the whole numbers next to both, and of what is left.
    """
    x, W, U, b, h = _start(weights, trace)
    b_q, factors, sizes = number(weights.b_q), [], []
    for t in range(len(x)):
        Wx, Uh = (W @ x[t] + b).reshape(3, -1), (U @ h).reshape(3, -1)
        q = Uh[2] + b_q
        a_r, a_z = _pre(trace, t, ("a_r", "a_z")) if given else Wx[:2] + Uh[:2]
        a_n = _pre(trace, t, ("a_n",))[0] if given else Wx[2] + sigmoid(a_r) * q
        z, n = sigmoid(a_z), tanh(a_n)
        by_n = sigmoid(-a_z) * tanh_slope(a_n)
        by_r, by_z = by_n * q * sigmoid_slope(a_r), (h - n) * sigmoid_slope(a_z)
        factors.append((by_r, by_z, by_n, sigmoid(a_r), z))
        C, N = nearest(h), nearest(n)
        size = (abs(C - N) + abs(h - C) + abs(n - N)) * sigmoid_slope(a_z)
        sizes.append((by_r, size, by_n, sigmoid(a_r), z))
        h = sigmoid(-a_z) * n + z * h
    return factors, sizes


def _gru_back(factors, W, U, dh):
    T, H = dh.shape
    out = {"h": _zeros(T + 1, H), "x": _zeros(T, W.shape[1])}
    out |= {f"a_{k}": _zeros(T, H) for k in "rzn"}
    for t in reversed(range(T)):
        by_r, by_z, by_n, r, z = factors[t]
        out["h"][t + 1] += dh[t]
        total = out["h"][t + 1]
        da = {"r": total * by_r, "z": total * by_z, "n": total * by_n}
        for k, own in da.items():
            out[f"a_{k}"][t] = own
        out["x"][t] = np.concatenate(list(da.values())) @ W
        out["h"][t] = np.concatenate([da["r"], da["z"], da["n"] * r]) @ U + total * z
    return out


WALKS = {"rnn": (_rnn, _rnn_back), "lstm": (_lstm, _lstm_back), "gru": (_gru, _gru_back)}


def log10_norm(vector):
    """log10 of the Euclidean norm; −inf for exactly 0."""
    square = sum(v * v for v in vector)
    return float(mpmath.log10(square) / 2) if square else -np.inf


def exact(scaled):
    """A `Scaled` array as mpmath numbers."""
    exponent = np.broadcast_to(scaled.each_exponent, scaled.mantissa.shape)
    power = np.frompyfunc(lambda m, e: mpmath.ldexp(mpmath.mpf(float(m)), int(e)), 2, 1)
    return power(scaled.mantissa, exponent)


def attention_back(layer, trace, dy):
    """∂L/∂x (T, E) of one bare attention layer, one sequence, from ∂L/∂output.

    The softmax's derivative is A_t (g_t − Σ A g): give it digits for e^(largest score).
    """
    T, E = dy.shape
    heads, d = layer.heads, E // layer.heads
    W = {name: number(getattr(layer, f"W_{name}")) for name in "qkvo"}
    rows = {n: number(getattr(trace, n)[0]) for n in ("queries", "keys", "values")}
    back = {name: _zeros(T, E) for name in "qkv"}
    dmixed = dy @ W["o"]
    for head, s in np.ndindex(heads, T):
        own = slice(head * d, (head + 1) * d)
        q, k, v = rows["queries"][head, s], rows["keys"][head], rows["values"][head]
        score = k @ q / mpmath.sqrt(d)
        seen = s + 1 if layer.causal else T
        e = np.array([mpmath.exp(value) for value in score[:seen]])
        A = e / e.sum()
        g = v[:seen] @ dmixed[s, own]
        ds = A * (g - (A * g).sum()) / mpmath.sqrt(d)
        back["q"][s, own] += ds @ k[:seen]
        back["k"][:seen, own] += np.outer(ds, q)
        back["v"][:seen, own] += np.outer(A, dmixed[s, own])
    return sum(back[name] @ W[name] for name in "qkv")
