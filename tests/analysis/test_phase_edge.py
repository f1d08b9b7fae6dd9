"""The edge by theory against THEORY's numbers and measurement, and a net's place beside it."""

import math
from dataclasses import replace

import numpy as np
import pytest

import lstm_viz as lv
from lstm_viz.analysis.phase import drive_variance
from lstm_viz.analysis.phase_edge import crossings


@pytest.mark.parametrize("s2, g2", [(0.01, 1.424205), (0.1, 1.986073), (1, 3.443211)])
def test_the_rnns_line_is_the_critical_line(s2, g2):
    spec = lv.ModelSpec("rnn", 4, 400, init="gaussian", seed=1)
    (gain,) = lv.edge_by_theory(spec, [s2])
    assert gain == pytest.approx(math.sqrt(g2), rel=0.01)  # U's own g is 1 ± 1/√2N
    (pytorch,) = lv.edge_by_theory(replace(spec, init="pytorch"), [s2])
    assert pytorch == pytest.approx(math.sqrt(3 * g2), rel=0.01)


@pytest.mark.parametrize("activation, g2", [("relu", 2), ("linear", 1)])
def test_relu_and_linear_nets_have_a_vertical_line(activation, g2):
    spec = lv.ModelSpec("rnn", 4, 100, init="orthogonal", activation=activation)
    np.testing.assert_allclose(lv.edge_by_theory(spec, [0.1, 7.0]), math.sqrt(g2))


@pytest.mark.parametrize("bias", [-2.0, 1.0, 4.0])
def test_a_gated_net_at_rest_has_f_plus_iog_of_1(bias):
    """Without biases of their own all units are alike: f + g/4 = 1, as i = o = ½ at rest."""
    spec = lv.ModelSpec("lstm", 4, 60, init="orthogonal")
    f = 1 / (1 + math.exp(-bias))
    assert lv.edge_by_theory(spec, [bias])[0] == pytest.approx(4 * (1 - f))
    gru = lv.edge_by_theory(replace(spec, cell="gru"), [bias])[0]
    assert gru == pytest.approx(2)  # z + (1 − z) · ½ · g, whatever z is


def test_the_gru_and_the_lstm_are_on_the_edge_where_theory_has_it():
    """Many units, little input: the measured factor changes sides within 10% of the line."""
    x = 1e-3 * lv.white_noise(150, 4)
    for cell in ("lstm", "gru"):
        spec = lv.ModelSpec(cell, 4, 128, init="gaussian")
        edge = lv.edge_by_theory(spec, [0.0])[0]
        found = lv.phase_diagram(spec, x, [0.9 * edge, 1.1 * edge], forget_bias=[0.0])
        assert found.log10_factor[0, 0] < 0 < found.log10_factor[0, 1]


def test_the_rnn_is_on_the_edge_where_theory_has_it():
    spec, x = lv.ModelSpec("rnn", 16, 128, init="gaussian"), lv.white_noise(150, 16)
    edge = lv.edge_by_theory(spec, [0.1])[0]
    found = lv.phase_diagram(spec, x, [0.85 * edge, 1.15 * edge], s2=[0.1])
    assert found.log10_factor[0, 0] < 0 < found.log10_factor[0, 1]


def test_crossings_are_interpolated_and_zeros_count():
    gain = np.array([1.0, 2.0, 3.0, 4.0, 5.0])
    assert crossings(gain, np.array([-1.0, 1.0, 3.0, -1.0, np.nan])) == [1.5, 3.75]
    assert crossings(gain, np.array([-np.inf, 1.0, 0.0, 1.0, 2.0])) == [3.0]
    assert crossings(gain, -np.ones(5)) == []


@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
def test_a_nets_place_is_that_of_its_own_run_and_its_edge_has_factor_1(cell):
    spec = lv.ModelSpec(cell, 3, 40, gain=0.77, forget_bias=-0.3, seed=2, init="gaussian")
    x = 0.5 * lv.white_noise(60, 3)
    w = lv.init_weights(spec)
    grads = lv.backward(w, lv.forward(w, x), lv.last_step(60, lv.unit_probe(40)))
    of = "c" if cell == "lstm" else "h"
    rate = lv.fit_rate(lv.log10_norms(grads)[of][::-1, 0])
    place = lv.phase_place(spec, x, np.linspace(0.2, 4, 39))
    assert place.of == of and place.straight == (not rate.problem)
    assert place.log10_factor == pytest.approx(rate.log10_factor, abs=1e-11)
    assert place.y == (drive_variance(w, x) if cell == "rnn" else -0.3)
    at_edge = lv.phase_place(replace(spec, gain=place.edge), x, [place.edge])
    assert abs(at_edge.log10_factor) < 0.01 < abs(place.log10_factor)
    assert math.isnan(lv.phase_place(spec, x, [0.1, 0.2]).edge)


def test_an_input_too_large_to_measure_has_no_place():
    spec = lv.ModelSpec("rnn", 3, 5)
    place = lv.phase_place(spec, np.full((9, 1, 3), 1e300), [0.1, 2.0])
    assert math.isinf(place.y) and math.isnan(place.log10_factor)
