"""The command line: the table of the library, errors in one line, going on after a stop."""

import os
import signal
import socket
import subprocess
import sys
import tomllib
from pathlib import Path

import pandas as pd
import pytest

import lstm_viz as lv
from lstm_viz import cli
from lstm_viz.sweeps import sources
from tests.measuring import wait_until
from tests.sweeps.grids import GRID, nets

ROOT = Path(__file__).parent.parent
COMMAND = [sys.executable, "-m", "lstm_viz"]


def test_the_table_is_that_of_the_library(write, capsys):
    assert cli.main(["sweep", str(write(GRID)), "--workers", "1"]) == 0
    out, err = capsys.readouterr()
    measure = lv.measures.SurvivalMeasure(lv.SequenceSpec(length=30))
    assert out == lv.sweep(nets(), measure).to_csv(index=False) and err == ""


def test_workers_and_a_file(write, tmp_path, capsys):
    grid, csv = write(GRID), tmp_path / "table.csv"
    assert cli.main(["sweep", str(grid), "--workers", "2", "--csv", str(csv)]) == 0
    assert capsys.readouterr() == ("", "")
    assert cli.main(["sweep", str(grid), "--workers", "1"]) == 0
    assert csv.read_text() == capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments",
    [
        ["sweep"],
        ["swep", "grid.toml"],
        ["sweep", "grid.toml", "--workers", "0"],
        ["sweep", "grid.toml", "--workers", "two"],
        ["sweep", "grid.toml", "--workers", "2", "--scheduler", "tcp://127.0.0.1:1"],
        ["sweep", "grid.toml", "--scheduler", ""],
        ["app", "--port", "0"],
        ["app", "--port", "65536"],
        ["app", "--port", "http"],
    ],
)
def test_a_bad_command_line_is_refused(arguments, capsys):
    with pytest.raises(SystemExit) as stopped:
        cli.main(arguments)
    assert stopped.value.code == 2 and "usage: lstm-viz" in capsys.readouterr().err


def test_a_table_without_a_place_is_refused_before_the_work(write, tmp_path, capsys):
    assert cli.main(["sweep", str(write(GRID)), "--csv", str(tmp_path / "no" / "t.csv")]) == 2
    assert "--csv must name a file in a folder that exists" in capsys.readouterr().err


def test_a_folder_that_cannot_be_made_holds_nothing(write, tmp_path, capsys):
    grid = write(GRID)
    assert cli.main(["sweep", str(grid), "--workers", "1", "--out", str(grid)]) == 1
    err = capsys.readouterr().err
    assert "cannot be kept" in err and "what was found" not in err


@pytest.mark.skipif(os.name != "posix", reason="limits the size of files as a full disk would")
def test_a_full_disk_leaves_the_earlier_table_as_it_was(write, tmp_path, capsys):
    import resource

    grid, csv = write(GRID), write("an earlier table\n", "table.csv")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200, limits[1]))
    try:
        assert cli.main(["sweep", str(grid), "--workers", "1", "--csv", str(csv)]) == 1
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    err = capsys.readouterr().err
    assert f"{csv} cannot be written: File too large" in err and err.count("\n") == 1
    assert csv.read_text() == "an earlier table\n" and {*tmp_path.iterdir()} == {grid, csv}


@pytest.mark.skipif(os.name != "posix", reason="needs links, pipes and permissions")
def test_a_table_keeps_what_its_place_is(write, tmp_path):
    grid, csv = write(GRID), write("an earlier table\n", "table.csv")
    csv.chmod(0o600)
    link, pipe = tmp_path / "link.csv", tmp_path / "pipe"
    link.symlink_to(csv)
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    for place in (link, pipe):
        assert cli.main(["sweep", str(grid), "--workers", "1", "--csv", str(place)]) == 0
    assert link.is_symlink() and csv.stat().st_mode & 0o777 == 0o600
    assert os.read(reader, 10_000).decode() == csv.read_text() and pipe.is_fifo()
    os.close(reader)
    command = [*COMMAND, "sweep", grid, "--workers", "1", "--csv", "/dev/stdout"]
    printed = subprocess.run(list(map(str, command)), cwd=ROOT, capture_output=True, check=True)
    assert printed.stdout.decode() == csv.read_text()


