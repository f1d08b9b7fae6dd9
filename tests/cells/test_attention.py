"""Self-attention against scalar loops, the complex step, closed forms and itself."""

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest

import lstm_viz as lv
from lstm_viz.cells.attention import sinusoidal
from lstm_viz.logscale import Scaled
from tests import attention_nets as nets
from tests.attention_nets import ALL_FORMS, FORMS, exchanged, make_case, named_arrays
from tests.compare import assert_close, assert_log10_close, complex_step

SIZES = [(1, 1, "last"), (2, 2, "every"), (5, 1, 3)]


def flat(array):
    return np.ravel(np.asarray(array, float))


def assert_weight_gradients(grads, expected, rel):
    """Each array by its own norm; b_k shifts a row's scores alike, so its gradient is rounding."""
    for name, array in named_arrays(grads.weights).items():
        if name.startswith("b_k"):
            size = np.linalg.norm(grads.weights.layers[int(name[-1]) - 1].W_k)
            assert np.linalg.norm(array) <= 1e-13 * (size + 1), name
        else:
            assert_close(flat(array), flat(expected[name]), rel, name)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(("T", "B", "probe"), SIZES)
def test_agrees_with_scalar_loops(form, T, B, probe):
    case = make_case(form, T, B, probe=probe)
    trace, grads = case.forward(), case.backward()
    output, shares, expected = nets.run(case)
    assert_close(trace.output, output, 1e-12, "output")
    for layer, own in zip(trace.layers, shares, strict=True):
        assert_close(layer.weights, own, 1e-12, "weights")
    assert_close(grads.x, expected["x"].astype(float), 1e-11, "x")
    assert_weight_gradients(grads, expected, 1e-11)


def by_complex_step(case):
    expected = {"x": complex_step(lambda x: case.loss(x=x), case.x)}
    for name, array in named_arrays(case.weights).items():

        def loss(moved, name=name):
            return case.loss(weights=exchanged(case.weights, name, moved))

        expected[name] = complex_step(loss, array)
    return expected


@pytest.mark.parametrize("form", ALL_FORMS)
def test_complex_step_of_every_combination_of_options(form):
    case = make_case(form, T=3, B=2, seed=1)
    grads, expected = case.backward(), by_complex_step(case)
    assert_close(grads.x, expected["x"], 1e-11, "x")
    assert_weight_gradients(grads, expected, 1e-11)


@pytest.mark.parametrize(
    ("form", "T", "B", "probe"),
    [(form, *SIZES[k]) for k in range(len(SIZES)) for form in (FORMS[k], FORMS[-1 - k])],
)
def test_complex_step_of_several_sizes(form, T, B, probe):
    """No row is nearly one-hot: there complex division itself loses the step's digits."""
    case = make_case(form, T, B, seed=2, probe=probe, scale=0.7)
    grads, expected = case.backward(), by_complex_step(case)
    assert_close(grads.x, expected["x"], 1e-11, "x")
    assert_weight_gradients(grads, expected, 1e-11)


@pytest.mark.parametrize("form", [FORMS[0], FORMS[2], FORMS[3]])
def test_gradients_inside_a_layer(form):
    """q, k, v, hidden and output: what the biases before them get, step by step."""
    case = make_case(form, T=4, B=1, seed=3)
    grads, last = case.backward(), form[-1]
    w = grads.weights.layers[-1]
    for name in ("q", "v"):
        assert_close(
            grads.scaled[f"{name}_{last}"].value.sum((0, 1)), w.arrays()[f"b_{name}"], 1e-12
        )
    if form[-2]:
        assert_close(grads.scaled[f"hidden_{last}"].value.sum((0, 1)), w.b_1, 1e-12)
    assert np.array_equal(grads.scaled[f"output_{last}"].value, case.dh)
    norms = lv.log10_norms(grads)
    contribution = grads.scaled["q_1"].log10_norm()[:, 0]
    assert norms["b_q_1"] == pytest.approx(contribution, rel=1e-12)
    outer = contribution + np.log10(np.linalg.norm(case.forward().layers[0].read[:, 0], axis=-1))
    assert norms["W_q_1"] == pytest.approx(outer, rel=1e-11)


def assert_decimal(case, grads, exponent=None, rel=1e-10):
    _, _, expected = nets.run(case, Decimal, exponent)
    norms = nets.log10_norms(expected["x"])
    assert_log10_close(grads.scaled["x"].log10_norm(), norms, rel, "x")
    return norms


@pytest.mark.parametrize("form", [FORMS[1], FORMS[2], FORMS[3], FORMS[5]])
@pytest.mark.parametrize("spread", [100, 3000])
def test_exact_at_any_magnitude(form, spread):
    """Direct gradients whose powers of two differ by thousands, from step to step."""
    case = make_case(form, T=4, B=2, seed=4)
    exponent = np.random.default_rng(5).integers(-spread, spread, size=(4, 2))
    grads = lv.backward(case.weights, case.forward(), Scaled(case.dh, exponent))
    norms = assert_decimal(case, grads, exponent)
    assert np.isfinite(norms).all()


