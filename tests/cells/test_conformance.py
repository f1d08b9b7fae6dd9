"""What any architecture must do whose record has `step`, whoever wrote it: by its record alone.

A new one is a line in `CASES`, and is held against its own equations, complex steps, itself in
another order, and a probe of 2⁻¹²⁰⁰.
"""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lstm_viz as lv
from lstm_viz.cells import cell_of
from lstm_viz.cells.architecture import ROLES, varied
from lstm_viz.cells.jacobians import transition
from lstm_viz.logscale import Scaled
from lstm_viz.registry import CELLS
from tests.compare import assert_close, complex_step
from tests.fast_weights import FAST
from tests.linear_recurrence import LINEAR
from tests.minimal_gated import MGU
from tests.normalised import NORMALISED

TOYS = (MGU, LINEAR, NORMALISED, FAST)
PHI = ("tanh", "relu", "sigmoid", "linear")
CASES = [(CELLS["rnn"], phi) for phi in PHI]
CASES += [(record, "tanh") for record in CELLS.values() if record.step and record.name != "rnn"]
CASES += [(record, "tanh") for record in (*TOYS, varied(NORMALISED, "no_output_gate"))]
any_cell = pytest.mark.parametrize(
    ("record", "phi"), CASES, ids=[" ".join([r.name, r.variant, phi]) for r, phi in CASES]
)


@pytest.fixture(autouse=True, scope="module")
def registered():
    """The toys are found as all others are."""
    CELLS.update({record.name: record for record in TOYS})
    yield
    for record in TOYS:
        del CELLS[record.name]


class Case:
    """A net with all its arrays drawn, an input, initial states, and what enters from a loss."""

    def __init__(self, record, phi="tanh", T=6, B=2, D=3, H=4, seed=0, dtype="float64"):
        self.record, self.rng = record, np.random.default_rng(seed)
        own = {"activation": phi, "variant": record.variant}
        spec = lv.ModelSpec(record.name, D, H, "gaussian", seed=seed, dtype=dtype, **own)
        w = lv.init_weights(spec)
        drawn = {n: self.normal(a.shape) / np.sqrt(a.shape[-1]) for n, a in w.arrays().items()}
        self.weights = replace(w, **{n: a.astype(dtype) for n, a in drawn.items()})
        self.x = self.normal((T, B, D))
        shapes = record.shapes(self.weights) if record.shapes else {}
        shapes = {name: shapes.get(name, (H,)) for name in record.starts}
        self.start = {f"{name}0": self.normal((B, *shapes[name])) for name in record.starts}
        for memory in record.starts[1:]:  # what normalises is above 0
            self.start[f"{memory}0"] = 0.5 + np.abs(self.start[f"{memory}0"])
        self.sizes = record.sizes(self.weights)
        self.direct = {f"d{n}": self.normal((T, B, N)) for n, N in self.sizes.items()}

    def normal(self, shape):
        return self.rng.normal(size=shape)

    def forward(self, weights=None, x=None, **start):
        given = (self.weights if weights is None else weights, self.x if x is None else x)
        return self.record.forward(*given, **self.start | start)

    def backward(self, **direct):
        return self.record.backward(self.weights, self.forward(), **self.direct | direct)

    def loss(self, **changed):
        trace = self.forward(**changed)
        states = {f"d{name}": getattr(trace, name)[1:] for name in self.sizes}
        return sum((d * states[name].reshape(d.shape)).sum() for name, d in self.direct.items())

    def one_by_one(self, steps=None):
        """Each state of `forward` from the plain equations, (T+1, B, H)."""
        rows = [tuple(self.start.values())]
        for x_t in self.x[:steps]:
            rows.append(self.record.step(self.weights, x_t, *rows[-1]))
        return dict(zip(self.record.states, map(np.array, zip(*rows, strict=True)), strict=True))


