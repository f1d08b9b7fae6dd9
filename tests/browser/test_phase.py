"""A click on the phase diagram takes that network's settings over to all pages."""

import re
from urllib.parse import parse_qs, urlsplit

DRAWN = "() => { const e = document.querySelector('.lv-plot'); return e?.calcdata?.length > 3; }"


def test_a_click_takes_the_settings_of_a_network_over(page, app_url):
    page.goto(f"{app_url}/phase_diagram?chain=lstm&grid=9")
    page.wait_for_function(DRAWN)
    before = page.locator(".lv-plot").get_attribute("aria-label")
    box = page.locator(".lv-plot .nsewdrag").bounding_box()
    place = box["x"] + 0.72 * box["width"], box["y"] + 0.28 * box["height"]
    page.mouse.move(*place)
    page.wait_for_function("() => document.querySelector('.lv-plot .hovertext')")
    said = page.locator(".lv-plot .hovertext").text_content()
    page.mouse.click(*place)
    page.wait_for_function(
        "before => document.querySelector('.lv-plot').ariaLabel !== before", arg=before
    )
    address = parse_qs(urlsplit(page.url).query)
    query = {key: float(address[key][0]) for key in ("gain", "forget_bias")}
    for value, name in zip(query.values(), ("gain ", "forget bias "), strict=True):
        assert abs(float(said.split(name)[1].split(",")[0].split("×")[0]) - value) < 0.01
    factor = said.split("×")[1].split()[0]
    answer = page.locator(".lv-plot").get_attribute("aria-label")
    assert re.search(rf"(multiplied by|a factor of) {factor} ", answer)
    link = page.get_by_test_id("stSidebarNav").get_by_role(
        "link", name="Does the gradient survive?"
    )
    link.click()
    page.wait_for_function("() => location.pathname === '/'")
    page.wait_for_function(DRAWN.replace("> 3", "> 1"))
    gain = page.locator(".st-key-gain").get_by_role("slider")
    shown = float(gain.evaluate("e => e.value ?? e.ariaValueNow"))
    assert abs(shown - query["gain"]) <= 0.025  # to the slider's step
    assert f"gain={query['gain']:g}" in page.url
