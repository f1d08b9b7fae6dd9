"""Long work on the pages: said beforehand, stopped by a button, not begun again by its click."""

from itertools import count

import pytest
from streamlit.runtime.scriptrunner_utils.exceptions import StopException

from lstm_viz import words
from lstm_viz.analysis.estimate import Estimate
from lstm_viz.studies import STUDIES
from lstm_viz.studies.turns import Turns
from lstm_viz.ui.long_work import Work
from tests.sessions import charts, checked, gone_to, opened, started

FRESH = {"phase_diagram": {"grid": 4}, "jacobian": {}, "gradient_map": {}}
KEPT = {
    "sequence_length": ("length_sweep", {"seeds": 3}, 6),
    "architectures": ("input_gradient", {"reach_seeds": 2}, 10),
}
PAGES = [*FRESH, *KEPT]
new_seed = count(20_000)  # what another test has finished stays in the cache


class Stopping:
    """While `on`, each work ends where it first draws its bar, as a click there ends it."""

    def __init__(self):
        self.on, self.times = True, 0

    def wrap(self, draw):
        def drawn(work, text):
            draw(work, text)
            if self.on:
                self.times += 1
                raise StopException

        return drawn


@pytest.fixture
def stopping(monkeypatch):
    found = Stopping()
    monkeypatch.setattr(Work, "PATIENCE", -1)
    monkeypatch.setattr(Work, "_draw", found.wrap(Work._draw))
    return found


def begun(page):
    options = FRESH.get(page) or KEPT.get(page, (None, {}))[1]
    return opened(page, T=12, H=4, seed=next(new_seed), **options)


def buttons(at):
    return {button.key: button.label for button in at.button}


@pytest.mark.parametrize("page", PAGES)
def test_stopped_work_begins_again_by_its_button_alone(stopping, page):
    at = begun(page)
    assert not charts(at)
    checked(at.button(key="stop_work").click().run())
    assert at.info[0].value.startswith("Stopped when ")
    checked(at.run())
    gone_to(gone_to(at, "gates"), page)
    assert stopping.times == 1 and "stop_work" not in buttons(at) and not charts(at)
    stopping.on = False
    assert buttons(at)["resume_work"] == ("Go on" if page in KEPT else "Start again")
    checked(at.button(key="resume_work").click().run())
    assert charts(at) and not at.info and "stop_work" not in buttons(at)


@pytest.mark.parametrize("page", PAGES)
def test_another_setting_is_other_work(stopping, page):
    at = begun(page)
    checked(at.button(key="stop_work").click().run())
    stopping.on = False
    checked(at.slider(key="T").set_value(9).run())
    assert charts(at) and not at.info
    checked(at.slider(key="T").set_value(12).run())
    assert at.info[0].value.startswith("Stopped when ") and not charts(at)


@pytest.mark.parametrize("page", KEPT)
def test_the_networks_that_were_finished_are_kept(stopping, monkeypatch, page):
    (name, _options, total), study, ran = KEPT[page], STUDIES[page], []
    own = getattr(study, name)
    monkeypatch.setattr(study, name, lambda *given, **named: ran.append(1) or own(*given, **named))
    at = begun(page)
    checked(at.button(key="stop_work").click().run())
    share = words.percent(1 / total)
    assert at.info[0].value == f"Stopped when {share} was done. What is finished is kept."
    assert len(ran) == 1
    stopping.on = False
    checked(at.button(key="resume_work").click().run())
    assert len(ran) == total


def test_what_is_not_kept_is_said_to_be_lost(stopping):
    at = begun("jacobian")
    checked(at.button(key="stop_work").click().run())
    assert (
        at.info[0].value == f"Stopped when {words.percent(1 / 24)} was done. Nothing of it is kept."
    )


@pytest.mark.parametrize("page", ["phase_diagram", "sequence_length"])
def test_quick_work_has_neither_bar_nor_button(monkeypatch, page):
    monkeypatch.setattr(Work, "PATIENCE", 60)
    at = begun(page)
    assert charts(at) and "stop_work" not in buttons(at) and not at.get("progress")


