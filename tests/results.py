"""Every kind of result of a random net, with failed passes, single steps and zeros among them."""

import warnings

import numpy as np

import lstm_viz as lv
from lstm_viz.analysis import architectures, attention_map, cost, length_sweep, overlays
from lstm_viz.analysis.gru_step import gru_step
from lstm_viz.analysis.one_step import lstm_step, rnn_step
from lstm_viz.analysis.timing import Run, timings
from lstm_viz.version import VERSION_COLUMN


def own_columns(result, frame):
    """A table's columns without the settings that all rows share, and the version."""
    return [name for name in frame if name not in {*result.settings(), VERSION_COLUMN}]


def random_spec(rng):
    """A small net of any kind; one in four has weights that make a ReLU net overflow, or zeros."""
    cell = str(rng.choice(["rnn", "lstm", "gru", "bilstm", "attention"]))
    H = int(rng.choice([1, 2, 4]))
    inits = ["pytorch", "gaussian", "orthogonal", "identity"]
    return lv.ModelSpec(
        cell=cell,
        input_size=int(rng.integers(1, 4)),
        hidden_size=H,
        init=str(rng.choice(inits[: 3 if cell == "attention" else 4])),
        gain=float(rng.choice([0.0, 0.5, 1.0, 1e6])),
        forget_bias=float(rng.choice([-5.0, 0.0, 1.0, 50.0])),
        seed=int(rng.integers(100)),
        activation=str(rng.choice(["tanh", "relu", "sigmoid", "linear"])),
        dtype=str(rng.choice(["float64", "float32"])),
        layers=int(rng.choice([1, 1, 2])),
        heads=int(rng.choice([h for h in (1, 2, 4) if H % h == 0])),
        causal=bool(rng.integers(2)),
    )


def results(seed):
    """Name and result of everything that can be said of a random net and sequence."""
    rng = np.random.default_rng(seed)
    spec, T = random_spec(rng), int(rng.choice([1, 2, 3, 20]))
    x = lv.white_noise(T, spec.input_size, seed=seed) * float(rng.choice([0, 1, 1e3]))
    if rng.random() < 0.15:
        x[T // 2] = np.nan
    with np.errstate(all="ignore"), warnings.catch_warnings(action="ignore"):
        yield from _of_all(spec, x)
        if spec.cell in ("rnn", "lstm", "gru") and spec.layers == 1:
            yield from _of_one_chain(spec, x)
        if spec.cell == "attention":
            yield "views", attention_map.attention_views(lv.init_weights(spec), x)


def _of_all(spec, x):
    weights, T = lv.init_weights(spec), len(x)
    v = lv.unit_probe(weights.output_size)
    trace = lv.forward(weights, x)
    found = lv.survival(weights, x, v)
    sweep = lv.length_sweep(weights, x)
    table = lv.read_csv("a*,b\n1,2\n3,\n5,x\n7,8\n", columns="a*")
    yield from {"table": table, "file": table.file}.items()
    yield from {"spec": spec, "sequence": lv.SequenceSpec("text", text="ab" * 999)}.items()
    yield from {"weights": weights, "trace": trace, "survival": found, "rate": found.rate}.items()
    yield from {"gradients": found.gradients, "scaled": found.gradients.scaled["x"]}.items()
    yield from {"horizon": found.rate.to_eps, "sweep": sweep}.items()
    yield "band", length_sweep.band(spec.cell, [sweep, sweep], "x")
    yield from (("map", lv.measure_map(weights, x, wrt=wrt)) for wrt in (None, "x"))
    if np.isfinite(x).all():
        yield "sequences", lv.survival(weights, np.concatenate([x, 2 * x], axis=1), v)
    yield "cost", lv.cost(spec, T)
    yield "cost curve", cost.cost_curve(spec, np.array([1, T + 1]))
    yield "size curve", cost.size_curve(np.array([1]), [spec], T)
    yield "timing", timings([Run(spec, T, 0.1, 0.2), Run(spec, 2 * T, 0.2, 0.5)], "forward")[0]
    runs = [architectures.input_gradient(weights, x, None, seed) for seed in (0, 1)]
    yield from {"run": runs[0], "reach": architectures.reach(spec, 10, None, runs)}.items()
    if found.failure:
        yield "failure", found.failure
    if spec.cell != "attention":
        yield "block", lv.recurrent_spectra(weights)[0]


def _of_one_chain(spec, x):
    weights, T = lv.init_weights(spec), len(x)
    v = lv.unit_probe(spec.hidden_size)
    found = lv.survival(weights, x, v)
    yield "singular values", lv.singular_values(weights, x)
    yield "exponents", lv.lyapunov(weights, x)
    curve, keys = overlays.curve_over_time(found), overlays.known_of(spec.cell)
    yield "curve", curve
    for line in overlays.references(weights, found.trace, curve, spec.init, keys):
        yield line.key, line
    if spec.cell != "rnn":
        yield "paths", lv.path_split(weights, found.trace, found.gradients)
    views = lv.gate_views(found)
    yield from {"gates": views, "summary": views.summary, "pair": views.pairs["h"]}.items()
    if found.failure is None:
        step = {"rnn": rnn_step, "lstm": lstm_step, "gru": gru_step}[spec.cell]
        yield "step", step(weights, found.trace, found.gradients, T, 0)
    if spec.init in ("gaussian", "orthogonal") and np.isfinite(x).all() and x.any():
        up = {"s2": [0.1, 1.0]} if spec.cell == "rnn" else {"forget_bias": [0.0]}
        diagram = lv.phase_diagram(spec, x, [0.0, 1.0], **up)
        yield from {"diagram": diagram, "place": lv.phase_place(spec, x, diagram.gain)}.items()
