"""Costs counted from the equations, along lengths and sizes, and where one overtakes another."""

from dataclasses import replace

import pytest

import lstm_viz as lv
from lstm_viz.analysis.cost import cost_curve, overtaking, size_curve

SPEC = lv.ModelSpec(cell="lstm", input_size=8, hidden_size=16, heads=2)


def spec(cell, **options):
    return replace(SPEC, cell=cell, **options)


@pytest.mark.parametrize(("cell", "gates"), [("rnn", 1), ("gru", 3), ("lstm", 4), ("bilstm", 8)])
@pytest.mark.parametrize("T", [1, 90])
def test_recurrent_nets_take_two_products_a_step(cell, gates, T):
    found = lv.cost(spec(cell), T)
    assert found.operations == T * 2 * gates * 16 * (8 + 16)
    assert (found.sequential_steps, found.path_length) == (T, T)


@pytest.mark.parametrize("T", [1, 10, 300])
def test_attention_takes_t_squared_and_waits_for_nothing(T):
    E = 8
    found = lv.cost(spec("attention", hidden_size=E), T)
    assert found.operations == 2 * T * 4 * E * E + 2 * 2 * T * T * E
    assert (found.sequential_steps, found.path_length) == (1, 1)


@pytest.mark.parametrize("H", [4, 16, 64])
@pytest.mark.parametrize("D", [4, 16, 64])
def test_the_overtaking_is_the_first_length_that_costs_more(H, D):
    one, other = (spec(c, hidden_size=H, input_size=D) for c in ("attention", "lstm"))
    T = overtaking(one, other)
    ahead = [lv.cost(one, t).operations > lv.cost(other, t).operations for t in range(1, 2 * T)]
    assert ahead.index(True) == T - 1
    assert overtaking(other, other) is None


def test_a_curve_is_the_costs_at_its_lengths():
    curve = cost_curve(spec("gru", layers=2), [1, 7, 20])
    assert curve.parameters == lv.count_parameters(spec("gru", layers=2))
    assert curve.values("sequential_steps").tolist() == [2, 8, 21]
    frame = curve.to_frame()
    assert frame.operations.tolist() == curve.values("operations").tolist()
    assert frame.length.tolist() == [1, 7, 20]


@pytest.mark.parametrize("H", [4, 12, 64])
@pytest.mark.parametrize("D", [2, 6, 12])
@pytest.mark.parametrize("causal", [False, True])
def test_at_equal_units_the_overtaking_depends_on_the_inputs_alone(H, D, causal):
    """8TH² + 4T²H + (2THD unless D = H) > 8TH(D + H) where T > 3/2 · D (2 · D)."""
    one, other = (
        spec(c, hidden_size=H, input_size=D, causal=causal) for c in ("attention", "lstm")
    )
    assert overtaking(one, other) == (2 * D if D == H else 3 * D // 2) + 1


def test_a_curve_along_sizes_counts_each_network():
    nets = [spec("gru", hidden_size=H) for H in (3, 5, 40)]
    curve = size_curve([2, 4, 30], nets, T=9)
    assert curve.values("parameters").tolist() == [lv.count_parameters(net) for net in nets]
    assert curve.values("operations").tolist() == [lv.cost(net, 9).operations for net in nets]
    frame = curve.to_frame()
    assert frame.units.tolist() == [2, 4, 30]
    assert frame.hidden_size.tolist() == [3, 5, 40]
    assert frame.parameters.tolist() == curve.values("parameters").tolist()
    assert set(frame.length) == {9} and set(frame.cell) == {"gru"}
