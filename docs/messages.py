"""Catalogues of what the app says: extract from the code, bring translations up to date, compile.

python -m docs.messages         # lstm_viz/locale/lstm_viz.pot, and each language's .po and .mo
python -m docs.messages de fr   # begin catalogues of these languages as well

Neither dates nor numbers of lines are written, so that a file changes where its messages do.
"""

import io
import sys
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parent.parent
LOCALE = ROOT / "lstm_viz" / "locale"
TEMPLATE = LOCALE / "lstm_viz.pot"
SPEAKING = ("app.py", "pages/*.py", "lstm_viz/**/*.py")
KEYWORDS = {"_": None, "N_": None, "ngettext": (1, 2), "NN_": (1, 2), "pgettext": ((1, "c"), 2)}
HEADER = "# What lstm_viz says; `make messages` keeps this file up to date."
UNSTEADY = (b'"POT-Creation-Date', b'"PO-Revision-Date', b'"Generated-By')


def extracted() -> Catalog:
    """Every message of the code, by the files that say it."""
    found = Catalog(project="lstm_viz", header_comment=HEADER, fuzzy=False)
    for path in sorted({path for pattern in SPEAKING for path in ROOT.glob(pattern)}):
        file = path.relative_to(ROOT).as_posix()
        for line, message, comments, context in extract_from_file(
            "python", path, keywords=KEYWORDS, comment_tags=("Translators:",)
        ):
            found.add(message, locations=[(file, line)], auto_comments=comments, context=context)
    return found


def written(catalogue: Catalog) -> bytes:
    """A catalogue as text."""
    file = io.BytesIO()
    write_po(file, catalogue, width=100, include_lineno=False, sort_by_file=True)
    lines = file.getvalue().splitlines(keepends=True)
    return b"".join(line for line in lines if not line.startswith(UNSTEADY))


class Bare(Catalog):
    """A catalogue whose header says what `gettext` has to know, and nothing else."""

    @Catalog.mime_headers.getter
    def mime_headers(self) -> list[tuple[str, str]]:
        needed = ("Content-Type", "Plural-Forms")
        return [(name, value) for name, value in super().mime_headers if name in needed]


def compiled(catalogue: Catalog) -> bytes:
    """A catalogue as `gettext` reads it; what is fuzzy is left out."""
    bare, file = Bare(locale=catalogue.locale, fuzzy=False), io.BytesIO()
    for one in catalogue:
        if one.id and not one.fuzzy:
            bare.add(one.id, one.string, context=one.context)
    write_mo(file, bare)
    return file.getvalue()


def read(path: Path) -> Catalog:
    """The catalogue of a language, by the name of its folder."""
    with path.open("rb") as file:
        return read_po(file, locale=path.parts[-3], domain="lstm_viz")


def translation(language: str) -> Path:
    """Where the catalogue of a language stands."""
    return LOCALE / language / "LC_MESSAGES" / "lstm_viz.po"


def update(path: Path, template: Catalog) -> None:
    """Bring a language's catalogue up to date, or begin it, and compile it."""
    own = read(path) if path.exists() else Catalog(locale=path.parts[-3], fuzzy=False)
    own.update(template, no_fuzzy_matching=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(written(own))
    path.with_suffix(".mo").write_bytes(compiled(own))


def main(languages: list[str]) -> None:
    template = extracted()
    LOCALE.mkdir(exist_ok=True)
    TEMPLATE.write_bytes(written(template))
    for path in sorted({*map(translation, languages), *LOCALE.glob("*/LC_MESSAGES/*.po")}):
        update(path, template)


if __name__ == "__main__":
    main(sys.argv[1:])
