"""A new architecture is a file with a record, and a place among the records: a toy proves it.

The toy is a leaky average of its inputs, h_t = λ h_{t−1} + (1 − λ) V x_t. It offers what README
lists, and nothing in the library or on the pages knows of it.
"""

import ast
import re
from dataclasses import dataclass, replace

import numpy as np
import pytest

import lstm_viz as lv
from lstm_viz.cells import base, cell_of
from lstm_viz.cells.architecture import Architecture, Gate
from lstm_viz.cells.base import Cost
from lstm_viz.figures.theme import LOOKS, Look
from lstm_viz.logscale import Scaled
from lstm_viz.quantities import QUANTITIES, Quantity
from lstm_viz.registry import CELLS
from tests.fast_weights import FAST
from tests.linear_recurrence import LINEAR
from tests.minimal_gated import MGU
from tests.normalised import NORMALISED
from tests.sessions import ROOT, charts, opened, written, y_of

LEAK = 0.5
TOYS = (MGU, LINEAR, NORMALISED, FAST)


@dataclass(frozen=True, eq=False)
class LeakyWeights:
    """V (H, D)."""

    V: np.ndarray
    cell = "leaky"
    input_size = property(lambda self: self.V.shape[1])
    hidden_size = output_size = property(lambda self: self.V.shape[0])


@dataclass(frozen=True, eq=False)
class LeakyTrace:
    x: np.ndarray  # (T, B, D)
    output: np.ndarray  # (T, B, H)
    failure = None


@dataclass(frozen=True, eq=False)
class LeakyGradients:
    scaled: dict
    entering: Scaled
    weights: LeakyWeights
    log10_step: dict


def init_weights(spec, stream=()):
    rng = np.random.default_rng(spec.seed)
    return LeakyWeights(rng.normal(size=(spec.hidden_size, spec.input_size)))


def forward(weights, x):
    h, output = 0.0, []
    for x_t in x:
        h = LEAK * h + (1 - LEAK) * x_t @ weights.V.T
        output.append(h)
    return LeakyTrace(x, np.array(output))


def backward(weights, trace, dh):
    entering = base.check_direct("dh", dh, trace.output.shape, trace.output.dtype)
    total, dx, dV = 0.0, np.zeros(trace.x.shape), 0.0
    for t in reversed(range(len(trace.x))):
        total = total + entering.value[t]
        dx[t] = (1 - LEAK) * total @ weights.V
        dV = dV + (1 - LEAK) * total.T @ trace.x[t]
        total = LEAK * total
    scaled = {"x": Scaled(dx, np.zeros(dx.shape[:2], np.int64))}
    return LeakyGradients(scaled, entering, LeakyWeights(dV), {})


def count_parameters(spec):
    return spec.hidden_size * spec.input_size


def cost(spec, T):
    return Cost(2 * T * count_parameters(spec), T, T, kept=2 * T * spec.hidden_size)


LEAKY = Architecture(
    name="leaky",
    weights=LeakyWeights,
    trace=LeakyTrace,
    gradients=LeakyGradients,
    init_weights=init_weights,
    forward=forward,
    backward=backward,
    count_parameters=count_parameters,
    cost=cost,
)


@pytest.fixture
def leaky(monkeypatch):
    """Its record, and a name and a colour for the pages."""
    monkeypatch.setitem(CELLS, "leaky", LEAKY)
    monkeypatch.setitem(QUANTITIES, "leaky", Quantity("leaky average"))
    monkeypatch.setitem(LOOKS, "leaky", Look("#777777", "#AAAAAA"))


def test_it_is_specified_drawn_run_and_counted(leaky):
    spec = lv.ModelSpec(cell="leaky", input_size=3, hidden_size=4)
    w, x = lv.init_weights(spec), lv.white_noise(length=20, size=3, seed=0)
    trace = lv.forward(w, x)
    grads = lv.backward(w, trace, lv.last_step(20, lv.unit_probe(4)))
    norms = lv.log10_norms(grads)["x"][:, 0]
    assert np.diff(norms) == pytest.approx(-np.log10(LEAK))
    assert lv.count_parameters(spec) == 12
    assert lv.cost(spec, 7).operations == 168
    found = lv.survival(w, x, lv.unit_probe(4))
    assert repr(found).startswith("Survival(leaky, D = 3, H = 4, T = 20; ∂L/∂x_1: 1.9")  # LEAK**19
    assert set(found.to_frame()["hidden_size"]) == {4}
    with pytest.raises(lv.ShapeError, match="c0 must be None"):
        lv.forward(w, x, c0=np.zeros((1, 4)))


