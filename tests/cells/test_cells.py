"""What every cell must do, against the oracle, the complex step and itself."""

import numpy as np
import pytest

import lstm_viz as lv
from tests import oracle
from tests.compare import assert_close, assert_gradients_close, complex_step
from tests.nets import KINDS, make_case

SHAPES = [  # T, B, D, H, probe
    (1, 1, 1, 1, "last"),
    (1, 2, 3, 4, "every"),
    (2, 1, 1, 3, "every"),
    (5, 2, 3, 4, "every"),
    (6, 3, 2, 1, "last"),
    (7, 2, 2, 3, 4),
    (7, 1, 4, 2, 1),
]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("T", "B", "D", "H", "probe"), SHAPES)
def test_agrees_with_scalar_loops(kind, T, B, D, H, probe):
    case = make_case(kind, T, B, D, H, probe)
    values, gradients = oracle.run(case.weights, case.x, case.h0, case.c0, case.dh, case.dc)
    trace = case.forward()
    for name, expected in values.items():
        assert_close(getattr(trace, name), expected, 1e-13, name)
    assert_gradients_close(lv.backward(case.weights, trace, case.dh, case.dc), gradients, 2e-13)


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


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("T", "B", "D", "H", "probe"), SHAPES)
def test_agrees_with_complex_step_in_every_input(kind, T, B, D, H, probe):
    assert_matches_complex_step(make_case(kind, T, B, D, H, probe, seed=1), 1e-12)


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
def test_step_by_step_is_the_whole(kind):
    case = make_case(kind, T=9, seed=5)
    trace, state = case.forward(), (case.h0, case.c0)
    for t in range(9):
        step = lv.forward(case.weights, case.x[t : t + 1], *state)
        state = step.h[1], None if case.c0 is None else step.c[1]
        assert_close(step.h[1], trace.h[t + 1], 1e-13, "h")


@pytest.mark.parametrize("kind", KINDS)
def test_batch_is_its_sequences(kind):
    case = make_case(kind, T=6, B=3, seed=6)
    grads, singles = case.backward(), []
    for b in range(3):
        pick = {n: v[..., b : b + 1, :] for n, v in vars(case).items() if isinstance(v, np.ndarray)}
        singles.append(type(case)(**(vars(case) | pick)).backward())
    for name in grads.scaled:
        alone = np.concatenate([getattr(single, name) for single in singles], axis=1)
        assert_close(getattr(grads, name), alone, 1e-12, name)
    for name in grads.log10_step:
        total = sum(getattr(single.weights, name) for single in singles)
        assert_close(getattr(grads.weights, name), total, 1e-12, name)


@pytest.mark.parametrize("kind", KINDS)
def test_initial_states_are_zero_by_default(kind):
    case = make_case(kind)
    zero = np.zeros_like(case.h0)
    given = lv.forward(case.weights, case.x, zero, None if case.c0 is None else zero)
    assert np.array_equal(lv.forward(case.weights, case.x).h, given.h)


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_that_was_given_changes(kind):
    case = make_case(kind, T=70)
    arrays = {
        n: v for n, v in [*vars(case).items(), *vars(case.weights).items()] if hasattr(v, "copy")
    }
    before = {name: value.copy() for name, value in arrays.items()}
    trace = case.forward()
    states = trace.h.copy()
    lv.backward(case.weights, trace, case.dh, case.dc)
    assert np.array_equal(trace.h, states)
    assert all(np.array_equal(arrays[name], before[name]) for name in arrays)


@pytest.mark.parametrize("kind", KINDS)
def test_probe_reaches_no_later_step(kind):
    grads = make_case(kind, T=9, probe=4).backward()
    assert np.all(lv.log10_norms(grads)["h"][5:] == -np.inf)
    assert np.all(lv.log10_norms(grads)["x"][4:] == -np.inf)
    assert np.array_equal(grads.h[4], grads.direct[3])


@pytest.mark.parametrize("kind", KINDS)
def test_norms_cover_every_quantity(kind):
    grads = make_case(kind, T=5, B=2).backward()
    norms = lv.log10_norms(grads)
    states = {"h", "c"} if kind == "lstm" else {"h"}
    names = {"lstm": ("a_i", "a_f", "a_g", "a_o"), "gru": ("a_r", "a_z", "a_n")}
    gates, biases = set(names.get(kind, ("a",))), {"b", "b_q"} if kind == "gru" else {"b"}
    assert set(norms) == states | gates | biases | {"x", "W", "U"}
    for name in states | gates | {"x"}:
        assert norms[name].shape == ((6, 2) if name in states else (5, 2))
        assert norms[name] == pytest.approx(np.log10(np.linalg.norm(getattr(grads, name), axis=-1)))
    assert {norms[name].shape for name in grads.log10_step} == {(5,)}


@pytest.mark.parametrize("kind", KINDS)
def test_float32_stays_float32(kind):
    case = make_case(kind, dtype="float32")
    trace, grads = case.forward(), case.backward()
    assert {trace.h.dtype, grads.h.dtype, grads.x.dtype, grads.weights.U.dtype} == {np.dtype("f4")}
    assert lv.log10_norms(grads)["h"].dtype == np.float64


@pytest.mark.parametrize("kind", KINDS)
def test_traces_become_tidy_tables(kind):
    trace = make_case(kind, T=5, B=2, H=4).forward()
    frame = trace.to_frame()
    assert len(frame) == 5 * 2 * 4
    row = frame[(frame.step == 3) & (frame.sequence == 1) & (frame.unit == 2)]
    assert row.h.item() == trace.h[3, 1, 2]
