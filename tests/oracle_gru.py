"""The GRU one scalar at a time, as tests/oracle.py has the other cells."""

import math

from tests.oracle import (
    finish,
    gradients,
    numbers,
    pre_activation,
    sigmoid,
    sigmoid_slope,
    tanh_slope,
    zeros,
)


def gru_forward(weights, x, h0):
    """a_r, a_z, a_n, r, z, n, q (T, B, H) and h (T+1, B, H)."""
    T, B, H = len(x), len(x[0]), len(weights.U[0])
    run = {name: zeros(T, B, H) for name in ("a_r", "a_z", "a_n", "r", "z", "n", "q")}
    run["h"] = [numbers(h0, float), *zeros(T, B, H)]
    for t in range(T):
        for b in range(B):
            h, none = run["h"][t][b], [0.0] * len(x[0][0])
            for j in range(H):
                for k, gate in enumerate("rz"):
                    a = pre_activation(weights, k * H + j, x[t][b], h)
                    run[f"a_{gate}"][t][b][j], run[gate][t][b][j] = a, sigmoid(a)
                bias, row = float(weights.b[2 * H + j]), 2 * H + j
                q = pre_activation(weights, row, none, h) - bias + float(weights.b_q[j])
                from_x = pre_activation(weights, row, x[t][b], [0.0] * H)
                a = from_x + run["r"][t][b][j] * q
                n, z = math.tanh(a), run["z"][t][b][j]
                run["q"][t][b][j], run["a_n"][t][b][j], run["n"][t][b][j] = q, a, n
                run["h"][t + 1][b][j] = sigmoid(-run["a_z"][t][b][j]) * n + z * h[j]
    return run


def gru_backward(weights, x, run, dh, number=float):
    """∂L/∂h, a_r, a_z, a_n, x, W, U, b, b_q and each step's part, from the direct dh."""
    T, B, H = len(x), len(x[0]), len(weights.U[0])
    out = gradients(weights, T, B, number, ["h"], ["a_r", "a_z", "a_n"])
    out["step_b_q"], dh = zeros(T, H, number=number), numbers(dh, number)
    for t in reversed(range(T)):
        for b in range(B):
            for j in range(H):
                out["h"][t + 1][b][j] += dh[t][b][j]
                da, dq = unit_backward(out, run, t, b, j, number)
                out["step_b_q"][t][j] += dq
                for k, gate in enumerate("rzn"):
                    out[f"a_{gate}"][t][b][j] = da[gate]
                    past = dq if gate == "n" else da[gate]
                    hand_on(out, weights, t, b, k * H + j, (da[gate], past), x, run, number)
    out = finish(out)
    return out | {"b_q": out["step_b_q"].sum(axis=0)}


def unit_backward(out, run, t, b, j, number):
    """One unit's step; returns ∂L/∂a of its gates, and ∂L/∂q."""
    r, z, n, q = (number(float(run[k][t][b][j])) for k in "rznq")
    s_r, s_z = (number(sigmoid_slope(float(run[f"a_{k}"][t][b][j]))) for k in "rz")
    s_n = number(tanh_slope(float(run["a_n"][t][b][j])))
    before, total = number(float(run["h"][t][b][j])), out["h"][t + 1][b][j]
    out["h"][t][b][j] += total * z
    new = number(sigmoid(-float(run["a_z"][t][b][j])))
    da_n = total * new * s_n
    return {"r": da_n * q * s_r, "z": total * (before - n) * s_z, "n": da_n}, da_n * r


def hand_on(out, weights, t, b, row, da, x, run, number):
    """What a row of W and U passes to x and the earlier h, and its own gradient."""
    to_x, to_h = da
    for d in range(len(x[t][b])):
        out["x"][t][b][d] += to_x * number(float(weights.W[row][d]))
        out["step_W"][t][row][d] += to_x * number(float(x[t][b][d]))
    for k in range(len(weights.U[0])):
        out["h"][t][b][k] += to_h * number(float(weights.U[row][k]))
        out["step_U"][t][row][k] += to_h * number(float(run["h"][t][b][k]))
    out["step_b"][t][row] += to_x
