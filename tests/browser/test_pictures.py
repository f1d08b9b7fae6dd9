"""Saved pictures: the same from every window, and enough to know and find again what they show."""

import io
import re
import xml.etree.ElementTree as ET

import pypdfium2
import pytest
from PIL import Image

from tests.browser.test_chart import DEMO, LINES, MAP, SCRUBBED, opened, saved

SVG = "{http://www.w3.org/2000/svg}"
TITLE = 'The RNN\'s "gradient" & 1 < 2, 梯度还剩多少 🙂'
CAPTION = '"T" = 100, it\'s pytorch, gain 1 < 2 & forget bias 1, rate = 10'
GROUND = "colour => [...document.querySelectorAll('.lv-plot')].every("
GROUND += "e => e._fullLayout.paper_bgcolor === colour)"
SIZE = "e => [...e._fullLayout.xaxis.range, ...e._fullLayout.yaxis.range]"


@pytest.fixture(scope="module")
def windows(new_tab, serve):
    """The demo in a wide and in a narrow window."""
    url = serve(DEMO)
    return [opened(new_tab(width=width), url) for width in (1280, 390)]


def words(texts):
    return re.sub(r"\s+", " ", "".join(texts))


@pytest.mark.parametrize("which", [LINES, MAP, SCRUBBED])
def test_a_picture_is_the_same_from_every_window(windows, which):
    roots = [ET.fromstring(saved(page, "svg", which)[1]) for page in windows]
    sizes = [(root.get("width"), root.get("height"), root.get("viewBox")) for root in roots]
    assert sizes[0] == sizes[1] and sizes[0][0] == "1200"
    said = [words(root.itertext()) for root in roots]
    assert said[0] == said[1]
    images = [Image.open(io.BytesIO(saved(page, "png", which)[1])) for page in windows]
    assert images[0].size == images[1].size == (2400, 2 * int(sizes[0][1]))
    assert not [e for root in roots for e in root.iter() if "slider" in e.get("class", "")]


def test_a_picture_says_what_it_shows_with_every_letter_and_where_it_is_from(windows):
    page = windows[0]
    root = ET.fromstring(saved(page, "svg")[1])
    drawn = words(t for text in root.iter(f"{SVG}text") for t in text.itertext())
    assert TITLE in drawn and CAPTION in drawn and "&quot;" not in drawn
    assert root.find(f"{SVG}title").text.startswith(TITLE)
    assert "loses 1.0 decades" in root.find(f"{SVG}desc").text
    assert root.find(f"{SVG}metadata").text == root.find(f"{SVG}a").get("href") == page.url
    html = saved(page, "html")[1].decode()
    escaped = TITLE.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
    assert f"<h1>{escaped}" in html and f'<a href="{page.url}">' in html


def test_a_pdf_is_the_same_picture_with_letters_that_can_be_read(windows):
    page = windows[1]
    root = ET.fromstring(saved(page, "svg")[1])
    name, data = saved(page, "pdf")
    assert name == "lines_rate10_seed7.pdf"
    document = pypdfium2.PdfDocument(data)
    (sheet,) = document
    points = [0.75 * float(root.get(side)) for side in ("width", "height")]
    assert sheet.get_size() == pytest.approx(points, abs=1)
    text = words(sheet.get_textpage().get_text_range())
    assert TITLE.partition(" 🙂")[0] in text and CAPTION in text and "step t" in text
    assert page.url.encode() in data  # where a click leads


def test_figures_follow_the_theme_at_once_and_keep_zoom_and_slider(new_page, serve):
    page = opened(new_page(), serve(DEMO))
    lines, scrubbed = page.locator(".lv-plot").nth(LINES), page.locator(".lv-plot").nth(SCRUBBED)
    rail = scrubbed.locator(".slider-rail-touch-rect")
    rail.scroll_into_view_if_needed()
    box = rail.bounding_box()
    page.mouse.click(box["x"] + 0.5 * box["width"], box["y"] + box["height"] / 2)
    lines.evaluate("e => window.Plotly.relayout(e, {'xaxis.range': [40, 42]})")
    before = lines.evaluate(SIZE)
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(GROUND, arg="#0E1117")
    page.get_by_test_id("stMainMenu").locator("button").first.click()
    page.get_by_test_id("stMainMenuItem-theme-Light").click()
    page.wait_for_function(GROUND, arg="#FFFFFF")
    assert lines.evaluate(SIZE) == pytest.approx(before)
    assert scrubbed.evaluate("e => e._fullLayout.sliders[0].active") == 5
    assert page.locator(".lv-cursor div").first.get_attribute("data-x") == "50"
