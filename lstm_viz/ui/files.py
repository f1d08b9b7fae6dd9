"""The reader's own file: uploaded, read once, shown as it was understood, corrected there."""

import hashlib
from contextlib import suppress
from copy import copy
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
import streamlit as st

from lstm_viz import words
from lstm_viz.errors import InputError
from lstm_viz.i18n import _, ngettext
from lstm_viz.inputs.reading.columns import CsvFile, on_screen
from lstm_viz.inputs.reading.gaps import POLICIES
from lstm_viz.inputs.reading.separators import BY_NAME
from lstm_viz.inputs.reading.table import read_file
from lstm_viz.inputs.sequences import from_table
from lstm_viz.say.account import account_sentences, gaps_sentences
from lstm_viz.say.phrases import sentences
from lstm_viz.say.settings import names
from lstm_viz.studies.gradient_map import LONGEST
from lstm_viz.studies.kept import kept as remembered
from lstm_viz.studies.settings import DEFAULTS, Settings
from lstm_viz.studies.subject import Sequence
from lstm_viz.ui.allowed import Flag, ManyOf
from lstm_viz.ui.long_work import Work
from lstm_viz.ui.memory import forget, linked, note, said
from lstm_viz.ui.plain import verbatim
from lstm_viz.ui.widgets import linked_named

if TYPE_CHECKING:
    from streamlit.runtime.uploaded_file_manager import UploadedFile

UPLOAD, CSV = "_csv_upload", "_csv_bytes"
KINDS = ["csv", "tsv", "txt", "tab", "dat", "asc"]
DECIMALS = {"point": ".", "comma": ","}
HEADERS = {"yes": True, "no": False}
LINES = {"series": True, "step": False}
READINGS = {  # how a file can be read, by setting
    "separator": ("auto", *BY_NAME),
    "decimal": ("auto", *DECIMALS),
    "header": ("auto", *HEADERS),
    "missing": tuple(POLICIES),
    "line": ("auto", *LINES),
}
_ROWS, _COLUMNS, _CELL = 3, 6, 24  # of the preview


@dataclass(frozen=True)
class Upload:
    """A file as it came."""

    id: str  # what Streamlit calls it
    label: str  # name and digest: what tells one file from another
    content: bytes

    @cached_property
    def one_line(self) -> bool:
        """Whether there is but one line in it."""
        inside = self.content.strip()
        return b"\n" not in inside and b"\r" not in inside


def file_controls() -> tuple[dict[str, Any], tuple | None]:
    """Ask for a file and for how to read it; return what they say, and two places for its account.

    The file itself is read below the sidebar, by `understood`: a bar stands in the page.
    """
    file = st.file_uploader(
        _("CSV file: one row a time step, one column an input"), type=KINDS, key=UPLOAD
    )
    if file is not None:
        _keep(file)
    kept = upload()
    if kept is None:
        return {"csv": said("csv")}, None
    with st.expander(_("How the file is read"), expanded=True):
        shown = st.container()
        reading = _reading(kept)
    place = st.container()
    name = _("Standardise each column")
    standardise = linked(st.checkbox, "standardise", name, DEFAULTS.standardise, Flag())
    return {**reading, "csv": kept.label, "standardise": standardise}, (shown, place)


def upload() -> Upload | None:
    """The file of this session, which the widget forgets when the page changes."""
    return st.session_state.get(CSV)


def _keep(file: "UploadedFile") -> None:
    kept = upload()
    if kept is not None and kept.id == file.file_id:
        return
    content = file.getvalue()
    label = f"{file.name} {hashlib.sha256(content).hexdigest()[:8]}"
    if said("csv") not in ("", label):  # numbers of columns mean others here
        forget(["columns"])
    note("csv", label)
    st.session_state[CSV] = Upload(file.file_id, label, content)


def _reading(file: Upload) -> dict[str, str]:
    """How the file is to be read, each as it looks unless it is said."""
    labels = {
        "separator": _("Separator"),
        "decimal": _("Decimal mark"),
        "header": _("The first row holds"),
        "missing": _("Missing values"),
        "line": _("One line alone is"),
    }
    if not file.one_line:
        del labels["line"]
    return {
        key: linked_named(st.selectbox, key, label, names(key)) for key, label in labels.items()
    }


