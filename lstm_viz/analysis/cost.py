"""What an architecture costs: parameters, operations, steps that must wait for one another."""

from dataclasses import replace
from itertools import count

from lstm_viz.cells import count_parameters
from lstm_viz.errors import SpecError
from lstm_viz.spec import ModelSpec


def matched_hidden_size(spec: ModelSpec, parameters: int) -> int:
    """Return the number of units H that brings `spec` nearest to this number of parameters.

    Sizes that the architecture does not allow, such as one that its heads do not divide, are passed
    over.
    """
    nearest, least = 1, float("inf")
    for H in count(1):
        try:
            found = count_parameters(replace(spec, hidden_size=H))
        except SpecError:
            continue
        if abs(found - parameters) < least:
            nearest, least = H, abs(found - parameters)
        if found >= parameters:
            return nearest
