"""One trace of an LSTM against PyTorch: forward, backward, and every value in between.

    python benchmarks/trace.py                    the table in README; needs torch==2.13.0 from pip
    python benchmarks/trace.py --quick            small sizes, a few seconds
    python benchmarks/trace.py --dtype float32

lstm_viz  forward and backward: every gate, pre-activation and state, and the gradient of each
loop      the same values from PyTorch: its cell written out over the steps, `retain_grad` on all
fused     torch.nn.LSTM forward and backward: gradients of inputs and weights, nothing in between

D = H unless --inputs says otherwise, the loss is ⟨v, h_T⟩ with a unit vector v, and all three run
on two threads. Before a row is timed its gradients are compared, step by step. Then the three run
in turn, forwards and backwards (A B C, C B A …), with the garbage collector held off, as often as
the time allows. A ratio is the median of the rounds' own ratios: what slows the machine down for a
while slows all three.
"""

import argparse
import gc
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from importlib import import_module
from importlib.util import find_spec
from itertools import product
from pathlib import Path
from typing import Any

THREADS = 2
for library in ("OPENBLAS", "OMP", "MKL"):  # read once, when NumPy is imported
    os.environ[f"{library}_NUM_THREADS"] = str(THREADS)
sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np

import lstm_viz as lv
from lstm_viz.processors import processors

if not find_spec("torch"):
    sys.exit("benchmarks/trace.py compares with PyTorch: pip install torch==2.13.0")
torch: Any = import_module("torch")
Tensor = Any  # PyTorch's

STATES = ("h", "c")
GATES = ("i", "f", "g", "o")
TOLERANCE = {"float64": 1e-10, "float32": 1e-3}
Gradients = dict[str, np.ndarray]


class Case:
    """One row of the table: the same weights, input and probe for all three."""

    def __init__(self, H: int, B: int, T: int, D: int, dtype: str) -> None:
        spec = lv.ModelSpec(cell="lstm", input_size=D, hidden_size=H, dtype=dtype)
        self.weights = lv.init_weights(spec)
        self.x = lv.white_noise(T, D, batch=B).astype(dtype)
        self.dh = lv.last_step(T, lv.unit_probe(H), batch=B).astype(dtype)
        tensor = torch.from_numpy
        self.x_torch = tensor(self.x).requires_grad_()
        self.v_torch = tensor(self.dh[-1])
        self.parameters = [
            tensor(array.copy()).requires_grad_()
            for array in (self.weights.W, self.weights.U, self.weights.b)
        ]
        self.module = torch.nn.LSTM(D, H, dtype=self.x_torch.dtype)
        with torch.no_grad():
            values = (*self.parameters, torch.zeros(4 * H))
            for parameter, value in zip(self.module.parameters(), values, strict=True):
                parameter.copy_(value)

    def lstm_viz(self) -> lv.LSTMGradients:
        """A trace as the library gives it, each gradient read as a plain array."""
        trace = lv.forward(self.weights, self.x)
        grads = lv.backward(self.weights, trace, self.dh)
        for name in grads.scaled:
            getattr(grads, name)
        return grads

    def loop(self) -> dict[str, list[Tensor]]:
        """The same values from PyTorch, each in `.grad` of the tensors returned."""
        W, U, b = self.parameters
        for leaf in (*self.parameters, self.x_torch):
            leaf.grad = None
        h = c = torch.zeros_like(self.v_torch)
        kept = {name: [] for name in (*STATES, "a", *GATES)}
        for x_t in self.x_torch:
            a = x_t @ W.T + h @ U.T + b
            a_i, a_f, a_g, a_o = a.chunk(4, dim=-1)
            i, f, g, o = a_i.sigmoid(), a_f.sigmoid(), a_g.tanh(), a_o.sigmoid()
            c = f * c + i * g
            h = o * c.tanh()
            for name, value in zip(kept, (h, c, a, i, f, g, o), strict=True):
                value.retain_grad()
                kept[name].append(value)
        (h * self.v_torch).sum().backward()
        return kept

    def fused(self) -> None:
        """What PyTorch does when nothing in between is asked for."""
        self.module.zero_grad()
        self.x_torch.grad = None
        output, _ = self.module(self.x_torch)
        (output[-1] * self.v_torch).sum().backward()


def from_lstm_viz(case: Case) -> Gradients:
    """Gradients by name; those of states and pre-activations (T, B, ·)."""
    grads = case.lstm_viz()
    a = np.concatenate([getattr(grads, f"a_{name}") for name in GATES], axis=-1)
    found = {"h": grads.h[1:], "c": grads.c[1:], "a": a, "x": grads.x}
    return found | {name: getattr(grads.weights, name) for name in ("W", "U", "b")}


