"""What comes in as an array: batch first or time first, of any layout, of these weights."""

import warnings

import numpy as np
import pytest

import lstm_viz as lv
from tests.nets import make_case

T, B, D, H = 7, 3, 2, 4
KINDS = ("rnn", "lstm", "gru", "bilstm", "attention", "two lstm", "two bilstm")


def net(kind, **options):
    layers, cell = (2, kind[4:]) if kind.startswith("two") else (1, kind)
    sizes = {"input_size": D, "hidden_size": H, "layers": layers}
    return lv.init_weights(lv.ModelSpec(cell=cell, **sizes, **options))


def sequences(B=B, T=T):
    return np.random.default_rng(B).normal(size=(T, B, D))


@pytest.mark.parametrize("kind", KINDS)
def test_batch_first_is_the_same_net_on_the_same_sequences(kind):
    weights, x = net(kind), sequences()
    dh = np.random.default_rng(1).normal(size=(T, B, weights.output_size))
    expected = lv.backward(weights, lv.forward(weights, x), dh)
    trace = lv.forward(weights, x.swapaxes(0, 1), batch_first=True)
    found = lv.backward(weights, trace, dh.swapaxes(0, 1), batch_first=True)
    assert np.array_equal(found.x, expected.x)
    for name, norms in lv.log10_norms(expected).items():
        assert np.array_equal(lv.log10_norms(found)[name], norms), name


ONE_SEQUENCE = {
    "gradient_map": lv.gradient_map,
    "length_sweep": lambda w, x, **options: lv.length_sweep(w, x, **options).x,
    "singular_values": lambda w, x, **options: lv.singular_values(w, x, **options).log10,
    "lyapunov_spectrum": lv.lyapunov_spectrum,
    "phase_diagram": lambda _w, x, **options: (
        lv.phase_diagram(
            lv.ModelSpec(input_size=D, hidden_size=H), x, [0.5, 2], forget_bias=[1.0], **options
        ).log10_factor
    ),
}


@pytest.mark.parametrize("name", ONE_SEQUENCE)
def test_one_sequence_batch_first(name):
    weights, x, measure = net("lstm"), sequences(B=1), ONE_SEQUENCE[name]
    expected = measure(weights, x)
    assert np.array_equal(measure(weights, x[:, 0][None], batch_first=True), expected, True)
    with pytest.raises(lv.ShapeError, match="one sequence of 7 steps it is read with batch_first"):
        measure(weights, x[:, 0][None])
    with pytest.raises(lv.ShapeError, match=r"x must hold one sequence, shape \(1, T, D\)"):
        measure(weights, x, batch_first=True)


def test_more_sequences_than_steps_look_batch_first():
    weights, x = net("lstm"), sequences(B=9)
    with pytest.warns(lv.BatchFirstWarning, match="7 steps of 9 sequences") as caught:
        lv.forward(weights, x)
    assert caught[0].filename == __file__
    with pytest.warns(lv.BatchFirstWarning, match="1 sequence of 9 steps, say batch_first=True"):
        lv.forward(weights, x[:1])


@pytest.mark.parametrize(
    ("steps", "options"),
    [
        (7, {"batch_first": False}),
        (7, {"h0": np.zeros((9, H))}),  # says how many sequences there are
        (1, {"c0": np.zeros((9, H))}),
        (9, {}),
        (10, {}),
    ],
)
def test_no_warning_where_the_axes_are_known(steps, options):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        lv.forward(net("lstm"), sequences(B=9, T=steps), **options)


