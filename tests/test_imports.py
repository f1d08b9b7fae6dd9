"""Who may import whom: parsed from the sources, nothing is run.

spec, activations ← cells ← analysis ← figures ← ui ← pages
"""

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "lstm_viz"
LAYERS = [  # each may import from its own layer and those above it in this list
    {
        "result",
        "sketch",
        "errors",
        "i18n",
        "activations",
        "arrays",
        "logscale",
        "wide",
        "registry",
        "spec",
        "tables",
    }
    | {"progress", "version", "words"},
    {"initializers", "probes", "sequences", "reading"},
    {"cells"},
    {"analysis", "tasks", "training", "weights_io"},
    {"sources", "files", "identity", "shards"},  # what is kept, and what it depends on
    {"measures", "sweeps", "grid"},  # one measurement on many networks
    {
        "figures",
        "findings",
        "findings_architectures",
        "findings_cost",
    },  # what is drawn and what is said of a result
    {"export"},
    {"ui"},
    {"cli", "__main__"},  # starts the app
    {"pages", "app"},
]
RANK = {name: rank for rank, layer in enumerate(LAYERS) for name in layer}
ENGINE = {
    "spec",
    "registry",
    "activations",
    "arrays",
    "initializers",
    "logscale",
    "wide",
    "errors",
    "cells",
    "analysis",
    "probes",
}
STREAMLIT = {"ui", "pages", "app"}


def component(path):
    """lstm_viz/cells/rnn.py → cells; pages/gates.py → pages."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return parts[1] if parts[0] == "lstm_viz" else parts[0]


def sources():
    files = [*PACKAGE.rglob("*.py"), *(ROOT / "pages").glob("*.py"), ROOT / "app.py"]
    return sorted(path for path in files if path.exists() and path != PACKAGE / "__init__.py")


def imports(path):
    """(module, whether inside a function) of each import that runs; of `from a import b`: a.b."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    functions = [
        n for n in ast.walk(tree) if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef))
    ]
    typing = {
        node
        for branch in ast.walk(tree)
        if isinstance(branch, ast.If) and ast.unparse(branch.test) == "TYPE_CHECKING"
        for node in ast.walk(branch)
    }
    lazy = {node for function in functions for node in ast.walk(function)}
    for node in set(ast.walk(tree)) - typing:
        if isinstance(node, ast.Import):
            yield from ((alias.name, node in lazy) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name}: import by full name"
            names = [alias.name for alias in node.names] if node.module == "lstm_viz" else [""]
            yield from ((f"{node.module}.{name}".rstrip("."), node in lazy) for name in names)


def imported_component(module):
    """lstm_viz.cells.rnn → cells; a name that the package itself offers → analysis."""
    name = module.split(".")[1] if "." in module else ""
    return name if name in RANK else "analysis"


FILES = pytest.mark.parametrize("path", sources(), ids=lambda p: str(p.relative_to(ROOT)))


@FILES
def test_imports_point_one_way(path):
    own = component(path)
    assert own in RANK, f"{own} has no layer yet: give it one in LAYERS"
    for module, _ in imports(path):
        if module.split(".")[0] == "lstm_viz":
            other = imported_component(module)
            assert RANK[other] <= RANK[own], f"{own} may not import {module}"


@FILES
def test_the_engine_knows_numpy_and_nothing_else(path):
    if component(path) not in ENGINE:
        return
    for module, lazy in imports(path):
        top = module.split(".")[0]
        known = top in {"numpy", "lstm_viz"} or top in sys.stdlib_module_names
        assert known, f"{path.name} may not import {module}"
        if imported_component(module) == "tables" and top == "lstm_viz":
            assert lazy, f"{path.name}: import tables within to_frame, it brings pandas"


@FILES
def test_only_the_interface_knows_streamlit(path):
    if component(path) not in STREAMLIT:
        assert "streamlit" not in {module.split(".")[0] for module, _ in imports(path)}


@FILES
def test_pandas_has_one_place_below_the_interface(path):
    if component(path) not in STREAMLIT | {"tables"}:
        assert "pandas" not in {module.split(".")[0] for module, _ in imports(path)}


@FILES
def test_pages_do_no_arithmetic(path):
    if component(path) in {"pages", "app"}:
        tops = {module.split(".")[0] for module, _ in imports(path)}
        assert not tops & {"numpy", "math", "statistics"}


def test_there_is_something_to_parse():
    found = {component(path) for path in sources()}
    assert ENGINE <= found
    assert "figures" in found


def test_the_package_offers_what_scripts_rely_on():
    tree = ast.parse((PACKAGE / "__init__.py").read_text(encoding="utf-8"))
    offered = {alias.name for n in tree.body if isinstance(n, ast.ImportFrom) for alias in n.names}
    assert {"ModelSpec", "init_weights", "forward", "backward", "log10_norms"} <= offered
