"""The gradient against the sequence length: bands, medians, fits, and what the scrubber shows."""

import re
from dataclasses import replace

import numpy as np
import pytest

import lstm_viz as lv
from lstm_viz import words
from lstm_viz.analysis.length_sweep import Band, band
from lstm_viz.analysis.rates import fit_rate
from lstm_viz.figures.by_length import gradient_by_length
from lstm_viz.figures.theme import colour
from lstm_viz.quantities import label
from tests.figures.looks import assert_colours_are_explicit, symbol, texts
from tests.nets import linear_net, make_weights, scaled_orthogonal


def swept(kind, T, seeds=3):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(T, 1, 3))
    nets = [make_weights(kind, 3, 5, np.random.default_rng(seed)) for seed in range(seeds)]
    return band("lstm" if kind == "lstm" else "rnn", [lv.length_sweep(w, x) for w in nets], "h")


@pytest.fixture(scope="module")
def bands():
    return [swept("tanh", 40), swept("lstm", 40)]


def made(cell, norms):
    norms = np.atleast_2d(np.asarray(norms, float))
    lengths = np.arange(1, norms.shape[1] + 1)
    return Band(cell, lengths, norms, fit_rate(np.median(norms, axis=0)), of="h")


def medians(figure):
    return [t for t in figure.data if t.customdata is not None and symbol(t) != "x"]


def fits(figure):
    return [t for t in figure.data if t.mode == "lines" and t.line.dash == "dot"]


def fills(figure):
    return [t for t in figure.data if t.fill]


def points(figure):
    """What the slider moves."""
    return [figure.data[k] for k in figure.frames[0].traces]


def test_curves_are_the_medians_in_float32(bands):
    for trace, own in zip(medians(gradient_by_length(bands)), bands, strict=True):
        middle = np.sort(own.log10_norm, axis=0)[1]
        np.testing.assert_array_equal(trace.x, np.arange(1, 41))
        np.testing.assert_array_equal(trace.y, middle.astype(np.float32))
        assert trace.y.dtype == np.float32
        assert list(trace.customdata) == [words.power(value) for value in middle]
        assert "3" in trace.name  # seeds


def test_bands_run_from_the_least_to_the_largest_seed(bands):
    for trace, own in zip(fills(gradient_by_length(bands)), bands, strict=True):
        high, low = trace.y[:40], trace.y[40:][::-1]
        np.testing.assert_array_equal(high, own.log10_norm.max(axis=0).astype(np.float32))
        np.testing.assert_array_equal(low, own.log10_norm.min(axis=0).astype(np.float32))
        np.testing.assert_array_equal(trace.x[:40], trace.x[40:][::-1])


def test_one_range_holds_every_seed(bands):
    figure = gradient_by_length(bands)
    low, high = figure.layout.yaxis.range
    for own in bands:
        assert low < own.log10_norm.min() and own.log10_norm.max() < high
    assert figure.layout.xaxis.range[0] <= 1 and figure.layout.xaxis.range[1] >= 40


def test_the_fit_is_the_least_squares_line_and_says_its_factor():
    weights = linear_net(scaled_orthogonal(0.8, H=4))
    own = band("rnn", [lv.length_sweep(weights, np.zeros((50, 1, 1)))], "h")
    (line,) = fits(gradient_by_length([own]))
    np.testing.assert_allclose(line.y, np.log10(0.8) * np.array([1, 50]), rtol=1e-6)
    assert list(line.x) == [1, 50] and "0.8000" in line.name


def test_a_noisy_curves_fit_is_polyfits(bands):
    figure = gradient_by_length(bands)
    straight = [own for own in bands if not own.rate.problem]
    assert straight
    for line, own in zip(fits(figure), straight, strict=True):
        slope, offset = np.polyfit(own.lengths, own.median, 1)
        np.testing.assert_allclose(line.y, slope * np.array([1, 40]) + offset, rtol=1e-5)


def test_a_curve_without_one_rate_has_no_fitted_line():
    bent = made("rnn", np.concatenate([-np.arange(30.0), np.full(60, -30.0)]))
    assert bent.rate.problem == "bent"
    assert not fits(gradient_by_length([bent]))


def test_frames_carry_the_values_at_their_length(bands):
    figure = gradient_by_length(bands)
    assert [frame.name for frame in figure.frames] == [str(T) for T in range(1, 41)]
    for frame in figure.frames:
        for point, own in zip(frame.data, bands, strict=True):
            assert list(point.x) == [int(frame.name)]
            assert point.y[0] == pytest.approx(own.median[int(frame.name) - 1], rel=1e-6)


def test_frames_move_the_points_of_their_own_network(bands):
    figure = gradient_by_length(bands)
    for frame in figure.frames[::10]:
        moved = [figure.data[k] for k in frame.traces]
        assert [m.mode for m in moved] == ["markers", "markers"]
        assert [m.marker.color for m in moved] == [colour("rnn"), colour("lstm")]


