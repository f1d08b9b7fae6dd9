"""What must hold for self-attention of every form: drawn by Hypothesis."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

import lstm_viz as lv
from tests.attention_nets import Case, exchanged, make_case, named_arrays
from tests.compare import assert_close


@st.composite
def cases(draw, **fixed):
    heads, d = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    D, E = draw(st.integers(1, 4)), max(3, heads * d)
    options = {
        "causal": st.booleans(),
        "positions": st.sampled_from(("none", "sinusoidal")),
        "residual": st.booleans(),
        "norm": st.sampled_from(("none", "post", "pre")),
        "feed_forward": st.sampled_from((0, 3)),
        "layers": st.integers(1, 3),
    }
    chosen = {name: fixed.get(name, draw(strategy)) for name, strategy in options.items()}
    form = (D, E, heads if E % heads == 0 else 1, *chosen.values())
    T, B, seed = draw(st.integers(1, 7)), draw(st.integers(1, 3)), draw(st.integers(0, 10**6))
    return make_case(form, T, B, seed)


@given(cases())
def test_rows_of_attention_sum_to_one(case):
    for layer in case.forward().layers:
        assert (layer.weights >= 0).all()
        assert np.abs(layer.weights.sum(axis=-1) - 1).max() < 1e-14
        if layer.causal:
            assert (layer.weights[..., ~np.tri(len(case.x), dtype=bool)] == 0).all()


@given(cases(positions="none", causal=False))
def test_without_positions_a_permutation_of_steps_permutes_the_output(case):
    order = np.random.default_rng(0).permutation(len(case.x))
    moved = Case(case.weights, case.x[order], case.dh[order])
    assert_close(moved.forward().output, case.forward().output[order], 1e-9)
    assert_close(moved.backward().x, case.backward().x[order], 1e-7)


@given(cases(causal=True), st.integers(1, 7))
def test_a_causal_output_does_not_depend_on_later_steps(case, step):
    step = min(step, len(case.x))
    x = case.x.copy()
    x[step:] += 3.0
    moved = Case(case.weights, x, case.dh)
    assert_close(moved.forward().output[:step], case.forward().output[:step], 1e-12)
    dh = case.dh.copy()
    dh[step:] = 0
    grads = Case(case.weights, case.x, dh).backward()
    assert (lv.log10_norms(grads)["x"][step:] == -np.inf).all()


@given(cases(), st.sampled_from([-900, -40, -1, 1, 40, 900]))
def test_a_probe_doubled_doubles_every_gradient_bit_for_bit(case, power):
    once = case.backward()
    scaled = Case(case.weights, case.x, case.dh * 2.0**power).backward()
    for name, norms in lv.log10_norms(once).items():
        if name not in once.scaled:
            continue
        one, two = once.scaled[name], scaled.scaled[name]
        assert np.array_equal(one.value, np.ldexp(two.mantissa, two.exponent[..., None] - power))
        assert norms.shape == case.x.shape[:2]


@given(cases())
def test_batch_order_does_not_matter(case):
    order = np.random.default_rng(0).permutation(case.x.shape[1])
    grads = case.backward()
    moved = Case(case.weights, case.x[:, order], case.dh[:, order]).backward()
    for name in grads.scaled:
        assert_close(moved.scaled[name].value, grads.scaled[name].value[:, order], 1e-8, name)
    assert_close(moved.weights.layers[0].W_v, grads.weights.layers[0].W_v, 1e-8)


@given(cases())
def test_gradients_are_linear_in_the_probe(case):
    other = np.random.default_rng(1).normal(size=case.dh.shape)
    one, two, both = (
        Case(case.weights, case.x, dh).backward().x for dh in (case.dh, other, case.dh - 2 * other)
    )
    size = np.linalg.norm(one, axis=-1) + 2 * np.linalg.norm(two, axis=-1)
    assert (np.linalg.norm(both - one + 2 * two, axis=-1) <= 1e-10 * size + 1e-300).all()


@given(cases(), st.integers(-60, 60))
def test_any_scale_of_weights_gives_numbers(case, scale):
    """Norms are finite or −inf, never NaN, wherever the outputs themselves are finite."""
    weights = case.weights
    for name, array in named_arrays(weights).items():
        if name.startswith("W"):
            weights = exchanged(weights, name, array * 10.0**scale)
    trace = lv.forward(weights, case.x, batch_first=False)
    if trace.failure is None:
        for name, norms in lv.log10_norms(lv.backward(weights, trace, case.dh)).items():
            assert (np.isfinite(norms) | np.isneginf(norms)).all(), name
