"""Cached runs of the engine: keyed by specifications, shared by all sessions."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import streamlit as st

from lstm_viz.analysis.architectures import (
    InputGradient,
    Reach,
    first_input,
    first_input_band,
    input_gradient,
    reach,
    thinned_lengths,
)
from lstm_viz.analysis.attention_map import AttentionViews, attention_views
from lstm_viz.analysis.cost import (
    CostCurve,
    SizeCurve,
    cost_curve,
    matched_hidden_size,
    size_curve,
)
from lstm_viz.analysis.gradient_map import GradientMap, MapReach, estimate, map_reach, measure_map
from lstm_viz.analysis.gru_step import gru_step
from lstm_viz.analysis.jacobian import (
    SingularValues,
    Spectrum,
    recurrent_spectra,
    singular_values,
)
from lstm_viz.analysis.length_sweep import Band, LengthSweep, band, length_sweep
from lstm_viz.analysis.lyapunov import LyapunovSpectrum, lyapunov
from lstm_viz.analysis.one_step import lstm_step, rnn_step
from lstm_viz.analysis.overlays import (
    Curve,
    Reference,
    curve_by_length,
    curve_over_time,
    references,
)
from lstm_viz.analysis.paths import PathSplit, path_split
from lstm_viz.analysis.phase import (
    PhaseDiagram,
    input_scale,
    least_variance,
    phase_diagram,
    phase_estimate,
)
from lstm_viz.analysis.phase_edge import PhasePlace, edge_by_theory, phase_place
from lstm_viz.analysis.step_record import Step
from lstm_viz.analysis.survival import Survival, survival
from lstm_viz.cells import backward, count_parameters, forward, init_weights
from lstm_viz.errors import InputError, LstmVizError
from lstm_viz.i18n import _
from lstm_viz.probes import every_step, last_step, unit_probe
from lstm_viz.registry import CELLS as REGISTERED
from lstm_viz.sequences import SequenceSpec, from_csv, make_sequence
from lstm_viz.spec import ModelSpec
from lstm_viz.ui import page
from lstm_viz.ui.controls import CSV, WIDEST, csv_label, pinned
from lstm_viz.ui.memory import put
from lstm_viz.ui.options import MapOptions, PhaseOptions, Place, ReachOptions
from lstm_viz.ui.settings import HEADERS, Settings

CELLS = ("rnn", "lstm")
MAPPED_STEPS = {False: 400, True: 128}  # of attention at once, in one layer or more: about 1 s


def input_of(settings: Settings) -> np.ndarray:
    """The input sequence (T, 1, D) that the settings ask for, scaled.

    Raises InputError or SpecError with a message for the reader.
    """
    x = _unscaled(settings)
    return x if settings.scale == 1 else settings.scale * x


def _unscaled(settings: Settings) -> np.ndarray:
    if settings.source != "csv":
        return make_sequence(settings.sequence())
    if CSV not in st.session_state:
        raise InputError(_("Upload a CSV file in the sidebar: a link cannot carry it along."))
    name, content = st.session_state[CSV]
    if settings.csv != csv_label(name, content):
        raise InputError(_("{file} has been replaced by another file.").format(file=settings.csv))
    return _csv(_source(settings), content)


@st.cache_resource(max_entries=16, show_spinner=False)
def _csv(key: tuple, _content: bytes) -> np.ndarray:
    _file, columns, header, standardise, length = key
    return from_csv(
        _content,
        columns=list(columns) or None,
        header=HEADERS[header],
        standardise=standardise,
        length=length,
    )


def _key(settings: Settings) -> tuple:
    """What identifies the input: where it comes from, and its scale."""
    return _source(settings), settings.scale


def _source(settings: Settings) -> SequenceSpec | tuple:
    """The input's specification, or file, columns and reading of a CSV."""
    if settings.source != "csv":
        return settings.sequence()
    s = settings
    return s.csv, s.columns, s.header, s.standardise, s.T


def steps_of(settings: Settings) -> int:
    """How many steps the input has; a text or a file may have fewer than were asked for."""
    return len(input_of(settings))


def survivals(settings: Settings) -> list[Survival]:
    """RNN and LSTM on the same input, the loss at the last step."""
    return [survival_of(settings, cell) for cell in CELLS]


