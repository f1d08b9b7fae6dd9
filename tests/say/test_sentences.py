"""What is said at any setting: well formed, and each number in it computed here once more.

The engine's forward and backward pass are the second way; `LSTM_VIZ_LONG=1` draws eighty times as
many settings.
"""

import math
import os
from dataclasses import replace

import numpy as np
import pytest

import lstm_viz as lv
from lstm_viz import words
from lstm_viz.analysis import overlays as theory
from lstm_viz.analysis.architectures import input_gradient, reach
from lstm_viz.analysis.cost import cost_curve
from lstm_viz.analysis.gates import gate_views
from lstm_viz.analysis.gradient_map import map_reach, measure_map
from lstm_viz.analysis.gru_step import gru_step
from lstm_viz.analysis.jacobian import recurrent_spectra, singular_values
from lstm_viz.analysis.length_sweep import band, length_sweep
from lstm_viz.analysis.lyapunov import lyapunov
from lstm_viz.analysis.one_step import lstm_step, rnn_step
from lstm_viz.analysis.phase import phase_diagram
from lstm_viz.analysis.phase_edge import edge_by_theory, phase_place
from lstm_viz.errors import LstmVizError
from lstm_viz.figures import phase
from lstm_viz.quantities import label
from lstm_viz.say.architectures import reach_sentence, reach_table
from lstm_viz.say.cost import cost_sentence, cost_table, overtaking_sentence
from lstm_viz.say.gates import gates_sentence
from lstm_viz.say.jacobian import exponents_table, jacobian_sentence, spectra_table
from lstm_viz.say.lengths import length_sentence
from lstm_viz.say.maps import map_sentence, pair_sentence
from lstm_viz.say.paths import paths_sentence
from lstm_viz.say.phase import phase_sentence
from lstm_viz.say.rates import rate_table
from lstm_viz.say.step import step_sentence
from lstm_viz.say.survival import one_survival_sentence, pinned_sentence, survival_sentence
from lstm_viz.say.theory import mark_sentence, theory_notes
from tests.sentences import assert_names, assert_well_said, drawn

LONG = bool(os.environ.get("LSTM_VIZ_LONG"))
RECURRENT = ("rnn", "lstm", "gru")
ALL = (*RECURRENT, "bilstm", "attention")


def cases(n):
    """Generators, each of one draw; many more where the long run is asked for."""
    return pytest.mark.parametrize("seed", range(n * 80 if LONG else n))


def run(spec, x):
    """Weights, trace, gradients of ⟨v, h_T⟩ and log10 norms of one sequence."""
    w = lv.init_weights(spec)
    trace, v = lv.forward(w, x), lv.unit_probe(w.output_size, spec.seed)
    grads = lv.backward(w, trace, lv.last_step(len(x), v))
    return w, trace, grads, {k: n[:, 0] for k, n in lv.log10_norms(grads).items() if n.ndim == 2}


def survivals(rng):
    spec, x = drawn(rng, "rnn")
    other = replace(drawn(rng, "lstm")[0], hidden_size=spec.hidden_size, seed=spec.seed)
    return [
        (lv.survival(lv.init_weights(s), x, lv.unit_probe(s.hidden_size, s.seed)), run(s, x)[3], s)
        for s in (spec, other)
    ], x


def cells_of(table):
    return [cell for name, column in table.items() if name for cell in column]


def part_of(text, name):
    """The sentence that begins with a network's name."""
    return next(s for s in text.split("The ") if s.startswith(name))


@cases(30)
def test_survival(seed):
    found, _x = survivals(np.random.default_rng(seed))
    results = [result for result, _norms, _spec in found]
    text = survival_sentence(results)
    assert_well_said(text)
    left = {}
    for result, norms, _spec in found:
        said, own = one_survival_sentence(result), norms[{"rnn": "h", "lstm": "c"}[result.cell]]
        assert said in text
        if np.isfinite(own).all():
            left[result.cell] = own[0] - norms["h"][-1]
            assert_names(said, None, log10=left[result.cell])
            if "halves every" in said or "doubles every" in said:
                span = abs(math.log10(2) / np.polyfit(np.arange(len(own)), own, 1)[0])
                assert words.steps(span) in said or "every step" in said
        elif np.isneginf(own).any() and not np.isnan(own).any():
            assert_names(said, int(np.flatnonzero(np.isneginf(own))[-1]))
    if "keeps" in text.rpartition("Of the error")[2] and len(left) == 2 and "Of the error" in text:
        assert_names(
            text.rpartition("Of the error")[2], None, log10=abs(left["rnn"] - left["lstm"])
        )
    table = rate_table([(r.cell, r.rate) for r in results])
    for cell in cells_of(table):
        assert_well_said(cell)
    other, _ = survivals(np.random.default_rng(seed + 10**6))
    said = pinned_sentence(results, [r for r, _n, _s in other], "gain 1 → 2")
    assert_well_said(said)


