"""How a study is shown on a page."""

from pathlib import Path

import pandas as pd
import streamlit as st

from lstm_viz import i18n
from lstm_viz.studies.study import Drawing, Row, Section, Study
from lstm_viz.ui.chart import chart, ground
from lstm_viz.ui.memory import put
from lstm_viz.ui.plain import verbatim

CONTENT = Path(__file__).parent.parent / "content"


def draw_answer(study: Study) -> None:
    """Write the answer, and what must be known of it."""
    for sentence in study.sentences:
        st.markdown(verbatim(sentence))
    for text in study.notices:
        st.info(text)
    for text in study.warnings:
        st.warning(text)


def draw_row(study: Study, row: Row) -> None:
    """Draw sections side by side."""
    if len(row.sections) == 1:
        draw_section(row.sections[0], study)
        return
    columns = st.columns(row.widths or len(row.sections), gap="medium")
    for column, section in zip(columns, row.sections, strict=True):
        with column:
            draw_section(section, study)


def draw_section(section: Section, study: Study | None = None) -> None:
    """Draw a figure with what belongs to it; in a study, whose sentence and caption it takes."""
    if section.title:
        st.header(section.title, anchor=False)
    if section.said:
        st.markdown(verbatim(section.said))
    if section.drawing is not None:
        _draw_figure(section.drawing, study)
    for heading, lines in section.equations:
        st.markdown(f"**{heading}**")
        text = "\n\n".join(f"{symbols}\n  {numbers}" for symbols, numbers in lines)
        st.code(text, language=None, wrap_lines=True)
    for remark in section.remarks:
        st.caption(remark)
    if section.notes:
        st.markdown("\n".join(f"- {note}" for note in section.notes))
    if section.table is not None:
        st.table(pd.DataFrame(section.table).set_index(""))


def _draw_figure(drawing: Drawing, study: Study | None) -> None:
    picked = drawing.picked
    chart(
        drawing.figure(ground()),
        key=drawing.key,
        title=drawing.title,
        alt=drawing.alt or (study.sentence if study else ""),
        filename=drawing.filename,
        caption=drawing.caption or (study.caption if study else ""),
        table=drawing.table,
        cursor=drawing.cursor,
        on_pick=None if picked is None else lambda number: put(picked(number)),
    )


def draw_explanation(name: str) -> None:
    """Show an explanation in the reader's language, English where there is none."""
    own = CONTENT / i18n.language.get() / f"{name}.md"
    path = own if own.exists() else CONTENT / "en" / f"{name}.md"
    st.markdown(path.read_text(encoding="utf-8"))
