"""The sidebar: every shared setting, bound to the address; presets and reset."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace

import streamlit as st

from lstm_viz.activations import ACTIVATIONS
from lstm_viz.analysis.gradient_map import states_of
from lstm_viz.analysis.paths import THROUGH
from lstm_viz.csv_columns import read_csv
from lstm_viz.errors import InputError
from lstm_viz.figures.overlays import OVERLAYS, overlay_label
from lstm_viz.figures.theme import label
from lstm_viz.i18n import _
from lstm_viz.registry import CELLS
from lstm_viz.spec import INIT_NAMES, MOST_LAYERS
from lstm_viz.ui.memory import Flag, ManyOf, Number, OneOf, Text, linked, put
from lstm_viz.ui.settings import (
    DEFAULTS,
    HEADERS,
    PRESETS,
    Settings,
    all_values,
    preset_values,
)

LONGEST, WIDEST = 1000, 128
LONGEST_MAP = 2000
MOST_GAIN, LEAST_BIAS, MOST_BIAS, STRONGEST = 4.0, -6.0, 10.0, 1000.0
UPLOAD, CSV, PINNED = "_csv_upload", "_csv_bytes", "_pinned"


def sidebar(longest: int = LONGEST) -> Settings:
    """Draw the controls and return what they say; `longest` is the page's largest T."""
    with st.sidebar:
        _presets()
        length = _slider("T", _("Sequence length T"), 1, longest)
        gain = _slider("gain", _("Recurrent gain"), 0.0, MOST_GAIN, 0.05)
        forget_bias = _slider("forget_bias", _("Forget bias"), LEAST_BIAS, MOST_BIAS, 0.5)
        source = _named(st.selectbox, "source", _("Input"), _source_names())
        details = _input_details(source)
        scale = _decimal(
            "scale", _("Input scale"), 0.0, STRONGEST, DEFAULTS.scale, step=0.1,
            help=_("Multiplies the input."),
        )  # fmt: skip
        init = _choice("init", _("Initialisation"), INIT_NAMES, help=_init_help())
        activation = _choice("activation", _("RNN's activation"), ACTIVATIONS)
        hidden = _slider("H", _("Hidden units H"), 1, WIDEST)
        seed = _number(
            "seed", _("Seed"), 0, 2**31 - 1, DEFAULTS.seed,
            help=_("Of weights, noise and probe. The same seed gives the same figure."),
        )  # fmt: skip
    return Settings(
        T=length, H=hidden, gain=gain, init=init, forget_bias=forget_bias, activation=activation,
        source=source, scale=scale, seed=seed, **details,
    )  # fmt: skip


def _presets() -> None:
    names = {
        "vanishing": _("Vanishing"),
        "exploding": _("Exploding"),
        "remembers": _("LSTM remembers"),
        "forgets": _("LSTM forgets"),
        "orthogonal": _("Orthogonal RNN"),
    }
    with st.container(horizontal=True, gap="small"):
        for name in PRESETS:
            st.button(names[name], on_click=put, args=(preset_values(name),), key=f"preset_{name}")
        reset = _("Reset")
        st.button(reset, on_click=put, args=(all_values(DEFAULTS),), key="reset", type="tertiary")


def _slider(key: str, label: str, least: float, most: float, step: float = 1, **options) -> float:
    options |= {"min_value": least, "max_value": most, "step": step}
    return linked(st.slider, key, label, getattr(DEFAULTS, key), Number(least, most), **options)


def _number(key: str, label: str, least, most, default, **options):
    options |= {"min_value": least, "max_value": most}
    return linked(st.number_input, key, label, default, Number(least, most), **options)


def _decimal(key: str, label: str, least: float, most: float, default: float, **options) -> float:
    return _number(key, label, least, most, default, format="%g", **options)


def _choice(key: str, label: str, values: Iterable[str], **options) -> str:
    """One of several names that are the same in every language."""
    return _named(st.selectbox, key, label, {v: v for v in values}, **options)


def _named(widget, key: str, label: str, names: dict[str, str], **options) -> str:
    """One of several things whose names are translated, while the address keeps the key."""
    default = getattr(DEFAULTS, key, next(iter(names)))
    options |= {"options": list(names), "format_func": names.get}
    return linked(widget, key, label, default, OneOf(tuple(names)), **options)


def _source_names() -> dict[str, str]:
    return {
        "noise": _("white noise"),
        "constant": _("constant"),
        "sine": _("sine"),
        "impulse": _("impulse at the first step"),
        "text": _("my text"),
        "stocks": _("stock prices, 2018–2019"),
        "csv": _("my CSV file"),
    }


