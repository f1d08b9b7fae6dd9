"""A phase diagram of LSTMs against PyTorch, net by net, and how its time grows.

    python benchmarks/phase.py                the rows in README; needs torch==2.13.0 from pip
    python benchmarks/phase.py --quick        a small diagram, a few seconds
    python benchmarks/phase.py --growth       time against nets, T and H, with fitted exponents

lstm_viz  the whole diagram: for each net a forward pass, the norm of the cell state's gradient at
          every step of the way back, and the line through them, at any magnitude
steps     PyTorch, a loop over the nets: torch.nn.LSTMCell step by step, and the norm of the
          gradient of every c_t, which is what a line can be drawn through
fused     PyTorch, a loop over the nets: torch.nn.LSTM, and the gradient of c_0 alone, as the fused
          kernel gives no total gradient of the steps between

Both loops are extrapolated from 16 nets spread evenly over the diagram. Gains from 0.1 to 4 and
forget biases from -3 to 6, D = 8, and the same numbers of nets, steps and units for all. lstm_viz
may use two threads, or as many as the environment's THREADS; PyTorch gets one thread or as many,
whichever is faster for it. Before they are timed the gradients are compared. Then all run in turn,
forwards and backwards, with the garbage collector held off; a ratio is the median of the rounds'
own ratios, so that what slows the machine down for a while slows all. Of the growth, each time is
the least of the rounds.
"""

import argparse
import gc
import os
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import replace
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

Module = Any  # PyTorch's, as is the next
Tensor = Any
D, SAMPLE = 8, 16
TOLERANCE = {"float64": 1e-8, "float32": 1e-3}


