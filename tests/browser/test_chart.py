"""The chart component in a browser: what one sees, keeps while the data change, and takes along."""

import io
import re
import xml.etree.ElementTree as ET

import numpy as np
import pandas as pd
import pytest
from PIL import Image

DEMO = "tests/browser/chart_demo.py"
BUTTONS = {
    "png": "Save as PNG",
    "svg": "Save as SVG",
    "pdf": "Save as PDF",
    "html": "Save as HTML, to open without a server",
    "csv": "Save the data as CSV",
}
LINES, MAP, SCRUBBED = 0, 1, 2


@pytest.fixture(scope="module")
def demo_url(serve) -> str:
    """Behind a base path, which the app's own tests are without."""
    return serve(DEMO, "--server.baseUrlPath", "some/where")


def opened(page, url: str):
    page.goto(url)
    page.wait_for_function("() => document.querySelectorAll('.lv-plot .main-svg').length >= 3")
    page.wait_for_function(
        "() => [...document.querySelectorAll('.lv-plot')].every(e => e._fullLayout && e.calcdata)"
    )
    return page


@pytest.fixture(scope="module")
def tab(new_tab, demo_url):
    """The demo as it opens: its tests leave the data as they are."""
    return opened(new_tab(), demo_url)


@pytest.fixture
def demo(tab):
    tab.set_viewport_size({"width": 1280, "height": 900})
    tab.mouse.move(1, 1)
    tab.evaluate("document.activeElement.blur()")
    return tab


@pytest.fixture
def fresh(page, demo_url):
    """The demo, opened for one test that changes its data."""
    return opened(page, demo_url)


def plot(page, which: int):
    return page.locator(".lv-plot").nth(which)


def press(page, key: str = "ArrowRight") -> None:
    """Move the demo's slider and wait until the first chart has drawn the new data."""
    before = plot(page, LINES).evaluate("e => e.getAttribute('aria-label')")
    page.get_by_role("slider", name="rate").press(key)
    page.wait_for_function(
        """before => { const e = document.querySelector('.lv-plot');
            const rate = Number(e.getAttribute('aria-label').match(/loses ([\\d.]+)/)[1]);
            return e.getAttribute('aria-label') !== before
                && Math.abs(e.calcdata[0][10].y + 10 * rate) < 1e-6; }""",
        arg=before,
    )


def hover(page, which: int, fraction: float) -> None:
    """Point at a fraction of the plot area's width, high in it."""
    plot(page, which).scroll_into_view_if_needed()
    place = plot(page, which).evaluate(
        """(e, fraction) => { const box = e.getBoundingClientRect(), l = e._fullLayout;
            return [box.left + l.xaxis._offset + fraction * l.xaxis._length,
                    box.top + l.yaxis._offset + 0.15 * l.yaxis._length]; }""",
        fraction,
    )
    page.mouse.move(place[0] - 3, place[1])
    page.mouse.move(*place)


def saved(page, kind: str, which: int = LINES) -> tuple[str, bytes]:
    with page.expect_download() as waiting:
        page.get_by_role("button", name=BUTTONS[kind]).nth(which).click()
    return waiting.value.suggested_filename, waiting.value.path().read_bytes()


def scrub_to_the_middle(page) -> None:
    rail = plot(page, SCRUBBED).locator(".slider-rail-touch-rect")
    rail.scroll_into_view_if_needed()
    box = rail.bounding_box()
    page.mouse.click(box["x"] + 0.5 * box["width"], box["y"] + box["height"] / 2)


def test_draws_the_figure(demo):
    shapes = plot(demo, LINES).evaluate(
        """e => [...e.querySelectorAll('.scatterlayer path.js-line')]
            .map(path => path.getAttribute('d').length)"""
    )
    assert len(shapes) == 2 and min(shapes) > 10
    assert plot(demo, LINES).evaluate("e => e.offsetHeight") == 320
    assert demo.locator(".lv-message:visible").count() == 0


SHOW = """(e, zoom) => window.Plotly.relayout(
    e, zoom ?? {'xaxis.autorange': true, 'yaxis.autorange': true})"""
ZOOM = "e => [...e._fullLayout.xaxis.range, ...e._fullLayout.yaxis.range]"


def drag(page, places) -> None:
    """Press at the first place on the first chart and move to the others, without a release."""
    box = plot(page, LINES).bounding_box()
    (x, y), *rest = [(box["x"] + x, box["y"] + y) for x, y in places]
    page.mouse.move(x, y)
    page.mouse.down()
    for x, y in rest:
        page.mouse.move(x, y, steps=4)


