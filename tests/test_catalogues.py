"""Catalogues of messages: the template is up to date, and no translation says something else."""

import gettext
import io
import string
import tomllib

from docs import messages


def texts(catalogue):
    """What a catalogue holds, with the context and the plural of each."""
    return {(one.context, one.id) for one in catalogue if one.id}


def fields(text):
    return {field for _text, field, _spec, _how in string.Formatter().parse(text) if field}


def fits(one):
    """Whether a translation has the placeholders of its message, so that it can be filled."""
    own = one.string if isinstance(one.string, tuple | list) else [one.string]
    wanted = fields(one.id[-1] if isinstance(one.id, tuple | list) else one.id)
    return all(fields(text) == wanted for text in own if text)


def template():
    with messages.TEMPLATE.open("rb") as file:
        return messages.read_po(file)


def test_the_template_is_up_to_date():
    kept, found = texts(template()), texts(messages.extracted())
    assert found - kept == set() and kept - found == set(), "make messages"


def test_the_template_has_neither_dates_nor_numbers_of_lines():
    text = messages.TEMPLATE.read_text(encoding="utf-8")
    assert "Date:" not in text and ".py:" not in text
    assert messages.written(messages.extracted()) == messages.written(messages.extracted())


def test_plurals_contexts_and_errors_are_extracted():
    found = texts(messages.extracted())
    assert ("decimal mark", ".") in found
    assert (None, ("{number} step", "{number} steps")) in found
    assert (None, "{name} must be one of {known}; got {got}") in found


def test_a_catalogue_goes_from_the_template_to_what_gettext_reads(tmp_path, monkeypatch):
    monkeypatch.setattr(messages, "LOCALE", tmp_path)
    monkeypatch.setattr(messages, "TEMPLATE", tmp_path / "lstm_viz.pot")
    messages.main(["cs"])
    path = messages.translation("cs")
    text = path.read_text(encoding="utf-8")
    text = text.replace(
        'msgid "keeps its size"\nmsgstr ""', 'msgid "keeps its size"\nmsgstr "drží"'
    )
    path.write_text(text, encoding="utf-8")
    messages.main([])
    with path.with_suffix(".mo").open("rb") as file:
        spoken = gettext.GNUTranslations(file)
    assert spoken.gettext("keeps its size") == "drží"
    assert len(messages.read(path).get("{n} step").string) == 3  # Czech counts 1, 2 to 4, more
    kept, binary = path.read_bytes(), path.with_suffix(".mo").read_bytes()
    messages.main([])
    assert path.read_bytes() == kept and path.with_suffix(".mo").read_bytes() == binary
    assert b"Date" not in binary and b"Babel" not in binary


def test_a_package_carries_what_gettext_reads(tmp_path):
    with (messages.ROOT / "pyproject.toml").open("rb") as file:
        patterns = tomllib.load(file)["tool"]["setuptools"]["package-data"]["lstm_viz"]
    path = tmp_path / "locale" / "de" / "LC_MESSAGES" / "lstm_viz.mo"
    path.parent.mkdir(parents=True)
    path.touch()
    assert path in {found for pattern in patterns for found in tmp_path.glob(pattern)}


def test_translations_are_up_to_date_and_can_be_filled():
    for path in messages.LOCALE.glob("*/LC_MESSAGES/lstm_viz.po"):
        own = messages.read(path)
        assert texts(template()) == texts(own), "make messages"
        assert path.with_suffix(".mo").read_bytes() == messages.compiled(own), "make messages"
        assert [one.id for one in own if one.id and not fits(one)] == []


def test_the_check_of_translations_finds_what_it_looks_for():
    file = io.BytesIO(
        b'msgid "{n} step"\nmsgid_plural "{n} steps"\nmsgstr[0] "{n} Schritt"\nmsgstr[1] "{m}"\n\n'
        b'msgid "at {x}"\nmsgstr "bei {y}"\n\nmsgid "of {x}"\nmsgstr "von {x}"\n'
    )
    assert [fits(one) for one in messages.read_po(file, locale="de") if one.id] == [
        False,
        False,
        True,
    ]
