"""Every public function × every argument × wrong values: an error that names it, or a right result.

Never an error of NumPy's or Python's own from inside, never NaN without a word, and nothing that
is given is changed.
"""

import inspect
import os
import warnings
from dataclasses import fields, is_dataclass

import numpy as np
import pandas as pd
import pytest

import lstm_viz as lv
from lstm_viz.cells.attention_layer import LayerWeights
from lstm_viz.errors import shown

T, B, D, H = 6, 2, 3, 4
CELLS = ("rnn", "lstm", "gru", "bilstm", "attention", "two lstm", "two bilstm")


def net(kind, **options):
    layers, cell = (2, kind[4:]) if kind.startswith("two") else (1, kind)
    return lv.init_weights(
        lv.ModelSpec(cell=cell, input_size=D, hidden_size=H, layers=layers, **options)
    )


def arguments(value):
    """What a dataclass is made from."""
    return {field.name: getattr(value, field.name) for field in fields(value)}


def case(kind):
    """Weights, x (T, B, D), dh (T, B, O)."""
    weights, rng = net(kind), np.random.default_rng(0)
    return weights, rng.normal(size=(T, B, D)), rng.normal(size=(T, B, weights.output_size))


WEIGHTS, X, DH = case("lstm")
ONE = X[:, :1]  # (T, 1, D)
TRACE = lv.forward(WEIGHTS, X)
GRADS = lv.backward(WEIGHTS, TRACE, DH, DH)
V = lv.unit_probe(H)
SPEC = lv.ModelSpec(cell="lstm", input_size=D, hidden_size=H)
CALLS = {  # function, right arguments
    "forward": (
        lv.forward,
        dict(weights=WEIGHTS, x=X, h0=np.ones((B, H)), initial={"c": np.ones((B, H))}),
    ),
    "backward": (lv.backward, dict(weights=WEIGHTS, trace=TRACE, dh=DH, direct={"c": DH})),
    "forward by name": (
        lambda h, c: lv.forward(WEIGHTS, X, initial={"h": h, "c": c}),
        dict(h=np.ones((B, H)), c=np.ones((B, H))),
    ),
    "backward by name": (lambda dc: lv.backward(WEIGHTS, TRACE, DH, direct={"c": dc}), dict(dc=DH)),
    "survival": (lv.survival, dict(weights=WEIGHTS, x=ONE, v=V, of="x")),
    "gradient_map": (lv.gradient_map, dict(weights=WEIGHTS, x=ONE, probe=V, wrt="c")),
    "measure_map": (lv.measure_map, dict(weights=WEIGHTS, x=ONE, probe=V, wrt="x")),
    "length_sweep": (lv.length_sweep, dict(weights=WEIGHTS, x=ONE, lengths=[2, 5], probe=V)),
    "singular_values": (lv.singular_values, dict(weights=WEIGHTS, x=ONE, distances=[1, 2])),
    "lyapunov": (lv.lyapunov, dict(weights=WEIGHTS, x=ONE, burn_in=2)),
    "lyapunov_spectrum": (lv.lyapunov_spectrum, dict(weights=WEIGHTS, x=ONE, burn_in=2)),
    "recurrent_spectra": (lv.recurrent_spectra, dict(weights=WEIGHTS)),
    "path_split": (lv.path_split, dict(weights=WEIGHTS, trace=TRACE, gradients=GRADS, dc=DH)),
    "log10_norms": (lv.log10_norms, dict(gradients=GRADS)),
    "gate_views": (lv.gate_views, dict(result=lv.survival(WEIGHTS, ONE, V))),
    "fit_rate": (lv.fit_rate, dict(log10_norm=-np.arange(9.0), eps=1e-7, distance=np.arange(9))),
    "phase_diagram": (
        lv.phase_diagram,
        dict(spec=SPEC, x=ONE, gain=[0.5, 1], forget_bias=[0, 1], probe=V, threads=1),
    ),
    "phase_estimate": (
        lv.phase_estimate,
        dict(spec=SPEC, x=ONE, gain=[0.5, 1], forget_bias=[0, 1], probe=V, threads=1),
    ),
    "phase_place": (lv.phase_place, dict(spec=SPEC, x=ONE, gains=[0.5, 2], probe=V)),
    "edge_by_theory": (lv.edge_by_theory, dict(spec=SPEC, y=[0, 1])),
    "init_weights": (lv.init_weights, dict(spec=SPEC)),
    "count_parameters": (lv.count_parameters, dict(spec=SPEC)),
    "cost": (lv.cost, dict(spec=SPEC, T=5)),
    "unit_probe": (lv.unit_probe, dict(hidden_size=H, seed=1)),
    "last_step": (lv.last_step, dict(steps=T, v=V, batch=B)),
    "chosen_step": (lv.chosen_step, dict(steps=T, v=V, step=2, batch=B)),
    "every_step": (lv.every_step, dict(steps=T, v=V, batch=B)),
    "white_noise": (lv.white_noise, dict(length=T, size=D, batch=B, seed=1)),
    "constant": (lv.constant, dict(length=T, size=D, value=2.0, batch=B)),
    "sine": (lv.sine, dict(length=T, size=D, period=5.0, batch=B)),
    "impulse": (lv.impulse, dict(length=T, size=D, at=2, value=2.0, batch=B)),
    "from_text": (lv.from_text, dict(text="ab", encoding="bytes", length=2)),
    "stocks": (lv.stocks, dict(columns=["GOOG"], standardise=True, length=3)),
    "make_sequence": (lv.make_sequence, dict(spec=lv.SequenceSpec())),
    "sweep": (lv.sweep, dict(specs=[SPEC], measure="survival", progress=None)),
    "ModelSpec": (lv.ModelSpec, vars(lv.ModelSpec())),
    "SequenceSpec": (lv.SequenceSpec, vars(lv.SequenceSpec())),
    "SurvivalMeasure": (lv.measures.SurvivalMeasure, vars(lv.measures.SurvivalMeasure())),
    "LengthSweepMeasure": (
        lv.measures.LengthSweepMeasure,
        vars(lv.measures.LengthSweepMeasure(lengths=(2, 3))),
    ),
    "RNNWeights": (lv.RNNWeights, arguments(net("rnn"))),
    "GRUWeights": (lv.GRUWeights, arguments(net("gru"))),
    "BiLSTMWeights": (lv.BiLSTMWeights, dict(forward=WEIGHTS, backward=WEIGHTS)),
    "AttentionWeights": (lv.AttentionWeights, arguments(net("attention"))),
    "LayerWeights": (LayerWeights, arguments(net("attention", feed_forward=3).layers[0])),
    "pascanu_factor": (lv.theory.pascanu_factor, dict(weights=net("rnn"))),
    "half_life": (lv.theory.half_life, dict(factor=0.5)),
    "untied_walk": (lv.theory.untied_walk, dict(g=1.0, H=8)),
    "timescale": (lv.large_n.timescale, dict(chi=0.5)),
    "rest_factor": (lv.large_n.rest_factor, dict(f=0.5, iog=0.2)),
    "moments": (lv.large_n.moments, dict(q=1.0, activation="sigmoid")),
    "chi": (lv.large_n.chi, dict(g=1.0, s2=0.1, activation="tanh")),
    "driven_walk": (lv.large_n.driven_walk, dict(g=1.0, s2=0.1, H=8, activation="tanh")),
    "critical_g2": (lv.large_n.critical_g2, dict(s2=0.1, activation="tanh")),
    "at_rest": (lv.large_n.at_rest, dict(weights=WEIGHTS)),
    "recurrent_gain": (lv.large_n.recurrent_gain, dict(weights=net("rnn"))),
    "LSTMWeights": (lv.LSTMWeights, dict(W=WEIGHTS.W, U=WEIGHTS.U, b=WEIGHTS.b)),
    "StackWeights": (lv.StackWeights, dict(layers=[WEIGHTS])),
}


