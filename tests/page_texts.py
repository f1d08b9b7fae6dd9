"""What the pages say at settings drawn from a seed, as a file; and how two such files differ.

python -m tests.page_texts before.json            # at 200 settings
python -m tests.page_texts before.json after.json # compare
"""

import difflib
import json
import random
import sys
from pathlib import Path

from tests.sessions import PAGES, charts, opened

COUNT = 200
WORDS = ("title", "header", "markdown", "caption", "info", "warning", "error")
CHOICES = ("selectbox", "multiselect", "button_group", "radio")
VALUES = {
    "T": (1, 2, 5, 10, 20),
    "H": (1, 2, 4),
    "gain": (0, 0.5, 1, 2),
    "forget_bias": (-5, 0, 1, 5),
    "scale": (0, 1, 30),
    "seed": (0, 1, 7),
    "init": ("pytorch", "gaussian", "xavier", "orthogonal", "identity", "chrono"),
    "activation": ("tanh", "relu", "sigmoid", "linear"),
    "source": ("noise", "constant", "text", "sine"),
    "layers": (1, 2),
    "probe": ("last", "every"),
    "loss": ("last", "every"),
    "quantity": ("state", "x"),
    "theory": ("bound", "chi", "rest", "product"),
    "network": ("lstm", "gru", "attention"),
    "gated": ("lstm", "gru"),
    "chain": ("rnn", "lstm", "gru"),
    "map_cell": ("rnn", "lstm", "gru", "bilstm", "attention"),
    "beside": ("rnn", "gru"),
    "direction": ("forward", "backward"),
    "norm": ("none", "pre", "post"),
}
SMALL = {"seeds": 2, "reach_seeds": 1, "n": 5}  # so that a session is short


def drawn_address(rng: random.Random) -> tuple[str, dict]:
    """A page and settings for its address."""
    keys = rng.sample(sorted(VALUES), rng.randint(2, 9))
    return rng.choice(PAGES), {key: rng.choice(VALUES[key]) for key in keys}


def texts(page: str, query: dict) -> list[str]:
    """All that a session shows: words, tables, selectors, and the words of its charts."""
    at = opened(page, **SMALL, T=10, H=2) if not query else opened(page, **SMALL | query)
    said = [f"{kind}: {e.value}" for kind in WORDS for e in getattr(at, kind)]
    said += [e.value.to_csv() for e in at.table]
    for kind in CHOICES:
        said += [f"{kind} {e.label}: {getattr(e, 'options', '')}" for e in getattr(at, kind)]
    for header, figure in charts(at):
        said += [f"{key}: {header.get(key)}" for key in ("alt", "caption", "filename")]
        layout = figure["layout"]
        said += [f"{k}: {v}" for k, v in layout.items() if k == "title" or "axis" in k]
        said += [f"note: {note.get('text')}" for note in layout.get("annotations", ())]
        said += [f"{trace.get('type')}: {trace.get('name')}" for trace in figure["data"]]
    return said


def collect(count: int = COUNT, seed: int = 0) -> dict[str, list[str]]:
    rng, found = random.Random(seed), {}
    for _ in range(count):
        page, query = drawn_address(rng)
        query = {"T": 10, "H": 2} | query
        address = page + "?" + "&".join(f"{key}={value}" for key, value in query.items())
        try:
            found[address] = texts(page, query)
        except AssertionError as error:
            found[address] = [f"it failed: {error}"]
    return found


def differences(before: dict, after: dict) -> list[str]:
    """The lines that one has and the other has not, under the address where it is so."""
    out = []
    for address in before | after:
        pair = before.get(address, []), after.get(address, [])
        changed = [line for line in difflib.ndiff(*pair) if line[0] in "+-"]
        out += [address, *changed] if changed else []
    return out


if __name__ == "__main__":
    files = [Path(name) for name in sys.argv[1:]]
    if len(files) == 2:
        print("\n".join(differences(*(json.loads(file.read_text()) for file in files))))
    else:
        files[0].write_text(json.dumps(collect(), ensure_ascii=False, indent=1))
