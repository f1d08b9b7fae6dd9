"""Measures for the sweeps' tests: values of a module, so that every process and cluster has them.

As a script it is a sweep to be killed: python -m tests.measuring FOLDER LOG COUNT WORKERS
"""

import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import lstm_viz as lv


def specs(count, **fields):
    return [lv.ModelSpec(seed=seed, input_size=2, hidden_size=3, **fields) for seed in range(count)]


def twice(spec):
    return {"twice": 2 * spec.seed}


def edges(spec):
    """Numbers that text formats like to lose, by seed."""
    values = [float("nan"), float("inf"), -float("inf"), -0.0, 5e-324, 0.1, 1 / 3]
    return {"value": values[spec.seed % len(values)], "text": 'µ, "\n', "whole": 2**80}


def spelt(spec, letters=frozenset({"l", "s", "t", "m"})):
    return {"letters": len(letters & set(spec.cell)), "cell is known": spec.cell in {"rnn", "gru"}}


def dies(spec):
    os._exit(1)


@dataclass(frozen=True)
class Logged:
    """Seed squared; each call first writes its seed to `log`, and waits; some seeds fail."""

    log: str
    pause: float = 0.0
    fails: tuple[int, ...] = ()

    def __call__(self, spec):
        with open(self.log, "a", encoding="utf-8") as file:
            file.write(f"{spec.seed}\n")
        if spec.seed in self.fails:
            raise ArithmeticError(f"no square of {spec.seed}")
        time.sleep(self.pause)
        return {"square": spec.seed**2, "process": os.getpid()}


def calls(log):
    """The seeds that were measured, in the order of the calls."""
    path = Path(log)
    return [int(line) for line in path.read_text().split()] if path.exists() else []


def wait_until(true, seconds=30):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)


def main(folder, log, count, workers):
    measure = Logged(log, pause=0.1)
    if workers == "0":
        lv.sweep(specs(int(count)), measure, folder=folder)
    else:
        with ProcessPoolExecutor(int(workers)) as pool:
            lv.sweep(specs(int(count)), measure, pool, folder=folder)


if __name__ == "__main__":
    from tests.measuring import main as run  # so that the measure is not one of __main__

    run(*sys.argv[1:])
