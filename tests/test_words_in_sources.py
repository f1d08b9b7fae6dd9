"""Words in the sources: what goes to a person is marked for translation, where Babel can find it.

Each rule is one test, which lists all offenders; test_untranslated.py looks at what the pages show.
"""

import ast
import re
import string
from pathlib import Path

ROOT = Path(__file__).parent.parent
FOLDERS = (
    "figures",
    "inputs",
    "inputs/reading",
    "nets",
    "say",
    "studies",
    "sweeps",
    "ui",
)
SPEAKING = (
    *("app.py", "pages/*.py", "lstm_viz/*.py"),
    *(f"lstm_viz/{folder}/*.py" for folder in FOLDERS),
)
SOURCES = {
    str(path.relative_to(ROOT)): ast.parse(path.read_text(encoding="utf-8"))
    for path in sorted({path for pattern in SPEAKING for path in ROOT.glob(pattern)})
}
IN_THE_CONTEXT = {"_", "ngettext", "pgettext", "translated", "label"}  # speak at once
MARKS = IN_THE_CONTEXT | {"N_", "NN_"}
EXTRACTED = MARKS - {"label", "translated"}
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
FOR_PROGRAMMERS = {"lstm_viz/wide.py", "lstm_viz/result.py"}  # refusals of a type, a repr
NO_SENTENCES = {  # two words that nobody translates
    "top left",  # plotly's names of places
    "top right",
    "row names",  # a kind of row, inside the reading
    "a default value",  # the name of a part of a function
    "It was the best of times, it was the worst of times, it was the age of wisdom.",  # an input
}
TWO_WORDS = re.compile(r"[A-Za-z]{2,}['’]?[,;:]? [A-Za-z]{2,}")
NO_WORDS = re.compile(
    r"\s*<(?!b>)|.*sans-serif|dict\[|[a-z]+-src '"
)  # HTML, CSS, fonts, types, CSP


def calls(tree):
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def name_of(function):
    return getattr(function, "attr", getattr(function, "id", ""))


def is_mark(node, marks=MARKS):
    return isinstance(node, ast.Call) and name_of(node.func) in marks


def offenders(find, sources=None):
    """Where `find` (tree → nodes) finds something, and what stands there."""
    return [
        f"{path}, line {node.lineno}: {ast.unparse(node)}"
        for path, tree in (sources or SOURCES).items()
        for node in find(tree)
    ]


def wordy(text):
    """Whether there is anything to translate: letters outside of tags, placeholders and names."""
    if text in SAME_IN_EVERY_LANGUAGE:
        return False
    bare = re.sub(r"<[^<>]*>", " ", "".join(part[0] for part in _fields(text)))
    words = "".join(c if c.isalpha() else " " for c in bare).split()
    return any(word.isascii() and len(word) > 2 for word in words)


def _fields(text):
    try:
        return list(string.Formatter().parse(text.replace("%{", "{")))
    except ValueError:
        return [(text, None, None, None)]


def bare_strings(node):
    """The literals of an expression that no mark covers, f-strings included."""
    if isinstance(node, ast.Call):
        parts = [] if is_mark(node) else [node.func]
    elif isinstance(node, ast.Constant):
        parts = []
        if isinstance(node.value, str):
            yield node
    elif isinstance(node, ast.Dict):
        parts = node.values
    elif isinstance(node, ast.Subscript):
        parts = [node.value]
    elif isinstance(node, ast.IfExp):
        parts = [node.body, node.orelse]
    else:
        parts = [] if isinstance(node, ast.Compare) else ast.iter_child_nodes(node)
    for part in parts:
        yield from bare_strings(part)


def shown(call):
    """What a call puts on screen: a widget's label, titles, helps, texts in a figure."""
    name = name_of(call.func)
    on_streamlit = isinstance(call.func, ast.Attribute) and name in WIDGETS
    if on_streamlit and call.args:
        yield call.args[0]
    if len(call.args) > LABEL_AT.get(name, len(call.args)):
        yield call.args[LABEL_AT[name]]
    if name in ("Page", "set_page_config") or name.startswith(("add_", "update_")) or on_streamlit:
        yield from (keyword.value for keyword in call.keywords if keyword.arg in KEYWORDS)


