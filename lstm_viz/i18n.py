"""Words on screen in the reader's language, through gettext.

Catalogues lie in `locale/<language>/LC_MESSAGES/lstm_viz.mo`; the message itself, in English, is
the fallback. The language is a context variable because one process serves many sessions.
"""

import gettext
import re
from contextvars import ContextVar
from functools import lru_cache
from pathlib import Path

LOCALE = Path(__file__).parent / "locale"
TAG = re.compile("[A-Za-z]{2,8}")  # of a locale; it becomes a part of a path
language: ContextVar[str] = ContextVar("language", default="en")


def use(locale: str | None) -> None:
    """Speak a locale's language in this context: a browser's "de-CH", a shell's "de_CH.UTF-8".

    Where there is a catalogue of its region, such as zh_TW, that one.
    """
    first, *others = re.split("[-_.@]", locale or "")
    code = first.lower() if TAG.fullmatch(first) else "en"
    own = [f"{code}_{region.upper()}" for region in others if TAG.fullmatch(region)]
    language.set(next((name for name in own if (LOCALE / name).is_dir()), code))


@lru_cache
def _catalogue(code: str) -> gettext.NullTranslations:
    return gettext.translation("lstm_viz", LOCALE, languages=[code], fallback=True)


def _(message: str) -> str:
    """Return `message` in the present context's language, or unchanged where there is none."""
    return message and _catalogue(language.get()).gettext(message)  # "" is a catalogue's header


def ngettext(one: str, many: str, n: int) -> str:
    """Return the form of a message that the present context's language has for n things."""
    return _catalogue(language.get()).ngettext(one, many, int(n))


def pgettext(context: str, message: str) -> str:
    """Return a message that stands for other things elsewhere, in the present language."""
    return _catalogue(language.get()).pgettext(context, message)


def N_(message: str) -> str:
    """Mark a message that `translated` turns into words where it is shown."""
    return message


def NN_(one: str, many: str) -> tuple[str, str]:
    """Mark the two forms of a message that `ngettext` chooses from where it is shown."""
    return one, many


def translated(marked: str) -> str:
    """Return a message that stands marked with N_ elsewhere in the present context's language."""
    return _(marked)
