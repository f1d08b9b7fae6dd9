"""What every page does: enter, title, answer, figure, explanation below."""

import time
from pathlib import Path

import pandas as pd
import streamlit as st

from lstm_viz import i18n, words
from lstm_viz.analysis.gradient_map import Estimate
from lstm_viz.analysis.survival import Survival
from lstm_viz.errors import LstmVizError
from lstm_viz.figures.theme import label
from lstm_viz.findings import failure_sentence
from lstm_viz.i18n import _

LONG, LARGE = 60, 1000  # seconds, megabytes: beyond them nothing starts unasked
CONTENT = Path(__file__).parent.parent / "content"


def ground() -> str:
    """ "light" or "dark", as the reader's theme is."""
    return st.context.theme.type or "light"


def refuse(error: LstmVizError) -> None:
    """Say what was wrong with what the reader gave, and end the page there."""
    st.error(str(error), icon=":material/error:")
    st.stop()


def note_short_input(asked: int, got: int) -> None:
    """Say so where the input has fewer steps than were asked for."""
    if got < asked:
        st.info(
            _("This input has {got} steps; T = {asked} was asked for.").format(got=got, asked=asked)
        )


def note_mapped(asked: int, got: int) -> None:
    """Say so where fewer steps are shown, as a map of all pairs of more would take too long."""
    if got < asked:
        text = _("All pairs of steps are computed: of T = {asked} the first {got} are shown.")
        st.info(text.format(got=got, asked=asked))


def note_failure(result: Survival) -> None:
    """Say so where a network's forward pass left the finite numbers."""
    if result.failure is not None:
        st.warning(failure_sentence(label(result.cell), result.failure))


class Progress:
    """A progress bar for work of more than a moment; absent where it is quick."""

    PATIENCE = 0.5  # seconds

    def __init__(self, label: str, total: int) -> None:
        self.label, self.total, self.finished = label, total, 0
        self.place, self.start = st.empty(), time.monotonic()

    def after(self, result):
        """Count one piece of work, and hand its result through."""
        self.finished += 1
        self._show(self.finished / self.total, f"{self.label}: {self.finished} / {self.total}")
        return result

    def share(self, done: float) -> None:
        """Show what share of the whole is done."""
        self._show(min(done, 1.0), self.label)

    def _show(self, done: float, text: str) -> None:
        """Draw the bar, and how long the rest will take at the pace so far."""
        elapsed = time.monotonic() - self.start
        if elapsed > self.PATIENCE and done:
            left = words.seconds(elapsed * (1 / done - 1))
            self.place.progress(done, _("{text}, about {time} left").format(text=text, time=left))

    def done(self) -> None:
        self.place.empty()


def rates(columns: dict[str, list[str]]) -> None:
    """Show a table whose first column names its rows."""
    st.table(pd.DataFrame(columns).set_index(""))


def notes(sentences: list[str]) -> None:
    """Show a list of short paragraphs in Markdown; nothing for an empty one."""
    if sentences:
        st.markdown("\n".join(f"- {sentence}" for sentence in sentences))


def prose(name: str) -> None:
    """Show the page's explanation in the reader's language, English where there is none."""
    own = CONTENT / i18n.language.get() / f"{name}.md"
    path = own if own.exists() else CONTENT / "en" / f"{name}.md"
    st.markdown(path.read_text(encoding="utf-8"))


def ask_if_long(estimate: Estimate) -> str:
    """Say what long work will take; above a minute or a gigabyte wait for the reader's word.

    Returns what it will take in words, for the label of its progress.
    """
    text = _("about {seconds} s and {megabytes} MB").format(
        seconds=words.plain(max(estimate.seconds, 0.1), 1), megabytes=round(estimate.megabytes)
    )
    if estimate.seconds > LONG or estimate.megabytes > LARGE:
        st.warning(_("This will take {what}.").format(what=text))
        if not st.checkbox(_("Do it all the same"), key="do_long_work"):
            st.stop()
    return text
