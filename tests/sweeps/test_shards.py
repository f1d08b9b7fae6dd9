"""The folder of a sweep: rows come back exactly, for what they were found for and nothing else."""

import functools
import json
import math
import warnings
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import lstm_viz as lv
from lstm_viz import files
from lstm_viz.sweeps import shards
from lstm_viz.sweeps.identity import digest
from lstm_viz.sweeps.shards import Shards
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
    assert exactly(kept.read(SPEC).rows) == exactly(rows)
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
    with pytest.warns(UserWarning, match="1 spec, found before the version changed; they stay"):
        assert Shards(tmp_path, twice).read(SPEC) is None
    with pytest.warns(UserWarning, match="they are taken"):
        old = Shards(tmp_path, twice, accept_older=True).read(SPEC)
    assert old.rows == [{"twice": 0}] and old.older and old.version["lstm_viz"] == lv.__version__


def signed(text, **content):
    """A file whose checksum is right, whatever it holds."""
    own = json.loads(text) | content
    return json.dumps(own | {"sha256": digest([own["question"], own["version"], own["rows"]])})


DAMAGE = {
    "half written": lambda text: text[: len(text) // 2],
    "empty": lambda text: "",
    "one digit off": lambda text: text.replace('"square": 4', '"square": 5'),
    "another version": lambda text: text.replace('"lstm_viz": "', '"lstm_viz": "9'),
    "no rows": lambda text: json.dumps({"sha256": "0"}),
    "another shape": lambda text: "[1, 2]",
    "no text": lambda text: b"\xff\xfe\x00",
    "nested deeply": lambda text: '{"rows":' * 100_000,
    "lists in lists": lambda text: text.replace("[{", "[" * 900 + "{").replace(
        "}]", "}" + "]" * 900
    ),
    "a huge number": lambda text: text.replace('"square": 4', f'"square": {"9" * 5000}'),
    "a number of rows": lambda text: signed(text, rows=3),
    "numbers as rows": lambda text: signed(text, rows=[3]),
    "a version that is none": lambda text: signed(text, version=1),
}


@pytest.fixture
def kept(tmp_path):
    """A measure that logs its calls, the log, a folder of four files, and the third one's path."""
    log, folder = tmp_path / "log", tmp_path / "rows"
    measure = Logged(str(log))
    lv.sweep(specs(4), measure, folder=folder)
    (path,) = (p for p in folder.iterdir() if json.loads(p.read_text())["rows"][0]["square"] == 4)
    return measure, log, folder, path


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_file_is_measured_again_with_a_warning(damage, kept):
    measure, log, folder, path = kept
    broken = damage(path.read_text())
    path.write_bytes(broken if isinstance(broken, bytes) else broken.encode())
    with pytest.warns(UserWarning, match=f"{path.name} is damaged, its rows are measured again"):
        frame = lv.sweep(specs(4), measure, folder=folder)
    assert frame["square"].tolist() == [0, 1, 4, 9] and calls(log) == [0, 1, 2, 3, 2]
    with warnings.catch_warnings(action="error"):
        lv.sweep(specs(4), measure, folder=folder)
    assert len(calls(log)) == 5


def test_a_folder_in_a_files_place_is_said_and_measured_each_time(kept):
    measure, log, folder, path = kept
    path.unlink()
    path.mkdir()
    for _ in range(2):
        with pytest.warns(UserWarning) as said:
            frame = lv.sweep(specs(4), measure, folder=folder)
        assert frame["square"].tolist() == [0, 1, 4, 9]
        first, second = (str(warning.message) for warning in said)
        assert first == f"{path} is damaged, its rows are measured again: Is a directory"
        assert second.startswith(f"{path} is a folder: the rows of ModelSpec(")
    assert calls(log) == [0, 1, 2, 3, 2, 2] and len([*folder.iterdir()]) == 4


def test_a_file_that_may_not_be_read_is_said(kept, monkeypatch):
    measure, _log, folder, path = kept
    read = Path.read_text

    def refused(self, **options):
        if self == path:
            raise PermissionError(13, "Permission denied", str(self))
        return read(self, **options)

    monkeypatch.setattr(Path, "read_text", refused)
    with pytest.warns(UserWarning, match=f"{path.name} is damaged, .*again: Permission denied"):
        assert lv.sweep(specs(4), measure, folder=folder)["square"].tolist() == [0, 1, 4, 9]


def test_rows_that_cannot_be_kept_end_the_sweep_with_the_reason(kept, monkeypatch):
    measure, log, folder, path = kept
    path.unlink()

    def full(*where):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(files.os, "replace", full)
        with pytest.raises(lv.SweepError, match=f"{path.name} cannot be written: No space left"):
            lv.sweep(specs(4), measure, folder=folder)
    assert len([*folder.iterdir()]) == 3
    assert lv.sweep(specs(4), measure, folder=folder)["square"].tolist() == [0, 1, 4, 9]
    with pytest.raises(lv.SweepError, match=f"rows cannot be kept in {log}: File exists"):
        lv.sweep(specs(4), measure, folder=log)


def test_rows_of_another_spec_under_this_ones_name_are_not_taken(tmp_path):
    lv.sweep(specs(2), twice, folder=tmp_path)
    first, second = sorted(tmp_path.iterdir())
    first.write_bytes(second.read_bytes())
    with pytest.warns(UserWarning, match="checksum"):
        assert lv.sweep(specs(2), twice, folder=tmp_path)["twice"].tolist() == [0, 2]


def test_what_is_no_json_leaves_nothing_behind(tmp_path):
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
        patched.setattr(files.os, "replace", stopped)
        kept.write(SPEC, [{"twice": 0}])
    assert kept.read(SPEC) is None and not list(tmp_path.iterdir())
