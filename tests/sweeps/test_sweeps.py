"""Sweeps: the same table by every executor, in the order asked for, and nothing lost by a kill."""

import itertools
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from pathlib import Path
from threading import Event

import pandas as pd
import pytest

import lstm_viz as lv
from lstm_viz.sweeps import run as sweeps
from lstm_viz.sweeps import sources
from lstm_viz.version import VERSION_COLUMN as VERSION
from tests.measuring import Logged, calls, dies, edges, specs, twice, wait_until

ROOT = Path(__file__).parents[2]


@contextmanager
def this_process():
    yield None


EXECUTORS = {
    "this process": this_process,
    "threads": lambda: ThreadPoolExecutor(3),
    "processes": lambda: ProcessPoolExecutor(2),
}
EVERYWHERE = pytest.mark.parametrize("executor", EXECUTORS.values(), ids=EXECUTORS)


@EVERYWHERE
def test_a_row_is_the_spec_and_what_was_found(executor):
    nets = [replace(spec, gain=0.5 + spec.seed) for spec in specs(5)]
    with executor() as pool:
        frame = lv.sweep(nets, twice, pool)
    assert list(frame) == [field.name for field in fields(lv.ModelSpec)] + [
        "twice",
        "lstm_viz_version",
    ]
    assert set(frame["lstm_viz_version"]) == {lv.__version__}
    for spec, (_, row) in zip(nets, frame.iterrows(), strict=True):
        assert {f.name: row[f.name] for f in fields(spec)} == {
            f.name: getattr(spec, f.name) for f in fields(spec)
        }
        assert row["twice"] == 2 * spec.seed


def test_rows_come_in_the_order_of_the_specs():
    ended, done = [], [Event() for _ in range(7)]
    done[6].set()
    with ThreadPoolExecutor(6) as pool:

        def measure(spec):  # the last spec ends first
            assert done[spec.seed + 1].wait(20)
            ended.append(spec.seed)
            done[spec.seed].set()
            return {"seed_again": spec.seed}

        frame = lv.sweep(specs(6), measure, pool)
    assert ended == [5, 4, 3, 2, 1, 0]
    assert frame["seed"].tolist() == frame["seed_again"].tolist() == [0, 1, 2, 3, 4, 5]


@EVERYWHERE
@pytest.mark.parametrize("kept", [False, True])
def test_a_spec_that_comes_twice_is_measured_once(executor, kept, tmp_path):
    log, folder = tmp_path / "log", tmp_path / "rows" if kept else None
    nets = [specs(3)[k] for k in (2, 0, 2, 1, 0, 2)]
    with executor() as pool:
        frame = lv.sweep(nets, Logged(str(log)), pool, folder=folder)
    assert frame["square"].tolist() == [4, 0, 4, 1, 0, 4]
    assert sorted(calls(log)) == [0, 1, 2]


def test_a_measure_may_give_several_rows_or_none():
    def measure(spec):
        return [{"k": k, "odd": None} if k % 2 else {"k": k} for k in range(spec.seed)]

    frame = lv.sweep(specs(4), measure)
    assert frame["seed"].tolist() == [1, 2, 2, 3, 3, 3]
    assert frame["k"].tolist() == [0, 0, 1, 0, 1, 2]


@pytest.mark.parametrize("name", lv.measures.MEASURES)
@pytest.mark.parametrize("older", [False, True])
def test_a_table_without_rows_has_its_columns(name, older, tmp_path):
    options = {"folder": tmp_path, "accept_older": older}
    empty, full = (lv.sweep(specs(n), name, **options) for n in (0, 1))
    assert list(empty) == list(full) and empty.empty and not full.empty
    assert empty.groupby("forget_bias")["seed"].median().empty
    assert list(lv.sweep([], twice)) == [*(f.name for f in fields(lv.ModelSpec)), VERSION]


@dataclass(frozen=True)
class Point:
    x: float
    name: str


