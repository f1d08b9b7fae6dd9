"""What long work is said to take, against the processor time that it takes.

    python benchmarks/estimates.py

Prints the median of the measured seconds beside the estimate that the pages show before such work
is begun, and their ratio. An estimate within a factor of 8 serves: it is there to tell a minute
from an hour.
"""

import statistics
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import lstm_viz as lv
from lstm_viz.analysis import architectures, gradient_map, jacobian
from lstm_viz.analysis.lyapunov import lyapunov
from lstm_viz.registry import CELLS


def stretching(spec: lv.ModelSpec, T: int, scale: float) -> tuple[float, Callable]:
    """The estimate and the work of a page's singular values and exponents."""
    weights, x = lv.init_weights(spec), scale * lv.white_noise(T, spec.input_size)

    def work():
        jacobian.singular_values(weights, x)
        lyapunov(weights, x)

    return jacobian.estimate(spec, T, in_digits=jacobian.needs_digits(weights, x)).seconds, work


def comparing(layers: int, T: int) -> tuple[float, Callable]:
    """The estimate and the work of one seed of all architectures."""
    specs = [lv.ModelSpec(cell, 3, 24, layers=layers) for cell in CELLS]
    x, lengths = lv.white_noise(T, 3), architectures.thinned_lengths(T)

    def work():
        for weights in map(lv.init_weights, specs):
            architectures.input_gradient(weights, x, T)
            architectures.first_input(weights, x, lengths)

    return architectures.estimate(specs, T, seeds=1).seconds, work


def mapping(spec: lv.ModelSpec, T: int, wrt: str) -> tuple[float, Callable]:
    """The estimate and the work of a gradient map."""
    weights, x = lv.init_weights(spec), lv.white_noise(T, spec.input_size)
    return gradient_map.estimate(spec, T, wrt).seconds, lambda: lv.gradient_map(weights, x, wrt=wrt)


def cases() -> Iterator[tuple[str, float, Callable]]:
    """Name, estimated seconds, work."""
    for cell, T, H, scale in [
        ("rnn", 200, 16, 1.0),
        ("lstm", 60, 20, 1.0),
        ("gru", 30, 40, 1.0),
        ("rnn", 8, 6, 1000.0),
        ("lstm", 4, 4, 100.0),
    ]:
        name = f"stretching, {cell}, T = {T}, H = {H}, input × {scale:g}"
        yield name, *stretching(lv.ModelSpec(cell, 3, H), T, scale)
    for layers, T in [(1, 120), (2, 60)]:
        yield f"architectures, {layers} layers, T = {T}", *comparing(layers, T)
    for cell, T, H, wrt, options in [
        ("rnn", 300, 40, "h", {}),
        ("lstm", 200, 24, "x", {}),
        ("attention", 250, 24, "x", {"heads": 4}),
        ("attention", 90, 24, "x", {"layers": 2}),
    ]:
        spec = lv.ModelSpec(cell, 3, H, **options)
        yield f"map, {cell}, T = {T}, H = {H}", *mapping(spec, T, wrt)


def taken(work: Callable, runs: int = 3) -> float:
    """Median of the processor seconds, the first run left out."""
    seconds = []
    for _ in range(runs + 1):
        start = time.process_time()
        work()
        seconds.append(time.process_time() - start)
    return statistics.median(seconds[1:])


if __name__ == "__main__":
    for name, said, work in cases():
        seconds = taken(work)
        print(f"{name:52} said {said:8.3f} s, took {seconds:8.3f} s, ratio {seconds / said:5.2f}")
