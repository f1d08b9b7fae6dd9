"""The folder in which a sweep keeps what it has found: a small file for each spec.

A file's name is a digest of everything that its rows depend on, so that rows found otherwise are
never taken for those asked for: the spec, the measure with its options and its code, the library's
version. (What a measure calls in other modules is not part of it: use another folder when that
changes.) Python's JSON writes every float so that it is read back exactly, NaN and ±inf included.
"""

import functools
import hashlib
import json
import os
import types
import uuid
import warnings
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from pathlib import Path

import numpy as np

from lstm_viz.errors import SweepError
from lstm_viz.version import __version__

Rows = list[dict]


class Shards:
    """The rows of one measure that a folder keeps; the folder is made where it is missing.

    Raises SweepError if the measure depends on something that no digest can be taken of.
    """

    def __init__(self, folder: str | os.PathLike, measure: Callable) -> None:
        self.measure = identity(measure)
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)

    def read(self, spec: object) -> Rows | None:
        """The spec's rows; None, with a warning where a file is damaged, if they must be found."""
        key = self._key(spec)
        path = self._path(key)
        try:
            shard = json.loads(path.read_text(encoding="utf-8"))
            if shard["sha256"] != digest([key, shard["rows"]]):
                raise ValueError("its checksum is that of other rows")
            return shard["rows"]
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError) as error:
            message = f"{path} is damaged, its rows are measured again: {error}"
            warnings.warn(message, stacklevel=2)
            return None

    def write(self, spec: object, rows: Rows) -> None:
        """Keep the spec's rows: the file is there whole or not at all, whenever we are killed."""
        key = self._key(spec)
        path = self._path(key)
        unfinished = path.with_suffix(f".{uuid.uuid4().hex}.tmp")
        shard = {"key": key, "rows": rows, "sha256": digest([key, rows])}
        try:
            unfinished.write_text(json.dumps(shard), encoding="utf-8")
            os.replace(unfinished, path)
        finally:
            unfinished.unlink(missing_ok=True)

    def _key(self, spec: object) -> dict:
        return {"lstm_viz": __version__, "measure": self.measure, "spec": identity(spec)}

    def _path(self, key: dict) -> Path:
        return self.folder / f"{digest(key)[:32]}.json"


def digest(plain: object) -> str:
    return hashlib.sha256(json.dumps(plain).encode()).hexdigest()


def identity(value: object) -> object:
    """Whatever makes `value` what it is, in JSON's types: equal only for equal values.

    Raises SweepError for an object whose contents cannot be told.
    """
    match value:
        case None | bool() | int() | float() | str():
            return value.item() if isinstance(value, np.generic) else value
        case list() | tuple():
            return [type(value).__name__, *map(identity, value)]
        case dict():
            return ["dict", *([identity(key), identity(item)] for key, item in value.items())]
        case set() | frozenset():
            return ["set", *sorted(map(identity, value), key=json.dumps)]
        case bytes() | complex() | types.EllipsisType():
            return [type(value).__name__, repr(value)]
        case np.ndarray() | np.generic() if not value.dtype.hasobject:
            content = hashlib.sha256(np.ascontiguousarray(value).tobytes()).hexdigest()
            return [value.dtype.str, list(value.shape), content]
        case functools.partial():
            return ["partial", *map(identity, (value.func, value.args, value.keywords))]
        case types.MethodType():
            return ["method", identity(value.__func__), identity(value.__self__)]
        case types.FunctionType():
            return [_name(value), *_function(value)]
        case np.ufunc() | type():
            return [_name(value)]
        case _ if is_dataclass(value):
            own = {field.name: identity(getattr(value, field.name)) for field in fields(value)}
            does = [identity(type(value).__call__)] if callable(value) else []
            return [_name(type(value)), own, *does]
    raise SweepError(
        f"a folder needs to know what a measure depends on, and {type(value).__name__} does not"
        " say: use a function of plain values and arrays, or a frozen dataclass"
    )


def _function(function: types.FunctionType) -> list:
    """The code, the default values, and what a function found where it was defined."""
    found = [cell.cell_contents for cell in function.__closure__ or ()]
    defaults = [function.__defaults__, function.__kwdefaults__]
    return [_code(function.__code__), *map(identity, [*defaults, found])]


def _code(code: types.CodeType) -> str:
    """A digest of what the code does, wherever in its file it stands."""
    constants = [
        _code(constant) if isinstance(constant, types.CodeType) else identity(constant)
        for constant in code.co_consts
    ]
    return digest([code.co_code.hex(), code.co_names, code.co_varnames, constants])


def _name(thing: object) -> str:
    return f"{getattr(thing, '__module__', None)}.{getattr(thing, '__qualname__', thing)}"
