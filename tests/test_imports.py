"""Who may import whom: parsed from the sources, nothing is run.

spec, activations ← cells ← analysis ← say ← figures ← ui ← pages
"""

import ast
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "lstm_viz"
LAYERS = [  # each may import from its own layer and those above it in this list
    {
        "result",
        "sketch",
        "errors",
        "messages",
        "i18n",
        "activations",
        "arrays",
        "logscale",
        "wide",
        "registry",
        "spec",
        "tables",
    }
    | {"processors", "progress", "quantities", "terms", "version", "words"},
    {"files", "initializers", "inputs"},
    {"cells"},
    {"nets"},  # what was chosen → weights
    {"analysis", "tasks", "training", "weights_io"},
    {"sweeps"},  # one measurement on many networks
    {"say"},  # what is said of a result
    {"figures"},  # what is drawn of it
    {"studies"},  # settings → result, sentence, figures, tables
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
    "messages",
    "cells",
    "analysis",
    "processors",
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


SOURCES = {
    str(path.relative_to(ROOT)): (component(path), tuple(imports(path))) for path in sources()
}


def tops(found):
    """The first names of what is imported: numpy, lstm_viz …"""
    return {module.split(".")[0] for module, _ in found}


def users(package, except_in):
    return [
        path
        for path, (own, found) in SOURCES.items()
        if own not in except_in and package in tops(found)
    ]


def test_every_source_has_its_layer():
    assert not [path for path, (own, _) in SOURCES.items() if own not in RANK]


def test_imports_point_one_way():
    against = [
        f"{path} may not import {module}"
        for path, (own, found) in SOURCES.items()
        for module, _ in found
        if module.split(".")[0] == "lstm_viz" and RANK[imported_component(module)] > RANK[own]
    ]
    assert not against


def test_the_engine_knows_numpy_and_nothing_else():
    known = {"numpy", "lstm_viz", *sys.stdlib_module_names}
    engine = {path: found for path, (own, found) in SOURCES.items() if own in ENGINE}
    assert not {path: tops(found) - known for path, found in engine.items() if tops(found) - known}
    early = [
        f"{path}: import tables within to_frame, it brings pandas"
        for path, found in engine.items()
        if any(module.startswith("lstm_viz.tables") and not lazy for module, lazy in found)
    ]
    assert not early


def test_only_the_interface_knows_streamlit():
    assert not users("streamlit", except_in=STREAMLIT)


def test_pandas_has_one_place_below_the_interface():
    assert not users("pandas", except_in=STREAMLIT | {"tables"})


def test_weights_are_made_in_one_place_above_the_engine():
    """The seam where edits, files and trained nets enter: nets/ alone makes weights of a choice."""
    above = {"nets", "studies", "ui", "pages", "app", "cli"}
    makers = []
    for path in sources():
        names = {n.id for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.Name)}
        if component(path) in above and "init_weights" in names:
            makers.append(str(path.relative_to(ROOT)))
    assert makers == ["lstm_viz/nets/__init__.py"]


def test_pages_do_no_arithmetic():
    others = RANK.keys() - {"pages", "app"}
    assert not [p for name in ("numpy", "math", "statistics") for p in users(name, others)]


def test_there_is_something_to_parse():
    found = {component(path) for path in sources()}
    assert ENGINE <= found
    assert "figures" in found


def test_the_package_offers_what_scripts_rely_on():
    tree = ast.parse((PACKAGE / "__init__.py").read_text(encoding="utf-8"))
    offered = {alias.name for n in tree.body if isinstance(n, ast.ImportFrom) for alias in n.names}
    assert {"ModelSpec", "init_weights", "forward", "backward", "log10_norms"} <= offered
