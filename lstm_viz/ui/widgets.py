"""Widgets that stand in the address and are remembered: `memory.linked` for each kind."""

from collections.abc import Iterable

import streamlit as st

from lstm_viz.quantities import label as name_of
from lstm_viz.studies.settings import DEFAULTS
from lstm_viz.ui.memory import Number, OneOf, chosen, linked


def linked_slider(
    key: str, label: str, least: float, most: float, step: float = 1, **options
) -> float:
    """A slider for a setting of `Settings`."""
    options |= {"min_value": least, "max_value": most, "step": step}
    return linked(st.slider, key, label, getattr(DEFAULTS, key), Number(least, most), **options)


def linked_number(key: str, label: str, least, most, default, **options):
    """A number to type or to step through."""
    options |= {"min_value": least, "max_value": most}
    return linked(st.number_input, key, label, default, Number(least, most), **options)


def linked_decimal(
    key: str, label: str, least: float, most: float, default: float, **options
) -> float:
    """The same for numbers with decimals, shown without trailing zeros."""
    return linked_number(key, label, least, most, default, format="%g", **options)


def linked_choice(key: str, label: str, values: Iterable[str], **options) -> str:
    """One of several names that are the same in every language."""
    return linked_named(st.selectbox, key, label, {v: v for v in values}, **options)


def linked_named(widget, key: str, label: str, names: dict[str, str], **options) -> str:
    """One of several things whose names are translated, while the address keeps the key."""
    default = getattr(DEFAULTS, key, next(iter(names)))
    return linked(
        widget, key, label, default, OneOf(tuple(names)), **_naming(widget, names), **options
    )


def linked_network(
    label: str, cells: Iterable[str], formerly: str = "", widget=st.segmented_control, **options
) -> str:
    """Which architecture to look at: one choice, which follows the reader through all pages.

    formerly : the key of this page's choice in links from before there was one for all
    """
    names = {cell: name_of(cell) for cell in cells}
    allowed = OneOf(tuple(names))
    options |= _naming(widget, names)
    return chosen(widget, "network", label, allowed, formerly, **options)


def _naming(widget, names: dict[str, str]) -> dict[str, object]:
    """What a widget needs to offer keys by their names."""
    own = {"options": list(names), "format_func": names.get}
    # without `required`, a click on what is chosen would unchoose it
    return own | ({"required": True} if widget == st.segmented_control else {})
