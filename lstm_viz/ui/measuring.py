"""Measuring on the reader's machine: started and stopped by a button, and nothing measured lost."""

import streamlit as st

from lstm_viz import words
from lstm_viz.analysis.timing import Run, expected_seconds, measure, most_bytes, thinned
from lstm_viz.i18n import _
from lstm_viz.spec import ModelSpec
from lstm_viz.studies import cost
from lstm_viz.studies.subject import Subject
from lstm_viz.ui.draw import draw_section
from lstm_viz.ui.long_work import LARGE, LONG, hide_streamlits_stop
from lstm_viz.ui.options import timing_options

RUNS = "_measured"
REPEATS = 3
MOST_MEGABYTES = 3000


def measuring_options() -> tuple[int, str]:
    """Begin the section on measuring with its controls, and return what they say."""
    st.header(_("Measured on the machine that this app runs on"), anchor=False)
    return timing_options()


def draw_measured(subject: Subject, options: cost.Options, longest: int, passes: str) -> None:
    """Offer to measure the nets whose costs are counted, and draw what was measured so far."""
    specs = [net.spec for net in subject.all_nets(options.matched)]
    if runs := measured(specs, longest):
        draw_section(cost.measured(subject, options, runs, passes))


def measured(specs: list[ModelSpec], longest: int) -> list[Run]:
    """Offer to measure these networks; return what this session has measured of them so far."""
    lengths = thinned(longest)
    runs = st.session_state.setdefault(RUNS, {}).setdefault((tuple(specs), tuple(lengths)), [])
    megabytes = most_bytes(specs, longest) / 1e6
    if megabytes > MOST_MEGABYTES:
        st.error(
            _(
                "Up to T = {T} one of these networks needs about {need} MB of memory; at most"
                " {most} MB are allowed. Choose a smaller T, or fewer heads or layers."
            ).format(
                T=words.count(longest),
                need=words.count(round(megabytes)),
                most=words.count(MOST_MEGABYTES),
            )
        )
    elif _started(specs, lengths, runs, megabytes):
        _run(specs, lengths, runs)
    return runs


def _started(specs: list[ModelSpec], lengths: list[int], runs: list[Run], megabytes: float) -> bool:
    """Draw the buttons; True in the one run of the script that the button to measure begins.

    So any other click ends the measurement, as Stop does, and nothing begins it but this button.
    """
    total = len(specs) * len(lengths) * REPEATS
    text = _("Measure on this machine")
    if runs:
        text = _("Go on measuring") if len(runs) < total else _("Measure again")
    with st.container(horizontal=True, vertical_alignment="center"):
        started = st.button(text, key="measure", type="primary")
        st.button(
            _("Stop"),
            key="stop_measuring",
            disabled=not started,
            help=_("Ends after the pass at hand, and shows what was measured so far."),
        )
        left = _expected(tuple(specs), tuple(lengths)) * (1 - len(runs) % total / total)
        if left > LONG or megabytes > LARGE:
            st.caption(
                _("This will take about {time} and {megabytes} MB.").format(
                    time=words.seconds(left), megabytes=words.count(round(megabytes))
                )
            )
        if started:
            hide_streamlits_stop()
    if started and len(runs) == total:
        runs.clear()
    return started


@st.cache_data(max_entries=64, show_spinner=False)
def _expected(specs: tuple[ModelSpec, ...], lengths: tuple[int, ...]) -> float:
    return expected_seconds(list(specs), list(lengths), REPEATS)


def _run(specs: list[ModelSpec], lengths: list[int], runs: list[Run]) -> None:
    """Measure what is still missing, each run kept before the script can be ended."""
    total, bar = len(specs) * len(lengths) * REPEATS, st.empty()
    for run in measure(specs, lengths, REPEATS, skip=len(runs)):
        runs.append(run)
        text = _("Measured: {done} of {total}, at T = {T}")
        text = text.format(done=len(runs), total=total, T=run.length)
        bar.progress(len(runs) / total, text)
    st.rerun()
