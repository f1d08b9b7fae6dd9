"""BiLSTM and stacked layers: two LSTMs, PyTorch's numbers, the complex step, closed forms."""

import math
from pathlib import Path

import numpy as np
import pytest

import lstm_viz as lv
from lstm_viz.logscale import Scaled
from tests.compare import assert_close, complex_step
from tests.nets import make_weights

STORED = np.load(Path(__file__).parents[1] / "reference" / "torch_layers.npz")
CASES = ["bilstm", "bilstm_last", "bilstm_two", "lstm_two", "lstm_four_vanishing", "rnn_three"]


def stored(name):
    return {k.split(".", 1)[1]: STORED[k] for k in STORED.files if k.startswith(f"{name}.")}


def direction(case, suffix, prefix=""):
    W, U = (case[f"{prefix}weight_{kind}_{suffix}"] for kind in ("ih", "hh"))
    b = case[f"{prefix}bias_ih_{suffix}"]
    if not prefix:
        b = b + case[f"bias_hh_{suffix}"]
    return W, U, b


def layer(case, k):
    if f"weight_ih_l{k}_reverse" in case:
        both = (lv.LSTMWeights(*direction(case, f"l{k}{end}")) for end in ("", "_reverse"))
        return lv.BiLSTMWeights(*both)
    W, U, b = direction(case, f"l{k}")
    return (lv.RNNWeights if len(W) == U.shape[1] else lv.LSTMWeights)(W, U, b)


def net(case):
    layers = [layer(case, k) for k in range(4) if f"weight_ih_l{k}" in case]
    return layers[0] if len(layers) == 1 else lv.StackWeights(layers)


@pytest.mark.parametrize("name", CASES)
def test_agrees_with_torch(name):
    case = stored(name)
    weights = net(case)
    trace = lv.forward(weights, case["x"])
    assert_close(trace.output, case["output"], 1e-13, "output")
    grads = lv.backward(weights, trace, case["direct"])
    assert_close(grads.x, case["dx"], 1e-11, "x")
    for k, own in enumerate(getattr(grads.weights, "layers", [grads.weights])):
        ends = {"": own} if not hasattr(own, "forward") else {"": own.forward}
        if hasattr(own, "backward"):
            ends["_reverse"] = own.backward
        for end, part in ends.items():
            for key, wanted in zip("WUb", direction(case, f"l{k}{end}", "d_"), strict=True):
                assert_close(np.ravel(getattr(part, key)), np.ravel(wanted), 1e-10, f"{key} l{k}")


def test_the_stored_numbers_reach_where_ordinary_checks_are_blind():
    assert 0 < np.abs(stored("lstm_four_vanishing")["dx"][0]).max() < 1e-35


def make_bilstm(D=3, H=4, seed=0):
    rng = np.random.default_rng(seed)
    return lv.BiLSTMWeights(*(make_weights("lstm", D, H, rng) for _ in range(2)))


@pytest.mark.parametrize(("T", "B", "D", "H"), [(1, 1, 1, 1), (6, 2, 3, 4), (90, 1, 2, 3)])
def test_10_bilstm_is_two_lstms_bit_for_bit(T, B, D, H):
    weights, rng = make_bilstm(D, H), np.random.default_rng(1)
    x, dh = rng.normal(size=(T, B, D)), rng.normal(size=(T, B, 2 * H))
    trace = lv.forward(weights, x)
    early, late = lv.forward(weights.forward, x), lv.forward(weights.backward, x[::-1])
    assert np.array_equal(trace.output, np.concatenate([early.h[1:], late.h[:0:-1]], axis=-1))
    grads = lv.backward(weights, trace, dh)
    one = lv.backward(weights.forward, early, dh[..., :H])
    other = lv.backward(weights.backward, late, dh[::-1, :, H:])
    assert np.array_equal(grads.x, one.x + other.x[::-1])
    assert np.array_equal(grads.weights.forward.U, one.weights.U)
    assert np.array_equal(grads.weights.backward.U, other.weights.U)
    norms = lv.log10_norms(grads)
    assert np.array_equal(norms["h_forward"], lv.log10_norms(one)["h"])
    assert np.array_equal(norms["a_f_backward"], lv.log10_norms(other)["a_f"][::-1])


