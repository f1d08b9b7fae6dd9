"""Lines → cells: by which mark the cells of a line are separated, and which is the decimal mark."""

import csv
import re
from collections import defaultdict
from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from lstm_viz.errors import InputError, Said
from lstm_viz.i18n import N_
from lstm_viz.inputs.reading.numbers import is_date, is_missing, is_number

if TYPE_CHECKING:
    from _csv import Reader as CsvReader

SEPARATORS = {  # in the order of preference where a file can be read in several ways
    "\t": N_("tab"),
    ";": N_("semicolon"),
    "|": N_("bar"),
    ",": N_("comma"),
    " ": N_("blanks"),
}
BY_NAME = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|", "blanks": " "}
COMMENT = "#"  # what a line of comment has been replaced by
_NOTHING = re.compile(r"(?:[ \t]*#?\n)*+")  # lines that are blank, or were comments
_TELLING = re.compile(r"[\d,;|\t]")
_BLANKS = 0.8  # how much blanks count, which stand within cells too
_LONGEST_CELL = 100  # lines of a quoted cell that is cut at the end of a sample
_DECIMALS = {
    mark: re.compile(rf"(?<![\d.,])\d*+[{mark}]\d{{1,2}}(?![\d.,])") for mark in (".", ",")
}


class Row(NamedTuple):
    """One row of a file."""

    line: int  # 1-based line of the file on which it starts
    at: int  # where in the text
    cells: list[str]  # without blanks around them


class Sample(NamedTuple):
    """The first lines of a text."""

    lines: list[str]
    at: int  # where in the text they begin
    line: int  # 1-based number of the first of them
    cut: bool  # whether the text goes on

    @classmethod
    def of(cls, text: str, at: int, most_lines: int = 500, most: int = 2**18) -> "Sample":
        """Take as many lines, or characters, that hold anything but comments."""
        nothing = _NOTHING.match(text, at)
        at = position = nothing.end() if nothing else at
        lines, useful = [], 0
        while position < len(text) and useful < most_lines and most > 0:
            end = text.find("\n", position) + 1 or len(text)
            cut = min(end, position + most)
            lines.append(text[position:cut])
            useful += lines[-1].strip() not in ("", COMMENT)
            most, position = most - len(lines[-1]), cut
        return cls(lines, at, text.count("\n", 0, at) + 1, position < len(text))

    def rows(self, separator: str) -> list[Row]:
        """The rows that are neither blank nor comments.

        Raises InputError where the quotes do not match.
        """
        rows: list[Row] = []
        reader, read, at = split(self.lines, separator), 0, self.at
        try:
            for cells in reader:
                cells = [cell.strip() for cell in cells]
                if any(cells) and cells != [COMMENT]:
                    rows.append(Row(self.line + read, at, cells))
                at += sum(map(len, self.lines[read : reader.line_num]))
                read = reader.line_num
        except csv.Error as error:
            goes_on = self.cut and len(self.lines) - read < _LONGEST_CELL
            if not (goes_on and rows and "unexpected end" in str(error)):
                raise quote_error(self.line + read, error) from error
        return rows

    def plain(self, separator: str) -> list[Row]:
        """The same as if quotes were letters: to tell the separator where they do not match."""
        cut = [line.split(separator if separator != " " else None) for line in self.lines]
        rows = [Row(0, 0, [cell.strip() for cell in cells]) for cells in cut]
        return [row for row in rows if any(row.cells) and row.cells != [COMMENT]]


def quote_error(line: int, error: csv.Error) -> InputError:
    """What a csv.Error of a row that starts on this line means."""
    if "limit" in str(error):
        return InputError("characters-in-cell", line=line, n=csv.field_size_limit())
    unclosed = "unexpected end" in str(error)
    reason = Said("unclosed-quote") if unclosed else Said("quote-in-cell")
    return InputError("quotes", line=line, reason=reason)


def width_error(line: int, fields: int, first: int, expected: int, separator: str) -> InputError:
    """A row has not as many cells as the row on the line `first`."""
    return InputError(
        "width",
        line=line,
        fields=Said("fields", n=fields),
        first=first,
        expected=Said("fields", n=expected),
        mark=Said(SEPARATORS[separator]),
    )