def test_the_slider_calls_its_frames_and_reads_out_their_values(bands):
    figure = gradient_by_length(bands)
    (slider,) = figure.layout.sliders
    assert len(slider.steps) == len(figure.frames) and slider.active == 39
    for step, frame in zip(slider.steps, figure.frames, strict=True):
        assert step.method == "animate" and list(step.args[0]) == [frame.name]
        assert step.value == frame.name
        for own in bands:
            value = words.power(own.median[int(frame.name) - 1])
            assert f"{label(own.cell)} {value}" in step.label
    for point, own in zip(points(figure), bands, strict=True):
        assert list(point.x) == [40] and point.y[0] == pytest.approx(own.median[-1])


def test_a_long_sequence_is_scrubbed_in_few_positions_from_first_to_last():
    figure = gradient_by_length([made("rnn", -0.3 * np.arange(1000))])
    lengths = [int(frame.name) for frame in figure.frames]
    assert len(lengths) <= 200 and lengths[0] == 1 and lengths[-1] == 1000
    assert len(set(np.diff(lengths).tolist())) <= 2  # evenly spread
    for frame in figure.frames:
        assert frame.data[0].y[0] == pytest.approx(-0.3 * (int(frame.name) - 1))


def test_an_undefined_gradient_is_a_gap_without_a_number():
    norms = np.tile(0.3 * np.arange(40.0), (3, 1))
    norms[:, 25:] = np.nan
    figure = gradient_by_length([made("rnn", norms), made("lstm", -0.1 * np.arange(40.0))])
    curve = medians(figure)[0]
    assert np.isnan(curve.y[25:]).all() and np.isfinite(curve.y[:25]).all()
    assert not [text for text in curve.customdata[25:] if any(c.isdigit() for c in text)]
    assert figure.frames[30].data[0].y[0] is None
    assert figure.frames[30].data[1].y[0] == pytest.approx(-3.0)
    assert np.isfinite(figure.layout.yaxis.range).all()
    assert not re.search(r"[\[:,]NaN", figure.to_json())


def test_exact_zeros_are_crosses_on_the_floor():
    y = -np.arange(40.0)
    y[20:] = -np.inf
    figure = gradient_by_length([made("rnn", y), made("lstm", -0.1 * np.arange(40.0))])
    assert np.isnan(medians(figure)[0].y[20:]).all()
    crosses = [t for t in figure.data if symbol(t) == "x"]
    assert len(crosses) == 1, "a gradient of exactly zero is not drawn at all"
    np.testing.assert_array_equal(crosses[0].x, np.arange(21, 41))
    np.testing.assert_allclose(crosses[0].y, figure.layout.yaxis.range[0], rtol=1e-6)
    assert crosses[0].marker.color == colour("rnn")


def test_one_length_alone_is_a_visible_point():
    figure = gradient_by_length([made("rnn", [-1.5]), made("lstm", [-0.5])])
    assert [list(p.y) for p in points(figure)] == [[-1.5], [-0.5]]
    assert len(figure.frames) == 1


@pytest.mark.parametrize(
    ("followed", "names"),
    [("hc", ["h<sub>0</sub>", "c<sub>0</sub>"]), ("xx", ["x<sub>1</sub>"])],
)
def test_the_axis_names_what_is_followed(bands, followed, names):
    own = [replace(one, of=of) for one, of in zip(bands, followed, strict=True)]
    title = gradient_by_length(own).layout.yaxis.title.text
    assert re.findall(r"∂(\w<sub>\d</sub>)", title) == names


def test_underflow_is_marked():
    figure = gradient_by_length([made("rnn", -1.0 * np.arange(100))])
    assert [s.y0 for s in figure.layout.shapes] == pytest.approx([-37.93], abs=0.01)
    assert "float64" in texts(figure)


@pytest.mark.parametrize("ground", ["light", "dark"])
def test_colours_are_explicit(bands, ground):
    figure = gradient_by_length(bands, ground)
    assert_colours_are_explicit(figure, ground)
    assert [t.line.color for t in medians(figure)] == [colour(c, ground) for c in ("rnn", "lstm")]
    (slider,) = figure.layout.sliders
    assert slider.bgcolor and slider.activebgcolor and slider.currentvalue.font.color


@pytest.mark.parametrize("cells", [("rnn", "lstm"), ("rnn", "lstm", "gru", "bilstm", "attention")])
def test_a_line_of_the_reading_fits_a_phone(cells):
    figure = gradient_by_length([made(cell, -9.0 * np.arange(90)) for cell in cells])
    for step in figure.layout.sliders[0].steps:
        for line in step.label.split("<br>"):
            assert len(line.replace("self-attention", "attention")) <= 36, line
