"""What every cell must do beside what test_conformance.py asks of it."""

import numpy as np
import pytest

import lstm_viz as lv
from tests.compare import assert_close, complex_step
from tests.nets import KINDS, make_case


def weight_names(case):
    return ["W", "U", "b"] + ["b_q"] * hasattr(case.weights, "b_q")


def complex_step_gradients(case):
    """∂L/∂ of every input and every weight."""
    result = {
        name: complex_step(lambda moved, name=name: case.loss(**{name: moved}), getattr(case, name))
        for name in ("x", "h0", "c0")
        if getattr(case, name) is not None
    }
    for name in weight_names(case):

        def loss(moved, name=name):
            return case.loss(weights=type(case.weights)(**{**vars(case.weights), name: moved}))

        result[name] = complex_step(loss, getattr(case.weights, name))
    return result


def assert_matches_complex_step(case, rel):
    grads, expected = case.backward(), complex_step_gradients(case)
    found = {
        "x": grads.x,
        "h0": grads.h[0],
        **{k: getattr(grads.weights, k) for k in weight_names(case)},
    }
    if case.c0 is not None:
        found["c0"] = grads.c[0]
    for name in expected:
        assert_close(found[name], expected[name], rel, name)
    return grads


@pytest.mark.parametrize(("kind", "T", "scale"), [("lstm", 60, 0.5), ("gru", 75, 0.2)])
def test_complex_step_where_ordinary_checks_are_blind(kind, T, scale):
    case = make_case(kind, T, B=1, D=2, H=3, probe="last", forget_bias=-4, scale=scale, seed=2)
    grads = assert_matches_complex_step(case, 1e-12)
    assert np.linalg.norm(grads.x[0]) < 1e-50


@pytest.mark.parametrize("kind", ["tanh", "sigmoid"])
def test_complex_step_of_a_decaying_rnn(kind):
    case = make_case(kind, T=60, B=1, D=2, H=3, probe="last", scale=0.3, seed=3)
    grads = assert_matches_complex_step(case, 1e-12)
    assert np.linalg.norm(grads.x[0]) < 1e-30


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("cut", [1, 5, 69])
def test_two_pieces_are_the_whole(kind, cut):
    case = make_case(kind, T=70, H=3, seed=4)
    trace, grads = case.forward(), case.backward()
    first, second = split(case, trace, cut)
    late = second.backward()
    hand_over(first, late)
    early = first.backward()
    for name in grads.scaled:
        whole = getattr(grads, name)
        early_rows = getattr(early, name)[: cut + (len(whole) > 70)]
        late_rows = getattr(late, name)[len(whole) - 70 :]
        assert_close(np.concatenate([early_rows, late_rows]), whole, 1e-11, name)
    for name in grads.log10_step:
        both = getattr(early.weights, name) + getattr(late.weights, name)
        assert_close(np.ravel(both), np.ravel(getattr(grads.weights, name)), 1e-11, name)


def split(case, trace, cut):
    """The same case as two: steps 1 … cut, and the rest from the state reached there."""
    whole = vars(case)
    second = {"x": case.x[cut:], "dh": case.dh[cut:], "h0": trace.h[cut]}
    first = {"x": case.x[:cut], "dh": case.dh[:cut].copy()}
    if case.c0 is not None:
        second |= {"dc": case.dc[cut:], "c0": trace.c[cut]}
        first |= {"dc": case.dc[:cut].copy()}
    return type(case)(**(whole | first)), type(case)(**(whole | second))


def hand_over(first, late):
    """What arrives at the second piece's initial state enters at the first piece's last step."""
    first.dh[-1] += late.h[0]
    if first.dc is not None:
        first.dc[-1] += late.c[0]


@pytest.mark.parametrize("kind", KINDS)
def test_probe_reaches_no_later_step(kind):
    grads = make_case(kind, T=9, probe=4).backward()
    assert np.all(lv.log10_norms(grads)["h"][5:] == -np.inf)
    assert np.all(lv.log10_norms(grads)["x"][4:] == -np.inf)
    assert np.array_equal(grads.h[4], grads.direct[3])


@pytest.mark.parametrize("kind", KINDS)
def test_traces_become_tidy_tables(kind):
    trace = make_case(kind, T=5, B=2, H=4).forward()
    frame = trace.to_frame()
    assert len(frame) == 5 * 2 * 4
    row = frame[(frame.step == 3) & (frame.sequence == 1) & (frame.unit == 2)]
    assert row.h.item() == trace.h[3, 1, 2]