def test_older_rows_are_said_in_a_line_and_can_be_taken(write, tmp_path, capsys, monkeypatch):
    command = ["sweep", str(write(GRID)), "--workers", "1", "--out", str(tmp_path / "rows")]
    assert cli.main(command) == 0
    old = capsys.readouterr().out
    monkeypatch.setattr(sources, "library", lambda: "of another lstm_viz")
    assert cli.main([*command, "--accept-older"]) == 0
    out, err = capsys.readouterr()
    assert [line.rsplit(",", 1)[0] for line in out.splitlines()] == old.splitlines()
    assert [line.rsplit(",", 1)[1] for line in out.splitlines()] == ["of_older_version"] + [
        "True"
    ] * 6
    assert err.startswith("lstm-viz: ") and "older rows of 6 specs" in err and err.count("\n") == 1
    assert cli.main(command) == 0
    again, err = capsys.readouterr()
    assert again == old and "what is asked for is measured again" in err


def test_a_net_that_cannot_be_made_is_named(write, tmp_path, capsys):
    grid = write(GRID + "init = ['pytorch', 'chrono']")
    out = tmp_path / "rows"
    assert cli.main(["sweep", str(grid), "--workers", "1", "--out", str(out)]) == 2
    err = capsys.readouterr().err
    assert "gain = 0.5, seed = 0, init = 'chrono'" in err and not out.exists()


def test_what_fails_in_the_middle_is_named_and_what_was_found_is_kept(
    write, tmp_path, capsys, monkeypatch
):
    own = lv.measures.SurvivalMeasure.of

    def fails(measure, weights, x):
        if weights.U.std() > 0.4 and len(x) > 1:  # of the larger gain
            raise lv.SpecError("too large")
        return own(measure, weights, x)

    monkeypatch.setattr(lv.measures.SurvivalMeasure, "of", fails)
    grid, out = write(GRID.replace("[0.5, 1]", "[0.5, 3]")), tmp_path / "rows"
    assert cli.main(["sweep", str(grid), "--workers", "1", "--out", str(out)]) == 1
    err = capsys.readouterr().err
    assert "SurvivalMeasure failed on ModelSpec(cell='rnn'" in err and "gain=3" in err
    assert f"what was found is in {out}" in err and len(list(out.iterdir())) == 3


def test_a_missing_package_is_named(write, monkeypatch, capsys):
    grid = str(write(GRID))
    for module, arguments in (
        ("distributed", ["--scheduler", "tcp://127.0.0.1:1"]),
        ("pandas", ["--workers", "1"]),
    ):
        monkeypatch.setitem(sys.modules, module, None)
        monkeypatch.delitem(sys.modules, "lstm_viz.tables", raising=False)
        assert cli.main(["sweep", grid, *arguments]) == 2
        assert f"{module} is missing: pip install {module}\n" in capsys.readouterr().err


@pytest.mark.parametrize("package", ["streamlit", "plotly", "pandas"])
def test_an_app_without_its_packages_says_how_to_get_them(package, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, package, None)
    assert cli.main(["app"]) == 2
    err = capsys.readouterr().err
    assert err.startswith(f'lstm-viz: the app needs {package}: pip install "lstm_viz[app]"')
    assert err.count("\n") == 1


@pytest.mark.parametrize("named", ["--port", "STREAMLIT_SERVER_PORT"])
def test_a_port_that_is_taken_is_named(named, monkeypatch, capsys):
    with socket.create_server(("localhost", 0)) as other:
        port = str(other.getsockname()[1])
        if named == "--port":
            command = ["app", "--port", port]
        else:
            monkeypatch.setenv(named, port)
            command = ["app"]
        assert cli.main(command) == 2
    wanted = f"lstm-viz: port {port} of localhost is taken: name another with --port\n"
    assert capsys.readouterr().err == wanted


def test_an_address_of_another_machine_is_refused(capsys):
    assert cli.main(["app", "--host", "192.0.2.1", "--port", "8501"]) == 2
    err = capsys.readouterr().err
    assert err.startswith("lstm-viz: port 8501 of 192.0.2.1 cannot be used: ")
    assert err.count("\n") == 1


def test_the_version_and_the_help():
    def run(*arguments):
        return subprocess.run(
            [*COMMAND, *arguments], cwd=ROOT, capture_output=True, text=True, check=True
        )

    assert run("--version").stdout == f"lstm-viz {lv.__version__}\n"
    assert "sweep" in run().stdout


def test_the_package_installs_the_command():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["project"]["scripts"] == {"lstm-viz": "lstm_viz.cli:main"}
    assert project["tool"]["setuptools"]["dynamic"]["version"]["attr"] == (
        "lstm_viz.version.__version__"
    )


def started(grid, rows, csv):
    """A sweep by two processes that has found a few rows, and its command."""
    command = [*COMMAND, "sweep", grid, "--out", rows, "--csv", csv, "--workers", "2"]
    command = list(map(str, command))
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        stderr=subprocess.PIPE,
        start_new_session=True,
        # A shell's background job ignores the interrupt, and so would what it starts.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    wait_until(lambda: process.poll() is not None or len(list(rows.glob("*.json"))) >= 4)
    return process, command


