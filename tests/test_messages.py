"""Errors and warnings carry a code and values; every code exists, has its values, and is used."""

import ast
import copy
import pickle
import string
import warnings
from pathlib import Path

import numpy as np
import pytest

import lstm_viz as lv
from lstm_viz import errors
from lstm_viz.errors import InputError, LstmVizError, Said, ShapeError, SpecError
from lstm_viz.messages import MESSAGES

ROOT = Path(__file__).parent.parent
SOURCES = sorted([*(ROOT / "lstm_viz").rglob("*.py"), *(ROOT / "pages").glob("*.py")])
SPEAKERS = {name for name, own in vars(errors).items() if isinstance(own, type) and own is not Said}


def forms(code):
    template = MESSAGES[code]
    return (template,) if isinstance(template, str) else template


def fields(text):
    return {field for _text, field, _spec, _how in string.Formatter().parse(text) if field}


def names_of(tree):
    """By what names a module calls what speaks: `from lstm_viz.errors import SpecError`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "lstm_viz.errors":
            yield from (one.asname or one.name for one in node.names)


def speaking(path):
    """Each call of an error, a warning or `Said` in a file: (call, the codes that it may have)."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = set(names_of(tree)) & (SPEAKERS | {"Said"})
    given = {}  # a name that is given one of two codes a line above
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            given.setdefault(node.targets[0].id, []).extend(texts(node.value))
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in names:
            first = node.args[0]
            yield node, given.get(first.id, []) if isinstance(first, ast.Name) else texts(first)


def texts(node):
    if isinstance(node, ast.IfExp):
        return [*texts(node.body), *texts(node.orelse)]
    return [node.value] if isinstance(node, ast.Constant) else []


def faults(path):
    for call, codes in speaking(path):
        where = f"{path.name}, line {call.lineno}: {ast.unparse(call)}"
        if passed_on(call):
            continue
        if call.func.id == "Said" and not codes:
            continue  # a text that stands marked in a table
        yield from (f"{where}: no such code {code!r}" for code in codes if code not in MESSAGES)
        given = {keyword.arg for keyword in call.keywords}
        for code in set(codes) & set(MESSAGES):
            wanted = set().union(*map(fields, forms(code)))
            if len(forms(code)) == 2:
                wanted.add("n")
            if given != wanted:
                yield f"{where}: {code} needs {sorted(wanted)}; has {sorted(given)}"
        if not codes or len(call.args) != 1:
            yield f"{where}: a code is expected"


def passed_on(call):
    """SweepWarning(error.code, **error.values): what another has said."""
    return ast.unparse(call).endswith("(error.code, **error.values)")


def test_every_error_has_a_code_of_the_catalogue_and_its_values():
    assert not [fault for path in SOURCES for fault in faults(path)]


def test_every_code_is_used():
    used = {code for path in SOURCES for _call, codes in speaking(path) for code in codes}
    assert set(MESSAGES) - used == set()


def test_no_warning_is_a_bare_text():
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "warnings.warn":
                first = node.args[0]
                assert not isinstance(first, ast.Constant | ast.JoinedStr), path


def test_the_check_of_codes_finds_what_it_looks_for(tmp_path):
    path = tmp_path / "wrong.py"
    path.write_text(
        "from lstm_viz.errors import Said, SpecError\n"
        "raise SpecError('one-of', name=1, known=2)\n"
        "raise SpecError('no such code')\n"
        "raise SpecError(f'{text}')\n"
        "Said('steps', n=1, m=2)\n"
        "code = 'at-least' if x else 'no code either'\n"
        "raise SpecError(code, name=1, least=2, got=3)\n"
    )
    assert len(list(faults(path))) == 5


def test_both_forms_of_a_plural_have_the_same_values():
    for code in MESSAGES:
        first, *others = map(fields, forms(code))
        assert all(other == first for other in others), code


def raised(call, *args, **kwargs):
    with pytest.raises(LstmVizError) as caught:
        call(*args, **kwargs)
    return caught.value


def test_an_error_has_its_code_and_values():
    error = raised(lv.ModelSpec, cell="tree")
    assert (error.code, error.values["name"], error.values["got"]) == ("one-of", "cell", "'tree'")
    assert str(error).startswith("cell must be one of rnn, lstm, ")
    assert repr(error) == f"SpecError({str(error)!r})"


@pytest.mark.parametrize(
    "again", [copy.copy, copy.deepcopy, lambda e: pickle.loads(pickle.dumps(e))]
)
@pytest.mark.parametrize(
    "error",
    [
        raised(lv.ModelSpec, hidden_size=0),
        raised(lv.forward, lv.init_weights(lv.ModelSpec()), np.zeros((2, 3))),
        ShapeError("one-sequence", shape="(T, 1, D)", got=(1, 2), hint=Said("steps", n=3)),
        errors.BatchFirstWarning("somebody else's text"),
    ],
    ids=lambda error: error.code,
)
def test_an_error_is_the_same_after_a_way_through_a_pipe(error, again):
    other = again(error)
    assert other == error and hash(other) == hash(error) and str(other) == str(error)
    assert type(other) is type(error) and other.values == error.values


def test_errors_of_other_values_or_kinds_are_not_equal():
    one = SpecError("number", name="a", got="1")
    assert one != SpecError("number", name="b", got="1")
    assert one != InputError("number", name="a", got="1")
    assert one != "a must be a number; got 1"


def test_a_subclass_and_a_text_of_ones_own_need_no_more():
    class OwnError(SpecError):
        """A user's."""

    assert str(OwnError("number", name="a", got="1")) == "a must be a number; got 1"
    assert str(OwnError("the {moon} is full, 100%")) == "the {moon} is full, 100%"
    assert str(OwnError()) == "" and repr(OwnError()) == "OwnError('')"
    with pytest.raises(ValueError, match="^here: a must be a number; got 1$"):
        try:
            raise OwnError("number", name="a", got="1")
        except LstmVizError as error:
            raise InputError("within", where="here", reason=error) from error


def test_a_count_is_singular_or_plural():
    said = [str(Said("steps", n=n)) for n in (0, 1, 2)]
    assert said == ["0 steps", "1 step", "2 steps"]


def test_a_warning_has_its_words_from_the_catalogue():
    weights = lv.init_weights(lv.ModelSpec(input_size=4))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        lv.forward(weights, np.zeros((1, 9, 4)))
    (found,) = caught
    assert found.category is errors.BatchFirstWarning and found.message.code == "batch-first"
    assert "read as 1 step of 9 sequences" in str(found.message)
