"""Words on screen: a catalogue is used where there is one, and every word can be in it."""

import ast
import contextvars
import string
import struct
from pathlib import Path

import pytest

from lstm_viz import i18n
from lstm_viz.i18n import _
from lstm_viz.say.rates import course

ROOT = Path(__file__).parent.parent
SCREEN = sorted(
    [ROOT / "app.py", *(ROOT / "pages").glob("*.py"), *(ROOT / "lstm_viz" / "say").glob("*.py")]
    + [ROOT / "lstm_viz" / f"{name}.py" for name in ("words", "quantities", "terms")]
    + [*(ROOT / "lstm_viz" / "ui").glob("*.py")]
    + [*(ROOT / "lstm_viz" / "figures").glob("*.py")]
)
WIDGETS = {
    *("button", "caption", "checkbox", "download_button", "error", "expander", "file_uploader"),
    *("header", "info", "link_button", "markdown", "metric", "multiselect", "number_input"),
    *("pills", "popover", "progress", "radio", "segmented_control", "select_slider", "selectbox"),
    *("slider", "spinner", "subheader", "success", "tabs", "text_area", "text_input", "title"),
    *("toast", "toggle", "warning", "write"),
}
LABEL_AT = {"linked_slider": 1, "linked_number": 1, "linked_decimal": 1}  # our own wrappers
LABEL_AT |= {"linked_choice": 1, "linked_named": 2, "Work": 1}
KEYWORDS = {"help", "label", "placeholder", "title", "title_text", "text", "name", "hovertemplate"}
SAME_IN_EVERY_LANGUAGE = {"CSV", "lstm_viz", "γ", "ρ"}


def compiled(translations):
    """A .mo file: a header of 7 integers, (length, offset) of each text, the texts."""
    pairs = sorted({"": "Content-Type: text/plain; charset=UTF-8\n", **translations}.items())
    texts = [t.encode() for column in zip(*pairs, strict=True) for t in column]
    n, index, body = len(pairs), b"", b""
    for text in texts:
        index += struct.pack("<2I", len(text), 28 + 16 * n + len(body))
        body += text + b"\0"
    header = struct.pack("<7I", 0x950412DE, 0, n, 28, 28 + 8 * n, 0, 28 + 16 * n)
    return header + index + body


@pytest.fixture
def locale(tmp_path, monkeypatch):
    """Return add(language, {message: translation}); the catalogues stand in tmp_path."""

    def add(language, translations):
        folder = tmp_path / language / "LC_MESSAGES"
        folder.mkdir(parents=True)
        (folder / "lstm_viz.mo").write_bytes(compiled(translations))

    monkeypatch.setattr(i18n, "LOCALE", tmp_path)
    i18n._catalogue.cache_clear()
    before = i18n.language.get()
    yield add
    i18n.language.set(before)
    i18n._catalogue.cache_clear()


def test_a_catalogue_translates(locale):
    locale("de", {"keeps its size": "behält seine Größe"})
    i18n.use("de")
    assert _("keeps its size") == "behält seine Größe"


def test_what_a_catalogue_lacks_stays_english(locale):
    locale("de", {"keeps its size": "behält seine Größe"})
    i18n.use("de")
    assert _("halves every {steps}") == "halves every {steps}"
    i18n.use("fr")
    assert _("keeps its size") == "keeps its size"


@pytest.mark.parametrize("code", ["de", "de-CH", "DE", "de-Latn-AT"])
def test_a_browsers_locale_is_read_as_its_language(locale, code):
    locale("de", {"unit": "Einheit"})
    i18n.use(code)
    assert _("unit") == "Einheit"


@pytest.mark.parametrize("code", [None, "", "-", "../../etc", "e/n", "x" * 300, "日本"])
def test_a_strange_locale_is_english_and_no_path(locale, code):
    i18n.use(code)
    assert _("unit") == "unit"
    assert set(i18n.language.get()) <= set(string.ascii_lowercase)


def test_finished_sentences_are_translated(locale):
    from lstm_viz.analysis.rates import fit_rate

    locale(
        "de",
        {"halves every {steps}": "halbiert sich alle {steps}", "{number} steps": "{number} S."},
    )
    i18n.use("de")
    assert course(fit_rate([0.0, -0.1, -0.2, -0.3, -0.4]), 5) == "halbiert sich alle 3 S."


