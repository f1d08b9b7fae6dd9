"""Padded batches: PyTorch's packed sequences, and each sequence by itself."""

import os
from pathlib import Path

import numpy as np
import pytest

import lstm_viz as lv
from lstm_viz.cells.attention_layer import LayerWeights
from tests.cells.test_layers import direction, net
from tests.compare import assert_close

STORED = np.load(Path(__file__).parents[1] / "reference" / "torch_padded.npz")
NAMES = sorted({key.split(".")[0] for key in STORED.files if "." in key})
T, D, H = 9, 2, 4
LENGTHS = [4, 9, 1, 6]
KINDS = ("rnn", "relu", "lstm", "gru", "bilstm", "attention", "two lstm", "two bilstm", "two attn")


def stored(name):
    return {k.split(".", 1)[1]: STORED[k] for k in STORED.files if k.startswith(f"{name}.")}


def attention(case):
    parts = zip(
        "qkv",
        np.split(case["in_proj_weight"], 3),
        np.split(case["in_proj_bias"], 3),
        strict=True,
    )
    own = {f"{kind}_{n}": a for n, W, b in parts for kind, a in (("W", W), ("b", b))}
    own |= {"W_o": case["out_proj.weight"], "b_o": case["out_proj.bias"], "heads": 2}
    return lv.AttentionWeights((LayerWeights(**own),), positions="none")


@pytest.mark.parametrize("name", NAMES)
def test_agrees_with_torch(name):
    case = stored(name)
    weights = attention(case) if name == "attention" else net(case)
    lengths = case["lengths"]
    own = np.arange(len(case["x"]))[:, None] < lengths
    x = np.where(own[..., None], case["x"], np.nan)  # what stands in padding is read by nothing
    trace = lv.forward(weights, x, lengths=lengths)
    assert_close(trace.output[own], case["output"][own], 1e-13, "output")
    assert trace.failure is None
    grads = lv.backward(weights, trace, case["direct"])
    assert_close(grads.x[own], case["dx"][own], 1e-11, "x")
    assert not grads.x[~own].any()
    if name.endswith("last"):
        again = lv.last_step(len(x), case["direct"][-1, np.argmax(lengths)], lengths=lengths)
        assert np.array_equal(again, case["direct"])
    if name == "attention":
        assert_close(grads.weights.layers[0].W_o, case["d_out_proj.weight"], 1e-12, "W_o")
        return
    for k, layer in enumerate(getattr(grads.weights, "layers", [grads.weights])):
        ends = {"": getattr(layer, "forward", layer)}
        if hasattr(layer, "backward"):
            ends["_reverse"] = layer.backward
        for end, part in ends.items():
            for key, wanted in zip("WUb", direction(case, f"l{k}{end}", "d_"), strict=True):
                assert_close(np.ravel(getattr(part, key)), np.ravel(wanted), 1e-11, f"{key} l{k}")


def make_net(kind):
    layers, kind = (2, kind[4:]) if kind.startswith("two") else (1, kind)
    cell = {"relu": "rnn", "attn": "attention"}.get(kind, kind)
    options = {"activation": "relu", "init": "gaussian", "gain": 2.0} if kind == "relu" else {}
    return lv.init_weights(
        lv.ModelSpec(cell=cell, input_size=D, hidden_size=H, layers=layers, **options)
    )


def alone(weights, x, b, n, dh):
    trace = lv.forward(weights, x[:n, b : b + 1], batch_first=False)
    return trace, lv.backward(weights, trace, dh[:n, b : b + 1])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("batch_first", [False, True])
