"""What the gates do: their means and how much of them is saturated."""

from dataclasses import dataclass

import numpy as np

Array = np.ndarray
LOW, HIGH = 0.1, 0.9


@dataclass(frozen=True, eq=False)
class GateSummary:
    """Over the units of one sequence, for each step: (T,) arrays by name.

    mean : of each activation
    low, high : shares of units below 0.1 and above 0.9. For g, c and h, which have a sign, `low` is
        the share below −0.9.
    """

    mean: dict[str, Array]
    low: dict[str, Array]
    high: dict[str, Array]

    def to_frame(self):
        """A table with one row for each step and quantity."""
        from lstm_viz.tables import rows_frame

        return rows_frame(
            [
                {
                    "step": t + 1,
                    "quantity": name,
                    "mean": float(mean[t]),
                    "share_low": float(self.low[name][t]),
                    "share_high": float(self.high[name][t]),
                }
                for name, mean in self.mean.items()
                for t in range(len(mean))
            ]
        )


def summarise_gates(values: dict[str, Array]) -> GateSummary:
    """Summarise activations (T, H) by name; "i", "f", "o" lie in [0, 1], others have a sign.

    The thresholds 0.1 and 0.9 are those of Karpathy, Johnson & Fei-Fei (2016), §4.2.
    """
    floor = {name: LOW if name in ("i", "f", "o") else -HIGH for name in values}
    return GateSummary(
        {name: a.mean(axis=1) for name, a in values.items()},
        {name: (a < floor[name]).mean(axis=1) for name, a in values.items()},
        {name: (a > HIGH).mean(axis=1) for name, a in values.items()},
    )
