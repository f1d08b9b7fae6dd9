"""Against nn.MultiheadAttention and nn.TransformerEncoderLayer.

reference/make_torch_attention.py stored their numbers.
"""

from pathlib import Path

import numpy as np
import pytest

import lstm_viz as lv
from lstm_viz.cells.attention_layer import LayerWeights
from tests.compare import assert_close

STORED = np.load(Path(__file__).parents[1] / "reference" / "torch_attention.npz")
NAMES = sorted({key.split("/")[0] for key in STORED.files if "/" in key})
LINEAR = {"linear1.weight": "W_1", "linear1.bias": "b_1", "linear2.weight": "W_2"}
LINEAR |= {"linear2.bias": "b_2", "norm1.weight": "scale_1", "norm1.bias": "shift_1"}
LINEAR |= {"norm2.weight": "scale_2", "norm2.bias": "shift_2"}


def of_layer(case, kind, k):
    """One layer's arrays under the library's names; kind "p" for weights, "d" for gradients."""
    prefix = f"{kind}_{k}."
    own = {n.removeprefix(prefix): a for n, a in case.items() if n.startswith(prefix)}
    own = {name.removeprefix("self_attn."): array for name, array in own.items()}
    found = {new: own[old] for old, new in LINEAR.items() if old in own}
    for j, name in enumerate("qkv"):
        found[f"W_{name}"] = np.split(own["in_proj_weight"], 3)[j]
        found[f"b_{name}"] = np.split(own["in_proj_bias"], 3)[j]
    return found | {"W_o": own["out_proj.weight"], "b_o": own["out_proj.bias"]}


@pytest.fixture(params=NAMES)
def stored(request):
    prefix = f"{request.param}/"
    case = {k.removeprefix(prefix): STORED[k] for k in STORED.files if k.startswith(prefix)}
    heads, causal, norm_first, layers = (int(n) for n in case["form"])
    form = dict(heads=heads, causal=bool(causal), residual=norm_first >= 0)
    form["norm"] = ("none", "post", "pre")[norm_first + 1]
    own = tuple(LayerWeights(**of_layer(case, "p", k), **form) for k in range(layers))
    weights = lv.AttentionWeights(own, positions="none")
    trace = lv.forward(weights, case["x"])
    return case, trace, lv.backward(weights, trace, case["direct"])


def test_output_and_weights(stored):
    case, trace, _ = stored
    assert_close(trace.output, case["output"], 1e-12, "output")
    if "weights" in case:
        assert_close(trace.layers[0].weights, case["weights"], 1e-13, "weights")


def test_gradients(stored):
    case, _, grads = stored
    assert_close(grads.x, case["dx"], 1e-11, "x")
    for k, layer in enumerate(grads.weights.layers):
        for name, expected in of_layer(case, "d", k).items():
            found = getattr(layer, name)
            if name == "b_k":  # 0 in truth: it shifts all scores of a row alike
                assert np.abs(found).max() < 1e-13
            else:
                assert_close(np.ravel(found), np.ravel(expected), 1e-11, name)


def test_the_stored_numbers_cover_what_pytorch_offers():
    forms = {tuple(STORED[f"{name}/form"][1:3]) for name in NAMES}
    assert forms >= {(0, -1), (1, -1), (0, 0), (1, 0), (0, 1), (1, 1)}
    assert str(STORED["torch_version"]).startswith("2.13")
