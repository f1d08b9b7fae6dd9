"""What single pages ask besides the sidebar, bound to the address as it is."""

from dataclasses import replace
from typing import Any

import streamlit as st

from lstm_viz.analysis.gradient_map import states_of
from lstm_viz.cells import chained
from lstm_viz.i18n import _, pgettext
from lstm_viz.quantities import label
from lstm_viz.registry import CELLS, COMPARED
from lstm_viz.say.theory import THEORIES, theory_name
from lstm_viz.spec import MOST_LAYERS, ModelSpec
from lstm_viz.studies import (
    architectures,
    cost,
    gates,
    gradient_map,
    one_step,
    paths,
    phase_diagram,
    sequence_length,
)
from lstm_viz.studies.settings import DEFAULTS, Settings
from lstm_viz.studies.subject import MEASURE
from lstm_viz.studies.theory import Theory
from lstm_viz.ui.allowed import Flag, ManyOf, Number
from lstm_viz.ui.controls import LEAST_BIAS, MOST_BIAS, MOST_GAIN
from lstm_viz.ui.memory import linked
from lstm_viz.ui.widgets import (
    linked_decimal,
    linked_named,
    linked_network,
    linked_number,
    linked_slider,
)


def net_options(settings: Settings, layers: bool = True) -> Settings:
    """Controls of stacked layers and of self-attention; return the settings with what they say."""
    no_norm = pgettext("layer normalisation", "none")
    norms = {"none": no_norm, "post": _("after each part"), "pre": _("before each part")}
    with st.expander(_("Layers and self-attention")):
        own: dict[str, object] = {}
        if layers:
            own["layers"] = linked_slider("layers", _("Layers"), 1, MOST_LAYERS)
        own["heads"] = linked_slider(
            "heads", _("Heads"), 1, 8,
            help=_("Where they do not divide the hidden units, the next smaller number that does."),
        )  # fmt: skip
        own["norm"] = linked_named(st.selectbox, "norm", _("Layer normalisation"), norms)
        no_code = pgettext("positional encoding", "none")
        positions = {"sinusoidal": _("sinusoidal"), "none": no_code}
        own["positions"] = linked_named(
            st.selectbox, "positions", _("Positional encoding"), positions
        )
        flags = {
            "causal": _("Causal: no step reads a later one"),
            "residual": _("Residual connections"),
            "feed_forward": _("Feed-forward part, 4H wide"),
        }
        for key, label in flags.items():
            own[key] = linked(st.checkbox, key, label, getattr(DEFAULTS, key), Flag())
    return replace(settings, **own)


def length_options() -> sequence_length.Options:
    """By what the gradient is taken, of how many seeds, and of whom beside the compared two."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        names = {"state": _("the initial state, h₀ or c₀"), "x": _("the first input, x₁")}
        quantity = linked_named(
            st.segmented_control, "quantity", _("Gradient of the loss at T"), names
        )
        seeds = linked_number(
            "seeds", _("Seeds"), 1, 20, 5, width=140,
            help=_("So many networks, from the seed upward, on the same input."),
        )  # fmt: skip
        names = {cell: label(cell) for cell in chained() if cell not in COMPARED}
        also = linked(
            st.multiselect, "also", _("And beside them"), [], ManyOf(tuple(names)),
            options=list(names), format_func=names.get, placeholder=_("no other"), width=200,
        )  # fmt: skip
    return sequence_length.Options(quantity, seeds, tuple(also))


def theory_options() -> Theory:
    """Known answers to be drawn beside the measured curves; none by default."""
    names = {key: theory_name(key) for key in THEORIES}
    chosen = linked(
        st.multiselect, "theory", _("Theory"), [], ManyOf(tuple(names)),
        options=list(names),
        format_func=names.get,
        placeholder=_("Draw what theory says beside the measured curves"),
    )  # fmt: skip
    return Theory(tuple(chosen))


def path_options() -> paths.Options:
    """Which gated network, and which step its loss reads."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        cell = linked_network(_("Network"), [r.name for r in CELLS.values() if r.paths], "gated")
        names = {"last": _("the last step"), "every": _("every step")}
        loss = linked_named(st.segmented_control, "loss", _("The loss reads"), names)
    return paths.Options(cell, loss)


def gated_option() -> str:
    """Which of the networks that have gates, or weights in their place, to look at."""
    shown = [r.name for r in CELLS.values() if r.attends or (r.chain and r.is_gated)]
    return linked_network(_("Network"), shown)


