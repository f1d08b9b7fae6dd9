"""Settings in the address and in the session: a link reproduces a page, and nothing set is lost.

A session remembers its settings as the texts of an address, those alone that are not the default.
Who is believed of a setting, in this order:
1. the address, where the reader has come by a link or by the browser's Back and Forward
2. the browser's widget, which the reader may have moved; it outlives the session that drew it
3. the session, on the way from page to page
4. the default
Back and Forward, whose address is whole, replace all that the session knows.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from lstm_viz.i18n import _
from lstm_viz.ui.address import show
from lstm_viz.ui.allowed import Allowed, written
from lstm_viz.ui.plain import verbatim

MEMORY = "_memory"
VERSION_KEY, VERSION = "v", 1
FORMER: dict[int, dict[str, str]] = {}
"""By version: the defaults, as texts of an address, that the next version changed. A link of an
older version means what it meant then; one without a version is read with today's defaults."""
_LONGEST_SHOWN = 40  # characters of a link's text in a notice


@dataclass
class Memory:
    """What a session knows.

    texts : settings by key, as an address has them
    page : the page that was drawn last
    unread : keys of a link that no page has read yet
    drawn : keys whose widgets are on screen, and are the browser's to say
    put : keys that a button or a figure has set, until their widgets are drawn
    navigated : whether the session was there before this page was
    shown : whether the browser has had an address of this session
    notices : what was changed of the link in this run
    """

    texts: dict[str, str] = field(default_factory=dict)
    page: str = ""
    unread: set[str] = field(default_factory=set)
    drawn: set[str] = field(default_factory=set)
    put: set[str] = field(default_factory=set)
    navigated: bool = False
    shown: bool = False
    notices: list[str] = field(default_factory=list)


def _memory() -> Memory:
    return st.session_state.setdefault(MEMORY, Memory())


def arrive(page: str) -> None:
    """Note which page this run draws, and read the address if the reader has come by it."""
    memory, context = _memory(), get_script_run_ctx()
    begins = not memory.page
    by_history = context is not None and context.is_history_navigation
    memory.notices = []
    if by_history:
        memory.texts = {}
    if begins or by_history or memory.page != page:
        memory.navigated = by_history or not begins
        _take(memory, st.query_params.to_dict())
    memory.page = page


def _recall(texts: dict[str, str]) -> None:
    """Go on with the settings that the browser knows of a session that has ended."""
    memory = _memory()
    memory.texts, memory.navigated = {}, True
    _take(memory, texts)


def _take(memory: Memory, texts: dict[str, str]) -> None:
    """Believe an address, whatever widgets say."""
    linked = _of_its_version(memory, texts)
    memory.texts |= linked
    memory.unread, memory.drawn, memory.put = set(linked), set(), set()


def _of_its_version(memory: Memory, texts: dict[str, str]) -> dict[str, str]:
    """The texts of an address, with the defaults of its version where they were others."""
    version = texts.pop(VERSION_KEY, None)
    if version is None:
        return texts
    if not (version.isascii() and version.isdecimal() and 1 <= int(version[:9]) <= VERSION):
        text = _("This link was made by another version of the app (v = {version}).")
        memory.notices.append(text.format(version=_cut(version)))
        return texts
    for number in range(int(version), VERSION):
        texts = FORMER.get(number, {}) | texts
    return texts


def address() -> dict[str, str]:
    """What the address says of this session: nothing where all is the default."""
    texts = _memory().texts
    return texts | {VERSION_KEY: str(VERSION)} if texts else {}


def settle() -> None:
    """Bring the address up to date with all that this run has drawn, and say what it changed."""
    memory = _memory()
    show(address(), memory.page, begins=not memory.shown, recall=_recall)
    memory.shown = True
    if memory.notices:
        st.info("  \n".join(map(verbatim, memory.notices)), icon=":material/link:")
        memory.notices = []


def linked(
    widget: Callable,
    key: str,
    label: str,
    default: Any,
    allowed: Allowed,
    formerly: str = "",
    follows: bool = False,
    **options: Any,
) -> Any:
    """Draw a widget whose value stands in the address unless it is the default; return the value.

    formerly : the key in older links
    follows : for a choice that pages offer from different lists: once made, it is remembered where
        a page does not offer it, which shows its default
    """
    memory = _memory()
    before = _believed(memory, key, default, allowed, formerly)
    if key in memory.drawn and key in st.session_state:
        fitted = allowed.fit(st.session_state[key])
        if fitted != st.session_state[key]:
            st.session_state[key] = fitted
    elif memory.navigated or key in memory.put:
        st.session_state[key] = before
    else:  # the browser may know of a change that no session has seen
        options |= _beginning(widget, before, options)
    value = allowed.fit(widget(label, key=key, **options))
    memory.drawn.add(key)
    memory.put.discard(key)
    if not follows:
        note(key, None if value == default else written(value))
    elif value != before:
        note(key, written(value))
    return value


def _believed(memory: Memory, key: str, default: Any, allowed: Allowed, formerly: str) -> Any:
    """What the address or the session says of a setting; the default where they say nothing."""
    if formerly in memory.texts:
        text = memory.texts.pop(formerly)
        if key not in memory.texts:
            memory.texts[key] = text
            memory.unread.add(key)
    if key not in memory.texts:
        return default
    value, remark = allowed.read(memory.texts[key], default)
    if remark and key in memory.unread:
        text = _("{key} = {text} is not possible here: {remark}.")
        said = _cut(memory.texts[key])
        memory.notices.append(text.format(key=key, text=said, remark=_cut(remark)))
    memory.unread.discard(key)
    return value


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_SHOWN else f"{text[: _LONGEST_SHOWN - 1]}…"


def _beginning(widget: Callable, value: Any, options: dict) -> dict[str, object]:
    """How a widget is told what it shows where the browser says nothing."""
    if widget == st.selectbox:
        return {"index": options["options"].index(value)}
    return {"default" if widget in (st.segmented_control, st.multiselect) else "value": value}


def said(key: str) -> str:
    """The text of a setting that has no widget; "" where nothing is set."""
    return _memory().texts.get(key, "")


def note(key: str, text: str | None) -> None:
    """Remember the text of a setting; None for the default."""
    if text is None:
        _memory().texts.pop(key, None)
    else:
        _memory().texts[key] = text


def put(values: dict[str, object]) -> None:
    """Set several settings at once, before their widgets are drawn in this run."""
    for key, value in values.items():
        _overrule(key, written(value))


def forget(keys: Iterable[str]) -> None:
    """Set several settings to their defaults, before their widgets are drawn in this run."""
    for key in keys:
        _overrule(key, None)


def _overrule(key: str, text: str | None) -> None:
    note(key, text)
    _memory().put.add(key)
    _memory().drawn.discard(key)
