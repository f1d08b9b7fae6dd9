"""What each page says and draws, compared with the engine, run here from the same settings."""

import re

import numpy as np
import pytest

import lstm_viz as lv
from lstm_viz import words
from lstm_viz.figures.sheet import compact
from lstm_viz.quantities import label
from tests.sessions import (
    address,
    answer,
    charts,
    checked,
    gone_to,
    inputs,
    norms,
    opened,
    span,
    y_of,
)

SETTINGS = [
    {},
    dict(T=120, H=16, seed=7),
    dict(gain=2.0, init="gaussian", activation="linear", T=60),
    dict(forget_bias=4.0, T=80, D=3),
    dict(source="sine", T=70, init="xavier"),
]


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_the_survival_page_says_and_draws_what_the_engine_computes(settings):
    at = opened("gradient_flow", **settings)
    said, curves = answer(at), charts(at)[0][1]["data"]
    assert "gradient ∂L/∂h" in said and "gradient ∂L/∂c" in said
    for cell, curve in zip(("rnn", "lstm"), curves[:2], strict=True):
        carrying = norms(cell, **settings)
        np.testing.assert_allclose(y_of(curve), carrying, rtol=1e-6, atol=1e-6)
        assert words.share(carrying[0]) in said or words.power(carrying[0]) in said
        if "halves" in said.split("The ")[1 + (cell == "lstm")]:
            assert span(carrying) in said


@pytest.mark.parametrize("settings", [{}, dict(T=30, H=8, seed=3, forget_bias=3.0)], ids=str)
def test_the_length_page_says_and_draws_what_the_engine_computes(settings):
    at = opened("sequence_length", seeds=3, **settings)
    said, (_, figure) = answer(at), charts(at)[0]
    medians = [t for t in figure["data"] if t.get("customdata")]
    T, first = settings.get("T", 50), settings.get("seed", 0)
    for cell, curve in zip(("rnn", "lstm"), medians, strict=True):
        curves = []
        for seed in range(first, first + 3):
            own = {"H": 32, "forget_bias": 1.0} | settings | {"seed": seed}
            spec = lv.ModelSpec(cell, 8, own["H"], forget_bias=own["forget_bias"], seed=seed)
            w, x = lv.init_weights(spec), inputs(T=T, seed=first)  # many networks, one input
            v = lv.unit_probe(own["H"], seed)
            runs = [lv.backward(w, lv.forward(w, x[:n]), lv.last_step(n, v)) for n in (1, T)]
            of = {"rnn": "h", "lstm": "c"}[cell]
            curves.append([lv.log10_norms(run)[of][0, 0] for run in runs])
        median = np.median(curves, axis=0)
        np.testing.assert_allclose(y_of(curve)[[0, -1]], median, rtol=1e-5)
        assert words.share(median[1]) in said


def test_the_length_page_follows_the_first_input_if_asked():
    at = opened("sequence_length", seeds=1, quantity="x")
    (_, figure) = charts(at)[0]
    curve = next(t for t in figure["data"] if t.get("customdata"))
    w = lv.init_weights(lv.ModelSpec("rnn"))
    grads = lv.backward(w, lv.forward(w, inputs()), lv.last_step(50, lv.unit_probe(32)))
    assert y_of(curve)[-1] == pytest.approx(lv.log10_norms(grads)["x"][0, 0], rel=1e-6)
    assert "x" in figure["layout"]["yaxis"]["title"]["text"]


def test_the_gates_page_says_what_the_engine_computes():
    at = opened("gates", forget_bias=3.0, seed=5, T=40)
    w = lv.init_weights(lv.ModelSpec(forget_bias=3.0, seed=5))
    f = lv.forward(w, inputs(T=40, seed=5)).f
    said = answer(at)
    assert f"{f.mean():.2f}" in said
    shares = re.findall(r"(\d+)%", said)
    assert shares[:2] == [f"{100 * (f > 0.9).mean():.0f}", f"{100 * (f < 0.1).mean():.0f}"]
    heads = charts(at)
    assert len({header["cursor"] for header, _ in heads}) == 1 and heads[0][0]["cursor"]


def test_the_one_step_page_shows_the_chosen_step_and_unit():
    at = opened("one_step", t=12, unit=3)
    w = lv.init_weights(lv.ModelSpec())
    trace = lv.forward(w, inputs())
    for value in (trace.f[11, 0, 3], trace.c[12, 0, 3], trace.h[12, 0, 3]):
        digits = f"{abs(value):.3g}"
        assert digits in answer(at) or f"{abs(value):.3f}" in answer(at)
    assert at.number_input(key="t").value == 12 and at.number_input(key="unit").value == 3
    at.number_input(key="t").increment().run()
    assert "13" in answer(checked(at))


def test_the_one_step_page_puts_a_gru_beside_the_lstm_on_demand():
    at = opened("one_step", t=12, unit=3, network="gru", forget_bias=2.5)
    w = lv.init_weights(lv.ModelSpec(cell="gru", forget_bias=2.5))
    trace = lv.forward(w, inputs())
    header, figure = charts(at)[1]
    said = header["alt"]
    assert said.startswith("GRU") and header["filename"].endswith("_gru")
    for value in (trace.z[11, 0, 3], trace.n[11, 0, 3], trace.h[12, 0, 3]):
        assert words.number(value, 3) in said
    shown = [note["text"] for note in figure["layout"]["annotations"]]
    assert compact(trace.q[11, 0, 3]) in shown
    checked(at.button_group(key="network").set_value("rnn").run())
    assert charts(at)[1][0]["alt"].startswith("RNN")