@any_cell
def test_the_record_tells_what_the_classes_have(record, phi):
    case = Case(record, phi)
    trace, grads, (T, B, D) = case.forward(), case.backward(), case.x.shape
    assert isinstance(case.weights, record.weights) and isinstance(trace, record.trace)
    assert isinstance(grads, record.gradients) and isinstance(grads.weights, record.weights)
    assert case.weights.cell == record.name and cell_of(case.weights) is record
    assert (case.weights.input_size, case.weights.hidden_size) == (D, 4)
    assert {gate.role for gate in record.gates} <= set(ROLES)
    for name in record.gate_names:
        assert getattr(trace, name).shape == getattr(grads, f"a_{name}").shape == (T, B, 4)
        lowest = -1 if name in record.with_role("candidate") else 0
        assert (getattr(trace, name) >= lowest).all() and (getattr(trace, name) <= 1).all()
    for name, size in case.sizes.items():
        assert getattr(trace, name).shape == (T + 1, *case.start[f"{name}0"].shape)
        assert getattr(grads, name).shape == (T + 1, B, size)
    assert record.states[0] == "h" and record.carries in record.states
    assert np.array_equal(trace.output, trace.h[1:]) and trace.failure is None
    norms, gates = lv.log10_norms(grads), {f"a_{name}" for name in record.gate_names} or {"a"}
    assert set(norms) == {"x", *record.states, *gates, *case.weights.arrays()}
    for name in grads.scaled:
        with np.errstate(divide="ignore"):  # a state that no step reads again has exactly 0
            found = np.log10(np.linalg.norm(grads.scaled[name].value, axis=-1))
        assert norms[name] == pytest.approx(found)
    zero = record.forward(case.weights, case.x, **{key: 0 * v for key, v in case.start.items()})
    assert np.array_equal(record.forward(case.weights, case.x).h, zero.h)
    spec = lv.ModelSpec(record.name, 2, 3, activation=phi, variant=record.variant)
    assert lv.count_parameters(spec) >= sum(a.size for a in lv.init_weights(spec).arrays().values())
    assert record.cost(spec, 10).operations > record.cost(spec, 5).operations > 0


@any_cell
@given(T=st.integers(1, 7), B=st.integers(1, 3), D=st.integers(1, 3), H=st.integers(1, 4),
       seed=st.integers(0, 10**6))  # fmt: skip
def test_forward_is_its_equations_step_by_step(record, phi, T, B, D, H, seed):
    case = Case(record, phi, T, B, D, H, seed)
    trace = case.forward()
    for name, expected in case.one_by_one().items():
        assert_close(getattr(trace, name), expected, 1e-13, name)


@any_cell
@pytest.mark.parametrize("sizes", [(1, 1, 1, 1), (1, 2, 3, 4), (5, 2, 3, 4), (7, 3, 1, 2)])
def test_backward_is_the_complex_step_of_every_input(record, phi, sizes):
    case = Case(record, phi, *sizes, seed=1)
    grads, w = case.backward(), case.weights
    found = complex_step(lambda moved: case.loss(x=moved), case.x)
    assert_close(grads.x, found, 1e-12, "x")
    for name, value in case.start.items():
        found = complex_step(lambda moved, name=name: case.loss(**{name: moved}), value)
        assert_close(getattr(grads, name[:-1])[0], found.reshape(len(found), -1), 1e-12, name)
    for name, value in w.arrays().items():
        change = lambda moved, name=name: case.loss(weights=replace(w, **{name: moved}))  # noqa: E731
        assert_close(getattr(grads.weights, name), complex_step(change, value), 1e-12, name)


@any_cell
def test_each_steps_share_of_the_weights_is_that_of_its_own_use_of_them(record, phi):
    case = Case(record, phi, T=4)
    grads = case.backward()
    for name, value in case.weights.arrays().items():
        for t in range(4):
            found = complex_step(lambda moved, at=(case, t, name): moved_at(*at, moved), value)
            norm = np.log10(np.linalg.norm(found))
            assert grads.log10_step[name][t] == pytest.approx(norm, abs=1e-9), (name, t)


def moved_at(case, t, name, moved):
    """The loss of a run whose step t + 1 alone has the moved weights."""
    others, states, loss = replace(case.weights, **{name: moved}), tuple(case.start.values()), 0.0
    for s, x_t in enumerate(case.x):
        states = case.record.step(others if s == t else case.weights, x_t, *states)
        for direct, own in zip(case.direct.values(), states, strict=True):
            loss += (direct[s] * own.reshape(direct[s].shape)).sum()
    return loss


@any_cell
def test_a_shorter_sequence_is_a_prefix(record, phi):
    case = Case(record, phi, T=9)
    whole, part = case.forward(), case.forward(x=case.x[:4])
    for name in record.states:
        assert_close(getattr(part, name), getattr(whole, name)[:5], 1e-13, name)


@any_cell
def test_sequences_of_a_batch_are_each_alone(record, phi):
    case, alone = Case(record, phi, B=3), []
    grads, whole = case.backward(), (case.x, case.start, case.direct)
    for b in (0, 1, 2):
        case.x = whole[0][:, b : b + 1]
        case.start = {key: value[b : b + 1] for key, value in whole[1].items()}
        case.direct = {key: value[:, b : b + 1] for key, value in whole[2].items()}
        alone.append(case.backward())
    for name in grads.scaled:
        found = np.concatenate([own.scaled[name].value for own in alone], axis=1)
        assert_close(grads.scaled[name].value, found, 1e-12, name)
    for name in case.weights.arrays():
        total = sum(getattr(own.weights, name) for own in alone)
        assert_close(getattr(grads.weights, name), total, 1e-12, name)


