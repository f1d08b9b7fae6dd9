"""Widgets that stand in the address and are remembered: `memory.linked` for each kind."""

from collections.abc import Iterable
from dataclasses import asdict

import streamlit as st

from lstm_viz.ui.memory import Number, OneOf, linked
from lstm_viz.ui.settings import DEFAULTS


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
    default = asdict(DEFAULTS).get(key, next(iter(names)))
    options |= {"options": list(names), "format_func": names.get}
    if widget == st.segmented_control:
        options["required"] = True  # or a click on what is chosen would unchoose it
    return linked(widget, key, label, default, OneOf(tuple(names)), **options)
