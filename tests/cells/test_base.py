"""What is refused, and in which words; what a failed forward pass says of itself."""

import numpy as np
import pytest

import lstm_viz as lv
from lstm_viz.cells.base import Failure
from tests.nets import KINDS, linear_net, make_case, make_weights

D, H, T, B = 2, 3, 4, 1
WEIGHTS = {"rnn": lv.RNNWeights, "lstm": lv.LSTMWeights}


def arrays(cell):
    rows = H if cell == "rnn" else 4 * H
    return {"W": np.ones((rows, D)), "U": np.ones((rows, H)), "b": np.ones(rows)}


@pytest.fixture(params=["rnn", "lstm"])
def cell(request):
    return request.param


@pytest.fixture
def weights(cell):
    return WEIGHTS[cell](**arrays(cell))


@pytest.mark.parametrize("name", ["W", "U", "b"])
@pytest.mark.parametrize(
    ("value", "error"),
    [
        (np.ones((5, 6)), lv.ShapeError),
        (np.ones(()), lv.ShapeError),
        (np.ones((1, 1, 1)), lv.ShapeError),
        (np.ones((0, 0)), lv.ShapeError),
        (np.array([["a"]]), lv.DTypeError),
        (np.array([[None]]), lv.DTypeError),
        (np.array([[True]]), lv.DTypeError),
        ("text", lv.DTypeError),
        (None, lv.DTypeError),
    ],
    ids=str,
)
def test_weights_refuse(cell, name, value, error):
    with pytest.raises(error, match=f"^{name} must"):
        WEIGHTS[cell](**{**arrays(cell), name: value})


def test_weights_refuse_ragged_lists(cell):
    with pytest.raises(lv.LstmVizError, match="W"):
        WEIGHTS[cell](**{**arrays(cell), "W": [[1.0, 2.0], [3.0]]})


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize(("name", "index"), [("W", (1, 0)), ("U", (2, 1)), ("b", (1,))])
def test_weights_name_the_entry_that_is_not_finite(cell, name, index, bad):
    given = arrays(cell)
    given[name][index] = bad
    where = ", ".join(map(str, index))
    with pytest.raises(lv.NonFiniteError, match=rf"{name}\[{where}\] is {bad}"):
        WEIGHTS[cell](**given)


def test_no_units_and_no_inputs_are_refused(cell):
    rows = 0 if cell == "rnn" else 4
    with pytest.raises(lv.ShapeError):
        WEIGHTS[cell](np.ones((0, D)), np.ones((0, 0)), np.ones(0))
    with pytest.raises(lv.ShapeError, match="^W must"):
        WEIGHTS[cell](np.ones((rows or 1, 0)), np.ones((rows or 1, 1)), np.ones(rows or 1))


@pytest.mark.parametrize(
    ("x", "error", "words"),
    [
        (np.ones((T, D)), lv.ShapeError, "one sequence is"),
        (np.ones((T, B, D + 1)), lv.ShapeError, "^x must have shape"),
        (np.ones((0, B, D)), lv.ShapeError, "^x must have shape"),
        (np.ones((T, 0, D)), lv.ShapeError, "^x must have shape"),
        (np.ones(T), lv.ShapeError, "^x must have shape"),
        (np.full((T, B, D), "a"), lv.DTypeError, "^x must hold"),
        (np.full((T, B, D), None), lv.DTypeError, "^x must hold"),
        (np.full((T, B, D), True), lv.DTypeError, "^x must hold"),
    ],
    ids=lambda value: str(getattr(value, "shape", "")),
)
def test_forward_refuses_x(weights, x, error, words):
    with pytest.raises(error, match=words):
        lv.forward(weights, x)


@pytest.mark.parametrize("bad", [np.ones(H), np.ones((B + 1, H)), np.ones((B, H + 1)), 1.0])
def test_forward_refuses_states_of_wrong_shape(weights, bad):
    x = np.ones((T, B, D))
    with pytest.raises(lv.ShapeError, match="^h0 must have shape"):
        lv.forward(weights, x, h0=bad)
    if weights.cell == "lstm":
        with pytest.raises(lv.ShapeError, match="^c0 must have shape"):
            lv.forward(weights, x, c0=bad)