def test_it_appears_on_the_pages_that_compare_architectures(leaky):
    at = opened("architectures", T=20, H=8, reach_seeds=1)
    drawn = {t["name"]: y_of(t) for t in charts(at)[0][1]["data"] if t.get("name")}
    assert np.diff(drawn["leaky average"]) == pytest.approx(-np.log10(LEAK), abs=1e-5)
    assert at.table[0].value.loc["parameters", "leaky average"] == "64"
    assert len(charts(at)[1][1]["frames"][0]["data"]) == len(CELLS)
    at = opened("cost", H=8)
    assert at.table[0].value.loc["operations, forward", "leaky average"] == "6\u202f400"


def test_without_it_nobody_knows_it():
    with pytest.raises(lv.SpecError, match="cell must be one of rnn, lstm"):
        lv.ModelSpec(cell="leaky")


@pytest.fixture
def toys(monkeypatch):
    """Cells by the recipe, with a chain of states: nothing else in the project knows of them."""
    for record in TOYS:
        monkeypatch.setitem(CELLS, record.name, record)


@pytest.fixture
def mgu(toys):
    return MGU


SMALL = {"T": 8, "H": 3, "seeds": 2, "reach_seeds": 1, "grid": 4}
CHOSEN = {  # page → what chooses its network
    "gates": ["network"],
    "paths": ["gated"],
    "jacobian": ["chain"],
    "gradient_map": ["map_cell"],
    "phase_diagram": ["chain"],
    "one_step": ["beside"],
    "sequence_length": ["also"],
    "architectures": [],
    "cost": [],
}
SERVED = [(record, page) for record in TOYS for page in CHOSEN]
SERVED = [own for own in SERVED if own[0].is_gated or own[1] != "gates"]
SERVED = [own for own in SERVED if own[0].paths or own[1] != "paths"]


@pytest.mark.parametrize(("record", "page"), SERVED, ids=[f"{r.name}-{p}" for r, p in SERVED])
def test_a_cell_with_a_chain_appears_on_every_page_that_it_can_serve(toys, record, page):
    at = opened(page, **SMALL, **dict.fromkeys(CHOSEN[page], record.name))
    headings = [e.value for e in at.header]
    said = " ".join([written(at), *headings, *(str(header) for header, _ in charts(at))])
    assert record.name in said and not at.error


def lines_of_code(path):
    """How many lines are neither blank nor of a docstring."""
    text = path.read_text(encoding="utf-8")
    said = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(
            node
        ):
            said |= set(range(node.body[0].lineno, node.body[0].end_lineno + 1))
    return sum(bool(line.strip()) and k not in said for k, line in enumerate(text.split("\n"), 1))


def test_what_a_cell_consists_of_is_as_the_readme_counts_it():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    counted = re.findall(r"\| `(\w+\.py)` \|.*\| (\d+) \|", readme)
    assert len(counted) == len(TOYS)
    for name, lines in counted:
        assert lines_of_code(ROOT / "tests" / name) == int(lines), name


def test_its_forget_bias_makes_it_keep_the_gradient(mgu):
    specs = [lv.ModelSpec("mgu", 3, 8, forget_bias=bias) for bias in (-2.0, 0.0, 2.0, 4.0)]
    x = lv.white_noise(length=30, size=3, seed=0)
    left = [lv.survival(lv.init_weights(s), x, lv.unit_probe(8)).log10_left for s in specs]
    assert np.all(np.diff(left) > 0) and left[-1] > -1


