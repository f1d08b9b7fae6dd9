"""One gradient everywhere: what is said of a net on one way is what the other ways find.

The truth beside them is the product of the steps' Jacobians, taken by complex steps through the
forward pass alone.
"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lstm_viz as lv
from lstm_viz.sweeps.measures import SurvivalMeasure

CARRIES = {"rnn": "h", "lstm": "c", "gru": "h"}
STEP = 1e-30


@st.composite
def nets(draw):
    """(spec, x) of a small net."""
    spec = lv.ModelSpec(
        draw(st.sampled_from(list(CARRIES))), 2, draw(st.integers(1, 5)),
        init=draw(st.sampled_from(["pytorch", "gaussian", "orthogonal", "identity"])),
        gain=draw(st.sampled_from([0.0, 0.05, 0.7, 1.6])),
        forget_bias=draw(st.sampled_from([-3.0, 0.0, 1.0, 5.0])), seed=draw(st.integers(0, 99)),
    )  # fmt: skip
    return spec, lv.white_noise(draw(st.integers(4, 12)), 2, seed=spec.seed)


def by_complex_steps(weights, x, v, of):
    """log10 ‖∂⟨v, h_T⟩/∂(h_0 or c_0)‖, an entry at a time and without a backward pass."""
    H = len(v)
    change = 1j * STEP * np.eye(H)[:, None]
    states = [{f"{of}0": change[k]} for k in range(H)]
    ends = [lv.forward(weights, x, **state).h[-1, 0] for state in states]
    with np.errstate(divide="ignore"):
        return np.log10(np.linalg.norm([(v @ end).imag / STEP for end in ends]))


@given(nets())
def test_every_way_finds_the_same_gradient(net):
    spec, x = net
    w, v, of = lv.init_weights(spec), lv.unit_probe(spec.hidden_size), CARRIES[spec.cell]
    result = lv.survival(w, x, v)
    assert result.of == of
    left = result.log10_left
    assert left == pytest.approx(by_complex_steps(w, x, v, of), rel=1e-8, abs=1e-12)
    sweep = lv.length_sweep(w, x, of=of)
    assert sweep.log10_norm[-1] == pytest.approx(left, rel=1e-9, abs=1e-12)
    row = lv.gradient_map(w, x, of=of)[-1]
    np.testing.assert_allclose(row, result.log10_norm[1:], rtol=1e-9, atol=1e-12)
    measured = SurvivalMeasure(lv.SequenceSpec(length=len(x), seed=spec.seed))(spec)
    assert measured["of"] == of and measured["log10_left"] == left


@given(nets())
def test_a_phase_diagram_finds_the_rate_of_the_same_curve(net):
    spec, x = net
    y = {"forget_bias": [spec.forget_bias]}
    if spec.cell == "rnn":
        y = {"s2": [lv.phase_place(spec, x, [spec.gain]).y]}
    found = lv.phase_diagram(spec, x, [spec.gain], **y)
    rate = lv.survival(lv.init_weights(spec), x, lv.unit_probe(spec.hidden_size)).rate
    assert found.of == CARRIES[spec.cell]
    if rate.problem == "zero":
        assert found.log10_factor[0, 0] == -np.inf and not found.straight[0, 0]
    else:
        assert found.log10_factor[0, 0] == pytest.approx(rate.log10_factor, abs=1e-9)
        assert found.straight[0, 0] == (rate.problem == "")


@pytest.mark.parametrize("cell", ["rnn", "gru"])
def test_a_net_without_a_cell_state_refuses_it_by_name(cell):
    w, x = lv.init_weights(lv.ModelSpec(cell, 2, 3)), lv.white_noise(5, 2)
    for ask in (lv.gradient_map, lv.length_sweep):
        with pytest.raises(lv.SpecError, match=f"of must be one of h, x for {cell}; got 'c'"):
            ask(w, x, of="c")