@cases(20)
def test_lengths(seed):
    rng = np.random.default_rng(seed)
    cell = str(rng.choice(RECURRENT))
    spec, x = drawn(rng, cell)
    of = str(rng.choice(["h", "x"] + ["c"] * (cell == "lstm")))
    specs = [replace(spec, seed=spec.seed + k) for k in range(int(rng.integers(1, 4)))]
    v = lv.unit_probe(spec.hidden_size)
    found = band(cell, [length_sweep(lv.init_weights(s), x, probe=v) for s in specs], of)
    text = length_sentence([found])
    assert_well_said(text)
    last = []
    for s in specs:
        w = lv.init_weights(s)
        g = lv.backward(w, lv.forward(w, x), lv.last_step(len(x), v))
        last.append(lv.log10_norms(g)[of][0, 0])
    last = np.median(last)
    if np.isfinite(found.median).all() and (of != "x" or len(x) == 1):
        assert_names(text, None, log10=last)
    for said in cells_of(rate_table([("", found.rate), (cell, found.rate)])):
        assert_well_said(said)


@cases(15)
def test_notes_of_theory(seed):
    found, _x = survivals(np.random.default_rng(seed))
    for result, norms, spec in found:
        curve = theory.curve_over_time(result)
        lines = theory.references(result.weights, result.trace, curve, spec.init, theory.KEYS)
        said = theory_notes(lines, {result.cell: result.rate}, spec.hidden_size)
        for line, text in zip(lines, said, strict=True):
            assert_well_said(text)
            if line.key == "bound" and not line.problem:
                slope = {"sigmoid": 0.25}.get(spec.activation, 1)
                assert_names(text, slope * np.linalg.norm(result.weights.U, 2))
            if line.key == "radius" and not line.problem:
                assert_names(text, abs(np.linalg.eigvals(result.weights.U)).max())
            own = norms[result.of]
            if "measured ×" in text and np.isfinite(own).all():
                assert_names(text, None, log10=np.polyfit(-np.arange(len(own)), own, 1)[0])
            for mark in line.marks:
                assert_well_said(mark_sentence(mark))


@cases(20)
def test_gates(seed):
    rng = np.random.default_rng(seed)
    cell = str(rng.choice(["lstm", "gru"]))
    spec, x = drawn(rng, cell)
    w, trace, _grads, _norms = run(spec, x)
    text = gates_sentence(gate_views(lv.survival(w, x, lv.unit_probe(spec.hidden_size))))
    assert_well_said(text)
    gate = {"lstm": "f", "gru": "z"}[cell]
    values = getattr(trace, gate)
    for number in (values.mean(), (values > 0.9).mean(), (values < 0.1).mean()):
        assert_names(text, float(number))


@cases(20)
def test_one_step(seed):
    rng = np.random.default_rng(seed)
    cell = str(rng.choice(RECURRENT))
    spec, x = drawn(rng, cell)
    w, trace, grads, _norms = run(spec, x)
    t, j = int(rng.integers(1, len(x) + 1)), int(rng.integers(spec.hidden_size))
    take = {"rnn": rnn_step, "lstm": lstm_step, "gru": gru_step}[cell]
    for direction in ("forward", "backward", "both"):
        text = step_sentence(take(w, trace, grads, t, j), direction)
        assert_well_said(text)
        shown = [trace.h] * (direction != "backward") + [grads.h] * (direction != "forward")
        for value in (float(array[t, 0, j]) for array in shown):
            if trace.failure is None and 1e-290 < abs(value) < 1e290:  # else floats may not hold it
                assert_names(text, value)


def names_one(text, value):
    assert_names(text, value)
    return True


@cases(15)
def test_paths(seed):
    rng = np.random.default_rng(seed)
    cell = str(rng.choice(["lstm", "gru"]))
    spec, x = drawn(rng, cell)
    w, trace, _grads, _norms = run(spec, x)
    dh = (lv.every_step if rng.integers(2) else lv.last_step)(len(x), lv.unit_probe(w.output_size))
    grads = lv.backward(w, trace, dh)
    split = lv.path_split(w, trace, grads)
    text = paths_sentence(split)
    assert_well_said(text)
    state, t = ("c", 1) if cell == "lstm" else ("h", 0)
    total, later = getattr(grads, state)[t, 0], getattr(grads, state)[min(t + 1, len(x)), 0]
    size = np.linalg.norm(total)
    if len(x) > t and 1e-140 < size < 1e140:
        gate = (trace.f if cell == "lstm" else trace.z)[t, 0]
        share = float(later * gate @ total) / size**2
        if "highway" in text or "carried over" in text:
            assert share == pytest.approx(0, abs=1e-12) or names_one(text, share)


@cases(15)
def test_maps(seed):
    rng = np.random.default_rng(seed)
    cell = str(rng.choice(ALL))
    spec, x = drawn(rng, cell, most_H=3, most_T=6)
    w, T = lv.init_weights(spec), len(x)
    v = lv.unit_probe(w.output_size, spec.seed)
    of = str(
        rng.choice({"rnn": ["h", "x"], "lstm": ["h", "c", "x"], "gru": ["h", "x"]}.get(cell, ["x"]))
    )
    found = measure_map(w, x, v, of)
    text = map_sentence(found, map_reach(found))
    assert_well_said(text)
    loss, step = int(rng.integers(1, T + 1)), int(rng.integers(1, T + 1))
    said = pair_sentence(found, loss, step)
    assert_well_said(said)
    if lv.forward(w, x).failure is None and (step <= loss or cell not in RECURRENT):
        norms = lv.log10_norms(lv.backward(w, lv.forward(w, x), lv.chosen_step(T, v, step=loss)))
        own = norms[of][step - (of == "x"), 0]
        if np.isfinite(own):
            assert_names(said.partition("(")[0], None, log10=own)
        else:
            assert "exactly 0" in said or "does not depend" in said


