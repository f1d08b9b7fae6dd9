"""No word on screen is out of a translator's reach: pages in a language of other letters."""

import functools
import re

import pytest
from streamlit.runtime.scriptrunner_utils.exceptions import StopException

from lstm_viz import cli
from lstm_viz.activations import ACTIVATIONS
from lstm_viz.spec import INIT_NAMES
from lstm_viz.ui.long_work import Work
from tests.languages import BETWEEN, MARK, spoken, wide_catalogue
from tests.sessions import PAGES, address, charts, checked, opened, uploaded
from tests.shown_texts import texts

SMALL = dict(T=8, H=4, seeds=2, reach_seeds=1, grid=4, longest=50)
OVERFLOWS = dict(activation="linear", gain=4, init="gaussian", T=540, scale=30)
STATES = {  # settings at which a page says what it does not say by itself
    "gradient_flow": [
        dict(theory="bound,radius,chi,product,rest"),
        OVERFLOWS,
        dict(source="text", text="ab"),
        dict(source="text", text=""),
        dict(source="csv"),
        dict(source="stocks", columns="GOOG"),
        dict(init="chrono", scale=0),
    ],
    "sequence_length": [dict(quantity="x", also="gru"), dict(T=1)],
    "architectures": [dict(probe="chosen", match="parameters"), dict(probe="every", scale=0)],
    "cost": [dict(along="H", match="parameters", layers=2, heads=2, norm="pre")],
    "gates": [dict(gated="gru"), dict(gated="attention", layers=2, heads=2)],
    "one_step": [dict(beside="gru", direction="both"), dict(direction="backward"), OVERFLOWS],
    "paths": [dict(gated="gru"), dict(loss="every"), dict(T=1)],
    "jacobian": [dict(chain="lstm"), dict(chain="gru"), dict(gain=0)],
    "gradient_map": [dict(map_cell=cell, relative="true") for cell in ("attention", "bilstm")],
    "phase_diagram": [dict(chain="lstm"), dict(grid=80, T=1000), dict(gain_from=3, gain_to=1)],
}
FILES = {
    "good": b"date,price,blank,note\n2020-01-01,1.5,,a\n2020-01-02,,,b\n2020-01-03,2.5,,c\n",
    "no names": b"1.5,a\n2.5,b\n",
    "empty": b"",
    "a word": b"price\n1\ntwo\n3\n",
    "no numbers": b"a,b\nc,d\n",
    "a header": b"price,other\n",
    "too wide": b"1,2\n3,4,5\n",
    "a quote": b'1,2\n"3,4\n',
    "an archive": b"PK\x03\x04" + bytes(40),
    "no text": b"1,2\n\x81\x8d\x8f\n",
    "a control character": b"1,2\n3,\x01\n",
    "a decimal comma": b"a;b\n1,5;2,5\n3,5;4,5\n",
}
MARKUP = re.compile(r"<style>.*</style>|<[^<>]*>|%\{[^{}]*\}|`[^`]*`|:material/\w+:|\{n\}", re.S)
NAMES = {"wire", *ACTIVATIONS, *INIT_NAMES, "lstm_viz", "float", "CSV", "PyTorch", "UTF"}
SYMBOLS = {"Wx", "Uh", "dX", "dx", "dh", "dc", "da", "dq", "id"}
OWN = ("chart.caption", "TextArea.value")  # settings by their keys, the reader's own text


@functools.cache
def wide():
    return wide_catalogue()


def plain(at):
    """(where, text without its markup) of what is in a language."""
    return [(where, MARKUP.sub(" ", text)) for where, text in texts(at) if where not in OWN]


def untranslated(at, own=frozenset()):
    """The words that no catalogue has, but for those of the reader's own file."""
    words = {(where, text): re.findall(r"[A-Za-z]{2,}", text) for where, text in plain(at)}
    found = {place: set(own_words) - NAMES - SYMBOLS - own for place, own_words in words.items()}
    return {place: sorted(left) for place, left in found.items() if left}


def in_wide(page, **settings):
    with spoken(wide()):
        return opened(page, **SMALL | settings)


@pytest.mark.parametrize("page", PAGES)
def test_a_page_shows_no_word_that_cannot_be_translated(page):
    opened(page, **SMALL)  # in English first: what is kept of a session must have no language
    for settings in [{}, *STATES[page]]:
        assert not untranslated(in_wide(page, **settings)), settings


@pytest.mark.parametrize("page", PAGES)
def test_a_page_writes_decimals_as_its_language_does(page):
    at = in_wide(page)
    assert not [place for place in plain(at) if re.search(r"\d\.\d", place[1])]
    assert any(re.search(rf"\d{MARK}\d", text) for _where, text in plain(at))
    for header, figure in charts(at):
        assert figure["layout"]["separators"] == MARK + BETWEEN
        assert MARK not in header["filename"] and MARK not in header["caption"]
    assert MARK not in str(address(at))


@pytest.mark.parametrize("kind", FILES)
def test_what_is_said_of_a_file_can_be_translated(kind):
    with spoken(wide()):
        at = uploaded("gradient_flow", FILES[kind], **SMALL)
    own = {"price", "date", "blank", "note", "other", "two", "data", "csv"}
    assert not untranslated(at, own)
    assert at.error or kind in ("good", "no names", "a decimal comma")


def test_the_command_line_can_be_translated(capsys):
    def helps(parser):
        yield parser.description or ""
        for action in parser._actions:
            if action.dest not in ("help", "version"):  # argparse's own words
                yield action.help or ""
            for own in (getattr(action, "choices", None) or {}).values():
                yield from helps(own)

    with spoken(wide()):
        told = [re.sub(r"%\(\w+\)s|tcp:\S+", "", text) for text in helps(cli._parser())]
        assert cli.main(["sweep", "no file.toml"]) == cli.REFUSED
    assert len(told) > 10 and not [text for text in told if re.search("[A-Za-z]{2,}", text)]
    assert MARK not in capsys.readouterr().err


def test_stopped_work_is_told_in_words_that_can_be_translated(monkeypatch):
    def drawn(work, text):
        draw(work, text)
        raise StopException  # as a click on the button ends it

    draw = Work._draw
    monkeypatch.setattr(Work, "PATIENCE", -1)
    monkeypatch.setattr(Work, "_draw", drawn)
    with spoken(wide()):
        at = opened("phase_diagram", **SMALL, seed=31_000)
        assert at.button(key="stop_work").label and not untranslated(at)
        checked(at.button(key="stop_work").click().run())
    assert at.info and at.button(key="resume_work").label and not untranslated(at)


def test_a_pinned_setting_is_told_in_words_that_can_be_translated():
    with spoken(wide()):
        at = opened("gradient_flow", **SMALL)
        checked(at.button(key="pin").click().run())
        for key, value in (("T", 20), ("gain", 2.0), ("forget_bias", 0.0), ("H", 5)):
            at.slider(key=key).set_value(value)
        at.selectbox(key="init").select("orthogonal")
        checked(at.selectbox(key="source").select("constant").run())
    assert not untranslated(at)
    assert "→" in " ".join(text for _where, text in texts(at))
