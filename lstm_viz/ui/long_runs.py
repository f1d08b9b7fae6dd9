"""Runs that may take long: they show how far they are, can be stopped, and stay in the cache."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import streamlit as st

from lstm_viz.analysis import architectures, jacobian
from lstm_viz.analysis import gradient_map as maps
from lstm_viz.analysis.architectures import (
    InputGradient,
    Reach,
    first_input,
    first_input_band,
    input_gradient,
    reach,
    thinned_lengths,
)
from lstm_viz.analysis.estimate import Estimate
from lstm_viz.analysis.gradient_map import GradientMap, MapReach, map_reach, measure_map
from lstm_viz.analysis.jacobian import (
    SingularValues,
    Spectrum,
    recurrent_spectra,
    singular_values,
)
from lstm_viz.analysis.length_sweep import Band, LengthSweep, band, length_sweep
from lstm_viz.analysis.lyapunov import LyapunovSpectrum, lyapunov
from lstm_viz.analysis.phase import (
    PhaseDiagram,
    input_scale,
    least_variance,
    phase_diagram,
    phase_estimate,
    vertical_of,
)
from lstm_viz.analysis.phase_edge import PhasePlace, edge_by_theory, phase_place
from lstm_viz.cells import carrying, count_parameters, init_weights
from lstm_viz.errors import InputError
from lstm_viz.i18n import _
from lstm_viz.probes import unit_probe
from lstm_viz.sequences import SequenceSpec
from lstm_viz.spec import ModelSpec
from lstm_viz.ui.long_work import Work
from lstm_viz.ui.memory import put
from lstm_viz.ui.options import MapOptions, PhaseOptions, ReachOptions
from lstm_viz.ui.runs import CELLS, input_of, key_of, models_of, source_of, unscaled
from lstm_viz.ui.settings import Settings


def bands(settings: Settings, seeds: int, quantity: str, also: tuple[str, ...] = ()) -> list[Band]:
    """Gradient at the first step for every length up to T: networks of so many seeds, one input.

    also : architectures beside the two that are always compared
    quantity : "x" for the first input, "state" for the initial value of the state that carries
    It can be stopped between two networks, and what is done stays in the cache.
    """
    x = input_of(settings)
    first, result = [settings.model(cell, x.shape[2]) for cell in (*CELLS, *also)], []
    key = ("bands", *first, seeds, key_of(settings))
    work = Work(key, _("Networks followed"), len(first) * seeds, keeps=True)
    for model in first:
        own = [replace(model, seed=model.seed + k) for k in range(seeds)]
        sweeps = [work.after(_sweep(one, key_of(settings), x)) for one in own]
        result.append(band(model.cell, sweeps, "x" if quantity == "x" else None))
    work.done()
    return result


@st.cache_resource(max_entries=96, show_spinner=False)
def _sweep(model: ModelSpec, key: tuple, _x: np.ndarray) -> LengthSweep:
    probe = unit_probe(model.hidden_size, model.seed)
    weights = init_weights(model)
    return length_sweep(weights, _x, probe=probe, of=carrying(weights))


def reaches(settings: Settings, options: ReachOptions) -> tuple[list[Reach], list[Band]]:
    """All architectures on one input: ∂L/∂x_t at every step, and ∂/∂x_1 against the length.

    It can be stopped between two networks, and what is done stays in the cache.
    """
    x = input_of(settings)
    specs = models_of(settings, x.shape[2], options.matched)
    loss_step = {"last": len(x), "every": None, "chosen": min(options.step, len(x))}[options.probe]
    lengths = thinned_lengths(len(x))
    key = ("reaches", *specs, options.seeds, loss_step, key_of(settings))
    work = Work(
        key, _("Networks followed"), len(specs) * options.seeds,
        estimate=lambda: _reach_estimate(tuple(specs), len(x), options.seeds), keeps=True,
    )  # fmt: skip
    found, bands = [], []
    for spec in specs:
        own = [replace(spec, seed=spec.seed + k) for k in range(options.seeds)]
        runs = [work.after(_run(one, key_of(settings), loss_step, x)) for one in own]
        found.append(reach(spec, count_parameters(spec), loss_step, [run for run, _sweep in runs]))
        bands.append(first_input_band(spec, lengths, [sweep for _run, sweep in runs]))
    work.done()
    return found, bands


@st.cache_data(max_entries=64, show_spinner=False)
def _reach_estimate(specs: tuple[ModelSpec, ...], steps: int, seeds: int) -> Estimate:
    return architectures.estimate(list(specs), steps, seeds)


def _run(model: ModelSpec, key: tuple, loss_step: int | None, x: np.ndarray):
    return _reach(model, key, loss_step, x), _first_input(model, key, x)


@st.cache_resource(max_entries=256, show_spinner=False)
def _reach(model: ModelSpec, key: tuple, loss_step: int | None, _x: np.ndarray) -> InputGradient:
    return input_gradient(init_weights(model), _x, loss_step, model.seed)


@st.cache_resource(max_entries=256, show_spinner=False)
def _first_input(model: ModelSpec, key: tuple, _x: np.ndarray) -> InputGradient:
    return first_input(init_weights(model), _x, thinned_lengths(len(_x)), model.seed)


def stretching(
    settings: Settings, cell: str
) -> tuple[SingularValues, LyapunovSpectrum, list[Spectrum]]:
    """How one network's steps stretch a gradient: singular values, exponents, spectra of U.

    It can be stopped at any step.
    """
    x = input_of(settings)
    model = settings.model(cell, x.shape[2])
    shelf = _stretching_shelf(model, key_of(settings))
    if "found" not in shelf:
        weights, T = init_weights(model), len(x)
        work = Work(
            ("stretching", model, key_of(settings)), _("Steps followed"),
            estimate=lambda: jacobian.estimate(model, T, jacobian.needs_digits(weights, x)),
        )  # fmt: skip
        singular = singular_values(weights, x, progress=lambda k: work.share(k / T / 2))
        exponents = lyapunov(weights, x, progress=lambda t: work.share((T + t) / T / 2))
        shelf["found"] = singular, exponents, recurrent_spectra(weights)
        work.done()
    return shelf["found"]


@st.cache_resource(max_entries=16, show_spinner=False)
def _stretching_shelf(model: ModelSpec, key: tuple) -> dict:
    """A place for one result: a cached function itself may not draw a progress bar."""
    return {}


def gradient_map(settings: Settings, options: MapOptions) -> tuple[GradientMap, MapReach]:
    """The map of one network, and how far its losses reach.

    It can be stopped between two stretches of steps.
    """
    x = input_of(settings)
    model = settings.model(options.cell, x.shape[2])
    shelf = _map_shelf(model, key_of(settings), options.wrt)
    if "map" not in shelf:
        work = Work(
            ("map", model, key_of(settings), options.wrt), _("Losses followed"),
            estimate=lambda: maps.estimate(model, len(x), options.wrt),
        )  # fmt: skip
        probe = unit_probe(init_weights(model).output_size, model.seed)
        found = measure_map(init_weights(model), x, probe, options.wrt, work.share)
        shelf["map"] = found, map_reach(found)
        work.done()
    return shelf["map"]


@st.cache_resource(max_entries=6, show_spinner=False)
def _map_shelf(model: ModelSpec, key: tuple, wrt: str) -> dict:
    """A place for one map, as above."""
    return {}


def take_pair(drawn: GradientMap) -> Callable[[int], None]:
    """What a click on the map does: its pair of loss and step becomes the one read out exactly."""

    def take(number: int) -> None:
        row, column = divmod(number, len(drawn.steps))
        if 0 <= row < len(drawn.losses):
            put({"map_s": int(drawn.losses[row]), "map_t": int(drawn.steps[column])})

    return take


def phase(settings: Settings, options: PhaseOptions) -> tuple[PhaseDiagram, PhasePlace, np.ndarray]:
    """The diagram around one network, that network's place in it, and the edge by theory (Y,).

    It can be stopped between two chunks of networks. The input's scale is no matter of the diagram.
    """
    x, scaled = unscaled(settings), input_of(settings)
    own = replace(settings.model(options.cell, x.shape[2]), layers=1)
    spec = replace(own, gain=1.0, forget_bias=1.0)
    probe = unit_probe(own.hidden_size, own.seed)
    shelf = _phase_shelf(spec, source_of(settings), options)
    if "diagram" not in shelf:
        axes = _phase_axes(spec, x, options) | {"probe": probe}
        work = Work(
            ("phase", spec, source_of(settings), options), _("Networks followed"),
            estimate=lambda: phase_estimate(spec, x, **axes),
        )  # fmt: skip
        found = phase_diagram(spec, x, **axes, progress=lambda n, of: work.share(n / of))
        shelf["diagram"] = found, edge_by_theory(spec, found.y)
        work.done()
    diagram, edge = shelf["diagram"]
    return diagram, phase_place(own, scaled, diagram.gain, probe), edge


@st.cache_resource(max_entries=12, show_spinner=False)
def _phase_shelf(spec: ModelSpec, source: SequenceSpec | tuple, options: PhaseOptions) -> dict:
    """A place for one diagram, as above."""
    return {}


def _phase_axes(spec: ModelSpec, x: np.ndarray, options: PhaseOptions) -> dict[str, np.ndarray]:
    low, high = options.y
    if vertical_of(spec) == "s2":
        low = max(low, 1.001 * least_variance(init_weights(spec), x))
    for name, (first, last) in (("gain", options.gain), ("y", (low, high))):
        if first >= last:
            raise InputError("axis-ends", axis=name)
    between = np.geomspace if vertical_of(spec) == "s2" else np.linspace
    axis = between(low, high, options.n)
    gain = np.linspace(*options.gain, options.n).round(4)
    return {"gain": gain, vertical_of(spec): axis}


def take_over(settings: Settings, diagram: PhaseDiagram) -> Callable[[int], None]:
    """What a click on a network of the diagram does: its settings become those of all pages."""

    def take(number: int) -> None:
        row, column = divmod(number, len(diagram.gain))
        if row >= len(diagram.y):
            return
        values = {"gain": float(diagram.gain[column])}
        if diagram.vertical == "s2":
            weights = init_weights(diagram.spec)
            scale = input_scale(weights, unscaled(settings), diagram.y[[row]])[0]
            values["scale"] = float(f"{scale:.6g}")  # as the address has it
        else:
            values["forget_bias"] = round(float(diagram.y[row]), 4)
        put(values)

    return take
