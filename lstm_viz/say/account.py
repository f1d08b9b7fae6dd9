"""What was understood of a file, in sentences."""

from collections.abc import Iterable

from lstm_viz import words
from lstm_viz.i18n import _, ngettext, pgettext, translated
from lstm_viz.inputs.reading.columns import CsvFile, on_screen
from lstm_viz.inputs.reading.gaps import POLICIES
from lstm_viz.inputs.reading.separators import SEPARATORS
from lstm_viz.say.phrases import listed

_SHOWN, _CUT = 3, 40  # columns or lines; characters of each


def account_sentences(file: CsvFile) -> list[str]:
    """How the text was read, and which lines and columns of it are not used."""
    return [_read(file), *_around(file), *_unused(file)]


def gaps_sentences(filled: int, dropped: int, policy: str) -> list[str]:
    """What stands in for so many missing values; nothing where there is none."""
    what = translated(POLICIES[policy])
    if dropped:
        what = _("rows left out: {rows}").format(rows=words.count(dropped))
    text = _("Missing values: {count}, {what}.")
    return [text.format(count=words.count(filled), what=what)] if filled else []


def _read(file: CsvFile) -> str:
    found, steps = file.dialect, len(file.lines)
    mark = {".": _("point"), ",": _("comma")}[found.decimal]
    if found.series:
        text = ngettext(
            "One line of {count} number: a series, one number a step; decimal mark: {mark}.",
            "One line of {count} numbers: a series, one number a step; decimal mark: {mark}.",
            steps,
        )
        return text.format(count=words.count(steps), mark=mark)
    text = _(
        "Rows: {rows}; columns: {columns}; separator: {separator}; decimal mark: {mark}; {names};"
        " {encoding}."
    )
    one = len(found.names) == 1
    return text.format(
        rows=words.count(steps),
        columns=words.count(len(found.names)),
        separator=pgettext("separator", "none") if one else translated(SEPARATORS[found.separator]),
        mark=mark,
        names=_names(file),
        encoding=found.encoding.upper(),
    )


def _names(file: CsvFile) -> str:
    found = file.dialect
    if not found.header_rows:
        named = any(name != f"column {k}" for k, name in enumerate(found.names, start=1))
        return _("names in the comment above") if named else _("no row of names")
    text = ngettext(
        "names in line {line}", "names in {rows} rows from line {line}", found.header_rows
    )
    return text.format(rows=words.count(found.header_rows), line=words.count(found.header_line))


def _around(file: CsvFile) -> list[str]:
    """Lines that are no part of the table."""
    found, said = file.dialect, []
    for lines, text in (
        (found.titles, _("Left out above the table: {lines}.")),
        (found.footers, _("Left out below the table: {lines}.")),
    ):
        if lines:
            said.append(text.format(lines=_some(f"“{_cut(line)}”" for line in lines)))
    if found.comments:
        text = _("Lines of comment left out: {count}.")
        said.append(text.format(count=words.count(found.comments)))
    if found.renamed:
        text = _("Several columns have one name and are numbered: {names}.")
        said.append(text.format(names=_some(map(_cut, found.renamed))))
    return said


def _unused(file: CsvFile) -> list[str]:
    """Columns that are not offered, and why."""
    others = [
        f"{_cut(on_screen(own.name))} ({own.why_not()})"
        for own in file.columns
        if not own.is_numeric
    ]
    text = _("Not used: {columns}.")
    return [text.format(columns=_some(others))] if others else []


def _some(parts: Iterable[str]) -> str:
    """The first of several, and how many more there are."""
    parts = list(parts)
    more = len(parts) - _SHOWN
    some = listed(parts[:_SHOWN])
    if more <= 0:
        return some
    return _("{some} and {count} more").format(some=some, count=words.count(more))


def _cut(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _CUT else f"{text[: _CUT - 1]}…"
