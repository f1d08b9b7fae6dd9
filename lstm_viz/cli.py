"""The command line: `lstm-viz app`, and without a browser `lstm-viz sweep grid.toml`."""

import argparse
import logging
import os
import signal
import sys
import warnings
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager, nullcontext
from importlib.util import find_spec
from multiprocessing import get_context, parent_process
from pathlib import Path
from threading import Thread, current_thread, main_thread
from typing import TYPE_CHECKING

from lstm_viz.errors import InputError, LstmVizError, Said, SweepError
from lstm_viz.files import whole_file
from lstm_viz.i18n import _, use
from lstm_viz.processors import processors
from lstm_viz.sweeps.grid import read_grid
from lstm_viz.sweeps.run import sweep
from lstm_viz.version import __version__

if TYPE_CHECKING:
    from distributed import Client

    Commands = argparse._SubParsersAction[argparse.ArgumentParser]

THREADS = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
LOCALE = ("LC_ALL", "LC_MESSAGES", "LANG")  # the first that is set says which language
FAILED, REFUSED, INTERRUPTED, PIPE_CLOSED = 1, 2, 130, 141  # argparse refuses with 2 as well


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command line, by default this process's, and return its exit code."""
    _listen_to_interrupts()
    use(next(filter(None, map(os.environ.get, LOCALE)), None))
    parser = _parser()
    chosen = parser.parse_args(arguments)
    if chosen.command is None:
        parser.print_help()
        return 0
    try:
        with _warnings_in_a_line():
            chosen.run(chosen)
        return 0
    except KeyboardInterrupt:
        return _said(_("stopped") + _resume(chosen), INTERRUPTED)
    except BrokenPipeError:  # who reads the table has enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return PIPE_CLOSED
    except (SweepError, OSError) as error:
        return _said(f"{error}{_resume(chosen)}", FAILED)
    except LstmVizError as error:
        return _said(str(error), REFUSED)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("lstm-viz", description=_("Does a gradient survive?"))
    parser.add_argument("--version", action="version", version=f"lstm-viz {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="command")
    _add_app(commands)
    _add_sweep(commands)
    return parser


def _add_app(commands: "Commands") -> None:
    told = _("open the app in the browser")
    command = commands.add_parser("app", help=told, description=told)
    command.set_defaults(run=_app)
    add, set_by = command.add_argument, os.environ.get
    told = _("the address to listen on, by default %(default)s; 0.0.0.0 for the whole network")
    add("--host", default=set_by("STREAMLIT_SERVER_ADDRESS", "localhost"), help=told)
    told = _("by default %(default)s")
    add("--port", type=_port, default=set_by("STREAMLIT_SERVER_PORT", "8501"), help=told)
    add("--no-browser", action="store_false", dest="browser", help=_("serve it alone"))


def _add_sweep(commands: "Commands") -> None:
    told = _("measure every network of a grid and write one table")
    command = commands.add_parser("sweep", help=told, description=told)
    command.set_defaults(run=_sweep)
    add = command.add_argument
    add("grid", type=Path, help=_("a TOML file: base, cross, measure, T, input, options"))
    add("--out", type=Path, metavar="FOLDER", help=_("keep each network's rows here; resumes"))
    add("--csv", type=Path, metavar="FILE", help=_("write the table here, not to standard output"))
    add("--accept-older", action="store_true", help=_("take rows of an older version from FOLDER"))
    add = command.add_mutually_exclusive_group().add_argument
    add("--workers", type=_count, metavar="N", help=_("processes, by default one for each core"))
    told = _("of a Dask cluster, such as tcp://10.0.0.1:8786")
    add("--scheduler", type=_address, metavar="ADDRESS", help=told)


def _app(chosen: argparse.Namespace) -> None:
    missing = [name for name in ("streamlit", "plotly", "pandas") if find_spec(name) is None]
    if missing:
        raise InputError("app-needs", missing=", ".join(missing))
    from lstm_viz.ui import launch

    launch.run(chosen.host, chosen.port, chosen.browser)


def _sweep(chosen: argparse.Namespace) -> None:
    grid = read_grid(chosen.grid)
    if chosen.csv and (chosen.csv.is_dir() or not chosen.csv.absolute().parent.is_dir()):
        raise InputError("csv-folder", path=chosen.csv)
    try:
        with _executor(chosen) as executor:
            older = chosen.accept_older
            frame = sweep(grid, grid.measure, executor, folder=chosen.out, accept_older=older)
    except ModuleNotFoundError as error:
        raise InputError("missing-module", module=error.name) from error
    place = nullcontext(sys.stdout) if chosen.csv is None else whole_file(chosen.csv)
    try:
        with place as file:
            frame.to_csv(file, index=False, lineterminator="\n")
            file.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        where, reason = chosen.csv or Said("the-table"), error.strerror or str(error)
        raise SweepError("not-written", path=where, reason=reason) from error


@contextmanager
def _warnings_in_a_line() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.showwarning = lambda message, *where: _said(str(message))
        yield


@contextmanager
def _executor(chosen: argparse.Namespace) -> Iterator[Executor | None]:
    if chosen.scheduler:
        with _client(chosen.scheduler) as client:
            yield client.get_executor()
        return
    workers = chosen.workers or processors()
    if workers > 1:
        with _pool(workers) as pool:
            yield pool
    else:
        yield None


@contextmanager
def _pool(workers: int) -> Iterator[Executor]:
    """Processes that multiply matrices in one thread each: they would get in each other's way."""
    for name in THREADS:
        os.environ.setdefault(name, "1")  # read when NumPy is imported: hence fresh processes
    fresh = get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=fresh, initializer=_follow_parent) as pool:
        handler = signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for this process alone:
        for _ in range(workers):  # those that are started here inherit that they ignore it
            pool.submit(abs, 0)
        signal.signal(signal.SIGINT, handler)
        yield pool


def _follow_parent() -> None:
    """End when the process that gives the work is killed; nobody else would end this one."""

    parent = parent_process()

    def follow() -> None:
        if parent is not None:
            parent.join()
        os._exit(1)

    Thread(target=follow, daemon=True).start()


def _client(address: str) -> "Client":
    from distributed import Client

    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # what is wrong, we say in a line
    try:
        return Client(address, timeout=10)
    except (OSError, ValueError) as error:
        raise InputError("no-cluster", address=address, reason=str(error)) from error


def _resume(chosen: argparse.Namespace) -> str:
    if "out" not in chosen:
        return ""
    if chosen.out is None:
        return _("; with --out what is found would be kept")
    if not chosen.out.is_dir() or not any(chosen.out.iterdir()):
        return ""
    text = _("; what was found is in {folder}, the same command goes on from there")
    return text.format(folder=chosen.out)


def _said(message: str, code: int = 0) -> int:
    print(f"lstm-viz: {message}", file=sys.stderr)
    return code


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(str(Said("expected-whole", least=1, got=repr(text))))
    return int(text)


def _port(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(
            str(Said("expected-between", least=1, most=65535, got=repr(text)))
        )
    return int(text)


def _address(text: str) -> str:
    if not text.strip():
        raise argparse.ArgumentTypeError(str(Said("expected-address", got=repr(text))))
    return text


def _listen_to_interrupts() -> None:
    """Have Ctrl-C raise KeyboardInterrupt again, which `lstm_viz` left to end the process."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_DFL and current_thread() is main_thread():
        signal.signal(signal.SIGINT, signal.default_int_handler)