def test_specs_without_rows_have_their_own_columns():
    assert list(lv.sweep([Point(0.5, "a")], lambda spec: [])) == ["x", "name", VERSION]


@EVERYWHERE
@pytest.mark.parametrize("kept", [False, True])
def test_every_number_comes_back_exactly(executor, kept, tmp_path):
    folder = tmp_path / "rows" if kept else None
    for _ in range(1 + kept):  # the second time from the files
        with executor() as pool:
            frame = lv.sweep(specs(7), edges, pool, folder=folder)
        for spec, value, text, whole in zip(
            specs(7), frame["value"], frame["text"], frame["whole"], strict=True
        ):
            wanted = edges(spec)
            assert repr(float(value)) == repr(wanted["value"])  # tells −0 from 0
            assert text == wanted["text"] and whole == 2**80


def test_specs_may_be_any_frozen_dataclass():
    frame = lv.sweep([Point(0.5, "a"), Point(-1.0, "b")], lambda p: {"square": p.x**2})
    found = frame.drop(columns=VERSION).to_dict("list")
    assert found == {"x": [0.5, -1.0], "name": ["a", "b"], "square": [0.25, 1.0]}


def test_a_long_list_is_handed_out_piece_by_piece(monkeypatch):
    monkeypatch.setattr(sweeps, "IN_FLIGHT", 5)
    done, ahead = 0, []

    def drawn():
        for spec in specs(40):
            ahead.append(spec.seed - done)  # how many are on their way as this one is asked for
            yield spec

    def progress(count, total):
        nonlocal done
        done = count
        assert total is None

    def measure(spec):
        time.sleep(0.005)
        return twice(spec)

    with ThreadPoolExecutor(2) as pool:
        frame = lv.sweep(drawn(), measure, pool, progress=progress)
    assert frame["twice"].tolist() == list(range(0, 80, 2))
    assert max(ahead) == 4 and done == 40


def test_an_endless_list_can_be_stopped_by_its_progress():
    def stop(done, total):
        if done == 1000:
            raise TimeoutError("enough")

    endless = (lv.ModelSpec(seed=seed) for seed in itertools.count())
    with pytest.raises(TimeoutError, match="enough"):
        lv.sweep(endless, twice, progress=stop)


@pytest.mark.parametrize("make", [list, iter])
def test_progress_counts_every_spec(make, tmp_path):
    seen = []
    nets = [*specs(4), *specs(2)]
    for _ in range(2):
        seen.append([])
        lv.sweep(make(nets), twice, folder=tmp_path, progress=lambda *at: seen[-1].append(at))
    total = len(nets) if make is list else None
    assert seen == [[(done, total) for done in range(7)]] * 2


# ——— failures ———


@EVERYWHERE
def test_a_failing_measure_names_its_spec_and_what_was_found_is_kept(executor, tmp_path):
    log, folder = tmp_path / "log", tmp_path / "rows"
    bad = specs(9)[4]
    with pytest.raises(lv.SweepError) as caught, executor() as pool:
        lv.sweep(specs(9), Logged(str(log), fails=(4,)), pool, folder=folder)
    assert str(caught.value) == f"Logged failed on {bad!r}: ArithmeticError: no square of 4"
    assert isinstance(caught.value.__cause__, ArithmeticError)
    done = len(list(folder.glob("*.json")))
    assert 3 <= done < 9
    good = [spec for spec in specs(9) if spec != bad]
    before = len(calls(log))
    with executor() as pool:
        frame = lv.sweep(good, Logged(str(log), fails=(4,)), pool, folder=folder)
    assert frame["square"].tolist() == [0, 1, 4, 9, 25, 36, 49, 64]
    assert len(calls(log)) - before == 8 - done