@pytest.mark.parametrize("causal", [False, True])
def test_a_saturated_softmax_keeps_its_tiny_gradients(causal):
    """One key takes all but 1e-100 of the weight, and what the query gets is as small as that."""
    form = (4, 4, 1, causal, "none", False, "none", 0, 1)
    case = make_case(form, T=4, B=1, seed=6, probe="last")
    for name in ("W_q", "W_k"):
        case.weights = exchanged(
            case.weights, f"{name}_1", 10 * getattr(case.weights.layers[0], name)
        )
    grads = case.backward()
    norms = assert_decimal(case, grads)
    assert norms.min() < -30
    with np.errstate(divide="ignore"):
        spread = np.log10(case.forward().layers[0].weights)
    assert spread.min() < -30


def attention(E, D=None, seed=0, **form):
    spec = lv.ModelSpec(cell="attention", input_size=D or E, hidden_size=E, seed=seed, **form)
    return lv.init_weights(spec)


@pytest.mark.parametrize(("T", "E", "seed"), [(3, 2, 0), (6, 4, 1), (15, 3, 2)])
def test_8_closed_form_of_one_head(T, E, seed):
    """∂y/∂x_j = a_j [W_v + (v_j − y)(W_kᵀ q)ᵀ/√d], through W_o = 1, for a query n ≠ j."""
    rng, n = np.random.default_rng(seed), T // 2
    w = attention(E, seed=seed, heads=1, positions="none", init="gaussian")
    layer = replace(w.layers[0], W_o=np.eye(E), b_q=rng.normal(size=E), b_v=rng.normal(size=E))
    w = replace(w, layers=(layer,))
    x = rng.normal(size=(T, 1, E))
    trace = lv.forward(w, x)
    own, y = trace.layers[0], trace.output[n, 0]
    for row in np.eye(E):
        dx = lv.backward(w, trace, lv.chosen_step(T, row, step=n + 1)).x[:, 0]
        for j in set(range(T)) - {n}:
            key = layer.W_k.T @ own.queries[0, 0, n] / np.sqrt(E)
            J = layer.W_v + np.outer(own.values[0, 0, j] - y, key)
            assert_close(dx[j], own.weights[0, 0, n, j] * (row @ J), 1e-11, f"step {j}")


@pytest.mark.parametrize("heads", [1, 2])
@pytest.mark.parametrize("T", [1, 7, 300])
def test_8_uniform_attention_is_flat(heads, T):
    """Queries of zero: W_o W_v / n at every distance, the query's own step included."""
    w = attention(4, heads=heads, positions="none", seed=3)
    layer = replace(w.layers[0], W_q=np.zeros((4, 4)))
    w = replace(w, layers=(layer,))
    v = lv.unit_probe(4)
    trace = lv.forward(w, np.random.default_rng(0).normal(size=(T, 1, 4)))
    assert (trace.layers[0].weights == 1 / T).all()
    dx = lv.backward(w, trace, lv.last_step(T, v)).x[:-1, 0]
    expected = np.broadcast_to(v @ layer.W_o @ layer.W_v / T, dx.shape)
    assert_close(dx, expected, 1e-12)


@pytest.mark.parametrize("E", [4, 20, 64])
def test_11_parameters(E):
    def count(**options):
        spec = lv.ModelSpec(cell="attention", hidden_size=E, **({"input_size": E} | options))
        weights = lv.init_weights(spec)
        assert lv.count_parameters(spec) == sum(a.size for a in named_arrays(weights).values())
        return lv.count_parameters(spec)

    bare = 4 * E * E + 4 * E
    assert count() == bare
    assert count(layers=3) == 3 * bare
    assert count(input_size=E + 3) == bare + E * (E + 3) + E
    encoder = bare + 2 * E * 4 * E + 4 * E + E + 4 * E
    assert count(residual=True, norm="post", feed_forward=4 * E) == encoder


def test_cost():
    spec = lv.ModelSpec(cell="attention", input_size=16, hidden_size=16)
    assert lv.cost(spec, 10).operations == 8 * 10 * 16**2 + 4 * 10**2 * 16
    assert (lv.cost(spec, 10).sequential_steps, lv.cost(spec, 10).path_length) == (1, 1)
    more = replace(spec, layers=2, input_size=3, feed_forward=32, causal=True)
    layer = 8 * 10 * 16**2 + 4 * 10**2 * 16 + 4 * 10 * 16 * 32
    assert lv.cost(more, 10).operations == 2 * layer + 2 * 10 * 16 * 3
    assert lv.cost(more, 10**6).sequential_steps == 2


def test_sinusoidal_positions():
    p = sinusoidal(50, 6)
    assert (p[0] == [0, 1, 0, 1, 0, 1]).all()
    assert p[7, 4] == pytest.approx(np.sin(7 / 10000 ** (4 / 6)), rel=1e-14)
    assert np.linalg.norm(p, axis=1) == pytest.approx(np.sqrt(3))
    assert sinusoidal(3, 5)[2] == pytest.approx(nets.position(2, 5))


