"""Work that may take long: it says so first, waits its turn, shows how far it is, can be stopped.

Streamlit ends the running script at any click and runs it again from the top, which would begin the
same work anew. So the session keeps what the reader said of each work, by its key: that it may take
long, or that it is to stop. Another setting is another work, of which nothing has been said yet.
"""

import time
from collections.abc import Callable, Hashable
from typing import Self, TypeVar

import streamlit as st
from streamlit.runtime.scriptrunner import StopException

from lstm_viz import words
from lstm_viz.analysis.estimate import Estimate
from lstm_viz.errors import LstmVizError
from lstm_viz.i18n import _, ngettext
from lstm_viz.say.phrases import sentences
from lstm_viz.studies.turns import TURNS

Found = TypeVar("Found")
LONG, LARGE = 60, 1000  # seconds, megabytes: beyond them nothing goes on unasked
LIGHT = 0.3  # seconds: what takes less waits for nobody
ALLOWED, STOPPED = "_allowed_work", "_stopped_work"

# Streamlit's own Stop, beside ours, would end the run without a word. (`st.html` comes too late.)
ONE_STOP = "<style>[data-testid=stStatusWidget] button { display: none; }</style>"


def hide_streamlits_stop() -> None:
    """Leave one Stop on the screen, ours, as long as this is drawn."""
    with st.container(width=1):
        st.markdown(ONE_STOP, unsafe_allow_html=True)


class Unasked(StopException):
    """The work waits for the reader's word."""


class Work:
    """One piece of work and its place on the page: a bar and Stop, absent where it is quick.

    It is under way within its `with`. Where the reader has stopped this work, or has not allowed it
    yet although it is long, the page says so and ends there.

    Parameters
    ----------
    key : what the work depends on
    label : what is counted, "Networks followed"
    total : how many pieces `after` will count; without it, `share` tells how far the work is
    estimate : called where the work is about to begin
    keeps : whether the finished pieces are kept when the work is stopped
    """

    PATIENCE = 0.5  # seconds before the bar is shown
    PACE = 3  # seconds until it is known how fast it goes

    def __init__(
        self,
        key: Hashable,
        label: str,
        total: int | None = None,
        estimate: Callable[[], Estimate] | None = None,
        keeps: bool = False,
    ) -> None:
        self.key, self.label, self.total, self.keeps = key, label, total, keeps
        self.finished, self.portion = 0, 0.0  # pieces, and share of the whole
        self.place, self.bar = st.empty(), None
        if key in _noted(STOPPED):
            self._rest(_noted(STOPPED)[key])
        expected = None if estimate is None else estimate()
        self.heavy, self.ticket = expected is not None and expected.seconds > LIGHT, None
        if expected is not None and (expected.seconds > LONG or expected.megabytes > LARGE):
            self._ask(expected)
        self.heard: Callable[[float], None] = lambda done: None

    def __enter__(self) -> Self:
        if self.heavy:
            self._wait_for_turn()
        self.start = self.known_since = time.monotonic()
        self.known = 0.0  # what was there at once tells nothing about the pace
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if self.ticket is not None:
            TURNS.leave(self.ticket)
        if error is None or isinstance(error, LstmVizError):  # which the page tells
            self.place.empty()
        elif isinstance(error, Exception):
            self._tell_end(_("An error ended this when {share} was done."), self.portion)
        elif type(error) is StopException:  # the connection was lost, or Streamlit's own Stop
            _noted(STOPPED).setdefault(self.key, self.portion)

    def _wait_for_turn(self) -> None:
        """Stand in the line of heavy work and say at which place."""
        self.ticket = TURNS.queue()
        try:
            while others := TURNS.before(self.ticket, self.PATIENCE):
                text = ngettext(
                    "{n} computation of other readers comes first",
                    "{n} computations of other readers come first",
                    others,
                )
                self._draw(text.format(n=words.count(others)))
        except BaseException as error:
            self.__exit__(type(error), error, error.__traceback__)
            raise
        if self.bar is not None:
            self._draw(self.label)

    def after(self, result: Found) -> Found:
        """Count one piece of work, and hand its result through."""
        self.finished += 1
        total = self.total or self.finished
        self._show(self.finished / total, f"{self.label}: {self.finished} / {total}")
        return result

    def share(self, done: float) -> None:
        """Show what share of the whole is done."""
        self._show(min(done, 1.0), self.label)

    def _show(self, done: float, text: str) -> None:
        """Draw the bar, and how long the rest will take at the pace so far."""
        now, self.portion = time.monotonic(), done
        self.heard(done)
        if now - self.start <= self.PATIENCE:
            self.known, self.known_since = done, now
        elif done > self.known:
            left = (now - self.known_since) * (1 - done) / (done - self.known)
            most = LONG if self.keeps else 2 * LONG  # to ask costs what is done and not kept
            if left > most and now - self.known_since > self.PACE:
                self._ask(Estimate(left, 0))
            text = _("{text}, about {time} left").format(text=text, time=words.seconds(left))
            self._draw(text)

    def _draw(self, text: str) -> None:
        """Draw the bar; beside it, Stop, whose click ends this run of the script."""
        if self.bar is None:
            with self.place.container(horizontal=True, vertical_alignment="center"):
                self.bar = st.progress(self.portion, text)
                st.button(_("Stop"), key="stop_work", icon=":material/stop:", on_click=self._stop)
                hide_streamlits_stop()
        else:
            self.bar.progress(self.portion, text)

    def _ask(self, estimate: Estimate) -> None:
        """Say what the work will take, and end the page there without the reader's word."""
        if self.key in _noted(ALLOWED):
            return
        takes = words.seconds(estimate.seconds)
        text = _("This will take about {time}.").format(time=takes)
        if estimate.megabytes >= 1:
            text = _("This will take about {time} and {megabytes} MB.").format(
                time=takes, megabytes=words.count(round(estimate.megabytes))
            )
        with self.place.container():
            st.warning(text)
            st.button(_("Do it all the same"), key="do_long_work", on_click=self._allow)
        raise Unasked

    def _rest(self, portion: float) -> None:
        """Offer to take up again what was stopped, and end the page there."""
        self._tell_end(_("Stopped when {share} was done."), portion)
        st.stop()

    def _tell_end(self, text: str, portion: float) -> None:
        """Say how far the work had come when it ended, and offer to take it up again."""
        text = text.format(share=words.percent(portion))
        kept, again = _("Nothing of it is kept."), _("Start again")
        if self.keeps:
            kept, again = _("What is finished is kept."), _("Go on")
        with self.place.container():
            st.info(sentences(text, kept), icon=":material/stop_circle:")
            st.button(again, key="resume_work", on_click=self._allow)

    def _stop(self) -> None:
        _noted(STOPPED)[self.key] = self.portion

    def _allow(self) -> None:
        _noted(STOPPED).pop(self.key, None)
        _noted(ALLOWED)[self.key] = True


def _noted(name: str) -> dict[Hashable, float]:
    return st.session_state.setdefault(name, {})