def from_loop(case: Case) -> Gradients:
    """The same from PyTorch's loop."""
    kept = case.loop()
    found = {name: np.stack([v.grad.numpy() for v in kept[name]]) for name in ("h", "c", "a")}
    leaves = zip("xWUb", (case.x_torch, *case.parameters), strict=True)
    return found | {name: leaf.grad.numpy().copy() for name, leaf in leaves}


def from_fused(case: Case) -> Gradients:
    """What the fused module gives of them."""
    case.fused()
    module = case.module
    leaves = (case.x_torch, module.weight_ih_l0, module.weight_hh_l0, module.bias_ih_l0)
    return {name: leaf.grad.numpy().copy() for name, leaf in zip("xWUb", leaves, strict=True)}


def check(case: Case, tolerance: float) -> None:
    """Stop unless all three agree: each step's vector relative to its own norm."""
    ours = from_lstm_viz(case)
    for way in (from_loop, from_fused):
        for name, theirs in way(case).items():
            size = np.linalg.norm(theirs, axis=-1)
            info = np.finfo(theirs.dtype)
            held = size > info.smallest_normal / info.eps  # PyTorch has lost the rest to underflow
            error = np.linalg.norm(ours[name] - theirs, axis=-1)[held] / size[held]
            if not held.any() or error.max() > tolerance:
                worst = f"{error.max():.1e}" if held.any() else "not there"
                sys.exit(f"∂L/∂{name}: lstm_viz and {way.__name__} differ, {worst}")


def seconds(run: Callable[[], object]) -> float:
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


def rounds(case: Case, budget: float) -> Iterator[tuple[float, float, float]]:
    """Time lstm_viz, loop and fused in turn until `budget` seconds are over: 2 to 51 rounds."""
    runs = (case.lstm_viz, case.loop, case.fused)
    for run in (case.lstm_viz, case.fused):
        run()  # the check has warmed up all three, and the loop is last in it
    end = time.monotonic() + budget
    for number in range(51):
        if number >= 2 and time.monotonic() > end:
            return
        order = (0, 1, 2) if number % 2 == 0 else (2, 1, 0)
        taken = {which: seconds(runs[which]) for which in order}
        yield taken[0], taken[1], taken[2]


def row(H: int, B: int, T: int, D: int, dtype: str, budget: float) -> str:
    """Check and measure one size; return its line of the table."""
    case = Case(H, B, T, D, dtype)
    check(case, TOLERANCE[dtype])
    taken = list(rounds(case, budget))
    middle = [1e3 * statistics.median(column) for column in zip(*taken, strict=True)]
    of_loop = statistics.median(loop / ours for ours, loop, _fused in taken)
    of_fused = statistics.median(fused / ours for ours, _loop, fused in taken)
    times = " | ".join(f"{m:.1f}" if m < 100 else f"{m:.0f}" for m in middle)
    return f"| {H} | {B} | {T} | {times} | {of_loop:.2f} | {of_fused:.2f} | {len(taken)} |"


def main() -> None:
    """Print the table as Markdown, row by row."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--dtype", choices=TOLERANCE, default="float64")
    parser.add_argument("--quick", action="store_true", help="small sizes only")
    parser.add_argument("--inputs", type=int, help="D; as many as H by default")
    parser.add_argument("--seconds", type=float, help="time for each row; 15, or 1 with --quick")
    options = parser.parse_args()
    torch.set_num_threads(THREADS)
    torch.manual_seed(0)
    sizes = ((16, 64), (1, 32), (100,)) if options.quick else ((16, 64, 256), (1, 32), (100, 1000))
    budget = options.seconds or (1 if options.quick else 15)
    versions = f"NumPy {np.__version__}, PyTorch {torch.__version__}"
    print(f"{versions}, {options.dtype}, {THREADS} threads, {processors()} processors\n")
    ratios = "loop / lstm_viz | fused / lstm_viz"
    print(f"| H | B | T | lstm_viz, ms | loop, ms | fused, ms | {ratios} | rounds |")
    print("|--:|--:|--:|--:|--:|--:|--:|--:|--:|")
    gc.freeze()  # what the imports left need not be looked through before each run
    for H, B, T in product(*sizes):
        print(row(H, B, T, options.inputs or H, options.dtype, budget), flush=True)


if __name__ == "__main__":
    main()