def make_stack(kind, sizes, seed=0):
    rng = np.random.default_rng(seed)
    return lv.StackWeights([make_weights(kind, *pair, rng) for pair in sizes])


NETS = {
    "bilstm": make_bilstm(2, 3),
    "two tanh": make_stack("tanh", [(2, 3), (3, 2)]),
    "three lstm": make_stack("lstm", [(2, 3), (3, 2), (2, 2)]),
    "two bilstm": lv.StackWeights([make_bilstm(2, 2), make_bilstm(4, 3)]),
}


@pytest.mark.parametrize("name", NETS)
def test_agrees_with_complex_step(name):
    weights, rng = NETS[name], np.random.default_rng(2)
    x, dh = rng.normal(size=(5, 2, 2)), rng.normal(size=(5, 2, weights.output_size))
    grads = lv.backward(weights, lv.forward(weights, x), dh)
    expected = complex_step(lambda moved: (lv.forward(weights, moved).output * dh).sum(), x)
    assert_close(grads.x, expected, 1e-12, "x")


def test_a_stack_takes_initial_states_for_each_layer():
    weights, rng = NETS["three lstm"], np.random.default_rng(3)
    states = [[rng.normal(size=(2, w.hidden_size)) for w in weights.layers] for _ in range(2)]
    trace = lv.forward(weights, rng.normal(size=(4, 2, 2)), *states)
    for k, own in enumerate(trace.layers):
        assert np.array_equal(own.h[0], states[0][k])
        assert np.array_equal(own.c[0], states[1][k])
    with pytest.raises(lv.ShapeError, match="each of 3 layers; got 2"):
        lv.forward(weights, trace.x, states[0][:2])


@pytest.mark.parametrize("rho", [0.5, 0.9, 1.1])
@pytest.mark.parametrize("layers", [2, 3, 4])
@pytest.mark.parametrize("T", [3, 200, 5000])
def test_a_linear_stack_at_any_magnitude(rho, layers, T):
    """One unit a layer, h = ρ h' + input: there are C(T−1+L−1, L−1) ways, each worth ρ^(T−1)."""
    one = np.ones((1, 1))
    weights = lv.StackWeights([lv.RNNWeights(one, rho * one, [0.0], "linear")] * layers)
    trace = lv.forward(weights, np.zeros((T, 1, 1)))
    dh = np.zeros((T, 1, 1))
    dh[-1] = 1
    found = lv.log10_norms(lv.backward(weights, trace, dh))["x"][0, 0]
    ways = math.comb(T + layers - 2, layers - 1)
    assert found == pytest.approx(math.log10(ways) + (T - 1) * math.log10(rho), rel=1e-13)


@pytest.mark.parametrize("exponent", [-5000, -300, 0, 700, 5000])
@pytest.mark.parametrize("kind", ["tanh", "lstm"])
def test_a_direct_gradient_may_have_any_magnitude(kind, exponent):
    rng = np.random.default_rng(4)
    weights = make_weights(kind, 3, 4, rng)
    x, dh = rng.normal(size=(70, 2, 3)), rng.normal(size=(70, 2, 4))
    trace = lv.forward(weights, x)
    plain = lv.log10_norms(lv.backward(weights, trace, dh))
    moved = lv.backward(weights, trace, Scaled(dh, np.full((70, 2), exponent)))
    for name, norm in lv.log10_norms(moved).items():
        scaled = plain[name] + exponent * math.log10(2)
        assert norm == pytest.approx(scaled, rel=1e-13, abs=1e-10), name
    assert math.isfinite(norm.min()) or kind == "lstm"