FORETOLD = {
    "jacobian": "lstm_viz.studies.jacobian.estimate",
    "gradient_map": "lstm_viz.studies.gradient_map.estimate",
    "architectures": "lstm_viz.studies.architectures.estimate",
    "phase_diagram": "lstm_viz.studies.phase_diagram.phase_estimate",
    "sequence_length": "lstm_viz.studies.sequence_length._estimate",
}


@pytest.mark.parametrize(
    "page, estimate, said",
    [(page, Estimate(200, 30), "about 3 min and 30 MB") for page in FORETOLD]
    + [("gradient_map", Estimate(8, 2000), "about 8 s and 2\u202f000 MB")],
)
def test_much_work_waits_for_the_readers_word(monkeypatch, page, estimate, said):
    monkeypatch.setattr(FORETOLD[page], lambda *given, **named: estimate)
    at = begun(page)
    assert said in at.warning[0].value and not charts(at)
    checked(at.run())
    assert not charts(at)
    checked(at.button(key="do_long_work").click().run())
    assert charts(at) and not at.warning
    checked(at.slider(key="T").set_value(11).run())
    assert at.warning and not charts(at)  # the word was for the other setting


def test_work_that_was_allowed_is_not_asked_for_again_when_it_was_stopped(monkeypatch, stopping):
    monkeypatch.setattr(FORETOLD["jacobian"], lambda *given: Estimate(200, 30))
    at = begun("jacobian")
    checked(at.button(key="do_long_work").click().run())
    checked(at.button(key="stop_work").click().run())
    assert not at.warning
    stopping.on = False
    checked(at.button(key="resume_work").click().run())
    assert charts(at) and not at.warning


def heavy(monkeypatch, page="jacobian"):
    """Work of this page that waits for its turn; one processor, and somebody else is at it."""
    turns = Turns(1)
    monkeypatch.setattr("lstm_viz.ui.long_work.TURNS", turns)
    monkeypatch.setattr(FORETOLD[page], lambda *given, **named: Estimate(2, 1))
    return turns


def test_work_that_waits_for_its_turn_says_its_place_and_can_be_stopped(monkeypatch, stopping):
    turns = heavy(monkeypatch)
    turns.queue()
    monkeypatch.setattr(Work, "PATIENCE", 0)
    at = begun("jacobian")
    assert at.get("progress")[0].proto.text == "1 computation of other readers comes first"
    assert turns.before(turns.queue(), 0) == 1  # its own place is free again
    checked(at.button(key="stop_work").click().run())
    assert at.info[0].value.startswith("Stopped when ") and not charts(at)


def test_work_gives_its_turn_up_however_it_ends(monkeypatch):
    turns = heavy(monkeypatch)
    assert charts(begun("jacobian"))
    failing = ZeroDivisionError("of the test")

    def fails(*given, **named):
        raise failing

    monkeypatch.setattr("lstm_viz.studies.jacobian.lyapunov", fails)
    at = started(T=12, H=4, seed=next(new_seed)).switch_page("pages/jacobian.py").run()
    assert at.exception and at.info[0].value.startswith("An error ended this when ")
    assert buttons(at)["resume_work"] == "Start again" and "stop_work" not in buttons(at)
    assert turns.before(turns.queue(), 0) == 0


def test_a_connection_that_is_lost_leaves_word_of_it(stopping):
    at = begun("jacobian")  # ended as Streamlit ends the script of a reader who has gone
    stopping.on = False
    checked(at.run())
    assert at.info[0].value.startswith("Stopped when ") and not charts(at)
    checked(at.button(key="resume_work").click().run())
    assert charts(at)


@pytest.mark.parametrize("page", PAGES)
def test_what_turns_out_to_be_long_waits_for_the_readers_word(monkeypatch, page):
    monkeypatch.setattr(Work, "PATIENCE", -1)
    monkeypatch.setattr(Work, "PACE", -1)
    monkeypatch.setattr("lstm_viz.ui.long_work.LONG", -1)
    monkeypatch.setattr(FORETOLD[page], lambda *given, **named: Estimate(-1, 0))
    at = begun(page)
    assert "about" in at.warning[0].value and not charts(at)
    checked(at.button(key="do_long_work").click().run())
    assert charts(at) and not at.warning