def test_sessions_do_not_share_a_language(locale):
    locale("de", {"unit": "Einheit"})
    other = contextvars.copy_context()
    other.run(i18n.use, "de")
    assert other.run(_, "unit") == "Einheit"
    assert _("unit") == "unit"


def calls(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            yield node


def name_of(function):
    return getattr(function, "attr", getattr(function, "id", ""))


def wordy(text):
    """Whether there is anything to translate: letters outside of tags, placeholders and names."""
    if text in SAME_IN_EVERY_LANGUAGE:
        return False
    bare = "".join(part[0] for part in _fields(text))
    for tag in ("<sub>", "</sub>", "<sup>", "</sup>", "<br>", "<b>", "</b>", "<extra></extra>"):
        bare = bare.replace(tag, " ")
    words = "".join(c if c.isalpha() else " " for c in bare).split()
    return any(word.isascii() and len(word) > 2 for word in words)


def _fields(text):
    try:
        return list(string.Formatter().parse(text.replace("%{", "{")))
    except ValueError:
        return [(text, None, None, None)]


def bare_strings(node):
    """The literals of an expression that no call of _() covers, f-strings included."""
    if isinstance(node, ast.Call):
        parts = [node.func] if name_of(node.func) != "_" else []
        for part in parts:
            yield from bare_strings(part)
    elif isinstance(node, ast.Constant):
        if isinstance(node.value, str):
            yield node.value
    elif isinstance(node, ast.Dict):
        for value in node.values:
            yield from bare_strings(value)
    elif isinstance(node, ast.Subscript):
        yield from bare_strings(node.value)
    elif isinstance(node, ast.IfExp):
        yield from bare_strings(node.body)
        yield from bare_strings(node.orelse)
    elif not isinstance(node, ast.Compare):
        for child in ast.iter_child_nodes(node):
            yield from bare_strings(child)


def shown(call):
    """What a call puts on screen: a widget's label, titles, helps, texts in a figure."""
    name = name_of(call.func)
    on_streamlit = isinstance(call.func, ast.Attribute) and name in WIDGETS
    if on_streamlit and call.args:
        yield call.args[0]
    if len(call.args) > LABEL_AT.get(name, len(call.args)):
        yield call.args[LABEL_AT[name]]
    if name in ("Page", "set_page_config") or name.startswith(("add_", "update_")) or on_streamlit:
        for keyword in call.keywords:
            if keyword.arg in KEYWORDS:
                yield keyword.value


@pytest.mark.parametrize("path", SCREEN, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_word_on_screen_goes_through_gettext(path):
    found = [
        f"line {call.lineno}: {text!r}"
        for call in calls(path)
        for expression in shown(call)
        for text in bare_strings(expression)
        if wordy(text)
    ]
    assert not found, found


@pytest.mark.parametrize("path", SCREEN, ids=lambda path: str(path.relative_to(ROOT)))
def test_gettext_gets_literals_with_named_placeholders(path):
    """An f-string or a variable is in no catalogue; `{}` says nothing to a translator."""
    for call in calls(path):
        if name_of(call.func) not in ("_", "N_"):
            continue
        (argument,) = call.args
        assert isinstance(argument, ast.Constant), f"line {call.lineno}: {ast.unparse(call)}"
        fields = [field for _text, field, _spec, _how in _fields(argument.value)]
        assert "" not in fields, f"line {call.lineno}: {argument.value!r}"


def test_the_check_of_words_finds_what_it_looks_for():
    source = 'st.title("Hello"); st.slider(_("fine"), help="not fine")'
    source += '; figure.add_scatter(name=f"a {x} word"); linked_slider("T", "bare", 1)'
    found = [
        text
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call)
        for expression in shown(node)
        for text in bare_strings(expression)
        if wordy(text)
    ]
    assert found == ["Hello", "not fine", " word", "bare"]


def test_every_page_has_its_prose():
    content = ROOT / "lstm_viz" / "content" / "en"
    for page in (ROOT / "pages").glob("*.py"):
        assert (content / f"{page.stem}.md").read_text(encoding="utf-8").strip(), page.stem