class Diagram:
    """n × n LSTMs of one base matrix, and some of them as PyTorch modules."""

    def __init__(self, n: int, T: int, H: int, dtype: str) -> None:
        self.spec = lv.ModelSpec(input_size=D, hidden_size=H, dtype=dtype)
        self.gain, self.bias = np.linspace(0.1, 4, n), np.linspace(-3, 6, n)
        self.x, self.v = lv.white_noise(T, D).astype(dtype), lv.unit_probe(H).astype(dtype)

    def lstm_viz(self) -> lv.PhaseDiagram:
        """All nets at once."""
        own = self.spec, self.x, self.gain
        return lv.phase_diagram(*own, forget_bias=self.bias, probe=self.v, threads=THREADS)

    def sample(self) -> list[lv.ModelSpec]:
        """Nets spread evenly over the diagram."""
        n = len(self.gain)
        places = np.linspace(0, n * n - 1, SAMPLE).round().astype(int)
        return [
            replace(self.spec, gain=self.gain[k % n], forget_bias=self.bias[k // n]) for k in places
        ]

    def modules(self, kind: type) -> list[Module]:
        """The sampled nets in PyTorch; no gradient of a weight is asked for."""
        return [self._module(kind, lv.init_weights(spec)) for spec in self.sample()]

    def _module(self, kind: type, w: lv.LSTMWeights) -> Module:
        H, as_tensor = w.hidden_size, torch.from_numpy
        module = kind(D, H, dtype=as_tensor(w.W).dtype)
        values = (w.W, w.U, w.b, np.zeros_like(w.b))
        for parameter, value in zip(module.parameters(), values, strict=True):
            parameter.requires_grad_(False).copy_(as_tensor(value))
        return module

    def steps(self, modules: list[Module]) -> list[Tensor]:
        """‖∂⟨v, h_T⟩/∂c_t‖ for t = 0 … T of each, one after another."""
        x, v = torch.from_numpy(self.x), torch.from_numpy(self.v)
        zero, found = torch.zeros(1, len(v), dtype=v.dtype), []
        for module in modules:
            h, c, states = zero, zero.clone().requires_grad_(), []
            for x_t in x:
                states.append(c)
                h, c = module(x_t, (h, c))
            states.append(c)
            grads = torch.autograd.grad((h[0] * v).sum(), states)
            found.append(torch.cat(grads).norm(dim=1, dtype=torch.float64))
        return found

    def fused(self, modules: list[Module]) -> list[Tensor]:
        """‖∂⟨v, h_T⟩/∂c_0‖ of each, one after another."""
        x, v = torch.from_numpy(self.x), torch.from_numpy(self.v)
        zero, found = torch.zeros(1, 1, len(v), dtype=v.dtype), []
        for module in modules:
            c0 = zero.clone().requires_grad_()
            output, _ = module(x, (zero, c0))
            found.append(
                torch.autograd.grad((output[-1, 0] * v).sum(), c0)[0].norm(dtype=torch.float64)
            )
        return found

    def check(self, cells: list[Module], modules: list[Module]) -> None:
        """Stop unless the first steps of each sampled net have PyTorch's gradients.

        Rounding errors grow over the steps of a chaotic net, so few steps are compared.
        """
        short, (full, self.x) = self.x[:20], (self.x, self.x[:20])
        steps, fused = self.steps(cells), self.fused(modules)
        self.x = full
        for spec, norms, first in zip(self.sample(), steps, fused, strict=True):
            theirs = norms.log10().numpy()
            slope = lv.fit_rate(theirs[::-1]).log10_factor
            ours = lv.phase_diagram(
                spec, short, [spec.gain], forget_bias=[spec.forget_bias], probe=self.v
            ).log10_factor[0, 0]
            apart = max(abs(ours - slope), abs(theirs[0] - float(first.log10())))
            if apart > TOLERANCE[spec.dtype]:
                sys.exit(f"{spec}: factor {10**ours}, PyTorch's {10**slope}, apart by {apart}")


def seconds(run: Callable[[], object]) -> float:
    """Time one run, its garbage collected before."""
    gc.collect()
    gc.disable()
    try:
        start = time.perf_counter()
        run()
        return time.perf_counter() - start
    finally:
        gc.enable()


def best_threads(run: Callable[[], object]) -> int:
    """How many threads PyTorch is fastest with."""
    taken = {}
    for threads in dict.fromkeys((1, THREADS)):
        torch.set_num_threads(threads)
        run()
        taken[threads] = min(seconds(run) for _ in range(3))
    best = min(taken, key=taken.__getitem__)
    torch.set_num_threads(best)
    return best


def row(n: int, T: int, H: int, dtype: str, budget: float) -> str:
    """Check and measure one diagram; return its line of the table."""
    diagram = Diagram(n, T, H, dtype)
    cells, modules = (diagram.modules(kind) for kind in (torch.nn.LSTMCell, torch.nn.LSTM))
    diagram.check(cells, modules)
    loops = [lambda: diagram.steps(cells), lambda: diagram.fused(modules)]
    threads = [best_threads(loop) for loop in loops]
    diagram.lstm_viz()
    taken, end = [], time.monotonic() + budget
    while len(taken) < 3 or (time.monotonic() < end and len(taken) < 51):
        order = (0, 1, 2) if len(taken) % 2 == 0 else (2, 1, 0)
        times = {}
        for which in order:
            if which:
                torch.set_num_threads(threads[which - 1])
            times[which] = seconds(loops[which - 1] if which else diagram.lstm_viz)
        taken.append([times[0], *(times[k] * n * n / SAMPLE for k in (1, 2))])
    ours, steps, fused = (statistics.median(column) for column in zip(*taken, strict=True))
    ratios = [statistics.median(one[k] / one[0] for one in taken) for k in (1, 2)]
    times = f"{ours:.2f} | {steps:.1f} ({threads[0]}) | {fused:.1f} ({threads[1]})"
    line = f"{times} | {ratios[0]:.0f} | {ratios[1]:.0f} | {len(taken)}"
    return f"| {dtype} | {n}×{n} | {T} | {H} | {line} |"


def growth(quick: bool) -> None:
    """Time against the number of nets, T and H, and the exponents of the lines through them."""
    usual = dict(n=12, T=50, H=16) if quick else dict(n=28, T=200, H=32)
    factors = (1, 2) if quick else (0.25, 0.5, 1, 2, 4)
    for name in usual:
        sizes = []
        for factor in factors:
            share = factor**0.5 if name == "n" else factor
            sizes.append(usual | {name: max(2, round(usual[name] * share))})
        diagrams = [Diagram(**size, dtype="float64") for size in sizes]
        best = [min(seconds(d.lstm_viz) for _ in range(4)) for d in diagrams]
        x = [size[name] ** 2 if name == "n" else size[name] for size in sizes]
        exponent = np.polyfit(np.log(x), np.log(best), 1)[0]
        label = {"n": "nets"}.get(name, name)
        cells = ", ".join(f"{k}: {t:.3f} s" for k, t in zip(x, best, strict=True))
        print(f"{label:>4}  time ~ {label}^{exponent:.2f}   {cells}", flush=True)


def main() -> None:
    """Print the table as Markdown, or the growth."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="small sizes only")
    parser.add_argument("--growth", action="store_true", help="time against nets, T and H")
    parser.add_argument("--seconds", type=float, help="time for each row; 60, or 3 with --quick")
    options = parser.parse_args()
    gc.freeze()  # what the imports left need not be looked through before each run
    if options.growth:
        growth(options.quick)
        return
    if torch is None:
        sys.exit("benchmarks/phase.py compares with PyTorch: pip install torch==2.13.0")
    versions = f"NumPy {np.__version__}, PyTorch {torch.__version__}"
    print(f"{versions}, {THREADS} threads, {processors()} processors\n")
    print("| dtype | nets | T | H | lstm_viz, s | steps, s (threads) | fused, s (threads)"
          " | steps / lstm_viz | fused / lstm_viz | rounds |")  # fmt: skip
    print("|:--" + 9 * "|--:" + "|")
    n, T, H = (12, 60, 16) if options.quick else (40, 200, 32)
    budget = options.seconds or (3 if options.quick else 60)
    for dtype in TOLERANCE:
        print(row(n, T, H, dtype, budget), flush=True)


if __name__ == "__main__":
    main()
