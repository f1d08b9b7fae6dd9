"""What was computed once is kept, within one bound on memory for all results together."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import fields, is_dataclass
from functools import wraps
from threading import Lock
from typing import ParamSpec, TypeVar

import numpy as np
from cachetools import LRUCache

MOST_BYTES = 256 * 2**20
Given = ParamSpec("Given")
Found = TypeVar("Found")


def bytes_of(value: object, seen: set[int] | None = None) -> int:
    """About how much memory a result holds: all of its arrays, each counted once."""
    seen = set() if seen is None else seen
    if id(value) in seen:
        return 0
    seen.add(id(value))
    match value:
        case np.ndarray():
            return value.nbytes if value.base is None else bytes_of(value.base, seen)
        case str() | bytes() | int() | float() | None:
            return 64
        case Mapping():
            inner = list(value.values())
        case list() | tuple() | set():
            inner = list(value)
        case _ if is_dataclass(value):
            inner = [getattr(value, own.name) for own in fields(value)]
        case _:
            inner = list(getattr(value, "__dict__", {}).values())
    return 64 + sum(bytes_of(part, seen) for part in inner)


_results: LRUCache = LRUCache(MOST_BYTES, getsizeof=bytes_of)
_lock = Lock()


def kept(compute: Callable[Given, Found]) -> Callable[Given, Found]:
    """Compute once for the same arguments; the least recently used results go first.

    What is given by keyword tells how far the work is, and is no part of what is computed.
    """

    @wraps(compute)
    def recalled(*given: Given.args, **beside: Given.kwargs) -> Found:
        key = (compute.__module__, compute.__qualname__, given)
        with _lock:
            if key in _results:
                return _results[key]
        found = compute(*given, **beside)
        with _lock, suppress(ValueError):  # it is larger than all that may be kept
            _results[key] = found
        return found

    return recalled


def forget() -> None:
    """Let go of all results."""
    with _lock:
        _results.clear()
