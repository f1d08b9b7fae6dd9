"""A click on the gradient map takes its pair of loss and step over to the exact read-out."""

from urllib.parse import parse_qs, urlsplit

import pytest

import lstm_viz as lv
from lstm_viz import words

DRAWN = "() => [...document.querySelectorAll('.lv-plot')].filter(e => e.calcdata).length === 2"
NAMES = "() => document.querySelectorAll('.lv-plot')[1]?.data?.map(t => t.name) ?? []"

SHOWS = """([key, value]) => { const own = [...document.querySelectorAll(`.st-key-${key} input`)];
    return own.length === 1 && own[0].value === value; }"""  # two while the page is redrawn


# At a gain of 0 nearly every gradient is exactly zero; of 401 steps every other one is drawn.
@pytest.mark.parametrize("gain, T", [(1.0, 50), (0.0, 50), (1.0, 401)])
def test_a_click_sets_loss_and_step(page, app_url, gain, T):
    page.goto(f"{app_url}/gradient_map?map_cell=rnn&gain={gain:g}&T={T}")
    page.wait_for_function(DRAWN)
    box = page.locator(".lv-plot .nsewdrag").first.bounding_box()
    place = box["x"] + 0.31 * box["width"], box["y"] + 0.31 * box["height"]
    page.mouse.move(place[0] - 3, place[1])
    page.mouse.move(*place)
    page.wait_for_function("() => document.querySelector('.lv-plot .hovertext')")
    page.mouse.click(*place)
    page.wait_for_url("**map_s=*map_t=**")
    address = parse_qs(urlsplit(page.url).query)
    loss, step = (int(address[key][0]) for key in ("map_s", "map_t"))
    assert abs(step / T - 0.31) < 0.02 and abs(loss / T - 0.69) < 0.02
    for key, number in (("map_s", loss), ("map_t", step)):
        page.wait_for_function(SHOWS, arg=[key, str(number)])
    x = lv.make_sequence(lv.SequenceSpec(kind="noise", length=T, size=8, seed=0))
    found = lv.gradient_map(lv.init_weights(lv.ModelSpec("rnn", gain=gain)), x)
    value = found[loss - 1, step - 1]
    said = "exactly 0" if gain == 0 else words.power(value, 4)
    page.get_by_text(f"From the loss at step {loss} to step {step}: {said}").wait_for()
    page.wait_for_function(f"() => ({NAMES})()[1] === 'to step {step}'")
    assert page.evaluate(NAMES)[0] == f"from the loss at step {loss}"


def test_a_click_where_no_loss_reads_changes_nothing(page, app_url):
    page.goto(f"{app_url}/gradient_map?map_cell=rnn")
    page.wait_for_function(DRAWN)
    before = page.url
    box = page.locator(".lv-plot .nsewdrag").first.bounding_box()
    place = box["x"] + 0.8 * box["width"], box["y"] + 0.8 * box["height"]
    page.mouse.move(place[0] - 3, place[1])
    page.mouse.click(*place)
    page.wait_for_timeout(500)
    assert page.url == before
