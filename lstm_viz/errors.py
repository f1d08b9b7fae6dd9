"""The errors of this library: a code and values, of which the reader's language makes a sentence.

`raise SpecError("one-of", name="cell", known="rnn, lstm", got="'tree'")` says, in English, what
`messages.MESSAGES` has for that code. A message says what was wrong, where, what was expected and
came. A text that is no code is its own message.
"""

import string
from typing import Any

from lstm_viz import words
from lstm_viz.i18n import _, ngettext
from lstm_viz.messages import MESSAGES


class Said:
    """A sentence, or a part of one: its code and values; str() is in the context's language."""

    def __init__(self, code: str = "", /, **values: Any) -> None:
        self.code, self.values = code, values

    def __str__(self) -> str:
        template = MESSAGES.get(self.code)
        if template is None:
            return _(self.code)
        one = _(template) if isinstance(template, str) else ngettext(*template, self.values["n"])
        return FORM.format(one, **self.values)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self)!r})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Said) or type(self) is not type(other):
            return False
        return (self.code, self.values) == (other.code, other.values)

    def __hash__(self) -> int:
        return hash((type(self), self.code))


class LstmVizError(Said, ValueError):
    """Anything that this library refuses; catch this one to catch them all."""


class SpecError(LstmVizError):
    """A specification names something unknown or lies outside its range."""


class ShapeError(LstmVizError):
    """An array has the wrong shape."""


class DTypeError(LstmVizError):
    """An array holds something else than real or complex floating-point numbers."""


class NonFiniteError(LstmVizError):
    """An array that must be finite holds NaN or an infinity."""


class InputError(LstmVizError):
    """A sequence cannot be made from what was given: a text, a CSV file, a column."""


class SweepError(LstmVizError):
    """A sweep cannot go on: a measure failed, or gave something that is no row of numbers."""


class BatchFirstWarning(Said, UserWarning):
    """An array has more sequences than steps: perhaps it is batch-first and was not said to be."""


class SweepWarning(Said, UserWarning):
    """A sweep goes on, but not all is as it was asked for: rows are damaged, older, or not kept."""


class _Form(string.Formatter):
    """`str.format`, where {count:n} is a number as the language of the context writes it."""

    def format_field(self, value: Any, format_spec: str) -> str:
        if format_spec == "n":
            return words.count(value) if isinstance(value, int) else words.number(value)
        return super().format_field(value, format_spec)


FORM = _Form()


def shown(value: object) -> str:
    """What came instead, for a message: as Python writes it, no longer than a line."""
    text = " ".join(repr(value).split())
    return text if len(text) <= 80 else f"{text[:60]}…, a {type(value).__name__}"
