"""Settings in words, the same wherever they are said: a figure's caption, its title, a change."""

from collections.abc import Iterable
from typing import Any

from lstm_viz import words
from lstm_viz.i18n import N_, _, ngettext, translated
from lstm_viz.inputs.reading.gaps import POLICIES
from lstm_viz.inputs.reading.separators import BY_NAME, SEPARATORS
from lstm_viz.quantities import label
from lstm_viz.say.phrases import listed, together
from lstm_viz.version import __version__

SETTINGS = {  # by the keys of the address
    "gain": N_("recurrent gain {value}"),
    "init": N_("initialisation “{value}”"),
    "forget_bias": N_("forget bias {value}"),
    "activation": N_("RNN's activation {value}"),
    "source": N_("input: {value}"),
    "scale": N_("input scale {value}"),
    "period": N_("period of {value} steps"),
    "text": N_("text “{value}”"),
    "encoding": N_("one-hot by {value}"),
    "csv": N_("file {value}"),
    "separator": N_("separator: {value}"),
    "decimal": N_("decimal mark: {value}"),
    "header": N_("first row: {value}"),
    "missing": N_("missing values: {value}"),
    "line": N_("one line: {value}"),
    "columns": N_("columns: {value}"),
    "positions": N_("positional encoding: {value}"),
    "norm": N_("layer normalisation: {value}"),
    "seed": N_("seed {value}"),
    "network": N_("network: {value}"),
    "beside": N_("beside it: {value}"),
    "also": N_("also {value}"),
    "theory": N_("theory: {value}"),
    "t": N_("step {value}"),
    "unit": N_("unit {value}"),
    "s": N_("loss at step {value}"),
    "loss": N_("loss: {value}"),
    "match": N_("equal number of {value}"),
    "passes": N_("time of {value}"),
    "by": N_("gradient by {value}"),
    "quantity": N_("gradient by {value}"),
    "layer": N_("layer {value}"),
    "head": N_("head: {value}"),
    "direction": N_("direction: {value}"),
}
COUNTED = ("T", "H", "D", "layers", "heads", "seeds", "networks")
YES_OR_NO = {
    "standardise": (N_("columns standardised"), N_("columns not standardised")),
    "causal": (N_("no step reads a later one"), N_("every step reads all others")),
    "residual": (N_("residual connections"), N_("no residual connections")),
    "feed_forward": (N_("a feed-forward part"), N_("no feed-forward part")),
    "relative": (N_("each row divided by its largest"), ""),
}
NAMES = {  # of the values of a choice
    "source": {
        "noise": N_("white noise"),
        "constant": N_("constant"),
        "sine": N_("sine"),
        "impulse": N_("impulse at the first step"),
        "text": N_("my text"),
        "stocks": N_("stock prices, 2018–2019"),
        "csv": N_("my CSV file"),
    },
    "encoding": {"characters": N_("characters"), "bytes": N_("bytes")},
    "norm": {"none": N_("none"), "post": N_("after each part"), "pre": N_("before each part")},
    "positions": {"sinusoidal": N_("sinusoidal"), "none": N_("none")},
    "decimal": {"auto": N_("as it looks"), "point": N_("point"), "comma": N_("comma")},
    "header": {"auto": N_("as it looks"), "yes": N_("names"), "no": N_("numbers")},
    "line": {"auto": N_("as it looks"), "series": N_("a series"), "step": N_("one step")},
    "separator": {
        "auto": N_("as it looks"),
        **{key: SEPARATORS[mark] for key, mark in BY_NAME.items()},
    },
    "missing": POLICIES,
    "loss": {"last": N_("last step"), "every": N_("every step"), "chosen": N_("chosen step")},
    "quantity": {
        "state": N_("the initial state, h₀ or c₀"),
        "x": N_("the first input, x₁"),
    },
    "match": {"units": N_("hidden units"), "parameters": N_("parameters")},
    "passes": {"both": N_("forward and backward"), "forward": N_("forward")},
    "direction": {
        "both": N_("both"),
        "forward": N_("forward"),
        "backward": N_("backward"),
    },
    "head": {"mean": N_("mean of all")},
}


def names(setting: str) -> dict[str, str]:
    """What the values of a choice are called on screen."""
    return {key: translated(name) for key, name in NAMES[setting].items()}


def said(setting: str, value: Any) -> str:
    """One setting in words: ("forget_bias", 1.0) → "forget bias 1"; "" if there is nothing to say.

    value : a number, a key, a name, or several of them
    """
    if value in ("", (), []):
        return ""
    if setting in COUNTED:
        return counted(setting, int(value))
    if setting in YES_OR_NO:
        yes, no = YES_OR_NO[setting]
        return translated(yes if value else no)
    return translated(SETTINGS[setting]).format(value=named(setting, value))


def named(setting: str, value: object) -> str:
    """The value alone, as people read it."""
    if isinstance(value, float):
        return words.tidy(value)
    if isinstance(value, tuple | list):
        return listed(named(setting, one) for one in value)
    if setting in ("network", "beside", "also"):
        return label(str(value))
    return names(setting).get(str(value), str(value)) if setting in NAMES else str(value)


def of_cell(cell: str, said: str) -> str:
    """What is set of one architecture's net alone."""
    return _("{cell}: {setting}").format(cell=label(cell), setting=said)


def counted(setting: str, n: int) -> str:
    """So many of them: ("T", 50) → "50 steps"."""
    texts = {
        "T": ngettext("{n} step", "{n} steps", n),
        "H": ngettext("{n} hidden unit", "{n} hidden units", n),
        "D": ngettext("{n} input", "{n} inputs", n),
        "layers": ngettext("{n} layer", "{n} layers", n),
        "heads": ngettext("{n} head", "{n} heads", n),
        "seeds": ngettext("{n} seed", "{n} seeds", n),
        "networks": ngettext("{n} network", "{n} networks", n),
    }
    return texts[setting].format(n=words.count(n))


def caption(said: Iterable[str]) -> str:
    """What a figure was made with, and at which settings, in one line."""
    return f"lstm_viz {__version__} · {listed(filter(None, said))}"


def title(what: str, cells: Iterable[str], *more: str) -> str:
    """What a figure shows: "How much of the gradient is left, RNN and LSTM, 50 steps".

    what : in words; cells : of which networks; more : such as how many steps
    """
    return listed(filter(None, [what, together(map(label, cells)), *more]))
