"""Heavy work takes turns: as much of it at once as there are processors, in the order it came."""

from threading import Condition

from lstm_viz.processors import processors


class Turns:
    """A line in which the first few work and the others wait."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._line: list[object] = []
        self._moved = Condition()

    def queue(self) -> object:
        """Take the last place; return what stands for it."""
        ticket = object()
        with self._moved:
            self._line.append(ticket)
        return ticket

    def leave(self, ticket: object) -> None:
        """Give the place up, when all is done or while it waits still."""
        with self._moved:
            self._line.remove(ticket)
            self._moved.notify_all()

    def before(self, ticket: object, seconds: float) -> int:
        """How many must end before this one may begin; waits so long for there to be none."""
        with self._moved:
            self._moved.wait_for(lambda: self._line.index(ticket) < self.most, seconds)
            return max(0, self._line.index(ticket) - self.most + 1)


TURNS = Turns(processors())
