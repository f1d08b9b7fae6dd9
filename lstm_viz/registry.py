"""The architectures by name. A new one is a file in lstm_viz/cells and a line here."""

CELLS = {
    "rnn": "lstm_viz.cells.rnn",
    "lstm": "lstm_viz.cells.lstm",
    "gru": "lstm_viz.cells.gru",
    "bilstm": "lstm_viz.cells.bilstm",
    "attention": "lstm_viz.cells.attention",
}
