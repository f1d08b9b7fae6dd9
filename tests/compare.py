"""Relative comparison, vector by vector: no absolute tolerance that hides small gradients."""

from decimal import Decimal

import numpy as np

from tests import oracle


def relative_errors(actual, expected):
    """‖actual − expected‖ / ‖expected‖ along the last axis; 0 where both are exactly 0."""
    actual, expected = np.asarray(actual), np.asarray(expected)
    assert actual.shape == expected.shape, f"shape {actual.shape}, expected {expected.shape}"
    size = np.maximum(np.abs(expected).max(axis=-1), np.abs(actual).max(axis=-1))[..., None]
    unit = np.where(size > 0, size, 1)  # squares of the plain numbers would underflow at 1e-162
    difference = np.linalg.norm(actual / unit - expected / unit, axis=-1)
    length = np.linalg.norm(expected / unit, axis=-1)
    return np.where(difference == 0, 0, difference / np.where(length > 0, length, 1e-300))


def assert_close(actual, expected, rel, name=""):
    """Each vector along the last axis agrees within `rel` of its own norm."""
    errors = relative_errors(actual, expected)
    if not (errors <= rel).all():
        worst = np.unravel_index(
            np.nanargmax(np.where(np.isnan(errors), np.inf, errors)), errors.shape
        )
        raise AssertionError(
            f"{name}{[int(k) for k in worst]}: off by {errors[worst]:.3g}, allowed {rel:.3g}\n"
            f"  expected {np.asarray(expected)[worst]}\n  got      {np.asarray(actual)[worst]}"
        )


def assert_gradients_close(grads, expected, rel, step_rel=1e-10):
    """All of a gradients object's arrays against a dict of arrays under the library's names.

    `step_rel` is wider because a step's contribution loses two digits for each one in which the
    batch's sequences cancel each other (see weight_gradients.py).
    """
    for name in grads.scaled:
        assert_close(getattr(grads, name), expected[name], rel, name)
    for name in grads.log10_step:
        assert_close(np.ravel(getattr(grads.weights, name)), np.ravel(expected[name]), rel, name)
    for name in grads.log10_step:
        contribution = expected[f"step_{name}"].reshape(len(expected["x"]), -1)
        with np.errstate(divide="ignore"):
            log10 = np.log10(np.linalg.norm(contribution, axis=-1))
        assert_log10_close(grads.log10_step[name], log10, step_rel, f"log10_step {name}")


def assert_log10_close(actual, expected, rel, name=""):
    """log10 norms agree within a relative error `rel` of the norm and 4 ulp of the logarithm."""
    assert np.shape(actual) == np.shape(expected)
    same = np.asarray(actual) == np.asarray(expected)  # −inf is −inf
    finite = np.isfinite(actual) & np.isfinite(expected)
    difference = np.abs(np.where(finite, actual, 0) - np.where(finite, expected, 0))
    allowed = rel / np.log(10) + 4 * np.spacing(np.abs(np.where(finite, expected, 1)))
    good = same | (finite & (difference <= allowed))
    if not good.all():
        first = tuple(np.argwhere(~good)[0])
        got, wanted = np.asarray(actual)[first], np.asarray(expected)[first]
        raise AssertionError(f"log10 {name}{[int(k) for k in first]}: {got!r}, expected {wanted!r}")


def assert_decimal_close(grads, expected, rel, step_rel=1e-6):
    """Norms and directions against an oracle run in Decimals, at any magnitude."""
    for name, scaled in grads.scaled.items():
        scale = np.vectorize(lambda e: Decimal(2) ** int(-e), otypes=[object])(scaled.exponent)
        assert_close(scaled.mantissa, (expected[name] * scale[..., None]).astype(float), rel, name)
        norms = np.apply_along_axis(oracle.log10_norm, -1, expected[name]).astype(float)
        assert_log10_close(scaled.log10_norm(), norms, rel, name)
    for name in "WUb":
        norms = [oracle.log10_norm(step) for step in expected[f"step_{name}"]]
        assert_log10_close(grads.log10_step[name], norms, step_rel, f"log10_step {name}")
        total, plain = np.ravel(expected[name]), np.ravel(getattr(grads.weights, name))
        assert_close(plain, total.astype(float), rel, name)


def complex_step(loss, array, eps=1e-30):
    """∂loss/∂array by entries, Im loss(array + eps·j) / eps: exact to round-off at any size."""
    gradient = np.empty(array.shape)
    for index in np.ndindex(array.shape):
        moved = array.astype(complex)
        moved[index] += 1j * eps
        gradient[index] = np.imag(loss(moved)) / eps
    return gradient
