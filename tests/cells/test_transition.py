"""One-step Jacobians against the complex step, and their products against the backward pass."""

import numpy as np
import pytest

import lstm_viz as lv
from lstm_viz.cells import cell_of
from tests.compare import assert_close
from tests.nets import KINDS, make_case

STEPS = 9


def one_sequence(kind, seed=0, H=4, **options):
    case = make_case(kind, T=STEPS, B=1, D=3, H=H, probe="last", seed=seed, **options)
    return case, case.forward()


def state_size(case):
    return len(cell_of(case.weights).states) * case.weights.hidden_size


def by_complex_step(case, trace, t, eps=1e-30):
    """∂s_t/∂s_{t−1}, (S, S): one column for each entry of s_{t−1}."""
    H, S = case.weights.hidden_size, state_size(case)
    before = [getattr(trace, name)[t - 1] for name in cell_of(case.weights).states]
    columns = []
    for k in range(S):
        moved = [state.astype(complex) for state in before]
        moved[k // H][0, k % H] += 1j * eps
        after = lv.forward(case.weights, case.x[t - 1 : t], *moved)
        states = [getattr(after, name)[1, 0] for name in cell_of(case.weights).states]
        columns.append(np.concatenate(states).imag / eps)
    return np.stack(columns, axis=1)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("options", [{}, {"scale": 0.2, "forget_bias": -4}, {"scale": 3}])
def test_the_product_of_all_is_the_backward_pass(kind, options):
    case, trace = one_sequence(kind, 3, **options)
    names = cell_of(case.weights).states
    H = case.weights.hidden_size
    s_bar = np.concatenate([case.dh[-1, 0], np.zeros(state_size(case) - H)])
    J = cell_of(case.weights).chain.transition(case.weights, trace, 0, STEPS).matrices()
    for step in reversed(J):
        s_bar = s_bar @ step
    grads = lv.backward(case.weights, trace, case.dh)
    expected = [getattr(grads, name)[0, 0] for name in names]
    assert_close(s_bar.reshape(len(names), H), np.stack(expected), 1e-12)


def test_saturated_gates_keep_their_jacobian():
    case, trace = one_sequence("lstm", 4, scale=0.5, forget_bias=-40)
    J = lv.cells.lstm.transition(case.weights, trace, 0, 1)
    f = trace.f[0, 0]
    assert (f < 1e-15).all()
    assert_close(J.carry[0], f, 1e-15)
    assert_close(J.matrices()[0], by_complex_step(case, trace, 1), 1e-13)
