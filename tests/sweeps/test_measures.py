"""What a sweep measures: the library's own functions called one by one, and a closed form."""

import math

import numpy as np
import pytest

import lstm_viz as lv
from lstm_viz.sweeps.measures import MEASURES, LengthSweepMeasure, SurvivalMeasure, sequence_for

NETS = [
    lv.ModelSpec(cell="rnn", input_size=3, hidden_size=5, seed=2),
    lv.ModelSpec(cell="lstm", input_size=2, hidden_size=7, forget_bias=-1.0),
    lv.ModelSpec(cell="lstm", hidden_size=4, dtype="float32"),
]


@pytest.mark.parametrize("spec", NETS, ids=repr)
@pytest.mark.parametrize("sequence", [lv.SequenceSpec(length=30, seed=3), lv.SequenceSpec("sine")])
def test_survival(spec, sequence):
    found = SurvivalMeasure(sequence, probe_seed=4)(spec)
    weights = lv.init_weights(spec)
    x = sequence_for(sequence, spec.input_size)
    assert x.shape == (sequence.length, 1, spec.input_size)
    wanted = lv.survival(weights, x, lv.unit_probe(spec.hidden_size, 4))
    assert found == {
        "T": sequence.length,
        "of": wanted.of,
        "log10_left": wanted.log10_left,
        "log10_factor": wanted.rate.log10_factor,
        "half_life": wanted.rate.half_life,
        "problem": wanted.rate.problem,
    }


@pytest.mark.parametrize("rho", [0.5, 1.5])
def test_survival_of_a_linear_orthogonal_net(rho):
    spec = lv.ModelSpec(cell="rnn", activation="linear", init="orthogonal", gain=rho)
    frame = lv.sweep([spec], SurvivalMeasure(lv.SequenceSpec("impulse", length=700)))
    assert frame["log10_left"][0] == pytest.approx(700 * math.log10(rho), rel=1e-12)
    assert frame["half_life"][0] == (pytest.approx(1, rel=1e-12) if rho < 1 else math.inf)


@pytest.mark.parametrize("quantity", ["c", "x"])
def test_survival_of_another_quantity(quantity):
    spec, sequence = NETS[1], lv.SequenceSpec(length=12)
    weights, x = lv.init_weights(spec), sequence_for(sequence, spec.input_size)
    direct = lv.last_step(12, lv.unit_probe(spec.hidden_size))
    norm = lv.log10_norms(lv.backward(weights, lv.forward(weights, x), direct))[quantity][:, 0]
    found = SurvivalMeasure(sequence, quantity)(spec)
    whole = norm[-1] if quantity == "x" else 0
    assert found["log10_left"] == pytest.approx(norm[0] - whole, abs=1e-12)
    assert found["T"] == 12 and found["of"] == quantity


@pytest.mark.parametrize("spec", [lv.ModelSpec(cell="bilstm"), lv.ModelSpec(layers=2)])
def test_every_architecture_has_the_gradient_at_its_input(spec):
    with pytest.raises(lv.SpecError, match="of must be one of x, .*; got 'h'"):
        SurvivalMeasure(quantity="h")(spec)
    found = SurvivalMeasure()(spec)
    assert math.isfinite(found["log10_left"]) and found["of"] == "x"
    assert found == SurvivalMeasure(quantity="x")(spec)


@pytest.mark.parametrize("spec", NETS, ids=repr)
def test_length_sweep(spec):
    sequence = lv.SequenceSpec(length=20, seed=1)
    weights, x = lv.init_weights(spec), sequence_for(sequence, spec.input_size)
    for lengths in (None, (20, 3, 7)):
        wanted = lv.length_sweep(weights, x, lengths, lv.unit_probe(spec.hidden_size, 5))
        rows = LengthSweepMeasure(sequence, lengths, probe_seed=5)(spec)
        assert [row["length"] for row in rows] == wanted.lengths.tolist()
        for name in "hxc" if spec.cell == "lstm" else "hx":
            found = [row[f"log10_norm_{name}"] for row in rows]
            np.testing.assert_array_equal(found, getattr(wanted, name))
    assert ("log10_norm_c" in rows[0]) == (spec.cell == "lstm")


@pytest.mark.parametrize("spec", [lv.ModelSpec(cell="bilstm"), lv.ModelSpec(layers=2)], ids=repr)
def test_length_sweep_where_there_is_no_single_state(spec):
    sequence = lv.SequenceSpec(length=9, seed=1)
    weights, x = lv.init_weights(spec), sequence_for(sequence, spec.input_size)
    v = lv.unit_probe(weights.output_size, 5)
    rows = LengthSweepMeasure(sequence, (9, 2), probe_seed=5)(spec)
    for row, T in zip(rows, (9, 2), strict=True):
        gradients = lv.backward(weights, lv.forward(weights, x[:T]), lv.last_step(T, v))
        norm = lv.log10_norms(gradients)["x"][0, 0]
        assert row == {"length": T, "log10_norm_x": pytest.approx(norm, rel=1e-12)}


def test_a_table_of_both_cells_is_empty_where_a_cell_has_no_c():
    frame = lv.sweep([NETS[0], NETS[1]], LengthSweepMeasure(lv.SequenceSpec(length=4)))
    assert frame["length"].tolist() == [1, 2, 3, 4] * 2
    assert frame["log10_norm_c"].isna().tolist() == [True] * 4 + [False] * 4


def test_a_net_that_blows_up_has_a_row():
    spec = lv.ModelSpec(cell="rnn", activation="relu", gain=100.0)
    row = SurvivalMeasure(lv.SequenceSpec(length=400))(spec)
    assert math.isnan(row["log10_left"]) and row["problem"] == "not finite"


def test_a_text_brings_its_own_size():
    text = lv.SequenceSpec("text", text="abacus")
    assert SurvivalMeasure(text)(lv.ModelSpec(input_size=5))["T"] == 6
    with pytest.raises(lv.SweepError, match=r"SurvivalMeasure failed on .*input_size=4.*ShapeErr"):
        lv.sweep([lv.ModelSpec(input_size=4)], SurvivalMeasure(text))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"lengths": ()}, "lengths must have at least one number; got none"),
        ({"lengths": 3}, r"lengths must be a list of whole numbers, such as \[50\]; got 3"),
        ({"lengths": [1, 2.5]}, "lengths must be whole numbers from 1 to 50; got 2.5"),
        ({"lengths": [51]}, "lengths must be whole numbers from 1 to 50; got 51"),
        ({"probe_seed": -1}, "probe_seed must be"),
    ],
)
def test_options_are_checked_at_once(options, message):
    with pytest.raises(lv.SpecError, match=message):
        LengthSweepMeasure(**options)


@pytest.mark.parametrize("name", MEASURES)
def test_a_name_is_the_measure_as_it_is_by_default(name):
    by_name, by_value = (lv.sweep(NETS[:2], m) for m in (name, MEASURES[name]()))
    assert by_name.equals(by_value)
