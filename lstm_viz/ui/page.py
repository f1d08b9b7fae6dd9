"""What every page does: enter, title, answer, figure, explanation below."""

from pathlib import Path
from typing import NoReturn

import pandas as pd
import streamlit as st

from lstm_viz import i18n, words
from lstm_viz.analysis.survival import Survival
from lstm_viz.errors import LstmVizError
from lstm_viz.i18n import _
from lstm_viz.quantities import label
from lstm_viz.say.failures import failure_sentence, undetermined_sentence
from lstm_viz.ui.plain import verbatim

CONTENT = Path(__file__).parent.parent / "content"


def ground() -> str:
    """ "light" or "dark", as the reader's theme is."""
    return st.context.theme.type or "light"


def refuse(error: LstmVizError) -> NoReturn:
    """Say what was wrong with what the reader gave, and end the page there."""
    st.error(verbatim(str(error)), icon=":material/error:")
    st.stop()


def note_short_input(asked: int, got: int) -> None:
    """Say so where the input has fewer steps than were asked for."""
    if got < asked:
        text = _("This input has {steps}; T = {asked} was asked for.")
        st.info(text.format(steps=words.steps(got), asked=words.count(asked)))


def note_mapped(asked: int, got: int) -> None:
    """Say so where fewer steps are shown, as a map of all pairs of more would take too long."""
    if got < asked:
        text = _("All pairs of steps are computed: of T = {asked} the first {got} are shown.")
        st.info(text.format(got=words.count(got), asked=words.count(asked)))


def note_failure(result: Survival) -> None:
    """Say so where a network's forward pass left the finite numbers."""
    if result.failure is not None:
        st.warning(failure_sentence(label(result.cell), result.failure))


def note_undetermined(result: Survival) -> None:
    """Say so where a network's gradient rests on digits that its forward pass no longer holds."""
    if sentence := undetermined_sentence(result):
        st.warning(sentence)


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
