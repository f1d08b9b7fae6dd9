"""Singular values, spectra and exponents of small nets, as the page on Jacobians has them."""

import numpy as np

import lstm_viz as lv
from tests.nets import linear_net, make_weights


def found_of(w, x):
    return lv.singular_values(w, x), w.cell, lv.recurrent_spectra(w), lv.lyapunov(w, x)


def drawn(kind, T=30, H=5, seed=0, **options):
    rng = np.random.default_rng(seed)
    return found_of(make_weights(kind, 3, H, rng, **options), rng.normal(size=(T, 1, 3)))


def resting(U, T=40):
    return found_of(linear_net(np.asarray(U, float)), np.zeros((T, 1, 1)))


def dead(cell):
    spec = lv.ModelSpec(cell=cell, input_size=3, hidden_size=4, gain=0.0)
    return found_of(lv.init_weights(spec), lv.white_noise(20, 3))