def survival_of(settings: Settings, cell: str) -> Survival:
    """One recurrent network, the loss at the last step."""
    x = input_of(settings)
    return _survival(settings.model(cell, x.shape[2]), _key(settings), x)


def theory_over_time(settings: Settings, keys: tuple[str, ...]) -> list[Reference]:
    """Known answers for both networks, beside ‖∂L/∂h_t‖ against the step."""
    curves = [curve_over_time(result) for result in survivals(settings)]
    return _theory(settings, keys, curves, from_loss=True)


def theory_by_length(
    settings: Settings, keys: tuple[str, ...], bands: list[Band], quantity: str
) -> list[Reference]:
    """Known answers for the networks of the first seed, beside the bands over the length."""
    curves = [curve_by_length(band, quantity) for band in bands]
    return _theory(settings, keys, curves, from_loss=False)


def _theory(
    settings: Settings, keys: tuple[str, ...], curves: list[Curve], from_loss: bool
) -> list[Reference]:
    found: list[Reference] = []
    if not keys:
        return found
    for result, curve in zip(survivals(settings), curves, strict=True):
        init = settings.model(result.cell, result.weights.input_size).init
        found += references(result.weights, result.trace, curve, init, keys, from_loss)
    return found


def pinned_survivals() -> list[Survival]:
    """The pinned setting's runs; none where nothing is pinned or its file has gone."""
    settings = pinned()
    if settings is None:
        return []
    try:
        return survivals(settings)
    except LstmVizError:
        return []


@st.cache_resource(max_entries=24, show_spinner=False)
def _survival(model: ModelSpec, key: tuple, _x: np.ndarray) -> Survival:
    return survival(init_weights(model), _x, unit_probe(model.hidden_size, model.seed))


def bands(settings: Settings, seeds: int, quantity: str) -> list[Band]:
    """Gradient at the first step for every length up to T: networks of so many seeds, one input.

    Shows its progress if it takes long; any change of a control, or Stop, ends it between two
    networks, and what is done stays in the cache.
    """
    x = input_of(settings)
    models = [
        [replace(own, seed=own.seed + k) for k in range(seeds)]
        for own in (settings.model(cell, x.shape[2]) for cell in CELLS)
    ]
    watch = page.Progress(_("Networks followed"), sum(map(len, models)))
    result = []
    for cell, own in zip(CELLS, models, strict=True):
        sweeps = [watch.after(_sweep(model, _key(settings), x)) for model in own]
        result.append(band(cell, sweeps, quantity))
    watch.done()
    return result


@st.cache_resource(max_entries=96, show_spinner=False)
def _sweep(model: ModelSpec, key: tuple, _x: np.ndarray) -> LengthSweep:
    probe = unit_probe(model.hidden_size, model.seed)
    return length_sweep(init_weights(model), _x, probe=probe)


def models(settings: Settings, input_size: int, matched: bool) -> list[ModelSpec]:
    """Each architecture's network: of H units, or of about as many parameters as the LSTM of H."""
    reference = count_parameters(settings.model("lstm", input_size))
    specs = []
    for cell in REGISTERED:
        spec = settings.model(cell, input_size)
        if matched and cell != "lstm":
            size = matched_hidden_size(spec, reference)
            spec = settings.model(cell, input_size, size)
        specs.append(spec)
    return specs


def reaches(settings: Settings, options: ReachOptions) -> tuple[list[Reach], list[Band]]:
    """All architectures on one input: ∂L/∂x_t at every step, and ∂/∂x_1 against the length.

    Shows its progress if it takes long; any change of a control ends it between two networks.
    """
    x = input_of(settings)
    specs = models(settings, x.shape[2], options.matched)
    loss_step = {"last": len(x), "every": None, "chosen": min(options.step, len(x))}[options.probe]
    lengths = thinned_lengths(len(x))
    watch = page.Progress(_("Networks followed"), len(specs) * options.seeds)
    found, bands = [], []
    for spec in specs:
        own = [replace(spec, seed=spec.seed + k) for k in range(options.seeds)]
        runs = [watch.after(_run(one, _key(settings), loss_step, x)) for one in own]
        found.append(reach(spec, count_parameters(spec), loss_step, [run for run, _sweep in runs]))
        bands.append(first_input_band(spec, lengths, [sweep for _run, sweep in runs]))
    watch.done()
    return found, bands


