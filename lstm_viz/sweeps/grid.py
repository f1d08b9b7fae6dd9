"""Many specs from one small TOML file: what they share, and the lists to cross.

measure = "survival"              # a name in measures.MEASURES
T = 200                           # steps; 50 by default

[base]                            # fields of ModelSpec that all share
cell = "lstm"

[cross]                           # every combination is measured, the last list varies fastest
gain = [0.5, 1.0, 2.0]
forget_bias = [-2.0, 0.0, 2.0]

[input]                           # fields of SequenceSpec; white noise by default
[options]                         # of the measure
"""

import itertools
import tomllib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, fields
from math import prod
from os import PathLike
from typing import TypeVar

from lstm_viz.errors import InputError, LstmVizError, Said, shown
from lstm_viz.inputs.sequences import SequenceSpec
from lstm_viz.spec import ModelSpec
from lstm_viz.sweeps.measures import MEASURES

TABLES = ("base", "cross", "input", "options")
Made = TypeVar("Made")
GIVEN = ("length", "size", "batch")  # fields of the input that T and the specs give


@dataclass(frozen=True)
class Grid:
    """Every combination of the lists in `cross` over `base`, and what to measure of each."""

    base: dict[str, object]
    cross: dict[str, list]
    measure: Callable

    def __len__(self) -> int:
        return prod(map(len, self.cross.values()))

    def __iter__(self) -> Iterator[ModelSpec]:
        for values in itertools.product(*self.cross.values()):
            yield ModelSpec(**self.base, **dict(zip(self.cross, values, strict=True)))


def read_grid(path: str | PathLike) -> Grid:
    """Read a grid from a TOML file; every spec of it is made once, so that none fails later.

    Raises
    ------
    InputError
        If the file cannot be read or is no TOML, or a key is unknown, missing or has a value that
        it cannot have; the message names the file and the key.
    """
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:  # some editors begin with a mark
            content = tomllib.loads(file.read())
        return _grid(content)
    except OSError as error:
        raise InputError("within", where=str(path), reason=error.strerror or str(error)) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError("no-toml", path=str(path), reason=str(error)) from error
    except LstmVizError as error:
        raise InputError("within", where=str(path), reason=error) from error


def _grid(content: dict) -> Grid:
    _check_keys(Said("the-file"), content, ("measure", "T", *TABLES))
    base, cross, source, options = (_table(content, name) for name in TABLES)
    for name, table in (("[base]", base), ("[cross]", cross)):
        _check_keys(name, table, _names(ModelSpec))
    for name, values in cross.items():
        if name in base:
            raise InputError("in-both", name=name)
        if not isinstance(values, list) or not values:
            raise InputError("list-of-values", name=f"cross.{name}", got=shown(values))
    grid = Grid(base, cross, _measure(content, source, options))
    _check_specs(grid)
    return grid


def _measure(content: dict, source: dict, options: dict) -> Callable:
    name = content.get("measure")
    if not isinstance(name, str) or name not in MEASURES:
        raise InputError("one-of", name="measure", known=", ".join(MEASURES), got=shown(name))
    _check_keys("[input]", source, [key for key in _names(SequenceSpec) if key not in GIVEN])
    length = {"length": content["T"]} if "T" in content else {}
    sequence = _made("T and [input]", SequenceSpec, source | length)
    known = [key for key in _names(MEASURES[name]) if key != "sequence"]
    _check_keys("[options]", options, known)
    return _made("[options]", MEASURES[name], options | {"sequence": sequence})


def _check_specs(grid: Grid) -> None:
    for values in itertools.product(*grid.cross.values()):
        own = dict(zip(grid.cross, values, strict=True))
        chosen = ", ".join(f"{name} = {value!r}" for name, value in own.items())
        where = f"[base] with {chosen}" if own else "[base]"
        spec = _made(where, ModelSpec, grid.base | own)
        if rehearse := getattr(grid.measure, "rehearse", None):
            _made(where, rehearse, {"spec": spec})


def _made(where: str, kind: Callable[..., Made], values: dict) -> Made:
    try:
        return kind(**values)
    except LstmVizError as error:
        raise InputError("within", where=where, reason=error) from error


def _table(content: dict, name: str) -> dict:
    table = content.get(name, {})
    if not isinstance(table, dict):
        raise InputError("table", name=name, got=shown(table))
    return table


def _check_keys(where: str | Said, table: dict, known: Iterable[str]) -> None:
    for key in table:
        if key not in known:
            raise InputError("unknown-key", where=where, key=repr(key), known=", ".join(known))


def _names(kind: type) -> list[str]:
    return [field.name for field in fields(kind)]
