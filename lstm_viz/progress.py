"""How far long work has come: a line on the terminal that renews itself."""

import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from lstm_viz import words
from lstm_viz.errors import SpecError, shown

Progress = Callable[[int, int | None], None]
PAUSE = 0.1  # seconds between two renewals of the line
WINDOW = (
    100  # renewals over which the speed is taken: what a resumed run finds at once is soon past
)


@contextmanager
def reporting(progress: Progress | str | None) -> Iterator[Progress]:
    """Give a function of (done, total) to call as work gets on.

    progress : such a function; "auto" for a line on standard error where that is a terminal; None
        for silence
    """
    if isinstance(progress, str) and progress == "auto":
        progress = TerminalLine() if sys.stderr.isatty() else None
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
        print(f"\r{self._text(done, total)}\x1b[K", end="", file=sys.stderr, flush=True)

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