def costs(settings: Settings, matched: bool) -> list[CostCurve]:
    """What each architecture's network costs at lengths around the one that is set."""
    x = input_of(settings)
    lengths = np.unique(np.append(np.geomspace(1, 10_000, 60).round().astype(int), len(x)))
    return [cost_curve(spec, lengths) for spec in models(settings, x.shape[2], matched)]


def costs_by_size(settings: Settings, matched: bool) -> list[SizeCurve]:
    """What each architecture's network costs over the input's steps, for sizes H of the LSTM."""
    x = input_of(settings)
    units = np.unique(np.append(np.geomspace(1, WIDEST, 12).round().astype(int), settings.H))
    nets = [models(replace(settings, H=int(H)), x.shape[2], matched) for H in units]
    return [size_curve(units, list(own), len(x)) for own in zip(*nets, strict=True)]


def _run(model: ModelSpec, key: tuple, loss_step: int | None, x: np.ndarray):
    return _reach(model, key, loss_step, x), _first_input(model, key, x)


@st.cache_resource(max_entries=256, show_spinner=False)
def _reach(model: ModelSpec, key: tuple, loss_step: int | None, _x: np.ndarray) -> InputGradient:
    return input_gradient(init_weights(model), _x, loss_step, model.seed)


@st.cache_resource(max_entries=256, show_spinner=False)
def _first_input(model: ModelSpec, key: tuple, _x: np.ndarray) -> InputGradient:
    return first_input(init_weights(model), _x, thinned_lengths(len(_x)), model.seed)


def attended(settings: Settings) -> Settings:
    """The settings with no more steps than a map of all pairs is drawn for at once."""
    return replace(settings, T=min(settings.T, MAPPED_STEPS[settings.layers > 1]))


def attention(settings: Settings) -> AttentionViews:
    """Self-attention's weights and gradient map, T × T each."""
    x = input_of(settings)
    return _attention(settings.model("attention", x.shape[2]), _key(settings), x)


@st.cache_resource(max_entries=8, show_spinner=False)
def _attention(model: ModelSpec, key: tuple, _x: np.ndarray) -> AttentionViews:
    return attention_views(init_weights(model), _x, unit_probe(model.hidden_size, model.seed))


def one_step(result: Survival, place: Place) -> Step:
    """The numbers of the chosen step and unit of one network."""
    take = {"lstm": lstm_step, "rnn": rnn_step, "gru": gru_step}[result.cell]
    return take(result.weights, result.trace, result.gradients, place.step, place.unit)


def paths(settings: Settings, cell: str, loss: str) -> PathSplit:
    """The path split of one gated network; the loss reads the "last" or "every" step."""
    x = input_of(settings)
    return _paths(settings.model(cell, x.shape[2]), _key(settings), loss, x)


@st.cache_resource(max_entries=16, show_spinner=False)
def _paths(model: ModelSpec, key: tuple, loss: str, _x: np.ndarray) -> PathSplit:
    weights, v = init_weights(model), unit_probe(model.hidden_size, model.seed)
    trace = forward(weights, _x)
    direct = (last_step if loss == "last" else every_step)(len(_x), v)
    return path_split(weights, trace, backward(weights, trace, direct))


def stretching(
    settings: Settings, cell: str
) -> tuple[SingularValues, LyapunovSpectrum, list[Spectrum]]:
    """How one network's steps stretch a gradient: singular values, exponents, spectra of U.

    Shows its progress if it takes long, and can be stopped at any step; a finished result stays in
    the cache.
    """
    x = input_of(settings)
    model = settings.model(cell, x.shape[2])
    found = _found(model, _key(settings))
    if "done" not in found:
        weights, watch = init_weights(model), page.Progress(_("Steps followed"), 2 * len(x) + 1)
        singular = singular_values(weights, x, progress=watch.after)
        exponents = lyapunov(weights, x, progress=watch.after)
        watch.done()
        found["done"] = singular, exponents, recurrent_spectra(weights)
    return found["done"]


