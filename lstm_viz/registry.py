"""The architectures by name. A new one is a file in lstm_viz/cells and a place in its `RECORDS`."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lstm_viz.cells.architecture import Architecture

CELLS: "dict[str, Architecture]" = {}  # filled by lstm_viz/cells/__init__.py
USUAL = "lstm"  # what is meant where no architecture is named
COMPARED = ("rnn", "lstm")  # the two that the subject is about