@pytest.mark.parametrize("cell, loss", [("lstm", "last"), ("lstm", "every"), ("gru", "last")])
def test_the_paths_page_says_and_draws_what_the_engine_computes(cell, loss):
    at = opened("paths", network=cell, loss=loss, T=40, seed=3, H=12)
    w, x = lv.init_weights(lv.ModelSpec(cell, hidden_size=12, seed=3)), inputs(T=40, seed=3)
    v = lv.unit_probe(12, 3)
    dh = lv.last_step(40, v) if loss == "last" else lv.every_step(40, v)
    split = lv.path_split(w, lv.forward(w, x), lv.backward(w, lv.forward(w, x), dh))
    first = 1 if cell == "lstm" else 0
    highway = f"{100 * split.share['highway'][first, 0]:.2g}%"
    times = split.log10_total[first, 0] - split.log10_shortcut[first, 0]
    assert highway in answer(at) and words.power(times) in answer(at)
    totals = [t for t in charts(at)[0][1]["data"] if "total" in t["name"]]
    np.testing.assert_allclose(y_of(totals[0]), split.log10_total[first:, 0], rtol=1e-6)
    assert f"loss: {loss} step" in charts(at)[0][0]["caption"]


@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
def test_the_jacobian_page_says_and_draws_what_the_engine_computes(cell):
    at = opened("jacobian", network=cell, T=30, seed=2, H=6, gain=1.5)
    w = lv.init_weights(lv.ModelSpec(cell, hidden_size=6, seed=2, gain=1.5))
    x = inputs(T=30, seed=2)
    values, spectrum = lv.singular_values(w, x), lv.lyapunov(w, x)
    assert words.power(values.log10[-1, 0]) in answer(at)
    assert words.number(spectrum.exponents[0], 2) in answer(at)
    largest = next(t for t in charts(at)[0][1]["data"] if t["name"] == "largest")
    np.testing.assert_allclose(y_of(largest), values.log10[:, 0], rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(y_of(charts(at)[2][1]["data"][0]), spectrum.exponents, rtol=1e-6)
    assert f"network: {label(cell)}" in charts(at)[0][0]["caption"]


def test_the_gates_page_shows_a_grus_gates():
    at = opened("gates", network="gru", T=30, forget_bias=2.0, seed=3)
    w = lv.init_weights(
        lv.ModelSpec(cell="gru", input_size=8, hidden_size=32, forget_bias=2.0, seed=3)
    )
    trace = lv.forward(w, inputs(T=30, seed=3))
    (_, lines), (_, maps), _ = charts(at)
    drawn = {t["name"]: y_of(t) for t in lines["data"] if t.get("showlegend")}
    assert list(drawn) == [label(name) for name in ("r", "z", "n", "h")]
    assert drawn[label("z")] == pytest.approx(trace.z[:, 0].mean(axis=1), rel=1e-5)
    assert f"keeps {words.number(trace.z.mean(), 2)} of the state" in answer(at)
    assert len(maps["data"]) >= 8


@pytest.mark.parametrize(
    "settings",
    [{}, dict(map_cell="rnn", T=120, seed=3), dict(wrt="c", H=8, T=30), dict(map_cell="attention")],
    ids=str,
)
def test_the_map_page_draws_and_reads_out_what_the_engine_computes(settings):
    at = opened("gradient_map", map_s=20, map_t=7, **settings)
    T, seed, cell = (settings.get(*of) for of in (("T", 50), ("seed", 0), ("map_cell", "lstm")))
    w = lv.init_weights(lv.ModelSpec(cell, hidden_size=settings.get("H", 32), seed=seed))
    probe = lv.unit_probe(w.output_size, seed)
    found = lv.gradient_map(w, inputs(T=T, seed=seed), probe, settings.get("wrt"))
    heat, row = charts(at)[0][1]["data"][0], charts(at)[1][1]["data"][0]
    np.testing.assert_allclose(y_of({"y": heat["z"]}).reshape(T, T), found, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(y_of(row), found[19], rtol=1e-6, atol=1e-6)
    assert words.power(found[19, 6], 4) in " ".join(m.value for m in at.markdown)
    checked(at.number_input(key="map_t").increment().run())
    assert words.power(found[19, 7], 4) in " ".join(m.value for m in at.markdown)


def test_the_map_page_goes_further_than_the_others_and_hands_them_what_they_take():
    at = opened("gradient_map", T=1500, H=4)
    heat = charts(at)[0][1]["data"][0]
    assert heat["z"]["shape"] == "200, 200" and at.number_input(key="map_s").value == 1500
    gone_to(at, "gradient_flow")
    assert at.slider(key="T").value == 1000


def test_the_map_page_divides_each_row_by_its_largest_if_asked():
    at = opened("gradient_map", wrt="x")
    checked(at.toggle(key="relative").set_value(True).run())
    z = y_of({"y": charts(at)[0][1]["data"][0]["z"]}).reshape(50, 50)
    assert np.nanmax(z, axis=1) == pytest.approx(0)
    assert address(at)["relative"] == "True"


@pytest.mark.parametrize("beside", ["rnn", "gru"])
def test_both_cells_of_the_one_step_page_are_told_of(beside):
    at = opened("one_step", network=beside)
    said = [m.value for m in at.markdown]
    assert all(header["alt"] in said for header, _ in charts(at))
