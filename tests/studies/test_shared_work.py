"""Work that several want at once, or that waits for its turn: threads stand for the readers."""

import os
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from lstm_viz.processors import processors
from lstm_viz.studies.kept import forget, kept
from lstm_viz.studies.turns import Turns
from lstm_viz.studies.work import Silent

PATIENCE = 20  # seconds until a test gives up


class GoneAway(BaseException):
    """What ends a reader's script."""


class Looking(Silent):
    """Work whose reader notes what is shown, and goes away when told to."""

    def __init__(self, *told, **named):
        super().__init__()
        self.shown, self.seen, self.leave = [], Event(), Event()

    def share(self, done):
        self.heard(done)
        self.shown.append(done)
        if done:
            self.seen.set()
        if self.leave.is_set():
            raise GoneAway


@pytest.fixture
def readers():
    """Start a call in a thread of its own."""
    forget()
    with ThreadPoolExecutor(8) as pool:
        yield pool.submit
    forget()


@pytest.fixture
def slow():
    """A kept computation that is half done until it is let go on: (compute, calls, half, go on)."""
    calls, half, go_on = [], Event(), Event()

    @kept
    def compute(x, *, begin=Silent):
        calls.append(x)
        with begin(("slow", x), "Halves") as work:
            work.share(0.5)
            half.set()
            while not go_on.wait(0.01):
                work.share(0.5)
            return object()

    return compute, calls, half, go_on


def test_three_readers_of_one_thing_have_it_computed_once_and_see_the_same_progress(readers, slow):
    compute, calls, half, go_on = slow
    looks = [Looking() for _reader in range(3)]
    first = readers(compute, 1, begin=lambda *told, **named: looks[0])
    assert half.wait(PATIENCE)
    others = [
        readers(compute, 1, begin=lambda *told, look=look, **named: look) for look in looks[1:]
    ]
    silent = readers(compute, 1)
    assert all(look.seen.wait(PATIENCE) for look in looks)
    go_on.set()
    found = first.result(PATIENCE)
    assert all(one.result(PATIENCE) is found for one in [*others, silent]) and calls == [1]
    assert set(looks[1].shown) <= {0.0, 0.5} and set(looks[2].shown) <= {0.0, 0.5}


def test_who_waits_may_go_away_without_stopping_the_work(readers, slow):
    compute, calls, half, go_on = slow
    first = readers(compute, 1, begin=lambda *told, **named: Looking())
    assert half.wait(PATIENCE)
    look = Looking()
    look.leave.set()
    with pytest.raises(GoneAway):
        readers(compute, 1, begin=lambda *told, **named: look).result(PATIENCE)
    go_on.set()
    assert first.result(PATIENCE) is not None and calls == [1]


def test_if_who_computes_goes_away_another_takes_over(readers, slow):
    compute, calls, half, go_on = slow
    own, look = Looking(), Looking()
    first = readers(compute, 1, begin=lambda *told, **named: own)
    assert half.wait(PATIENCE)
    second = readers(compute, 1, begin=lambda *told, **named: look)
    assert look.seen.wait(PATIENCE)
    own.leave.set()
    with pytest.raises(GoneAway):
        first.result(PATIENCE)
    go_on.set()
    assert second.result(PATIENCE) is not None and calls == [1, 1]


def test_heavy_work_comes_in_the_order_in_which_it_was_asked_for():
    turns = Turns(2)
    tickets = [turns.queue() for _work in range(5)]
    assert [turns.before(ticket, 0) for ticket in tickets] == [0, 0, 1, 2, 3]
    turns.leave(tickets[3])  # stopped while it waited
    turns.leave(tickets[0])
    assert [turns.before(tickets[k], 0) for k in (1, 2, 4)] == [0, 0, 1]


def test_a_turn_begins_as_soon_as_there_is_room(readers):
    turns = Turns(1)
    first, second = turns.queue(), turns.queue()
    waiting = readers(turns.before, second, PATIENCE)
    assert not waiting.done()
    turns.leave(first)
    assert waiting.result(PATIENCE / 2) == 0


def test_processors_are_those_that_this_process_may_use():
    if hasattr(os, "sched_getaffinity"):
        before = os.sched_getaffinity(0)
        try:
            os.sched_setaffinity(0, {min(before)})
            assert processors() == 1
        finally:
            os.sched_setaffinity(0, before)
        assert processors() == len(before)
    assert processors() >= 1
