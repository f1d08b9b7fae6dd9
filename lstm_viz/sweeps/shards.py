"""The folder in which a sweep keeps what it has found: a small file for each spec and version.

A file's name is made of digests: of the measure with its options, of the spec, and of the version,
which is all else that the rows depend on: the measure's code and this library's. So rows that were
found otherwise are never taken for those asked for, and those of an older version are known as such
and stay. (What installed packages compute, and what a measure reads from files, is not part of it.)
Python's JSON writes every float so that it is read back exactly, NaN and ±inf included.
"""

import json
import os
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from lstm_viz.errors import Said, SweepError, SweepWarning
from lstm_viz.files import whole_file
from lstm_viz.sweeps import sources
from lstm_viz.sweeps.identity import Identity, digest
from lstm_viz.version import __version__

Rows = list[dict]
DAMAGE = (OSError, ValueError, KeyError, TypeError, RecursionError, MemoryError)


@dataclass(frozen=True)
class Shard:
    """The rows of one spec, the version that found them, and whether that is an older one."""

    rows: Rows
    version: dict[str, str]
    older: bool = False


class Shards:
    """The rows of one measure that a folder keeps; the folder is made where it is missing.

    accept_older : whether rows of an older version will do where there are none of this one

    Raises SweepError if the measure depends on something that no digest can be taken of, or if the
    folder cannot be made or listed.
    """

    def __init__(
        self, folder: str | os.PathLike, measure: Callable, accept_older: bool = False
    ) -> None:
        self.folder, self.accept_older = Path(folder), accept_older
        self._measure = Identity(measure)
        self._told = False
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            stems = [Path(name).stem for name in os.listdir(folder) if name.endswith(".json")]
        except OSError as error:
            raise SweepError("no-folder", folder=str(folder), reason=error.strerror) from error
        self._versions: dict[str, set[str]] = {}  # of each question that has rows here
        for question, _dash, version in (stem.rpartition("-") for stem in stems):
            self._versions.setdefault(question, set()).add(version)

    def read(self, spec: object) -> Shard | None:
        """What is kept of the spec; None if it must be measured.

        Warns where a file is damaged and, once, where there are rows of an older version.
        """
        question, version = self._key(spec)
        path = self._path(question, version)
        found = _read(path, question)
        if found is not None:
            return found
        older = self._older(path, question)
        if older is not None and not self._told:
            self._tell(path, older.version, version)
        return older if self.accept_older else None

    def write(self, spec: object, rows: Rows) -> Shard:
        """Keep the spec's rows: the file is there whole or not at all, whenever we are killed.

        Raises SweepError if it cannot be written; where a folder has its name, warns.
        """
        question, version = self._key(spec)
        path = self._path(question, version)
        key = {"question": question, "version": version}
        content = json.dumps(key | {"rows": rows, "sha256": digest([question, version, rows])})
        try:
            with whole_file(path) as file:
                file.write(content)
        except OSError as error:
            if not path.is_dir():
                reason = error.strerror or str(error)
                raise SweepError("not-kept", path=str(path), reason=reason) from error
            _warn(SweepWarning("path-is-folder", path=str(path), spec=repr(spec)))
        return Shard(rows, version)

    def _key(self, spec: object) -> tuple[list, dict[str, str]]:
        """The question, and the version of all that the answer depends on."""
        own = Identity(spec)
        code = digest([self._measure.code, own.code])
        version = {"lstm_viz": __version__, "library": sources.library(), "measure": code}
        return [self._measure.question, own.question], version

    def _path(self, question: list, version: dict[str, str]) -> Path:
        measure, spec = (digest(part) for part in question)
        return self.folder / f"{measure[:8]}-{spec[:32]}-{digest(version)[:16]}.json"

    def _older(self, path: Path, question: list) -> Shard | None:
        """The newest answer of another version to a question, whose own place is `path`."""
        start, _dash, own = path.stem.rpartition("-")
        others = self._versions.get(start, set()) - {own}
        paths = [path.with_stem(f"{start}-{other}") for other in others]
        for other in sorted(paths, key=_age):
            found = _read(other, question)
            if found is not None:
                return replace(found, older=True)
        return None

    def _tell(self, path: Path, old: dict[str, str], new: dict[str, str]) -> None:
        """Say how many specs of this measure have rows, but none of this version, and why."""
        measure, own = path.stem.split("-")[0], path.stem.split("-")[-1]
        count = sum(
            question.startswith(measure) and own not in versions
            for question, versions in self._versions.items()
        )
        code = "older-taken" if self.accept_older else "older-measured"
        _warn(SweepWarning(code, folder=str(self.folder), n=count, what=_changed(old, new)))
        self._told = True


def _read(path: Path, question: list) -> Shard | None:
    """What a file holds as the answer to a question; None, with a warning, if it is damaged."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        rows, version = content["rows"], content["version"]
        if content["sha256"] != digest([question, version, rows]):
            raise SweepError("other-checksum")
        if not all(isinstance(row, dict) for row in rows) or not isinstance(version, dict):
            raise SweepError("holds-no-rows")
        return Shard(rows, version)
    except FileNotFoundError:
        return None
    except DAMAGE as error:
        reason = getattr(error, "strerror", None) or error
        _warn(SweepWarning("damaged", path=str(path), reason=reason))
        return None


def _changed(old: dict[str, str], new: dict[str, str]) -> Said:
    measure, library = (old.get(part) != new[part] for part in ("measure", "library"))
    if measure and library:
        return Said("the-measure-and", version=old.get("lstm_viz"))
    if library:
        return Said("the-library", version=old.get("lstm_viz"))
    return Said("the-measure") if measure else Said("the-version")


def _age(path: Path) -> float:
    try:
        return -path.stat().st_mtime
    except OSError:
        return 0.0


def _warn(warning: SweepWarning) -> None:
    warnings.warn(warning, stacklevel=3)
