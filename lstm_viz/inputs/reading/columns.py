"""What a file holds, column by column; choosing columns of it, and filling their gaps."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lstm_viz.errors import InputError, Said, SpecError, shown
from lstm_viz.i18n import N_, _, ngettext
from lstm_viz.inputs.reading.dialect import Dialect
from lstm_viz.inputs.reading.gaps import POLICIES, filled
from lstm_viz.inputs.reading.numbers import is_date, numbers_of
from lstm_viz.result import Shown
from lstm_viz.spec import check_integer, is_list
from lstm_viz.words import count

if TYPE_CHECKING:
    from pandas import DataFrame

Array = np.ndarray
Cell = tuple[int, str]  # row, from 0, and text

_NAMES_SHOWN, _LONGEST_SHOWN = 20, 40  # names; characters of one


@dataclass(frozen=True, repr=False)
class Column(Shown):
    """What stands in one column of a file."""

    name: str
    numbers: int  # cells that hold a number, be it infinite
    missing: int  # cells that hold a mark of a missing value
    others: int  # cells that hold anything else
    infinite: int  # of the numbers
    first_number: Cell | None
    first_missing: Cell | None
    first_other: Cell | None
    first_infinite: Cell | None
    names_rows: bool = False

    @property
    def is_numeric(self) -> bool:
        """Whether a number is finite, and half of the cells that are not missing are numbers."""
        some = self.numbers > self.infinite
        return some and self.numbers >= self.others and not self.names_rows

    def why_not(self) -> str:
        """Why the column is no input, in words."""
        if self.names_rows:
            return _("it names the rows")
        if not self.numbers and not self.others:
            return _("all of its values are missing")
        if self.first_other is not None and is_date(self.first_other[1]):
            return _("it holds dates")
        if self.numbers == self.infinite:
            return _("it holds no finite number") if self.numbers else _("it holds no number")
        cells = self.numbers + self.others
        text = ngettext(
            "{others} of {cells} cells is no number",
            "{others} of {cells} cells are not numbers",
            self.others,
        )
        return text.format(others=count(self.others), cells=count(cells))


@dataclass(frozen=True, repr=False)
class CsvTable(Shown):
    """The columns of numbers that were chosen of a file, one row a time step."""

    names: tuple[str, ...]  # D names
    values: Array  # (T, D) float64, finite
    skipped: tuple[str, ...]  # columns that are not used
    filled: int  # values that were missing or infinite in the columns chosen
    dropped: int  # rows left out since a value was missing there
    file: "CsvFile"  # what else was understood

    def facts(self) -> dict[str, str]:
        own = {"steps": count(len(self.values)), "columns": ", ".join(self.names)}
        told = {"filled": self.filled, "rows left out": self.dropped, "not used": len(self.skipped)}
        return own | {name: count(number) for name, number in told.items() if number}

    def _rows(self) -> "DataFrame":
        """A table with one row for each step, and the columns' own names."""
        from lstm_viz.tables import columns_frame

        columns = dict(zip(self.names, self.values.T, strict=True))
        return columns_frame({"step": np.arange(1, len(self.values) + 1)} | columns)


