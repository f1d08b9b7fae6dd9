"""Columns of numbers out of a CSV file, and the exact line where a file is malformed."""

import csv
import io
import itertools
import os
import re
import reprlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np

from lstm_viz.errors import InputError, SpecError
from lstm_viz.spec import check_integer

Array = np.ndarray

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab"}
_MISSING = {"", "na", "n/a", "null", "none"}  # a missing number rather than a column's name
_DECIMAL_COMMA = re.compile(r"[+-]?\d*,\d+")
_NAMES_SHOWN = 20


@dataclass(frozen=True)
class CsvTable:
    """The columns of numbers in a CSV file."""

    names: tuple[str, ...]  # D names; "column 2" where the file has none
    values: Array  # (T, D) float64, one row a time step
    skipped: tuple[str, ...]  # columns without a single number, such as a date


class _Row(NamedTuple):
    line: int  # 1-based line of the file on which the row starts
    cells: list[str]


def read_csv(
    content: str | bytes | Path,
    *,
    columns: str | int | Sequence[str | int] | None = None,
    header: bool | None = None,
    delimiter: str | None = None,
    decimal: str = ".",
    length: int | None = None,
) -> CsvTable:
    """Read the columns of numbers; every row of the file is one time step.

    A column that holds numbers only is used, one that holds none is skipped, and one that mixes
    numbers with anything else is an error: a bad cell never makes its column disappear.

    Parameters
    ----------
    content : the text of the file, its bytes (UTF-8, byte order mark or not), or its Path
    columns : names or 1-based numbers of the columns to use, in this order; None for all of numbers
    header : whether the first row holds names. None: it does if it holds text and no number, and
        no gap above a number; names that are numbers, such as years, need True
    delimiter : one of `DELIMITERS`. None: the first row decides: a tab if it has one, else a
        semicolon, else a comma
    decimal : "." or ",", the decimal mark
    length : stop after so many rows; whatever is wrong below them is not seen

    Returns
    -------
    CsvTable
        Fewer than `length` rows if the file has fewer.

    Raises
    ------
    InputError
        If the file cannot be read, is empty or ragged, or a cell of a used column is not a finite
        number; the message names the 1-based line of the file.
    SpecError
        If an option is none of those above.

    Notes
    -----
    Quoting follows RFC 4180. Blank lines are ignored at both ends; between rows they are an error,
    for a missing row would shift every later step.
    """
    _check_options(header, delimiter, decimal, length)
    with _open(content) as file:
        rows = _rows(*_with_delimiter(_lines(file), delimiter, decimal))
        first = next(rows, None)
        if first is None:
            raise InputError("the CSV is empty")
        ahead = []
        if header is None:
            header, ahead = _find_header(first, rows, decimal)
        below = itertools.chain([] if header else [first], ahead, rows)
        data = list(itertools.islice(below, length))
    if not data:
        raise InputError(f"line {first.line}: the CSV has a header and no row of numbers below it")
    names = _names(first, header)
    return _table(data, names, None if columns is None else _positions(columns, names), decimal)


def _check_options(header: object, delimiter: object, decimal: object, length: int | None) -> None:
    if not (header is None or isinstance(header, bool)):
        raise SpecError(f"header must be True, False or None; got {header!r}")
    if not (delimiter is None or delimiter in DELIMITERS):
        raise SpecError(f"delimiter must be ',', ';' or a tab; got {delimiter!r}")
    if decimal not in (".", ","):
        raise SpecError(f"decimal must be '.' or ','; got {decimal!r}")
    if length is not None:
        check_integer("length", length, 1)


def _open(content: str | bytes | Path) -> BinaryIO:
    if isinstance(content, str):
        return io.BytesIO(content.encode("utf-8", "surrogatepass"))
    if isinstance(content, bytes):
        return io.BytesIO(content)
    if not isinstance(content, os.PathLike):
        kind = type(content).__name__
        raise InputError(f"a CSV must come as text, bytes or a Path; got {kind}")
    try:
        return open(content, "rb")
    except OSError as error:
        raise InputError(f"cannot read {content}: {error.strerror}") from error