def test_the_lowest_layer_is_the_net_of_one_layer():
    spec = lv.ModelSpec(cell="lstm", layers=3, input_size=5, hidden_size=4)
    stack = lv.init_weights(spec)
    alone = lv.init_weights(lv.ModelSpec(cell="lstm", input_size=5, hidden_size=4))
    assert np.array_equal(stack.layers[0].U, alone.U)
    assert not np.array_equal(stack.layers[1].U, stack.layers[2].U)
    both = lv.init_weights(lv.ModelSpec(cell="bilstm", input_size=5, hidden_size=4))
    assert np.array_equal(both.forward.U, alone.U)
    assert not np.array_equal(both.backward.U, alone.U)
    assert not np.array_equal(both.backward.U, stack.layers[1].U)


@pytest.mark.parametrize("name", CASES)
def test_11_parameters_are_counted_as_torch_does(name):
    case = stored(name)
    weights = net(case)
    cell = "bilstm" if "bi" in name else weights.cell
    layers = len(getattr(weights, "layers", [0]))
    sizes = dict(input_size=weights.input_size, hidden_size=weights.hidden_size)
    assert lv.count_parameters(lv.ModelSpec(cell=cell, layers=layers, **sizes)) == case["count"]


def test_11_printed_counts():
    counts = [
        lv.count_parameters(lv.ModelSpec(cell=cell, input_size=10, hidden_size=20))
        for cell in ("rnn", "lstm", "bilstm")
    ]
    assert counts == [640, 2560, 5120]


def test_operations_are_those_of_the_products():
    spec = lv.ModelSpec(cell="lstm", input_size=3, hidden_size=5, layers=2)
    cost = lv.cost(spec, 7)
    assert cost.operations == 2 * 7 * (20 * 3 + 20 * 5 + 20 * 5 + 20 * 5)
    assert (cost.sequential_steps, cost.path_length) == (8, 8)
    both = lv.cost(lv.ModelSpec(cell="bilstm", input_size=3, hidden_size=5, layers=2), 7)
    assert both.operations == 2 * 2 * 7 * (20 * 3 + 20 * 5 + 20 * 10 + 20 * 5)
    assert both.sequential_steps == 14


def test_layers_that_do_not_fit_are_refused():
    rng = np.random.default_rng(5)
    with pytest.raises(lv.ShapeError, match="layer 2 must read the 3 outputs"):
        lv.StackWeights([make_weights("tanh", 2, 3, rng), make_weights("tanh", 2, 3, rng)])
    with pytest.raises(lv.ShapeError, match="of one cell"):
        lv.StackWeights([make_weights("tanh", 2, 3, rng), make_weights("lstm", 3, 3, rng)])
    with pytest.raises(lv.ShapeError, match="same D, H"):
        lv.BiLSTMWeights(make_weights("lstm", 2, 3, rng), make_weights("lstm", 2, 4, rng))


def test_a_failure_of_the_backward_lstm_is_named_by_its_time_step():
    weights = make_bilstm(1, 2)
    x = np.zeros((6, 1, 1))
    early = lv.forward(weights.forward, x)
    x[4] = np.nan
    trace = lv.BiLSTMTrace(early, lv.forward(weights.backward, x[::-1]))
    assert (trace.failure.kind, trace.failure.step) == ("NaN", 5)


@pytest.mark.parametrize("name", NETS)
def test_traces_become_tidy_tables(name):
    weights = NETS[name]
    trace = lv.forward(weights, np.random.default_rng(6).normal(size=(4, 2, 2)))
    frame = trace.to_frame()
    tells = [k for k in ("layer", "direction") if k in frame]
    row = frame[(frame.step == 3) & (frame.sequence == 1) & (frame.unit == 1)]
    assert len(row) == len(row[tells].drop_duplicates())
    top = row.iloc[-1].h
    assert top == trace.output[2, 1, -weights.hidden_size + 1]
