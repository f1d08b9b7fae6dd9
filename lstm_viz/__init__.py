"""lstm_viz: does a gradient survive its way back through a sequence?

ModelSpec → Weights → Trace → Gradients → analysis → Figure → page
"""

import os
import signal
import sys

_command = os.path.basename((sys.argv or [""])[0]).removesuffix(".exe")
if _command in ("-m", "lstm-viz") and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    # The command is being started: until it listens itself, Ctrl-C ends it without a word.
    signal.signal(signal.SIGINT, signal.SIG_DFL)

from lstm_viz.analysis import large_n, theory
from lstm_viz.analysis.gates import GateSummary, GateViews, gate_views
from lstm_viz.analysis.gradient_map import GradientMap, gradient_map, measure_map
from lstm_viz.analysis.jacobian import (
    SingularValues,
    Spectrum,
    recurrent_spectra,
    singular_values,
)
from lstm_viz.analysis.length_sweep import LengthSweep, length_sweep
from lstm_viz.analysis.lyapunov import LyapunovSpectrum, lyapunov, lyapunov_spectrum
from lstm_viz.analysis.norms import log10_norms
from lstm_viz.analysis.paths import PathSplit, path_split
from lstm_viz.analysis.phase import PhaseDiagram, phase_diagram, phase_estimate
from lstm_viz.analysis.phase_edge import PhasePlace, edge_by_theory, phase_place
from lstm_viz.analysis.rates import Horizon, Rate, fit_rate
from lstm_viz.analysis.survival import BatchSurvival, Survival, survival
from lstm_viz.cells import CELLS, backward, cost, count_parameters, forward, init_weights
from lstm_viz.cells.attention import AttentionGradients, AttentionTrace, AttentionWeights
from lstm_viz.cells.base import Failure
from lstm_viz.cells.bilstm import BiLSTMGradients, BiLSTMTrace, BiLSTMWeights
from lstm_viz.cells.gru import GRUGradients, GRUTrace, GRUWeights
from lstm_viz.cells.lstm import LSTMGradients, LSTMTrace, LSTMWeights
from lstm_viz.cells.rnn import RNNGradients, RNNTrace, RNNWeights
from lstm_viz.cells.stack import StackGradients, StackTrace, StackWeights
from lstm_viz.errors import (
    BatchFirstWarning,
    DTypeError,
    InputError,
    LstmVizError,
    NonFiniteError,
    ShapeError,
    SpecError,
    SweepError,
    SweepWarning,
)
from lstm_viz.inputs.probes import chosen_step, every_step, last_step, unit_probe
from lstm_viz.inputs.reading.columns import CsvFile, CsvTable
from lstm_viz.inputs.reading.table import read_csv
from lstm_viz.inputs.sequences import (
    SequenceSpec,
    constant,
    from_csv,
    from_text,
    impulse,
    make_sequence,
    sine,
    stocks,
    white_noise,
)
from lstm_viz.spec import ModelSpec
from lstm_viz.sweeps import measures
from lstm_viz.sweeps.run import sweep
from lstm_viz.version import __version__

__all__ = [
    "CELLS",
    "AttentionGradients",
    "AttentionTrace",
    "AttentionWeights",
    "BatchFirstWarning",
    "BatchSurvival",
    "BiLSTMGradients",
    "BiLSTMTrace",
    "BiLSTMWeights",
    "CsvFile",
    "CsvTable",
    "DTypeError",
    "Failure",
    "GRUGradients",
    "GRUTrace",
    "GRUWeights",
    "GateSummary",
    "GateViews",
    "GradientMap",
    "Horizon",
    "InputError",
    "LSTMGradients",
    "LSTMTrace",
    "LSTMWeights",
    "LengthSweep",
    "LstmVizError",
    "LyapunovSpectrum",
    "ModelSpec",
    "NonFiniteError",
    "PathSplit",
    "PhaseDiagram",
    "PhasePlace",
    "RNNGradients",
    "RNNTrace",
    "RNNWeights",
    "Rate",
    "SequenceSpec",
    "ShapeError",
    "SingularValues",
    "SpecError",
    "Spectrum",
    "StackGradients",
    "StackTrace",
    "StackWeights",
    "Survival",
    "SweepError",
    "SweepWarning",
    "__version__",
    "backward",
    "chosen_step",
    "constant",
    "cost",
    "count_parameters",
    "edge_by_theory",
    "every_step",
    "fit_rate",
    "forward",
    "from_csv",
    "from_text",
    "gate_views",
    "gradient_map",
    "impulse",
    "init_weights",
    "large_n",
    "last_step",
    "length_sweep",
    "log10_norms",
    "lyapunov",
    "lyapunov_spectrum",
    "make_sequence",
    "measure_map",
    "measures",
    "path_split",
    "phase_diagram",
    "phase_estimate",
    "phase_place",
    "read_csv",
    "recurrent_spectra",
    "sine",
    "singular_values",
    "stocks",
    "survival",
    "sweep",
    "theory",
    "unit_probe",
    "white_noise",
]
