"""A grid of six small nets, as a file has it and as specs."""

import lstm_viz as lv

GRID = """
measure = "survival"
T = 30
[base]
cell = "rnn"
hidden_size = 4
[cross]
gain = [0.5, 1]
seed = [0, 1, 2]
"""


def nets():
    base = {"cell": "rnn", "hidden_size": 4}
    return [lv.ModelSpec(**base, gain=g, seed=s) for g in (0.5, 1.0) for s in (0, 1, 2)]
