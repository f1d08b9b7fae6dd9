"""The gradient map under the pointer: what it shows beside itself, and what a click takes over."""

from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest

import lstm_viz as lv
from lstm_viz import words

DRAWN = "() => [...document.querySelectorAll('.lv-plot')].filter(e => e.calcdata).length === 2"
NAMES = "() => document.querySelectorAll('.lv-plot')[1]?.data?.map(t => t.name) ?? []"
ROW = "() => [...document.querySelectorAll('.lv-plot')[1]._fullData[0].y].map(String)"
SHOWS = """([key, value]) => { const own = [...document.querySelectorAll(`.st-key-${key} input`)];
    return own.length === 1 && own[0].value === value; }"""  # two while the page is redrawn


def pointed(page, fraction):
    """Point at the map, at this fraction of its width and height, and return the place."""
    box = page.locator(".lv-plot .nsewdrag").first.bounding_box()
    place = box["x"] + fraction * box["width"], box["y"] + fraction * box["height"]
    page.mouse.move(place[0] - 3, place[1])  # plotly tells nothing of a pointer that has not moved
    page.mouse.move(*place)
    return place


# At a gain of 0 nearly every gradient is exactly zero; of 201 steps every other one is drawn.
@pytest.mark.parametrize("gain, T", [(1.0, 50), (0.0, 50), (1.0, 201)])
def test_a_pointer_shows_its_row_and_column_and_a_click_sets_loss_and_step(page, app_url, gain, T):
    page.goto(f"{app_url}/gradient_map?map_cell=rnn&gain={gain:g}&T={T}")
    page.wait_for_function(DRAWN)
    x = lv.make_sequence(lv.SequenceSpec(kind="noise", length=T, size=8, seed=0))
    found = lv.gradient_map(lv.init_weights(lv.ModelSpec("rnn", gain=gain)), x)
    if T == 50:
        a_click_where_no_loss_reads_changes_nothing(page)
    place = pointed(page, 0.31)
    page.wait_for_function("() => document.querySelector('.lv-plot .hovertext')")
    if T == 50:
        page.wait_for_function(f"() => ({NAMES})()[1] === 'to step 16'")
        assert page.evaluate(NAMES) == ["from the loss at step 35", "to step 16"]
        expected = np.where(np.isneginf(found[34]), np.nan, found[34])
        np.testing.assert_allclose(np.array(page.evaluate(ROW), float), expected, 1e-5, 1e-6)
    page.mouse.click(*place)
    page.wait_for_url("**map_s=*map_t=**")
    address = parse_qs(urlsplit(page.url).query)
    loss, step = (int(address[key][0]) for key in ("map_s", "map_t"))
    assert abs(step / T - 0.31) < 0.02 and abs(loss / T - 0.69) < 0.02
    for key, number in (("map_s", loss), ("map_t", step)):
        page.wait_for_function(SHOWS, arg=[key, str(number)])
    value = found[loss - 1, step - 1]
    said = "exactly 0" if gain == 0 else words.power(value, 4)
    page.get_by_text(f"From the loss at step {loss} to step {step}: {said}").wait_for()
    page.wait_for_function(f"() => ({NAMES})()[1] === 'to step {step}'")
    assert page.evaluate(NAMES)[0] == f"from the loss at step {loss}"


def a_click_where_no_loss_reads_changes_nothing(page):
    before = page.url
    page.mouse.click(*pointed(page, 0.8))
    page.wait_for_timeout(500)
    assert page.url == before