@any_cell
@pytest.mark.parametrize("power", [-40, 1, 40])
def test_a_probe_twice_as_large_has_gradients_twice_as_large(record, phi, power):
    case = Case(record, phi)
    once = case.backward()
    more = case.backward(**{key: value * 2.0**power for key, value in case.direct.items()})
    for name in once.scaled:
        assert np.array_equal(more.scaled[name].value, once.scaled[name].value * 2.0**power), name


@any_cell
def test_no_gradient_is_too_small(record, phi):
    """A probe of 2⁻¹²⁰⁰, which no float is, has the gradients of 1, times that."""
    case = Case(record, phi)
    once = case.backward()
    tiny = {k: Scaled(v, np.full(v.shape[:-1], -1200)) for k, v in case.direct.items()}
    small = case.backward(**tiny)
    for name in once.scaled:
        norms = small.scaled[name].log10_norm() + 1200 * np.log10(2)
        assert norms == pytest.approx(once.scaled[name].log10_norm(), abs=1e-11), name


@any_cell
def test_its_jacobians_are_those_of_the_complex_step(record, phi):
    case = Case(record, phi, T=3, B=1)
    trace = case.forward()
    for t, J in enumerate(transition(case.weights, trace, 0, 3).matrices()):
        shapes = [getattr(trace, name)[t].shape for name in record.states]
        before = np.concatenate([getattr(trace, name)[t].ravel() for name in record.states])
        columns = []
        for k in range(len(before)):
            moved = before.astype(complex)
            moved[k] += 1e-30j
            states = np.split(moved, np.cumsum(list(case.sizes.values()))[:-1])
            states = [own.reshape(shape) for own, shape in zip(states, shapes, strict=True)]
            after = record.step(case.weights, case.x[t], *states)
            columns.append(np.concatenate([own.ravel() for own in after]).imag / 1e-30)
        assert_close(J, np.array(columns).T, 1e-12, f"J_{t + 1}")


@any_cell
def test_padding_is_as_if_it_were_not_there(record, phi):
    if not record.padding:
        return
    case = Case(record, phi, T=7, B=2)
    lengths = np.array([7, 3])
    direct = {key: value.copy() for key, value in case.direct.items()}
    for value in direct.values():
        value[3:, 1] = 0
    trace = record.forward(case.weights, case.x, **case.start, lengths=lengths)
    grads = record.backward(case.weights, trace, **direct)
    alone = record.forward(
        case.weights, case.x[:3, 1:], **{key: value[1:] for key, value in case.start.items()}
    )
    own = record.backward(
        case.weights, alone, **{key: value[:3, 1:] for key, value in direct.items()}
    )
    assert_close(grads.x[:3, 1], own.x[:, 0], 1e-12, "x")
    assert not grads.x[3:, 1].any() and not trace.output[3:, 1].any()


@any_cell
def test_float32_stays_float32(record, phi):
    grads = Case(record, phi, dtype="float32").backward()
    found = [grads.h, grads.x, *grads.weights.arrays().values()]
    assert {array.dtype for array in found} == {np.dtype("f4")}
    assert lv.log10_norms(grads)["h"].dtype == np.float64


@any_cell
def test_what_is_given_stays_as_it_is(record, phi):
    case = Case(record, phi, T=70)
    trace = case.forward()
    given = [case.x, trace.h, *case.start.values(), *case.direct.values()]
    given += case.weights.arrays().values()
    before = [array.copy() for array in given]
    record.backward(case.weights, trace, **case.direct)
    case.forward()
    assert all(np.array_equal(a, b) for a, b in zip(before, given, strict=True))


@any_cell
@pytest.mark.parametrize("init", ["pytorch", "gaussian", "orthogonal", "chrono"])
def test_a_forget_bias_makes_it_keep_more(record, phi, init):
    """The bias of what keeps goes up, or that of what writes instead of it goes down."""
    if not record.is_gated:
        return
    own = {"forget_bias": 0.0, "t_max": 100, "variant": record.variant}
    spec = lv.ModelSpec(record.name, 3, 50, init, **own)
    more = spec if init == "chrono" else replace(spec, forget_bias=2.0)
    (gate, sign), names = record.keeper, record.gate_names
    rows = [np.split(record.init_weights(s).b, len(names)) for s in (spec, more)]
    low, high = (own[names.index(gate)] * sign for own in rows)
    if init == "chrono":
        assert (low >= 0).all() and low.max() < np.log(100)
    else:
        assert high - low == pytest.approx(2.0)