@pytest.mark.parametrize("kind", KINDS)
def test_the_library_never_warns_of_its_own_batches(kind):
    weights, x = net(kind), sequences(B=1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        lv.gradient_map(weights, x)
        lv.length_sweep(weights, x)


def test_a_batch_first_gradient_is_told_what_it_lacks():
    weights, x = net("lstm"), sequences()
    dh = np.ones((B, T, H))
    with pytest.raises(lv.ShapeError, match=r"dh must .*got \(3, 7, 4\): batch_first=True"):
        lv.backward(weights, lv.forward(weights, x), dh)


LAYOUTS = {
    "list": np.ndarray.tolist,
    "Fortran": np.asfortranarray,
    "reversed strides": lambda a: a[::-1].copy()[::-1],
    "every other": lambda a: np.repeat(a, 2, axis=-1)[..., ::2],
    "big-endian": lambda a: a.astype(">f8"),
    "memory map": lambda a: np.asarray(a).view(np.memmap),
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("kind", ["rnn", "lstm", "gru"])
def test_any_layout_gives_the_same_numbers_and_is_left_as_it_was(kind, layout):
    case, change = make_case("tanh" if kind == "rnn" else kind), LAYOUTS[layout]
    names = ("W", "U", "b") + (("b_q",) if kind == "gru" else ())
    given = {name: change(getattr(case.weights, name)) for name in names}
    weights = type(case.weights)(**given)
    x, h0, dh = (change(a) for a in (case.x, case.h0, case.dh))
    arrays = [a for a in (x, h0, dh, *given.values()) if isinstance(a, np.ndarray)]
    before = [a.copy() for a in arrays]
    for array in arrays:
        array.setflags(write=False)
    found = lv.backward(weights, lv.forward(weights, x, h0), dh)
    expected = lv.backward(case.weights, lv.forward(case.weights, case.x, case.h0), case.dh)
    np.testing.assert_allclose(found.x, expected.x, rtol=1e-13)
    assert found.x.dtype.isnative
    assert all(np.array_equal(a, b) for a, b in zip(arrays, before, strict=True))


@pytest.mark.parametrize("dtype", ["int8", "uint64", "float16", "float32"])
def test_narrower_numbers_are_the_same_numbers(dtype):
    weights, x = net("lstm"), sequences().round().astype(dtype)
    expected = lv.forward(weights, x.astype(float))
    assert np.array_equal(lv.forward(weights, x).h, expected.h)


@pytest.mark.parametrize("name", ["x", "dh", "probe"])
def test_what_would_lose_something_is_refused(name):
    weights, x = net("lstm"), sequences(B=1)
    calls = {
        "x": lambda a: lv.forward(weights, a),
        "dh": lambda a: lv.backward(weights, lv.forward(weights, x), a),
        "probe": lambda a: lv.gradient_map(weights, x, a),
    }
    right = {"x": x, "dh": np.ones((T, 1, H)), "probe": np.ones(H)}[name]
    calls[name](right)
    masked = np.ma.masked_less(right, -9)
    with pytest.raises(lv.DTypeError, match=f"^{name} must be a plain array, as a mask would"):
        calls[name](masked)
    if np.finfo(np.longdouble).nmant > 52:
        with pytest.raises(lv.DTypeError, match=f"^{name} must be float64 or narrower"):
            calls[name](right.astype(np.longdouble))
    if name != "x":  # a complex step through x is followed
        with pytest.raises(lv.DTypeError, match=f"^{name} must be real"):
            calls[name](right + 1j)
    right.flat[0] = np.inf
    with pytest.raises(lv.NonFiniteError, match=rf"^{name} must be finite; {name}\[0.*\] is inf"):
        calls[name](right)


def test_a_gradient_beyond_float32_keeps_its_size():
    case = make_case("lstm", dtype="float32")
    small, plain = (
        lv.log10_norms(lv.backward(case.weights, case.forward(), size * case.dh))
        for size in (1e-200, 1.0)
    )
    np.testing.assert_allclose(small["h"][:-1] + 200, plain["h"][:-1], atol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_a_trace_of_other_weights_is_refused(kind):
    weights, other, x = net(kind), net(kind, seed=1), sequences()
    trace, dh = lv.forward(weights, x), np.ones((T, B, weights.output_size))
    with pytest.raises(lv.ShapeError, match="^trace must be of these weights; they differ from"):
        lv.backward(other, trace, dh)
    lv.backward(net(kind), trace, dh)  # equal ones


@pytest.mark.parametrize("kind", ["bilstm", "two lstm", "two bilstm"])
def test_the_cell_state_of_layers_and_directions_has_gradients(kind):
    """Against a complex step through the loss Σ dc ∘ c of the top layer."""
    weights, x = net(kind), sequences()
    dc = np.random.default_rng(2).normal(size=(T, B, weights.output_size))

    def loss(x):
        trace = lv.forward(weights, x)
        top = trace.layers[-1] if kind.startswith("two") else trace
        if "bi" not in kind:
            return (dc * top.c[1:]).sum()
        late = top.backward.c[1:][::-1]
        return (dc * np.concatenate([top.forward.c[1:], late], axis=-1)).sum()

    grads = lv.backward(weights, lv.forward(weights, x), np.zeros_like(dc), dc)
    for place in [(0, 0, 0), (3, 1, 1), (T - 1, 2, 0)]:
        step = np.zeros(x.shape, complex)
        step[place] = 1e-30j
        assert grads.x[place] == pytest.approx(loss(x + step).imag / 1e-30, rel=1e-12)


@pytest.mark.parametrize("kind", ["attention", "rnn", "gru"])
def test_a_net_without_cell_state_says_so(kind):
    weights, x = net(kind), sequences()
    dh = np.ones((T, B, H))
    with pytest.raises(lv.ShapeError, match=f"^dc must be None: '{kind}' has no such state"):
        lv.backward(weights, lv.forward(weights, x), dh, dh)


def test_recurrent_spectra_of_layers_and_directions():
    weights = net("two bilstm")
    found = {own.name: own for own in lv.recurrent_spectra(weights)}
    assert list(found)[::5] == ["i_forward_1", "f_backward_1", "g_forward_2", "o_backward_2"]
    U = weights.layers[1].backward.U[3 * H :]
    assert found["o_backward_2"].norm == pytest.approx(np.linalg.svd(U)[1][0])
    with pytest.raises(lv.ShapeError, match="recurrent matrix U; 'attention' has none"):
        lv.recurrent_spectra(net("attention"))


@pytest.mark.parametrize(
    "call",
    [
        lambda: lv.init_weights(lv.ModelSpec(hidden_size=10**8)),
        lambda: lv.white_noise(10**13, 8),
        lambda: lv.last_step(10**13, np.ones(3)),
        lambda: lv.forward(net("lstm"), np.zeros((10**4, 1, D))),
        lambda: lv.forward(net("attention"), np.zeros((10**3, 1, D))),
        lambda: lv.gradient_map(net("lstm"), np.zeros((10**3, 1, D))),
    ],
)
def test_what_is_larger_than_the_memory_is_foretold(call, monkeypatch):
    monkeypatch.setattr("lstm_viz.arrays._memory", lambda: 2**20)
    with pytest.raises(lv.SpecError, match="would take .* GB; this machine has 0.0010 GB"):
        call()
