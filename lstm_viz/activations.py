"""Activation functions and derivatives that stay accurate in saturation.

Every function takes `out=`, so that the cells allocate nothing within a step, and accepts complex
arguments, branching on real parts alone, so that a derivative can be taken by complex step.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

Array = np.ndarray


def sigmoid(x: Array, out: Array | None = None) -> Array:
    """σ(x) = 1 / (1 + e^−x): full relative accuracy for closed gates, down to the smallest float.

    e^−x may overflow to infinity, which gives the right limit 0; call it under
    `np.errstate(over="ignore")`.
    """
    out = np.negative(x, out=out)
    np.exp(out, out=out)
    out += 1
    return np.reciprocal(out, out=out)


def sigmoid_derivative(x: Array, out: Array | None = None) -> Array:
    """σ'(x) = e / (1 + e)² with e = e^−|x|; σ(1−σ) would round to 0 once σ rounds to 1."""
    e = _exp_minus_abs(x, 1)
    out = np.add(e, 1, out=out)
    out *= out
    return np.divide(e, out, out=out)


def tanh_derivative(x: Array, out: Array | None = None) -> Array:
    """tanh'(x) = 4e / (1 + e)² with e = e^−2|x|; 1−tanh² would be 0 for |x| ≥ 19."""
    e = _exp_minus_abs(x, 2)
    out = np.add(e, 1, out=out)
    out *= out
    e *= 4
    return np.divide(e, out, out=out)


def _exp_minus_abs(x: Array, factor: float) -> Array:
    """e^(−factor·|x|), continued analytically: the sign is that of the real part."""
    e = np.where(np.real(x) < 0, x, -x) if np.iscomplexobj(x) else -np.abs(x)
    if factor != 1:
        e *= factor
    return np.exp(e, out=e)


def relu(x: Array, out: Array | None = None) -> Array:
    """max(x, 0)."""
    return np.maximum(x, 0, out=out)


def relu_derivative(x: Array, out: Array | None = None) -> Array:
    """1 where x > 0, otherwise 0 (at x = 0 too, as PyTorch has it); NaN where x is NaN."""
    out = np.empty_like(x) if out is None else out
    out[...] = np.sign(np.maximum(np.real(x), 0))
    return out


def linear(x: Array, out: Array | None = None) -> Array:
    """x itself."""
    return np.positive(x, out=out)


def linear_derivative(x: Array, out: Array | None = None) -> Array:
    """1 everywhere."""
    out = np.empty_like(x) if out is None else out
    out.fill(1)
    return out


def softmax(x: Array) -> Array:
    """e^x / Σ e^x along the last axis; −inf gives exactly 0."""
    e = x - np.real(x).max(axis=-1, keepdims=True)
    np.exp(e, out=e)
    e /= e.sum(axis=-1, keepdims=True)
    return e


def softmax_adjoint(a: Array, da: Array) -> Array:
    """∂L/∂x = a ∘ (da − ⟨a, da⟩) for a = softmax(x), da = ∂L/∂a; exactly 0 where a is.

    A constant added to da changes nothing. With the entry of the largest a brought to 0 first, no
    digits cancel where a is nearly 1, and the tiny gradients of a saturated row stay accurate.
    """
    largest = np.real(a).argmax(axis=-1, keepdims=True)
    da = da - np.take_along_axis(da, largest, axis=-1)
    da -= np.vecdot(a.conj(), da)[..., None]
    da *= a
    return da


@dataclass(frozen=True)
class Activation:
    """A function, its derivative in terms of the pre-activation, and γ = sup |φ'|."""

    function: Callable[..., Array]
    derivative: Callable[..., Array]
    slope_bound: float


ACTIVATIONS = {
    "tanh": Activation(np.tanh, tanh_derivative, 1.0),
    "relu": Activation(relu, relu_derivative, 1.0),
    "sigmoid": Activation(sigmoid, sigmoid_derivative, 0.25),
    "linear": Activation(linear, linear_derivative, 1.0),
}