def test_what_is_kept_and_what_follows_when_the_data_change(fresh, new_page, tmp_path):
    """The zoom, the element and its hover stay; alt text and saved files follow the data."""
    figure = plot(fresh, LINES)
    assert figure.get_attribute("role") == "figure"
    said = "lines: the RNN's gradient loses {} decades a step."
    assert figure.get_attribute("aria-label") == said.format("1.0")
    drag(fresh, [(200, 100), (500, 200)])
    fresh.mouse.up()
    fresh.wait_for_function(
        "() => document.querySelector('.lv-plot')._fullLayout.xaxis.range[0] > 1"
    )
    figure.evaluate("e => { e.dataset.same = 'yes' }")
    zoomed = figure.evaluate(ZOOM)
    press(fresh)
    assert figure.evaluate(ZOOM) == pytest.approx(zoomed)
    assert figure.get_attribute("data-same") == "yes"
    assert figure.get_attribute("aria-label") == said.format("1.1")
    figure.evaluate(SHOW, None)
    hover(fresh, LINES, 0.01)
    fresh.locator(".lv-plot .hoverlayer .hovertext").first.wait_for()
    csv_is_the_table(*saved(fresh, "csv"))
    html_draws_without_a_server(*saved(fresh, "html"), new_page(offline=True), tmp_path)


def csv_is_the_table(name, data):
    assert name == "lines_rate11_seed7.csv"
    t = np.arange(101)
    expected = pd.DataFrame({"t": t, "rnn": -11 / 10 * t, "lstm": -11 / 100 * t})
    expected.loc[0, "rnn"] = -np.inf
    frame = pd.read_csv(io.BytesIO(data))
    assert frame.pop("link").str.startswith("http://127.0.0.1").all()
    pd.testing.assert_frame_equal(frame, expected)


def html_draws_without_a_server(name, data, alone, folder):
    assert name == "lines_rate11_seed7.html"
    text = data.decode()
    assert "plotly.js v" in text and "gain 1 &lt; 2 &amp; forget bias 1" in text
    file = folder / name
    file.write_bytes(data)
    requests = []
    alone.on("request", lambda request: requests.append(request.url))
    alone.goto(file.as_uri())
    alone.wait_for_selector("#figure .scatterlayer path.js-line")
    y = alone.evaluate("document.getElementById('figure').calcdata[0][10].y")
    assert y == pytest.approx(-11)
    assert alone.locator("[data-title*='cloud' i], [data-title*='Chart Studio' i]").count() == 0
    assert [url for url in requests if not url.startswith(("file:", "data:", "blob:"))] == []


def test_data_that_change_during_a_drag_wait_for_its_end(fresh):
    fresh.get_by_role("slider", name="rate").focus()
    drag(fresh, [(200, 100), (400, 180)])
    fresh.get_by_role("slider", name="rate").evaluate("e => e.focus()")
    fresh.keyboard.press("ArrowRight")
    fresh.wait_for_function(
        "() => document.querySelector('.lv-plot').getAttribute('aria-label').includes('loses 1.1 ')"
    )
    box = plot(fresh, LINES).bounding_box()
    fresh.mouse.move(box["x"] + 500, box["y"] + 200, steps=3)
    assert plot(fresh, LINES).evaluate("e => e.calcdata[0][10].y") == pytest.approx(-10)
    fresh.mouse.up()
    fresh.wait_for_function(
        "() => Math.abs(document.querySelector('.lv-plot').calcdata[0][10].y + 11) < 1e-6"
    )
    assert plot(fresh, LINES).evaluate(ZOOM)[0] > 1  # and the zoom is kept


@pytest.mark.parametrize("which", [LINES, MAP, SCRUBBED])
def test_png_is_an_image_of_the_figure_with_room_for_the_caption(demo, which):
    name, data = saved(demo, "png", which)
    assert name == f"{['lines', 'map', 'scrubbed'][which]}_rate10_seed7.png"
    image = Image.open(io.BytesIO(data)).convert("RGB")
    assert image.width == 2400 and image.height > 3 * 320 + 40
    figure = image.crop((0, 0, image.width, 960)).getcolors(1 << 24)
    caption = image.crop((0, image.height - 100, image.width, image.height))
    assert len(figure) > 50
    assert image.getpixel((1, image.height - 2)) == (255, 255, 255)
    dark = [n for n, rgb in caption.getcolors(1 << 24) if max(rgb) < 110]
    assert sum(dark) > 500  # letters


@pytest.fixture
def narrow(demo):
    """The demo in a window as narrow as a telephone."""
    demo.set_viewport_size({"width": 390, "height": 900})
    demo.wait_for_function(
        "[...document.querySelectorAll('.lv-plot')].every(e => e._fullLayout.width <= 390)"
    )
    return demo


@pytest.mark.parametrize("shown", ["demo", "narrow"])
def test_svg_holds_the_whole_caption_wrapped_inside_its_width(shown, request, page):
    name, data = saved(request.getfixturevalue(shown), "svg")
    assert name == "lines_rate10_seed7.svg"
    root = ET.fromstring(data)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    text = re.sub(r"\s+", " ", " ".join(root.itertext()))
    assert "gain 1 < 2 & forget bias 1, rate = 10" in text
    assert "seed 7" in text
    page.set_content(data.decode())
    boxes = page.locator("text", has_text="forget bias").first.evaluate(
        """e => { const b = e.getBoundingClientRect();
            const s = document.querySelector('svg').getBoundingClientRect();
            const title = document.querySelector('.xtitle').getBoundingClientRect();
            return [b.left - s.left, s.right - b.right,
                s.bottom - b.bottom, b.top - title.bottom] }"""
    )
    assert min(boxes) >= 0, boxes


