"""The app in a browser, the reader's way: by mouse and keyboard, links and files."""

import contextlib
import io
import re
import xml.etree.ElementTree as ET
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pandas as pd
import pytest
from PIL import Image

import lstm_viz as lv

ROOT = Path(__file__).parents[2]
TITLES = {
    "/": "Does the gradient survive?",
    "/sequence_length": "What happens as the sequence grows?",
    "/gradient_map": "Which loss reaches which step?",
    "/gates": "What do the gates do?",
    "/one_step": "Inside one step",
}
PLOTS = {"/": 1, "/sequence_length": 1, "/gradient_map": 2, "/gates": 3, "/one_step": 2}
SAVE = {
    "png": "Save as PNG",
    "svg": "Save as SVG",
    "html": "Save as HTML, to open without a server",
    "csv": "Save the data as CSV",
}
DRAWN = """n => { const plots = [...document.querySelectorAll('.lv-plot')];
    return plots.length === n && plots.every(e => e._fullLayout && e.calcdata?.length); }"""


@pytest.fixture
def visit(page, new_page, app_url):
    """Return visit(path, **options of a new page): an opened page whose figures are drawn.

    At the end no page may have written an error into its console. Streamlit asks for two files
    beside a deep link that are not there; those answers, 404, do no harm.
    """
    errors, deep = [], []

    def complain(message):
        if message.type == "error":
            errors.append(message.text)

    def note(request):
        if request.is_navigation_request() and urlsplit(request.url).path != "/":
            deep.append(request.url)

    def open_(path="/", **options):
        own = new_page(**options) if options else page
        own.on("console", complain)
        own.on("request", note)
        own.goto(app_url + path)
        return drawn(own, path.split("?")[0])

    yield open_
    for event, listener in (("console", complain), ("request", note)):
        with contextlib.suppress(KeyError):  # was not visited
            page.remove_listener(event, listener)
    missing = [text for text in errors if "404" in text]
    others = [text for text in errors if "404" not in text]
    assert not others, others
    assert len(missing) <= 2 * len(deep), missing


def drawn(page, path):
    """Wait until the page of this address is there with all of its figures."""
    page.get_by_role("heading", level=1, name=TITLES[path], exact=True).wait_for()
    page.wait_for_function(DRAWN, arg=PLOTS[path])
    return page


def gone_to(page, path):
    """Use the navigation."""
    page.get_by_test_id("stSidebarNav").get_by_role("link", name=TITLES[path], exact=True).click()
    return drawn(page, path)


def slider(page, key):
    return page.locator(f".st-key-{key}").get_by_role("slider")


def value(page, key):
    return float(slider(page, key).evaluate("e => e.value ?? e.getAttribute('aria-valuenow')"))


def finding(page):
    return page.locator(".lv-plot").first.get_attribute("aria-label")


def points(page, curve=0):
    return page.locator(".lv-plot").first.evaluate(
        "(e, k) => e.calcdata[k].map(p => [p.x, p.y])", curve
    )


def saved(page, kind):
    with page.expect_download() as waiting:
        page.get_by_role("button", name=SAVE[kind]).first.click()
    return waiting.value.suggested_filename, waiting.value.path().read_bytes()


def survival(T=50, seed=0):
    """log10 norms of the RNN's gradient at the default settings."""
    w = lv.init_weights(lv.ModelSpec(cell="rnn", seed=seed))
    return lv.survival(w, lv.white_noise(T, 8, seed=seed), lv.unit_probe(32, seed)).norms["h"]


def test_a_key_press_changes_sentence_figure_and_address_beside_a_whole_navigation(visit):
    page = visit()
    before = finding(page)
    np.testing.assert_allclose([y for _, y in points(page)], survival(), rtol=1e-5, atol=1e-5)
    slider(page, "T").press("ArrowRight")
    page.wait_for_function("() => document.querySelector('.lv-plot').calcdata[0].length === 52")
    np.testing.assert_allclose([y for _, y in points(page)], survival(51), rtol=1e-5, atol=1e-5)
    assert finding(page) != before
    page.get_by_text(finding(page), exact=True).wait_for()
    page.wait_for_url("**/?T=51&v=1")
    the_navigation_shows_every_heading_whole(page)


def the_navigation_shows_every_heading_whole(page):
    links = page.get_by_test_id("stSidebarNavLink").locator("p")
    cut = "nodes => nodes.filter(p => p.parentElement.scrollWidth > p.parentElement.clientWidth)"
    assert links.evaluate_all(f"{cut}.length") == 0
    for link in (
        "Which architecture keeps the gradient?",
        "How does one step stretch the gradient?",
    ):
        links.get_by_text(link, exact=True).click()
        page.get_by_role("heading", level=1, name=link, exact=True).wait_for()