def _lines(file: BinaryIO) -> Iterator[str]:
    """Yield the lines, ended by LF, CRLF or CR. Decoded one by one, a bad byte has a line."""
    pieces = (piece for chunk in file for piece in chunk.splitlines(keepends=True))
    for number, raw in enumerate(pieces, start=1):
        try:
            line = raw.decode("utf-8")
        except UnicodeDecodeError as error:
            raise InputError(
                f"line {number}: byte {error.start + 1} of this line (0x{raw[error.start]:02x}) "
                "is not UTF-8; save the file as UTF-8"
            ) from error
        yield line.removeprefix("\ufeff") if number == 1 else line


def _with_delimiter(
    lines: Iterator[str], delimiter: str | None, decimal: str
) -> tuple[Iterator[str], str]:
    """Return all the lines, and the delimiter: the given one, or the one that the first row has."""
    seen, quotes = [], 0
    for line in lines:
        seen.append(line)
        quotes += line.count('"')
        if line.strip() and quotes % 2 == 0:  # odd: a quoted cell goes on in the next line
            break
    return itertools.chain(seen, lines), delimiter or _sniff("".join(seen).strip("\r\n "), decimal)


def _sniff(row: str, decimal: str) -> str:
    unquoted = re.sub(r'"[^"]*("|$)', "", row)
    for mark in "\t;":
        if mark in unquoted:
            return mark
    one_cell = "," not in unquoted or _number(row, decimal) is not None
    return ";" if decimal == "," and one_cell else ","


def _records(lines: Iterator[str], delimiter: str) -> Iterator[_Row]:
    reader = csv.reader(lines, delimiter=delimiter, skipinitialspace=True, strict=True)
    start = 1
    try:
        for cells in reader:
            yield _Row(start, [cell.strip() for cell in cells])
            start = reader.line_num + 1  # a quoted cell may run over several lines
    except csv.Error as error:
        raise InputError(f"line {start}: the quotes do not match ({error})") from error


def _rows(lines: Iterator[str], delimiter: str) -> Iterator[_Row]:
    """Yield the rows that are not blank, all as wide as the first."""
    first = blank = None
    for row in _records(lines, delimiter):
        if _is_blank(row, first):
            blank = blank or row
            continue
        if first is None:
            first = row
        elif blank:
            raise InputError(f"line {blank.line} is blank, and line {row.line} has values again")
        elif len(row.cells) != len(first.cells):
            raise InputError(
                f"line {row.line} has {_fields(row)} where line {first.line} has {_fields(first)} "
                f"(delimiter: {DELIMITERS[delimiter]})"
            )
        blank = None
        yield row


def _is_blank(row: _Row, first: _Row | None) -> bool:
    # In a file of one column, `""` or spaces are an empty cell: a number is missing there.
    one_column = first is not None and len(first.cells) == 1
    return not row.cells or (row.cells == [""] and not one_column)


def _fields(row: _Row) -> str:
    return "1 field" if len(row.cells) == 1 else f"{len(row.cells)} fields"


def _number(cell: str, decimal: str) -> float | None:
    """Return the cell's number, which may be NaN or infinite; None if it is not a number."""
    if decimal == ",":
        cell = "" if "." in cell else cell.replace(",", ".")
    if "_" in cell:  # 1_000 is a number to Python alone
        return None
    try:
        return float(cell)
    except ValueError:
        return None


def _find_header(first: _Row, rows: Iterator[_Row], decimal: str) -> tuple[bool, list[_Row]]:
    """Return whether the first row holds names, and the row that was read ahead to tell."""
    if any(_number(cell, decimal) is not None for cell in first.cells):
        return False, []
    ahead = list(itertools.islice(rows, 1))
    missing = [cell.lower() in _MISSING for cell in first.cells]
    # An index column often has no name. A gap above any other number is a missing number.
    gap = any(
        missing[k] and _number(cell, decimal) is not None
        for row in ahead
        for k, cell in enumerate(row.cells[1:], start=1)
    )
    return not (all(missing) or gap), ahead