@pytest.mark.parametrize("bad", [np.ones((T, B, H + 1)), np.ones((T + 1, B, H)), np.ones((B, H))])
def test_backward_refuses_gradients_of_wrong_shape(weights, bad):
    trace = lv.forward(weights, np.ones((T, B, D)))
    with pytest.raises(lv.ShapeError, match="^dh must have shape"):
        lv.backward(weights, trace, bad)
    if weights.cell == "lstm":
        with pytest.raises(lv.ShapeError, match="^dc must have shape"):
            lv.backward(weights, trace, np.ones((T, B, H)), dc=bad)
    with pytest.raises(lv.DTypeError, match="^dh must hold"):
        lv.backward(weights, trace, np.full((T, B, H), "a"))


def test_backward_refuses_another_nets_trace(weights):
    other = make_weights(
        "tanh" if weights.cell == "lstm" else "lstm", D, H, np.random.default_rng(0)
    )
    with pytest.raises(lv.ShapeError, match="^trace must be of type"):
        lv.backward(weights, lv.forward(other, np.ones((T, B, D))), np.ones((T, B, H)))
    kind = "lstm" if weights.cell == "lstm" else "tanh"
    wider = make_weights(kind, D, H + 1, np.random.default_rng(0))
    with pytest.raises(lv.ShapeError, match="^trace must have the weights' sizes"):
        lv.backward(weights, lv.forward(wider, np.ones((T, B, D))), np.ones((T, B, H)))


def test_rnn_has_no_cell_state():
    case = make_case("tanh")
    with pytest.raises(lv.ShapeError, match="^c0 must be None"):
        lv.forward(case.weights, case.x, case.h0, c0=case.h0)
    with pytest.raises(lv.ShapeError, match="^dc must be None"):
        lv.backward(case.weights, case.forward(), case.dh, dc=case.dh)


def test_strangers_are_no_weights():
    with pytest.raises(lv.ShapeError, match="RNNWeights, LSTMWeights, .*StackWeights; got dict"):
        lv.forward({}, np.ones((T, B, D)))


def test_unknown_activation():
    with pytest.raises(lv.SpecError, match="tanh, relu, sigmoid, linear; got 'gelu'"):
        lv.RNNWeights(**arrays("rnn"), activation="gelu")


@pytest.mark.parametrize("kind", KINDS)
def test_finite_runs_have_no_failure(kind):
    assert make_case(kind).forward().failure is None


@pytest.mark.parametrize("kind", KINDS)
def test_nan_in_the_input_is_named(kind):
    case = make_case(kind, T=5, B=3)
    case.x[2, 1, 0] = np.nan
    trace, quantity = case.forward(), "c" if kind == "lstm" else "h"
    assert trace.failure == Failure("NaN", quantity, step=3, sequence=1, unit=0)
    norms = lv.log10_norms(lv.backward(case.weights, trace, case.dh))
    clean = make_case(kind, T=5, B=3)
    expected = lv.log10_norms(lv.backward(clean.weights, clean.forward(), clean.dh))
    others = np.array([0, 2])
    assert norms["h"][:, others] == pytest.approx(expected["h"][:, others], rel=1e-12)
    assert not np.isposinf(norms["h"]).any()


@pytest.mark.parametrize("kind", KINDS)
def test_nan_in_the_initial_state_is_step_zero(kind):
    case = make_case(kind)
    case.h0[1, 2] = np.nan
    assert case.forward().failure == Failure("NaN", "h", step=0, sequence=1, unit=2)


@pytest.mark.parametrize("activation", ["relu", "linear"])
def test_growth_beyond_the_floats_is_named_with_its_step(activation):
    U = np.diag([2.0**100, 0.5])
    trace = lv.forward(linear_net(U, activation=activation), np.zeros((20, 2, 1)), [[0, 1], [1, 1]])
    assert trace.failure == Failure("infinity", "h", step=11, sequence=1, unit=0)  # 2^1100


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("bad", [np.inf, -np.inf])
def test_an_infinite_input_is_named_with_its_place(kind, bad):
    case = make_case(kind)
    case.x[1, 0, 1] = bad
    with pytest.raises(lv.NonFiniteError, match=rf"^x must be finite; x\[1, 0, 1\] is {bad}"):
        case.forward()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("bad", [np.nan, 1e300])
def test_no_input_is_answered_by_a_warning(kind, bad, recwarn):
    case = make_case(kind, scale=1e10)
    case.x[1, 0, 1] = bad
    trace = case.forward()
    lv.log10_norms(lv.backward(case.weights, trace, case.dh))
    assert [str(warning.message) for warning in recwarn] == []


def test_large_input_of_a_float32_net_is_answered_by_no_warning(recwarn):
    case = make_case("linear", dtype="float32")
    trace = lv.forward(case.weights, np.full_like(case.x, 1e300))
    assert trace.failure.step == 1
    assert [str(warning.message) for warning in recwarn] == []
