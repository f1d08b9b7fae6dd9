"""A language that nobody speaks: what is translated shows in letters of another alphabet.

Its catalogue is made of the messages that Babel finds in the code, so that every Latin word on
screen is one that no catalogue could translate, even where it is filled into a translated sentence.
"""

import gettext
import io
import re
import string
from contextlib import contextmanager

from babel.messages.catalog import Catalog

from docs import messages
from lstm_viz import i18n

WIDE = {ord(letter): chr(ord(letter) + 0xFEE0) for letter in string.ascii_letters}
KEPT = re.compile(  # of a message: code, markup, plotly's places, placeholders, icons
    r"(`[^`]*`|<[^<>]*>|%\(\w+\)s|%\{\{?[^{}]*\}\}?|\{\{|\}\}|\{[^{}]*\}|:material/\w+:)"
)
MARK, BETWEEN = "٫", "٬"  # before the decimals, and between thousands


def widened(message):
    """A message in wide letters, what is no word of it as it is."""
    parts = KEPT.split(message)
    return "".join(part if k % 2 else part.translate(WIDE) for k, part in enumerate(parts))


def compiled(translations, locale="en"):
    """{message, or (context, message), or (one, many): translation} as `gettext` reads it."""
    own = Catalog(locale=locale, fuzzy=False)
    for message, text in translations.items():
        context, message = message if message[0] in CONTEXTS else (None, message)
        own.add(message, text, context=context)
    return messages.compiled(own)


CONTEXTS = {one.context for one in messages.extracted() if one.context}


def wide_catalogue():
    """Every message of the code in wide letters."""
    found = {}
    for one in messages.extracted():
        if one.id:
            wide = tuple(map(widened, one.id)) if isinstance(one.id, tuple) else widened(one.id)
            found[(one.context, one.id) if one.context else one.id] = wide
    marks = {
        ("decimal mark", "."): MARK,
        ("between thousands", "\N{NARROW NO-BREAK SPACE}"): BETWEEN,
    }
    return gettext.GNUTranslations(io.BytesIO(compiled(found | marks)))


@contextmanager
def spoken(catalogue):
    """This catalogue in every thread, whatever the language that it asks for."""
    before, i18n._catalogue = i18n._catalogue, lambda code: catalogue
    try:
        yield
    finally:
        i18n._catalogue = before