def test_image_shows_the_zoom_on_screen(demo):
    plot(demo, LINES).evaluate(SHOW, {"xaxis.range": [40, 42]})
    _name, data = saved(demo, "svg")
    plot(demo, LINES).evaluate(SHOW, None)
    assert b">41.5<" in data.replace(b"</tspan>", b"<")


def test_html_of_a_figure_with_frames_can_be_scrubbed(demo, new_page, tmp_path):
    file = tmp_path / "frames.html"
    file.write_bytes(saved(demo, "html", SCRUBBED)[1])
    alone = new_page(offline=True)
    alone.goto(file.as_uri())
    alone.wait_for_function(
        "() => document.getElementById('figure')._transitionData?._frames.length === 11"
    )


def test_buttons_are_reached_and_pressed_by_keyboard(demo):
    button = demo.get_by_role("button", name=BUTTONS["png"]).first
    button.focus()
    for kind in ("svg", "pdf", "html", "csv"):
        demo.keyboard.press("Tab")
        focused = demo.evaluate("document.activeElement.getAttribute('aria-label')")
        assert focused == BUTTONS[kind]
    with demo.expect_download() as waiting:
        demo.keyboard.press("Enter")
    assert waiting.value.suggested_filename.endswith(".csv")


def test_linked_charts_share_one_time_cursor(demo):
    lines = demo.locator(".lv-cursor div")
    assert lines.count() == 0
    hover(demo, LINES, 0.3)
    assert lines.evaluate_all("all => all.map(e => e.dataset.x)") == ["30", "30"]
    hover(demo, MAP, 0.72)
    x = lines.evaluate_all("all => all.map(e => Number(e.dataset.x))")
    assert x[0] == x[1] and x[0] == pytest.approx(72, abs=1)
    drawn = [
        plot(demo, which).evaluate(
            """e => { const axis = e._fullLayout.xaxis;
                const line = e.parentElement.querySelector('.lv-cursor div');
                return axis.p2c(parseFloat(line.style.left) - axis._offset) }""",
        )
        for which in (LINES, MAP)
    ]
    assert drawn == pytest.approx(x, abs=0.05)


def test_cursor_and_slider_of_frames_move_each_other_and_stay_on_new_data(fresh):
    shows = """([active, t]) => { const e = document.querySelectorAll('.lv-plot')[2];
        return e._fullLayout.sliders[0].active === active
            && Math.abs(e.calcdata[0][0].s - Math.cos(t)) < 1e-6; }"""
    scrub_to_the_middle(fresh)
    fresh.wait_for_function("() => document.querySelector('.lv-cursor div')?.dataset.x === '50'")
    hover(fresh, LINES, 0.2)
    fresh.mouse.down()
    fresh.mouse.up()
    fresh.wait_for_function(shows, arg=[2, 20])
    press(fresh)
    fresh.wait_for_function(shows, arg=[2, 22])
    assert plot(fresh, SCRUBBED).evaluate("e => e._transitionData._frames.length") == 11


def test_narrow_screen_has_everything_inside(narrow):
    assert narrow.evaluate("document.scrollingElement.scrollWidth") <= 390
    for button in narrow.locator(".lv-saves button").all():
        box = button.bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= 390 and box["height"] >= 24
    assert plot(narrow, LINES).evaluate("e => e._fullLayout.width") <= 390


def test_figure_follows_the_width_of_the_window(demo):
    demo.set_viewport_size({"width": 700, "height": 900})
    demo.wait_for_function("() => document.querySelector('.lv-plot')._fullLayout.width < 700")
    assert plot(demo, LINES).evaluate("e => e._fullLayout.height") == 320


def test_mode_bar_shows_on_hover_alone_and_covers_no_figure(demo):
    bar = plot(demo, LINES).locator(".modebar")
    demo.mouse.move(1, 1)
    demo.wait_for_function(
        "() => getComputedStyle(document.querySelector('.lv-plot .modebar')).opacity === '0'"
    )
    hover(demo, LINES, 0.5)
    demo.wait_for_function(
        "() => getComputedStyle(document.querySelector('.lv-plot .modebar')).opacity === '1'"
    )
    box, figure = bar.bounding_box(), plot(demo, LINES).bounding_box()
    assert box["y"] >= figure["y"] + figure["height"] - 1
    titles = bar.locator(".modebar-btn").evaluate_all("all => all.map(e => e.dataset.title)")
    assert titles == ["Zoom", "Pan", "Autoscale", "Reset axes"]


def test_plotly_js_is_fetched_once_and_cached(tab):
    sizes = "performance.getEntriesByType('resource').filter(e => e.name.includes('plotly.min.js'))"
    assert tab.evaluate(f"{sizes}.length") == 1
    opened(tab, tab.url)
    assert tab.evaluate(f"{sizes}.map(e => e.transferSize)") == [0]


def test_a_message_stands_where_plotly_js_does_not_come(page, demo_url):
    page.route("**/plotly.min.js*", lambda route: route.abort())
    page.goto(demo_url)
    page.get_by_text("This figure cannot be drawn:").first.wait_for()
    page.unroute("**/plotly.min.js*")
