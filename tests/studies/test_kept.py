"""What is kept: computed once, bounded in memory, told apart by what it was computed from."""

import numpy as np
import pytest

from lstm_viz.nets import weights_of
from lstm_viz.studies import kept as keeping
from lstm_viz.studies.kept import bytes_of, forget, kept
from lstm_viz.studies.runs import survival_of
from lstm_viz.studies.settings import Settings
from lstm_viz.studies.subject import subject


@pytest.fixture(autouse=True)
def nothing_kept():
    forget()
    yield
    forget()


def counting(size=1):
    calls = []

    @kept
    def compute(*given, told=None):
        calls.append(given)
        return np.zeros(size)

    return compute, calls


def test_the_same_is_computed_once_whoever_is_told_of_it():
    compute, calls = counting()
    first = compute(1, "a", told=print)
    assert compute(1, "a", told=len) is first and compute(2, "a") is not first
    assert calls == [(1, "a"), (2, "a")]


def test_functions_of_the_same_arguments_are_told_apart():
    @kept
    def one(x):
        return "one"

    @kept
    def other(x):
        return "other"

    assert (one(1), other(1), one(1)) == ("one", "other", "one")


def test_what_fails_is_not_kept():
    calls = []

    @kept
    def fails(x):
        calls.append(x)
        raise ValueError(x)

    for _again in range(2):
        with pytest.raises(ValueError):
            fails(3)
    assert calls == [3, 3]


def test_all_results_together_stay_within_the_bound():
    compute, calls = counting(2**20)  # 8 MB each
    many = keeping.MOST_BYTES // 2**23
    for k in range(many + 3):
        compute(k)
    assert keeping._results.currsize <= keeping.MOST_BYTES
    compute(many + 2), compute(0)  # the last is there, the first had to go
    assert len(calls) == many + 4


def test_what_is_larger_than_the_bound_is_computed_and_not_kept(monkeypatch):
    compute, calls = counting(keeping.MOST_BYTES // 8 + 1)
    assert len(compute(0)) == len(compute(0)) and len(calls) == 2


def test_a_result_is_as_large_as_its_arrays_each_counted_once():
    own = subject(Settings(T=200, H=16))
    result = survival_of(own.net("lstm"), own.input)
    trace = result.trace
    least = sum(a.nbytes for a in (trace.h, trace.c, trace.pre, weights_of(own.net("lstm")).U))
    assert least <= bytes_of(result) <= 20 * least
    array = np.zeros(1000)
    assert bytes_of([array, array, array[:10]]) == pytest.approx(8000, abs=500)
    assert bytes_of({"a": (array, "text", None, 3, 2.0)}) == pytest.approx(8000, abs=800)


def test_texts_weigh_what_they_take():
    assert bytes_of("x" * 10_000) > 10_000 < bytes_of(b"x" * 10_000)


def test_a_result_weighs_what_it_holds_when_it_was_last_asked_for(monkeypatch):
    class Growing:
        pass

    grown = kept(lambda x: Growing())
    first = grown(1)
    first.made_when_used = np.zeros(1000)
    before = keeping._results.currsize
    assert grown(1) is first and keeping._results.currsize >= before + 8000
    first.made_later = np.zeros(keeping.MOST_BYTES // 8)
    assert grown(1) is first and grown(1) is not first  # too large to be kept any longer