def test_its_diagram_is_that_of_each_net_alone(mgu):
    spec, x = lv.ModelSpec("mgu", 2, 3), lv.white_noise(length=12, size=2, seed=0)
    gains, biases = [0.5, 1.5], [-1.0, 2.0]
    found = lv.phase_diagram(spec, x, gains, forget_bias=biases)
    for row, bias in enumerate(biases):
        for column, gain in enumerate(gains):
            own = replace(spec, gain=gain, forget_bias=bias)
            rate = lv.survival(lv.init_weights(own), x, lv.unit_probe(3)).rate
            assert found.log10_factor[row, column] == pytest.approx(rate.log10_factor, rel=1e-9)


def test_a_diagonal_recurrence_has_its_decays_as_exponents(toys):
    """J_t = diag(λ) at every step: what all of Jacobians, spectra and exponents are is known."""
    w, x = lv.init_weights(lv.ModelSpec("linear", 2, 5, gain=1.2)), lv.white_noise(length=9, size=2)
    decays = np.sort(w.decay)[::-1]
    assert lv.lyapunov_spectrum(w, x) == pytest.approx(np.log(decays), rel=1e-12)
    found = lv.singular_values(w, x, [0, 4])
    assert found.log10 == pytest.approx(np.outer([0, 4], np.log10(decays)), abs=1e-12)
    (spectrum,) = lv.recurrent_spectra(w)
    assert spectrum.eigenvalues.real == pytest.approx(decays, rel=1e-15)
    v = lv.unit_probe(5)
    sweep = lv.length_sweep(w, x, [3, 9])
    known = [np.log10(np.linalg.norm(v * w.decay**T)) for T in (3, 9)]
    assert sweep.log10_norm == pytest.approx(known, abs=1e-12)


@pytest.mark.parametrize("cell, of", [("normalised", "n"), ("normalised", "c"), ("fast", "S")])
def test_a_map_by_any_state_has_a_backward_pass_in_each_row(toys, cell, of):
    w, x = lv.init_weights(lv.ModelSpec(cell, 2, 4)), lv.white_noise(length=12, size=2)
    v, found = lv.unit_probe(4), lv.gradient_map(w, x, of=of)
    for s in (1, 5, 12):
        grads = lv.backward(w, lv.forward(w, x[:s]), lv.last_step(s, v))
        assert found[s - 1, :s] == pytest.approx(lv.log10_norms(grads)[of][1:, 0], abs=1e-11)
        first = lv.length_sweep(w, x, [s], of=of).log10_norm[0]
        assert first == pytest.approx(lv.log10_norms(grads)[of][0, 0], abs=1e-11)


def test_what_no_record_may_say():
    with pytest.raises(lv.SpecError, match="role of 'f' must be one of keeps, writes"):
        Gate("f", "forgets")
    with pytest.raises(lv.SpecError, match="carries of 'mgu' must be one of h; got 'c'"):
        replace(MGU, carries="c")
    with pytest.raises(lv.SpecError, match="flags of 'mgu' must be one of reset_before"):
        replace(MGU, flags=("peephole",))


def test_sentences_of_a_gate_that_writes(mgu):
    """A letter that another cell has gives no gate its words: this f is no LSTM's."""
    said = opened("gates", **SMALL, network="mgu")
    assert "The forget gate f is at" in written(said) and "open at" not in written(said)
    said = written(opened("paths", **SMALL, network="mgu"))
    assert "carried over by (1 − f)" in said and "values of the factor 1 − f" in said
    assert "undefined" not in written(opened("phase_diagram", **SMALL, network="mgu"))


def test_a_variant_goes_from_the_spec_to_the_weights_and_all_that_asks_them(toys):
    spec = lv.ModelSpec("normalised", 2, 3, variant="no_output_gate")
    w, x = lv.init_weights(spec), lv.white_noise(length=9, size=2, seed=0)
    assert (w.variant, w.flags, len(w.U)) == ("no_output_gate", ("no_output_gate",), 9)
    assert cell_of(w).gate_names == ("i", "f", "z") and cell_of(w) is cell_of(lv.init_weights(spec))
    found = lv.survival(w, x, lv.unit_probe(3))
    assert "normalised no_output_gate, D = 2" in repr(found)
    assert set(found.to_frame()["variant"]) == {"no_output_gate"}
    assert lv.length_sweep(w, x, of="n").norms.keys() == {"h", "x", "c", "n"}
    two = lv.init_weights(replace(spec, layers=2))
    trace = lv.forward(two, x, initial={"n": np.ones((2, 1, 3))})
    assert [layer.n[0, 0, 0] for layer in trace.layers] == [1, 1]
    assert lv.phase_diagram(spec, x, [1.0], forget_bias=[0.0]).log10_factor[0, 0] == pytest.approx(
        lv.survival(
            lv.init_weights(replace(spec, forget_bias=0.0)), x, lv.unit_probe(3)
        ).rate.log10_factor
    )


