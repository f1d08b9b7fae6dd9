"""Jacobian figures and tables carry the results' own numbers, and the sentence says them."""

import math

import numpy as np
import pytest

from lstm_viz import words
from lstm_viz.figures.jacobian import eigenvalue_plane, exponents, shown_ranks, stretch_by_distance
from lstm_viz.say.jacobian import exponents_table, jacobian_sentence
from tests.figures.looks import assert_colours_are_explicit, texts
from tests.nets import make_weights
from tests.spectra_found import dead, drawn, found_of, resting


def test_all_values_of_a_small_net_are_drawn():
    values, cell, spectra, _exponents = drawn("lstm")
    between, largest, smallest = stretch_by_distance(values, cell, spectra).data
    np.testing.assert_array_equal(largest.y, values.log10[:, 0].astype(np.float32))
    np.testing.assert_array_equal(smallest.y, values.log10[:, -1].astype(np.float32))
    inner = between.y.reshape(8, -1)[:, :-1]
    np.testing.assert_array_equal(inner, values.log10[:, 1:-1].T.astype(np.float32))
    assert "8" in between.name and list(largest.x) == values.distances.tolist()


@pytest.mark.parametrize(("size", "count"), [(1, 1), (2, 2), (64, 64), (65, 24), (256, 24)])
def test_of_many_values_some_are_drawn_from_the_largest_to_the_smallest(size, count):
    ranks = shown_ranks(size)
    assert len(ranks) == count and ranks[0] == 0 and ranks[-1] == size - 1
    gaps = np.diff(ranks).tolist() or [1]
    assert min(gaps) >= 1 and max(gaps) - min(gaps) <= 1


def test_the_eigenvalues_rate_stands_beside_a_plain_rnn_alone():
    values, cell, spectra, _exponents = drawn("tanh")
    rate = stretch_by_distance(values, cell, spectra).data[-1]
    expected = values.distances * math.log10(spectra[0].radius)
    np.testing.assert_allclose(rate.y, expected, rtol=1e-6)
    values, cell, spectra, _exponents = drawn("lstm")
    assert "radius" not in texts(stretch_by_distance(values, cell, spectra))


def test_lost_directions_are_crosses():
    for cell in ("rnn", "lstm"):
        values, _cell, spectra, spectrum = dead(cell)
        crosses = stretch_by_distance(values, cell, spectra).data[-1]
        assert crosses.marker.symbol == "x" and list(crosses.x) == list(range(1, 21))
        assert "directions that are lost: 4" in texts(exponents(spectrum, cell))


def test_eigenvalues_stand_in_a_plane_with_equal_axes_and_the_unit_circle():
    _values, _cell, spectra, _exponents = drawn("lstm", scale=2.0)
    figure = eigenvalue_plane(spectra)
    circle, *blocks = figure.data
    np.testing.assert_allclose(np.hypot(circle.x, circle.y), 1, rtol=1e-6)
    for trace, spectrum in zip(blocks, spectra, strict=True):
        values = spectrum.eigenvalues.astype(np.complex64)
        np.testing.assert_array_equal(trace.x + 1j * trace.y, values)
        assert spectrum.name in trace.name
    assert len({trace.marker.symbol for trace in blocks}) == 4
    assert figure.layout.yaxis.scaleanchor == "x"
    reach = max(s.radius for s in spectra)
    assert figure.layout.xaxis.range == figure.layout.yaxis.range
    assert figure.layout.xaxis.range[1] > max(1, reach)


def test_exponents_are_drawn_by_rank():
    *_rest, spectrum = drawn("tanh")
    trace = exponents(spectrum, "rnn").data[0]
    np.testing.assert_array_equal(trace.y, spectrum.exponents.astype(np.float32))
    assert list(trace.x) == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("ground", ["light", "dark"])
@pytest.mark.parametrize("kind", ["tanh", "lstm", "gru"])
def test_colours_are_explicit(kind, ground):
    values, cell, spectra, spectrum = drawn(kind)
    for figure in (
        stretch_by_distance(values, cell, spectra, ground),
        eigenvalue_plane(spectra, ground),
        exponents(spectrum, cell, ground),
    ):
        assert_colours_are_explicit(figure, ground)


def test_what_is_not_determined_is_said():
    """U = v vᵀ, of rank 1 but for the last bits of its entries."""
    v = np.array([0.3, 0.7, 0.1])
    values, cell, spectra, spectrum = resting(np.outer(v, v), T=4)
    text = jacobian_sentence(values, cell, spectra, spectrum)
    assert words.power(4 * math.log10(0.59)) in text
    assert "2 of the 3 singular values are lost in round-off" in text
    assert "4 steps: 2 of 3" in texts(stretch_by_distance(values, cell, spectra))
    assert "not determined: 2" in texts(exponents(spectrum, cell))
    said = exponents_table(spectrum)["nats per step"]
    first = math.log(0.59**3.5 * 0.3) / 4  # (v vᵀ)⁴ takes the first direction to 0.59³ v₁ v
    assert said[0] == words.cell(first) and said[1] == said[3] == words.NONE
    assert said[-1] == "0"


def test_a_net_that_blew_up_says_so_and_draws_no_numbers():
    rng = np.random.default_rng(2)
    w = make_weights("relu", 3, 16, rng, scale=8.0)
    result = values, cell, spectra, spectrum = found_of(w, np.ones((700, 1, 3)))
    assert f"step {values.failure.step}" in jacobian_sentence(*result)
    figure = stretch_by_distance(values, cell, spectra)
    assert np.isnan(figure.data[1].y).all()
    assert exponents_table(spectrum)["nats per step"][0] == words.NONE
