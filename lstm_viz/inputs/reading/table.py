"""A file of rows and columns → numbers, with an account of how it was understood."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from lstm_viz.errors import InputError, SpecError, shown
from lstm_viz.inputs.reading.columns import Cell, Column, CsvFile, CsvTable, check_option
from lstm_viz.inputs.reading.dialect import Body, Dialect, understand
from lstm_viz.inputs.reading.encoding import bytes_of, decode
from lstm_viz.inputs.reading.numbers import numbers_of
from lstm_viz.inputs.reading.rows import Reader, Rows
from lstm_viz.inputs.reading.separators import SEPARATORS
from lstm_viz.spec import check_integer

Array = np.ndarray

MOST_CELLS = 6_000_000
PREVIEW = 5  # rows


def read_csv(
    content: str | bytes | Path,
    *,
    columns: str | int | Sequence[str | int] | None = None,
    header: bool | None = None,
    separator: str | None = None,
    decimal: str | None = None,
    missing: str | None = None,
    series: bool | None = None,
    length: int | None = None,
) -> CsvTable:
    """Read the columns of numbers; every row of the file is one time step.

    What is not said is found out, and told in `CsvTable.file`. A column of which at least half of
    the cells are numbers is used; a cell in it that is neither a number nor missing is an error: a
    bad cell never makes its column disappear.

    Parameters
    ----------
    content : the text of the file, its bytes (UTF-8, UTF-16, cp1252), or its Path
    columns : names or 1-based numbers of the columns to use, in this order; None for all of numbers
    header : whether the first row holds names; None: whether it looks like names
    separator : one of `SEPARATORS`, "," ";" "|", a tab or a blank
    decimal : "." or ",", the decimal mark
    missing : how gaps are filled, one of `POLICIES`; None: a gap is an error
    series : whether a file of one line is one series, a number a step; None: where it holds numbers
    length : stop after so many rows; whatever is wrong below them is not seen

    Raises
    ------
    InputError
        If the file cannot be read, is empty or ragged, or a cell of a used column is not a finite
        number; the message names the 1-based line of the file.
    SpecError
        If an option is none of those above.
    """
    file = read_file(
        content,
        header=header,
        separator=separator,
        decimal=decimal,
        series=series,
        length=length,
    )
    return file.take(columns, missing)


def read_file(
    content: str | bytes | Path,
    *,
    header: bool | None = None,
    separator: str | None = None,
    decimal: str | None = None,
    series: bool | None = None,
    length: int | None = None,
    progress: Callable[[float], None] | None = None,
) -> CsvFile:
    """Read all columns of a file; the options are `read_csv`'s.

    progress : called now and then with the share that has been read
    """
    for name, value in (("header", header), ("series", series)):
        if not (value is None or isinstance(value, bool)):
            raise SpecError("flag-or-none", name=name, got=shown(value))
    check_option("separator", separator, SEPARATORS)
    check_option("decimal", decimal, (".", ","))
    if length is not None:
        check_integer("length", length, 1)
    text, encoding = decode(bytes_of(content))
    dialect, body = understand(text, encoding, separator, decimal, header, series)
    _refuse_large(body, dialect)
    collected = _Collected(dialect)
    reader = Reader(body, dialect, length)
    for rows in reader:
        collected.add(rows, length)
        if progress is not None:
            progress(reader.share)
    return collected.file()


def _refuse_large(body: Body, dialect: Dialect) -> None:
    text, start, end = body
    if end - start < MOST_CELLS:  # a cell takes a character at least
        return
    cells = text.count("\n", start, end)
    cells += text.count(dialect.separator, start, end) if dialect.separator != " " else 0
    if cells > MOST_CELLS:
        raise InputError("cells-in-file", n=cells, most=MOST_CELLS)


class _Collected:
    """What has been read of a file so far."""

    def __init__(self, dialect: Dialect) -> None:
        self.dialect, width = dialect, len(dialect.names)
        self.values: list[Array] = []  # (n, width) each
        self.lines: list[range | Array] = []
        self.blank: list[Array] = []
        self.counts = np.zeros((4, width), dtype=np.int64)  # numbers, missing, others, infinite
        self.firsts: tuple[dict[int, Cell], ...] = ({}, {}, {}, {})  # of each, by column
        self.preview: list[tuple[str, ...]] = []
        self.rows, self.all_numbers = 0, True

    def add(self, part: Rows, length: int | None) -> None:
        """Take the numbers of some more rows, up to `length` rows in all."""
        width = len(self.dialect.names)
        count = len(part.lines) if length is None else min(len(part.lines), length - self.rows)
        cells = part.cells if count == len(part.lines) else part.cells[: count * width]
        for row in range(min(PREVIEW - len(self.preview), count)):
            self.preview.append(tuple(cells[row * width : (row + 1) * width]))
        self.blank.append(self.rows + part.blank[part.blank < count])
        self.lines.append(part.lines[:count])
        if count:
            self.values.append(self._numbers(cells, width))
        self.rows += count

    def _numbers(self, cells: list[str], width: int) -> Array:
        """The numbers (rows, width) of some cells, with the counts of each column."""
        whole = numbers_of(cells, self.dialect.decimal) if self.all_numbers else None
        if whole is not None and np.isfinite(whole.values).all():
            for k in range(width if len(self.firsts[0]) < width else 0):
                self.firsts[0].setdefault(k, (self.rows, cells[k].strip()))
            self.counts[0] += len(cells) // width
            return whole.values.reshape(-1, width)
        self.all_numbers = False
        values = np.empty((len(cells) // width, width))
        for k in range(width):
            own = cells[k::width]
            found = numbers_of(own, self.dialect.decimal)
            values[:, k] = found.values
            kinds = (~np.isnan(found.values), found.missing, found.other, np.isinf(found.values))
            for kind, of_kind in enumerate(kinds):
                self._count(kind, k, own, of_kind)
        return values

    def _count(self, kind: int, k: int, cells: Sequence[str], of_kind: Array) -> None:
        count = np.count_nonzero(of_kind)
        self.counts[kind, k] += count
        if count and k not in self.firsts[kind]:
            row = int(of_kind.argmax())
            self.firsts[kind][k] = self.rows + row, cells[row].strip()

    def file(self) -> CsvFile:
        """What has been read, as one value."""
        columns = [self._column(k, name) for k, name in enumerate(self.dialect.names)]
        if self.dialect.row_names:
            columns[0] = replace(columns[0], names_rows=True)
        return CsvFile(
            self.dialect, tuple(columns), np.concatenate(self.values), self._lines(),
            np.concatenate(self.blank), tuple(self.preview),
        )  # fmt: skip

    def _column(self, k: int, name: str) -> Column:
        numbers, missing, others, infinite = self.counts[:, k].tolist()
        number, gap, other, infinity = (first.get(k) for first in self.firsts)
        return Column(name, numbers, missing, others, infinite, number, gap, other, infinity)

    def _lines(self) -> range | Array:
        ranges = [own for own in self.lines if isinstance(own, range)]
        if len(ranges) == len(self.lines):
            whole = range(ranges[0].start, ranges[-1].stop)
            if len(whole) == self.rows:
                return whole
        return np.concatenate([np.asarray(own, dtype=np.int32) for own in self.lines])