@dataclass(frozen=True, repr=False)
class CsvFile(Shown):
    """A file as it was read: how its text was understood, and the numbers of all columns."""

    dialect: Dialect
    columns: tuple[Column, ...]
    values: Array  # (rows, columns) float64; NaN where a cell holds no number
    lines: range | Array  # (rows,) the 1-based line on which each row starts
    blank: Array  # numbers of the rows that stand for a blank line
    preview: tuple[tuple[str, ...], ...]  # the cells of the first rows

    def facts(self) -> dict[str, str]:
        own = {"rows": count(len(self.values)), "columns": count(len(self.columns))}
        return own | {"of numbers": ", ".join(self.numeric) or "none"}

    def _rows(self) -> "DataFrame":
        """A table with one row for each column."""
        from lstm_viz.tables import rows_frame

        names = ("name", "numbers", "missing", "others", "is_numeric")
        return rows_frame([{n: getattr(own, n) for n in names} for own in self.columns])

    @property
    def numeric(self) -> tuple[str, ...]:
        """Names of the columns of numbers, in the file's order."""
        return tuple(column.name for column in self.columns if column.is_numeric)

    def take(
        self, columns: str | int | Sequence[str | int] | None = None, missing: str | None = None
    ) -> CsvTable:
        """Choose columns, and fill the gaps in them by one of `POLICIES`; None refuses a gap.

        Raises
        ------
        InputError
            If a column is not there, or a cell is no number; the message names line and column.
        SpecError
            If the policy is unknown.
        """
        check_option("missing", missing, POLICIES)
        chosen = self._numeric() if columns is None else self._positions(columns)
        for k in chosen:
            if (found := self.columns[k].first_other) is not None:
                raise self._no_number(k, found)
        everything = chosen == list(range(len(self.columns)))
        values = self.values if everything else self.values[:, chosen]
        gaps = ~np.isfinite(values)
        count = int(gaps.sum())
        rows = len(values)
        if missing is None:
            if count or len(self.blank):
                raise self._gap(chosen, gaps)
        elif count:
            for k, column in zip(chosen, gaps.T, strict=True):
                if column.all():
                    raise InputError("column-missing", column=quoted(self.columns[k].name))
            values = filled(values, gaps, missing)
        return CsvTable(
            names=tuple(self.columns[k].name for k in chosen),
            values=values,
            skipped=tuple(c.name for k, c in enumerate(self.columns) if k not in chosen),
            filled=count,
            dropped=rows - len(values),
            file=self,
        )

    def where(self, row: int, k: int) -> Said:
        """The place of a cell, in words: line and column, both from 1, and the column's name."""
        if self.dialect.series:
            return Said("place", line=self.lines[row], column=row + 1)
        name = self.columns[k].name
        if name in ("", f"column {k + 1}"):
            return Said("place", line=self.lines[row], column=k + 1)
        return Said("named-place", line=self.lines[row], column=k + 1, name=quoted(name))

    def _numeric(self) -> list[int]:
        found = [k for k, column in enumerate(self.columns) if column.is_numeric]
        if not found:
            raise self._no_numbers()
        return found

    def _positions(self, columns: str | int | Sequence[str | int]) -> list[int]:
        """The 0-based positions of the columns that were asked for."""
        asked = list(columns) if is_list(columns) else [columns]
        if not asked:
            raise InputError("no-column-chosen")
        return [self._position(column) for column in asked]

    def _position(self, column: object) -> int:
        names = [own.name for own in self.columns]
        if isinstance(column, str):
            if column not in names:
                raise InputError("unknown-column", column=quoted(column), known=listed(names))
            return names.index(column)
        column = check_integer("a column's number", column, 1)
        if column > len(names):
            raise InputError("column-beyond", column=column, count=len(names), known=listed(names))
        return column - 1

    def _no_number(self, k: int, found: Cell) -> InputError:
        column, (row, cell) = self.columns[k], found
        where, hint = self.where(row, k), self._hint(cell)
        if column.first_number is None:
            return InputError("no-number", where=where, cell=quoted(cell), hint=hint)
        other, number = column.first_number
        alike = Said("as-in-line", number=number, line=self.lines[other])
        return InputError("no-number-as", where=where, cell=quoted(cell), alike=alike, hint=hint)

    def _no_numbers(self) -> InputError:
        cells = [own.first_other or own.first_infinite for own in self.columns]
        cells = [own for own in cells if own is not None]
        if not cells:
            return InputError("all-missing")
        row, cell = next((own for own in cells if self._hint(own[1])), cells[0])
        line, hint = self.lines[row], self._hint(cell)
        return InputError("no-numbers", line=line, cell=quoted(cell), hint=hint)

    def _hint(self, cell: str) -> str | Said:
        mark = {".": ",", ",": "."}[self.dialect.decimal]
        if not np.isfinite(numbers_of([cell], mark).values[0]):
            return ""
        return Said("decimal-hint", mark=Said({",": N_("comma"), ".": N_("point")}[mark]))

    def _gap(self, chosen: list[int], gaps: Array) -> InputError:
        """Name the first gap of the first column that has one, or the first blank line."""
        if len(self.blank):
            ends = np.flatnonzero(np.diff(self.blank, append=-1) != 1)
            first, after = self.blank[0], self.blank[ends[0]] + 1
            return InputError("blank-line", blank=self.lines[first], line=self.lines[after])
        k = int(gaps.any(axis=0).argmax())
        row, column = int(gaps[:, k].argmax()), self.columns[chosen[k]]
        where = self.where(row, chosen[k])
        unknown = bool(np.isnan(self.values[row, chosen[k]]))
        _row, cell = (column.first_missing if unknown else column.first_infinite) or (row, "")
        if not unknown:
            return InputError("infinite-cell", where=where, cell=quoted(cell))
        if cell:
            return InputError("missing-cell", where=where, cell=quoted(cell))
        return InputError("empty-cell", where=where)


def on_screen(name: str) -> str:
    """A column's name; of one without a name in the file its number, in the reader's language."""
    number = re.fullmatch(r"column (\d+)", name)
    return _("column {number}").format(number=number[1]) if number else name


def quoted(text: str) -> str:
    """Return a file's text as it stands, between quotes and cut where it gets long.

    What cannot be seen, such as a line's end, is written as Python does.
    """
    if len(text) > _LONGEST_SHOWN:
        text = f"{text[: _LONGEST_SHOWN // 2]}…{text[-_LONGEST_SHOWN // 3 :]}"
    return "'" + "".join(c if c.isprintable() else repr(c)[1:-1] for c in text) + "'"


def listed(names: Iterable[str]) -> str | Said:
    """Return the names as a list to print, cut where it gets long."""
    shown = [quoted(name) for name in names]
    more = len(shown) - _NAMES_SHOWN
    some = ", ".join(shown[:_NAMES_SHOWN])
    return Said("and-more", some=some, more=more) if more > 0 else some


def check_option(name: str, value: object, allowed: Iterable[str]) -> None:
    """Raise SpecError unless `value` is None or one of those allowed."""
    if not (value is None or (isinstance(value, str) and value in allowed)):
        among = ", ".join(repr(own) for own in allowed)
        raise SpecError("one-of-or-none", name=name, known=among, got=shown(value))