def test_after_a_failure_what_waits_is_dropped_and_what_runs_is_kept(tmp_path):
    log, folder = tmp_path / "log", tmp_path / "rows"
    measure = Logged(str(log), pause=0.3, fails=(1,))
    with ThreadPoolExecutor(2) as pool, pytest.raises(lv.SweepError, match="seed=1"):
        lv.sweep(specs(30), measure, pool, folder=folder)
    assert set(calls(log)) <= {0, 1, 2}  # 2 may have begun where 1 had failed
    before = calls(log)
    frame = lv.sweep(specs(1), measure, folder=folder)
    assert calls(log) == before and frame["square"].tolist() == [0]


def test_an_interrupt_cancels_what_waits(tmp_path):
    log = tmp_path / "log"

    def interrupt(done, total):
        if done == 2:
            raise KeyboardInterrupt

    with ThreadPoolExecutor(1) as pool, pytest.raises(KeyboardInterrupt):
        lv.sweep(specs(50), Logged(str(log), pause=0.05), pool, progress=interrupt)
    assert len(calls(log)) <= 4


def test_a_worker_that_dies_is_said(tmp_path):
    with ProcessPoolExecutor(2) as pool, pytest.raises(lv.SweepError, match="a worker died while"):
        lv.sweep(specs(20), dies, pool, folder=tmp_path)


def test_a_worker_with_another_library_is_refused(monkeypatch):
    class Elsewhere(ThreadPoolExecutor):
        def submit(self, function, /, *arguments):
            monkeypatch.setattr(sources, "library", lambda: "another")  # before it runs there
            return super().submit(function, *arguments)

    with Elsewhere(1) as pool, pytest.raises(lv.SweepError, match="a worker, .* is another than"):
        lv.sweep(specs(1), twice, pool)


@pytest.mark.parametrize("late", [False, True])
def test_an_executor_that_is_shut_down_is_named_and_no_spec(late, tmp_path):
    pool = ThreadPoolExecutor(1)

    def shut(done, total):
        if done == late:
            pool.shutdown(wait=False, cancel_futures=True)

    reason = "gave up the work while Logged ran: it was shut down, or" if late else "takes no work"
    with pytest.raises(lv.SweepError, match=f"the ThreadPoolExecutor {reason}") as caught:
        measure = Logged(str(tmp_path / "log"), pause=0.02)
        lv.sweep(specs(20), measure, pool, folder=tmp_path / "rows", progress=shut)
    assert "ModelSpec" not in str(caught.value)
    assert len(list((tmp_path / "rows").iterdir())) >= late


@pytest.mark.parametrize(
    ("found", "message"),
    [
        (3.0, "a measure must return a dict or a list of dicts; got 3.0"),
        ([1.0], "a measure must return a dict or a list of dicts"),
        ({"seed": 1}, "other than the spec; got 'seed'"),
        ({VERSION: "1"}, f"other than the spec; got '{VERSION}'"),
        ({0: 1}, "must name what it found.*got 0"),
        ({"z": 1j}, "z must be a number, a text or None; got complex"),
        ({"z": [1, 2]}, "z must be a number, a text or None; got list"),
    ],
)
def test_what_is_no_row_is_refused(found, message):
    with pytest.raises(lv.SweepError, match=message):
        lv.sweep(specs(1), lambda spec: found)


@pytest.mark.parametrize("spec", [{"seed": 1}, lv.ModelSpec, None, 3])
def test_what_is_no_spec_is_refused(spec):
    with pytest.raises(lv.SweepError, match="specs must be ModelSpecs or frozen dataclasses; got"):
        lv.sweep([spec], twice)


def test_an_unknown_measure_is_refused():
    with pytest.raises(lv.SpecError, match="measure must be one of survival, length_sweep; got"):
        lv.sweep(specs(1), "surival")
    with pytest.raises(lv.SpecError, match="measure must be a name or a function"):
        lv.sweep(specs(1), lv.measures.SurvivalMeasure)


# ——— kills ———


