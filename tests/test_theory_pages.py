"""Theory on the pages: chosen by control or address, drawn, told, saved with its name."""

import re

import numpy as np
import pytest

import lstm_viz as lv
from lstm_viz.analysis.overlays import KEYS
from lstm_viz.say.theory import THEORIES, theory_name
from tests.sessions import address, charts, checked, gone_to, opened, y_of

DRAWN_ON = ("gradient_flow", "sequence_length")


def told(at):
    """The list below the figure, one entry for each line of theory."""
    lists = [m.value for m in at.markdown if m.value.startswith("- **")]
    return lists[0].split("\n") if lists else []


@pytest.mark.parametrize("page", DRAWN_ON)
def test_nothing_of_theory_is_there_until_it_is_asked_for(page):
    at = opened(page, T=20, H=8)
    assert at.multiselect(key="theory").value == [] and not told(at)
    assert "theory" not in charts(at)[0][0]["caption"]
    before = len(charts(at)[0][1]["data"])
    checked(at.multiselect(key="theory").set_value(["bound", "product"]).run())
    assert len(told(at)) == 2 and len(charts(at)[0][1]["data"]) == before + 3  # a band too
    assert address(at)["theory"] == "bound,product"
    header = charts(at)[0][0]
    assert (
        f"theory: {theory_name('bound')}, {theory_name('product')}" in header["caption"]
        and "bound_product" in header["filename"]
    )
    checked(at.multiselect(key="theory").set_value([]).run())
    assert "theory" not in address(at) and len(charts(at)[0][1]["data"]) == before


@pytest.mark.parametrize("page", DRAWN_ON)
def test_all_of_theory_from_a_link(page):
    at = opened(page, T=30, H=10, theory=",".join(KEYS))
    said = told(at)
    assert len(said) == len(KEYS) + 1  # horizons of both networks
    for key in KEYS:
        assert any(theory_name(key) in line and THEORIES[key].source in line for line in said)
    for trace in charts(at)[0][1]["data"]:
        if trace.get("name") == theory_name("bound", "rnn"):
            factor = float(re.search(r"at most × ([\d.]+)", said[0])[1])
            assert np.diff(y_of(trace)) == pytest.approx(np.log10(factor), abs=2e-3)


@pytest.mark.parametrize("activation, init", [("tanh", "pytorch"), ("linear", "gaussian")])
def test_no_median_passes_the_bound(activation, init):
    """A bound of one seed beside the median of all is passed by it now and then."""
    at = opened(
        "sequence_length", T=25, H=3, theory="bound", seeds=4, activation=activation, init=init
    )
    nets = [lv.init_weights(lv.ModelSpec("rnn", 8, 3, init=init, seed=k)) for k in range(4)]
    factor = np.median([np.linalg.norm(w.U, 2) for w in nets])
    traces = {trace.get("name"): y_of(trace) for trace in charts(at)[0][1]["data"]}
    bound = traces[theory_name("bound", "rnn")]
    assert bound == pytest.approx(np.log10(factor) * np.arange(26), abs=1e-5)
    median = next(
        y for name, y in traces.items() if name and name.startswith("RNN, ") and "median" in name
    )
    assert (median <= bound[1:] + 1e-6).all()


def test_the_choice_goes_along_to_the_other_page():
    at = gone_to(opened("gradient_flow", T=20, H=8, theory="chi,rest"), "sequence_length")
    assert at.multiselect(key="theory").value == ["chi", "rest"] and len(told(at)) == 2


@pytest.mark.parametrize("value", ["nothing", "", "nothing,at,all", "bound;chi"])
def test_an_unknown_line_in_the_address_is_ignored(value):
    at = opened("gradient_flow", T=20, H=8, theory=value)
    assert at.multiselect(key="theory").value == [] and not told(at)


def test_what_does_not_apply_is_said():
    at = opened("gradient_flow", T=20, H=8, init="identity", theory="chi,chi_run")
    assert all("not drawn" in line and "does not mix" in line for line in told(at))


def test_the_length_page_says_whose_lines_they_are():
    at = opened("sequence_length", T=20, H=8, seeds=3, theory="chi", quantity="x")
    captions = " ".join(c.value for c in at.caption)
    assert "first seed" in captions and "shortest length" in captions
    at = opened("sequence_length", T=20, H=8, seeds=1, theory="chi")
    assert "first seed" not in " ".join(c.value for c in at.caption)
