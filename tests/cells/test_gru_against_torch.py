"""Against the numbers of torch.nn.GRU that reference/make_torch_gru.py stored."""

from pathlib import Path

import numpy as np
import pytest

import lstm_viz as lv
from tests.compare import assert_close

STORED = np.load(Path(__file__).parents[1] / "reference" / "torch_gru.npz")
NAMES = sorted({key.split(".")[0] for key in STORED.files if "." in key})
PRE = ("a_r", "a_z", "a_n")


@pytest.fixture(params=NAMES)
def stored(request):
    prefix = f"{request.param}."
    case = {k.removeprefix(prefix): STORED[k] for k in STORED.files if k.startswith(prefix)}
    H = case["U"].shape[1]
    b = case["b_ih"] + case["b_hh"]
    b[2 * H :] = case["b_ih"][2 * H :]
    weights = lv.GRUWeights(case["W"], case["U"], b, case["b_hh"][2 * H :])
    trace = lv.forward(weights, case["x"], case["h"][0])
    return case, trace, lv.backward(weights, trace, case["direct"])


def test_states(stored):
    case, trace, _ = stored
    for name in ("h", *PRE):
        assert_close(getattr(trace, name), case[name], 1e-12, name)


def test_total_gradients_of_every_step(stored):
    case, _, grads = stored
    for name in ("h", "x", *PRE):
        assert_close(getattr(grads, name), case[f"d{name}"], 1e-11, name)


def test_weight_gradients(stored):
    case, _, grads = stored
    own, H = grads.weights, case["U"].shape[1]
    for name in "WU":
        assert_close(getattr(own, name), case[f"d{name}"], 1e-11, name)
    assert_close(own.b, case["db_ih"], 1e-11, "b")
    assert_close(own.b[: 2 * H], case["db_hh"][: 2 * H], 1e-11, "b of r and z")
    assert_close(own.b_q, case["db_hh"][2 * H :], 1e-11, "b_q")


def test_the_stored_numbers_reach_where_ordinary_checks_are_blind():
    norms = np.linalg.norm(STORED["vanishing.dx"], axis=-1)
    assert (norms[0] < 1e-50).all()
    assert (norms[0] > 0).all()
    assert str(STORED["torch_version"]).startswith("2.13")
