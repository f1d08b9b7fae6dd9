"""Cells → numbers: what people write for a number, for a missing one, and for a date."""

import re
from functools import lru_cache
from typing import NamedTuple

import numpy as np

Array = np.ndarray

_MARKS = (
    "na",
    "n/a",
    "n.a.",
    "#n/a",
    "#na",
    "<na>",
    "nan",
    "-nan",
    "null",
    "(null)",
    "none",
    "nil",
    "nat",
) + ("missing", "#value!", "#div/0!", "#num!", "#ref!", "#name?", "#null!", "1.#qnan", "1.#ind")
MISSING = frozenset(
    (*_MARKS, *map(str.upper, _MARKS), *map(str.capitalize, _MARKS), "NaN", "-NaN", "NaT")
    + ("", "?", ":", ".", "..", "...", "-", "--", "\u2212", "\u2013", "\u2014", "*")
) - {"Na"}  # sodium
BLANKS = " \u00a0\u2007\u2009\u202f"
APOSTROPHES = "'\u2019"
CURRENCIES = "$€£¥₹"
_SIGN = "[+\\-\u2212\u2013]?"
_DAY = (
    r"\d{1,4}(?P<mark>[-/])\d{1,2}((?P=mark)\d{1,4})?|\d{1,4}\.\d{1,2}\.\d{1,4}"
    r"|\d{4}\s*[-/]?\s*[QWM]\d{1,2}"
)
_TIME = r"\d{1,2}:\d\d(:\d\d([.,]\d+)?)?\s*([ap]\.?m\.?)?\s*(Z|UTC|GMT|[-+]\d\d:?\d\d)?"
_MONTH = (
    r"(\d{1,2}[- .]*)?(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*[- .,'/]*\d{1,4}"
    r"([- ,]+\d{2,4})?"
)
_WEEKDAY = r"(mon|tue|wed|thu|fri|sat|sun)[a-z]*\b[ ,]*"
_DATE = re.compile(
    rf"({_WEEKDAY})?({_DAY}|{_MONTH})([T ,]\s*{_TIME})?|{_TIME}|{_WEEKDAY}", re.IGNORECASE
)


class Column(NamedTuple):
    """Cells of one column as numbers."""

    values: Array  # (n,) float64; NaN where there is no number, ±inf where one is infinite
    missing: Array  # (n,) bool: a mark of a missing value
    other: Array  # (n,) bool: neither a number nor missing


@lru_cache
def _pattern(decimal: str) -> str:
    """The regular expression of a number: sign, currency, groups of thousands, %, exponent."""
    marks = ("".join({",", "."} - {decimal}), BLANKS, APOSTROPHES)  # one of them in one number
    thousands = "|".join(rf"(?:[{mark}]\d{{3}})++" for mark in marks)
    whole = rf"(?:\d{{1,3}}(?:{thousands})(?!\d)|\d++)"
    digits = rf"(?:{whole}(?:[{decimal}]\d*+)?|[{decimal}]\d++)(?:[eEdD]{_SIGN}\d++)?"
    money, blank = f"[{CURRENCIES}]?", f"[{BLANKS}]?"
    front = f"(?:{_SIGN}{blank}{money}{blank}|{money}{blank}{_SIGN})"
    return f"(?:{front}{digits}{blank}(?:%|{money})|{_SIGN}(?i:inf(?:inity)?))"


@lru_cache
def _one(decimal: str) -> re.Pattern:
    return re.compile(_pattern(decimal))


@lru_cache
def _many(decimal: str) -> re.Pattern:
    return re.compile(f"(?:{_pattern(decimal)}\n)*+")


def is_number(cell: str, decimal: str) -> bool:
    """Whether a cell without blanks around it is a number, with this decimal mark."""
    return _one(decimal).fullmatch(cell) is not None


def is_missing(cell: str) -> bool:
    """Whether a cell without blanks around it stands for a missing value."""
    return cell in MISSING


def is_date(cell: str) -> bool:
    """Whether a cell is a date or a time of day."""
    return _DATE.fullmatch(cell[:40]) is not None


def is_text(cell: str, decimal: str) -> bool:
    """Whether a cell is a word: no number, no date, not missing."""
    return not (is_missing(cell) or is_number(cell, decimal) or is_date(cell))


def numbers_of(cells: list[str], decimal: str) -> Column:
    """Return the numbers of a column's cells; "12 %" is 0.12, "1 234" and "1'234" are 1234.

    decimal : "." or ",", the decimal mark; the other of the two parts thousands
    """
    values = _plain(cells, decimal)
    if values is not None and np.isfinite(values).all():
        none = np.zeros(len(cells), dtype=bool)
        return Column(values, none, none)
    place = {cell: k for k, cell in enumerate(dict.fromkeys(cells))}
    distinct = _distinct([cell.strip() for cell in place], decimal)
    at = np.fromiter(map(place.__getitem__, cells), np.intp, len(cells))
    return Column(*(array[at] for array in distinct))


def _distinct(cells: list[str], decimal: str) -> Column:
    missing = np.fromiter((cell in MISSING for cell in cells), bool, len(cells))
    present = [cell for cell, gone in zip(cells, missing.tolist(), strict=True) if not gone]
    values, other = np.full(len(cells), np.nan), np.zeros(len(cells), dtype=bool)
    values[~missing] = _written(present, decimal)
    other[~missing] = np.isnan(values[~missing])
    return Column(values, missing, other)


def _plain(cells: list[str], decimal: str) -> Array | None:
    """The values where every cell is a number as Python reads it; None where one is not."""
    joined = "\n".join(cells)
    if "_" in joined:  # 1_000 is a number to Python alone
        return None
    if decimal == ",":
        if "." in joined or joined.count("\n") != len(cells) - 1:
            return None
        cells = joined.replace(",", ".").split("\n")
    try:
        return np.fromiter(map(float, cells), np.float64, len(cells))
    except ValueError:
        return None


def _written(cells: list[str], decimal: str) -> Array:
    """The values of cells as people write them; NaN for a cell that is no number."""
    if _many(decimal).fullmatch("\n".join(cells) + "\n"):
        return _cleaned(cells, decimal)
    values = np.full(len(cells), np.nan)
    good = [k for k, cell in enumerate(cells) if is_number(cell, decimal)]
    if good:
        values[good] = _cleaned([cells[k] for k in good], decimal)
    return values


def _cleaned(cells: list[str], decimal: str) -> Array:
    joined = "\n".join(cells)
    for mark in BLANKS + APOSTROPHES + CURRENCIES + "%" + "".join({",", "."} - {decimal}):
        joined = joined.replace(mark, "")
    for mark, plain in (("\u2212", "-"), ("\u2013", "-"), ("d", "e"), ("D", "e")):  # 1D3: Fortran
        joined = joined.replace(mark, plain)
    values = np.array(joined.replace(decimal, ".").split("\n"), dtype=object).astype(np.float64)
    if any("%" in cell for cell in cells):
        percent = np.fromiter((cell.endswith("%") for cell in cells), bool, len(cells))
        values[percent] /= 100
    return values
