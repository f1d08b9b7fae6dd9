"""What somebody is computing, for the others who want the same."""

from collections.abc import Callable
from threading import Event
from typing import Any

from lstm_viz.analysis.estimate import Estimate
from lstm_viz.studies.work import Begin, Work

PAUSE = 0.2  # seconds between two looks at how far it is


class UnderWay:
    """One computation that has begun.

    found : its result, once it has `succeeded`
    ended : set when it has succeeded or has been given up
    """

    def __init__(self) -> None:
        self.ended, self.succeeded = Event(), False
        self.found: Any = None
        self._asked: tuple[tuple, dict] | None = None
        self.portion = 0.0

    def told(self, beside: dict[str, Any]) -> dict[str, Any]:
        """What is given by keyword, such that this hears of the work's beginning and progress."""
        begin = beside.get("begin")
        return beside if begin is None else beside | {"begin": self._beginning(begin)}

    def _beginning(self, begin: Begin) -> Callable[..., Work]:
        def beginning(
            *given: Any, estimate: Callable[[], Estimate] | None = None, **named: Any
        ) -> Work:
            work = begin(*given, estimate=estimate, **named)
            work.heard = self._hear
            self._asked = given, named
            return work

        return beginning

    def _hear(self, portion: float) -> None:
        self.portion = portion

    def followed(self, begin: Begin | None) -> bool:
        """Wait for the end, showing the same progress; whether there is a result.

        Whoever shows it may end the wait by an exception, of which the work knows nothing.
        """
        while begin is not None and self._asked is None and not self.ended.wait(PAUSE):
            pass
        if begin is None or self._asked is None:
            self.ended.wait()
            return self.succeeded
        given, named = self._asked
        with begin(*given, **named) as work:
            while not self.ended.wait(PAUSE):
                work.share(self.portion)
        return self.succeeded
