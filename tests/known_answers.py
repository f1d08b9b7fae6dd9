"""What theory knows of nets at large H, written plainly: the engine is held against it."""

import math
from decimal import Decimal, localcontext
from fractions import Fraction

import numpy as np


def resting_spectrum(g, p):
    """λ(p) = ln g + ½ ln(1−p): the Lyapunov exponents of a linear net, or of one at rest (g < 1).

    p : share of the exponents that are larger, 0 … 1. The exponents are ln |eigenvalue| of U, and
    |eigenvalue|² is uniform on [0, g²]: Ginibre (1965); Newman (1986) for a fresh U at each step.
    """
    return math.log(g) + 0.5 * np.log1p(-np.asarray(p))


def power_norm(k, g):
    """g^k √((k+1)^(k+1) / k^k): the largest singular value of U^k for many units.

    Alexeev, Götze & Tikhomirov (2010): the Fuss–Catalan law of powers of random matrices.
    """
    return g**k * math.sqrt(Fraction((k + 1) ** (k + 1), k**k))


def log_rest_growth(steps, f, iog):
    """ln E‖∂L/∂c_{T−k}‖²/‖∂L/∂c_T‖² of a gated net at h = c = 0, for k = 0 … steps.

        S_k = Σ_j C(k,j)² f^(2(k−j)) (i·o·g)^(2j)

    f : the gate that keeps, at rest; iog : i·o, of a GRU (1−z)·r, at rest times g of U's candidate

    A consequence of ∂c_t/∂c_{t−1} = f + i·o·U_g and E tr(Uʲ(Uᵐ)ᵀ)/H = g²ʲ for j = m, otherwise 0.
    """
    a, b = Fraction(f) ** 2, Fraction(iog) ** 2
    sums = (
        sum(math.comb(k, j) ** 2 * a ** (k - j) * b**j for j in range(k + 1))
        for k in range(steps + 1)
    )
    return np.array([math.log(own.numerator) - math.log(own.denominator) for own in sums])


def chrono_carry(T, t_max):
    """E[∂c_T/∂c_0] = E[(u/(1+u))^T] of U = 0 and no input, u uniform on [1, T_max − 1].

    ∫ (1 − 1/y)^T dy over y = 2 … t_max, by the binomial theorem in 200 digits. The initialisation
    is that of Tallec & Ollivier (2018).
    """
    with localcontext() as context:
        context.prec = 200
        total = Decimal(0)
        for j in range(T + 1):
            low, high = Decimal(2), Decimal(t_max)
            power = (high / low).ln() if j == 1 else (high ** (1 - j) - low ** (1 - j)) / (1 - j)
            total += (-1) ** j * math.comb(T, j) * power
        return float(total / (t_max - 2))