def _init_help() -> str:
    return _(
        "How the weights are drawn. “chrono” sets the gate biases for long dependencies; the plain"
        " RNN, which has none, is then PyTorch's."
    )


def _input_details(source: str) -> dict[str, object]:
    """The controls that belong to the chosen input alone."""
    details: dict[str, object] = {}
    if source in ("noise", "constant", "sine", "impulse"):
        details["D"] = _slider("D", _("Inputs D"), 1, 64)
    if source == "sine":
        details["period"] = _slider("period", _("Period in steps"), 2.0, 200.0, 1.0)
    if source == "text":
        details["text"] = linked(
            st.text_area, "text", _("Text"), DEFAULTS.text, Text(), max_chars=Text.LONGEST
        )
        names = {"characters": _("characters"), "bytes": _("bytes")}
        details["encoding"] = _named(st.selectbox, "encoding", _("One-hot"), names)
    if source == "csv":
        details |= _csv_details()
    return details


def _csv_details() -> dict[str, object]:
    """The file, kept in the session since the widget forgets it when the page changes."""
    file = st.file_uploader(
        _("CSV file: one row a time step, one column an input"),
        type=["csv", "tsv", "txt"],
        key=UPLOAD,
    )
    if file is not None:
        st.session_state[CSV] = (file.name, file.getvalue())
    if CSV not in st.session_state:
        return {}
    name, content = st.session_state[CSV]
    names = {"auto": _("as it looks"), "yes": _("names"), "no": _("numbers")}
    header = _named(st.selectbox, "header", _("The first row holds"), names)
    standardise = linked(
        st.checkbox, "standardise", _("Standardise each column"), DEFAULTS.standardise, Flag()
    )
    details = {"csv": csv_label(name, content), "header": header, "standardise": standardise}
    return details | {"columns": _columns(content, header)}


def csv_label(name: str, content: bytes) -> str:
    """What tells one uploaded file from another."""
    return f"{name} {hashlib.sha256(content).hexdigest()[:8]}"


def _columns(content: bytes, header: str) -> tuple[str, ...]:
    """Which of the file's columns to read; none where it cannot be read, as the page will say."""
    try:
        names = read_csv(content, header=HEADERS[header], length=1).names
    except InputError:
        return ()
    key = "_columns_" + "_".join(names)
    return tuple(st.multiselect(_("Columns"), names, names, key=key))


def net_options(settings: Settings, layers: bool = True) -> Settings:
    """Controls of stacked layers and of self-attention; return the settings with what they say."""
    norms = {"none": _("none"), "post": _("after each part"), "pre": _("before each part")}
    with st.expander(_("Layers and self-attention")):
        own: dict[str, object] = {}
        if layers:
            own["layers"] = _slider("layers", _("Layers"), 1, MOST_LAYERS)
        own["heads"] = _slider(
            "heads", _("Heads"), 1, 8,
            help=_("Where they do not divide the hidden units, the next smaller number that does."),
        )  # fmt: skip
        own["norm"] = _named(st.selectbox, "norm", _("Layer normalisation"), norms)
        positions = {"sinusoidal": _("sinusoidal"), "none": _("none")}
        own["positions"] = _named(st.selectbox, "positions", _("Positional encoding"), positions)
        flags = {
            "causal": _("Causal: no step reads a later one"),
            "residual": _("Residual connections"),
            "feed_forward": _("Feed-forward part, 4H wide"),
        }
        for key, label in flags.items():
            own[key] = linked(st.checkbox, key, label, getattr(DEFAULTS, key), Flag())
    return replace(settings, **own)


def pin(settings: Settings) -> None:
    """Offer to keep the present setting for comparison, and to let it go again."""

    def keep(value: Settings | None) -> None:
        st.session_state[PINNED] = value

    with st.container(horizontal=True):
        words = _("Keep this setting as a ghost, change something, and see both.")
        st.button(_("Pin"), on_click=keep, args=(settings,), key="pin", help=words)
        if pinned() is not None:
            st.button(_("Unpin"), on_click=keep, args=(None,), key="unpin")


def pinned() -> Settings | None:
    """The setting that was pinned in this session."""
    return st.session_state.get(PINNED)


