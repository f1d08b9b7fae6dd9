"""The laws of initial weights, and that each draw has a stream of its own."""

from dataclasses import replace

import numpy as np
import pytest

import lstm_viz as lv
from lstm_viz.initializers import random_orthogonal
from lstm_viz.spec import INIT_NAMES

H, D = 64, 48
BASE = lv.ModelSpec(cell="lstm", input_size=D, hidden_size=H, forget_bias=0.0, seed=5)
PAIRS = [(c, i) for c in ("rnn", "lstm") for i in INIT_NAMES if (c, i) != ("rnn", "chrono")]


def gates(array):
    return np.split(array, len(array) // H)


def uniform_check(entries, bound):
    assert np.abs(entries).max() <= bound
    assert np.abs(entries).max() > 0.99 * bound
    assert entries.std() == pytest.approx(bound / np.sqrt(3), rel=0.05)


@pytest.mark.parametrize(("cell", "init"), PAIRS)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_shapes_dtypes_and_repeatability(cell, init, dtype):
    spec = replace(BASE, cell=cell, init=init, dtype=dtype, hidden_size=5, input_size=3)
    w, rows = lv.init_weights(spec), 5 if cell == "rnn" else 20
    assert (w.W.shape, w.U.shape, w.b.shape) == ((rows, 3), (rows, 5), (rows,))
    assert {w.W.dtype, w.U.dtype, w.b.dtype} == {np.dtype(dtype)}
    again = lv.init_weights(spec)
    assert all(np.array_equal(getattr(w, n), getattr(again, n)) for n in "WUb")
    assert (w.cell, w.input_size, w.hidden_size) == (cell, 3, 5)


@pytest.mark.parametrize("cell", ["rnn", "lstm"])
def test_pytorch_law(cell):
    w = lv.init_weights(replace(BASE, cell=cell, init="pytorch"))
    for U, W in zip(gates(w.U), gates(w.W), strict=True):
        uniform_check(U, 1 / np.sqrt(H))
        uniform_check(W, 1 / np.sqrt(H))
    assert np.abs(w.b).max() <= 2 / np.sqrt(H)
    many = np.concatenate([lv.init_weights(replace(BASE, seed=s)).b for s in range(20)])
    assert many.std() == pytest.approx(np.sqrt(2 / 3 / H), rel=0.05)  # two biases, summed
    assert np.abs(many).max() > 1.5 / np.sqrt(H)


@pytest.mark.parametrize("cell", ["rnn", "lstm"])
def test_gaussian_law(cell):
    w = lv.init_weights(replace(BASE, cell=cell, init="gaussian"))
    for U, W in zip(gates(w.U), gates(w.W), strict=True):
        assert U.std() == pytest.approx(1 / np.sqrt(H), rel=0.05)
        assert W.std() == pytest.approx(1 / np.sqrt(D), rel=0.05)
        assert np.abs(U).max() > 3 / np.sqrt(H)
    assert not w.b.any()


def test_xavier_law():
    w = lv.init_weights(replace(BASE, init="xavier"))
    for U, W in zip(gates(w.U), gates(w.W), strict=True):
        uniform_check(U, np.sqrt(6 / (2 * H)))
        uniform_check(W, np.sqrt(6 / (D + H)))
    assert not w.b.any()


@pytest.mark.parametrize("cell", ["rnn", "lstm"])
@pytest.mark.parametrize("gain", [1.0, 0.5, 3.0])
def test_orthogonal_law(cell, gain):
    w = lv.init_weights(replace(BASE, cell=cell, init="orthogonal", gain=gain))
    for U in gates(w.U):
        assert U @ U.T == pytest.approx(gain**2 * np.eye(H), abs=1e-12)
    assert len({U.tobytes() for U in gates(w.U)}) == len(gates(w.U))


def test_haar_measure_has_no_preferred_sign():
    rng = np.random.default_rng(0)
    draws = np.array([random_orthogonal(3, rng) for _ in range(3000)])
    assert np.abs(draws.mean(axis=0)).max() < 0.05  # sd 1/√(3·3000) = 0.01
    assert (np.linalg.det(draws) > 0).mean() == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize("cell", ["rnn", "lstm"])
def test_identity_law(cell):
    w = lv.init_weights(replace(BASE, cell=cell, init="identity", gain=0.9))
    assert all(np.array_equal(U, 0.9 * np.eye(H)) for U in gates(w.U))


@pytest.mark.parametrize("t_max", [3, 100, 10_000])
def test_chrono_law(t_max):
    spec = replace(BASE, init="chrono", t_max=t_max, hidden_size=500, input_size=1, forget_bias=9)
    i, f, g, o = np.split(lv.init_weights(spec).b, 4)
    times = np.exp(f)
    assert np.array_equal(i, -f)
    assert not g.any()
    assert not o.any()
    assert times.min() >= 1 - 1e-12
    assert times.max() <= (t_max - 1) * (1 + 1e-12)
    assert times.mean() == pytest.approx(t_max / 2, rel=0.1)


def test_chrono_needs_gates():
    with pytest.raises(lv.SpecError, match="no gate that keeps or writes"):
        lv.init_weights(replace(BASE, cell="rnn", init="chrono"))


@pytest.mark.parametrize("init", [name for name in INIT_NAMES if name != "chrono"])
@pytest.mark.parametrize("forget_bias", [-4.0, 2.5])
def test_forget_bias_moves_b_f_alone(init, forget_bias):
    spec = replace(BASE, init=init)
    before, after = (lv.init_weights(replace(spec, forget_bias=b)) for b in (0.0, forget_bias))
    moved = np.zeros(4 * H)
    moved[H : 2 * H] = forget_bias
    assert after.b - before.b == pytest.approx(moved, abs=1e-14)
    assert np.array_equal(after.U, before.U)
    assert np.array_equal(after.W, before.W)


@pytest.mark.parametrize(("cell", "init"), PAIRS)
def test_gain_multiplies_u_alone(cell, init):
    one, two = (lv.init_weights(replace(BASE, cell=cell, init=init, gain=g)) for g in (1.0, 2.0))
    assert np.array_equal(two.U, 2 * one.U)
    assert np.array_equal(two.W, one.W)
    assert np.array_equal(two.b, one.b)


@pytest.mark.parametrize(("cell", "init"), PAIRS)
def test_input_size_leaves_the_other_draws(cell, init):
    narrow, wide = (
        lv.init_weights(replace(BASE, cell=cell, init=init, input_size=size)) for size in (2, 9)
    )
    assert np.array_equal(narrow.U, wide.U)
    assert np.array_equal(narrow.b, wide.b)


@pytest.mark.parametrize("init", [name for name in INIT_NAMES if name != "identity"])
def test_seed_changes_every_draw_and_gates_differ(init):
    one, two = (lv.init_weights(replace(BASE, init=init, seed=s)) for s in (1, 2))
    for name in "WU":
        assert not np.array_equal(getattr(one, name), getattr(two, name))
        assert len({gate.tobytes() for gate in gates(getattr(one, name))}) == 4


def test_gain_beyond_float32_is_refused_without_a_warning(recwarn):
    with pytest.raises(lv.LstmVizError):
        lv.init_weights(replace(BASE, gain=1e40, dtype="float32"))
    assert [str(warning.message) for warning in recwarn] == []


@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
def test_pytorchs_own_net_has_no_forget_bias(cell):
    """torch.nn's law: all uniform within ±1/√H, so that the two biases' sum has variance 2/(3H)."""
    H, nets = 64, [lv.ModelSpec.pytorch(cell, hidden_size=64, seed=seed) for seed in range(20)]
    weights = [lv.init_weights(spec) for spec in nets]
    for name, variance in (("W", 1 / 3), ("U", 1 / 3)):
        values = np.array([getattr(w, name) for w in weights])
        assert np.abs(values).max() <= H**-0.5
        assert values.var() * H == pytest.approx(variance, rel=0.02)
    gates = np.array([w.b for w in weights]).reshape(20, -1, H)[:, : 2 if cell == "gru" else 4]
    assert gates.var(axis=(0, 2)) * H == pytest.approx(2 / 3, rel=0.15)
    assert np.abs(gates.mean(axis=(0, 2))).max() < 4 * (2 / 3 / H / 20 / H) ** 0.5
    assert lv.ModelSpec.pytorch(cell, forget_bias=1.0, gain=2.0).gain == 2.0


def test_what_a_forget_bias_does_to_pytorchs_lstm():
    """The medians in `ModelSpec.pytorch`; torch.nn.LSTM itself has 10.2 over seeds 0 to 19."""
    falls = {}
    for bias in (0.0, 1.0):
        norms = []
        for seed in range(20):
            weights = lv.init_weights(lv.ModelSpec.pytorch(forget_bias=bias, seed=seed))
            x, v = lv.white_noise(50, 8, seed=seed), lv.unit_probe(32, seed)
            norms.append(lv.survival(weights, x, v, of="x").log10_norm)
        falls[bias] = np.median([norm[-1] - norm[0] for norm in norms])
    assert falls == {0.0: pytest.approx(10.3, abs=0.05), 1.0: pytest.approx(3.9, abs=0.05)}
