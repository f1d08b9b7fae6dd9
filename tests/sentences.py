"""What a sentence may look like, which numbers it names, and settings drawn from all there are."""

import math
import re

import lstm_viz as lv
from lstm_viz.spec import INIT_NAMES

RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
NUMBER = re.compile(
    r"(?<![\w.])(−?)(\d[\d\u202f]*(?:\.\d+)?)(?:\xa0×\xa010([⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+))?(%?)(?!\w)"
)
REFUSED = re.compile(
    r"nan\b|NaN|\binf\b|∞|None|undefined|infinite|(?<!minus )infinity|\d{7}|  |[{}]"
    r"|−0(?![.\d])|−\d+ steps?|(?<![\d.\u202f])0(\.0+)? times|after 0 steps"
)
ACTIVATIONS = ("tanh", "relu", "sigmoid", "linear")
FAILED = re.compile(r"The [\w-]+'s forward pass leaves the finite numbers.*?keeps it finite\.")


def read(text):
    """Every number in a text as (log10 of its size, its sign, how many digits it is given to)."""
    found = []
    for sign, digits, power, percent in NUMBER.findall(re.sub(r"float\d\d", "", text)):
        plain = digits.replace("\u202f", "")
        value = float(plain) * (0.01 if percent else 1)
        log10 = math.log10(value) if value else -math.inf
        shift = int(power.translate(RAISED)) if power else 0
        figures = len(plain.replace(".", "").lstrip("0").rstrip("0")) or 1
        given = plain.replace(".", "").lstrip("0")
        found.append(
            (log10 + shift, -1 if sign else 1, max(figures, len(given) if "." in plain else 1))
        )
    return found


def assert_well_said(text):
    """Nothing that is no number of anything, and no wall of digits, outside of a failure's name."""
    wrong = REFUSED.search(FAILED.sub("", text))
    assert not wrong, f"{wrong.group()!r} in {text!r}"


def names(text, log10, sign=1):
    """Whether a text has a number that 10**log10 may have been written as."""
    for found, own, digits in read(text):
        if own == sign and (
            found == log10 or abs(found - log10) <= math.log10(1 + 0.51 * 10 ** (1 - digits))
        ):
            return True
    return False


def assert_names(text, value, *, log10=None):
    """The text has the number `value`, or 10**log10."""
    size = (math.log10(abs(value)) if value else -math.inf) if log10 is None else log10
    assert names(text, size, -1 if log10 is None and value < 0 else 1), f"{size} is not in {text!r}"


def drawn(rng, cell, most_H=4, most_T=8):
    """(spec, x): any cell of any kind on any input, short and small, at any strength."""
    T, H, D = int(rng.integers(1, most_T + 1)), int(rng.integers(1, most_H + 1)), 2
    heads = int(rng.choice([n for n in (1, 2, 3, 4) if H % n == 0]))
    spec = lv.ModelSpec(
        cell, D, H, heads=heads,
        init=str(rng.choice(INIT_NAMES if cell not in ("rnn", "attention") else INIT_NAMES[:-1])),
        gain=float(rng.choice([0, 0.3, 1, 2, 4])),
        forget_bias=float(rng.choice([-6, -2, 0, 1, 5, 10])),
        activation=str(rng.choice(ACTIVATIONS if cell == "rnn" else ["tanh"])),
        seed=int(rng.integers(1000)),
    )  # fmt: skip
    kind = str(rng.choice(["noise", "constant", "sine", "impulse"]))
    x = lv.make_sequence(lv.SequenceSpec(kind=kind, length=T, size=D, seed=int(rng.integers(99))))
    return spec, float(rng.choice([0, 1e-3, 1, 30, 1000])) * x
