"""What makes a value what it is, in JSON's types: what is asked, apart from the code that answers.

A measure of the same name with the same options asks the same question, whatever its code. The
code is what may change between two runs: what a function does, its default values, the functions,
classes and constants that it refers to, and theirs; where a module has a file, the file's text and
that of the modules it imports, as far as they are the user's own (`sources`).
"""

import dis
import enum
import functools
import hashlib
import json
import sys
import types
from collections.abc import Collection, Hashable, Iterator
from dataclasses import fields, is_dataclass
from itertools import pairwise
from pathlib import PurePath

import numpy as np

from lstm_viz.errors import SweepError
from lstm_viz.sweeps import sources

GATHERING = {"append", "add", "extend", "update"}  # what a function does to a log of its own


def digest(plain: object) -> str:
    return hashlib.sha256(json.dumps(plain).encode()).hexdigest()


class Identity:
    """The `question` that a value asks, in JSON's types, and a digest of the `code` that answers.

    Raises SweepError for an object whose contents cannot be told.
    """

    def __init__(self, value: object) -> None:
        self._home = _origin(value)
        self._met: dict[int, tuple[object, object]] = {}  # functions and classes, and their parts
        self._inside: set[int] = set()  # functions whose closures are being told
        self._texts: dict[str, str] = {}
        try:
            self.question = self._told(value)
        except RecursionError as error:
            raise SweepError("too-deep") from error
        parts = {json.dumps(part) for _thing, part in self._met.values()}
        self.code = digest([sorted(parts), sorted(self._texts.items())])

    def _told(self, value: object) -> object:
        match value:
            case enum.Enum():
                return [self._class(type(value)), value.name]
            case None | bool() | int() | float() | str():
                return value.item() if isinstance(value, np.generic) else value
            case list() | tuple():
                return [type(value).__name__, *map(self._told, value)]
            case dict():
                pairs = value.items()
                return ["dict", *([self._told(key), self._told(item)] for key, item in pairs)]
            case set() | frozenset():
                return ["set", *sorted(map(self._told, value), key=json.dumps)]
            case bytes() | complex() | slice() | range() | types.EllipsisType() | PurePath():
                return [type(value).__name__, repr(value)]
            case np.ndarray() | np.generic() if not value.dtype.hasobject:
                content = hashlib.sha256(np.ascontiguousarray(value).tobytes()).hexdigest()
                return [value.dtype.str, list(value.shape), content]
            case _ if is_dataclass(value) and not isinstance(value, type):
                own = {
                    field.name: self._told(getattr(value, field.name)) for field in fields(value)
                }
                return [self._class(type(value)), own]
        return self._behaviour(value)

    def _behaviour(self, value: object) -> object:
        match value:
            case functools.partial():
                return ["partial", *map(self._told, (value.func, value.args, value.keywords))]
            case types.MethodType():
                return ["method", self._told(value.__func__), self._told(value.__self__)]
            case property():
                return ["property", *map(self._told, (value.fget, value.fset, value.fdel))]
            case functools.cached_property():
                return ["property", self._told(value.func)]
            case types.FunctionType():
                return self._function(value)
            case type():
                return self._class(value)
            case types.ModuleType():
                self._follow(value.__name__)
                return value.__name__
            case _ if (wrapped := getattr(value, "__wrapped__", None)) is not None:
                return [_name(type(value)), self._told(wrapped)]
            case _ if _is_named(value):
                return _name(value)
        raise SweepError("no-identity", kind=type(value).__name__)

    def _function(self, function: types.FunctionType) -> object:
        """Its name and what it found where it was defined; of a lambda what it does as well."""
        if id(function) in self._inside:
            return _name(function)
        code, module = function.__code__, function.__globals__.get("__name__", "")
        self._inside.add(id(function))
        if id(function) not in self._met and not sources.is_foreign(module, self._home):
            self._met[id(function)] = function, None
            self._met[id(function)] = function, self._function_part(function, module)
        cells = zip(code.co_freevars, function.__closure__ or (), strict=True)
        own = _state(code)
        found = [self._told(_content(cell)) for name, cell in cells if name not in own]
        self._inside.remove(id(function))
        nameless = [self._code(code)] if "<lambda>" in function.__qualname__ else []
        return [_name(function), *nameless, *found]

    def _function_part(self, function: types.FunctionType, module: str) -> object:
        self._follow(module)
        code, known = function.__code__, function.__globals__
        names = sorted((_names(code, "LOAD_GLOBAL", "LOAD_NAME") - _state(code)) & known.keys())
        values = {name: self._reads(name, known[name], module) for name in names}
        modules = {v.__name__ for v in map(known.get, names) if isinstance(v, types.ModuleType)}
        for name in modules | _names(code, "IMPORT_NAME"):
            self._follow(name, _names(code, "LOAD_ATTR", "LOAD_METHOD", "IMPORT_FROM"))
        defaults = [function.__defaults__, function.__kwdefaults__]
        given = [self._reads("a default value", value, module) for value in defaults]
        return [_name(function), self._code(code), given, values]

    def _class(self, kind: type) -> str:
        module = kind.__module__
        if id(kind) not in self._met and not sources.is_foreign(module, self._home):
            self._met[id(kind)] = kind, None
            self._follow(module)
            own = {name: item for name, item in vars(kind).items() if _acts(name, item)}
            values = {name: self._or_type(item) for name, item in own.items()}
            bases = [self._told(base) for base in kind.__bases__]
            self._met[id(kind)] = kind, [_name(kind), bases, values]
        return _name(kind)

    def _reads(self, name: str, value: object, module: str) -> object:
        """A value that a function of `module` refers to; where none can be told, a text must do."""
        by_text = module in self._texts
        if by_text and not isinstance(value, Hashable):
            return None
        try:
            return self._told(value)
        except SweepError as error:
            text = sources.text(module)
            if text is None:
                raise SweepError("within", where=name, reason=error) from error
            self._texts[module] = text
            return None

    def _or_type(self, item: object) -> object:
        try:
            return self._told(item)
        except SweepError:
            return _name(type(item))

    def _follow(self, module: str, parts: Collection[str] = ()) -> None:
        """Take the texts of a module, and of those modules within it that have such names."""
        if sources.is_foreign(module, self._home):
            return
        if module not in self._texts:
            self._texts |= sources.texts(module, self._home)
        for inner in (f"{module}.{part}" for part in parts):
            if sources.text(inner):
                self._follow(inner, parts)

    def _code(self, code: types.CodeType) -> str:
        """A digest of what the code does, wherever in its file it stands."""
        constants = [
            self._code(constant) if isinstance(constant, types.CodeType) else self._told(constant)
            for constant in code.co_consts
        ]
        does = [code.co_code.hex(), code.co_exceptiontable.hex(), constants]
        return digest([does, code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars])


