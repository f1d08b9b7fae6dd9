"""What a measure is, and the code it depends on: no change of either goes unseen, no other counts.

Each program is written to a file and imported, or run as a notebook would, edited and run again.
"""

import copy
import functools
import importlib
import json
import math
import os
import pickle
import shutil
import subprocess
import sys
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

import lstm_viz as lv
from lstm_viz.sweeps import sources
from lstm_viz.sweeps.identity import Identity
from tests.measuring import Logged, specs, twice

ROOT = Path(__file__).parents[2]

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
    identities = [json.dumps(Identity(measure).question) for measure in MEASURES]
    assert len(set(identities)) == len(MEASURES)


def test_a_measure_made_again_is_the_same():
    for one, other in (
        (times(2), times(2)),
        (Scale(np.arange(6).reshape(2, 3).T), Scale(np.array([[0, 3], [1, 4], [2, 5]]))),
        (Scale(np.float64(2)), Scale(2.0)),
    ):
        assert Identity(one).question == Identity(other).question
        assert Identity(one).code == Identity(other).code


def test_use_leaves_a_measure_what_it_is():
    measure = Logged("log")
    before = Identity(measure)
    repr(measure), hash(measure), pickle.dumps(measure), copy.deepcopy(measure)
    assert (Identity(measure).question, Identity(measure).code) == (before.question, before.code)


def test_identities_do_not_depend_on_the_process():
    code = (
        "import functools; from tests.measuring import *\n"
        "from lstm_viz.sweeps.identity import Identity\n"
        "for value in (edges, functools.partial(twice, {*'abcdef'}), Logged('log'), spelt):\n"
        "    print(Identity(value).question, Identity(value).code)"
    )
    run = functools.partial(subprocess.run, [sys.executable, "-c", code], cwd=ROOT, check=True)
    printed = {run(env={"PYTHONHASHSEED": seed}, capture_output=True).stdout for seed in "12"}
    assert len(printed) == 1 and printed.pop().count(b"\n") == 4


@pytest.mark.parametrize(
    "hidden", [object(), iter([1]), [].append], ids=["object", "iterator", "a list's method"]
)
def test_a_measure_that_cannot_be_told_is_refused_where_it_matters(hidden, tmp_path):
    class Opaque:
        def __call__(self, spec):
            return {"n": 1}

    for measure in (functools.partial(twice, hidden), Opaque()):
        with pytest.raises(lv.SweepError, match="needs to know what a measure depends on"):
            lv.sweep(specs(1), measure, folder=tmp_path)
    assert lv.sweep(specs(1), Opaque())["n"].tolist() == [1]
    within = []
    within.append(within)
    with pytest.raises(lv.SweepError, match="nested too deeply"):
        Identity(functools.partial(twice, within))


# ——— the code that a measure depends on ———

HELPER = "K = 1\ndef helped(n): return n + K\n"
ANSWER = "def measure(spec): return {'n': %s}\n"
PROGRAMS = {  # what defines `measure`, in a package, and a change of it or of a helper
    "a constant": ("K = 2\n" + ANSWER % "K * spec.seed", "K = 2", "K = 3"),
    "a table": ("TABLE = [sum((2, 1))]\n" + ANSWER % "TABLE[0]", "(2, 1)", "(2, 2)"),
    "a function": ("def f(n): return 2 * n\n" + ANSWER % "f(spec.seed)", "2 * n", "3 * n"),
    "a function found by its name": (
        "def f(n): return 2 * n\n" + ANSWER % "globals()['f'](spec.seed)",
        "2 * n",
        "3 * n",
    ),
    "a default value": ("def measure(spec, k=2): return {'n': k}", "k=2", "k=3"),
    "another method of a dataclass": (
        "from dataclasses import dataclass\n@dataclass(frozen=True)\nclass Measure:\n"
        "    by: int = 2\n    def other(self, n): return self.by * n + 1"
        "\n    def __call__(self, spec): return {'n': self.other(spec.seed)}\nmeasure = Measure()",
        "n + 1",
        "n + 2",
    ),
    "a module beside it": (
        "from . import helper\n" + ANSWER % "helper.helped(1)",
        "K = 1",
        "K = 5",
    ),
    "a name of such a module": ("from .helper import K\n" + ANSWER % "K", "K = 1", "K = 5"),
    "a module of the folder above": ("import helper\n" + ANSWER % "helper.K", "K = 1", "K = 5"),
    "a module of a module": ("from own import deep\n" + ANSWER % "deep.g(1)", "K = 1", "K = 5"),
    "a module imported within": (
        "def measure(spec):\n    from own.deep import g\n    return {'n': g(spec.seed)}",
        "K = 1",
        "K = 5",
    ),
    "a wrapped function": (
        "import functools\nK = 2\n@functools.lru_cache\ndef f(n): return K * n\n" + ANSWER % "f(1)",
        "K = 2",
        "K = 3",
    ),
}


