"""Work that may take long: it says so first, shows how far it is, and can be stopped.

Streamlit ends the running script at any click and runs it again from the top, which would begin the
same work anew. So the session keeps what the reader said of each work, by its key: that it may take
long, or that it is to stop. Another setting is another work, of which nothing has been said yet.
"""

import time
from collections.abc import Callable, Hashable
from typing import TypeVar

import streamlit as st

from lstm_viz import words
from lstm_viz.analysis.estimate import Estimate
from lstm_viz.i18n import _
from lstm_viz.say.phrases import sentences

Found = TypeVar("Found")
LONG, LARGE = 60, 1000  # seconds, megabytes: beyond them nothing starts unasked
ALLOWED, STOPPED = "_allowed_work", "_stopped_work"


class Work:
    """One piece of work and its place on the page: a bar and Stop, absent where it is quick.

    Where the reader has stopped this work, or has not allowed it yet although it is long, the page
    says so and ends there.

    Parameters
    ----------
    key : what the work depends on
    label : what is counted, "Networks followed"
    total : how many pieces `after` will count; without it, `share` tells how far the work is
    estimate : called where the work is about to begin
    keeps : whether the finished pieces are kept when the work is stopped
    """

    PATIENCE = 0.5  # seconds before the bar is shown

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
        if estimate is not None:
            self._ask(estimate())
        self.start = self.known_since = time.monotonic()
        self.known = 0.0  # what was there at once tells nothing about the pace

    def after(self, result: Found) -> Found:
        """Count one piece of work, and hand its result through."""
        self.finished += 1
        total = self.total or self.finished
        self._show(self.finished / total, f"{self.label}: {self.finished} / {total}")
        return result

    def share(self, done: float) -> None:
        """Show what share of the whole is done."""
        self._show(min(done, 1.0), self.label)

    def done(self) -> None:
        """Take the bar away."""
        self.place.empty()

    def _show(self, done: float, text: str) -> None:
        """Draw the bar, and how long the rest will take at the pace so far."""
        now, self.portion = time.monotonic(), done
        if now - self.start <= self.PATIENCE:
            self.known, self.known_since = done, now
        elif done > self.known:
            left = (now - self.known_since) * (1 - done) / (done - self.known)
            text = _("{text}, about {time} left").format(text=text, time=words.seconds(left))
            self._draw(text)

    def _draw(self, text: str) -> None:
        """Draw the bar; beside it, Stop, whose click ends this run of the script."""
        if self.bar is None:
            with self.place.container(horizontal=True, vertical_alignment="center"):
                self.bar = st.progress(self.portion, text)
                st.button(_("Stop"), key="stop_work", icon=":material/stop:", on_click=self._stop)
        else:
            self.bar.progress(self.portion, text)

    def _ask(self, estimate: Estimate) -> None:
        """Say what the work will take; if that is much, wait for the reader's word."""
        text = _("about {time} and {megabytes} MB").format(
            time=words.seconds(estimate.seconds),
            megabytes=words.count(max(1, round(estimate.megabytes))),
        )
        much = estimate.seconds > LONG or estimate.megabytes > LARGE
        if much and self.key not in _noted(ALLOWED):
            with self.place.container():
                st.warning(_("This will take {what}.").format(what=text))
                st.button(_("Do it all the same"), key="do_long_work", on_click=self._allow)
            st.stop()

    def _rest(self, portion: float) -> None:
        """Say how far the work had come when it was stopped, and offer to take it up again."""
        text = _("Stopped when {share} was done.").format(share=words.percent(portion))
        kept, again = _("Nothing of it is kept."), _("Start again")
        if self.keeps:
            kept, again = _("What is finished is kept."), _("Go on")
        with self.place.container():
            st.info(sentences(text, kept), icon=":material/stop_circle:")
            st.button(again, key="resume_work", on_click=self._allow)
        st.stop()

    def _stop(self) -> None:
        _noted(STOPPED)[self.key] = self.portion

    def _allow(self) -> None:
        _noted(STOPPED).pop(self.key, None)
        _noted(ALLOWED)[self.key] = True


def _noted(name: str) -> dict[Hashable, float]:
    return st.session_state.setdefault(name, {})
