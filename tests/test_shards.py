"""The folder of a sweep: rows come back exactly, for what they were found for and nothing else."""

import functools
import json
import math
import subprocess
import sys
import warnings
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lstm_viz as lv
from lstm_viz import shards
from lstm_viz.shards import Shards, identity
from tests.measuring import Logged, calls, specs, twice

SPEC = lv.ModelSpec()
VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(width=64), st.text(st.characters())
)
ROWS = st.lists(st.dictionaries(st.text(st.characters()), VALUES, max_size=4), max_size=4)


def exactly(value):
    """A form in which NaN is NaN, −0 is not 0, and 1 is neither 1.0 nor True."""
    if isinstance(value, list):
        return [exactly(item) for item in value]
    if isinstance(value, dict):
        return {key: exactly(item) for key, item in value.items()}
    nan = isinstance(value, float) and math.isnan(value)
    return type(value), "nan" if nan else value.hex() if isinstance(value, float) else value


@given(rows=ROWS)
def test_rows_come_back_exactly(rows, tmp_path_factory):
    kept = Shards(tmp_path_factory.mktemp("rows"), twice)
    kept.write(SPEC, rows)
    assert exactly(kept.read(SPEC)) == exactly(rows)
    assert [path.suffix for path in kept.folder.iterdir()] == [".json"]


def test_what_was_not_measured_is_not_there(tmp_path):
    kept = Shards(tmp_path / "a" / "b", twice)
    assert kept.read(SPEC) is None
    kept.write(SPEC, [{"twice": 0}])
    assert kept.read(replace(SPEC, seed=1)) is None
    assert kept.read(replace(SPEC, gain=math.nextafter(1, 2))) is None
    assert Shards(kept.folder, functools.partial(twice)).read(SPEC) is None


def test_another_version_measures_anew(tmp_path, monkeypatch):
    Shards(tmp_path, twice).write(SPEC, [{"twice": 0}])
    monkeypatch.setattr(shards, "__version__", "999")
    assert Shards(tmp_path, twice).read(SPEC) is None