def unmarked_words(tree):
    """Words in what a call puts on screen."""
    for call in calls(tree):
        for expression in shown(call):
            yield from (node for node in bare_strings(expression) if wordy(node.value))


def unmarked_sentences(node):
    """Two words in a row, wherever they stand; but in docstrings, and where keys are compared."""
    if is_mark(node) or isinstance(node, ast.Compare):
        return
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return
    if isinstance(node, ast.Constant):
        text = node.value if isinstance(node.value, str) else ""
        if TWO_WORDS.search(text) and text not in NO_SENTENCES and not NO_WORDS.match(text):
            yield node
    keys = node.keys if isinstance(node, ast.Dict) else []
    keys = [node.slice] if isinstance(node, ast.Subscript) else keys
    for child in ast.iter_child_nodes(node):
        if child not in keys:
            yield from unmarked_sentences(child)


def spoken_at_import(node):
    """Words in the language of who imports first: marks outside of functions."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            defaults = [*child.args.defaults, *child.args.kw_defaults, *child.decorator_list]
            inside = ast.Tuple([default for default in defaults if default])
        else:
            inside = ast.Tuple([]) if isinstance(child, ast.Lambda) else child
        if is_mark(inside, IN_THE_CONTEXT):
            yield inside
        yield from spoken_at_import(inside)


def out_of_reach(tree):
    """Marks that Babel cannot read: within an f-string, of no literal, with places without name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield from (call for call in calls(node) if is_mark(call, EXTRACTED))
        if is_mark(node, EXTRACTED):
            texts = (
                node.args[:2]
                if name_of(node.func) in ("ngettext", "NN_", "pgettext")
                else node.args
            )
            literal = all(isinstance(text, ast.Constant) for text in texts)
            if not literal or any(
                field[1] == "" for text in texts for field in _fields(text.value)
            ):
                yield node


def test_every_word_on_screen_is_marked():
    assert not offenders(unmarked_words)


def test_every_sentence_is_marked():
    sources = {path: tree for path, tree in SOURCES.items() if path not in FOR_PROGRAMMERS}
    assert not offenders(unmarked_sentences, sources)


def test_no_word_is_translated_before_its_reader_is_known():
    assert not offenders(spoken_at_import)


def test_babel_finds_every_mark():
    sources = {path: tree for path, tree in SOURCES.items() if path != "lstm_viz/i18n.py"}
    sources.pop("lstm_viz/errors.py")  # looks up what the catalogue of messages holds
    assert not offenders(out_of_reach, sources)


def found(find, source):
    return [ast.unparse(node) for node in find(ast.parse(source))]


def test_the_rules_find_what_they_look_for():
    source = 'st.title("Hello"); st.slider(_("fine"), help="not fine")'
    source += '; figure.add_scatter(name=f"a {x} word"); linked_slider("T", "bare", 1)'
    assert found(unmarked_words, source) == ["'Hello'", "'not fine'", "' word'", "'bare'"]
    source = (
        '"""The docs."""\nx = f"two words {y}"\nif x == "no words": return {"a key": _("b c d")}'
    )
    assert found(unmarked_sentences, source) == ["'two words '"]
    source = 'a = _("a")\nasync def f(b=_("b")):\n    return _("c")\n'
    source += 'class C:\n    d = {"d": label("d")}\ne = lambda: _("e")\ng = N_("g")'
    assert found(spoken_at_import, source) == ["_('a')", "_('b')", "label('d')"]
    source = "f\"{_('a')}\"; _(b); _('{}'); ngettext('{n} c', f'{n}s', n); _('{name}'); N_('d')"
    assert found(out_of_reach, source) == [
        "_('a')",
        "_(b)",
        "_('{}')",
        "ngettext('{n} c', f'{n}s', n)",
    ]