def test_each_sequence_is_as_if_alone(kind, batch_first):
    weights, rng = make_net(kind), np.random.default_rng(1)
    x = rng.normal(size=(T, 4, D))
    dh = rng.normal(size=(T, 4, weights.output_size))
    turn = (lambda a: a.swapaxes(0, 1)) if batch_first else (lambda a: a)
    trace = lv.forward(weights, turn(x), batch_first=batch_first, lengths=LENGTHS)
    grads = lv.backward(weights, trace, turn(dh), batch_first=batch_first)
    norms = lv.log10_norms(grads)
    sums = 0
    for b, n in enumerate(LENGTHS):
        own_trace, own = alone(weights, x, b, n, dh)
        np.testing.assert_allclose(trace.output[:n, b], own_trace.output[:, 0], rtol=1e-12)
        expected = lv.log10_norms(own)
        for name, norm in norms.items():
            if norm.ndim == 2:
                rows = n + len(norm) - T
                np.testing.assert_allclose(norm[:rows, b], expected[name][:, 0], atol=1e-11)
                assert np.isnan(norm[rows:, b]).all(), name
        sums = sums + own.x.sum()
    assert grads.x.sum() == pytest.approx(sums)


@pytest.mark.parametrize("kind", ["lstm", "bilstm", "two bilstm"])
def test_what_each_step_gives_the_weights_is_in_the_order_of_time(kind):
    """Only one sequence has a loss, so what a step gives is that sequence's alone."""
    weights, x = make_net(kind), np.random.default_rng(1).normal(size=(T, 4, D))
    dh = np.random.default_rng(2).normal(size=(T, 4, weights.output_size))
    dh[:, 1:] = 0
    grads = lv.backward(weights, lv.forward(weights, x, lengths=LENGTHS), dh)
    _, own = alone(weights, x, 0, LENGTHS[0], dh)
    for name, norm in own.log10_step.items():
        np.testing.assert_allclose(grads.log10_step[name][: LENGTHS[0]], norm, atol=1e-10)
        assert np.isneginf(grads.log10_step[name][LENGTHS[0] :]).all()


def test_a_net_that_blows_up_in_padding_has_not_failed():
    weights = lv.RNNWeights([[1.0]], [[2.0**200]], [0.0], "linear")
    x = np.ones((9, 2, 1))
    assert lv.forward(weights, x, lengths=[3, 4]).failure is None
    assert lv.forward(weights, x, lengths=[3, 9]).failure.sequence == 1
    grads = lv.backward(
        weights, lv.forward(weights, x, lengths=[3, 4]), lv.last_step(9, [1.0], lengths=[3, 4])
    )
    assert np.isfinite(grads.weights.U).all()


def test_a_failure_of_a_padded_backward_direction_is_named_by_its_time_step():
    one = lv.LSTMWeights(*(np.ones(s) for s in ((4, 1), (4, 1), (4,))))
    x = np.ones((9, 2, 1))
    x[2, 1] = np.nan
    trace = lv.forward(lv.BiLSTMWeights(one, one), x, lengths=[9, 5])
    assert (trace.failure.step, trace.failure.sequence) == (3, 1)
    late = trace.backward.failure
    assert late.step == 3  # of its own: it began at step 5


def test_norms_can_be_told_the_lengths_alone():
    weights, x = make_net("lstm"), np.random.default_rng(1).normal(size=(T, 4, D))
    dh = lv.last_step(T, lv.unit_probe(H), lengths=LENGTHS)
    grads = lv.backward(weights, lv.forward(weights, x), dh)
    told = lv.log10_norms(grads, lengths=LENGTHS)
    known = lv.log10_norms(lv.backward(weights, lv.forward(weights, x, lengths=LENGTHS), dh))
    for name in ("h", "c", "x"):
        np.testing.assert_allclose(told[name], known[name], atol=1e-12)
    assert np.isneginf(lv.log10_norms(grads)["h"][6:, 0]).all()  # an exact zero, where untold


