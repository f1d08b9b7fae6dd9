"""log10 norms of gradients; what is in them is tested in tests/cells."""

import numpy as np
import pytest

import lstm_viz as lv
from tests.nets import make_case


def test_weight_norms_are_each_steps_own():
    case = make_case("tanh", T=4, B=1)
    grads = case.backward()
    norms = lv.log10_norms(grads)
    for t in range(4):
        own = np.outer(grads.a[t, 0], case.x[t, 0])
        assert norms["W"][t] == pytest.approx(np.log10(np.linalg.norm(own)), rel=1e-12)


def test_norms_are_new_dictionaries():
    grads = make_case("lstm").backward()
    lv.log10_norms(grads).clear()
    assert "W" in lv.log10_norms(grads)
