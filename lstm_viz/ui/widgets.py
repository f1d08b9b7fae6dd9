"""Widgets that stand in the address and are remembered: `memory.linked` for each kind."""

from collections.abc import Callable, Iterable
from typing import Any

import streamlit as st

from lstm_viz.quantities import label as name_of
from lstm_viz.studies.settings import DEFAULTS
from lstm_viz.ui.allowed import Number, OneOf, Real
from lstm_viz.ui.memory import linked


def linked_slider(
    key: str, label: str, least: Real, most: Real, step: float = 1, **options: Any
) -> Real:
    """A slider for a setting of `Settings`."""
    options |= {"min_value": least, "max_value": most, "step": step}
    return linked(st.slider, key, label, getattr(DEFAULTS, key), Number(least, most), **options)


def linked_number(
    key: str, label: str, least: Real, most: Real, default: Real, **options: Any
) -> Real:
    """A number to type or to step through."""
    options |= {"min_value": least, "max_value": most}
    return linked(st.number_input, key, label, default, Number(least, most), **options)


def linked_decimal(
    key: str, label: str, least: float, most: float, default: float, **options: Any
) -> float:
    """The same for numbers with decimals, shown without trailing zeros."""
    return linked_number(key, label, least, most, default, format="%g", **options)


def linked_choice(key: str, label: str, values: Iterable[str], **options: Any) -> str:
    """One of several names that are the same in every language."""
    return linked_named(st.selectbox, key, label, {v: v for v in values}, **options)


def linked_named(
    widget: Callable, key: str, label: str, names: dict[str, str], **options: Any
) -> str:
    """One of several things whose names are translated, while the address keeps the key."""
    default = getattr(DEFAULTS, key, next(iter(names)))
    return linked(
        widget, key, label, default, OneOf(tuple(names)), **_naming(widget, names), **options
    )


def linked_network(
    label: str,
    cells: Iterable[str],
    formerly: str = "",
    widget: Callable = st.segmented_control,
    **options: Any,
) -> str:
    """Which architecture to look at: one choice, which follows the reader through all pages.

    formerly : the key of this page's choice in links from before there was one for all
    """
    names = {cell: name_of(cell) for cell in cells}
    allowed = OneOf(tuple(names))
    options |= _naming(widget, names) | {"formerly": formerly, "follows": True}
    return linked(widget, "network", label, allowed.keys[0], allowed, **options)


def _naming(widget: Callable, names: dict[str, str]) -> dict[str, Any]:
    """What a widget needs to offer keys by their names."""
    own: dict[str, Any] = {"options": list(names), "format_func": names.get}
    # without `required`, a click on what is chosen would unchoose it
    return own | ({"required": True} if widget == st.segmented_control else {})