@st.cache_resource(max_entries=16, show_spinner=False)
def _found(model: ModelSpec, key: tuple) -> dict[str, object]:
    """A place for a result that shows its progress, which a cached function cannot do."""
    return {}


def gradient_map(settings: Settings, options: MapOptions) -> tuple[GradientMap, MapReach]:
    """The map of one network, and how far its losses reach.

    Shows its progress if it takes long, and what it will take; any change of a control, or Stop,
    ends it between two stretches of steps.
    """
    x = input_of(settings)
    model = settings.model(options.cell, x.shape[2])
    shelf = _map_shelf(model, _key(settings), options.wrt)
    if "map" not in shelf:
        expected = page.ask_if_long(estimate(model, len(x), options.wrt))
        watch = page.Progress(_("Losses followed: {what}").format(what=expected), 1)
        probe = unit_probe(init_weights(model).output_size, model.seed)
        found = measure_map(init_weights(model), x, probe, options.wrt, watch.share)
        shelf["map"] = found, map_reach(found)
        watch.done()
    return shelf["map"]


@st.cache_resource(max_entries=6, show_spinner=False)
def _map_shelf(model: ModelSpec, key: tuple, wrt: str) -> dict:
    """A place for one map: a cached function itself may not draw a progress bar on the page."""
    return {}


def phase(settings: Settings, options: PhaseOptions) -> tuple[PhaseDiagram, PhasePlace, np.ndarray]:
    """The diagram around one network, that network's place in it, and the edge by theory (Y,).

    Says its estimate first where it is long, and shows its progress; any change of a control, or
    Stop, ends it between two chunks of networks. The input's scale is no matter of the diagram.
    """
    x, scaled = _unscaled(settings), input_of(settings)
    own = replace(settings.model(options.cell, x.shape[2]), layers=1)
    spec = replace(own, gain=1.0, forget_bias=1.0)
    probe = unit_probe(own.hidden_size, own.seed)
    shelf = _phase_shelf(spec, _source(settings), options)
    if "diagram" not in shelf:
        axes = _phase_axes(spec, x, options) | {"probe": probe}
        expected = page.ask_if_long(phase_estimate(spec, x, **axes))
        watch = page.Progress(_("Networks followed: {what}").format(what=expected), 1)
        found = phase_diagram(spec, x, **axes, progress=lambda n, of: watch.share(n / of))
        shelf["diagram"] = found, edge_by_theory(spec, found.y)
        watch.done()
    diagram, edge = shelf["diagram"]
    return diagram, phase_place(own, scaled, diagram.gain, probe), edge


@st.cache_resource(max_entries=12, show_spinner=False)
def _phase_shelf(spec: ModelSpec, source: SequenceSpec | tuple, options: PhaseOptions) -> dict:
    """A place for one diagram: a cached function itself may not draw a progress bar."""
    return {}


def _phase_axes(spec: ModelSpec, x: np.ndarray, options: PhaseOptions) -> dict[str, np.ndarray]:
    low, high = options.y
    if spec.cell == "rnn":
        low = max(low, 1.001 * least_variance(init_weights(spec), x))
    for name, (first, last) in (("gain", options.gain), ("y", (low, high))):
        if first >= last:
            raise InputError(_("The {axis} axis must end above its beginning.").format(axis=name))
    between = np.geomspace if spec.cell == "rnn" else np.linspace
    axis = between(low, high, options.n)
    gain = np.linspace(*options.gain, options.n).round(4)
    return {"gain": gain, "s2" if spec.cell == "rnn" else "forget_bias": axis}


def take_over(settings: Settings, diagram: PhaseDiagram) -> Callable[[int], None]:
    """What a click on a network of the diagram does: its settings become those of all pages."""

    def take(number: int) -> None:
        row, column = divmod(number, len(diagram.gain))
        if row >= len(diagram.y):
            return
        values = {"gain": float(diagram.gain[column])}
        if diagram.vertical == "s2":
            weights = init_weights(diagram.spec)
            scale = input_scale(weights, _unscaled(settings), diagram.y[[row]])[0]
            values["scale"] = float(f"{scale:.6g}")  # as the address has it
        else:
            values["forget_bias"] = round(float(diagram.y[row]), 4)
        put(values)

    return take