def test_home_is_saved_in_every_format(visit):
    page = visit("/?T=30&seed=3")
    names = set()
    name, png = saved(page, "png")
    names.add(name)
    image = Image.open(io.BytesIO(png)).convert("RGB")
    assert image.width > 800 and len(image.getcolors(1 << 24)) > 50
    name, svg = saved(page, "svg")
    names.add(name)
    text = " ".join(ET.fromstring(svg).itertext())
    assert "30 steps" in text and "seed 3" in text
    name, html = saved(page, "html")
    names.add(name)
    assert b"plotly.js v" in html and b"seed 3" in html and b"T=30&amp;seed=3" in html
    name, csv = saved(page, "csv")
    names.add(name)
    frame = pd.read_csv(io.BytesIO(csv))
    rnn = frame[frame["cell"] == "rnn"]
    np.testing.assert_allclose(rnn["log10_norm_h"], survival(30, 3), rtol=1e-9, atol=1e-9)
    assert all("T30" in name and "seed3" in name for name in names)
    assert sorted(name.rpartition(".")[2] for name in names) == ["csv", "html", "png", "svg"]


def test_a_fresh_server_whose_first_request_is_a_deep_link(page, serve):
    server = serve("app.py", "--server.maxMessageSize", "211")  # a server of its own
    page.goto(server + "/one_step?T=30&seed=3&t=12")
    drawn(page, "/one_step")
    links = page.get_by_test_id("stSidebarNav").get_by_role("link")
    assert links.count() == len(list((ROOT / "pages").glob("*.py")))
    assert value(page, "T") == 30
    page.wait_for_url(server + "/one_step?T=30&seed=3&t=12&v=1")
    assert page.locator(".st-key-seed").get_by_role("spinbutton").input_value() == "3"
    assert "12" in finding(page) and "30" in finding(page)


def test_settings_of_a_link_are_kept_by_the_navigation(visit):
    page = visit("/gates?T=30&source=constant")
    assert len(points(page)) == 30
    for path, drawn in (("/", 31), ("/gates", 30)):
        gone_to(page, path)
        assert value(page, "T") == 30
        page.wait_for_url("**source=constant**")
        assert "T=30" in page.url
        assert len(points(page)) == drawn


def test_a_preset_is_kept_by_the_navigation_and_history_shows_what_it_names(visit):
    page = visit()
    before = finding(page)
    page.locator(".st-key-preset_exploding").get_by_role("button").click()
    changed = "old => document.querySelector('.lv-plot').ariaLabel !== old"
    page.wait_for_function(changed, arg=before)
    exploded, gain = finding(page), value(page, "gain")
    assert gain > 1
    for path in ("/gates", "/"):
        gone_to(page, path)
        assert value(page, "gain") == gain, path
        page.wait_for_url(f"**gain={gain:g}**")
    page.wait_for_function(
        "text => document.querySelector('.lv-plot').ariaLabel === text", arg=exploded
    )
    for move in (page.go_back, page.go_forward):
        move()
        page.wait_for_timeout(700)
        parts = urlsplit(page.url)
        drawn(page, parts.path)
        named = parse_qs(parts.query).get("gain", ["1"])[0]
        assert value(page, "gain") == float(named), page.url


def test_the_length_is_scrubbed_in_the_figure_without_the_server(visit):
    sent = []
    page = visit("/sequence_length?T=80&seeds=1")

    def count(frame):
        sent.append(frame)

    page.on("websocket", lambda socket: socket.on("framesent", count))
    page.reload()
    drawn(page, "/sequence_length")
    assert sent
    plot, rail = page.locator(".lv-plot"), page.locator(".lv-plot .slider-rail-touch-rect")
    rail.scroll_into_view_if_needed()
    before, box = len(sent), rail.bounding_box()
    page.mouse.click(box["x"] + 0.5 * box["width"], box["y"] + box["height"] / 2)
    page.wait_for_function(
        "() => document.querySelector('.lv-plot')._fullLayout.sliders[0].active < 60"
    )
    T = plot.evaluate(
        "e => Number(e._fullLayout.sliders[0].steps[e._fullLayout.sliders[0].active].value)"
    )
    page.wait_for_function(
        """T => document.querySelector('.lv-plot').calcdata
            .some(c => c[0].trace.mode === 'markers' && c.length === 1 && c[0].x === T)""",
        arg=T,
    )
    shown = plot.evaluate(
        """e => e.calcdata.filter(c => c[0].trace.mode === 'markers' && c.length === 1)
            .map(c => [c[0].x, c[0].y])"""
    )
    for (x, y), cell in zip(shown, ("rnn", "lstm"), strict=True):
        sweep = lv.length_sweep(lv.init_weights(lv.ModelSpec(cell=cell)), lv.white_noise(80, 8))
        carried = sweep.h if sweep.c is None else sweep.c
        assert x == T and y == pytest.approx(carried[T - 1], rel=1e-5)
    assert 30 < T < 50 and len(sent) == before


