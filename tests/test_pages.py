"""The pages as a reader uses them, through app.py, without a browser."""

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from lstm_viz import words
from tests.sessions import (
    CHARTS,
    PAGES,
    ROOT,
    address,
    answer,
    charts,
    checked,
    gone_to,
    norms,
    opened,
    shown,
    y_of,
)


@pytest.mark.parametrize("page", PAGES)
def test_a_page_has_a_title_an_answer_and_its_figures(page):
    at = shown(page)
    assert len(at.title) == 1 and at.title[0].value
    assert answer(at)
    assert len(charts(at)) == CHARTS[page]
    assert len(at.get("download_button")) == CHARTS[page]
    for header, figure in charts(at):
        assert figure["data"] and header["alt"].strip()
        assert "50 steps" in header["caption"] and "seed 0" in header["caption"]
        assert "T50" in header["filename"] and "seed0" in header["filename"]


def test_titles_differ_and_the_first_page_needs_no_name():
    titles = [shown(page).title[0].value for page in PAGES]
    assert len(set(titles)) == len(PAGES)
    first = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()
    assert checked(first).title[0].value == titles[0]


FROM_LINK = {
    "T": ("slider", 123, 50),
    "H": ("slider", 17, 32),
    "gain": ("slider", 1.55, 1.0),
    "forget_bias": ("slider", -2.5, 1.0),
    "D": ("slider", 5, 8),
    "seed": ("number_input", 99, 0),
    "init": ("selectbox", "orthogonal", "pytorch"),
    "activation": ("selectbox", "sigmoid", "tanh"),
    "source": ("selectbox", "constant", "noise"),
}
IN_WORDS = ("123 steps", "17 hidden units", "recurrent gain 1.55", "forget bias −2.5", "5 inputs")
IN_WORDS += ("seed 99", "“orthogonal”", "activation sigmoid", "input: constant")
FOLLOWING = dict(zip(PAGES, (*PAGES[1:], PAGES[0]), strict=True))


@pytest.mark.parametrize("text", ["0.123456789", "0.5", "1e-05"])
def test_the_address_holds_a_number_to_its_last_digit(text):
    at = opened("gradient_flow", scale=text)
    assert address(at)["scale"] == text


def in_widgets(at):
    return {key: getattr(at, kind)(key=key).value for key, (kind, *_) in FROM_LINK.items()}


@pytest.mark.parametrize("page", PAGES)
def test_settings_of_a_link_reach_all_are_handed_on_and_can_be_reset(page):
    """Opened by a link, on to the next page by the navigation, and the button there."""
    link = {key: value for key, (_, value, _) in FROM_LINK.items()}
    at = opened(page, **link)
    for own in (page, FOLLOWING[page]):
        gone_to(at, own)
        caption = charts(at)[0][0]["caption"]
        assert in_widgets(at) == link, own
        assert not [said for said in IN_WORDS if said not in caption], own
    checked(at.button(key="reset").click().run())
    assert in_widgets(at) == {key: default for key, (_, _, default) in FROM_LINK.items()}
    if own != "one_step":  # the step that is looked at stays where the reader is
        assert answer(at) == answer(shown(own))


def test_an_unknown_parameter_in_the_address_does_no_harm():
    assert answer(opened(utm_source="mail")) == answer(shown())


def test_moving_a_control_changes_the_sentence_and_the_figure():
    at = opened()
    before = answer(at), charts(at)[0][1]["data"]
    checked(at.slider(key="T").set_value(90).run())
    assert answer(at) != before[0] and words.steps(90) in answer(at)
    assert len(y_of(charts(at)[0][1]["data"][0])) == 91
    checked(at.slider(key="T").set_value(50).run())
    assert (answer(at), charts(at)[0][1]["data"]) == before


def test_named_choices_stand_in_the_address_by_their_key():
    at = opened()
    checked(at.selectbox(key="source").select("sine").run())
    assert address(at) == {"source": "sine", "v": "1"}
    checked(at.selectbox(key="source").select("noise").run())
    assert address(at) == {}


def test_settings_made_on_one_page_hold_on_all():
    at = opened()
    at.slider(key="T").set_value(33)
    at.selectbox(key="source").select("constant")
    at.number_input(key="seed").set_value(5)
    checked(at.run())
    for page in (*PAGES[1:], "gradient_flow"):
        gone_to(at, page)
        caption = charts(at)[0][0]["caption"]
        assert "33 steps" in caption and "seed 5" in caption and "input: constant" in caption, page


FORMERLY = {  # page: the key that its choice of a network had, and what is drawn of it there
    "gates": "network",
    "one_step": "beside",
    "paths": "gated",
    "jacobian": "chain",
    "gradient_map": "map_cell",
    "phase_diagram": "chain",
}


@pytest.mark.parametrize("page", FORMERLY)
def test_a_link_to_a_network_works_by_its_old_key_and_writes_the_new_one(page):
    at = opened(page, **{FORMERLY[page]: "gru"}, T=10, H=4, grid=4)
    caption = charts(at)[0][0]["caption"]
    assert "network: GRU" in caption or "beside it: GRU" in caption
    assert address(at) == {"network": "gru", "T": "10", "H": "4", "grid": "4", "v": "1"}


