"""A setting that is kept for comparison: pinned, and let go again. It stands in the address."""

from dataclasses import replace
from urllib.parse import parse_qs, urlencode

import streamlit as st

from lstm_viz.activations import ACTIVATIONS
from lstm_viz.i18n import _
from lstm_viz.spec import INIT_NAMES
from lstm_viz.studies.settings import DEFAULTS, SOURCES, Settings
from lstm_viz.ui.allowed import Allowed, Flag, OneOf, Text, written
from lstm_viz.ui.controls import LIMITS
from lstm_viz.ui.files import READINGS
from lstm_viz.ui.memory import note, said

KEY = "pin"
ALLOWED: dict[str, Allowed] = {
    **LIMITS,
    "init": OneOf(tuple(INIT_NAMES)),
    "activation": OneOf(tuple(ACTIVATIONS)),
    "source": OneOf(SOURCES),
    "text": Text(),
    "encoding": OneOf(("characters", "bytes")),
    "csv": Text(),
    "standardise": Flag(),
    **{key: OneOf(keys) for key, keys in READINGS.items()},
}


def draw_pin(settings: Settings) -> Settings | None:
    """Offer to pin these settings and to let them go; return those that are pinned."""
    with st.container(horizontal=True):
        words = _("Keep this setting as a ghost, change something, and see both.")
        if st.button(_("Pin"), key="pin", help=words):
            note(KEY, pinned_text(settings))
        place = st.empty()
        if said(KEY) and place.button(_("Unpin"), key="unpin"):
            place.empty()
            note(KEY, None)
    return pinned(said(KEY)) if said(KEY) else None


def pinned_text(settings: Settings) -> str:
    """What an address says of pinned settings: those that are not the default, T if all are."""
    values = {name: getattr(settings, name) for name in ("columns", *ALLOWED)}
    own = {name: v for name, v in values.items() if v != getattr(DEFAULTS, name)}
    texts = {name: v if name == "columns" else written(v) for name, v in own.items()}
    return urlencode(texts or {"T": settings.T}, doseq=True)


def pinned(text: str) -> Settings:
    """The settings of such a text, each brought within what is allowed."""
    parts = parse_qs(text, keep_blank_values=True)
    columns = tuple(parts.pop("columns", ()))
    read = {
        name: ALLOWED[name].read(texts[-1], getattr(DEFAULTS, name))[0]
        for name, texts in parts.items()
        if name in ALLOWED
    }
    return replace(DEFAULTS, columns=columns, **read)