@pytest.mark.skipif(os.name != "posix", reason="sends POSIX signals to processes")
def test_an_interrupt_while_the_command_starts_ends_it_without_a_traceback():
    """Ctrl-C at the moment when the package imports NumPy: as the command, and as a library."""
    code = (
        "import os, signal, sys\n"
        "class Interrupting:\n"
        "    def find_spec(name, *_):\n"
        "        if name == 'numpy': os.kill(os.getpid(), signal.SIGINT)\n"
        "sys.meta_path.insert(0, Interrupting)\n"
        "sys.argv = [NAME]\n"
        "import lstm_viz\n"
    )
    for name, traceback in (("/usr/bin/lstm-viz", False), ("-m", False), ("own.py", True)):
        done = subprocess.run(
            [sys.executable, "-c", code.replace("NAME", repr(name))],
            cwd=ROOT,
            stderr=subprocess.PIPE,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
        assert done.returncode == -signal.SIGINT
        assert (b"KeyboardInterrupt" in done.stderr) == bool(done.stderr) == traceback, name


@pytest.mark.skipif(os.name != "posix", reason="has /dev/full and exit codes as a shell has them")
def test_a_table_that_no_one_takes_or_that_finds_no_room(write):
    """Standard output closed by its reader: silence; full: what failed, in a line."""
    command = [*COMMAND, "sweep", str(write(GRID)), "--workers", "1"]
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(command, cwd=ROOT, stdout=writer, stderr=subprocess.PIPE)
    os.close(writer)
    assert (done.returncode, done.stderr) == (141, b"")
    with open("/dev/full", "w") as full:
        done = subprocess.run(command, cwd=ROOT, stdout=full, stderr=subprocess.PIPE)
    assert done.returncode == 1 and b"the table cannot be written: No space" in done.stderr
    assert done.stderr.count(b"\n") == 1


@pytest.mark.skipif(os.name != "posix", reason="sends POSIX signals to processes")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_a_stopped_sweep_leaves_nothing_running_and_goes_on(number, write, tmp_path):
    seeds = list(range(20))
    grid = write(GRID.replace("T = 30", "T = 2000").replace("[0, 1, 2]", str(seeds)))
    rows, csv = tmp_path / "rows", tmp_path / "table.csv"
    process, command = started(grid, rows, csv)
    if number == signal.SIGINT:  # as a terminal does, to all
        os.killpg(process.pid, number)
        said = f"stopped; what was found is in {rows}, the same command goes on from there"
        assert process.communicate(timeout=30)[1].decode() == f"lstm-viz: {said}\n"
        assert process.wait() == 130 and not csv.exists()
    else:
        process.kill()
        process.communicate(timeout=30)  # ends when all that share its standard error have ended
    wait_until(lambda: not group_exists(process.pid))
    before = {path: path.stat().st_mtime_ns for path in rows.glob("*.json")}
    assert 4 <= len(before) < 40
    assert cli.main([*command[len(COMMAND) : -1], "1"]) == 0
    after = {path: path.stat().st_mtime_ns for path in rows.glob("*.json")}
    assert len(after) == 40 and before.items() <= after.items()
    frame = pd.read_csv(csv)
    assert frame["seed"].tolist() == seeds * 2 and not frame["log10_left"].isna().any()


def group_exists(group):
    try:
        os.killpg(group, 0)
        return True
    except ProcessLookupError:
        return False


def test_a_dask_cluster_by_its_address(write, tmp_path):
    distributed = pytest.importorskip("distributed", reason="the extra dask is not installed")
    options = {"host": "127.0.0.1", "protocol": "tcp", "dashboard_address": None}
    with distributed.LocalCluster(1, processes=False, **options) as cluster:
        csv = tmp_path / "table.csv"
        address = cluster.scheduler_address
        grid = str(write(GRID))
        assert cli.main(["sweep", grid, "--scheduler", address, "--csv", str(csv)]) == 0
    measure = lv.measures.SurvivalMeasure(lv.SequenceSpec(length=30))
    assert csv.read_text() == lv.sweep(nets(), measure).to_csv(index=False)


def test_a_cluster_that_does_not_answer_is_named(write, capsys, monkeypatch):
    distributed = pytest.importorskip("distributed", reason="the extra dask is not installed")
    for error in (TimeoutError("timed out"), ValueError("unknown scheme")):

        def client(*args, error=error, **options):
            raise error

        monkeypatch.setattr(distributed, "Client", client)
        assert cli.main(["sweep", str(write(GRID)), "--scheduler", "tcp://127.0.0.1:1"]) == 2
        assert "--scheduler: no cluster answers at tcp://127.0.0.1:1" in capsys.readouterr().err
