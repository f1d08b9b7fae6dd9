"""What all results can do: say in a line what they show, in a small table, and as a tidy table.

A result is a dataclass of arrays, made with repr=False, whose `facts` say what a reader can
conclude. Notebooks show those as a table, and the figure of a result that has one.
"""

import importlib
import math
import reprlib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from functools import cached_property
from html import escape
from typing import TYPE_CHECKING

import numpy as np

from lstm_viz.sketch import Line, svg
from lstm_viz.version import __version__
from lstm_viz.words import count, number, power

if TYPE_CHECKING:
    from pandas import DataFrame
    from plotly.graph_objects import Figure

    from lstm_viz.cells.base import Failure

if TYPE_CHECKING:
    once = property  # what is read is the value: a checker takes a cached_property for itself
else:
    once = cached_property

MOST = 300  # characters of a repr


@dataclass(frozen=True, eq=False, repr=False)
class Shown:
    """A repr, a table for notebooks and `to_frame`, from a result's `facts` and its rows."""

    def facts(self) -> dict[str, str]:
        """What a reader can conclude, each fact under its name; here what the fields hold."""
        return {own.name: brief(getattr(self, own.name)) for own in fields(self)}

    def settings(self) -> dict[str, object]:
        """What the result is of, by the names that `ModelSpec` has: columns of its table."""
        weights = getattr(self, "weights", None)
        return {} if weights is None else settings_of(weights)

    def to_frame(self) -> "DataFrame":
        """A tidy table, one row an observation, with the settings and the library's version."""
        return self.settled(self._rows())

    def settled(self, rows: "DataFrame") -> "DataFrame":
        """A table of this result after its settings and before the library's version."""
        from lstm_viz.tables import with_settings

        return with_settings(rows, self.settings(), __version__)

    def _rows(self) -> "DataFrame":
        """The table's rows; here the entries of all arrays, or one row of what is no array."""
        from lstm_viz.tables import entries_frame, rows_frame

        values = {own.name: getattr(self, own.name) for own in fields(self)}
        arrays = {name: v for name, v in values.items() if isinstance(v, np.ndarray)}
        plain = {name: v for name, v in values.items() if isinstance(v, int | float | str)}
        return entries_frame(arrays) if arrays else rows_frame([plain])

    def line(self) -> Line | None:
        """The curve that a notebook draws beside the facts, if there is one."""

    def figure(self, ground: str = "light") -> "Figure":
        """The result as a plotly figure, on a light or a "dark" ground.

        Raises SpecError if there is none of its kind; plotly must be installed.
        """
        figures = importlib.import_module("lstm_viz.figures.of_results")  # by name: they know us
        return figures.figure(self, ground)

    def __repr__(self) -> str:
        facts = _said(self).items()
        said = "; ".join(text if name == "net" else f"{name}: {text}" for name, text in facts)
        name = type(self).__name__
        return f"{name}({_shortened(said, MOST - len(name) - 2)})"

    def _repr_html_(self) -> str:
        rows = (
            f'<tr><th scope="row">{escape(name)}</th><td>{escape(text)}</td></tr>'
            for name, text in _said(self).items()
        )
        caption = f"<caption>{escape(type(self).__name__)}</caption>"
        line = self.line()
        drawn = "" if line is None else svg(line)
        return f"<table>{caption}<tbody>{''.join(rows)}</tbody></table>{drawn}"


def _said(result: Shown) -> dict[str, str]:
    """The facts that there are, each on one line."""
    return {
        n: _shortened(text.replace("\n", " "), MOST) for n, text in result.facts().items() if text
    }


def _shortened(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


@dataclass(frozen=True, eq=False, repr=False)
class OfNet(Shown):
    """A result that keeps, beside its numbers, what net and sequence they are of.

    net : columns of the table: "cell", "input_size", "hidden_size", "layers", "dtype", "T" …
    """

    net: Mapping[str, object] = field(default_factory=dict, kw_only=True)

    def settings(self) -> dict[str, object]:
        return dict(self.net)


def settings_of(weights: object) -> dict[str, object]:
    """What net these weights are of, as columns of a table."""
    if isinstance(weights, Shown):
        return weights.settings()
    names = ("cell", "input_size", "hidden_size")
    return {name: getattr(weights, name) for name in names}


def net_facts(settings: Mapping[str, object]) -> str:
    """ "lstm, 2 layers, D = 8, H = 32, T = 50, float32": what a result is of, in short."""
    kind = [settings.get("cell"), settings.get("variant")]
    kind.append(None if "heads" in settings else settings.get("activation"))
    layers = settings.get("layers", 1)
    parts = [" ".join(str(k) for k in kind if k), f"{layers} layers" if layers != 1 else ""]
    names = {"input_size": "D", "hidden_size": "H", "T": "T"}
    parts += [f"{short} = {settings[name]}" for name, short in names.items() if name in settings]
    dtype = str(settings.get("dtype", "float64"))
    return ", ".join(filter(None, [*parts, dtype if dtype != "float64" else ""]))


def brief(value: object) -> str:
    """Any field in a few words: an array by its shape, a number by its first digits."""
    match value:
        case None:
            return ""
        case bool() | str():
            return str(value)
        case int():
            return count(value)
        case float():
            return number(value)
        case np.ndarray():
            return f"{value.dtype} {value.shape}".replace(",)", ")")
        case Mapping():
            return ", ".join(map(str, value))
        case list() | tuple():
            return f"{len(value)} × {type(value[0]).__name__}" if value else "none"
        case _ if is_dataclass(value):
            return type(value).__name__
    return str(value)


def size(log10: float) -> str:
    """10**log10 at any magnitude, where 0 is said to be no rounding: "3.2 × 10⁻¹¹"."""
    return "exactly 0" if log10 == -math.inf else power(log10)


def span(log10s: np.ndarray) -> str:
    """How a curve of log10 sizes goes, from its first to its last value: "1.0 to 8.7 × 10⁻⁶"."""
    if not len(log10s):
        return ""
    first, last = size(float(log10s[0])), size(float(log10s[-1]))
    return first if first == last else f"{first} to {last}"


def told(number: int) -> str:
    """A count, and nothing of what there is none of."""
    return count(int(number)) if number else ""


def failed(failure: "Failure | None") -> str:
    """Where a forward pass left the finite numbers; "" where it did not."""
    if failure is None:
        return ""
    return f"{failure.kind} in {failure.quantity} at step {failure.step}"


def differing(spec: Shown, always: str) -> str:
    """A specification as Python reads it, without the fields that are as they are by default."""
    values = {own.name: getattr(spec, own.name) for own in fields(spec)}
    usual = {own.name: own.default for own in fields(spec)}
    shown = {n: v for n, v in values.items() if n == always or v != usual[n]}
    text = ", ".join(f"{name}={reprlib.repr(value)}" for name, value in shown.items())
    return f"{type(spec).__name__}({text})"