def test_figures_of_the_gates_have_one_time_cursor_and_a_caption_clear_of_them(visit):
    page = visit("/gates?T=40")
    place = page.locator(".lv-plot").first.evaluate(
        """e => { const box = e.getBoundingClientRect(), l = e._fullLayout;
            return [box.left + l.xaxis._offset + 0.5 * l.xaxis._length,
                    box.top + l.yaxis._offset + 0.2 * l.yaxis._length]; }"""
    )
    page.mouse.move(place[0] - 3, place[1])
    page.mouse.move(*place)
    page.wait_for_function(
        """() => [...document.querySelectorAll('.lv-figure')]
            .every(f => f.querySelector('.lv-cursor div'))"""
    )
    steps = page.locator(".lv-cursor div").evaluate_all("all => all.map(e => Number(e.dataset.x))")
    assert len(set(steps)) == 1 and 15 < steps[0] < 25
    assert_the_colour_bar_stands_above_the_caption(page)


def assert_the_colour_bar_stands_above_the_caption(page):
    """In the saved maps of the gates."""
    with page.expect_download() as waiting:
        page.get_by_role("button", name=SAVE["svg"]).nth(1).click()
    bar, caption = page.evaluate(
        """svg => { const box = document.createElement("div"); box.innerHTML = svg;
        document.body.append(box); const all = [...box.querySelectorAll("text, .cbfill")];
        const sides = (own, side) => all.filter(own).map(e => e.getBoundingClientRect()[side]);
        return [Math.max(...sides(e => e.closest("[class*=coloraxis]"), "bottom")),
          Math.min(...sides(e => e.textContent.includes("lstm_viz ·"), "top"))]; }""",
        waiting.value.path().read_text(encoding="utf-8"),
    )
    assert 0 < bar < caption


def test_a_narrow_screen_needs_no_sideways_scrolling(visit):
    page = visit(width=390, height=800)
    for path in TITLES:
        if path == "/sequence_length":
            page.get_by_test_id("stExpandSidebarButton").click()  # it lies over the page and stays
        if path != "/":
            gone_to(page, path)
        widths = page.evaluate(
            """[document.scrollingElement.scrollWidth,
                ...[...document.querySelectorAll('[data-testid=stMain]')].map(e => e.scrollWidth),
                ...[...document.querySelectorAll('.lv-plot')].map(e => e._fullLayout.width)]"""
        )
        assert max(widths) <= 390, (path, widths)


def test_dark_readers_get_dark_figures(visit):
    page = visit("/gates?T=20", color_scheme="dark")
    page.wait_for_function(
        """() => [...document.querySelectorAll('.lv-plot')].every(e => {
            const hex = e._fullLayout.paper_bgcolor.slice(1);
            return [0, 2, 4].every(k => parseInt(hex.slice(k, k + 2), 16) < 40); })"""
    )
    grounds = page.locator(".lv-plot").evaluate_all("all => all.map(e => e.layout.paper_bgcolor)")
    page_ground = page.evaluate(
        "getComputedStyle(document.querySelector('.stApp')).backgroundColor"
    )
    rgb = [int(grounds[0][k : k + 2], 16) for k in (1, 3, 5)]
    assert set(grounds) == {grounds[0]} and page_ground == f"rgb({rgb[0]}, {rgb[1]}, {rgb[2]})"
    image = Image.open(io.BytesIO(saved(page, "png")[1])).convert("RGB")
    assert image.getpixel((1, image.height - 2)) == tuple(rgb)
    text = page.locator(".lv-saves button").first.evaluate("e => getComputedStyle(e).color")
    assert sum(map(int, re.findall(r"\d+", text)[:3])) - sum(rgb) > 300


def test_a_second_click_on_a_choice_keeps_it(visit):
    page = visit("/sequence_length?quantity=x")
    choice = page.get_by_test_id("stButtonGroup").get_by_text("the first input, x₁")
    choice.click()
    page.wait_for_timeout(1500)
    assert "quantity=x" in page.url
