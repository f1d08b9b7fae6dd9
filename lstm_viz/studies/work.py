"""Work that may take long, as a study speaks of it; how it looks is for who shows the study."""

from collections.abc import Callable, Hashable
from typing import Protocol, Self, TypeVar

from lstm_viz.analysis.estimate import Estimate

Found = TypeVar("Found")


class Work(Protocol):
    """A piece of work, under way within its `with`; how that is left tells how it ended.

    heard : called with each share of the whole that is done
    """

    heard: Callable[[float], None]

    def __enter__(self) -> Self: ...

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None: ...

    def after(self, result: Found) -> Found:
        """Count one finished piece, and hand its result through."""
        ...

    def share(self, done: float) -> None:
        """Say what share of the whole is done."""
        ...


class Begin(Protocol):
    """How work begins: asked for by a study, answered by the page or the command that shows it."""

    def __call__(
        self,
        key: Hashable,
        label: str,
        total: int | None = None,
        estimate: Callable[[], Estimate] | None = None,
        keeps: bool = False,
    ) -> Work:
        """Begin a piece of work.

        key : what the work depends on
        label : what is counted, "Networks followed"
        total : how many pieces `after` will count; without it, `share` tells how far the work is
        estimate : called where the work is about to begin
        keeps : whether the finished pieces are kept when the work is stopped
        """
        ...


class Silent:
    """Work of which nothing is shown."""

    def __init__(self, *_told: object, **_more: object) -> None:
        self.heard = lambda done: None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        pass

    def after(self, result: Found) -> Found:
        return result

    def share(self, done: float) -> None:
        pass
