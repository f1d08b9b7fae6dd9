"""One step of one unit of any cell with a chain of states: its numbers, by the cell's record."""

from lstm_viz.analysis.step_record import Scalar, check_place, entry, number
from lstm_viz.analysis.survival import Survival
from lstm_viz.cells import cell_of
from lstm_viz.cells.range import exact


def any_step(result: Survival, step: int, unit: int) -> list[tuple[str, float, Scalar]]:
    """Name, value and total gradient of each gate and state of step t; a gate's is that of its a.

    States of the step before have "_prev" behind their names. A state of several numbers a unit has
    a row for each of them. Raises SpecError for another place.
    """
    record, trace = cell_of(result.weights), exact(result.trace)
    t, b, j = check_place(trace, step, unit, 0)
    scaled = result.gradients.scaled
    rows = [(f"{name}_prev", name, name, t - 1) for name in record.states]
    rows += [(name, name, f"a_{name}", t - 1) for name in record.gate_names]
    rows += [(name, name, name, t) for name in record.states]
    found = []
    for shown, name, key, row in rows:
        values = getattr(trace, name)[row, b]
        size = len(values.reshape(-1)) // result.weights.hidden_size
        for k in range(j * size, (j + 1) * size):
            value = number(values.reshape(-1)[k])
            found.append((shown, value, entry(scaled[key], row, b, k)))
    return found
