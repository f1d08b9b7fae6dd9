"""Every page in both themes under axe-core's rules: nothing that it calls moderate or worse."""

from pathlib import Path

import axe_playwright_python
import pytest

from lstm_viz.figures.theme import GROUNDS
from lstm_viz.studies import STUDIES

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
ADDRESSES = ["" if name == "gradient_flow" else name for name in STUDIES]
DRAWN = """paper => { const plots = [...document.querySelectorAll('.lv-plot')];
    return plots.length && !document.querySelector('[data-stale=true]')
        && plots.every(e => e._fullLayout?.paper_bgcolor === paper); }"""
FAULTS = """async () => {
    const { violations } = await axe.run(document, { resultTypes: ["violations"] });
    return violations.filter(({ impact }) => impact !== "minor")
        .map(({ impact, id, nodes }) => [impact, id, ...nodes.map(node => node.html)]); }"""


@pytest.fixture(scope="module")
def reader(new_tab):
    return new_tab()


@pytest.mark.parametrize("address", [*ADDRESSES, "gates?network=attention"])
def test_axe_finds_nothing_in_either_theme(reader, app_url, address):
    reader.emulate_media(color_scheme="light")
    reader.goto(f"{app_url}/{address}")
    for scheme, ground in GROUNDS.items():
        reader.emulate_media(color_scheme=scheme)
        reader.wait_for_function(DRAWN, arg=ground.paper, timeout=60_000)
        reader.evaluate(AXE)
        assert reader.evaluate(FAULTS) == [], scheme


def test_axe_sees_what_is_wrong(reader):
    reader.set_content(
        '<html lang="en"><title>t</title><main><h1>a</h1><h3>b</h3><img src=""></main>'
    )
    reader.evaluate(AXE)
    assert {found[1] for found in reader.evaluate(FAULTS)} == {"image-alt", "heading-order"}
