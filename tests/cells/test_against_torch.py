"""Against the numbers of torch.nn.RNN and torch.nn.LSTM that reference/make_torch.py stored."""

from pathlib import Path

import numpy as np
import pytest

import lstm_viz as lv
from tests.compare import assert_close

STORED = np.load(Path(__file__).parents[1] / "reference" / "torch_recurrent.npz")
NAMES = sorted({key.split(".")[0] for key in STORED.files if "." in key})


@pytest.fixture(params=NAMES)
def stored(request):
    prefix = f"{request.param}."
    case = {k.removeprefix(prefix): STORED[k] for k in STORED.files if k.startswith(prefix)}
    lstm = "c" in case
    weights = (lv.LSTMWeights if lstm else lv.RNNWeights)(case["W"], case["U"], case["b"])
    if "relu" in request.param:
        weights = lv.RNNWeights(case["W"], case["U"], case["b"], "relu")
    trace = lv.forward(weights, case["x"], case["h"][0], case["c"][0] if lstm else None)
    return case, trace, lv.backward(weights, trace, case["direct"])


def by_gate(a):
    """(T, B, 4H) in PyTorch's order → the library's names."""
    return dict(zip(("a_i", "a_f", "a_g", "a_o"), np.split(a, 4, axis=-1), strict=True))


def test_states(stored):
    case, trace, _ = stored
    for name in {"h", "c"} & set(case):
        assert_close(getattr(trace, name), case[name], 1e-13, name)
    pre = by_gate(case["a"]) if "c" in case else {"a": case["a"]}
    for name, expected in pre.items():
        assert_close(getattr(trace, name), expected, 1e-12, name)


def test_total_gradients_of_every_step(stored):
    case, _, grads = stored
    for name in {"h", "c", "x"} & set(case):
        assert_close(getattr(grads, name), case[f"d{name}"], 1e-12, name)
    pre = by_gate(case["da"]) if "c" in case else {"a": case["da"]}
    for name, expected in pre.items():
        assert_close(getattr(grads, name), expected, 1e-12, name)


def test_weight_gradients(stored):
    case, _, grads = stored
    for name in "WUb":
        expected = case[f"d{name}"].reshape(len(case["b"]), -1)
        assert_close(getattr(grads.weights, name).reshape(expected.shape), expected, 1e-11, name)


def test_the_stored_numbers_reach_where_ordinary_checks_are_blind():
    norms = np.linalg.norm(STORED["lstm_vanishing.dx"], axis=-1)
    assert (norms[0] < 1e-50).all()
    assert (norms[0] > 0).all()
    assert (np.linalg.norm(STORED["tanh_last.dx"], axis=-1)[0] < 1e-5).all()
    assert str(STORED["torch_version"]).startswith("2.13")
