"""Cached runs of the engine: keyed by specifications, shared by all sessions."""

from dataclasses import replace

import numpy as np
import streamlit as st

from lstm_viz import words
from lstm_viz.analysis.attention_map import AttentionViews, attention_views
from lstm_viz.analysis.cost import (
    CostCurve,
    SizeCurve,
    cost_curve,
    matched_hidden_size,
    size_curve,
)
from lstm_viz.analysis.gru_step import gru_step
from lstm_viz.analysis.length_sweep import Band
from lstm_viz.analysis.one_step import lstm_step, rnn_step
from lstm_viz.analysis.overlays import (
    Curve,
    Reference,
    curve_by_length,
    curve_over_time,
    references,
)
from lstm_viz.analysis.paths import PathSplit, path_split
from lstm_viz.analysis.step_record import Step
from lstm_viz.analysis.survival import Survival, survival
from lstm_viz.cells import backward, count_parameters, forward, init_weights
from lstm_viz.cells.gru import GRUWeights
from lstm_viz.cells.lstm import LSTMWeights
from lstm_viz.cells.rnn import RNNWeights
from lstm_viz.errors import InputError, LstmVizError
from lstm_viz.probes import every_step, last_step, unit_probe
from lstm_viz.registry import CELLS as REGISTERED
from lstm_viz.sequences import SequenceSpec, make_sequence
from lstm_viz.spec import ModelSpec
from lstm_viz.ui.controls import WIDEST, pinned
from lstm_viz.ui.files import input_of_file, key_of_file
from lstm_viz.ui.options import Place
from lstm_viz.ui.settings import Settings

CELLS = ("rnn", "lstm")
MAPPED_STEPS = {False: 400, True: 128}  # of attention at once, in one layer or more: about 1 s


def input_of(settings: Settings) -> np.ndarray:
    """The input sequence (T, 1, D) that the settings ask for, scaled.

    Raises InputError or SpecError with a message for the reader.
    """
    x = unscaled(settings)
    if settings.scale == 1:
        return x
    with np.errstate(over="ignore"):
        scaled = settings.scale * x
    if np.isinf(scaled).any():
        raise InputError("scaled-too-far", scale=words.tidy(settings.scale))
    return scaled


def unscaled(settings: Settings) -> np.ndarray:
    """The same before it is scaled."""
    if settings.source != "csv":
        return make_sequence(settings.sequence())
    return input_of_file(settings)


def key_of(settings: Settings) -> tuple:
    """What identifies the input: where it comes from, and its scale."""
    return source_of(settings), settings.scale


def source_of(settings: Settings) -> SequenceSpec | tuple:
    """The input's specification, or file, columns and reading of a CSV."""
    if settings.source != "csv":
        return settings.sequence()
    return *key_of_file(settings), settings.T


def steps_of(settings: Settings) -> int:
    """How many steps the input has; a text or a file may have fewer than were asked for."""
    return len(input_of(settings))


def survivals(settings: Settings) -> list[Survival]:
    """RNN and LSTM on the same input, the loss at the last step."""
    return [survival_of(settings, cell) for cell in CELLS]


def survival_of(settings: Settings, cell: str) -> Survival:
    """One recurrent network, the loss at the last step."""
    x = input_of(settings)
    return _survival(settings.model(cell, x.shape[2]), key_of(settings), x)


def theory_over_time(settings: Settings, keys: tuple[str, ...]) -> list[Reference]:
    """Known answers for both networks, beside the gradient against the step."""
    curves = [curve_over_time(result) for result in survivals(settings)]
    return _theory(settings, keys, curves, from_loss=True)


def theory_by_length(
    settings: Settings, keys: tuple[str, ...], bands: list[Band]
) -> list[Reference]:
    """Known answers for the networks of the first seed, beside the bands over the length.

    Pascanu's bound is one on the median over all seeds.
    """
    curves = [curve_by_length(band) for band in bands]
    return _theory(settings, keys, curves, from_loss=False, seeds=len(bands[0].log10_norm))


def _theory(
    settings: Settings, keys: tuple[str, ...], curves: list[Curve], from_loss: bool, seeds: int = 1
) -> list[Reference]:
    found: list[Reference] = []
    if not keys:
        return found
    for result, curve in zip(survivals(settings), curves, strict=True):
        model = settings.model(result.cell, result.weights.input_size)
        nets = [init_weights(replace(model, seed=model.seed + k)) for k in range(seeds)]
        found += references(result.weights, result.trace, curve, model.init, keys, from_loss, nets)
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


def models_of(settings: Settings, input_size: int, matched: bool) -> list[ModelSpec]:
    """Each architecture's network: of H units, or of about as many parameters as the LSTM of H."""
    measure = ModelSpec().cell
    reference = count_parameters(settings.model(measure, input_size))
    specs = []
    for cell in REGISTERED:
        spec = settings.model(cell, input_size)
        if matched and cell != measure:
            size = matched_hidden_size(spec, reference)
            spec = settings.model(cell, input_size, size)
        specs.append(spec)
    return specs


def costs(settings: Settings, matched: bool) -> list[CostCurve]:
    """What each architecture's network costs at lengths around the one that is set."""
    x = input_of(settings)
    lengths = np.unique(np.append(np.geomspace(1, 10_000, 60).round().astype(int), len(x)))
    return [cost_curve(spec, lengths) for spec in models_of(settings, x.shape[2], matched)]


def costs_by_size(settings: Settings, matched: bool) -> list[SizeCurve]:
    """What each architecture's network costs over the input's steps, for sizes H of the LSTM."""
    x = input_of(settings)
    units = np.unique(np.append(np.geomspace(1, WIDEST, 12).round().astype(int), settings.H))
    nets = [models_of(replace(settings, H=int(H)), x.shape[2], matched) for H in units]
    return [size_curve(units, list(own), len(x)) for own in zip(*nets, strict=True)]


def attended(settings: Settings) -> Settings:
    """The settings with no more steps than a map of all pairs is drawn for at once."""
    return replace(settings, T=min(settings.T, MAPPED_STEPS[settings.layers > 1]))


def attention(settings: Settings, cell: str) -> AttentionViews:
    """Self-attention's weights and gradient map, T × T each."""
    x = input_of(settings)
    return _attention(settings.model(cell, x.shape[2]), key_of(settings), x)


@st.cache_resource(max_entries=8, show_spinner=False)
def _attention(model: ModelSpec, key: tuple, _x: np.ndarray) -> AttentionViews:
    return attention_views(init_weights(model), _x, unit_probe(model.hidden_size, model.seed))


def one_step(result: Survival, place: Place) -> Step | None:
    """The numbers of the chosen step and unit of one network; None if there is no drawing of it."""
    take = {LSTMWeights: lstm_step, RNNWeights: rnn_step, GRUWeights: gru_step}
    own = take.get(type(result.weights))
    where = (place.step, place.unit)
    return own and own(result.weights, result.trace, result.gradients, *where)


def paths(settings: Settings, cell: str, loss: str) -> PathSplit:
    """The path split of one gated network; the loss reads the "last" or "every" step."""
    x = input_of(settings)
    return _paths(settings.model(cell, x.shape[2]), key_of(settings), loss, x)


@st.cache_resource(max_entries=16, show_spinner=False)
def _paths(model: ModelSpec, key: tuple, loss: str, _x: np.ndarray) -> PathSplit:
    weights, v = init_weights(model), unit_probe(model.hidden_size, model.seed)
    trace = forward(weights, _x)
    direct = (last_step if loss == "last" else every_step)(len(_x), v)
    return path_split(weights, trace, backward(weights, trace, direct))