class Tensor:
    """What PyTorch's tensor does when it has a gradient."""

    def __array__(self, *_args, **_options):
        raise RuntimeError("Can't call numpy() on Tensor that requires grad. Use tensor.detach()")


class Frozen:
    """An object without anything."""

    def __repr__(self):
        return "Frozen()"


WRONG = {
    "none": None,
    "text": "text",
    "empty text": "",
    "true": True,
    "object": Frozen(),
    "type": int,
    "dict": {"a": 1},
    "set": {1, 2},
    "ragged": [[1.0, 2.0], [3.0]],
    "empty": [],
    "zero": 0,
    "minus": -3,
    "huge": 10**30,
    "float": 2.5,
    "nan": float("nan"),
    "inf": float("inf"),
    "complex": 1j,
    "scalar": np.float64(1.5),
    "no axes": np.array(3),
    "object array": np.array([None, 1], object),
    "strings": np.array(["a", "b"]),
    "bools": np.ones((T, B, D), bool),
    "dates": np.array(["2020-01-01"], "datetime64[D]"),
    "empty array": np.zeros((0, B, D)),
    "four axes": np.zeros((1, 1, 1, 1)),
    "spec": lv.ModelSpec(),
    "tensor": Tensor(),
    "weights": net("gru"),
    "series": pd.Series(["a", "b"]),
}
MEANT = {("progress", "type"), ("log10_factor", "nan"), ("log10_norm", "infinite")}
SHAPED = ("x", "dh", "dc", "h0", "c0", "v", "probe", "log10_norm", "distance", "W", "U", "b")


def spoiled(array):
    """The same array in ways that must be refused: masked, infinite, too wide, of other sizes."""
    broken = np.array(array, float)
    broken.flat[1] = np.inf
    wide = np.finfo(np.longdouble).nmant > 52
    found = {
        "masked": np.ma.masked_array(array, np.zeros(np.shape(array), bool)),
        "infinite": broken,
        "short": array[1:] if len(array) > 1 else array[:0],
        "as text": np.array(array).astype(str),
    }
    return found | ({"long double": np.array(array, np.longdouble)} if wide else {})