@cases(8)
def test_reaches(seed):
    rng = np.random.default_rng(seed)
    first, x = drawn(rng, "rnn", most_T=6)
    T, results = len(x), []
    loss = [None, T, int(rng.integers(1, T + 1))][int(rng.integers(3))]
    for cell in ALL:
        spec, _x = drawn(rng, cell)
        spec = replace(spec, seed=first.seed)
        runs = [
            input_gradient(
                lv.init_weights(replace(spec, seed=spec.seed + k)), x, loss, spec.seed + k
            )
            for k in range(2)
        ]
        results.append(reach(spec, lv.count_parameters(spec), loss, runs))
    settings = "recurrent gain 1"
    text = reach_sentence(results, settings)
    assert_well_said(text)
    for cell in cells_of(reach_table(results)):
        assert_well_said(cell)
    for result in results:
        norms = []
        for k in range(2):
            s = replace(result.spec, seed=result.spec.seed + k)
            w = lv.init_weights(s)
            v = lv.unit_probe(w.output_size, s.seed)
            dh = lv.every_step(T, v) if loss is None else lv.chosen_step(T, v, step=loss)
            norms.append(lv.log10_norms(lv.backward(w, lv.forward(w, x), dh))["x"][:, 0])
        median = np.median(norms, axis=0)
        left = float(median[0]) - float(median[(loss or T) - 1])
        cell = reach_table([result])[label(result.cell)][2]
        if np.isfinite(left):
            assert_names(cell.replace(" × ", "\xa0×\xa0"), None, log10=left)
            if f"{label(result.cell)} is left with" in text:
                assert words.share(left) in text or words.power(left) in text
        elif left == -math.inf:
            assert "nothing reaches the first input" in text


@cases(10)
def test_jacobians(seed):
    rng = np.random.default_rng(seed)
    cell = str(rng.choice(RECURRENT))
    spec, x = drawn(rng, cell, most_H=3, most_T=6)
    w = lv.init_weights(spec)
    values, spectrum, blocks = singular_values(w, x), lyapunov(w, x), recurrent_spectra(w)
    text = jacobian_sentence(values, cell, blocks, spectrum)
    assert_well_said(text)
    for table in (spectra_table(blocks), exponents_table(spectrum)):
        for said in cells_of(table):
            assert_well_said(said)
    if values.failure is None and cell != "lstm":
        trace = lv.forward(w, x)
        J = np.array(
            [
                lv.backward(w, trace, lv.last_step(len(x), e)).h[0, 0]
                for e in np.eye(spec.hidden_size)
            ]
        )
        largest = np.linalg.norm(J, 2)
        if 1e-140 < largest < 1e140:
            assert_names(text, largest)


@cases(5)
def test_phase_diagrams(seed):
    rng = np.random.default_rng(seed)
    cell = str(rng.choice(RECURRENT))
    spec, x = drawn(rng, cell, most_H=3)
    axis = {"s2": [0.5, 2.0]} if cell == "rnn" else {"forget_bias": [0.0, 2.0]}
    try:
        diagram = phase_diagram(replace(spec, gain=1.0), x, [0.5, 1.0, 2.0], **axis)
        place = phase_place(spec, x, [0.5, 1.0, 2.0], lv.unit_probe(spec.hidden_size, spec.seed))
    except LstmVizError:  # this input gives no such s²
        return
    text = phase_sentence(diagram, place)
    assert_well_said(text)
    figure = phase.phase_figure(diagram, place, edge_by_theory(diagram.spec, diagram.y))
    for said in figure.data[figure.layout.meta["pick"]].customdata:
        assert_well_said(said)
    own = run(spec, x)[3]["c" if cell == "lstm" else "h"]
    if len(own) > 2 and np.isfinite(own).all():
        assert_names(text, None, log10=np.polyfit(-np.arange(len(own)), own, 1)[0])


@cases(10)
def test_costs(seed):
    rng = np.random.default_rng(seed)
    T = int(rng.integers(1, 2000))
    curves = [cost_curve(drawn(rng, cell, most_H=64)[0], np.unique([1, T])) for cell in ALL]
    text = cost_sentence(curves, T)
    for said in (text, overtaking_sentence(curves), *cells_of(cost_table(curves, T))):
        assert_well_said(said)
    H, D = curves[1].spec.hidden_size, 2
    assert words.count(T * 2 * 4 * H * (H + D)) in cost_table(curves, T)["LSTM"]
    work = [curve.costs[-1].operations for curve in curves]
    assert_names(text, max(work) / min(work))
