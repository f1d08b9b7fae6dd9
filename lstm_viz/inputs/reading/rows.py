"""The rows of a table, some thousand at a time, all of one width, with their lines."""

import csv
import io
import itertools
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from lstm_viz.errors import InputError
from lstm_viz.inputs.reading.dialect import Body, Dialect
from lstm_viz.inputs.reading.separators import COMMENT, quote_error, split, width_error

Array = np.ndarray

LONGEST_LINE = 10**6  # characters, so that no line is a table of its own in memory
_NONE = np.zeros(0, dtype=np.int64)
_PIECE, _ROWS = 2**19, 2**12  # characters, rows that are looked at together


class Rows(NamedTuple):
    """Some rows that follow one another."""

    cells: list[str]  # of all rows, row by row, as many in each as the table has columns
    lines: range | Array  # (rows,) the 1-based line of the file on which each starts
    blank: Array  # numbers of rows that stand for a blank line


class Reader:
    """Iterates over the `Rows` of a table; `share` tells how far it has got."""

    def __init__(self, body: Body, dialect: Dialect, most: int | None = None) -> None:
        self.body, self.dialect = body, dialect
        self.at, self.left = body.start, most  # characters read, rows to come

    @property
    def share(self) -> float:
        """What part of the table has been read."""
        return (self.at - self.body.start) / max(1, self.body.end - self.body.start)

    def __iter__(self) -> Iterator[Rows]:
        """Yield the rows, at least `most` of them; what is wrong below those is not seen.

        Raises InputError where the quotes do not match, or a row is not as wide as others.
        """
        for rows in self._all():
            if self.left is not None:
                self.left -= len(rows.lines)
            yield rows
            if self.left is not None and self.left <= 0:
                return

    def _all(self) -> Iterator[Rows]:
        if self.dialect.series:
            yield from self._series()
        elif self.body.text.find('"', self.body.start, self.body.end) >= 0:
            pieces = (io.StringIO(piece, newline="\n") for piece in self._pieces())
            lines = itertools.chain.from_iterable(pieces)  # a quoted cell may end in another piece
            yield from self._parsed(lines, self.dialect.data_line)
        else:
            yield from self._unquoted()

    def _unquoted(self) -> Iterator[Rows]:
        line = self.dialect.data_line
        for piece in self._pieces():
            piece = piece if piece.endswith("\n") else piece + "\n"
            regular = self._regular_rows(piece, line)
            if regular is not None:
                yield regular
            else:
                yield from self._parsed(io.StringIO(piece, newline="\n"), line)
            line += piece.count("\n")

    def _regular_rows(self, piece: str, line: int) -> Rows | None:
        """The rows of lines that all have as many cells, taken together, which is quick."""
        separator, width = self.dialect.separator, len(self.dialect.names)
        lines: range | Array = range(line, line + piece.count("\n"))
        if self.dialect.comments:
            rows = piece[:-1].split("\n")
            kept = [k for k, row in enumerate(rows) if row != COMMENT]
            piece = "\n".join([rows[k] for k in kept]) + "\n"
            lines = np.array(kept, dtype=np.int32) + line
        if piece.count(f"{separator}\n") == len(lines) and separator != " ":
            piece = piece.replace(f"{separator}\n", "\n")
        if not len(lines) or not _regular(separator, width).fullmatch(piece):
            return None
        cells = _cells(piece, separator)
        blank = [k for k, cell in enumerate(cells) if not cell] if width == 1 else []
        return Rows(cells, lines, np.array(blank, dtype=np.int64))

    def _parsed(self, lines: Iterable[str], first: int) -> Iterator[Rows]:
        """The rows of lines in which quotes, blank lines or other widths may stand."""
        reader = split(lines, self.dialect.separator)
        while True:
            rows, before = [], reader.line_num
            most = _ROWS if self.left is None else min(_ROWS, self.left)
            try:
                rows.extend(itertools.islice(reader, most))
            except csv.Error as error:
                raise quote_error(first + before + sum(map(_span, rows)), error) from error
            if not rows:
                return
            starts = _lines(rows, first + before, reader.line_num - before)
            yield _checked(rows, starts, self.dialect)

    def _series(self) -> Iterator[Rows]:
        """The numbers of one line as rows of one cell."""
        text, _start, end = self.body
        mark = self.dialect.separator
        while self.at < end:
            cut = text.find(mark, min(self.at + _PIECE, end), end)
            cut = end if cut < 0 else cut
            piece, self.at = text[self.at : cut].replace('"', "").strip("\n"), cut + 1
            cells = piece.split() if mark == " " else piece.split(mark)
            if self.at >= end and len(cells) > 1 and not cells[-1].strip():
                cells.pop()  # behind a separator at the end
            yield Rows(cells, np.broadcast_to(np.int32(self.dialect.data_line), len(cells)), _NONE)

    def _pieces(self) -> Iterator[str]:
        """Whole lines, about `_PIECE` characters at a time."""
        text, _start, end = self.body
        while self.at < end:
            cut = text.find("\n", min(self.at + _PIECE, end - 1), end) + 1 or end
            self._refuse_long(text, cut)
            piece, self.at = text[self.at : cut], cut
            yield piece

    def _refuse_long(self, text: str, cut: int) -> None:
        last = text.rfind("\n", self.at, cut - 1) + 1 or self.at
        if cut - last > LONGEST_LINE:
            line = self.dialect.data_line + text.count("\n", self.body.start, last)
            raise InputError("characters-in-line", line=line, n=LONGEST_LINE)


