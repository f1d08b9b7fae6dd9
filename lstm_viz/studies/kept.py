"""What was computed once is kept, within one bound on memory for all results together.

Who asks for what another is computing waits for it, sees how far it is, and may go away; if the
other goes away first, one of those who wait takes over.
"""

from collections.abc import Callable, Hashable, Mapping
from contextlib import suppress
from dataclasses import fields, is_dataclass
from functools import wraps
from sys import getsizeof
from threading import Lock
from typing import Any, TypeVar

import numpy as np
from cachetools import LRUCache

from lstm_viz.studies.under_way import UnderWay

MOST_BYTES = 256 * 2**20
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
        case str() | bytes():
            return getsizeof(value)
        case int() | float() | None:
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
_under_way: dict[Hashable, UnderWay] = {}
_lock = Lock()


def kept(compute: Callable[..., Found]) -> Callable[..., Found]:
    """Compute once for the same arguments; the least recently used results go first.

    What is given by keyword tells how far the work is, and is no part of what is computed.
    """

    @wraps(compute)
    def recalled(*given: Hashable, **beside: Any) -> Found:
        key = (compute.__module__, compute.__qualname__, given)
        while True:
            with _lock:
                if key in _results:
                    return _weighed(key, _results[key])
                others = _under_way.get(key)
                if others is None:
                    own = _under_way[key] = UnderWay()
                    break
            if others.followed(beside.get("begin")):
                return others.found
        try:
            found = own.found = compute(*given, **own.told(beside))
            own.succeeded = True
            with _lock:
                return _weighed(key, found)
        finally:
            with _lock:
                del _under_way[key]
            own.ended.set()

    return recalled


def _weighed(key: Hashable, found: Found) -> Found:
    """Keep a result by what it holds at present: some of its parts are made when they are used."""
    _results.pop(key, None)
    with suppress(ValueError):  # it is larger than all that may be kept
        _results[key] = found
    return found


def forget() -> None:
    """Let go of all results."""
    with _lock:
        _results.clear()
