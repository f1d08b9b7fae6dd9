"""Where a table begins and ends, which of its rows are names, and what they are."""

import csv
import io
import itertools
import re
from collections import defaultdict
from dataclasses import dataclass

from lstm_viz.inputs.reading.numbers import is_date, is_missing, is_number, is_text
from lstm_viz.inputs.reading.separators import COMMENT, Row, split

_MOST_HEADER_ROWS = 3
_CELLS_ASKED = 4000
_TAIL, _MOST_FOOTERS = 2**13, 20  # characters, lines
_DIGIT = re.compile(r"\d")
_SUMMARY = re.compile(r"(grand )?(total|sum|mean|average|avg|min|max|std|median)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Layout:
    """Which of the first rows are what."""

    first: int  # number of the table's first row, be it names or data
    header_rows: int
    row_names: bool  # whether the header is one cell short, as R writes it
    width: int  # cells in a row
    names: tuple[str, ...]  # as they stand, or "column 2"
    kinds: tuple[str, ...]  # of the columns: "number", "date", "text" or "empty"


def lay_out(rows: list[Row], decimal: str, header: bool | None) -> Layout:
    """Find titles, names and data in the first rows of a file.

    header : whether there is a row of names; None: whether it looks like one
    """
    table = [row.cells for row in rows]
    width = _width(table)
    table = [fitted(cells, width) for cells in table]
    whole = [k for k in range(len(table)) if len(table[k]) == width]
    first = next((k for k in whole if not _is_title(k, table)), whole[0])
    names_rows = header is not False and _names_rows(first, table, width, decimal)
    if names_rows:
        first, header_rows = first - 1, 1
        table[first] = ["", *table[first]]
    elif header is False:
        header_rows = 0
    else:
        found = _header_rows(table[first:], width, decimal)
        titles = _titles_among(rows[first : first + found])
        first, header_rows = first + titles, max(int(header or 0), found - titles)
    body = [cells for cells in table[first + header_rows :] if len(cells) == width]
    return Layout(
        first, header_rows, names_rows, width,
        names=_names(table[first : first + header_rows], width, names_rows),
        kinds=tuple(_kind(body, k, decimal) for k in range(width)),
    )  # fmt: skip


def fitted(cells: list[str], width: int) -> list[str]:
    """The cells of a row without what a separator at its end adds."""
    return cells[:-1] if len(cells) == width + 1 and not cells[-1] else cells


def _width(table: list[list[str]]) -> int:
    """How many cells most rows have, not counting what stands behind a separator at their end."""
    widths = defaultdict[int, float](float)
    for cells in table:  # words alone may be a title or a footer
        widths[len(cells)] += 1.0 if any(map(_DIGIT.search, cells)) else 0.3
    width = max(widths, key=widths.__getitem__)
    full = [cells for cells in table if len(cells) == width]
    return width - 1 if width > 1 and not any(cells[-1] for cells in full) else width


def _is_title(k: int, table: list[list[str]]) -> bool:
    """Whether a row above others holds one text alone, its line filled up with separators."""
    cells = table[k]
    if len(cells) < 2 or any(cells[1:]) or not is_text(cells[0], "."):
        return False
    fuller = next((row for row in table[k + 1 :] if sum(map(bool, row)) > 1), [])
    words = all(is_text(cell, ".") for cell in fuller if cell)
    return bool(fuller) and (len(cells) > 2 or words)


def _names_rows(first: int, table: list[list[str]], width: int, decimal: str) -> bool:
    """Whether the row above the table's first is a header that has no cell for the rows' names."""
    if first == 0 or len(table[first - 1]) != width - 1:
        return False
    above = table[first - 1]
    body = [cells for cells in table[first:] if len(cells) == width]
    labels = [cells[0] for cells in body]
    counted = labels == [str(k) for k in range(1, len(labels) + 1)]
    named = counted or _kind(body, 0, decimal) in ("text", "date")
    words = not any(is_number(cell, decimal) for cell in above)
    return named and words and not _is_header(body[0], body[1:], decimal)


def _kind(table: list[list[str]], column: int, decimal: str) -> str:
    """What most cells of a column are, as far as its first rows tell."""
    few = max(10, _CELLS_ASKED // len(table[0])) if table else 0  # of a wide table
    present = [row[column] for row in table[:few] if not is_missing(row[column])]
    numbers = sum(is_number(cell, decimal) for cell in present)
    dates = sum(is_date(cell) for cell in present) if numbers < len(present) else 0
    if not present:
        return "empty"
    most = max(numbers, dates)
    return "text" if 2 * most < len(present) else "number" if most == numbers else "date"


def _header_rows(table: list[list[str]], width: int, decimal: str) -> int:
    """How many rows from the first one on hold names, or titles of a table of one column."""
    rows = list(itertools.takewhile(lambda cells: len(cells) == width, table))
    headers = (_is_header(rows[k], rows[k + 1 :], decimal, k > 0) for k in range(len(rows)))
    return sum(1 for _row in itertools.takewhile(bool, headers))


def _titles_among(header: list[Row]) -> int:
    """How many of such rows are titles: those above a blank line, and those above three others."""
    below_gap = [
        k
        for k in range(1, len(header))
        if header[k].line > header[k - 1].line + _span(header[k - 1])
    ]
    return max([0, len(header) - _MOST_HEADER_ROWS, *below_gap])


def _span(row: Row) -> int:
    return 1 + "".join(row.cells).count("\n")


def _is_header(
    cells: list[str], below: list[list[str]], decimal: str, further: bool = False
) -> bool:
    """Whether a row names the columns below it.

    It does where a word stands above numbers or dates. Beside numbers a word makes a header only
    at the row's beginning or beside numbers that count up: `date,0,1,2,OT`, `item,2018,2019`.
    Numbers alone do where they count from 0 above an index without a name, or above fractions.
    """
    numbers = [cell for cell in cells if is_number(cell, decimal)]
    words = [is_text(cell, decimal) for cell in cells]
    kinds = [_kind(below, k, decimal) for k in range(len(cells))]
    over = any(word and kind in ("number", "date") for word, kind in zip(words, kinds, strict=True))
    if not numbers:
        plain = not any(is_date(cell) for cell in cells)
        return any(words) and (over or (plain and not further and "number" not in kinds))
    if further or any(is_date(cell) for cell in cells):
        return False
    if words[0] and kinds[0] == "date":
        return True
    if not all(cell.isdecimal() for cell in numbers):
        return False
    if over:
        return words[0] or _counts(numbers)
    years = _counts(numbers) and 1900 <= int(numbers[0]) <= 2100
    if years and (words[0] or not cells[0]):
        return True
    return _counts(numbers, 0) and _above_an_index(cells, below, decimal)


def _counts(cells: list[str], start: int | None = None) -> bool:
    """Whether at least two cells are whole numbers, each one more than the one before it."""
    values = [int(cell) for cell in cells]
    start = values[0] if start is None else start
    return len(values) > 1 and values == list(range(start, start + len(values)))


def _above_an_index(cells: list[str], below: list[list[str]], decimal: str) -> bool:
    """Whether 0, 1, 2 … stand above a nameless index, or above numbers that are no whole ones."""
    if cells[0] == "":
        return any(row[0] for row in below)
    values = [cell for row in below[:50] for cell in row if is_number(cell, decimal)]
    return len(cells) > 2 and all(cells) and 2 * sum(map(str.isdecimal, values)) < len(values)


def _names(header: list[list[str]], width: int, names_rows: bool) -> tuple[str, ...]:
    columns = [[row[k] for row in header if k < len(row) and row[k]] for k in range(width)]
    names = [" ".join(words) or f"column {k}" for k, words in enumerate(columns, start=1)]
    return ("row names", *names[1:]) if names_rows else tuple(names)


def table_end(
    text: str, start: int, separator: str, decimal: str, layout: Layout
) -> tuple[int, list[list[str]]]:
    """Where the rows of data end, and the cells of the lines of text that stand below them.

    Such a line holds words and no number; numbers too where a blank line parts it from the table,
    or where it is a summary, "Total".
    """
    first_end = text.find("\n", start) + 1 or len(text)
    at = max(first_end, text.rfind("\n", 0, max(0, len(text) - _TAIL)) + 1)
    lines = io.StringIO(text[at:], newline="\n").readlines()
    end, footers, keep = len(text), [], len(text)
    blank_above = _after_a_blank(lines)
    for line, after_blank in zip(reversed(lines), reversed(blank_above), strict=True):
        end -= len(line)
        cells = _cells(line, separator)
        if _is_blank(line) or cells == [COMMENT]:
            keep = end
        elif len(footers) < _MOST_FOOTERS and _is_footer(cells, after_blank, decimal, layout):
            footers, keep = [cells, *footers], end
        else:
            break
    return keep, footers


def _is_blank(line: str) -> bool:
    return not line.strip(",;|\t \n")


def _after_a_blank(lines: list[str]) -> list[bool]:
    return list(itertools.accumulate(map(_is_blank, lines), bool.__or__))


def _cells(line: str, separator: str) -> list[str]:
    try:
        return [cell.strip() for cell in next(split([line], separator), [])]
    except csv.Error:
        return ['"']


def _is_footer(cells: list[str], after_blank: bool, decimal: str, layout: Layout) -> bool:
    cells = fitted(cells, layout.width)
    rest = [cell for cell in cells[1:] if cell]
    if not is_text(cells[0], decimal):
        return False
    if layout.kinds[0] == "text":
        words = all(is_text(cell, decimal) for cell in rest) and "text" not in layout.kinds[1:]
        return after_blank and (len(cells) != layout.width or words)
    if len(cells) == layout.width == 1:
        return after_blank or " " in cells[0]
    if len(cells) == layout.width and rest:
        return after_blank or _SUMMARY.match(cells[0]) is not None
    return after_blank or not any(is_number(cell, decimal) for cell in rest)