@pytest.mark.parametrize(
    ("lengths", "words"),
    [
        ([4, 9, 1], "one for each of 4 sequences; got 3"),
        ([4, 9, 1, 10], "whole numbers from 1 to 9; got 10"),
        ([4, 9, 1, 0], "whole numbers from 1 to 9; got 0"),
        ([4, 9, 1, 2.5], "got 2.5"),
        (4, "a list of whole numbers"),
        ("4916", "a list of whole numbers"),
    ],
)
def test_lengths_that_do_not_fit_are_refused(lengths, words):
    weights, x = make_net("lstm"), np.zeros((T, 4, D))
    with pytest.raises(lv.LstmVizError, match=f"^lengths must .*{words}"):
        lv.forward(weights, x, lengths=lengths)
    with pytest.raises(lv.LstmVizError, match=f"^lengths must .*{words}"):
        lv.last_step(T, np.ones(H), batch=4, lengths=lengths)


@pytest.mark.parametrize("kind", KINDS)
def test_survival_of_a_batch_is_that_of_each_sequence(kind):
    weights, x = make_net(kind), np.random.default_rng(1).normal(size=(T, 4, D))
    v = lv.unit_probe(weights.output_size)
    batch = lv.survival(weights, x.swapaxes(0, 1), v, batch_first=True, lengths=LENGTHS)
    dh = lv.last_step(T, v, lengths=LENGTHS)
    together = lv.log10_norms(lv.backward(weights, lv.forward(weights, x, lengths=LENGTHS), dh))
    for name in ("x", batch.of):
        np.testing.assert_allclose(batch.norms[name], together[name], atol=1e-10)
    assert batch.log10_norm.shape == (T if batch.of == "x" else T + 1, 4)
    for b, n in enumerate(LENGTHS):
        own = lv.survival(weights, x[:n, b : b + 1], v)
        assert batch.log10_left[b] == pytest.approx(own.log10_left, nan_ok=True)
        assert batch.rates[b].problem == own.rate.problem != "zero"
    frame = batch.to_frame()
    assert frame.groupby("sequence")["step"].max().tolist() == LENGTHS
    assert not np.isneginf(frame["log10_norm_x"].to_numpy(float)).any()
    assert "sequences: 4" in repr(batch) and len(repr(batch)) < 200


@pytest.mark.parametrize("kind", ["lstm", "bilstm", "attention", "two lstm"])
def test_maps_of_a_padded_batch(kind):
    weights, x = make_net(kind), np.random.default_rng(1).normal(size=(T, 4, D))
    maps = lv.gradient_map(weights, x, of="x", lengths=LENGTHS)
    assert maps.shape == (4, T, T)
    for b, n in enumerate(LENGTHS):
        own = lv.gradient_map(weights, x[:n, b : b + 1], of="x")
        assert np.array_equal(maps[b, :n, :n], own, equal_nan=True)
        assert np.isnan(maps[b, n:]).all() and np.isnan(maps[b, :, n:]).all()
    one = lv.gradient_map(weights, x[:, 1:2], of="x", lengths=[5])
    assert one.shape == (T, T) and np.isnan(one[5:]).all()
    measured = lv.measure_map(weights, x[:, 1:2], of="x", lengths=[5])
    assert measured.size == 5
    assert np.array_equal(measured.log10_norm, one[:5, :5], equal_nan=True)


@pytest.mark.parametrize("kind", ["lstm", "gru"])
def test_paths_of_a_padded_batch(kind):
    weights, x = make_net(kind), np.random.default_rng(1).normal(size=(T, 4, D))
    dh = lv.last_step(T, lv.unit_probe(H), lengths=LENGTHS)
    trace = lv.forward(weights, x, lengths=LENGTHS)
    split = lv.path_split(weights, trace, lv.backward(weights, trace, dh))
    for b, n in enumerate(LENGTHS):
        own_trace, own_grads = alone(weights, x, b, n, dh)
        own = lv.path_split(weights, own_trace, own_grads)
        for name in ("log10_total", "log10_shortcut"):
            found, expected = getattr(split, name)[:, b], getattr(own, name)[:, 0]
            np.testing.assert_allclose(found[: n + 1], expected, atol=1e-11)
            assert np.isnan(found[n + 1 :]).all()
        for name, share in own.share.items():
            np.testing.assert_allclose(split.share[name][: n + 1, b], share[:, 0], atol=1e-11)
    assert split.to_frame().groupby("sequence")["step"].max().tolist() == LENGTHS