def test_a_variant_that_the_cell_does_not_offer():
    message = r"variant must be some of \[\] for cell 'lstm'; got 'no_output_gate'"
    with pytest.raises(lv.SpecError, match=message):
        lv.ModelSpec(variant="no_output_gate")


def test_what_states_may_be_given(toys):
    w = lv.init_weights(lv.ModelSpec("normalised", 2, 3))
    x, one = lv.white_noise(length=4, size=2, seed=0), np.ones((1, 3))
    trace = lv.forward(w, x, h0=one, initial={"c": 2 * one, "n": 3 * one})
    assert [float(own[0, 0, 0]) for own in (trace.h, trace.c, trace.n)] == [1, 2, 3]
    grads = lv.backward(w, trace, np.zeros((4, 1, 3)), direct={"n": np.ones((4, 1, 3))})
    assert grads.n[-1, 0].tolist() == [1, 1, 1]
    with pytest.raises(lv.ShapeError, match="initial must not have c, which is given beside it"):
        lv.forward(w, x, c0=one, initial={"c": one})
    with pytest.raises(lv.ShapeError, match=r"initial\['m'\] must be None: 'normalised' has"):
        lv.forward(w, x, initial={"m": one})
    with pytest.raises(lv.ShapeError, match="initial must be a dict of states by name"):
        lv.forward(w, x, initial=one)


class RenamedTrace(lv.LSTMTrace):
    """An LSTM's, whose cell state is called m."""

    m = property(lambda self: self.c)


def renamed():
    """An LSTM with states "h" and "m", whose Jacobians are plain matrices."""
    lstm = CELLS["lstm"]

    class Weights(base.Weights):
        cell, gates = "renamed", 4

    def forward(weights, x, h0=None, m0=None):
        return RenamedTrace(**vars(lstm.forward(weights, x, h0, m0)))

    def backward(weights, trace, dh, dm=None):
        found = lstm.backward(weights, trace, dh, dm)
        scaled = {"m" if name == "c" else name: own for name, own in found.scaled.items()}
        return replace(found, scaled=scaled)

    def transition(weights, trace, lo, hi):
        return base.Transition(lstm.chain.transition(weights, trace, lo, hi).matrices())

    return replace(
        lstm,
        name="renamed",
        weights=Weights,
        trace=RenamedTrace,
        init_weights=lambda spec, stream=(): Weights(**lv.init_weights(like(spec)).arrays()),
        forward=forward,
        backward=backward,
        states=("h", "m"),
        starts=("h", "m"),
        carries="m",
        chain=replace(lstm.chain, transition=transition, log_det=None),
    )


def like(spec):
    return replace(spec, cell="lstm")


def test_states_may_have_any_name_and_plain_jacobians(monkeypatch):
    monkeypatch.setitem(CELLS, "renamed", renamed())
    spec, x = lv.ModelSpec("renamed", 2, 3, seed=4), lv.white_noise(length=30, size=2, seed=0)
    w, known = lv.init_weights(spec), lv.init_weights(like(spec))
    sweep, expected = lv.length_sweep(w, x, of="m"), lv.length_sweep(known, x, of="c")
    assert sweep.log10_norm == pytest.approx(expected.log10_norm, rel=1e-11)
    assert "log10_norm_m" in sweep.to_frame()
    for mine, own in (("h", "h"), ("x", "x")):
        found = lv.gradient_map(w, x, of=mine)
        assert found == pytest.approx(lv.gradient_map(known, x, of=own), rel=1e-11, nan_ok=True)
    assert lv.survival(w, x, lv.unit_probe(3)).of == "m"
    spectrum = lv.lyapunov_spectrum(w, x)
    assert spectrum == pytest.approx(lv.lyapunov_spectrum(known, x), rel=1e-9)
