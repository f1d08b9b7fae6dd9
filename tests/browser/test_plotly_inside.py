"""plotly_inside.js says where plotly drew what: held to figures whose pixels are known."""

import re
from pathlib import Path

import numpy as np
import plotly
import plotly.graph_objects as go
import pytest

ROOT = Path(__file__).parents[2]
INSIDE, CHART = (ROOT / "lstm_viz" / "ui" / name for name in ("plotly_inside.js", "chart.js"))
PLOTLY_JS = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"
WIDTH, HEIGHT, MARGIN = 600, 400, {"l": 50, "r": 30, "t": 20, "b": 40, "pad": 0}
Z = np.arange(6, dtype=np.float32).reshape(2, 3)
PRIVATE = r"\b_\w+|\b[cdlpr]2[cdlpr]\b"


def figure() -> go.Figure:
    """Two panels over x, one above the other, and a third on an x axis of its own."""
    made = go.Figure(go.Scatter(x=[0, 100], y=[0, 1]))
    made.add_scatter(x=[0, 100], y=[1, 0], xaxis="x2", yaxis="y2")
    made.add_heatmap(z=Z, x=[4, 5, 6], y=[1, 2], xaxis="x3", yaxis="y3")
    made.update_layout(width=WIDTH, height=HEIGHT, margin=MARGIN | {"autoexpand": False})
    made.update_layout(
        xaxis=dict(range=[0, 100], domain=[0, 0.5], anchor="y"),
        yaxis=dict(range=[0, 1], domain=[0, 0.4]),
        xaxis2=dict(matches="x", domain=[0, 0.5], anchor="y2"),
        yaxis2=dict(domain=[0.5, 1]),
        xaxis3=dict(domain=[0.75, 1], anchor="y3"),
        yaxis3=dict(anchor="x3"),
    )
    steps = [dict(label=str(n), method="skip") for n in range(4)]
    return made.update_layout(
        paper_bgcolor="#010203", font_color="#040506", sliders=[dict(steps=steps, active=2)]
    )


@pytest.fixture(scope="module")
def page(new_tab):
    """A page with plotly and the adapter."""
    page = new_tab()
    page.set_content('<body style="margin:0"></body>')
    page.add_script_tag(path=PLOTLY_JS)
    page.add_script_tag(path=INSIDE)
    return page


@pytest.fixture
def element(page):
    """An element for a figure, with nothing in it."""
    page.mouse.move(WIDTH + 10, HEIGHT + 10)
    page.evaluate("document.body.innerHTML = '<div id=plot></div>'")
    return page.locator("#plot")


@pytest.fixture
def plot(element):
    """Return plot(figure): the element that holds it, drawn."""

    def draw(made: go.Figure):
        element.evaluate("(e, json) => Plotly.newPlot(e, JSON.parse(json))", made.to_json())
        return element

    return draw


def test_the_version_it_was_made_for_is_the_one_installed():
    made_for = re.search(r'MADE_FOR = "([\d.]+)"', INSIDE.read_text(encoding="utf-8"))[1]
    installed = re.search(r"plotly\.js v([\d.]+)", PLOTLY_JS.read_text(encoding="utf-8")[:200])[1]
    assert installed == made_for, (
        f"plotly {plotly.__version__} brings plotly.js {installed}; plotly_inside.js was made for "
        f"{made_for}: if this file's other tests pass, write the new version into it"
    )


def test_no_private_name_stands_elsewhere():
    def code(path):
        return re.sub(r"//.*", "", path.read_text(encoding="utf-8"))

    assert len(re.findall(PRIVATE, code(INSIDE))) > 10
    assert re.findall(PRIVATE, code(CHART)) == []


def test_nothing_is_drawn_at_first(element):
    assert element.evaluate("e => [drawn(e), panelsOverX(e), isDragging(e)]") == [None, [], False]


def test_the_figure_as_it_stands(plot):
    shown = plot(figure()).evaluate("e => drawn(e)")
    assert (shown["width"], shown["height"]) == (WIDTH, HEIGHT)
    assert shown["margin"] == MARGIN
    assert (shown["paper"], shown["font"]["color"]) == ("#010203", "#040506")
    assert shown["slider"]["active"] == 2
    assert [step["label"] for step in shown["slider"]["steps"]] == ["0", "1", "2", "3"]


def test_a_figure_without_a_slider(plot):
    assert plot(go.Figure(go.Scatter(y=[0]))).evaluate("e => drawn(e).slider") is None


def test_panels_over_x_in_pixels(plot):
    panels = plot(figure()).evaluate(
        "e => panelsOverX(e).map(p => [p.axis, p.left, p.width, p.top, p.height])"
    )
    width, height = WIDTH - 50 - 30, HEIGHT - 20 - 40
    low = [50, width / 2, 20 + 0.6 * height, 0.4 * height]
    high = [50, width / 2, 20, 0.5 * height]
    found = {axis: numbers for axis, *numbers in panels}
    assert found == {"x": pytest.approx(low), "x2": pytest.approx(high)}


def test_pixels_and_values_of_x(plot):
    pixel, x = plot(figure()).evaluate(
        "e => panelsOverX(e).map(p => [p.pixelOf(25), p.xAt(50 + 130)])[0]"
    )
    assert pixel == pytest.approx(50 + 0.25 * 260)
    assert x == pytest.approx(50)


def test_a_log_axis_is_no_time(plot):
    made = go.Figure(go.Scatter(x=[1, 10], y=[0, 1])).update_xaxes(type="log")
    assert plot(made).evaluate("e => panelsOverX(e)") == []


def test_arrays_of_a_trace_are_decoded(plot):
    element = plot(figure())
    rows = element.evaluate("e => drawnTrace(e, 2).z.map(row => Array.from(row))")
    assert rows == Z.tolist()
    assert element.evaluate("e => drawnTrace(e, 7)") is None


def test_a_point_names_its_axis(plot, page):
    element = plot(figure())
    element.evaluate("e => e.on('plotly_hover', ({ points: [p] }) => window.axis = axisOf(p))")
    page.mouse.move(60, 40)
    page.mouse.move(52, 30, steps=3)
    assert page.wait_for_function("() => window.axis").json_value() == "x2"
    assert page.evaluate("axisOf({ x: 1 })") is None


def test_a_drag_is_one_from_press_to_release(plot, page):
    element = plot(figure())
    page.mouse.move(100, 300)
    page.mouse.down()
    page.mouse.move(200, 320, steps=4)
    assert element.evaluate("e => isDragging(e)")
    page.mouse.up()
    assert not element.evaluate("e => isDragging(e)")
