"""Every architecture, gate and state by name: what it is called on screen."""

from dataclasses import dataclass

from lstm_viz.i18n import N_, translated


@dataclass(frozen=True)
class Quantity:
    """How an architecture, a gate or a state is called everywhere.

    name : in English, translated where it is shown
    """

    name: str


QUANTITIES = {
    "rnn": Quantity(N_("RNN")),
    "lstm": Quantity(N_("LSTM")),
    "gru": Quantity(N_("GRU")),
    "bilstm": Quantity(N_("BiLSTM")),
    "attention": Quantity(N_("self-attention")),
    "i": Quantity(N_("input gate i")),
    "f": Quantity(N_("forget gate f")),
    "o": Quantity(N_("output gate o")),
    "g": Quantity(N_("candidate g")),
    "r": Quantity(N_("reset gate r")),
    "z": Quantity(N_("update gate z")),
    "n": Quantity(N_("candidate n")),
    "c": Quantity(N_("cell state c")),
    "h": Quantity(N_("hidden state h")),
}


def label(quantity: str) -> str:
    """Return the name of a quantity on screen; of one that is not in `QUANTITIES`, its key."""
    known = QUANTITIES.get(quantity)
    return translated(known.name) if known else quantity