def split(lines: Iterable[str], separator: str) -> "CsvReader":
    """Return a csv.reader of the lines; quotes follow RFC 4180.

    Blanks separate wherever one or more of them stand.
    """
    if separator == " ":
        lines = (line.replace("\t", " ").strip(" \n") + "\n" for line in lines)
    return csv.reader(lines, delimiter=separator, skipinitialspace=True, strict=True)


def find_separator(sample: Sample, decimal: str | None) -> str:
    """The mark by which most lines have equally many cells and most cells are numbers or dates."""
    few = max(10, 2**16 * len(sample.lines) // (1 + sum(map(len, sample.lines))))
    short = sample._replace(lines=sample.lines[: min(few, 200)], cut=True)
    scores = {mark: _score(short, mark, decimal) for mark in SEPARATORS}
    best = max(score for score, _parts in scores.values())
    several = [mark for mark, (score, parts) in scores.items() if parts and score >= best - 1e-9]
    whole = [mark for mark, (_score, parts) in scores.items() if not parts]  # one column
    whole_is_number = decimal == "," and any(scores[mark][0] >= best - 1e-9 for mark in whole)
    if not several or (whole_is_number and several == [","]):  # "1,5", and not one comma more
        alone = (mark for mark in (",", ";", *SEPARATORS) if mark in whole)
        return max(alone, key=lambda mark: scores[mark][0])
    if several[0] == "," and ";" in whole and decimal is None and _is_one_column(short):
        return ";"
    return several[0]


def _score(sample: Sample, separator: str, decimal: str | None) -> tuple[float, bool]:
    """How well a mark parts the lines, from 0 to 1; and whether it parts them at all."""
    try:
        rows = sample.rows(separator)
    except InputError:
        rows = sample.plain(separator)
    if not rows:  # there are empty cells alone
        return 1.0, True
    widths = defaultdict[int, float](float)
    for row in rows:
        widths[len(row.cells)] += _weight(separator.join(row.cells))
    width, weight = max(widths.items(), key=lambda pair: pair[1])
    rows = [row for row in rows if len(row.cells) == width]  # a title above has fewer
    below = rows[1:] if _may_be_names(rows, width) else rows
    table = [row.cells[:50] for row in below]
    cells = [cell for row in table[:100] for cell in row if not is_missing(cell)]
    marks = (decimal,) if decimal else (".", ",")
    good = sum(is_date(cell) or any(is_number(cell, m) for m in marks) for cell in cells)
    score = weight / sum(map(_weight, sample.lines)) * (good / len(cells) if cells else 1.0)
    return score * (_BLANKS if separator == " " else 1.0), width > 1


def _is_one_column(sample: Sample) -> bool:
    """Whether a name without a comma stands above numbers with a decimal comma."""
    lines = [line.strip() for line in sample.lines]
    lines = [line for line in lines if line not in ("", COMMENT)]
    first = next((k for k, line in enumerate(lines) if is_number(line, ",")), 0)
    table = [line for line in lines[first:] if _TELLING.search(line)]
    numbers = sum(is_number(line, ",") for line in table)
    return first > 0 and "," not in lines[first - 1] and numbers >= 0.9 * len(table)


def _weight(line: str) -> float:
    """How much a line tells of the table: one of words alone may be a title or a footer."""
    if line.strip() in ("", COMMENT):
        return 0.0
    return 1.0 if _TELLING.search(line) else 0.3


def _may_be_names(rows: list[Row], width: int) -> bool:
    """Whether the first of several rows begins as a name does; one name has no separator in it."""
    name = rows[0].cells[0]
    whole = width > 1 or not any(mark in name for mark in ",;\t|")
    return len(rows) > 1 and whole and not name[:1].isdigit()


def find_decimal(rows: list[Row], text: str, at: int, separator: str) -> str:
    """The mark by which more cells are numbers; the text as a whole where the rows do not tell."""
    cells = [cell for row in rows for cell in row.cells[:200]]
    point = sum(is_number(cell, ".") and not is_number(cell, ",") for cell in cells)
    comma = sum(is_number(cell, ",") and not is_number(cell, ".") for cell in cells)
    if point or comma or separator == ",":
        return "," if comma > point else "."
    if any("," in cell and is_number(cell, ",") for cell in cells):
        return "." if any("." in cell and is_number(cell, ".") for cell in cells) else ","
    found = {m: m in text and shape.search(text, at) is not None for m, shape in _DECIMALS.items()}
    return "," if found[","] and not found["."] else "."
