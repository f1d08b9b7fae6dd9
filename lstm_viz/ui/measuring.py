"""Measuring on the reader's machine: started and stopped by a button, and nothing measured lost."""

import streamlit as st

from lstm_viz import words
from lstm_viz.analysis.cost import (
    Timing,
    expected_seconds,
    measure,
    most_bytes,
    thinned,
    timings,
)
from lstm_viz.i18n import _
from lstm_viz.spec import ModelSpec

RUNNING, RUNS = "_measuring", "_measured"
REPEATS = 3
MOST_BYTES = 3 * 2**30
LONG = 60  # seconds from which on a measurement says beforehand how long it will take


def measured(specs: list[ModelSpec], longest: int) -> list[Timing]:
    """Offer to measure these networks; return what has been measured of them so far."""
    lengths = thinned(longest)
    key = (tuple(specs), tuple(lengths))
    runs = st.session_state.setdefault(RUNS, {}).setdefault(key, [])
    bytes_needed = most_bytes(specs, longest)
    if bytes_needed > MOST_BYTES:
        st.error(
            _(
                "Up to T = {T} one of these networks needs about {need} GiB of memory; at most"
                " {most} GiB are allowed. Choose a smaller T, or fewer heads or layers."
            ).format(T=longest, need=words.plain(bytes_needed / 2**30, 2), most=MOST_BYTES // 2**30)
        )
        return timings(runs)
    _buttons(specs, lengths, done=len(runs) == len(specs) * len(lengths) * REPEATS)
    if st.session_state.get(RUNNING) == key:
        _run(specs, lengths, runs)
    return timings(runs)


def _buttons(specs: list[ModelSpec], lengths: list[int], done: bool) -> None:
    def start() -> None:
        key = (tuple(specs), tuple(lengths))
        st.session_state[RUNNING] = key
        if done:
            st.session_state[RUNS][key] = []

    def stop() -> None:
        st.session_state.pop(RUNNING, None)

    with st.container(horizontal=True, vertical_alignment="center"):
        text = _("Measure again") if done else _("Measure on this machine")
        st.button(text, on_click=start, key="measure", type="primary")
        st.button(_("Stop"), on_click=stop, key="stop_measuring")
        seconds = _expected(tuple(specs), tuple(lengths))
        if seconds > LONG:
            st.caption(
                _("This will take about {minutes} minutes.").format(
                    minutes=words.plain(seconds / 60, 2)
                )
            )


@st.cache_data(max_entries=64, show_spinner=False)
def _expected(specs: tuple[ModelSpec, ...], lengths: tuple[int, ...]) -> float:
    return expected_seconds(list(specs), list(lengths), REPEATS)


def _run(specs: list[ModelSpec], lengths: list[int], runs: list) -> None:
    """Measure what is still missing. Any click ends the script between two pieces of work."""
    total, bar = len(specs) * len(lengths) * REPEATS, st.empty()
    for run in measure(specs, lengths, REPEATS, skip=len(runs)):
        runs.append(run)
        text = _("Measured: {done} of {total}").format(done=len(runs), total=total)
        bar.progress(len(runs) / total, text)
    st.session_state.pop(RUNNING, None)
    st.rerun()