DAMAGE = {
    "half written": lambda text: text[: len(text) // 2],
    "empty": lambda text: "",
    "one digit off": lambda text: text.replace('"square": 4', '"square": 5'),
    "no rows": lambda text: json.dumps({"sha256": "0"}),
    "another shape": lambda text: "[1, 2]",
    "no text": lambda text: b"\xff\xfe\x00",
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_file_is_measured_again_with_a_warning(damage, tmp_path):
    log, folder = tmp_path / "log", tmp_path / "rows"
    measure = Logged(str(log))
    lv.sweep(specs(4), measure, folder=folder)
    (path,) = (p for p in folder.iterdir() if json.loads(p.read_text())["rows"][0]["square"] == 4)
    broken = damage(path.read_text())
    path.write_bytes(broken if isinstance(broken, bytes) else broken.encode())
    with pytest.warns(UserWarning, match=f"{path.name} is damaged, its rows are measured again"):
        frame = lv.sweep(specs(4), measure, folder=folder)
    assert frame["square"].tolist() == [0, 1, 4, 9] and calls(log) == [0, 1, 2, 3, 2]
    with warnings.catch_warnings(action="error"):
        lv.sweep(specs(4), measure, folder=folder)
    assert len(calls(log)) == 5


def test_rows_of_another_spec_under_this_ones_name_are_not_taken(tmp_path):
    lv.sweep(specs(2), twice, folder=tmp_path)
    first, second = sorted(tmp_path.iterdir())
    first.write_bytes(second.read_bytes())
    with pytest.warns(UserWarning, match="checksum"):
        assert lv.sweep(specs(2), twice, folder=tmp_path)["twice"].tolist() == [0, 2]


def test_a_file_that_cannot_be_written_leaves_nothing_behind(tmp_path):
    kept = Shards(tmp_path, twice)
    with pytest.raises(TypeError):
        kept.write(SPEC, [{"z": 1j}])
    assert not list(tmp_path.iterdir())


def test_a_file_has_its_name_only_once_it_is_whole(tmp_path, monkeypatch):
    def stopped(unfinished, path):
        assert not path.exists() and json.loads(unfinished.read_text())["rows"] == [{"twice": 0}]
        raise KeyboardInterrupt

    kept = Shards(tmp_path, twice)
    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(shards.os, "replace", stopped)
        kept.write(SPEC, [{"twice": 0}])
    assert kept.read(SPEC) is None and not list(tmp_path.iterdir())


# ——— what a measure is ———


@dataclass(frozen=True)
class Scale:
    by: object = 1.0

    def __call__(self, spec):
        return {"scaled": self.by * spec.seed}


def times(factor):
    return lambda spec: {"product": factor * spec.seed}


def plus(term):
    return lambda spec: {"product": term + spec.seed}


def one_of(spec, names=frozenset({"a", "b"})):
    return {"in": spec.cell in {"rnn", "lstm", "gru"}, "names": len(names)}


MEASURES = [
    *(Scale(1.0), Scale(1), Scale(2.0), Scale("1.0"), Scale(None), Scale(True), Scale(b"1")),
    *(Scale((1, 2)), Scale([1, 2]), Scale((1, (2,))), Scale({1: 2}), Scale(frozenset({1, 2}))),
    *(Scale(np.zeros(2)), Scale(np.zeros(2, "f4")), Scale(np.zeros((2, 1))), Scale(np.ones(2))),
    *(Scale(lv.ModelSpec()), Scale(lv.SequenceSpec()), Scale(float), Scale(math.nan)),
    *(times(2), times(3), times(2.5), plus(2), twice, functools.partial(twice), one_of),
    *(functools.partial(one_of, names=names) for names in ("ab", ["a", "b"])),
    *(Scale(1.0).__call__, Scale(2.0).__call__),
    *(lv.measures.SurvivalMeasure(), lv.measures.SurvivalMeasure(probe_seed=1)),
    *(lv.measures.LengthSweepMeasure(), lv.measures.LengthSweepMeasure(lengths=(1, 2))),
]


def test_different_measures_have_different_identities():
    identities = [json.dumps(identity(measure)) for measure in MEASURES]
    assert len(set(identities)) == len(MEASURES)


def test_a_measure_made_again_is_the_same():
    assert identity(times(2)) == identity(times(2))
    assert identity(Scale(np.arange(6).reshape(2, 3).T)) == identity(
        Scale(np.array([[0, 3], [1, 4], [2, 5]]))
    )
    assert identity(Scale(np.float64(2))) == identity(Scale(2.0))


def test_an_edited_function_is_another_measure():
    def defined(source):
        names = {"__name__": "notebook"}
        exec(source, names)
        return names["measure"]

    old = identity(defined("def measure(spec):\n    return {'n': 2 * spec.seed}"))
    moved = identity(defined("\n\n# why\ndef measure(spec):\n    return {'n': 2 * spec.seed}"))
    new = identity(defined("def measure(spec):\n    return {'n': 3 * spec.seed}"))
    inner = [
        identity(defined(f"def measure(spec):\n    return {{'n': sorted([1], key=lambda a: {k})}}"))
        for k in (1, 2)
    ]
    assert old == moved and old != new and inner[0] != inner[1]


def test_identities_do_not_depend_on_the_process():
    code = (
        "import json; from tests.test_shards import one_of, Scale; from lstm_viz.shards import *;"
        "print(json.dumps([identity(one_of), identity(Scale(frozenset('abcdef')))]))"
    )
    root = Path(__file__).parent.parent
    run = functools.partial(subprocess.run, [sys.executable, "-c", code], cwd=root, check=True)
    printed = {run(env={"PYTHONHASHSEED": seed}, capture_output=True).stdout for seed in "12"}
    assert len(printed) == 1 and len(printed.pop()) > 100


@pytest.mark.parametrize("hidden", [object(), iter([1]), open], ids=["object", "iterator", "open"])
def test_a_measure_that_cannot_be_told_is_refused_where_it_matters(hidden, tmp_path):
    class Opaque:
        def __call__(self, spec):
            return {"n": 1}

    for measure in (functools.partial(twice, hidden), Opaque()):
        with pytest.raises(lv.SweepError, match="needs to know what a measure depends on"):
            lv.sweep(specs(1), measure, folder=tmp_path)
    assert lv.sweep(specs(1), Opaque())["n"].tolist() == [1]