def test_the_chosen_network_follows_the_reader_and_is_kept_where_it_is_not_offered():
    def network(at):
        choices = [*at.button_group, *at.selectbox]
        return next(choice.value for choice in choices if choice.key == "network")

    at = opened("gates", T=10, H=4, grid=4)
    assert network(at) == "lstm"
    checked(at.button_group(key="network").set_value("attention").run())
    for page, name in (
        ("gradient_map", "attention"),
        ("paths", "lstm"),  # it has no self-attention
        ("jacobian", "rnn"),
        ("gates", "attention"),
    ):
        assert network(gone_to(at, page)) == name, page
    checked(gone_to(at, "paths").button_group(key="network").set_value("gru").run())
    for page in ("jacobian", "one_step", "phase_diagram", "gradient_map", "gates"):
        assert network(gone_to(at, page)) == "gru", page


def test_controls_of_one_input_come_back_with_it():
    at = opened(D=3)
    checked(at.selectbox(key="source").select("text").run())
    checked(at.selectbox(key="source").select("noise").run())
    assert f"{at.slider(key='D').value} inputs" in charts(at)[0][0]["caption"]


PRESET_VALUES = {  # what README and the buttons promise, in figures of the engine
    "vanishing": lambda rnn, lstm: rnn[0] < -10,
    "exploding": lambda rnn, lstm: rnn[0] > 3,
    "remembers": lambda rnn, lstm: lstm[0] > -2 > rnn[0],
    "forgets": lambda rnn, lstm: lstm[0] < -10,
    "orthogonal": lambda rnn, lstm: abs(rnn[0]) < 1e-6,
    "torch": lambda rnn, lstm: lstm[0] < -6,
}


@pytest.mark.parametrize("name", PRESET_VALUES)
def test_a_preset_shows_what_its_name_says(name):
    at = opened(T=37, gain=0.5, forget_bias=-3.0)
    before = answer(at)
    checked(at.button(key=f"preset_{name}").click().run())
    assert answer(at) != before
    rnn, lstm, _hidden = (y_of(trace) for trace in charts(at)[0][1]["data"])
    assert PRESET_VALUES[name](rnn, lstm)
    caption = charts(at)[0][0]["caption"]
    shown = {key: words.tidy(at.slider(key=key).value) for key in ("T", "gain", "forget_bias")}
    said = "{T} steps", "recurrent gain {gain}", "forget bias {forget_bias}"
    assert all(text.format(**shown) in caption for text in said)


def test_pytorchs_own_preset_leaves_the_length_and_ends_the_note():
    at = opened(T=37, gain=1.5)
    left = words.share(norms("lstm", T=37, forget_bias=0.0)[0])  # of an error of size 1
    note = "PyTorch's own LSTM has forget bias 0 and gain 1"
    assert any(note in m.value and f"there {left} of the error" in m.value for m in at.markdown)
    differs = "forget bias 0 (here 1) and recurrent gain 1 (here 1.5)"
    assert any(differs in c.value for c in at.caption)
    checked(at.button(key="preset_torch").click().run())
    assert at.slider(key="T").value == 37 and at.slider(key="forget_bias").value == 0
    assert not any(note in m.value for m in at.markdown)
    assert not any("PyTorch's own" in c.value for c in at.caption)


def test_a_preset_leaves_input_size_and_seed_alone():
    at = opened(H=12, seed=4, source="constant")
    checked(at.button(key="preset_vanishing").click().run())
    assert at.slider(key="H").value == 12 and at.number_input(key="seed").value == 4
    assert at.selectbox(key="source").value == "constant"


def test_a_pinned_setting_stays_as_a_ghost_until_it_is_let_go():
    at = opened(T=30)
    plain = answer(at), len(charts(at)[0][1]["data"])
    before = [norms(cell, T=30) for cell in ("rnn", "lstm")]
    checked(at.button(key="pin").click().run())
    checked(at.slider(key="forget_bias").set_value(4.0).run())
    after = [norms(cell, T=30, forget_bias=4.0) for cell in ("rnn", "lstm")]
    change = after[1][0] - before[1][0]
    assert words.power(change) in answer(at) and "forget bias 1 → 4" in answer(at)
    drawn = [y_of(trace) for trace in charts(at)[0][1]["data"]]
    for curve in (*before, *after):
        assert any(len(y) == 31 and np.allclose(y, curve, rtol=1e-5, atol=1e-5) for y in drawn)
    checked(at.button(key="unpin").click().run())
    checked(at.slider(key="forget_bias").set_value(1.0).run())
    assert (answer(at), len(charts(at)[0][1]["data"])) == plain


def test_the_map_page_asks_before_it_takes_more_than_a_minute(monkeypatch):
    monkeypatch.setattr("lstm_viz.ui.long_work.LONG", 0)
    at = opened("gradient_map", seed=4321)
    assert "about" in at.warning[0].value and not charts(at)
    checked(at.button(key="do_long_work").click().run())
    assert charts(at)