def numbers_of(result):
    """All floats that a result holds, of records and lists of them too."""
    if isinstance(result, np.ndarray):
        return [result] if result.dtype.kind in "fc" else []
    if isinstance(result, float):
        return [np.array(result)]
    if isinstance(result, pd.DataFrame):
        return [result.select_dtypes("number").to_numpy()]
    if isinstance(result, dict):
        result = list(result.values())
    if isinstance(result, list | tuple):
        return [number for one in result for number in numbers_of(one)]
    if not is_dataclass(result) or isinstance(result, type):
        return []
    return numbers_of([getattr(result, field.name) for field in fields(result)])


@pytest.mark.parametrize("name", CALLS)
def test_wrong_values_are_refused_by_name_or_give_a_right_result(name):
    function, right = CALLS[name]
    expected = [np.isnan(a).sum() for a in numbers_of(function(**right))]
    for argument, value in right.items():
        wrong = WRONG | (spoiled(value) if argument in SHAPED else {})
        for kind, bad in wrong.items():
            if (argument, kind) in MEANT:
                continue
            where = f"{name}({argument}={kind})"
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("error")
                    result = function(**right | {argument: bad})
            except lv.LstmVizError as error:
                assert len(str(error)) < 600, where
                said = str(error)
                named = any(name.removesuffix("s") in said for name in right)
                assert named or shown(bad) in said or "no stock" in said, (where, said)
                continue
            except Exception as error:
                raise AssertionError(f"{where}: {type(error).__name__}: {error}") from error
            found = [np.isnan(a).sum() for a in numbers_of(result)]
            assert sum(found) <= sum(expected), f"{where} gives NaN without a word"


def test_every_public_function_is_tried():
    functions = {name for name in lv.__all__ if inspect.isfunction(getattr(lv, name))}
    assert functions - set(CALLS) == {"from_csv", "read_csv"}  # files have tests of their own


@pytest.mark.parametrize("name", CALLS)
def test_nothing_that_is_given_is_changed(name):
    function, right = CALLS[name]
    given = {n: v.copy() if isinstance(v, np.ndarray) else v for n, v in right.items()}
    for value in given.values():
        if isinstance(value, np.ndarray):
            value.setflags(write=False)
    function(**given)
    for argument, value in right.items():
        if isinstance(value, np.ndarray):
            assert np.array_equal(given[argument], value), argument


class Junk:
    """Values that nobody asked for, drawn from one seed."""

    SIZES = (0, 1, 2, 3, 4, 6)
    DTYPES = ("f8", "f8", "f8", "f4", "f2", "i4", "u1", "c16", "O", "U3", "?", "M8[D]", ">f8", "g")
    PLAIN = (None, True, "", "nan", b"x", object, ..., 0, -1, 3, 2**64, -(10**30), 0.1, -0.0, 1j)
    PLAIN += (1e-320, 1e308, np.nan, np.inf, np.int8(100), np.uint64(2**63), np.float16(2))
    PLAIN += (np.bool_(True), np.str_("a"), np.longdouble(2), {}, {1: 2}, {1, 2}, range(3))
    PLAIN += (pd.Series([1.0, 2]), pd.DataFrame({"a": [1.0]}), pd.Index([1, 2]), Tensor())

    def __init__(self, seed):
        self.rng = np.random.default_rng(seed)

    def draw(self, depth=0):
        kind = self.rng.integers(4 if depth < 3 else 3)
        if kind == 0:
            return self.PLAIN[self.rng.integers(len(self.PLAIN))]
        if kind == 1:
            name = list(CALLS)[self.rng.integers(len(CALLS))]
            return next(iter(CALLS[name][1].values()))
        if kind == 2:
            return self.array()
        return [self.draw(depth + 1) for _ in range(self.rng.integers(4))]

    def array(self):
        shape = self.rng.choice(self.SIZES, self.rng.integers(5))
        values = self.rng.normal(size=shape) * 10.0 ** self.rng.choice([0, 0, 200, -200])
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            values = np.asarray(values).astype(self.rng.choice(self.DTYPES))
        values = np.asarray(values)
        if values.size and values.dtype.kind == "f" and self.rng.random() < 0.3:
            values.flat[0] = self.rng.choice([np.nan, np.inf])
        return np.ma.array(values) if self.rng.random() < 0.1 else values


def test_anything_else_is_refused_by_name_too():
    """20,000 draws with LSTM_VIZ_LONG=1."""
    junk, names = Junk(0), list(CALLS)
    for _ in range(20_000 if os.environ.get("LSTM_VIZ_LONG") else 500):
        name = names[junk.rng.integers(len(names))]
        function, right = CALLS[name]
        argument, bad = list(right)[junk.rng.integers(len(right))], junk.draw()
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                warnings.simplefilter("ignore", lv.BatchFirstWarning)
                function(**right | {argument: bad})
        except lv.LstmVizError as error:
            assert len(str(error)) < 600 or "failed on" in str(error)
        except Exception as error:
            raise AssertionError(f"{name}({argument}={shown(bad)}): {error!r}") from error
