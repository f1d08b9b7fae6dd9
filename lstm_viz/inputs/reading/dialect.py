"""How a file's text is laid out: separator, decimal mark, header, and the lines around the table.

Told from the first lines and the last ones; where a text can be read in two ways these rules hold:

- The separator is that by which most lines have equally many cells and most cells are numbers or
  dates. Where several do equally well: tab, semicolon, bar, comma, blanks, in this order. So "1,5"
  in a file of such lines alone is two cells.
- The decimal mark is the one by which more cells are numbers. Where both do ("1,234"), the comma
  is it unless commas separate the cells or points stand beside them.
- One line of numbers is one series, a number a step.
"""

import re
from dataclasses import dataclass
from typing import NamedTuple

from lstm_viz.errors import InputError
from lstm_viz.inputs.reading.layout import Layout, fitted, lay_out, table_end
from lstm_viz.inputs.reading.numbers import is_number
from lstm_viz.inputs.reading.separators import (
    COMMENT,
    SEPARATORS,
    Row,
    Sample,
    find_decimal,
    find_separator,
    split,
    width_error,
)

MOST_COLUMNS = 2000
_SAID_SEPARATOR = re.compile(r'"?sep=([^"\n])"?[^\n]*(?:\n|$)', re.IGNORECASE)
_COMMENT_LINE = re.compile(
    r"^[ \t]*(?:#(?!n/?a\b|div/0|num!|value!|ref!|name\?|null!)|%|//|@)[^\n]*",
    re.IGNORECASE | re.MULTILINE,
)


@dataclass(frozen=True)
class Dialect:
    """How a file was understood."""

    encoding: str  # "utf-8", "cp1252", …
    separator: str  # one of `SEPARATORS`
    decimal: str  # "." or ","
    names: tuple[str, ...]  # of the columns, distinct; "column 2" where the file has none
    header_rows: int  # 0: no row of names
    row_names: bool  # whether the first column names the rows, as R writes it
    series: bool  # whether the one line of the file is one series, a number a step
    titles: tuple[str, ...]  # lines above the table that were left out
    footers: tuple[str, ...]  # lines below it
    comments: int  # lines of comment that were left out
    renamed: tuple[str, ...]  # names that several columns had
    header_line: int  # 1-based line of the first row of names, or of data
    data_line: int  # of the first row of data


class Body(NamedTuple):
    """The rows of data in a text: text[start:end]."""

    text: str
    start: int
    end: int


def understand(
    text: str,
    encoding: str = "utf-8",
    separator: str | None = None,
    decimal: str | None = None,
    header: bool | None = None,
    series: bool | None = None,
) -> tuple[Dialect, Body]:
    """Find how a text is laid out; what an option says is taken as it is said.

    Raises InputError if there is no row of data, or if there are more columns than MOST_COLUMNS.
    """
    start, said = _said_separator(text)
    bare, comments = _without_comments(text, start)
    sample = Sample.of(bare, start)
    separator = separator or said or find_separator(sample, decimal)
    rows = _first_rows(bare, sample, separator)
    decimal = decimal or find_decimal(rows, bare, start, separator)
    layout = lay_out(rows, decimal, header)
    data = _data_row(rows, layout)
    _refuse_wider_names(rows, layout, separator)
    series = series is not False and _is_series(bare, data, layout, decimal)
    if not series:
        _refuse_wide(bare, data, separator, layout.width)
    end, footers = table_end(bare, data.at, separator, decimal, layout)
    found = layout.names
    if not layout.header_rows and header is None and comments:
        found = _names_in_comment(text, data.line, separator, layout) or found
    names, renamed = _distinct(("column 1",) if series else found)
    dialect = Dialect(
        encoding, separator, decimal, names, layout.header_rows, layout.row_names, series,
        titles=tuple(_joined(row.cells) for row in rows[: layout.first]),
        footers=tuple(_joined(cells) for cells in footers),
        comments=comments,
        renamed=renamed,
        header_line=rows[layout.first].line,
        data_line=data.line,
    )  # fmt: skip
    return dialect, Body(bare, data.at, end)


