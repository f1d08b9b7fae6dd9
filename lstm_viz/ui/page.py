"""A page: one question, its answer, a working figure, its controls, the explanation below."""

from collections.abc import Callable
from typing import TypeVar

import streamlit as st

from lstm_viz.errors import LstmVizError
from lstm_viz.i18n import translated
from lstm_viz.studies import STUDIES
from lstm_viz.studies.settings import Settings
from lstm_viz.studies.study import Study
from lstm_viz.studies.subject import Subject, subject
from lstm_viz.ui import files
from lstm_viz.ui.controls import LONGEST, sidebar
from lstm_viz.ui.draw import draw_answer, draw_explanation, draw_row
from lstm_viz.ui.frame import enter
from lstm_viz.ui.memory import settle
from lstm_viz.ui.plain import verbatim

Made = TypeVar("Made")


class Page:
    """The page that a script draws: the settings, and places for controls around the figure.

    name : of the script and its study; longest : the largest T that can be set
    """

    def __init__(self, name: str, longest: int = LONGEST) -> None:
        enter(name)
        self.settings = sidebar(longest)
        self.title, self.changed, self.settled = st.empty(), st.container(), False
        self.ask(translated(STUDIES[name].QUESTION))
        self.answer, self.above, self.figure, self.below, self.rest, self.last = (
            st.container() for _place in range(6)
        )

    def ask(self, question: str) -> None:
        """Write the question that the page is about."""
        self.title.title(question, anchor=False)

    def subject(self) -> Subject:
        """The settings with their input; where there is none, the page says so and ends there."""
        return self.attempted(lambda: subject_of(self.settings))

    def draw(self, study: Callable[[], Study]) -> None:
        """Draw a study in the page's places; where it cannot be made, say so and end there."""
        self.settle()  # before work that may take long, during which the reader may leave
        made = self.attempted(study)
        with self.answer:
            draw_answer(made)
        with self.figure:
            draw_row(made, made.rows[0])
        with self.rest:
            for row in made.rows[1:]:
                draw_row(made, row)
        draw_explanation(made.explanation)

    def attempted(self, make: Callable[[], Made]) -> Made:
        """What `make` returns; where it refuses what the reader gave, say so and end there."""
        try:
            with self.figure:
                return make()
        except LstmVizError as error:
            self.settle()
            with self.figure:
                st.error(verbatim(str(error)), icon=":material/error:")
            st.stop()

    def settle(self) -> None:
        """Once all controls are drawn: bring the address up to date, say what of it was changed."""
        if not self.settled:
            self.settled = True
            with self.changed:
                settle()


def subject_or_none(settings: Settings | None) -> Subject | None:
    """The subject of settings that were pinned; None where there are none, or a file has gone."""
    if settings is None:
        return None
    try:
        return subject_of(settings)
    except LstmVizError:
        return None


def subject_of(settings: Settings) -> Subject:
    """The settings with the input that they ask for, the reader's own file included."""
    own = files.input_of_file(settings) if settings.source == "csv" else None
    return subject(settings, own)
