"""A sentence in a figure's place stands letter by letter, whatever plotly takes for markup."""

from html import unescape

from lstm_viz.figures.instead import said_instead


def test_every_letter_of_the_sentence_is_text():
    said = (
        'At t < 3 & "gain" > 2 <b>nothing</b> is left of it, and that is all that can be said here.'
    )
    text = said_instead(said).layout.annotations[0].text
    assert text.count("<") == text.count("<br>") >= 1
    assert unescape(text.replace("<br>", " ")) == said
