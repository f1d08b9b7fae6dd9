"""The same measurement on many networks: in this process, on all cores, on a cluster."""

import warnings
from collections.abc import Callable, Generator, Hashable, Iterable, Iterator, Mapping, Sized
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future
from contextlib import closing
from dataclasses import dataclass, field, fields, is_dataclass
from functools import partial
from os import PathLike
from queue import SimpleQueue
from typing import TYPE_CHECKING, ParamSpec, TypeVar

import numpy as np

from lstm_viz.errors import Said, SweepError, SweepWarning, shown
from lstm_viz.progress import Progress, reporting
from lstm_viz.spec import ModelSpec, is_list
from lstm_viz.sweeps import sources
from lstm_viz.sweeps.measures import measure_of
from lstm_viz.sweeps.shards import Rows, Shard, Shards
from lstm_viz.version import VERSION_COLUMN, __version__

if TYPE_CHECKING:
    from _typeshed import DataclassInstance
    from pandas import DataFrame

OLDER = "of_older_version"  # a column, of what was accepted
Given = ParamSpec("Given")  # to a function that an executor runs
Found = TypeVar("Found")  # by it
IN_FLIGHT = 512  # specs handed to an executor at a time: enough for a cluster, little for a list


def sweep(
    specs: Iterable,
    measure: Callable | str,
    executor: Executor | None = None,
    *,
    folder: str | PathLike | None = None,
    accept_older: bool = False,
    progress: Progress | str | None = "auto",
) -> "DataFrame":
    """Measure every spec and gather what was found in one table.

    Parameters
    ----------
    specs : ModelSpecs, or other frozen dataclasses, from a list or a generator of any length; a
        spec that comes twice is measured once
    measure : spec → a dict of numbers or texts, or a list of such dicts; or a name in
        `measures.MEASURES`. For other processes it must be picklable: a module's own function, a
        functools.partial of one, or a value such as `measures.SurvivalMeasure(...)`.
    executor : a concurrent.futures.Executor, or a Dask cluster's `Client.get_executor()`; it stays
        the caller's to shut down. None measures in this process, one spec after the other.
    folder : where each spec's rows are kept as soon as they are found. Called again after it was
        stopped, or with more specs, a sweep measures only what is not there yet. Rows that were
        found by an older version of the measure, of what it uses, or of this library stay there;
        a warning says how many, and they are measured again.
    accept_older : take rows of an older version where there are no newer ones; `of_older_version`
        says which they are
    progress : a function of (specs done, specs in all or None); "auto" for a line on the terminal;
        None for silence. What it raises stops the sweep.

    Returns
    -------
    pandas.DataFrame
        A row for each row of a measure, in the order of `specs`: the spec's fields, what was found,
        and `lstm_viz_version`; a column that a row lacks is empty there. Without any row the
        columns are those of a ModelSpec and the measure's `columns`, as far as it has such.

    Raises
    ------
    SweepError
        If the measure fails, naming the spec; if a worker process dies, or the executor gives the
        work up, as a Dask cluster without its scheduler does; if rows cannot be kept. What was
        found before is in the folder, and what is running then comes there if it ends.
    """
    from lstm_viz.tables import nested_frame  # first of all: without pandas all would be in vain

    if not is_list(specs):
        raise SweepError("list-of-specs", got=shown(specs))
    measure = measure_of(measure)
    shards = None if folder is None else Shards(folder, measure, accept_older)
    with reporting(progress) as report:
        book = _Book(shards, report, len(specs) if isinstance(specs, Sized) else None)
        _measure_all(specs, measure, executor or _ThisProcess(), book)
    found = [book.found[spec] for spec in book.order]
    own = [_provenance(shard.version, shard.older, accept_older) for shard in found]
    names = [field.name for field in fields(book.order[0] if book.order else ModelSpec)]
    names += [*getattr(measure, "columns", ()), *_provenance({}, False, accept_older)]
    rows = [shard.rows for shard in found]
    return nested_frame([_fields(spec) for spec in book.order], rows, own, names)


def _provenance(version: dict, older: bool, accept_older: bool) -> dict[str, object]:
    own: dict[str, object] = {VERSION_COLUMN: version.get("lstm_viz", __version__)}
    return own | {OLDER: older} if accept_older else own


def _measure_all(specs: Iterable, measure: Callable, executor: Executor, book: "_Book") -> None:
    book.report(0, book.total)
    running = _in_flight(executor, measure, book.missing(specs), book.keep)
    with closing(running):  # at once, should anything go wrong
        for spec, future in running:
            book.enter(spec, _result(measure, spec, future, executor))


