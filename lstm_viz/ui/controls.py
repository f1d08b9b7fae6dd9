"""The sidebar: every shared setting, bound to the address; presets and reset."""

from dataclasses import fields
from typing import Any

import streamlit as st

from lstm_viz.activations import ACTIVATIONS
from lstm_viz.i18n import _
from lstm_viz.say.settings import names
from lstm_viz.spec import INIT_NAMES
from lstm_viz.studies.cost import WIDEST
from lstm_viz.studies.settings import (
    DEFAULTS,
    PRESETS,
    Settings,
    nearly_torch,
)
from lstm_viz.ui import files
from lstm_viz.ui.allowed import Number, Text
from lstm_viz.ui.memory import forget, linked, put
from lstm_viz.ui.widgets import (
    linked_choice,
    linked_decimal,
    linked_named,
    linked_number,
    linked_slider,
)
from lstm_viz.words import tidy

LONGEST = 1000
MOST_GAIN, LEAST_BIAS, MOST_BIAS = 4.0, -6.0, 10.0
LIMITS = {  # of the numbers that are set here
    "T": Number(1, LONGEST),
    "H": Number(1, WIDEST),
    "gain": Number(0.0, MOST_GAIN),
    "forget_bias": Number(LEAST_BIAS, MOST_BIAS),
    "scale": Number(0.0, 1000.0),
    "D": Number(1, 64),
    "period": Number(2.0, 200.0),
    "seed": Number(0, 2**31 - 1),
}


def sidebar(longest: int = LONGEST) -> Settings:
    """Draw the controls and return what they say; `longest` is the page's largest T."""
    with st.sidebar:
        _presets()
        length = linked_slider("T", _("Sequence length T"), 1, longest)
        gain = linked_slider("gain", _("Recurrent gain"), *LIMITS["gain"], step=0.05)
        forget_bias = linked_slider(
            "forget_bias", _("Forget bias"), *LIMITS["forget_bias"], step=0.5
        )
        source = linked_named(st.selectbox, "source", _("Input"), names("source"))
        details, places = _input_details(source), None
        if source == "csv":
            details, places = files.file_controls()
        scale = linked_decimal(
            "scale", _("Input scale"), *LIMITS["scale"], default=DEFAULTS.scale, step=0.1,
            help=_("Multiplies the input."),
        )  # fmt: skip
        init = linked_choice("init", _("Initialisation"), INIT_NAMES, help=_init_help())
        if nearly_torch(init, gain, forget_bias):
            st.caption(_torch_differs(gain, forget_bias))
        activation = linked_choice("activation", _("RNN's activation"), ACTIVATIONS)
        hidden = linked_slider("H", _("Hidden units H"), *LIMITS["H"])
        seed = linked_number(
            "seed", _("Seed"), *LIMITS["seed"], default=DEFAULTS.seed,
            help=_("Of weights, noise and probe. The same seed gives the same figure."),
        )  # fmt: skip
    settings = Settings(
        T=length, H=hidden, gain=gain, init=init, forget_bias=forget_bias, activation=activation,
        source=source, scale=scale, seed=seed, **details,
    )  # fmt: skip
    return files.understood(settings, places)


def _torch_differs(gain: float, forget_bias: float) -> str:
    """In what a net of PyTorch's initialisation is not the one that PyTorch makes."""
    text = _("PyTorch's own LSTM and GRU have recurrent gain 1 (here {gain}).")
    if gain == 1:
        text = _("PyTorch's own LSTM and GRU have forget bias 0 (here {bias}).")
    elif forget_bias != 0:
        text = _(
            "PyTorch's own LSTM and GRU have forget bias 0 (here {bias}) and recurrent gain 1"
            " (here {gain})."
        )
    return text.format(gain=tidy(gain), bias=tidy(forget_bias))


def _presets() -> None:
    """Buttons that set several settings; without callbacks, which a new session has none of yet."""
    names = {
        "vanishing": _("Vanishing"),
        "exploding": _("Exploding"),
        "remembers": _("LSTM remembers"),
        "forgets": _("LSTM forgets"),
        "orthogonal": _("Orthogonal RNN"),
        "torch": _("PyTorch's own"),
    }
    with st.container(horizontal=True, gap="small"):
        for name in PRESETS:
            if st.button(names[name], key=f"preset_{name}"):
                put(PRESETS[name])
        if st.button(_("Reset"), key="reset", type="tertiary"):
            forget(own.name for own in fields(Settings) if own.name != "csv")


def _init_help() -> str:
    return _(
        "How the weights are drawn. “chrono” sets the gate biases for long dependencies; the plain"
        " RNN, which has none, is then PyTorch's."
    )


def _input_details(source: str) -> dict[str, Any]:
    """The controls that belong to the chosen input alone."""
    details: dict[str, object] = {}
    if source in ("noise", "constant", "sine", "impulse"):
        details["D"] = linked_slider("D", _("Inputs D"), *LIMITS["D"])
    if source == "sine":
        details["period"] = linked_slider(
            "period", _("Period in steps"), *LIMITS["period"], step=1.0
        )
    if source == "text":
        details["text"] = linked(
            st.text_area, "text", _("Text"), DEFAULTS.text, Text(), max_chars=Text.LONGEST
        )
        details["encoding"] = linked_named(
            st.selectbox, "encoding", _("One-hot"), names("encoding")
        )
    return details
