"""Bytes → text: byte order marks, UTF-8, UTF-16, Windows' code page; what is no text is named."""

import codecs
import os
import re
from pathlib import Path

from lstm_viz.errors import InputError, Said
from lstm_viz.i18n import N_

MARKS = (  # byte order marks; UTF-32's begins as UTF-16's does
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
OTHER_KINDS = (  # how files of other kinds begin
    (b"PK\x03\x04", N_("a zip archive")),
    (b"PK\x05\x06", N_("a zip archive")),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", N_("a spreadsheet of Excel 97–2003")),
    (b"\x1f\x8b", N_("a gzip archive")),
    (b"7z\xbc\xaf\x27\x1c", N_("a 7-Zip archive")),
    (b"%PDF-", N_("a PDF document")),
    (b"\x89PNG", N_("a picture")),
    (b"\xff\xd8\xff", N_("a picture")),
    (b"GIF8", N_("a picture")),
    (b"PAR1", N_("a Parquet table")),
    (b"\x89HDF", N_("an HDF5 file")),
    (b"\x93NUMPY", N_("a NumPy array")),
    (b"SQLite format 3", N_("a database")),
    (b"{\\rtf", N_("a document of a word processor")),
)
IN_A_ZIP = (  # names in the archive of what is stored as a zip
    (b"xl/", N_("a spreadsheet of Excel")),
    (b"opendocument.spreadsheet", N_("a spreadsheet of OpenDocument")),
    (b".npy", N_("an archive of NumPy arrays")),
)
_MARKUP = re.compile(rb"\s*<(!doctype\s+html|html|\?xml)", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x19\x1b-\x1f\x7f]")


def bytes_of(content: str | bytes | Path) -> bytes:
    """Return the bytes of a text, of themselves, or of the file at a Path.

    One line that names a file, or ends as the name of a table does, is taken for a path.

    Raises InputError for a file that cannot be opened, and for anything else.
    """
    if isinstance(content, str):
        if not _names_a_file(content):
            return content.encode("utf-8", "surrogatepass")
        content = Path(content)
    if isinstance(content, (bytes, bytearray, memoryview)):
        return bytes(content)
    if not isinstance(content, os.PathLike):
        raise InputError("no-csv", got=type(content).__name__)
    try:
        return Path(content).read_bytes()
    except OSError as error:
        raise InputError("cannot-read", path=str(content), reason=error.strerror) from error


def _names_a_file(text: str) -> bool:
    short = len(text) < 1000 and "\n" not in text and "\0" not in text
    return short and (text.lower().endswith((".csv", ".tsv", ".txt")) or os.path.isfile(text))


def decode(content: bytes) -> tuple[str, str]:
    """Return the text, its lines ended by "\\n", and the encoding that it was found in.

    A byte order mark decides; without one, bytes that are no UTF-8 are read as Windows' code page
    1252, and a NUL beside every character tells UTF-16.

    Raises
    ------
    InputError
        If this is a file of another kind, or holds bytes that no text has.
    """
    _refuse_other_kinds(content)
    encoding, start = _encoding(content)
    try:
        text = content[start:].decode(encoding)
    except UnicodeDecodeError as error:
        if encoding != "utf-8" or start:
            raise _no_text(content, start + error.start, encoding) from error
        text, encoding = _in_code_page(content)
    control = _CONTROL.search(text)
    if control:
        where = text.count("\n", 0, control.start()) + 1
        raise InputError("control-character", line=where, code=f"{ord(control.group()):02x}")
    for end in ("\r\r\n", "\r\n", "\r"):  # the first is what some programs make of the second
        text = text.replace(end, "\n")
    return text.rstrip("\x1a"), encoding


def _refuse_other_kinds(content: bytes) -> None:
    kind = next((kind for start, kind in OTHER_KINDS if content.startswith(start)), None)
    if content.startswith(b"PK"):
        kind = next((own for name, own in IN_A_ZIP if name in content), kind)
    if _MARKUP.match(content[:1000]):
        kind = N_("a web page or XML")
    if kind:
        raise InputError("other-kind", kind=Said(kind))


def _encoding(content: bytes) -> tuple[str, int]:
    """Return the encoding, as far as the first bytes tell, and the length of its mark."""
    for mark, encoding in MARKS:
        if content.startswith(mark):
            return encoding, len(mark)
    head = content[:2000]
    even, odd = head[::2].count(0), head[1::2].count(0)
    if odd > 0.4 * len(head) and not even:
        return "utf-16-le", 0
    if even > 0.4 * len(head) and not odd:
        return "utf-16-be", 0
    return "utf-8", 0


def _in_code_page(content: bytes) -> tuple[str, str]:
    try:
        return content.decode("cp1252"), "cp1252"
    except UnicodeDecodeError as error:
        raise _no_text(content, error.start, "cp1252") from error


def _no_text(content: bytes, at: int, encoding: str) -> InputError:
    start = content.rfind(b"\n", 0, at) + 1
    name = Said("utf-8-or-cp1252") if encoding == "cp1252" else encoding.upper()
    line, byte = content.count(b"\n", 0, at) + 1, at - start + 1
    return InputError("no-text", line=line, byte=byte, code=f"{content[at]:02x}", encoding=name)
