"""A number becomes words in words.py alone, and a message is whole: parsed from the sources."""

import ast
import re
import string
from pathlib import Path

ROOT = Path(__file__).parents[1]
SOURCES = [*(ROOT / "lstm_viz").rglob("*.py"), *(ROOT / "pages").glob("*.py"), ROOT / "app.py"]
NO_PROSE = {  # functions whose formats are no number for a reader, and what they are
    "wire": "coordinates of a path",
    "svg": "coordinates of a line",
    "_text": "coordinates of a text",
    "decode": "a character's code",
    "_no_text": "a byte",
    "_byte_codes": "a character's code",
    "written": "an address",
    "settings_of": "an address",
    "slug": "a file's name",
}
NO_WORDS = {  # functions that join what is no sentence
    "_listed": "the entries of a vector",
    "gradient_flow": "symbols of an axis",
    "known_by_its_own_names": "addresses",
    "_policy": "rules of a header",
    "_cut": "a reader's own text",
}
FUNCTIONS = ast.FunctionDef | ast.AsyncFunctionDef
END_OF_HOVER = repr("<extra></extra>")
GETTEXT = {"_", "N_", "NN_", "ngettext", "pgettext"}
OF_NUMBERS = re.compile(r"[-<>=^+# 0-9.,_]*[eEfFgGdn%]|[-+0-9.,_]+")
OURS = "n"  # {count:n} in messages.py is filled by words.py


def called(node):
    """The name of a function that is called, without where it comes from."""
    func = getattr(node, "func", None)
    return getattr(func, "id", getattr(func, "attr", ""))


def formats_a_number(node):
    """Whether a node turns a number into text by a format of Python's own."""
    match node:
        case ast.FormattedValue(format_spec=ast.JoinedStr()):
            return True
        case ast.BinOp(op=ast.Mod(), left=ast.Constant(value=str())):
            return True
        case ast.Call(func=ast.Name(id="format")):
            return True
        case ast.Constant(value=str(text)):
            return any(spec != OURS for spec in specifications(text))
    return False


def specifications(text):
    try:
        parts = [spec or "" for _text, _name, spec, _how in string.Formatter().parse(text)]
    except ValueError:  # no template
        return []
    return filter(OF_NUMBERS.fullmatch, parts)


def found(wanted, paths=SOURCES):
    """file:function of each node that is wanted, outside words.py; docstrings are no nodes."""
    places = set()
    for path in paths:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        functions = [n for n in ast.walk(tree) if isinstance(n, FUNCTIONS)]
        inside = {node: f.name for f in functions for node in ast.walk(f)}
        said = {n.value for n in ast.walk(tree) if isinstance(n, ast.Expr)}
        file = path.relative_to(ROOT).as_posix()
        nodes = (n for n in ast.walk(tree) if n not in said and wanted(n))
        places |= {f"{file}:{inside.get(node, '')}" for node in nodes}
    return places


def test_numbers_are_written_by_words_alone():
    places = found(formats_a_number, [p for p in SOURCES if p.name != "words.py"])
    functions = {place.split(":")[1] for place in places}
    offenders = {place for place in places if place.split(":")[1] not in NO_PROSE}
    assert not offenders
    assert functions == set(NO_PROSE), "an exception that is none any more"


def joins_words(node):
    """Whether a node makes a sentence or a list of pieces, which say/phrases.py is for."""
    match node:
        case ast.Call(func=ast.Attribute(attr="join", value=ast.Constant(value=between))):
            return between in (" ", ", ", "; ")
        case ast.Call(func=ast.Attribute(attr="join", value=ast.Call() as between)):
            return is_message(between)
        case ast.JoinedStr(values=parts):
            return any(is_message(part.value) for part in parts if hasattr(part, "format_spec"))
        case ast.BinOp(op=ast.Add() | ast.Mult(), left=left, right=right):
            pair = {ast.unparse(left), ast.unparse(right)}
            return END_OF_HOVER not in pair and (is_message(left) or is_message(right))
        case ast.AugAssign(value=value):
            return is_message(value) or joins_words(value)
    return False


def is_message(node):
    """Whether a node is a message, filled or not."""
    inner = node.func.value if called(node) == "format" else node
    return called(inner) in GETTEXT


def test_sentences_are_not_glued():
    speaking = {"say", "figures", "studies", "ui", "pages"}
    paths = [
        p for p in SOURCES if speaking & set(p.relative_to(ROOT).parts) and p.name != "phrases.py"
    ]
    places = found(joins_words, paths)
    assert not {place for place in places if place.split(":")[1] not in NO_WORDS}
