"""Theory lines on the figures, and what is said of them."""

import dataclasses

import numpy as np
import pytest

import lstm_viz as lv
from lstm_viz.analysis.length_sweep import band
from lstm_viz.analysis.overlays import KEYS, curve_by_length, curve_over_time, references
from lstm_viz.figures.by_length import gradient_by_length
from lstm_viz.figures.gradient_flow import gradient_flow
from lstm_viz.figures.overlays import DASHES, widened
from lstm_viz.say.theory import THEORIES, theory_name, theory_notes
from tests.figures.looks import assert_colours_are_explicit, texts

H, T = 12, 40


@pytest.fixture(scope="module")
def results():
    x = lv.white_noise(T, 3)
    return [
        lv.survival(lv.init_weights(lv.ModelSpec(cell, 3, H)), x, lv.unit_probe(H))
        for cell in ("rnn", "lstm")
    ]


def lines_of(results, keys=KEYS, init="pytorch"):
    return [
        line
        for result in results
        for line in references(result.weights, result.trace, curve_over_time(result), init, keys)
    ]


@pytest.fixture(scope="module")
def lines(results):
    return lines_of(results)


def added(figure, plain):
    before = {trace.name for trace in plain.data if trace.name}
    return [trace for trace in figure.data if trace.name not in before]


def test_without_theory_the_figure_is_as_it_was(results):
    assert gradient_flow(results).to_json() == gradient_flow(results, references=[]).to_json()


def test_lines_run_from_the_loss_back(results, lines):
    drawn = added(gradient_flow(results, references=lines), gradient_flow(results))
    named = {trace.name: trace for trace in drawn if trace.name}
    assert len(named) == len(lines)
    for line in lines:
        trace = named[theory_name(line.key, line.cell)]
        if line.log10 is not None:
            np.testing.assert_array_equal(trace.x, np.arange(T, -1, -1))
            np.testing.assert_allclose(trace.y, line.start + line.log10, rtol=1e-6, atol=1e-6)
            own = next(result for result in results if result.cell == line.cell)
            assert trace.y[0] == pytest.approx(own.log10_norm[-1], abs=1e-6)
        for k, mark in enumerate(line.marks):
            assert trace.x[k] == pytest.approx(T - mark.steps, rel=1e-6)
            assert trace.y[k] == pytest.approx(line.start + mark.log10, rel=1e-6)


@pytest.mark.parametrize("followed", ["hc", "xx"])
def test_on_the_length_figure_they_run_from_its_start(results, followed):
    x, bands, drawn = lv.white_noise(T, 3), [], []
    for result, of in zip(results, followed, strict=True):
        own = band(result.cell, [lv.length_sweep(result.weights, x, of=of)])
        bands.append(own)
        curve = curve_by_length(own)
        args = result.weights, result.trace, curve, "pytorch", KEYS
        drawn += references(*args, from_loss=False)
    figure = gradient_by_length(bands, references=drawn)
    for line in drawn:
        (trace,) = [t for t in figure.data if t.name == theory_name(line.key, line.cell)]
        if line.log10 is not None:
            own = bands[line.cell == "lstm"]
            first = 0 if own.of == "h" else 1
            np.testing.assert_array_equal(trace.x, np.arange(first, T + 1))
            start = own.median[0] if first else 0.0
            assert trace.y[0] == pytest.approx(start, abs=1e-6)
    moving = figure.frames[0].traces
    assert all("markers" == figure.data[k].mode for k in moving)


def test_bands_hold_what_they_say_and_no_gap(results, lines):
    figure = gradient_flow(results, references=lines)
    fills = [t for t in figure.data if t.fill]
    banded = [line for line in lines if line.low is not None]
    assert len(fills) == len(banded) == 2
    for fill, line in zip(fills, banded, strict=True):
        holds = np.isfinite(line.low)
        expected = np.concatenate([line.high[holds], line.low[holds][::-1]]) + line.start
        np.testing.assert_allclose(fill.y, expected, rtol=1e-6, atol=1e-6)


def test_lines_widen_the_axis_but_never_take_most_of_it(results, lines):
    limits = gradient_flow(results).layout.yaxis.range
    low, high = widened(limits, lines)
    assert low <= limits[0] and limits[1] <= high
    assert high - low <= 2.2 * (limits[1] - limits[0]) + 1e-9
    steep = [dataclasses.replace(lines[0], log10=10.0 * np.arange(T + 1))]
    assert widened(limits, steep)[1] == pytest.approx(limits[1] + 0.6 * (limits[1] - limits[0]))
    assert widened(limits, []) == limits


@pytest.mark.parametrize("ground", ["light", "dark"])
def test_colours_are_explicit_and_lines_of_one_network_differ_by_dash(results, lines, ground):
    figure = gradient_flow(results, ground, references=lines)
    assert_colours_are_explicit(figure, ground)
    for result in results:
        dashes = [DASHES[line.key] for line in lines if line.log10 is not None
                  and line.cell == result.cell]  # fmt: skip
        assert len(set(dashes)) == len(dashes)


def test_legends_list_measured_curves_first(results, lines):
    figure = gradient_flow(results, references=lines)
    ranks = {t.name: t.legendrank or 1000 for t in figure.data if t.name}
    theory = {theory_name(line.key, line.cell) for line in lines}
    assert all((rank > 1000) == (name in theory) for name, rank in ranks.items())


@pytest.mark.parametrize(
    ("problem", "word"),
    [
        *(("unmixed", "does not mix"), ("zero", "exactly 0"), ("not finite", "finite numbers")),
        *(("no rate", "no single rate"), ("kept", "does not decay"), ("no start", "at the loss")),
        ("too short", "single point"),
    ],
)
def test_what_is_not_drawn_is_said_and_not_drawn(results, lines, problem, word):
    chi = next(line for line in lines if line.key == "chi")
    none = dataclasses.replace(chi, log10=None, low=None, high=None, problem=problem)
    figure = gradient_flow(results, references=[none])
    assert len(figure.data) == len(gradient_flow(results).data)
    (text,) = theory_notes([none], {"rnn": results[0].rate}, H)
    assert "not drawn" in text and word in text and THEORIES["chi"].source in text


def test_precisions_are_named_at_their_marks(results, lines):
    figure = gradient_flow(results, references=lines)
    marks = [t for t in figure.data if t.mode == "markers+text" and len(t.x) > 1]
    for trace in marks:
        assert {text for text in trace.text if text} <= {"float16", "float32", "float64"}
        hollow = [symbol.endswith("open") for symbol in trace.marker.symbol]
        assert hollow == [not text for text in trace.text]
    assert "underflow" in texts(figure)


def test_drawing_changes_nothing(results, lines):
    before = [None if line.log10 is None else line.log10.copy() for line in lines]
    gradient_flow(results, references=lines)
    for line, kept in zip(lines, before, strict=True):
        assert (line.log10 is None and kept is None) or np.array_equal(line.log10, kept)


def test_names_of_marks_stand_off_the_falling_curve(results, lines):
    def sides(figure):
        return {trace.textposition for trace in figure.data if trace.mode == "markers+text"}

    assert sides(gradient_flow(results, references=lines)) == {"top left"}
    weights = [result.weights for result in results]
    x = lv.white_noise(T, 3)
    bands = [
        band(result.cell, [lv.length_sweep(net, x)], "h")
        for result, net in zip(results, weights, strict=True)
    ]
    assert sides(gradient_by_length(bands, references=lines)) == {"top right"}