def length_options() -> tuple[str, int]:
    """Which gradient is followed, "h" or "x", and over how many seeds."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        names = {"h": _("∂/∂h₀, the initial state"), "x": _("∂/∂x₁, the first input")}
        quantity = _named(st.segmented_control, "quantity", _("Gradient of the loss at T"), names)
        seeds = _number(
            "seeds", _("Seeds"), 1, 20, 5, width=140,
            help=_("So many networks, from the seed upward, on the same input."),
        )  # fmt: skip
    return quantity, seeds


@dataclass(frozen=True)
class TheoryOptions:
    """Which known answers are drawn beside the measured curves."""

    keys: tuple[str, ...]

    def caption(self) -> str:
        """What a figure's caption adds to the settings."""
        return f", theory = {' '.join(self.keys)}" if self.keys else ""

    def slug(self, figure: str) -> str:
        """The same for a file's name."""
        return "_".join([figure, *self.keys])


def theory_options() -> TheoryOptions:
    """Known answers to be drawn beside the measured curves; none by default."""
    names = {key: overlay_label(key) for key in OVERLAYS}
    chosen = linked(
        st.multiselect, "theory", _("Theory"), [], ManyOf(tuple(names)),
        options=list(names),
        format_func=names.get,
        placeholder=_("Draw what theory says beside the measured curves"),
    )  # fmt: skip
    return TheoryOptions(tuple(chosen))


def path_options() -> tuple[str, str]:
    """Which gated network, and whether its loss reads the "last" or "every" step."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        names = {cell: label(cell) for cell in THROUGH}
        cell = _named(st.segmented_control, "gated", _("Network"), names)
        names = {"last": _("the last step"), "every": _("every step")}
        loss = _named(st.segmented_control, "loss", _("The loss reads"), names)
    return cell, loss


def network_option() -> str:
    """Which of the networks that have gates or weights to look at."""
    names = {cell: label(cell) for cell in ("lstm", "gru", "attention")}
    return _named(st.segmented_control, "network", _("Network"), names)


def attention_options(heads: int, layers: int) -> tuple[int, int | None]:
    """Which layer, from 0, and which head; None for the mean of all."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        names = {"mean": _("mean of all")} | {str(k): str(k) for k in range(heads)}
        head, layer = "mean", 1
        if heads > 1:
            head = _named(st.segmented_control, "head", _("Head"), names)
        if layers > 1:
            layer = _number("layer", _("Layer of {n}").format(n=layers), 1, layers, 1, width=140)
    return layer - 1, None if head == "mean" else int(head)


def match_option() -> bool:
    """Whether architectures are compared at equal numbers of parameters, not of hidden units."""
    sizes = {"units": _("hidden units"), "parameters": _("parameters")}
    return _named(st.segmented_control, "match", _("Equal number of"), sizes) == "parameters"


def along_option() -> str:
    """Whether costs are followed along the length, "T", or along the size, "H"."""
    names = {"T": _("length T"), "H": _("units H")}
    return _named(st.segmented_control, "along", _("Against"), names)


def timing_options() -> tuple[int, str]:
    """Up to which length times are measured, and whose are shown: "both" passes or "forward"."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        bounds = {"min_value": 50, "max_value": 3000, "step": 50}
        allowed, name = Number(50, 3000), _("Measure up to T =")
        longest = linked(st.slider, "longest", name, 400, allowed, **bounds)
        names = {"both": _("forward and backward"), "forward": _("forward")}
        passes = _named(st.segmented_control, "passes", _("Time of"), names)
    return longest, passes


@dataclass(frozen=True)
class ReachOptions:
    """Where the loss stands, "last", "every" or "chosen" step; equal parameters or equal H."""

    probe: str
    step: int
    matched: bool
    seeds: int

    def caption(self) -> str:
        """What a figure's caption adds to the settings."""
        at = f"s = {self.step}" if self.probe == "chosen" else f"loss = {self.probe}"
        return f", {at}, equal {'parameters' if self.matched else 'H'}, seeds = {self.seeds}"

    def slug(self) -> str:
        """The same for a file's name."""
        at = f"s{self.step}" if self.probe == "chosen" else self.probe
        return f"{at}_{'parameters' if self.matched else 'units'}_{self.seeds}seeds"


