"""The gradient map and the length sweep: against PyTorch, against their own products, and growth.

    python benchmarks/maps.py                 the rows in README; PyTorch's needs torch==2.13.0
    python benchmarks/maps.py --quick         small sizes, a few seconds
    python benchmarks/maps.py --growth        time against T and H, with fitted exponents
    python benchmarks/maps.py --growth --plot growth.html    the same as a figure, needs plotly

autograd  PyTorch's cell written out over the steps; `autograd.grad` of ⟨v, h_s⟩ by every h_t before
          it, for each loss step s: extrapolated from 32 of them, spread evenly
own       the map's matrix products alone, (n, 2H) @ (2H, H) for the n losses at each step
gates     the products of a pass through all four gates, (n, 4H) @ (4H, H)
single    the length sweep as a forward and a backward pass for each length: extrapolated from 16

An LSTM with D = H, float64, two threads, or as many as the environment's THREADS. Before it is
timed the map is compared with PyTorch's gradients. What is compared runs in turn, forwards and
backwards, with the garbage collector held off; a ratio is the median of the rounds' own ratios, so
that what slows the machine down for a while slows all of them.
"""

import argparse
import gc
import os
import statistics
import sys
import time
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

THREADS = int(os.environ.get("THREADS", 2))
for library in ("OPENBLAS", "OMP", "MKL"):  # read once, when NumPy is imported
    os.environ[f"{library}_NUM_THREADS"] = str(THREADS)
sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np

import lstm_viz as lv
from lstm_viz.processors import processors

torch: Any = import_module("torch") if find_spec("torch") else None

LOSSES, LENGTHS = 32, 16  # that stand for all of them
Run = Callable[[], object]


class Net:
    """An LSTM, one sequence and a probe."""

    def __init__(self, T: int, H: int) -> None:
        self.T, self.H = T, H
        self.weights = lv.init_weights(lv.ModelSpec(input_size=H, hidden_size=H))
        self.x, self.v = lv.white_noise(T, H), lv.unit_probe(H)

    def map(self) -> np.ndarray:
        """The whole map, forward pass included."""
        return lv.gradient_map(self.weights, self.x, self.v)

    def products(self, width: int) -> Run:
        """As many products as the map has, of losses (n, width) with a matrix (width, H)."""
        rng = np.random.default_rng(0)
        losses, out = rng.normal(size=(self.T, width)), np.empty((self.T, self.H))
        steps = rng.normal(size=(64, width, self.H))  # of one stretch: the caches hold no more

        def run() -> None:
            for n in range(1, self.T + 1):
                np.matmul(losses[:n], steps[n % len(steps)], out=out[:n])

        return run

    def sweep(self) -> lv.LengthSweep:
        """Every length in one pass."""
        return lv.length_sweep(self.weights, self.x, probe=self.v)

    def single_passes(self) -> None:
        """Some of the lengths, a pass for each."""
        for T in spread(self.T, LENGTHS):
            trace = lv.forward(self.weights, self.x[:T])
            lv.log10_norms(lv.backward(self.weights, trace, lv.last_step(T, self.v)))


def spread(T: int, count: int) -> list[int]:
    """`count` numbers from 1 … T whose mean is that of all of them."""
    return [max(1, round((k + 0.5) * T / count)) for k in range(count)]


class Autograd:
    """The same net in PyTorch, run forward once."""

    def __init__(self, net: Net) -> None:
        self.net, tensor = net, torch.from_numpy
        W, U, b = (tensor(getattr(net.weights, name).copy()) for name in "WUb")
        x = tensor(net.x)
        self.v = tensor(net.v)
        self.h = []
        h = c = torch.zeros(1, net.H, dtype=x.dtype, requires_grad=True)
        for x_t in x:
            i, f, g, o = (x_t @ W.T + h @ U.T + b).chunk(4, dim=-1)
            c = f.sigmoid() * c + i.sigmoid() * g.tanh()
            h = o.sigmoid() * c.tanh()
            self.h.append(h)

    def row(self, s: int) -> np.ndarray:
        """‖∂⟨v, h_s⟩/∂h_t‖ for t = 1 … s."""
        loss = (self.h[s - 1] * self.v).sum()
        grads = torch.autograd.grad(loss, self.h[:s], retain_graph=True)
        return torch.cat(grads).norm(dim=1).numpy()

    def some_rows(self) -> None:
        """Some of the losses."""
        for s in spread(self.net.T, LOSSES):
            self.row(s)

    def check(self) -> None:
        """Stop unless the map agrees wherever PyTorch's gradient has not underflowed."""
        found = self.net.map()
        for s in spread(self.net.T, 4):
            norms = self.row(s)
            held = norms > 1e-150
            error = np.abs(found[s - 1, :s][held] - np.log10(norms[held])).max()
            if error > 1e-9:
                sys.exit(f"loss {s}: the map and PyTorch differ by {error:.1e} decades")


