"""What must hold for every net: drawn by Hypothesis."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

import lstm_viz as lv
from tests.compare import assert_close
from tests.nets import KINDS, make_case

SMOOTH = ("tanh", "sigmoid", "lstm")
shapes = {
    "T": st.integers(1, 12),
    "B": st.integers(1, 3),
    "D": st.integers(1, 3),
    "H": st.integers(1, 4),
    "seed": st.integers(0, 10**6),
}


def cases(kinds=KINDS, **fixed):
    """A strategy of cases; `fixed` takes the place of what is drawn."""
    drawn = {name: strategy for name, strategy in shapes.items() if name not in fixed}
    return st.builds(
        make_case, st.sampled_from(kinds), **drawn, **{k: st.just(v) for k, v in fixed.items()}
    )


def backward(case, dh, dc=None):
    return lv.backward(case.weights, case.forward(), dh, dc)


def changed(case, **arrays):
    return type(case)(**{**vars(case), **arrays})


@given(cases(("lstm",)), st.floats(0, 200))
def test_gates_and_states_lie_in_their_ranges(case, size):
    trace = lv.forward(case.weights, size * case.x, batch_first=False)
    for gate in (trace.i, trace.f, trace.o):
        assert ((gate >= 0) & (gate <= 1)).all()
    assert (np.abs(trace.g) <= 1).all()
    assert (np.abs(trace.h[1:]) <= 1).all()
    growth = np.abs(trace.c[1:]) - np.abs(trace.c[:-1])
    assert (growth <= 1 + 1e-12 * np.abs(trace.c[1:])).all()


@given(cases(("tanh", "sigmoid")))
def test_states_of_a_bounded_rnn_stay_inside(case):
    h = case.forward().h[1:]
    assert (np.abs(h) < 1).all()
    assert np.all(h >= 0) if case.weights.activation == "sigmoid" else True


@given(cases(), st.floats(-3, 3))
def test_gradients_are_linear_in_the_probe(case, factor):
    other = np.random.default_rng(1).normal(size=case.dh.shape)
    one, two = backward(case, case.dh), backward(case, other)
    both = backward(case, case.dh + factor * other)
    for name in ("h", "x"):
        parts = getattr(one, name), factor * getattr(two, name)
        error = np.linalg.norm(getattr(both, name) - sum(parts), axis=-1)
        size = sum(np.linalg.norm(part, axis=-1) for part in parts)  # the sum itself may cancel
        assert (error <= 1e-12 * size).all()


@given(cases(("linear",)))
def test_a_linear_nets_gradient_does_not_depend_on_its_input(case):
    other = changed(case, x=case.x[::-1] + 1.0, h0=2 * case.h0)
    assert np.array_equal(case.backward().h, other.backward().h)


@given(cases(T=8), st.integers(1, 8))
def test_the_gradient_of_a_loss_does_not_depend_on_later_input(case, step):
    dh = np.zeros_like(case.dh)
    dh[step - 1] = case.dh[step - 1]
    x = case.x.copy()
    x[step:] += 1.0
    moved = changed(case, x=x)
    assert_close(backward(moved, dh).x, backward(case, dh).x, 1e-13)


@given(cases())
def test_numbering_of_the_units_does_not_matter(case):
    H = case.weights.hidden_size
    order = np.random.default_rng(2).permutation(H)
    gates = len(case.weights.b) // H
    rows = np.concatenate([order + k * H for k in range(gates)])
    w = case.weights
    arrays = {"W": w.W[rows], "U": w.U[rows][:, order], "b": w.b[rows]}
    if w.cell == "gru":
        arrays["b_q"] = w.b_q[order]
    names = [n for n in ("h0", "c0", "dh", "dc") if getattr(case, n) is not None]
    moved = changed(
        case,
        weights=type(w)(**{**vars(w), **arrays}),
        **{name: getattr(case, name)[..., order] for name in names},
    )
    grads, found = case.backward(), moved.backward()
    for name in set(grads.scaled) - {"x"}:
        assert_close(getattr(found, name), getattr(grads, name)[..., order], 1e-11, name)
    assert_close(found.x, grads.x, 1e-11, "x")
    assert_close(np.ravel(found.weights.U), np.ravel(grads.weights.U[rows][:, order]), 1e-11, "U")


@given(cases(SMOOTH))
def test_float32_is_near_float64(case):
    w = case.weights
    single = {name: getattr(w, name).astype(np.float32) for name in "WUb"}
    near = changed(case, weights=type(w)(**{**vars(w), **single})).backward()
    grads = case.backward()
    for name in ("h", "x"):
        assert_close(getattr(near, name), getattr(grads, name), 2e-3, name)


@given(cases(), st.integers(-150, 150), st.integers(-150, 150))
def test_any_scale_of_weights_gives_numbers(case, scale_W, scale_U):
    """Norms are finite or −inf, never NaN, wherever the states themselves are finite."""
    w = case.weights
    arrays = {"W": w.W * 10.0**scale_W, "U": w.U * 10.0**scale_U}
    wild = changed(case, weights=type(w)(**{**vars(w), **arrays}))
    trace = wild.forward()
    if trace.failure is None:
        for name, norms in lv.log10_norms(lv.backward(wild.weights, trace, case.dh)).items():
            assert (np.isfinite(norms) | np.isneginf(norms)).all(), name


@given(cases(SMOOTH, T=12))
def test_no_smooth_net_has_an_exact_zero(case):
    """Before the last step every unit hears of the loss: a zero would be an underflow."""
    norms = lv.log10_norms(backward(case, case.dh))
    assert all(np.isfinite(norms[name]).all() for name in ("h", "x"))
