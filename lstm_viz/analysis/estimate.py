"""What long work will take: a type for all of its estimates."""

from dataclasses import dataclass

from lstm_viz.result import Shown


@dataclass(frozen=True, repr=False)
class Estimate(Shown):
    """What a piece of work will take, in seconds and in megabytes; of the right order, no more."""

    seconds: float
    megabytes: float
