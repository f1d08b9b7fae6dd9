"""What a result's code is: the text of the modules that it came from, and of this library.

Nothing is run: a module's imports are parsed from its text, wherever in it they stand.
"""

import ast
import functools
import hashlib
import importlib.util
import sys
from collections.abc import Iterator
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path

PACKAGE = Path(__file__).parents[1]
SHOWN = (
    "_app",
    "ui",
    "export",
    "figures",
    "say",
    "studies",
    "quantities",
    "terms",
    "words",
    "i18n",
    "cli",
    "progress",
    "result",
    "sketch",
)
RUNNING = {"__main__", "__mp_main__"}
INSTALLED = {"site-packages", "dist-packages"}


@functools.cache
def library() -> str:
    """A digest of every source file of lstm_viz that a measured number can depend on.

    What only shows or says results, `SHOWN`, is left out.
    """
    texts = {}
    for path in PACKAGE.rglob("*.py"):
        inside = path.relative_to(PACKAGE)
        if not inside.parts[0].removesuffix(".py").startswith(SHOWN):
            texts[inside.as_posix()] = _digest(path.read_bytes())
    return _digest(repr(sorted(texts.items())).encode())


def is_foreign(module: str, home: str = "") -> bool:
    """Whether a module is not the user's own: Python's, this library's, or an installed package's.

    The package that the module `home` belongs to is the user's own, installed or not.
    """
    top = module.partition(".")[0]
    if top in RUNNING or top == home.partition(".")[0] != "lstm_viz":
        return False
    if top in sys.stdlib_module_names or top == "lstm_viz":
        return True
    path = _file(module)
    return path is not None and not INSTALLED.isdisjoint(path.parts)


def text(module: str) -> str | None:
    """A digest of a module's file; None if it has none."""
    path = _file(module)
    return path and _digest(path.read_bytes())


def texts(module: str, home: str = "") -> dict[str, str]:
    """Digests by name of a module's text, of those of its own that it imports, and so on.

    A script that is running has none: it is edited for other reasons, such as more specs.
    """
    found: dict[str, str] = {}
    waiting = [module]
    while waiting:
        name = waiting.pop()
        path = _file(name)
        if path is None or name in found or name in RUNNING or is_foreign(name, home):
            continue
        content = path.read_bytes()
        found[name] = _digest(content)
        package = name if path.stem == "__init__" else name.rpartition(".")[0]
        waiting += [*_parents(name), *_imports(content, package)]
    return found


@functools.lru_cache(1000)
def _imports(content: bytes, package: str) -> tuple[str, ...]:
    """The full names of what a text imports; `from a import b` gives a and a.b, module or not."""
    try:
        return tuple(_imported(ast.parse(content), package))
    except (SyntaxError, ValueError):  # no Python: an extension
        return ()


def _imported(tree: ast.AST, package: str) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parent = package.rsplit(".", node.level - 1)[0] if node.level else ""
            start = ".".join(filter(None, (parent, node.module)))
            yield from (start, *(f"{start}.{alias.name}" for alias in node.names))


def _parents(module: str) -> list[str]:
    """The packages that are run before the module is."""
    parts = module.split(".")
    return [".".join(parts[:k]) for k in range(1, len(parts))]


def _file(module: str) -> Path | None:
    """The file of a module, loaded or not; None if there is no such module or it has no file."""
    loaded = sys.modules.get(module)
    try:
        path = getattr(loaded, "__file__", None) if loaded else _origin(module)
    except (ImportError, ValueError):
        return None
    return Path(path) if path and Path(path).is_file() else None


def _origin(module: str) -> str | None:
    found = _found(module)
    return found and found.origin


def _found(module: str) -> ModuleSpec | None:
    """The specification of a module that is not loaded, without running its packages."""
    parent = module.rpartition(".")[0]
    if not parent:
        return importlib.util.find_spec(module)
    found = _found(parent)
    folders = found and found.submodule_search_locations
    return PathFinder.find_spec(module, folders) if folders else None


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
