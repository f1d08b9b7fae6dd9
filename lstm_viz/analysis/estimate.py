"""What long work will take: a type for all of its estimates."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Estimate:
    """What a piece of work will take, in seconds and in megabytes; of the right order, no more."""

    seconds: float
    megabytes: float
