"""Words on screen in the reader's language, through gettext.

Catalogues lie in `locale/<language>/LC_MESSAGES/lstm_viz.mo`; the message itself, in English, is the
fallback. The language is a context variable because one process serves many sessions.
"""

import gettext
from contextvars import ContextVar
from functools import lru_cache
from pathlib import Path

LOCALE = Path(__file__).parent / "locale"
language: ContextVar[str] = ContextVar("language", default="en")


@lru_cache
def _catalogue(code: str) -> gettext.NullTranslations:
    return gettext.translation("lstm_viz", LOCALE, languages=[code], fallback=True)


def _(message: str) -> str:
    """Return `message` in the present context's language, or unchanged where there is none."""
    return _catalogue(language.get()).gettext(message)
