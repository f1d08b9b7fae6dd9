"""Architectures, gates and states: what each is called on screen, its symbol, what it means.

The keys are those of their records; figures/theme.py has colours and dashes by the same keys, and
terms.py all other quantities.
"""

from dataclasses import dataclass

from lstm_viz.i18n import N_, _, translated


@dataclass(frozen=True)
class Quantity:
    """What is known of a quantity; name and meaning in English, translated where they are shown.

    symbol : as formulas have it, the same in every language; "" for what has none
    meaning : one sentence that a learner can read without the others
    """

    name: str
    symbol: str = ""
    meaning: str = ""


ARCHITECTURES = {
    "rnn": Quantity(
        N_("RNN"),
        meaning=N_(
            "The plain recurrent network: at each step one activation makes a new hidden state of"
            " the input and the hidden state before."
        ),
    ),
    "lstm": Quantity(
        N_("LSTM"),
        meaning=N_(
            "Long short-term memory: beside the hidden state it has a cell state, and gates decide"
            " what of it is kept, what is written to it and what is read."
        ),
    ),
    "gru": Quantity(
        N_("GRU"),
        meaning=N_(
            "The gated recurrent unit: its one state is at each step a mixture of the state before"
            " and a candidate, and the update gate says how much of either."
        ),
    ),
    "bilstm": Quantity(
        N_("BiLSTM"),
        meaning=N_(
            "Two LSTMs on one sequence, of which one reads it forward and one backward; their"
            " hidden states stand side by side."
        ),
    ),
    "attention": Quantity(
        N_("self-attention"),
        meaning=N_(
            "Every step takes a weighted mean of the steps that it sees, so that a gradient reaches"
            " any of them directly and no state is handed on."
        ),
    ),
}
GATES = {
    "i": Quantity(
        N_("input gate"), "i", N_("How much of the candidate is written to the cell state, 0 to 1.")
    ),
    "f": Quantity(
        N_("forget gate"),
        "f",
        N_("How much of the cell state is kept from one step to the next: 1 keeps all, 0 nothing."),
    ),
    "o": Quantity(
        N_("output gate"),
        "o",
        N_("How much of the cell state is let out as the hidden state, 0 to 1."),
    ),
    "g": Quantity(
        N_("candidate"), "g", N_("What an LSTM offers to be written to its cell state, −1 to 1.")
    ),
    "r": Quantity(
        N_("reset gate"),
        "r",
        N_("How much of what the hidden state before says reaches a GRU's candidate, 0 to 1."),
    ),
    "z": Quantity(
        N_("update gate"),
        "z",
        N_("How much of a GRU's hidden state is kept, 0 to 1; the candidate fills the rest."),
    ),
    "n": Quantity(
        N_("candidate"), "n", N_("What a GRU offers to put in the place of its state, −1 to 1.")
    ),
}
STATES = {
    "c": Quantity(
        N_("cell state"),
        "c",
        N_("An LSTM's memory: it is multiplied by the forget gate and added to, nothing else."),
    ),
    "h": Quantity(
        N_("hidden state"),
        "h",
        N_("What a recurrent network puts out at a step and reads again at the next."),
    ),
}
QUANTITIES = ARCHITECTURES | GATES | STATES


def label(quantity: str) -> str:
    """Return the name of a quantity on screen, and its symbol; of an unknown one, its key."""
    known = QUANTITIES.get(quantity)
    if known is None:
        return quantity
    name = translated(known.name)
    return _("{name} {symbol}").format(name=name, symbol=known.symbol) if known.symbol else name


def by(of: str) -> str:
    """By what a gradient is taken, "∂L/∂c"."""
    return f"∂L/∂{of}"


def at_first(of: str) -> str:
    """By what a gradient at the first step is taken, "∂/∂c₀" or "∂/∂x₁"."""
    return f"∂/∂{of}" + ("₁" if of == "x" else "₀")