@pytest.fixture
def program(tmp_path, monkeypatch):
    """A function that writes a package's texts to files and gives the measure that it defines."""
    folder = tmp_path / "program"
    monkeypatch.syspath_prepend(folder)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    (folder / "own").mkdir(parents=True)
    (folder / "own" / "__init__.py").touch()
    (folder / "own" / "deep.py").write_text("from .helper import helped as g\n")

    def forget():
        for name in ("helper", "own", "own.measures", "own.helper", "own.deep"):
            sys.modules.pop(name, None)
        importlib.invalidate_caches()

    def write(text, helper=HELPER):
        for name, content in ("measures", text), ("helper", helper):
            (folder / "own" / f"{name}.py").write_text(content)
        (folder / "helper.py").write_text(helper)
        forget()
        return importlib.import_module("own.measures").measure

    yield write
    forget()


def found(measure, folder, **options):
    """The rows' n, and how many specs were measured for them."""
    before = len([*folder.glob("*.json")])
    frame = lv.sweep(specs(3), measure, folder=folder, **options)
    return frame["n"].tolist(), len([*folder.glob("*.json")]) - before


@pytest.mark.parametrize(("text", "old", "new"), PROGRAMS.values(), ids=PROGRAMS)
def test_what_a_change_concerns_is_measured_anew(text, old, new, program, tmp_path):
    folder = tmp_path / "rows"
    with warnings.catch_warnings(action="error"):
        first, measured = found(program(text), folder)
        assert measured == 3 and found(program(text), folder) == (first, 0)
    said = "has older rows of 3 specs, found before the measure or what it uses changed; they stay"
    with pytest.warns(UserWarning, match=said):
        second, measured = found(program(text.replace(old, new), HELPER.replace(old, new)), folder)
    assert second != first and measured == 3
    with warnings.catch_warnings(action="error"):
        assert found(program(text), folder) == (first, 0)  # nothing was thrown away


def test_older_rows_are_taken_where_that_is_asked_for_and_said_to_be_so(program, tmp_path):
    text, old, new = PROGRAMS["a constant"]
    lv.sweep(specs(2), program(text), folder=tmp_path / "rows")
    changed = program(text.replace(old, new))
    with pytest.warns(UserWarning, match="older rows of 2 specs.*of_older_version says which"):
        frame = lv.sweep(specs(4), changed, folder=tmp_path / "rows", accept_older=True)
    assert frame["n"].tolist() == [0, 2, 6, 9]
    assert frame["of_older_version"].tolist() == [True, True, False, False]
    with pytest.warns(UserWarning, match="older rows of 2 specs"):
        again = lv.sweep(specs(4), changed, folder=tmp_path / "rows")
    assert again["n"].tolist() == [0, 3, 6, 9] and "of_older_version" not in again


def test_another_library_measures_its_own_measures_anew(tmp_path, monkeypatch):
    first = lv.sweep(specs(2), "survival", folder=tmp_path)
    monkeypatch.setattr(sources, "library", lambda: "of another lstm_viz")
    with pytest.warns(UserWarning, match="2 specs, found before lstm_viz .* changed"):
        second = lv.sweep(specs(2), "survival", folder=tmp_path)
    assert first.equals(second) and len([*tmp_path.iterdir()]) == 4


@pytest.mark.parametrize(
    ("name", "matters"),
    [("cells/lstm.py", True), ("analysis/rates.py", True), ("sweeps/measures.py", True)]
    + [("initializers.py", True), ("ui/page.py", False), ("figures/theme.py", False)],
)
def test_the_librarys_digest_is_of_what_numbers_depend_on(name, matters, tmp_path, monkeypatch):
    shutil.copytree(sources.PACKAGE, tmp_path / "lstm_viz", ignore=lambda *_: ["__pycache__"])
    monkeypatch.setattr(sources, "PACKAGE", tmp_path / "lstm_viz")
    before = sources.library.__wrapped__()
    assert before == sources.library()
    with open(tmp_path / "lstm_viz" / name, "a", encoding="utf-8") as file:
        file.write("\n")
    assert (sources.library.__wrapped__() != before) == matters