@pytest.mark.skipif(os.name != "posix", reason="kills a group of processes by a POSIX signal")
@pytest.mark.parametrize("workers", [0, 2])
def test_a_killed_sweep_goes_on_where_it_was(workers, tmp_path):
    log, folder = tmp_path / "log", tmp_path / "rows"
    command = [sys.executable, "-m", "tests.measuring", folder, log, 30, workers]
    process = subprocess.Popen(list(map(str, command)), cwd=ROOT, start_new_session=True)
    try:
        wait_until(lambda: len(list(folder.glob("*.json"))) >= 4)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
    kept, begun = len(list(folder.glob("*.json"))), len(calls(log))
    assert 4 <= kept < 30
    assert begun - kept <= max(workers, 1) + 1  # only what ran just then is lost
    frame = lv.sweep(specs(30), Logged(str(log), pause=0.1), ThreadPoolExecutor(30), folder=folder)
    assert len(calls(log)) - begun == 30 - kept
    assert frame["square"].tolist() == [seed**2 for seed in range(30)]
    own = frame["process"] == os.getpid()
    assert own.sum() == 30 - kept


def test_a_sweep_on_a_dask_cluster_outlives_a_killed_worker(tmp_path):
    distributed = pytest.importorskip("distributed", reason="the extra dask is not installed")
    log = tmp_path / "log"
    measure = Logged(str(log), pause=0.1)
    options = {"host": "127.0.0.1", "dashboard_address": None, "worker_dashboard_address": None}
    with (
        distributed.LocalCluster(2, threads_per_worker=1, processes=True, **options) as cluster,
        distributed.Client(cluster) as client,
    ):
        client.wait_for_workers(2, timeout=60)
        client.run(twice, specs(1)[0])  # each has imported what it needs
        killed = []

        def kill_one(done, total):
            if done == 4 and not killed:
                killed.extend(client.run(os.getpid).values())
                os.kill(killed[0], signal.SIGKILL)

        executor = client.get_executor()
        frame = lv.sweep(specs(30), measure, executor, folder=tmp_path / "rows", progress=kill_one)
    expected = lv.sweep(specs(30), replace(measure, pause=0.0))
    pd.testing.assert_frame_equal(frame.drop(columns="process"), expected.drop(columns="process"))
    assert os.getpid() not in set(frame["process"])
    assert len(set(frame["process"])) >= 2 and not alive(killed[0])


@pytest.mark.skipif(not os.environ.get("LSTM_VIZ_LONG"), reason="starts a cluster: LSTM_VIZ_LONG=1")
@pytest.mark.parametrize("when", [0, 3])
def test_a_dask_scheduler_that_dies_is_named(when, tmp_path):
    distributed = pytest.importorskip("distributed", reason="the extra dask is not installed")
    address = tmp_path / "scheduler.json"
    options = ["--scheduler-file", str(address), "--no-dashboard"]
    start = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1"]
    scheduler = subprocess.Popen([*start, "--port", "0", *options], stderr=subprocess.DEVNULL)
    start = [sys.executable, "-m", "distributed.cli.dask_worker", "--death-timeout", "5"]
    worker = subprocess.Popen([*start, *options], stderr=subprocess.DEVNULL, cwd=ROOT)
    try:
        wait_until(address.exists)
        with distributed.Client(scheduler_file=str(address), timeout=10) as client:
            client.wait_for_workers(1, timeout=30)
            where = client.scheduler.address

            def kill(done, total):
                if done == when:
                    scheduler.kill()
                    scheduler.wait()

            measure = Logged(str(tmp_path / "log"), pause=0.1)
            with pytest.raises(lv.SweepError, match=f"the Dask scheduler at {where}") as caught:
                lv.sweep(specs(30), measure, client.get_executor(), progress=kill)
        assert "ModelSpec" not in str(caught.value)
    finally:
        for process in (scheduler, worker):
            process.kill()
            process.wait()


def alive(pid):
    try:
        os.kill(pid, 0)
        return True
    except ProcessLookupError:
        return False
