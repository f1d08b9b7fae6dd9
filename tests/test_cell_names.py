"""Nothing outside cells/ asks for an architecture by its name: what one can do, its record says."""

import ast
from pathlib import Path

from lstm_viz.registry import CELLS

ROOT = Path(__file__).parent.parent
ALLOWED = {
    "lstm_viz/registry.py",  # which is meant where none is named, and which two are compared
    "lstm_viz/quantities.py",  # what they are called,
    "lstm_viz/figures/theme.py",  # and how they look,
    "lstm_viz/studies/gates.py",  # and the name of a text that explains one
}


def sources():
    return [ROOT / "app.py", *(ROOT / "pages").glob("*.py"), *(ROOT / "lstm_viz").rglob("*.py")]


def names_in(path):
    """(line, name) of each text in the code, no docstring, that is an architecture's name."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    said = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and node.value in CELLS and id(node) not in said:
            yield node.lineno, node.value


def test_no_architecture_is_named_outside_its_file():
    found = []
    for path in sources():
        own = path.relative_to(ROOT).as_posix()
        if not own.startswith("lstm_viz/cells/") and own not in ALLOWED:
            found += [f"{own}:{line}: {name!r}" for line, name in names_in(path)]
    assert not found, "\n".join(found)


def test_what_is_allowed_is_needed():
    assert all(list(names_in(ROOT / own)) for own in ALLOWED)
