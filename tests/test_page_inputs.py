"""Every source of input and every edge of the settings, on every page."""

import json
import re

import numpy as np
import pytest

import lstm_viz as lv
from lstm_viz import words
from lstm_viz.inputs.reading.table import read_file
from lstm_viz.ui import files
from tests.sessions import (
    CHARTS,
    PAGES,
    address,
    answer,
    charts,
    checked,
    gone_to,
    inputs,
    norms,
    opened,
    uploaded,
    written,
    y_of,
)

BLOW_UP = dict(activation="relu", init="gaussian", gain=4.0, T=1000)
CSV = b"time,a,b\n" + b"".join(b"%d,%d,%d\n" % (t, t * t % 7, 3 * t % 5) for t in range(40))


@pytest.mark.parametrize("page", PAGES)
def test_a_text_works_on_every_page(page):
    at = opened(page, source="text", T=20, H=8)
    assert answer(at) and not at.error
    assert "input: my text" in charts(at)[0][0]["caption"]


@pytest.mark.parametrize("source", ["noise", "constant", "sine", "impulse"])
def test_each_source_is_what_the_engine_is_given(source):
    at = opened(source=source, T=20, H=8)
    h = norms("lstm", T=20, H=8, source=source)
    np.testing.assert_allclose(y_of(charts(at)[0][1]["data"][1]), h, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("page", PAGES)
def test_an_empty_text_is_said_so(page):
    at = opened(page, source="text", text="")
    (error,) = at.error
    assert "empty" in error.value and not charts(at) and len(at.title) == 1


def test_a_text_is_read_and_its_end_is_the_sequences():
    at = opened(source="text", text="abracadabra")
    assert len(y_of(charts(at)[0][1]["data"][0])) == 12
    assert any("11" in info.value and "50" in info.value for info in at.info)
    checked(at.text_area(key="text").set_value("née ☃").run())
    assert len(y_of(charts(at)[0][1]["data"][0])) == 6
    checked(at.selectbox(key="encoding").select("bytes").run())
    assert len(y_of(charts(at)[0][1]["data"][0])) == 9


def test_csv_without_a_file_asks_for_one():
    at = opened(source="csv")
    (error,) = at.error
    assert "CSV" in error.value and not charts(at)
    assert at.file_uploader


def test_an_uploaded_csv_file_is_used_on_the_way_through_the_pages():
    at = uploaded("gradient_flow", CSV, T=30, H=8, seeds=1, reach_seeds=1)
    for page in (*PAGES[1:], "gradient_flow"):
        gone_to(at, page)
        assert answer(at) and at.file_uploader and not at.error, page
        assert "data.csv" in charts(at)[0][0]["caption"], page


def test_a_csv_files_numbers_are_what_the_engine_is_given():
    at = uploaded("gradient_flow", CSV, T=30, H=8)
    x = lv.from_csv(CSV, standardise=True, length=30)
    w = lv.init_weights(lv.ModelSpec(input_size=3, hidden_size=8))
    grads = lv.backward(w, lv.forward(w, x), lv.last_step(30, lv.unit_probe(8)))
    c = lv.log10_norms(grads)["c"][:, 0]
    np.testing.assert_allclose(y_of(charts(at)[0][1]["data"][1]), c, rtol=1e-6, atol=1e-6)


def test_a_file_is_read_once_whatever_is_done_with_it(monkeypatch):
    readings = []
    monkeypatch.setattr(
        files, "read_file", lambda *a, **o: readings.append(o) or read_file(*a, **o)
    )
    own = CSV.replace(b"a,b", b"once,b")  # a file of this test alone
    at = uploaded("gradient_flow", own, H=4)
    checked(at.slider(key="T").set_value(20).run())
    checked(at.multiselect(key="columns").set_value(["2"]).run())
    checked(at.selectbox(key="missing").select("zero").run())
    checked(at.checkbox(key="standardise").uncheck().run())
    gone_to(at, "paths")
    assert len(readings) == 1
    checked(at.selectbox(key="header").select("no").run())
    assert len(readings) == 2 and at.error  # the names are no numbers


def test_how_a_file_is_read_stands_in_the_address():
    content = b"1;2;3\n" + b"4,5;NA;6\n" * 30 + b"7;8;9\n"
    link = dict(header="no", decimal="comma", separator="semicolon", missing="zero", columns="3,2")
    at = uploaded("gradient_flow", content, T=30, H=8, standardise=False, **link)
    x = lv.from_csv(content, columns=[3, 2], decimal=",", missing="zero", length=30)
    weights = lv.init_weights(lv.ModelSpec(input_size=2, hidden_size=8))
    expected = lv.survival(weights, x, lv.unit_probe(8))
    drawn = y_of(charts(at)[0][1]["data"][1])
    np.testing.assert_allclose(drawn, expected.norms["c"].ravel(), rtol=1e-6, atol=1e-6)
    for key, value in link.items():
        assert address(at)[key] == value


def test_another_file_starts_with_all_of_its_columns():
    at = uploaded("gradient_flow", CSV, T=20, H=4)
    checked(at.multiselect(key="columns").set_value(["2"]).run())
    other = ("other.csv", b"x,y\n" + b"1,2\n2,1\n" * 20, "text/csv")
    checked(at.file_uploader[0].set_value(other).run())
    assert at.multiselect(key="columns").value == []
    assert "columns:" not in charts(at)[0][0]["caption"]


@pytest.mark.parametrize("content", [b"", b"a,b\n1,2\n2,x\n", b"\xff\xfe\x00", b"a,b\n"])
def test_a_file_that_cannot_be_read_is_said_so(content):
    at = uploaded("gates", content)
    assert len(at.error) == 1 and at.error[0].value and not charts(at)


def test_a_csv_file_whose_values_overflow_gives_no_exception():
    """1e308 in each of two columns: W x is infinite, an LSTM's gates are 0, 1 or NaN."""
    huge = b"a,b\n" + b"1e308,-1e308\n" * 5 + b"1e308,1e308\n" * 5
    at = uploaded("gradient_flow", huge, T=10, H=16, seeds=1, reach_seeds=1)
    checked(at.checkbox(key="standardise").uncheck().run())
    for page in (*PAGES[1:], "gradient_flow"):
        assert not re.search(r"\bnan\b", answer(gone_to(at, page))), page


def test_an_input_scaled_beyond_the_floats_is_said_so():
    at = uploaded("gradient_flow", b"a,b\n" + b"1e307,-1e307\n" * 9, T=9, H=4, seeds=1)
    checked(at.checkbox(key="standardise").uncheck().run())
    checked(at.number_input(key="scale").set_value(1000.0).run())
    for page in ("gradient_flow", "cost", "phase_diagram"):
        (error,) = gone_to(at, page).error
        assert "times this input is more than" in error.value and not charts(at), page


EDGES = {
    "one step": dict(T=1),
    "one of each": dict(T=1, H=1, D=1),
    "no recurrence": dict(gain=0, T=20, H=8),
    "one unit, closed": dict(H=1, forget_bias=-6, source="impulse", T=20),
    "identity, open": dict(
        init="identity", activation="linear", forget_bias=10, source="sine", T=120, H=8
    ),
    "one input, saturated": dict(D=1, init="chrono", activation="sigmoid", T=200, H=8),
}


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("name", EDGES)
def test_edges_work_on_every_page(page, name):
    at = opened(page, **EDGES[name])
    assert len(charts(at)) == CHARTS[page] and not at.error
    said = answer(at)
    assert not re.search(r"\b(nan|inf|None)\b", said)
    for _, figure in charts(at):
        assert not re.search(r"[\[:, ]NaN", json.dumps(figure))


@pytest.mark.parametrize("page", PAGES)
def test_the_largest_setting_works(page):
    at = opened(page, T=1000, H=128, seeds=1, reach_seeds=1)
    assert len(charts(at)) == CHARTS[page]
    if page == "gradient_flow":
        h = norms("rnn", T=1000, H=128)
        np.testing.assert_allclose(y_of(charts(at)[0][1]["data"][0]), h, rtol=1e-6, atol=1e-6)


def test_no_recurrence_is_an_exact_zero_in_words_and_figure():
    at = opened("gradient_flow", gain=0)
    assert "zero" in answer(at)
    assert sum(t.get("marker", {}).get("symbol") == "x" for t in charts(at)[0][1]["data"]) == 2


def test_no_recurrence_is_an_exact_zero_on_the_length_page_too():
    at = opened("sequence_length", gain=0, seeds=1)
    assert "zero" in answer(at)


def first_failure(seed=0):
    spec = lv.ModelSpec("rnn", seed=seed, init="gaussian", gain=4.0, activation="relu")
    return lv.forward(lv.init_weights(spec), inputs(T=1000)).failure.step


@pytest.mark.parametrize("page", ["gradient_flow", "sequence_length", "one_step"])
def test_a_forward_pass_that_blows_up_is_named_with_its_step(page):
    """On every page that shows the RNN: what happened and when, not a blank plot."""
    at = opened(page, seeds=1, **BLOW_UP)
    assert 100 < first_failure() < 1000
    assert str(first_failure()) in written(at)


def test_a_forward_pass_that_blows_up_leaves_the_lstms_pages_as_they_are():
    tame = BLOW_UP | {"activation": "tanh"}
    assert answer(opened("gates", **BLOW_UP)) == answer(opened("gates", **tame))


def test_lengths_before_a_forward_pass_blows_up_are_drawn():
    at = opened("sequence_length", seeds=1, **BLOW_UP)
    (_, figure) = charts(at)[0]
    rnn = next(t for t in figure["data"] if t.get("customdata"))
    defined = np.isfinite(y_of(rnn))
    step = first_failure()
    assert defined[: step - 1].all() and not defined[step:].any()


def test_an_explosion_of_a_linear_net_is_followed_beyond_the_range_of_floats():
    settings = BLOW_UP | {"activation": "linear"}
    at = opened("gradient_flow", **settings)
    h = norms("rnn", **settings)
    assert h[0] > 600 and words.power(h[0] - h[-1]) in answer(at)


def test_an_input_shorter_than_asked_is_noted_on_every_page():
    at = opened(source="stocks", T=300, H=8, seeds=1, reach_seeds=1)
    for page in (*PAGES[1:], "gradient_flow"):
        said = [info.value for info in gone_to(at, page).info]
        assert any("105" in text and "300" in text for text in said), page
    checked(at.slider(key="T").set_value(105).run())
    assert not at.info