# ——— where there is no file: a notebook, or a script that is edited for other reasons ———

NOTEBOOK = """
import math
from dataclasses import dataclass
K, NAMES, CALLS, COUNT = 2, ["a", "b"], [], 0
def f(n): return math.sqrt(K) * n if n else f(1)
def measure(spec):
    global COUNT
    COUNT += 1
    CALLS.append(spec.seed)
    return {"n": f(spec.seed) + len(NAMES)}
@dataclass(frozen=True)
class Base:
    by: int = 1
    def other(self, n): return self.by * n + 7
@dataclass(frozen=True)
class Measure(Base):
    def __call__(self, spec): return {"n": super().other(spec.seed)}
value = Measure(3)
"""
EDITS = {
    "measure": [("K,", "K,", False), ("= 2,", "= 3,", True), ('"b"', '"c"', True)]
    + [("* n if", "+ n if", True), ("spec.seed) +", "spec.seed) -", True), ("+ 7", "+ 8", False)]
    + [("import math", "import math\nL = 1  # for later", False)],
    "value": [("+ 7", "+ 8", True), ("super().", "self.", True), ("= 2,", "= 3,", False)],
}


def run(text, module="__main__"):
    names = {"__name__": module}
    exec(text, names)
    return names


@pytest.mark.parametrize("module", ["__main__", "a_notebook"])
@pytest.mark.parametrize(
    ("name", "old", "new", "matters"),
    [(name, *edit) for name, edits in EDITS.items() for edit in edits],
)
def test_what_a_notebook_refers_to_counts_and_nothing_else(name, old, new, matters, module):
    assert old in NOTEBOOK
    before = Identity(run(NOTEBOOK, module)[name])
    names = run(NOTEBOOK.replace(old, new), module)
    after = Identity(names[name])
    assert before.question == after.question and (before.code != after.code) == matters
    if name == "measure":
        names[name](specs(1)[0])  # its own log and counter are no part of it
        assert Identity(names[name]).code == after.code


def test_what_cannot_be_told_in_a_notebook_is_named_and_in_a_module_its_text_will_do(program):
    text = "import threading\nlock = threading.Lock()\n" + ANSWER % "lock.locked()"
    with pytest.raises(lv.SweepError, match="^lock: a folder needs to know .* and lock does not"):
        Identity(run(text, "a_notebook")["measure"])
    assert Identity(program(text)).code == Identity(program(text)).code
    assert Identity(program(text)).code != Identity(program(text + "#")).code


def test_a_module_that_a_notebook_imports_counts(program):
    for read in ("helper.K", "own.helper.K", "deep.g(1)"):
        text = f"import helper, own.helper\nfrom own import deep\n{ANSWER % read}"
        codes = set()
        for helper in (HELPER, HELPER, HELPER.replace("K = 1", "K = 2")):
            program("measure = None", helper)
            codes.add(Identity(run(text)["measure"]).code)
        assert len(codes) == 2


SCRIPT = """
import sys, lstm_viz as lv
from helper import helped
CALLS = []
def measure(spec):
    CALLS.append(spec.seed)
    return {"n": helped(spec.seed)}
lv.sweep([lv.ModelSpec(seed=s) for s in range(int(sys.argv[2]))], measure, folder=sys.argv[1])
print(len(CALLS))
"""


def test_a_script_goes_on_from_another_process_and_another_folder(tmp_path):
    (tmp_path / "script.py").write_text(SCRIPT)
    (tmp_path / "helper.py").write_text(HELPER)
    (tmp_path / "elsewhere").mkdir()

    def measured(count, cwd):
        command = [sys.executable, tmp_path / "script.py", tmp_path / "rows", count]
        environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONHASHSEED": count}
        command = [*map(str, command)]
        done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True)
        return done.stdout, done.stderr

    assert measured("3", tmp_path) == ("3\n", "")
    assert measured("5", tmp_path / "elsewhere") == ("2\n", "")
