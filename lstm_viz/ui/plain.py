"""Text that others wrote, such as a file's names and cells, for where Streamlit takes Markdown."""

import re

_MARKUP = re.compile(  # what means something within a line, and at its beginning
    r"([*\[\]<>$`~\\&]|:(?=\w)|(?<![^\W_])_|_(?![^\W_])|^[-+=#]|(?<=^\d)[.)]|(?<=^\d\d)[.)])"
)
_REMADE = re.compile(  # what is changed even where it is escaped: links, emoji, arrows
    r"(\S*(?:://|www\.|@)\S*|\S*:[\w+/-]+:\S*|(?<!\S)(?:<->|->|<-|--|>=|<=|~=)(?!\S))"
)


def verbatim(text: str) -> str:
    """Return Markdown that shows a text as it stands, on one line."""
    parts = _REMADE.split(re.sub(r"\s*[\n\r]\s*", " ", text))
    return "".join(_code(part) if k % 2 else _escaped(part) for k, part in enumerate(parts))


def _escaped(text: str) -> str:
    return _MARKUP.sub(r"\\\1", text)


def _code(text: str) -> str:
    """A span of code, which nothing is changed in."""
    longest = max(map(len, re.findall("`+", text)), default=0)
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{'`' * (longest + 1)}{pad}{text}{pad}{'`' * (longest + 1)}"