def _names(first: _Row, has_header: bool) -> list[str]:
    cells = first.cells if has_header else [""] * len(first.cells)
    names = [cell or f"column {k}" for k, cell in enumerate(cells, start=1)]
    position: dict[str, int] = {}
    for k, name in enumerate(names, start=1):
        if name in position:
            raise InputError(
                f"line {first.line}: columns {position[name]} and {k} have the same name, {name!r}"
            )
        position[name] = k
    return names


def _positions(columns: str | int | Sequence[str | int], names: list[str]) -> list[int]:
    """Return the 0-based positions of the columns that were asked for."""
    asked = (columns,) if isinstance(columns, (str, int)) else tuple(columns)
    if not asked:
        raise InputError("no column of the CSV was chosen")
    return [_position(column, names) for column in asked]


def _position(column: str | int, names: list[str]) -> int:
    if isinstance(column, str):
        if column not in names:
            raise InputError(f"the CSV has no column {column!r}; it has {listed(names)}")
        return names.index(column)
    check_integer("a column's number", column, 1)
    if column > len(names):
        raise InputError(f"the CSV has no column {column}; it has {len(names)}: {listed(names)}")
    return column - 1


def listed(names: Iterable[str]) -> str:
    """Return the names as a list to print, cut where it gets long."""
    shown = [repr(name) for name in names]
    more = len(shown) - _NAMES_SHOWN
    return ", ".join(shown[:_NAMES_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _table(data: list[_Row], names: list[str], chosen: list[int] | None, decimal: str) -> CsvTable:
    positions = range(len(names)) if chosen is None else chosen
    used: dict[int, Array] = {}
    for k in positions:
        values = [_number(row.cells[k], decimal) for row in data]
        if chosen is not None or any(value is not None for value in values):
            used[k] = _finite_column(values, data, k, names[k])
    if not used:
        raise InputError(_no_numbers(data[0]))
    kept = [k for k in positions if k in used]
    return CsvTable(
        names=tuple(names[k] for k in kept),
        values=np.stack([used[k] for k in kept], axis=1),
        skipped=tuple(names[k] for k in positions if k not in used),
    )


def _finite_column(values: list[float | None], data: list[_Row], k: int, name: str) -> Array:
    """Return the column as an array (T,), or name the first cell that is no finite number."""
    column = np.array(values, dtype=np.float64)  # None becomes NaN
    bad = ~np.isfinite(column)
    if not bad.any():
        return column
    t = int(bad.argmax())
    cell = data[t].cells[k]
    number = f"column {k + 1}"
    where = f"line {data[t].line}, {number}" + ("" if name == number else f" ({name!r})")
    if not cell:
        raise InputError(f"{where}: the cell is empty, and a number was expected")
    if values[t] is not None:
        raise InputError(f"{where}: {reprlib.repr(cell)} is not a finite number")
    other = next((row for row, value in zip(data, values, strict=True) if value is not None), None)
    as_there = f", as {other.cells[k]} in line {other.line} is" if other else ""
    raise InputError(f"{where}: {reprlib.repr(cell)} is not a number{as_there}{_hint(cell)}")


def _no_numbers(row: _Row) -> str:
    cell = next((cell for cell in row.cells if _DECIMAL_COMMA.fullmatch(cell)), row.cells[0])
    return (
        f"the CSV has no column of numbers; line {row.line} holds {reprlib.repr(cell)}{_hint(cell)}"
    )


def _hint(cell: str) -> str:
    return '; is this a decimal comma? (decimal=",")' if _DECIMAL_COMMA.fullmatch(cell) else ""
