"""Words on screen: a catalogue is used where there is one, and every word can be in it."""

import contextvars
import gettext
import io
import string
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstm_viz import i18n, words
from lstm_viz.errors import InputError, Said, SpecError
from lstm_viz.figures.theme import base_figure
from lstm_viz.i18n import _, pgettext
from lstm_viz.say.rates import course_clause
from tests.languages import compiled, spoken

ROOT = Path(__file__).parent.parent


@pytest.fixture
def locale(tmp_path, monkeypatch):
    """Return add(language, {message: translation}); the catalogues stand in tmp_path."""

    def add(language, translations):
        folder = tmp_path / language / "LC_MESSAGES"
        folder.mkdir(parents=True)
        (folder / "lstm_viz.mo").write_bytes(compiled(translations, language))

    monkeypatch.setattr(i18n, "LOCALE", tmp_path)
    i18n._catalogue.cache_clear()
    before = i18n.language.get()
    yield add
    i18n.language.set(before)
    i18n._catalogue.cache_clear()


def test_a_catalogue_translates(locale):
    locale("de", {"keeps its size": "behält seine Größe"})
    i18n.use("de")
    assert _("keeps its size") == "behält seine Größe"


def test_nothing_is_said_of_nothing(locale):
    """The header of a catalogue stands under the empty message."""
    locale("de", {"unit": "Einheit"})
    i18n.use("de")
    assert _("") == "" and str(SpecError()) == ""


def test_what_a_catalogue_lacks_stays_english(locale):
    locale("de", {"keeps its size": "behält seine Größe"})
    i18n.use("de")
    assert _("halves every {steps}") == "halves every {steps}"
    i18n.use("fr")
    assert _("keeps its size") == "keeps its size"


@pytest.mark.parametrize("code", ["de", "de-CH", "DE", "de-Latn-AT"])
def test_a_browsers_locale_is_read_as_its_language(locale, code):
    locale("de", {"unit": "Einheit"})
    i18n.use(code)
    assert _("unit") == "Einheit"


@pytest.mark.parametrize("code", ["zh-TW", "zh-Hant-TW", "zh_TW.UTF-8", "zh-tw"])
def test_a_region_may_have_a_catalogue_of_its_own(locale, code):
    locale("zh_TW", {"unit": "單元"})
    i18n.use(code)
    assert _("unit") == "單元"
    i18n.use("zh-CN")
    assert _("unit") == "unit"


@pytest.mark.parametrize(
    "code", [None, "", "-", "../../etc", "e/n", "x" * 300, "de-" + "x" * 300, "日本"]
)
def test_a_strange_locale_is_english_and_no_path(locale, code):
    i18n.use(code)
    assert _("unit") == "unit"
    assert set(i18n.language.get()) <= set(string.ascii_lowercase)


def test_finished_sentences_are_translated(locale):
    from lstm_viz.analysis.rates import fit_rate

    locale(
        "de",
        {
            "halves every {steps}": "halbiert sich alle {steps}",
            ("{number} step", "{number} steps"): ("{number} Schritt", "{number} Schritte"),
        },
    )
    i18n.use("de")
    rate = fit_rate([0.0, -0.1, -0.2, -0.3, -0.4])
    assert course_clause(rate, 5) == "halbiert sich alle 3 Schritte"


MARKS = {("decimal mark", "."): ",", ("between thousands", "\N{NARROW NO-BREAK SPACE}"): "."}


def test_numbers_have_the_marks_of_their_language(locale):
    locale("de", MARKS)
    values = 0.5, 0.01234, 1234.5678, 3.21e-11, 1234567.0
    english = [words.number(value, words.READ) for value in values]
    assert english == [
        "0.5000",
        "0.01234",
        "1\u202f235",
        "3.210\xa0×\xa010⁻¹¹",
        "1.235\xa0×\xa010⁶",
    ]
    i18n.use("de")
    german = [words.number(value, words.READ) for value in values]
    assert german == ["0,5000", "0,01234", "1.235", "3,210\xa0×\xa010⁻¹¹", "1,235\xa0×\xa010⁶"]
    assert words.decimals(-3.92082, 2) == "−3,92" and words.tidy(0.25) == "0,25"
    assert words.count(1234567) == "1.234.567" and words.share(-1.5) == "3,2%"
    assert words.power(-4.5) == "3,2\xa0×\xa010⁻⁵" and words.numbers([0.5]) == ["0,50"]
    assert words.steps(1.5) == "1,5 steps" and words.steps(1.02) == "1 step"
    assert base_figure().layout.separators == ",."


@given(st.floats(allow_nan=False, allow_infinity=False), st.integers(1, 8))
def test_another_languages_numbers_differ_in_the_marks_alone(value, digits):
    swap = str.maketrans({".": ",", "\N{NARROW NO-BREAK SPACE}": "."})
    forms = (lambda: words.number(value, digits)), (lambda: words.tidy(value, digits))
    english = [form() for form in forms]
    with spoken(gettext.GNUTranslations(io.BytesIO(compiled(MARKS)))):
        assert [form() for form in forms] == [text.translate(swap) for text in english]


def test_what_is_counted_has_the_form_of_its_language(locale):
    forms = "{number} krok", "{number} kroky", "{number} kroků"
    locale("cs", {("{number} step", "{number} steps"): forms})
    i18n.use("cs")
    told = [words.steps(span) for span in (1, 2, 4, 5, 12, 1200)]
    assert told == ["1 krok", "2 kroky", "4 kroky", "5 kroků", "12 kroků", "1\u202f200 kroků"]


def test_one_word_may_stand_for_two_things(locale):
    locale("de", {("decimal mark", "."): ","})
    i18n.use("de")
    assert pgettext("decimal mark", ".") == "," and _(".") == pgettext("end", ".") == "."


def test_an_error_is_said_in_the_language_of_who_reads_it(locale):
    one_of, seen = "{name} must be one of {known}; got {got}", "{where}: {reason}"
    locale(
        "de", {one_of: "{name}: {got} ist keines von {known}", seen: "{where} – {reason}"} | MARKS
    )
    inner = SpecError("one-of", name="cell", known="rnn, lstm", got="'tree'")
    outer = InputError("within", where="grid.toml", reason=inner)
    room = SpecError("room", what=Said("room-x"), needed=1.5, memory=12345)
    i18n.use("de")
    assert str(inner) == "cell: 'tree' ist keines von rnn, lstm"
    assert str(outer) == "grid.toml – cell: 'tree' ist keines von rnn, lstm"
    assert "take 1,5 GB" in str(room) and "12.345 GB" in str(room)
    i18n.use("en")
    assert str(outer) == "grid.toml: cell must be one of rnn, lstm; got 'tree'"
    assert "take 1.5 GB" in str(room)


def test_sessions_do_not_share_a_language(locale):
    locale("de", {"unit": "Einheit"})
    other = contextvars.copy_context()
    other.run(i18n.use, "de")
    assert other.run(_, "unit") == "Einheit"
    assert _("unit") == "unit"


def test_every_page_has_its_prose():
    content = ROOT / "lstm_viz" / "content" / "en"
    for page in (ROOT / "pages").glob("*.py"):
        assert (content / f"{page.stem}.md").read_text(encoding="utf-8").strip(), page.stem
