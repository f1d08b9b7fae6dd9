"""The pages that compare architectures, as a reader's session."""

import base64

import numpy as np
import pytest
from streamlit.runtime.scriptrunner_utils.exceptions import StopException

import lstm_viz as lv
from lstm_viz.analysis.timing import Run
from lstm_viz.quantities import label
from lstm_viz.registry import CELLS
from lstm_viz.ui import measuring
from tests.sessions import answer, charts, checked, gone_to, opened, y_of


def curve(figure, cell):
    """The line of an architecture: the first of its traces that is named."""
    return next(t for t in figure["data"] if (t.get("name") or "").startswith(label(cell)))


def test_every_architecture_is_on_the_page_with_the_engines_numbers():
    at = opened("architectures", T=30, H=8, D=3, reach_seeds=1, seed=4)
    (_, figure), _ = charts(at)
    for cell in CELLS:
        w = lv.init_weights(lv.ModelSpec(cell=cell, input_size=3, hidden_size=8, seed=4))
        x = lv.white_noise(length=30, size=3, seed=4)
        v = lv.unit_probe(w.output_size, 4)
        norms = lv.log10_norms(lv.backward(w, lv.forward(w, x), lv.last_step(30, v)))["x"][:, 0]
        assert y_of(curve(figure, cell)) == pytest.approx(norms, abs=1e-5), cell


def test_equal_parameters_are_nearly_equal():
    at = opened("architectures", T=20, H=16, reach_seeds=1, match="parameters")
    table = at.table[0].value
    counts = [int(v.replace("\u202f", "")) for v in table.loc["parameters"]]
    sizes = [int(v) for v in table.loc["hidden units H"]]
    assert len(set(sizes)) > 2
    assert max(counts) < 1.35 * min(counts)


def test_a_chosen_step_shows_the_future_to_two_architectures():
    at = opened("architectures", T=20, H=8, reach_seeds=2, probe="chosen", s=8)
    assert "Inputs after step 8 act on the loss in BiLSTM, self-attention alone" in answer(at)
    at = opened("architectures", T=20, H=8, reach_seeds=2, probe="chosen", s=8, causal=True)
    assert "Inputs after step 8 act on the loss in BiLSTM alone" in answer(at)


def test_gates_that_forget_are_said_to():
    assert "gates do not help" in answer(opened("architectures", forget_bias=-6, reach_seeds=1))
    assert "gates do not help" not in answer(opened("architectures", reach_seeds=1))


def test_layers_and_heads_reach_the_networks():
    at = opened("architectures", T=20, H=6, reach_seeds=1, layers=2, heads=4)
    (header, _), _ = charts(at)
    assert "2 layers" in header["caption"]
    count = lv.count_parameters(lv.ModelSpec(cell="lstm", input_size=8, hidden_size=6, layers=2))
    assert at.table[0].value.loc["parameters", label("lstm")] == f"{count:,}".replace(",", "\u202f")


def test_costs_are_counted_at_once_and_measured_on_demand(monkeypatch):
    monkeypatch.setattr(measuring, "REPEATS", 1)
    at = opened("cost", H=8, longest=50)
    assert len(charts(at)) == 1
    assert "self-attention's T² takes more operations" in answer(at)
    checked(at.button(key="measure").click().run())
    assert len(charts(at)) == 2
    measured = {t["name"]: y_of(t) for t in charts(at)[1][1]["data"] if t.get("name")}
    assert len(measured) == len(CELLS)
    assert all(len(y) > 4 and (y > 0).all() for y in measured.values())
    assert len(charts(gone_to(gone_to(at, "gates"), "cost"))) == 2
    checked(at.segmented_control(key="passes").set_value("forward").run())
    for t in charts(at)[1][1]["data"]:
        if t.get("name"):
            assert (y_of(t) < measured[next(n for n in measured if same_cell(n, t["name"]))]).all()


def same_cell(name, other):
    return name.split(" ~")[0] == other.split(" ~")[0]


def test_costs_are_counted_along_sizes_too():
    at = opened("cost", H=9, T=30, along="H", match="parameters")
    _, figure = charts(at)[0]
    operations = curve(figure, "lstm")
    H = np.frombuffer(base64.b64decode(operations["x"]["bdata"]), operations["x"]["dtype"])
    assert 9 in H and H[-1] == 128
    own = [lv.cost(lv.ModelSpec(cell="lstm", hidden_size=int(h)), 30).operations for h in H]
    assert y_of(operations) == pytest.approx(own)
    parameters = [y_of(t) for t in figure["data"][len(CELLS) :]]
    assert np.ptp([p[-1] for p in parameters]) < 0.05 * parameters[0][-1]


def stopping(monkeypatch, after):
    """Have a measurement ended by the reader once so many runs are done; note where it began."""
    began = []

    def ended(specs, lengths, repeats, skip=0):
        began.append(skip)
        for k in range(skip, after):
            yield Run(specs[k % len(specs)], lengths[k // len(specs)], 0.2, 0.5)
        raise StopException

    monkeypatch.setattr(measuring, "REPEATS", 1)
    monkeypatch.setattr(measuring, "measure", ended)
    return began


def test_stop_keeps_what_was_measured(monkeypatch):
    began = stopping(monkeypatch, after=7)
    at = opened("cost", H=8, longest=50)
    assert at.button(key="stop_measuring").disabled
    at.button(key="measure").click().run()
    assert not at.button(key="stop_measuring").disabled
    checked(at.button(key="stop_measuring").click().run())
    y = np.concatenate([y_of(t) for t in charts(at)[1][1]["data"] if t.get("name")])
    assert len(y) == 7
    assert "Too few lengths" in charts(at)[1][0]["alt"]
    assert at.button(key="measure").label == "Go on measuring"
    at.button(key="measure").click().run()
    assert began == [0, 7]


def test_nothing_but_its_button_begins_a_measurement(monkeypatch):
    """Not a setting, and not the way back from another page."""
    began = stopping(monkeypatch, after=3)
    at = opened("cost", H=8, longest=50)
    at.button(key="measure").click().run()
    checked(at.segmented_control(key="passes").set_value("forward").run())
    gone_to(gone_to(at, "gates"), "cost")
    checked(at.slider(key="T").set_value(60).run())
    assert began == [0] and len(charts(at)) == 2


def test_long_work_says_how_long_before_it_is_begun(monkeypatch):
    monkeypatch.setattr(measuring, "_expected", lambda specs, lengths: 300.0)
    at = opened("cost", H=8)
    assert any("about 5 min" in caption.value for caption in at.caption)
    monkeypatch.setattr(measuring, "_expected", lambda specs, lengths: 3.0)
    assert not any("will take" in caption.value for caption in opened("cost", H=8).caption)


def test_too_much_memory_is_refused_before_it_is_taken(monkeypatch):
    monkeypatch.setattr(measuring, "MOST_MEGABYTES", 500)
    at = opened("cost", longest=3000)
    assert "1\u202f164 MB of memory" in at.error[0].value
    assert not [b for b in at.button if b.key == "measure"]