@dataclass
class _Book:
    """What was asked for, in order, and what has been found of it."""

    shards: Shards | None
    report: Progress
    total: int | None
    order: list["DataclassInstance"] = field(default_factory=list)
    asked: set["DataclassInstance"] = field(default_factory=set)
    found: dict["DataclassInstance", Shard] = field(default_factory=dict)
    done: int = 0

    def missing(self, specs: Iterable) -> Iterator["DataclassInstance"]:
        """Note each spec, and give those that have to be measured."""
        for spec in specs:
            if not is_dataclass(spec) or isinstance(spec, type) or not isinstance(spec, Hashable):
                raise SweepError("no-spec", got=shown(spec))
            self.order.append(spec)
            if spec not in self.asked:
                self.asked.add(spec)
                kept = self.shards.read(spec) if self.shards else None
                if kept is None:
                    yield spec
                    continue
                self.found[spec] = kept
            self._count()

    def enter(self, spec: "DataclassInstance", rows: Rows) -> None:
        self.found[spec] = self.shards.write(spec, rows) if self.shards else Shard(rows, {})
        self._count()

    def keep(self, spec: "DataclassInstance", future: Future) -> None:
        """Write what was found after the sweep had been stopped."""
        if self.shards and not future.cancelled() and future.exception() is None:
            try:
                self.shards.write(spec, future.result())
            except SweepError as error:
                warnings.warn(SweepWarning(error.code, **error.values), stacklevel=2)

    def _count(self) -> None:
        self.done += 1
        self.report(self.done, self.total)


class _ThisProcess(Executor):
    """An executor that does the work at once, where it is."""

    def submit(
        self, function: Callable[Given, Found], /, *args: Given.args, **options: Given.kwargs
    ) -> Future[Found]:
        future = Future[Found]()
        try:
            future.set_result(function(*args, **options))
        except Exception as error:
            future.set_exception(error)
        return future


def _in_flight(
    executor: Executor, measure: Callable, specs: Iterator["DataclassInstance"], keep: Callable
) -> Generator[tuple["DataclassInstance", Future]]:
    """Give each spec with its finished future as it ends, at most IN_FLIGHT at a time.

    Closed early, it cancels those that wait, and has `keep` called with those that run.
    """
    ended: SimpleQueue = SimpleQueue()
    pending: dict[Future, DataclassInstance] = {}
    try:
        while True:
            room = len(pending) < IN_FLIGHT and ended.empty()
            spec = next(specs, None) if room else None
            if spec is not None:
                future = _submitted(executor, measure, spec)
                pending[future] = spec
                future.add_done_callback(ended.put)
            elif pending:
                future = ended.get()
                yield pending.pop(future), future
            else:
                return
    finally:
        for future, spec in pending.items():
            if not future.cancel():
                future.add_done_callback(partial(keep, spec))


def _submitted(executor: Executor, measure: Callable, spec: "DataclassInstance") -> Future:
    try:
        return executor.submit(measured, measure, spec, sources.library())
    except BrokenExecutor as error:
        raise SweepError("worker-died", measure=_name(measure), reason=str(error)) from error
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        raise SweepError("takes-no-work", where=_where(executor), reason=reason) from error


def _result(
    measure: Callable, spec: "DataclassInstance", future: Future, executor: Executor
) -> Rows:
    try:
        return future.result()
    except BrokenExecutor as error:
        raise SweepError("worker-died", measure=_name(measure), reason=str(error)) from error
    except CancelledError as error:
        raise SweepError("gave-up", where=_where(executor), measure=_name(measure)) from error
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        raise SweepError(
            "measure-failed", measure=_name(measure), spec=repr(spec), reason=reason
        ) from error


def _where(executor: Executor) -> Said:
    """The executor as its owner knows it; Dask's by the address of its scheduler."""
    scheduler = getattr(getattr(executor, "_client", None), "scheduler", None)
    address = getattr(scheduler, "address", None)
    if address:
        return Said("dask", address=address)
    return Said("executor", kind=type(executor).__name__)


def _name(measure: Callable) -> str:
    measure = measure.func if isinstance(measure, partial) else measure
    return getattr(measure, "__name__", type(measure).__name__)


def measured(measure: Callable, spec: "DataclassInstance", library: str) -> Rows:
    """The measure's rows in plain Python values; runs where the executor runs it.

    Raises SweepError if there is anything else than numbers, texts and None under names that the
    spec does not have itself, or if the lstm_viz there is not the one whose digest is given.
    """
    if sources.library() != library:
        raise SweepError("other-library", version=__version__)
    found = measure(spec)
    rows = [found] if isinstance(found, Mapping) else found
    if not isinstance(rows, list | tuple) or not all(isinstance(row, Mapping) for row in rows):
        raise SweepError("no-rows", got=shown(found))
    return [{_own_name(name, spec): _plain(name, v) for name, v in row.items()} for row in rows]


def _own_name(name: object, spec: "DataclassInstance") -> str:
    if not isinstance(name, str) or name in (*_fields(spec), VERSION_COLUMN, OLDER):
        raise SweepError("no-name", got=shown(name))
    return name


def _plain(name: str, value: object) -> bool | int | float | str | None:
    plain = value.item() if isinstance(value, np.generic) else value
    if plain is not None and not isinstance(plain, bool | int | float | str):
        raise SweepError("no-cell", name=name, got=type(value).__name__)
    return plain


def _fields(spec: "DataclassInstance") -> dict:
    return {field.name: getattr(spec, field.name) for field in fields(spec)}
