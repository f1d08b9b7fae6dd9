"""Settings in the address and in the session: a link reproduces a page, and nothing set is lost.

Streamlit's own binding of widgets to the address writes translated names into it, and drops
settings on the way through the browser's history; so each control goes through `linked`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

import streamlit as st

Real = TypeVar("Real", int, float)
Value = TypeVar("Value")
Chosen = TypeVar("Chosen", covariant=True)
VALUES, ARRIVED, PAGE = "_memory", "_arrived", "_page"


@dataclass(frozen=True)
class Number(Generic[Real]):
    """Whole numbers or floats, as `least` is one or the other, within bounds."""

    least: Real
    most: Real

    def read(self, text: str) -> Real:
        """A number from an address; ValueError outside the bounds."""
        value = type(self.least)(text)
        if not self.least <= value <= self.most:
            raise ValueError(text)
        return value

    def fit(self, value: Real) -> Real:
        """The nearest allowed value: bounds may have moved since it was set."""
        return min(max(value, self.least), self.most)


@dataclass(frozen=True)
class OneOf:
    """One of several keys."""

    keys: tuple[str, ...]

    def read(self, text: str) -> str:
        """A key from an address; ValueError for an unknown one."""
        if text not in self.keys:
            raise ValueError(text)
        return text

    def fit(self, value: str | None) -> str:
        """The key itself; the first one where nothing is chosen."""
        return value if value in self.keys else self.keys[0]


@dataclass(frozen=True)
class ManyOf:
    """Any number of several keys; an address parts them by commas."""

    keys: tuple[str, ...]

    def read(self, text: str) -> list[str]:
        """Keys from an address; ValueError if one of them is unknown."""
        chosen = text.split(",")
        if not set(chosen) <= set(self.keys):
            raise ValueError(text)
        return self.fit(chosen)

    def fit(self, value: list[str]) -> list[str]:
        """The known ones of them, each once, in the order in which they were chosen."""
        return [key for key in dict.fromkeys(value) if key in self.keys]


class Text:
    """Any text up to a length."""

    LONGEST = 1000

    def read(self, text: str) -> str:
        """A text from an address, cut to the length allowed."""
        return text[: self.LONGEST]

    def fit(self, value: str) -> str:
        """The same."""
        return self.read(value)


class Flag:
    """Yes or no."""

    def read(self, text: str) -> bool:
        """ "True" or "False" from an address; KeyError for anything else."""
        return {"True": True, "False": False}[text]

    def fit(self, value: bool) -> bool:
        """The value itself."""
        return value


class Allowed(Protocol[Chosen]):
    """Which values a setting may have."""

    def read(self, text: str) -> Chosen: ...
    def fit(self, value: Any) -> Chosen: ...


def arrive(page: str) -> None:
    """Note which page this run draws: a widget forgets its value on another one."""
    st.session_state[ARRIVED] = st.session_state.get(PAGE) != page
    st.session_state[PAGE] = page


def linked(
    widget: Callable, key: str, label: str, default: Value, allowed: Allowed[Value], **options: Any
) -> Value:
    """Draw a widget whose value stands in the address unless it is the default; return the value.

    The address speaks when a session begins; from then on the session does, and the address
    follows.
    """
    value = _drawn(widget, key, label, default, allowed, (key,), options)
    _memory()[key] = value
    return value


def chosen(
    widget: Callable, key: str, label: str, allowed: OneOf, formerly: str = "", **options: Any
) -> str:
    """The same for what pages choose from different lists, each with the first as its default.

    What was chosen is remembered where a page does not offer it, which shows its default.
    formerly : the key in older links
    """

    def remember() -> None:
        _memory()[key] = st.session_state[key]

    default = allowed.keys[0]
    options |= {"on_change": remember}
    value = _drawn(widget, key, label, default, allowed, (key, formerly), options)
    if value != default:
        _memory()[key] = value
    st.query_params.pop(formerly, None)
    return value


def _memory() -> dict[str, object]:
    return st.session_state.setdefault(VALUES, {})


def _drawn(
    widget: Callable,
    key: str,
    label: str,
    default: Value,
    allowed: Allowed[Value],
    names: tuple[str, ...],
    options: dict[str, Any],
) -> Value:
    """Draw a widget with its value of this session or, at first, of one of these names' in the
    address; keep the address up."""
    memory = _memory()
    if st.session_state.get(ARRIVED) or key not in st.session_state:
        linked = (_from_link(name, allowed) for name in names)
        known = [memory[key]] if key in memory else [v for v in linked if v is not None]
        st.session_state[key] = known[0] if known else default
    fitted = allowed.fit(st.session_state[key])
    if fitted != st.session_state[key]:
        st.session_state[key] = fitted
    value = allowed.fit(widget(label, key=key, **options))
    _write(key, value, default)
    return value


def put(values: dict[str, object]) -> None:
    """Set several settings at once, drawn or not; for use in a callback."""
    st.session_state.setdefault(VALUES, {}).update(values)
    for key, value in values.items():
        st.session_state[key] = value


def _from_link(key: str, allowed: Allowed[Value]) -> Value | None:
    """The value in the address; None where there is none that is allowed."""
    try:
        return allowed.read(st.query_params[key])
    except (KeyError, ValueError):
        return None


def _write(key: str, value: object, default: object) -> None:
    text = ",".join(value) if isinstance(value, list) else str(value)
    if isinstance(value, float) and float(f"{value:g}") == value:
        text = f"{value:g}"  # short where it is the same number: a link reproduces the figure
    if value == default:
        st.query_params.pop(key, None)
    elif st.query_params.get(key) != text:
        st.query_params[key] = text