def understood(settings: Settings, places: tuple | None) -> Settings:
    """Read the file, show how it was understood, and add which of its columns to use.

    Where it cannot be read, `input_of` says so to the page.
    """
    if places is None:
        return settings
    shown, place = places
    try:
        file = read(settings)
        with place:
            settings = replace(settings, columns=_columns(file))
        with shown:
            _preview(file, settings)
    except InputError:
        pass
    return settings


def _columns(file: CsvFile) -> tuple[str, ...]:
    names = {str(k): own.name for k, own in enumerate(file.columns, start=1) if own.is_numeric}
    every = ngettext("the {count} column of numbers", "all {count} columns of numbers", len(names))
    chosen = linked(
        st.multiselect, "columns", _("Columns"), [], ManyOf(tuple(names)),
        options=list(names),
        format_func=lambda key: on_screen(names[key]),
        placeholder=every.format(count=words.count(len(names))),
    )  # fmt: skip
    return tuple(names[key] for key in chosen)


def _preview(file: CsvFile, settings: Settings) -> None:
    """The first rows, and in words what they were taken for."""
    rows = [[_cut(cell) for cell in cells[:_COLUMNS]] for cells in file.preview[:_ROWS]]
    names = [_cut(on_screen(name)) for name in file.dialect.names[:_COLUMNS]]
    lines = [str(file.lines[k]) for k in range(len(rows))]
    st.dataframe(pd.DataFrame(rows, pd.Index(lines, name=_("line")), names), height="content")
    words = account_sentences(file)
    with suppress(InputError):  # which the page will say
        _x, filled, dropped = _chosen(settings, file)
        words += gaps_sentences(filled, dropped, settings.missing)
    st.caption(sentences(*map(verbatim, words)))


def _cut(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _CELL else f"{text[: _CELL - 1]}…"


def read(settings: Settings) -> CsvFile:
    """The file as the settings have it read: once, whatever T and columns are.

    It can be stopped. Raises InputError with a message for the reader.
    """
    kept = upload()
    if kept is None:
        if settings.csv:
            raise InputError("upload-gone", file=settings.csv)
        raise InputError("no-upload")
    if settings.csv != kept.label:
        raise InputError("other-upload", file=settings.csv)
    s = settings
    found = _read(s.csv, s.separator, s.decimal, s.header, s.line, content=kept.content)
    if isinstance(found, InputError):
        raise copy(found)
    return found


@remembered
def _read(
    label: str, separator: str, decimal: str, header: str, line: str, *, content: bytes
) -> CsvFile | InputError:
    """The file, or what is wrong with it."""
    try:
        with Work(("file", label, separator, decimal, header, line), _("Reading the file")) as work:
            return read_file(
                content,
                separator=BY_NAME.get(separator),
                decimal=DECIMALS.get(decimal),
                header=HEADERS.get(header),
                series=LINES.get(line),
                progress=work.share,
            )
    except InputError as error:
        return copy(error)  # without its traceback, which would keep the file's text alive


def input_of_file(settings: Settings) -> Sequence:
    """The first T steps of the columns chosen."""
    x = _chosen(settings, read(settings)).x[: settings.T]
    return Sequence((*key_of_file(settings), settings.T), x)


class Chosen(NamedTuple):
    """What is used of a file."""

    x: np.ndarray  # (steps, 1, D), as many as the longest of all pages
    filled: int  # values that were missing
    dropped: int  # rows left out since a value was missing there


def key_of_file(settings: Settings) -> tuple:
    """What identifies the file's numbers, of whatever length."""
    s = settings
    return s.csv, s.separator, s.decimal, s.header, s.line, s.columns, s.missing, s.standardise


def _chosen(settings: Settings, file: CsvFile) -> Chosen:
    return _choose(key_of_file(settings), settings=settings, file=file)


@remembered
def _choose(key: tuple, *, settings: Settings, file: CsvFile) -> Chosen:
    table = file.take(list(settings.columns) or None, settings.missing)
    x = from_table(table, standardise=settings.standardise, length=LONGEST)
    return Chosen(x.copy(), table.filled, table.dropped)  # no view, which would keep all the file
