"""lstm_viz: does a gradient survive its way back through a sequence?

    ModelSpec → Weights → Trace → Gradients → analysis → Figure → page
"""

from lstm_viz.analysis.norms import log10_norms
from lstm_viz.cells import CELLS, backward, forward, init_weights
from lstm_viz.cells.lstm import LSTMGradients, LSTMTrace, LSTMWeights
from lstm_viz.cells.rnn import RNNGradients, RNNTrace, RNNWeights
from lstm_viz.errors import (
    DTypeError,
    InputError,
    LstmVizError,
    NonFiniteError,
    ShapeError,
    SpecError,
)
from lstm_viz.spec import ModelSpec
