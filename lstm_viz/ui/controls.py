"""The sidebar: every shared setting, bound to the address; presets and reset."""

from dataclasses import dataclass

import streamlit as st

from lstm_viz.activations import ACTIVATIONS
from lstm_viz.i18n import _
from lstm_viz.sequences import ENCODINGS
from lstm_viz.spec import INIT_NAMES
from lstm_viz.ui.settings import DEFAULTS, PRESETS, SOURCES, Settings, all_values, preset_values

LONGEST, WIDEST = 1000, 128
UPLOAD, CSV = "_csv_upload", "_csv_bytes"


def sidebar() -> Settings:
    """Draw the controls and return what they say."""
    with st.sidebar:
        _presets()
        length = _slider("T", _("Sequence length T"), 1, LONGEST)
        gain = _slider("gain", _("Recurrent gain"), 0.0, 4.0, 0.05)
        forget_bias = _slider("forget_bias", _("Forget bias"), -6.0, 10.0, 0.5)
        source = _choice("source", _("Input"), SOURCES, _source_names())
        details = _input_details(source)
        init = _choice("init", _("Initialisation"), INIT_NAMES, {}, _init_help())
        activation = _choice("activation", _("RNN's activation"), tuple(ACTIVATIONS), {})
        hidden = _slider("H", _("Hidden units H"), 1, WIDEST)
        seed = st.number_input(
            _("Seed"), 0, 2**31 - 1, DEFAULTS.seed, key="seed", bind="query-params",
            help=_("Of weights, noise and probe. The same seed gives the same figure."),
        )  # fmt: skip
    return Settings(
        T=length, H=hidden, gain=gain, init=init, forget_bias=forget_bias, activation=activation,
        source=source, seed=int(seed), **details,
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
            st.button(names[name], on_click=_set, args=(preset_values(name),), key=f"preset_{name}")
        reset = _("Reset")
        st.button(reset, on_click=_set, args=(all_values(DEFAULTS),), key="reset", type="tertiary")


def _set(values: dict[str, object]) -> None:
    for key, value in values.items():
        st.session_state[key] = value


def _slider(key: str, label: str, least, most, step=1, **options):
    default = options.pop("default", getattr(DEFAULTS, key, None))
    return st.slider(label, least, most, default, step, key=key, bind="query-params", **options)


def _choice(key: str, label: str, values: tuple[str, ...], names: dict, help: str | None = None):
    return st.selectbox(
        label,
        values,
        index=values.index(getattr(DEFAULTS, key)),
        format_func=lambda value: names.get(value, value),
        key=key,
        bind="query-params",
        help=help,
    )


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
        details["text"] = st.text_area(
            _("Text"), DEFAULTS.text, key="text", bind="query-params", max_chars=1000
        )
        details["encoding"] = _choice("encoding", _("One-hot"), ENCODINGS, {
            "characters": _("characters"), "bytes": _("bytes"),
        })  # fmt: skip
    if source == "csv":
        _uploader()
    return details


def _uploader() -> None:
    """Keep the file in the session: the widget forgets it when the page changes."""
    file = st.file_uploader(
        _("CSV file: one row a time step, one column an input"),
        type=["csv", "tsv", "txt"],
        key=UPLOAD,
    )
    if file is not None:
        st.session_state[CSV] = (file.name, file.getvalue())
    if CSV in st.session_state:
        st.caption(_("In use: {name}").format(name=st.session_state[CSV][0]))


def length_options() -> tuple[str, int]:
    """Which gradient is followed, "h" or "x", and over how many seeds."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        names = {"h": _("∂/∂h₀, the initial state"), "x": _("∂/∂x₁, the first input")}
        quantity = st.segmented_control(
            _("Gradient of the loss at T"), names, default="h", format_func=names.get,
            key="quantity", bind="query-params", required=True,
        )  # fmt: skip
        seeds = st.number_input(
            _("Seeds"), 1, 20, 5, key="seeds", bind="query-params", width=140,
            help=_("So many networks, from the seed upward, on the same input."),
        )  # fmt: skip
    return quantity or "h", int(seeds)


@dataclass(frozen=True)
class Place:
    """Which step (from 1), which unit (from 0) and which direction to look at."""

    step: int
    unit: int
    direction: str


def step_options(steps: int, units: int) -> Place:
    """Step, unit and direction of the one-step page."""
    for key, most in (
        ("t", steps),
        ("unit", units - 1),
    ):  # a shorter run may have left them outside
        if st.session_state.get(key, 1) > most:
            st.session_state[key] = most
    with st.container(horizontal=True, vertical_alignment="bottom"):
        names = {"forward": _("forward"), "backward": _("backward"), "both": _("both")}
        direction = st.segmented_control(
            _("Direction"), names, default="both", format_func=names.get, key="direction",
            bind="query-params", required=True,
        )  # fmt: skip
        unit = st.number_input(
            _("Unit"), 0, units - 1, 0, key="unit", bind="query-params", width=140,
            help=_("Units are counted from 0, as in the arrays of the library."),
        )  # fmt: skip
        step = st.number_input(
            _("Step t of {T}").format(T=steps), 1, steps, steps, key="t", bind="query-params",
            width=160, help=_("− and + go through time step by step."),
        )  # fmt: skip
    return Place(int(step), int(unit), direction or "both")