def test_tables_leave_padding_out():
    for kind in ("rnn", "lstm", "gru", "bilstm", "two lstm"):
        x = np.ones((T, 4, D))
        frame = lv.forward(make_net(kind), x, lengths=LENGTHS).to_frame()
        assert frame.groupby("sequence")["step"].agg(["min", "max"]).to_numpy().tolist() == [
            [1, n] for n in LENGTHS
        ], kind
    frame = lv.forward(make_net("attention"), np.ones((T, 4, D)), lengths=LENGTHS).to_frame()
    assert frame.groupby("sequence")["key_step"].max().tolist() == LENGTHS


@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru", "bilstm"])
def test_a_padded_sequence_is_as_it_is_by_itself_where_slopes_leave_the_floats(cell):
    lengths = [9, 6, 1]
    weights = lv.init_weights(lv.ModelSpec(cell, 3, 4, init="gaussian", seed=7))
    x = 1000 * np.random.default_rng(0).standard_normal((9, 3, 3))
    v = lv.unit_probe(weights.output_size)

    def norms(x, lengths=None):
        trace = lv.forward(weights, x, lengths=lengths, batch_first=False)
        return lv.log10_norms(
            lv.backward(weights, trace, lv.last_step(len(x), v, lengths=lengths))
        )["x"]

    padded = norms(x, lengths)
    assert padded[padded > -np.inf].min() < -308
    for k, length in enumerate(lengths):
        np.testing.assert_allclose(padded[:length, k], norms(x[:length, k : k + 1])[:, 0], 1e-12)


def random_net(rng):
    """A net of any cell, depth and initialisation, with sequences and lengths of any size."""
    cell = str(rng.choice(["rnn", "lstm", "gru", "bilstm", "attention"]))
    D, H, B, layers = (int(n) for n in rng.integers(1, [5, 6, 6, 4]))
    spec = lv.ModelSpec(
        cell=cell,
        input_size=D,
        hidden_size=4 if cell == "attention" else H,
        layers=layers,
        heads=2,
        causal=bool(rng.integers(2)),
        init=str(rng.choice(["pytorch", "gaussian", "orthogonal", "identity"])),
        gain=float(rng.choice([0.5, 1.0, 2.0])),
        forget_bias=float(rng.choice([-4.0, 0.0, 5.0])),
        activation=str(rng.choice(["tanh", "relu", "sigmoid", "linear"])),
        seed=int(rng.integers(1000)),
    )
    steps = int(rng.integers(1, 30))
    scale = 1.0 if cell == "attention" else float(rng.choice([1e-3, 1.0, 30.0]))
    x = scale * rng.normal(size=(steps, B, D))
    return lv.init_weights(spec), x, rng.integers(1, steps + 1, B)


@pytest.mark.parametrize("seed", range(400 if os.environ.get("LSTM_VIZ_LONG") else 25))
def test_any_padded_batch_is_its_sequences(seed):
    rng = np.random.default_rng(seed)
    weights, x, lengths = random_net(rng)
    dh = rng.normal(size=(*x.shape[:2], weights.output_size)) * 10.0 ** rng.integers(-9, 9)
    own = np.arange(len(x))[:, None] < lengths
    trace = lv.forward(weights, np.where(own[..., None], x, np.nan), lengths=lengths)
    norms = lv.log10_norms(lv.backward(weights, trace, dh))
    for b, n in enumerate(lengths):
        by_itself, grads = alone(weights, x, b, n, dh)
        for name, norm in lv.log10_norms(grads).items():
            if norm.ndim == 2 and by_itself.failure is None and trace.failure is None:
                np.testing.assert_allclose(norms[name][: len(norm), b], norm[:, 0], atol=1e-6)
