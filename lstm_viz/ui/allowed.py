"""What a setting may be: how a link's text is read, and the nearest allowed value where it is not.

Each kind has `read(text, default)`, the value and, where it is not what the text says, a remark on
why; and `fit(value)`, the nearest allowed value, as bounds may have moved since it was set.
"""

import math
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from lstm_viz.i18n import _, ngettext
from lstm_viz.say.phrases import together

Real = TypeVar("Real", int, float)


class Allowed(Protocol):
    """What a setting may be."""

    def read(self, text: str, default: Any) -> tuple[Any, str]:
        """The value of a text in an address, and what is to be said of it."""
        ...

    def fit(self, value: Any) -> Any:
        """The nearest allowed value."""
        ...


class Number(NamedTuple, Generic[Real]):
    """Whole numbers or floats, as `least` is one or the other, within bounds."""

    least: Real
    most: Real

    def read(self, text: str, default: Real) -> tuple[Real, str]:
        """The nearest allowed number; the default for what is no number."""
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if math.isnan(value):
            text = _("it is no number, and {value} is taken")
            return default, text.format(value=written(default))
        fitted = self.fit(value)
        number = written(fitted)
        if value > self.most:
            return fitted, _("{value} is the most").format(value=number)
        if value < self.least:
            return fitted, _("{value} is the least").format(value=number)
        if value != fitted:
            return fitted, _("it is no whole number, and {value} is taken").format(value=number)
        return fitted, ""

    def fit(self, value: float) -> Real:
        """The nearest allowed number."""
        near = min(max(value, self.least), self.most)
        return type(self.least)(round(near) if isinstance(self.least, int) else near)


@dataclass(frozen=True)
class OneOf:
    """One of several keys."""

    keys: tuple[str, ...]

    def read(self, text: str, default: str) -> tuple[str, str]:
        """The key itself; the default for an unknown one."""
        if text in self.keys:
            return text, ""
        return default, _("{value} is taken").format(value=default)

    def fit(self, value: str | None) -> str:
        """The key itself; the first one where nothing is chosen."""
        return value if value in self.keys else self.keys[0]


@dataclass(frozen=True)
class ManyOf:
    """Any number of several keys; an address parts them by commas."""

    keys: tuple[str, ...]

    def read(self, text: str, default: list[str]) -> tuple[list[str], str]:
        """Those of the keys that are known."""
        unknown = [key for key in text.split(",") if key and key not in self.keys]
        said = ngettext("{names} is left out", "{names} are left out", len(unknown))
        remark = said.format(names=together(unknown)) if unknown else ""
        return self.fit(text.split(",")), remark

    def fit(self, value: list[str]) -> list[str]:
        """The known ones of them, each once, in the order in which they were chosen."""
        return [key for key in dict.fromkeys(value) if key in self.keys]


class Text:
    """Any text up to a length."""

    LONGEST = 1000

    def read(self, text: str, default: str) -> tuple[str, str]:
        """The text, cut to the length allowed."""
        remark = _("its first {count} characters are taken").format(count=self.LONGEST)
        return self.fit(text), remark if len(text) > self.LONGEST else ""

    def fit(self, value: str) -> str:
        """The text, cut to the length allowed."""
        return value[: self.LONGEST]


class Flag:
    """Yes or no."""

    def read(self, text: str, default: bool) -> tuple[bool, str]:
        """True or False of "True" or "False"; the default for anything else."""
        known = {"true": True, "false": False}.get(text.lower())
        if known is None:
            return default, _("{value} is taken").format(value=default)
        return known, ""

    def fit(self, value: bool) -> bool:
        """The value itself."""
        return value


def written(value: object) -> str:
    """A value as an address has it."""
    if isinstance(value, (list, tuple)):
        return ",".join(map(str, value))
    if isinstance(value, float) and float(f"{value:g}") == value:
        return f"{value:g}"  # short where it is the same number: a link reproduces the figure
    return str(value)