@lru_cache
def _regular(separator: str, width: int) -> re.Pattern:
    """Matches lines of which each has exactly so many cells."""
    if separator == " ":
        line = rf"(?:[ \t]*+[!-~]++){{{width}}}[ \t]*+"
    else:
        cell = rf"[^{re.escape(separator)}\n]*+"
        line = rf"{cell}(?:{re.escape(separator)}{cell}){{{width - 1}}}"
    return re.compile(rf"(?:{line}\n)*+")


def _cells(lines: str, separator: str) -> list[str]:
    if separator == " ":
        return lines.split()
    return lines[:-1].replace("\n", separator).split(separator)


def _span(row: list[str]) -> int:
    """How many lines a row stands on: a quoted cell may run over several."""
    return 1 + "".join(row).count("\n")


def _lines(rows: list[list[str]], first: int, span: int) -> range | Array:
    if span == len(rows):
        return range(first, first + span)
    starts = itertools.accumulate(map(_span, rows[:-1]), initial=first)
    return np.fromiter(starts, np.int32, len(rows))


def _checked(rows: list[list[str]], lines: range | Array, dialect: Dialect) -> Rows:
    """The rows, if all are as wide as the table; blank lines become rows of empty cells."""
    width = len(dialect.names)
    if all(map(width.__eq__, map(len, rows))) and not dialect.comments:
        return Rows(list(itertools.chain.from_iterable(rows)), lines, _NONE)
    kept: list[str] = []
    own: list[int] = []
    blank: list[int] = []
    for cells, line in zip(rows, lines, strict=True):
        if cells == [COMMENT]:
            continue
        if len(cells) != width:
            if len(cells) > 1 or any(map(str.strip, cells)):
                cells = _of_width(cells, line, dialect)
            else:
                blank.append(len(own))
                cells = [""] * width
        kept += cells
        own.append(line)
    return Rows(kept, np.array(own, dtype=np.int32), np.array(blank, dtype=np.int64))


def _of_width(cells: list[str], line: int, dialect: Dialect) -> list[str]:
    width = len(dialect.names)
    if len(cells) > width and not any(map(str.strip, cells[width:])):
        return cells[:width]
    named = dialect.header_rows and not dialect.row_names  # a header that has as many cells
    first = dialect.header_line if named else dialect.data_line
    raise width_error(line, len(cells), first, width, dialect.separator)