def attention_options(spec: ModelSpec) -> gates.Options:
    """Which layer and which head of self-attention to look at."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        names = {"mean": _("mean of all")} | {str(k): str(k) for k in range(spec.heads)}
        head, layer = "mean", 1
        if spec.heads > 1:
            head = linked_named(st.segmented_control, "head", _("Head"), names)
        if spec.layers > 1:
            text = _("Layer of {n}").format(n=spec.layers)
            layer = linked_number("layer", text, 1, spec.layers, 1, width=140)
    return gates.Options(spec.cell, layer - 1, None if head == "mean" else int(head))


def match_option() -> bool:
    """Whether architectures are compared at equal numbers of parameters, not of hidden units."""
    sizes = {"units": _("hidden units"), "parameters": _("parameters")}
    return linked_named(st.segmented_control, "match", _("Equal number of"), sizes) == "parameters"


def cost_options() -> cost.Options:
    """What is equal of the nets, and along what their costs are followed."""
    with st.container(horizontal=True):
        matched, names = match_option(), {"T": _("length T"), "H": _("units H")}
        along = linked_named(st.segmented_control, "along", _("Against"), names)
    return cost.Options(matched, along)


def timing_options() -> tuple[int, str]:
    """Up to which length times are measured, and whose are shown: "both" passes or "forward"."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        bounds: dict[str, Any] = {"min_value": 50, "max_value": 3000, "step": 50}
        allowed, name = Number(50, 3000), _("Measure up to T =")
        longest = linked(st.slider, "longest", name, 400, allowed, **bounds)
        names = {"both": _("forward and backward"), "forward": pgettext("time", "forward")}
        passes = linked_named(st.segmented_control, "passes", _("Time of"), names)
    return longest, passes


def reach_options(steps: int) -> architectures.Options:
    """Where the loss stands, what is equal of the nets, and how many seeds."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        names = {"last": _("last step"), "every": _("every step"), "chosen": _("chosen step")}
        probe = linked_named(st.segmented_control, "probe", _("The loss stands at"), names)
        step = steps
        if probe == "chosen":
            middle = max(1, steps // 2)
            step = linked_number(
                "s", _("Step s of {T}").format(T=steps), 1, steps, middle, width=140
            )
        matched = match_option()
        seeds = linked_number(
            "reach_seeds", _("Seeds"), 1, 20, 3, width=140,
            help=_("So many networks, from the seed upward, on the same input."),
        )  # fmt: skip
    return architectures.Options(probe, step, matched, seeds)


def chain_option() -> str:
    """Which of the networks whose steps form one chain."""
    return linked_network(_("Network"), chained(), "chain")


def step_options(steps: int, units: int) -> one_step.Options:
    """Step, unit and direction to look at, and what stands beside the LSTM."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        beside = linked_network(
            _("Beside the LSTM"), [c for c in chained() if c != MEASURE], "beside"
        )
        names = {"both": _("both"), "forward": _("forward"), "backward": _("backward")}
        direction = linked_named(st.segmented_control, "direction", _("Direction"), names)
        unit = linked_number(
            "unit", _("Unit"), 0, units - 1, 0, width=140,
            help=_("Units are counted from 0, as in the arrays of the library."),
        )  # fmt: skip
        step = linked_number(
            "t", _("Step t of {T}").format(T=steps), 1, steps, steps, width=160,
            help=_("− and + go through time step by step."),
        )  # fmt: skip
    return one_step.Options(step, beside, unit, direction)


def map_options() -> gradient_map.Options:
    """Whose map, by which state or input, and whether its rows are divided."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        cells = sorted(CELLS, key=lambda own: own != MEASURE)
        cell = linked_network(_("Network"), cells, "map_cell", st.selectbox, width=180)
        by = {name: f"∂/∂{name}" for name in (*states_of(cell), "x")}
        wrt = linked_named(
            st.segmented_control, "wrt", _("Gradient by"), by,
            help=_("The hidden state h, the cell state c or the input x of each step."),
        )  # fmt: skip
        name = _("Divide each row by its largest")
        relative = linked(st.toggle, "relative", name, False, Flag())
    return gradient_map.Options(cell, wrt, relative)


def pair_options(steps: int) -> tuple[int, int]:
    """Loss step s and time step t of the pair that is read out exactly."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        loss = linked_number("map_s", _("Loss at step s"), 1, steps, steps, width=140)
        step = linked_number("map_t", _("Time step t"), 1, steps, max(1, steps // 2), width=140)
    return loss, step


def phase_options(cell: str) -> phase_diagram.Options:
    """The axes of the phase diagram of one of the networks whose steps form a chain."""
    with st.expander(_("Axes and resolution")), st.container(horizontal=True):
        wide = {"width": 130}
        gain = (
            linked_decimal("gain_from", _("Gain from"), 0.0, MOST_GAIN, 0.1, step=0.1, **wide),
            linked_decimal("gain_to", _("Gain to"), 0.0, MOST_GAIN, MOST_GAIN, step=0.1, **wide),
        )
        if not CELLS[cell].is_gated:
            y = (
                linked_decimal("s2_from", _("s² from"), 1e-6, 1e3, 0.01, step=0.01, **wide),
                linked_decimal("s2_to", _("s² to"), 1e-6, 1e3, 10.0, step=1.0, **wide),
            )
        else:
            bias = dict(least=LEAST_BIAS, most=MOST_BIAS, step=0.5, **wide)
            y = (
                linked_decimal("bias_from", _("Forget bias from"), default=-3.0, **bias),
                linked_decimal("bias_to", _("Forget bias to"), default=6.0, **bias),
            )
        n = linked_number("grid", _("Networks a side"), 4, 80, 24, **wide)
    return phase_diagram.Options(cell, gain, y, n)
