"""Singular values, exponents and determinants of a product of Jacobians, multiplied out in mpmath.

The Jacobians' factors are taken as the exact numbers that they are, and so many digits that nothing
of the product is lost: as many decades as its determinant may have, and more.
"""

import mpmath
import numpy as np

import lstm_viz as lv
from lstm_viz.analysis.steps import chain, steps
from lstm_viz.wide import Wide

_number = np.frompyfunc(
    lambda m, e: mpmath.ldexp(mpmath.mpf(float(m)), int(e)) if m else mpmath.mpf(0), 2, 1
)


def matrix(step, moved=None):
    """J = N · K of one step; given a generator, each entry of N and K is moved by its last bit."""
    factors = [_number(wide.mantissa, wide.exponent) for wide in map(Wide.of, step.factors())]
    if moved is not None:
        eps = [2.0**-52 * moved.choice([-1, 1], F.shape) for F in factors]
        factors = [F * (1 + _number(e, 0)) for F, e in zip(factors, eps, strict=True)]
    return factors[0] @ factors[1] if len(factors) == 2 else factors[0]


def spectra(weights, x, moved=None):
    """log10 of the singular values of ∂s_T/∂s_0, and the exponents of the frame, both (S,), largest
    first; −inf for exactly 0."""
    own = list(steps(weights, chain(weights, x)))
    with mpmath.workdps(enough(own)):
        product = matrix(own[0], moved)
        for step in own[1:]:
            product = matrix(step, moved) @ product
        values = mpmath.svd_r(mpmath.matrix(product.tolist()), compute_uv=False)
        lengths = _orthogonalised(product)
        floor = max([*values, 0]) * mpmath.mpf(10) ** (20 - mpmath.mp.dps)
        log10 = [float(mpmath.log10(v)) if v > floor else -np.inf for v in values]
        exponents = [float(mpmath.log(r)) / len(own) if r else -np.inf for r in lengths]
    return -np.sort(-np.array(log10)), -np.sort(-np.array(exponents))


def enough(own):
    """Digits for more decades than the entries of all factors span."""
    decades = 0
    for step in own:
        for wide in map(Wide.of, step.factors()):
            e = wide.exponent[wide.mantissa != 0]
            decades += np.ptp(e) * 0.302 if e.size else 0
    return 60 + int(1.5 * decades)


def _orthogonalised(product):
    """R_kk of the product's QR decomposition, by Gram and Schmidt, twice."""
    basis, lengths = [], []
    for column in product.T:
        size = mpmath.sqrt(sum(column * column))
        for _time in range(2):
            for vector in basis:
                column = column - vector * sum(vector * column)
        left = mpmath.sqrt(sum(column * column))
        lost = left <= size * mpmath.mpf(10) ** (20 - mpmath.mp.dps)
        lengths.append(mpmath.mpf(0) if lost else left)
        if not lost:
            basis.append(column / left)
    return lengths


def random_net(rng, sizes=(1, 2, 3), lengths=(1, 2, 5), scales=(0, 1, 10, 30, 100, 1000)):
    """Weights and an input (T, 1, D) of any cell, initialisation, gain and scale on the pages."""
    cell = str(rng.choice(["rnn", "lstm", "gru"]))
    inits = ["pytorch", "gaussian", "xavier", "orthogonal", "identity"]
    spec = lv.ModelSpec(
        cell=cell,
        input_size=int(rng.choice([1, 4])),
        hidden_size=int(rng.choice(sizes)),
        init=str(rng.choice(inits if cell == "rnn" else [*inits, "chrono"])),
        activation=str(rng.choice(["tanh", "relu", "sigmoid", "linear"])),
        gain=float(rng.choice([0, 0.5, 1, 2, 4])),
        forget_bias=float(rng.choice([-6, 0, 1, 5])),
        seed=int(rng.integers(10**6)),
    )
    T, scale = int(rng.choice(lengths)), float(rng.choice(scales))
    x = scale * lv.white_noise(T, spec.input_size, seed=int(rng.integers(10**6)))
    return spec, lv.init_weights(spec), x
