"""A specification: refused where it makes no net, equal where it makes the same."""

import numpy as np
import pytest

import lstm_viz as lv
from lstm_viz.spec import INIT_NAMES


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("cell", "transformer"),
        ("cell", None),
        ("cell", ["lstm"]),
        ("init", "he"),
        ("activation", "gelu"),
        ("dtype", "float16"),
        ("dtype", np.float64),
        ("input_size", 0),
        ("hidden_size", 0),
        ("hidden_size", -3),
        ("hidden_size", 2.5),
        ("hidden_size", 2.0),
        ("hidden_size", True),
        ("hidden_size", "8"),
        ("hidden_size", None),
        ("hidden_size", np.array([1, 2])),
        ("seed", -1),
        ("seed", 0.5),
        ("t_max", 2),
        ("gain", np.nan),
        ("gain", np.inf),
        ("gain", "1"),
        ("gain", None),
        ("gain", True),
        ("gain", 1j),
        ("gain", 10**400),
        ("forget_bias", -np.inf),
        ("forget_bias", [1.0]),
    ],
    ids=lambda value: str(value)[:20],
)
def test_refuses(name, value):
    with pytest.raises(lv.SpecError, match=f"^{name} must"):
        lv.ModelSpec(**{name: value})


def test_error_says_what_is_known_and_what_came():
    with pytest.raises(lv.SpecError, match=r"pytorch, gaussian, .*chrono; got 'he'"):
        lv.ModelSpec(init="he")


def test_numpy_scalars_make_the_same_spec():
    plain = lv.ModelSpec(hidden_size=4, gain=2.0, seed=7)
    other = lv.ModelSpec(hidden_size=np.int64(4), gain=np.float32(2), seed=np.uint8(7))
    assert other == plain
    assert hash(other) == hash(plain)
    assert repr(other) == repr(plain)
    assert type(lv.ModelSpec(gain=2).gain) is float


def test_specs_are_frozen():
    with pytest.raises(AttributeError):
        lv.ModelSpec().gain = 2.0


@pytest.mark.parametrize("init", INIT_NAMES)
def test_extreme_numbers_are_specs(init):
    lv.ModelSpec(init=init, gain=0.0, forget_bias=-700.0, seed=2**63)
    lv.ModelSpec(init=init, gain=-1e300, forget_bias=1e300)
