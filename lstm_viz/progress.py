"""How far long work has come: a line on the terminal that renews itself, elsewhere one at times."""

import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from lstm_viz import words
from lstm_viz.errors import SpecError, shown

Progress = Callable[[int, int | None], None]
PAUSE = 0.1  # seconds between two renewals of the line
LOGGED = 30.0  # seconds between two lines where there is no terminal
WINDOW = (
    100  # renewals over which the speed is taken: what a resumed run finds at once is soon past
)


@contextmanager
def reporting(progress: Progress | str | None) -> Iterator[Progress]:
    """Give a function of (done, total) to call as work gets on.

    progress : such a function; "auto" for a line on standard error, which renews itself on a
        terminal and comes anew every half minute elsewhere; None for silence
    """
    if isinstance(progress, str) and progress == "auto":
        progress = TerminalLine() if sys.stderr.isatty() else LoggedLines()
    if progress is not None and not callable(progress):
        raise SpecError("function-or-auto", name="progress", got=shown(progress))
    line = progress if isinstance(progress, TerminalLine) else None
    try:
        yield progress or (lambda done, total: None)
    finally:
        if line is not None:
            line.end()


class TerminalLine:
    """`done` of `total` and the time left, on one line of standard error."""

    def __init__(self) -> None:
        self.marks: deque[tuple[float, int]] = deque(maxlen=WINDOW)

    def __call__(self, done: int, total: int | None) -> None:
        now = time.monotonic()
        if self.marks and now - self.marks[-1][0] < PAUSE and done != total:
            return
        self.marks.append((now, done))
        self._show(now, self._text(done, total))

    def _show(self, now: float, text: str) -> None:
        print(f"\r{text}\x1b[K", end="", file=sys.stderr, flush=True)

    def _text(self, done: int, total: int | None) -> str:
        if total is None:
            return f"{done} done"
        (start, before), (now, _) = self.marks[0], self.marks[-1]
        if done in (before, total):
            return f"{done} of {total} done"
        left = (now - start) / (done - before) * (total - done)
        return f"{done} of {total} done, {words.seconds(left)} left"

    def end(self) -> None:
        """Leave the line, so that what is printed next does not stand in it."""
        if self.marks:
            print(file=sys.stderr, flush=True)


class LoggedLines(TerminalLine):
    """The same as lines of their own, so far apart that a log stays short."""

    def __init__(self) -> None:
        super().__init__()
        self.told = time.monotonic()

    def _show(self, now: float, text: str) -> None:
        if now - self.told >= LOGGED:
            self.told = now
            print(f"lstm-viz: {text}", file=sys.stderr, flush=True)

    def end(self) -> None:
        """Nothing is left open."""
