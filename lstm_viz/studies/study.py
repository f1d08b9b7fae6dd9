"""A study as a value: what one question's answer consists of, for whoever shows it.

settings → result → study: sentence, figures, tables, caption. A page draws it, and a report, a
command or a notebook can show the same.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import plotly.graph_objects as go

from lstm_viz.say.phrases import sentences

if TYPE_CHECKING:
    import pandas as pd

Table = dict[str, list[str]]  # columns of words by their heads; the first names the rows


@dataclass(frozen=True, eq=False)
class Drawing:
    """One figure, and what it takes along when it is saved.

    key : tells the figure from the study's others, whatever is set
    title : what is shown, in words, for who sees the figure alone
    figure : (ground) → the figure on a "light" or a "dark" ground
    filename : without suffix; carries the settings and the seed
    table : () → the figure's data, tidy
    alt : what who does not see the figure must know; the study's sentence if it is empty
    cursor : figures with the same one share a time cursor
    picked : number of a point that was clicked → the settings that it stands for, by their names
    caption : the settings that it was made at; the study's own if it is empty
    """

    key: str
    title: str
    figure: Callable[[str], go.Figure]
    filename: str
    table: Callable[[], "pd.DataFrame"]
    alt: str = ""
    cursor: str | None = None
    picked: Callable[[int], dict[str, object]] | None = None
    caption: str = ""


@dataclass(frozen=True, eq=False)
class Section:
    """A figure and what belongs to it, in the order in which it is read; any part may be absent.

    said : a sentence of its own
    remarks : how to read the figure, or what can be done at it
    equations : of each direction its heading, and pairs of a line in symbols and one in numbers
    notes : short paragraphs
    """

    title: str = ""
    said: str = ""
    drawing: Drawing | None = None
    equations: tuple[tuple[str, list[tuple[str, str]]], ...] = ()
    remarks: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    table: Table | None = None


@dataclass(frozen=True, eq=False)
class Row:
    """Sections side by side; one below the other where there is no room.

    widths : in proportion to each other; equal if there are none
    """

    sections: tuple[Section, ...]
    widths: tuple[int, ...] = ()


@dataclass(frozen=True, eq=False)
class Study:
    """The answer to one question at some settings.

    question : its heading
    sentences : the answer, computed; the first is of the first figure
    caption : all settings, the seed included
    rows : figures and tables, from the most important down
    notices, warnings : what the reader must know of this input, and of these nets
    explanation : the name of the text that explains it
    """

    question: str
    sentences: tuple[str, ...]
    caption: str
    rows: tuple[Row, ...]
    notices: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    explanation: str = ""

    @property
    def drawings(self) -> list[Drawing]:
        """All of its figures."""
        sections = [section for row in self.rows for section in row.sections]
        return [section.drawing for section in sections if section.drawing is not None]

    @property
    def sentence(self) -> str:
        """The answer in one paragraph."""
        return sentences(*self.sentences)


def row(*sections: Section, widths: tuple[int, ...] = ()) -> Row:
    """Sections side by side."""
    return Row(sections, widths)