def _names(code: types.CodeType, *operations: str) -> set[str]:
    """The names that these operations have, here and in the functions defined within."""
    return {str(step.argval) for step in _steps(code) if step.opname in operations}


def _state(code: types.CodeType) -> set[str]:
    """Names of what the code only adds to or sets anew, its log or counter: it is no input."""
    added, read = _names(code, "STORE_GLOBAL"), set()
    for step, following in pairwise(_steps(code)):
        if step.opname in ("LOAD_GLOBAL", "LOAD_NAME", "LOAD_DEREF"):
            (added if following.argval in GATHERING else read).add(step.argval)
    return added - (read - _names(code, "STORE_GLOBAL"))


def _steps(code: types.CodeType) -> Iterator[dis.Instruction]:
    yield from dis.get_instructions(code)
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _steps(constant)


def _acts(name: str, item: object) -> bool:
    """Whether an attribute of a class is of its own, and not what Python keeps there for itself."""
    return not name.startswith("__") or (callable(item) and name != "__repr__")


def _content(cell: types.CellType) -> object:
    try:
        return cell.cell_contents
    except ValueError:  # nothing was put there yet
        return None


def _origin(value: object) -> str:
    """The module that a measure is of: of the function within a partial, of a value's class."""
    while isinstance(value, functools.partial):
        value = value.func
    return getattr(value, "__module__", None) or type(value).__module__


def _is_named(value: object) -> bool:
    """Whether the name of a thing leads back to it, as a builtin's and a ufunc's does."""
    found = sys.modules.get(getattr(value, "__module__", None) or "")
    for part in getattr(value, "__qualname__", getattr(value, "__name__", "?")).split("."):
        found = getattr(found, part, None)
    return found is value


def _name(thing: object) -> str:
    return f"{getattr(thing, '__module__', None)}.{getattr(thing, '__qualname__', thing)}"