@pytest.mark.parametrize("init", ["pytorch", "gaussian", "xavier", "orthogonal", "identity"])
def test_initial_weights_follow_their_laws(init):
    w = attention(64, D=16, init=init, feed_forward=96, norm="pre", seed=4)
    layer = w.layers[0]
    assert not any(layer.arrays()[f"b_{name}"].any() for name in "qkvo")
    assert (layer.scale_2 == 1).all()
    assert not layer.shift_1.any()
    spread = {
        "pytorch": {"W_q": 1 / np.sqrt(2 * 64), "W_o": 1 / np.sqrt(3 * 64)},
        "gaussian": {"W_q": 1 / np.sqrt(64), "W_2": 1 / np.sqrt(96)},
        "xavier": {"W_q": np.sqrt(2 / 128), "W_1": np.sqrt(2 / 160)},
    }.get(init, {"W_1": np.sqrt(2 / 160)})
    for name, expected in spread.items():
        assert getattr(layer, name).std() == pytest.approx(expected, rel=0.05), name
    assert w.W_in.shape == (64, 16)
    if init in ("orthogonal", "identity"):
        assert layer.W_k @ layer.W_k.T == pytest.approx(np.eye(64), abs=1e-12)
        assert (init == "identity") == bool((layer.W_k == np.eye(64)).all())
    assert layer.b_1.any() == w.b_in.any() == (init == "pytorch")


def test_gain_and_forget_bias_have_no_effect():
    one, two = attention(4), attention(4, gain=3.0, forget_bias=-2.0)
    for name, array in named_arrays(one).items():
        assert np.array_equal(array, named_arrays(two)[name])
    assert not np.array_equal(one.layers[0].W_q, attention(4, seed=1).layers[0].W_q)
    two_layers = attention(4, layers=2).layers
    assert np.array_equal(two_layers[0].W_q, one.layers[0].W_q)
    assert not np.array_equal(two_layers[0].W_q, two_layers[1].W_q)


def test_what_is_refused():
    with pytest.raises(lv.SpecError, match="hidden_size = 6, so one of 1, 2, 3, 6; got 4"):
        attention(6, heads=4)
    with pytest.raises(lv.SpecError, match="got 4"):
        lv.count_parameters(lv.ModelSpec(cell="attention", hidden_size=6, heads=4))
    with pytest.raises(lv.SpecError, match="chrono"):
        attention(4, init="chrono")
    w = attention(4)
    with pytest.raises(lv.ShapeError, match="no such state"):
        lv.forward(w, np.zeros((3, 1, 4)), np.zeros((1, 4)))
    with pytest.raises(lv.ShapeError, match=r"x must have shape \(T, B, 4\)"):
        lv.forward(w, np.zeros((3, 1, 5)))
    with pytest.raises(lv.ShapeError, match="dh must have shape"):
        lv.backward(w, lv.forward(w, np.zeros((3, 1, 4))), np.zeros((3, 1, 5)))
    with pytest.raises(lv.ShapeError, match="trace must have"):
        lv.backward(attention(4, D=3), lv.forward(w, np.zeros((3, 1, 4))), np.zeros((3, 1, 4)))
    with pytest.raises(lv.ShapeError, match="W_1"):
        replace(w.layers[0], W_1=np.zeros((5, 4)))
    with pytest.raises(lv.ShapeError, match="heads must divide E = 4"):
        replace(w.layers[0], heads=3)
    with pytest.raises(lv.NonFiniteError, match="b_o"):
        replace(w.layers[0], b_o=np.full(4, np.nan))


def test_a_failed_forward_pass_is_named():
    w = attention(4, causal=True, init="identity", positions="none")
    x = np.zeros((5, 2, 4))
    x[2, 1, 3] = np.nan
    failure = lv.forward(w, x).failure
    assert (failure.kind, failure.step, failure.sequence) == ("NaN", 3, 1)
    assert lv.forward(w, np.ones((5, 2, 4))).failure is None


def test_float32_stays_float32():
    w = attention(8, D=3, dtype="float32", residual=True, norm="post", feed_forward=16)
    trace = lv.forward(w, np.random.default_rng(0).normal(size=(6, 2, 3)))
    grads = lv.backward(w, trace, np.ones((6, 2, 8)))
    own = trace.layers[0]
    arrays = [trace.output, own.weights, own.scores, own.hidden, grads.x]
    arrays += named_arrays(grads.weights).values()
    assert {a.dtype for a in arrays} == {np.dtype("f4")}


def test_a_trace_becomes_a_tidy_table():
    trace = make_case(FORMS[3], T=4, B=2).forward()
    frame = trace.to_frame()
    assert len(frame) == 2 * 2 * 3 * 4 * 4
    place = "layer == 2 and sequence == 1 and head == 2 and query_step == 4 and key_step == 2"
    row = frame.query(place)
    assert row.weight.item() == trace.layers[1].weights[1, 2, 3, 1]
    assert row.score.item() == trace.layers[1].scores[1, 2, 3, 1]
    assert np.isneginf(frame[frame.key_step > frame.query_step].score).all()
