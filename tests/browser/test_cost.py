"""A measurement on the reader's machine, stopped in its midst by the reader."""

DRAWN = "n => [...document.querySelectorAll('.lv-plot')].filter(e => e._fullLayout).length === n"


def test_stop_ends_a_measurement_and_draws_what_there_is(page, app_url):
    page.goto(app_url + "/cost?longest=1000&H=16")
    page.wait_for_function(DRAWN, arg=1)
    stop = page.locator(".st-key-stop_measuring button").first
    assert stop.is_disabled()
    page.get_by_role("button", name="Measure on this machine").click()
    page.get_by_text("Measured: ").wait_for()
    stop.click()
    page.get_by_role("button", name="Go on measuring").wait_for()
    page.wait_for_function(DRAWN, arg=2)
    assert not page.get_by_text("Measured: ").count()
    navigation = page.get_by_test_id("stSidebarNav")
    navigation.get_by_role("link", name="What do the gates do?", exact=True).click()
    page.get_by_role("heading", level=1, name="What do the gates do?").wait_for()
    navigation.get_by_role("link", name="What does it cost?", exact=True).click()
    page.get_by_role("button", name="Go on measuring").wait_for()
    page.wait_for_function(DRAWN, arg=2)
