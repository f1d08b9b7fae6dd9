"""The studies: settings → result → sentence, figures, tables, caption. No browser is needed.

Each module has its QUESTION, its Options, and `study`, which makes a `Study` of a `Subject`.
"""

from lstm_viz.studies import (
    architectures,
    cost,
    gates,
    gradient_flow,
    gradient_map,
    jacobian,
    one_step,
    paths,
    phase_diagram,
    sequence_length,
)

STUDIES = {  # in the order in which they are offered
    "gradient_flow": gradient_flow,
    "sequence_length": sequence_length,
    "architectures": architectures,
    "cost": cost,
    "gradient_map": gradient_map,
    "gates": gates,
    "one_step": one_step,
    "paths": paths,
    "jacobian": jacobian,
    "phase_diagram": phase_diagram,
}
