"""Clipping and Ω, at any magnitude."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lstm_viz as lv
from lstm_viz.analysis.regularisers import clip_by_norm, pascanu_omega
from tests.nets import linear_net, make_case, scaled_orthogonal


def flat(arrays):
    return np.concatenate([np.ravel(array) for array in arrays])


@given(st.integers(-290, 290), st.integers(-290, 290))
def test_clipping_gives_the_limit_and_keeps_the_direction(size, limit):
    rng = np.random.default_rng(0)
    arrays = [rng.normal(size=s) * 10.0**size for s in ((3, 2), (4,), (1,))]
    clipped = clip_by_norm(arrays, 10.0**limit)
    before, after = flat(arrays) / 10.0**size, flat(clipped) / 10.0 ** min(size, limit)
    cosine = before @ after / (np.linalg.norm(before) * np.linalg.norm(after))
    assert cosine == pytest.approx(1, rel=1e-14)
    if limit <= size:
        assert np.linalg.norm(after) == pytest.approx(1, rel=1e-13)
    elif limit > size:
        assert all(np.array_equal(a, c) for a, c in zip(arrays, clipped, strict=True))


@pytest.mark.parametrize("value", [0.0, 0.6, -0.6, 5e-324])
def test_what_is_short_enough_is_kept_bit_for_bit(value):
    arrays = [np.full(2, value), np.zeros((2, 2)), np.zeros(0)]
    clipped = clip_by_norm(arrays, 1.0)
    assert all(np.array_equal(a, c) for a, c in zip(arrays, clipped, strict=True))
    assert not any(np.shares_memory(a, c) for a, c in zip(arrays, clipped, strict=True))


def test_clipping_keeps_dtypes_and_arguments():
    arrays = [np.full(4, 1e30, np.float32), np.array([3e300])]
    clipped = clip_by_norm(arrays, 2.0)
    assert [c.dtype for c in clipped] == [np.float32, np.float64]
    assert clipped[1].item() == pytest.approx(2.0)
    assert arrays[0][0] == np.float32(1e30)


@pytest.mark.parametrize("limit", [0.0, -1.0, np.nan, np.inf])
def test_clipping_refuses_a_limit(limit):
    with pytest.raises(lv.SpecError, match="limit"):
        clip_by_norm([np.ones(2)], limit)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_clipping_refuses_what_has_no_direction(bad):
    with pytest.raises(lv.NonFiniteError):
        clip_by_norm([np.ones(2), np.array([bad, 1])], 1.0)


@pytest.mark.parametrize("rho", [1e-3, 0.5, 1.0, 1.5, 100.0])
def test_omega_of_a_scaled_orthogonal_net(rho):
    w, case = (
        linear_net(scaled_orthogonal(rho)),
        make_case("linear", T=2000, D=1, H=5, probe="last"),
    )
    trace = lv.forward(w, np.zeros_like(case.x))
    omega = pascanu_omega(lv.backward(w, trace, case.dh))
    assert omega.shape == (2000, 2)
    assert omega == pytest.approx((rho - 1) ** 2, rel=1e-9, abs=1e-20)


def test_omega_is_the_ratio_of_norms():
    grads = make_case("tanh", T=6, probe="last").backward()
    norms = np.linalg.norm(grads.h, axis=-1)
    assert pascanu_omega(grads) == pytest.approx((norms[:-1] / norms[1:] - 1) ** 2, rel=1e-9)


def test_omega_after_the_probe_and_at_it():
    omega = pascanu_omega(make_case("tanh", T=6, probe=3).backward())
    assert np.isnan(omega[4:]).all()
    assert np.isposinf(omega[3]).all()
    assert np.isfinite(omega[:3]).all()
