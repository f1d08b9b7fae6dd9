"""How much this process may do at once."""

import os
from multiprocessing import cpu_count


def processors() -> int:
    """How many processors it may run on, which a container can have made fewer than there are."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return cpu_count()
