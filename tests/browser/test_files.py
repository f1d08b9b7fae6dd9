"""A reader's own file, and a setting pinned beside the next, in a browser."""

import contextlib
import io
import xml.etree.ElementTree as ET

import numpy as np
import pandas as pd
import pytest

import lstm_viz as lv

ROWS = 40
DRAWN = "n => document.querySelector('.lv-plot')?.calcdata?.[0]?.length === n"

with contextlib.suppress(ImportError):  # then the browser's fixture skips
    from playwright.sync_api import TimeoutError


@pytest.fixture(scope="module")
def reader(new_tab, app_url):
    """A page that waits for a file; all tests give it one after the other."""
    page = new_tab()
    page.goto(f"{app_url}/?source=csv")
    page.locator("input[type=file]").wait_for(state="attached")
    return page


def give(reader, name, content):
    reader.locator("[data-test-script-state=notRunning]").wait_for(state="attached")
    file = {"name": name, "mimeType": "text/csv", "buffer": content}
    reader.locator("input[type=file]").set_input_files(file)


def test_an_uploaded_file_is_what_the_nets_read(reader):
    series = np.random.default_rng(7).normal(5, 2, (ROWS, 3))
    give(reader, "mine.csv", pd.DataFrame(series, columns=list("abc")).to_csv(index=False).encode())
    reader.wait_for_function(DRAWN, arg=ROWS + 1)
    x = (series - series.mean(axis=0)) / series.std(axis=0)
    weights = lv.init_weights(lv.ModelSpec(cell="rnn", input_size=3))
    expected = lv.survival(weights, x[:, None], lv.unit_probe(32)).norms["h"]
    drawn = reader.locator(".lv-plot").first.evaluate("e => e.calcdata[0].map(p => p.y)")
    np.testing.assert_allclose(drawn, expected, rtol=1e-5, atol=1e-5)
    reader.get_by_role("link", name="What do the gates do?", exact=True).click()
    reader.get_by_role("heading", level=1, name="What do the gates do?", exact=True).wait_for()
    reader.get_by_text(f"This input has {ROWS} steps; T = 50 was asked for.").wait_for()
    reader.get_by_role("link", name="Does the gradient survive?", exact=True).click()
    reader.locator("input[type=file]").wait_for(state="attached")


@pytest.mark.parametrize(
    "content, said",
    [
        (b"a,b\n1,2\n3,x*y*z\n5,6\n", "line 3, column 2 ('b'): 'x*y*z' is not a number"),
        (bytes(range(256)) * 4, "is no text in UTF-8 or cp1252"),
        (b"1\n", "This input has 1 step; T = 50 was asked for."),
    ],
)
def test_a_file_that_does_not_serve_is_answered(reader, content, said):
    give(reader, "mine.csv", content)
    reader.get_by_text(said).wait_for()


WILD = "[x](http://a.b) :red[no] $x$ <b>`c`</b> :smile: a*b*c _d_ ->"


def test_a_files_words_are_shown_as_they_stand(reader):
    """In a message and in the account of the file, where a link would be one."""
    for number, word in enumerate(WILD.split()):
        rows = f"a*b*c,note {word},b\n1,x,2\n3,y,{word}\n5,z,6\n"
        give(reader, f"{number} {word[-2:]}.csv", rows.encode())
        message = f"line 3, column 3 ('b'): '{word}' is not a number, as 2 in line 2 is"
        reader.get_by_test_id("stAlert").filter(has_text=message).wait_for()
        account = reader.get_by_test_id("stCaptionContainer").filter(has_text="Not used:")
        assert f"note {word} (it holds no number)" in account.inner_text()
    assert (
        reader.locator("[data-testid=stAlert] a, [data-testid=stCaptionContainer] a").count() == 0
    )


def choose(page, key, name):
    """Open the list until it stays: what is drawn meanwhile moves the page, and that closes it."""
    option = page.get_by_role("option", name=name, exact=True)
    for _ in range(20):
        page.locator(f".st-key-{key} input").click()
        with contextlib.suppress(TimeoutError):
            return option.click(timeout=1000)
    raise AssertionError(f"the list of {key} did not stay open")


def test_a_file_is_corrected_in_its_preview(reader):
    give(reader, "mine.csv", b"1,5\n" * 30 + b"2,5\n" * 10)
    reader.get_by_text("Rows: 40; columns: 2; separator: comma; decimal mark: point").wait_for()
    reader.wait_for_function(DRAWN, arg=ROWS + 1)
    choose(reader, "decimal", "comma")
    reader.get_by_text("Rows: 40; columns: 1; separator: none; decimal mark: comma").wait_for()
    reader.wait_for_function(DRAWN, arg=ROWS + 1)
    assert "decimal=comma" in reader.url


def test_a_pinned_setting_is_in_the_saved_table_and_caption(page, app_url):
    page.goto(f"{app_url}/?T=30")
    page.wait_for_function(DRAWN, arg=31)
    page.get_by_role("button", name="Pin", exact=True).click()
    page.get_by_role("button", name="Unpin", exact=True).wait_for()
    page.locator(".st-key-gain").get_by_role("slider").press("ArrowRight")
    page.get_by_text("gain 1 → 1.05").wait_for()
    page.wait_for_function("() => document.querySelector('.lv-plot').ariaLabel.includes('→ 1.05')")
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Save as SVG").first.click()
    words = " ".join(ET.parse(waiting.value.path()).getroot().itertext()).split()
    assert "pinned: recurrent gain 1" in " ".join(words)
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Save the data as CSV").first.click()
    frame = pd.read_csv(io.BytesIO(waiting.value.path().read_bytes()))
    for pinned, gain in ((False, 1.05), (True, 1.0)):
        weights = lv.init_weights(lv.ModelSpec(cell="rnn", gain=gain))
        expected = lv.survival(weights, lv.white_noise(30, 8), lv.unit_probe(32)).norms["h"]
        rows = frame[(frame["cell"] == "rnn") & (frame["pinned"] == pinned)]
        np.testing.assert_allclose(rows["log10_norm_h"], expected, rtol=1e-9, atol=1e-9)
