"""PDF: refused in words where it cannot be printed, and never more than a picture."""

import base64
import re
import stat

import pytest

import lstm_viz as lv
from lstm_viz.export import pdf

SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 4" width="80" height="40"><a/></svg>'


@pytest.fixture
def chromium(monkeypatch):
    """Return use(path): the Chromium that is found, or None."""

    def use(path):
        monkeypatch.setattr(pdf, "chromium", lambda: path)

    return use


@pytest.fixture
def noting(tmp_path, chromium):
    """A program in Chromium's place, which hands back the page that it is to print."""
    program = tmp_path / "chromium"
    program.write_text(
        "#!/bin/sh\nfor a; do case $a in --print-to-pdf=*) to=${a#*=};; file:*) from=${a#file://};;"
        ' esac; done\ncp "$from" "$to"\n'
    )
    program.chmod(program.stat().st_mode | stat.S_IEXEC)
    chromium(str(program))


def test_without_a_chromium_it_is_said_what_is_missing_and_what_there_is_instead(chromium):
    chromium(None)
    with pytest.raises(lv.InputError, match=r"needs Chromium .* SVG has the same picture"):
        pdf.printed(SVG, "title", "http://here/")


def test_a_chromium_that_does_not_print_is_named(chromium):
    chromium("/bin/true")
    with pytest.raises(lv.InputError, match="true did not print; SVG"):
        pdf.printed(SVG, "title", "http://here/")


@pytest.mark.parametrize("svg", ["", "<html></html>", SVG.replace("80", "8e9"), "<svg></svg>"])
def test_what_is_no_picture_is_not_printed(svg, noting):
    with pytest.raises(lv.InputError, match="a picture of this app"):
        pdf.printed(svg, "title", "http://here/")


def test_a_picture_is_printed_as_an_image_under_a_policy_that_loads_nothing(noting):
    page = pdf.printed(SVG, '<b>"a" & b', 'https://here/?a=1&b="2"').decode()
    assert "default-src 'none'" in page and "<script" not in page and "<svg" not in page
    assert "<title>&lt;b&gt;&quot;a&quot; &amp; b</title>" in page
    assert 'href="https://here/?a=1&amp;b=&quot;2&quot;"' in page
    assert "size: 80px 40px" in page
    (image,) = re.findall(r'base64,([^"]*)"', page)
    assert base64.b64decode(image).decode() == SVG


@pytest.mark.parametrize("link", ["javascript:alert(1)", "file:///etc/passwd", ""])
def test_a_page_leads_to_the_web_alone(link, noting):
    assert 'href=""' in pdf.printed(SVG, "title", link).decode()


def test_the_chromium_that_is_named_is_taken(monkeypatch):
    pdf.chromium.cache_clear()
    monkeypatch.setenv("CHROMIUM_PATH", "/bin/sh")
    assert pdf.chromium() == "/bin/sh"
    pdf.chromium.cache_clear()
    monkeypatch.setenv("CHROMIUM_PATH", "/not/there")
    assert pdf.chromium() is None
    pdf.chromium.cache_clear()