def _first_rows(text: str, sample: Sample, separator: str) -> list[Row]:
    """The rows of a sample; of a last line, perhaps one long series, no more than tells."""
    rows = sample.rows(separator)
    if not rows:
        raise InputError("empty-csv")
    if _is_last(text, rows[-1]):
        rows[-1] = rows[-1]._replace(cells=rows[-1].cells[:MOST_COLUMNS])
    return rows


def _said_separator(text: str) -> tuple[int, str | None]:
    """The separator that a first line such as "sep=;" names, and where the text goes on."""
    said = _SAID_SEPARATOR.match(text)
    if not said:
        return 0, None
    return said.end(), said[1] if said[1] in SEPARATORS else None


def _without_comments(text: str, start: int) -> tuple[str, int]:
    """Replace each line of comment by `COMMENT`, so that no line moves; count them.

    Where nearly all lines begin as a comment does, they are the table.
    """
    if not any(mark in text for mark in ("#", "%", "//", "@")):
        return text, 0
    bare, comments = _COMMENT_LINE.subn(COMMENT, text[start:])
    if comments > 1 and len(re.findall(r"^(?!#$).*\S", bare[: 2**18], re.MULTILINE)) < 2:
        return text, 0
    return (text[:start] + bare if comments else text), comments


def _data_row(rows: list[Row], layout: Layout) -> Row:
    below = rows[layout.first + layout.header_rows :]
    if not below:
        raise InputError("header-alone", line=rows[layout.first].line)
    return below[0]


def _refuse_wider_names(rows: list[Row], layout: Layout, separator: str) -> None:
    """A line right above data without names that has more cells than they is no title."""
    above, data = rows[layout.first - 1], rows[layout.first]
    if layout.first and not layout.header_rows and above.line == data.line - 1:
        cells = len(fitted(above.cells, layout.width))
        if cells > layout.width and separator != " ":
            raise width_error(data.line, layout.width, above.line, cells, separator)


def _is_last(text: str, row: Row) -> bool:
    """Whether a row's line is the last one that is not blank."""
    end = text.find("\n", row.at)
    return end < 0 or not text[end:].strip()


def _is_series(text: str, row: Row, layout: Layout, decimal: str) -> bool:
    """Whether all data are one line without names above it, and it holds several numbers."""
    several = len(row.cells) > 1 and not layout.header_rows
    numbers = sum(is_number(cell, decimal) for cell in row.cells) if several else 0
    return 2 * numbers > len(row.cells) and _is_last(text, row)


def _refuse_wide(text: str, row: Row, separator: str, width: int) -> None:
    end = text.find("\n", row.at)
    line = text[row.at : end if end >= 0 else len(text)]
    if '"' not in line:  # of a long line the sample has the beginning alone
        width = len(line.split()) if separator == " " else line.count(separator) + 1
    if width > MOST_COLUMNS:
        raise InputError("columns-in-line", line=row.line, n=width, most=MOST_COLUMNS)


def _names_in_comment(
    text: str, line: int, separator: str, layout: Layout
) -> tuple[str, ...] | None:
    """The names in a comment right above the data, as NumPy writes them."""
    if line < 2:
        return None
    above = text.split("\n", line)[line - 2]
    words = re.sub(r"^\s*(#|%|//)\s*", "", above)
    cells = [cell.strip() for cell in next(split([words.replace('"', "")], separator), [])]
    fits = len(cells) == layout.width and all(cells) and not any(is_number(c, ".") for c in cells)
    return tuple(cells) if fits else None


def _distinct(names: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The names with a number behind those that stand there already; and which those are."""
    taken, found, renamed = set(names), dict[str, None](), dict[str, int]()
    for name in names:
        own = name
        while own in found or (own != name and own in taken):
            renamed[name] = renamed.get(name, 1) + 1
            own = f"{name} ({renamed[name]})"
        found[own] = None
    return tuple(found), tuple(renamed)


def _joined(cells: list[str]) -> str:
    return " ".join(cell for cell in cells if cell)[:200]