def reach_options(steps: int) -> ReachOptions:
    """The options of the page that compares architectures."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        names = {"last": _("last step"), "every": _("every step"), "chosen": _("chosen step")}
        probe = _named(st.segmented_control, "probe", _("The loss stands at"), names)
        step = steps
        if probe == "chosen":
            middle = max(1, steps // 2)
            step = _number("s", _("Step s of {T}").format(T=steps), 1, steps, middle, width=140)
        matched = match_option()
        seeds = _number(
            "reach_seeds", _("Seeds"), 1, 20, 3, width=140,
            help=_("So many networks, from the seed upward, on the same input."),
        )  # fmt: skip
    return ReachOptions(probe, step, matched, seeds)


def chain_option() -> str:
    """Which of the networks whose steps form one chain."""
    names = {cell: label(cell) for cell in ("rnn", "lstm", "gru")}
    return _named(st.segmented_control, "chain", _("Network"), names)


@dataclass(frozen=True)
class Place:
    """Which step (from 1), unit (from 0) and direction to look at; the cell beside the LSTM."""

    step: int
    unit: int
    direction: str
    beside: str


def step_options(steps: int, units: int) -> Place:
    """Step, unit and direction of the one-step page, and what stands beside the LSTM."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        names = {cell: label(cell) for cell in ("rnn", "gru")}
        beside = _named(st.segmented_control, "beside", _("Beside the LSTM"), names)
        names = {"both": _("both"), "forward": _("forward"), "backward": _("backward")}
        direction = _named(st.segmented_control, "direction", _("Direction"), names)
        unit = _number(
            "unit", _("Unit"), 0, units - 1, 0, width=140,
            help=_("Units are counted from 0, as in the arrays of the library."),
        )  # fmt: skip
        step = _number(
            "t", _("Step t of {T}").format(T=steps), 1, steps, steps, width=160,
            help=_("− and + go through time step by step."),
        )  # fmt: skip
    return Place(step, unit, direction, beside)


@dataclass(frozen=True)
class MapOptions:
    """Whose map, by which state or input, and whether each row is divided by its largest value."""

    cell: str
    wrt: str
    relative: bool

    def caption(self) -> str:
        """What a figure's caption adds to the settings."""
        rows = ", rows divided by their largest" if self.relative else ""
        return f", network = {self.cell}, ∂/∂{self.wrt}{rows}"


def map_options() -> MapOptions:
    """The options of the page that maps every loss to every step."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        cells = {cell: label(cell) for cell in sorted(CELLS, key=lambda own: own != "lstm")}
        cell = _named(st.selectbox, "map_cell", _("Network"), cells, width=180)
        by = {name: f"∂/∂{name}" for name in (*states_of(cell), "x")}
        wrt = _named(
            st.segmented_control, "wrt", _("Gradient by"), by,
            help=_("The hidden state h, the cell state c or the input x of each step."),
        )  # fmt: skip
        name = _("Divide each row by its largest")
        relative = linked(st.toggle, "relative", name, False, Flag())
    return MapOptions(cell, wrt, relative)


def pair_options(steps: int) -> tuple[int, int]:
    """Loss step s and time step t of the pair that is read out exactly."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        loss = _number("map_s", _("Loss at step s"), 1, steps, steps, width=140)
        step = _number("map_t", _("Time step t"), 1, steps, max(1, steps // 2), width=140)
    return loss, step


@dataclass(frozen=True)
class PhaseOptions:
    """Whose diagram, over which gains and which forget biases or s², of n by n networks."""

    cell: str
    gain: tuple[float, float]
    y: tuple[float, float]
    n: int

    def caption(self) -> str:
        """What a figure's caption adds to the settings."""
        return f", network = {self.cell}, {self.n} × {self.n} networks"


def phase_options(cell: str) -> PhaseOptions:
    """The axes of the phase diagram of one of the networks whose steps form a chain."""
    with st.expander(_("Axes and resolution")), st.container(horizontal=True):
        wide = {"width": 130}
        gain = (
            _decimal("gain_from", _("Gain from"), 0.0, MOST_GAIN, 0.1, step=0.1, **wide),
            _decimal("gain_to", _("Gain to"), 0.0, MOST_GAIN, MOST_GAIN, step=0.1, **wide),
        )
        if cell == "rnn":
            y = (
                _decimal("s2_from", _("s² from"), 1e-6, 1e3, 0.01, step=0.01, **wide),
                _decimal("s2_to", _("s² to"), 1e-6, 1e3, 10.0, step=1.0, **wide),
            )
        else:
            bias = dict(least=LEAST_BIAS, most=MOST_BIAS, step=0.5, **wide)
            y = (
                _decimal("bias_from", _("Forget bias from"), default=-3.0, **bias),
                _decimal("bias_to", _("Forget bias to"), default=6.0, **bias),
            )
        n = _number("grid", _("Networks a side"), 4, 80, 24, **wide)
    return PhaseOptions(cell, gain, y, n)