def seconds(run: Run) -> float:
    """Time one run, the release of its result included, its garbage collected before."""
    gc.collect()
    gc.disable()
    try:
        start = time.perf_counter()
        result = run()
        del result
        return time.perf_counter() - start
    finally:
        gc.enable()


def rounds(runs: list[Run], budget: float) -> list[list[float]]:
    """Time all in turn until `budget` seconds are over: 3 to 51 rounds."""
    for run in runs:
        run()
    taken, end = [], time.monotonic() + budget
    while len(taken) < 3 or (len(taken) < 51 and time.monotonic() < end):
        order = range(len(runs)) if len(taken) % 2 == 0 else reversed(range(len(runs)))
        own = {k: seconds(runs[k]) for k in order}
        taken.append([own[k] for k in range(len(runs))])
    return taken


def compare(name: str, slow: Run, fast: Run, factor: float, budget: float) -> None:
    """Print a line: both medians and the median of the rounds' ratios; `slow` stands for more."""
    taken = [(factor * a, b) for a, b in rounds([slow, fast], budget)]
    first, second = (statistics.median(column) for column in zip(*taken, strict=True))
    ratio = statistics.median(a / b for a, b in taken)
    times = f"{1e3 * first:.0f} | {1e3 * second:.0f}"
    print(f"| {name} | {times} | {ratio:.3g} | {len(taken)} |", flush=True)


def compare_all(T: int, H: int, longest: int, budget: float) -> None:
    """The table of ratios."""
    net, long = Net(T, H), Net(longest, H)
    print("| what | ms | against, ms | ratio | rounds |")
    print("|:--|--:|--:|--:|--:|")
    if torch is None:
        print("| autograd / map: needs torch==2.13.0 from pip | – | – | – | – |")
    else:
        torch.set_num_threads(THREADS)
        other = Autograd(net)
        other.check()
        compare("autograd / map", other.some_rows, net.map, T / LOSSES, budget)
    compare("map / own", net.map, net.products(2 * H), 1, budget)
    compare("map / gates", net.map, net.products(4 * H), 1, budget)
    name = f"single / sweep to {longest}"
    compare(name, long.single_passes, long.sweep, longest / LENGTHS, budget)


def growth(quick: bool, plot: str | None) -> None:
    """Time against T at H = 64 and against H at T = 512, and the exponents of the last halves."""
    lengths = (64, 128, 256) if quick else (64, 128, 256, 512, 1024, 2048)
    widths = (8, 16, 32) if quick else (8, 16, 32, 64, 128)
    series = {
        "T": [(T, Net(T, 64).map) for T in lengths],
        "H": [(H, Net(256 if quick else 512, H).map) for H in widths],
    }
    measured = {}
    for letter, cases in series.items():
        taken = rounds([run for _size, run in cases], 1)
        sizes = [size for size, _run in cases]
        times = [statistics.median(column) for column in zip(*taken, strict=True)]
        half = len(sizes) // 2
        exponent = np.polyfit(np.log(sizes[half:]), np.log(times[half:]), 1)[0]
        measured[letter] = sizes, times, exponent
        cells = " | ".join(f"{1e3 * t:.3g}" for t in times)
        print(f"\n| {letter} | {' | '.join(map(str, sizes))} | exponent |")
        print("|--:" * (len(sizes) + 2) + "|")
        print(f"| ms | {cells} | {exponent:.2f} |", flush=True)
    if plot:
        draw(measured, plot)


def draw(measured: dict, path: str) -> None:
    """Both series on logarithmic axes, as an HTML file."""
    from lstm_viz.figures.theme import base_figure

    figure = base_figure()
    for letter, (sizes, times, exponent) in measured.items():
        name = f"{letter}: time ~ {letter}^{exponent:.2f}"
        figure.add_scatter(x=sizes, y=times, mode="lines+markers", name=name)
    figure.update_xaxes(type="log", title_text="T or H")
    figure.update_yaxes(type="log", title_text="seconds for one map")
    figure.write_html(path, include_plotlyjs=True, config={"showSendToCloud": False})


def main() -> None:
    """Print the tables as Markdown."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="small sizes only")
    parser.add_argument("--growth", action="store_true", help="time against T and H")
    parser.add_argument("--plot", help="with --growth: an HTML file to draw it in")
    parser.add_argument("--seconds", type=float, help="for each row; 20, or 1 with --quick")
    options = parser.parse_args()
    gc.freeze()  # what the imports left need not be looked through before each run
    pytorch = torch.__version__ if torch else "none"
    versions = f"NumPy {np.__version__}, PyTorch {pytorch}"
    print(f"{versions}, float64, {THREADS} threads, {processors()} processors\n")
    if options.growth:
        growth(options.quick, options.plot)
    else:
        sizes = (64, 16, 100) if options.quick else (512, 64, 1000)
        compare_all(*sizes, options.seconds or (1 if options.quick else 20))


if __name__ == "__main__":
    main()
