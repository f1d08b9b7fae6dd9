"""The line on the terminal: how far, how long still, and nothing where there is no terminal."""

import io
from types import SimpleNamespace

import pytest

from lstm_viz import progress
from lstm_viz.progress import TerminalLine, reporting


class Terminal(io.StringIO):
    def isatty(self):
        return True

    def lines(self):
        return [line.strip() for line in self.getvalue().replace("\x1b[K", "").split("\r")]


@pytest.fixture
def terminal(monkeypatch):
    stderr = Terminal()
    monkeypatch.setattr(progress, "sys", SimpleNamespace(stderr=stderr))  # pytest changes sys's own
    return stderr


@pytest.fixture
def clock(monkeypatch):
    """Set time by clock[0]."""
    now = [0.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    return now


def test_the_line_tells_how_far_and_how_long(terminal, clock):
    with reporting("auto") as report:
        assert isinstance(report, TerminalLine)
        for done in range(5):
            clock[0] = 10.0 * done
            report(done, 4)
    assert terminal.lines() == [
        "",
        "0 of 4 done",
        "1 of 4 done, 30 s left",
        "2 of 4 done, 20 s left",
        "3 of 4 done, 10 s left",
        "4 of 4 done",
    ]
    assert terminal.getvalue().endswith("\n")


def test_the_line_is_renewed_no_more_often_than_the_eye_sees(terminal, clock):
    with reporting("auto") as report:
        for done in range(1001):
            clock[0] = 0.001 * done
            report(done, 1000)
    assert 5 <= len(terminal.lines()) <= 13 and terminal.lines()[-1] == "1000 of 1000 done"


def test_what_was_found_at_once_does_not_spoil_the_estimate(terminal, clock):
    with reporting("auto") as report:
        for done in range(1, 700):
            clock[0] += 0.15 if done < 500 else 60
            report(done, 1000)
    assert "699 of 1000 done, 5.0 h left" in terminal.lines()  # 301 minutes


def test_without_a_total_it_counts(terminal):
    with reporting("auto") as report:
        report(3, None)
    assert terminal.lines() == ["", "3 done"]


def test_a_failure_begins_a_line_of_its_own(terminal):
    with pytest.raises(KeyError), reporting("auto") as report:
        report(0, 4)
        raise KeyError
    assert terminal.getvalue().endswith("\n")


def test_a_log_gets_a_line_now_and_then(terminal, clock):
    terminal.isatty = lambda: False
    with reporting("auto") as report:
        for second in range(100):
            clock[0] = second
            report(second, 200)
    left = {30: "3 min", 60: "2 min", 90: "2 min"}
    assert terminal.getvalue().splitlines() == [
        f"lstm-viz: {done} of 200 done, {time} left" for done, time in left.items()
    ]


def test_there_is_silence_where_no_one_looks(capsys):
    for chosen in ("auto", None):  # pytest's standard error is no terminal
        with reporting(chosen) as report:
            report(1, 2)
    assert capsys.readouterr() == ("", "")
