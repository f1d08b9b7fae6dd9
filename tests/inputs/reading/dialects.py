"""Tables written in any dialect that people use, and what a reader must make of them."""

from dataclasses import dataclass

import numpy as np

MARKS = ("NA", "N/A", "nan", "NULL", "?", "-", "\u2212", "#N/A")
WORDS = ("time", "temp °C", "Größe", "pm2.5", "x_1", "a*b*c", "Na", "flow [l/s]", "2nd", "ΔT")


@dataclass
class Written:
    """A file and what stands in it."""

    content: bytes
    names: tuple[str, ...]  # of the columns of numbers; empty where the file has none
    values: np.ndarray  # (rows, columns) NaN where a value is missing
    dialect: dict


def write(rng) -> Written:
    """Write a random table in a random dialect; `rng` is a random.Random."""
    own = _dialect(rng)
    alone = own["separator"] == ";" and own["header"]  # "1,5" without a name is two cells
    rows, width = rng.randint(5, 14), rng.randint(1 if alone else 2, 6)
    drawn = [[rng.gauss(0, 10 ** rng.randint(0, 6)) for _ in range(width)] for _ in range(rows)]
    values = np.round(drawn, own["digits"])
    values[0, 0] += 0.25 - values[0, 0] % 1  # a fraction of two digits tells the decimal mark
    gaps = np.array([[rng.random() < own["gaps"] for _ in range(width)] for _ in range(rows)])
    gaps[gaps.all(axis=1), 0] = gaps[0, 0] = False
    gaps[:, gaps.all(axis=0)] = False
    cells = [
        [_mark(own, rng) if gaps[t, d] else _number(values[t, d], own) for d in range(width)]
        for t in range(rows)
    ]
    if own["percent"]:
        values = values / 100
    names = rng.sample(WORDS, width)
    header = [list(names)] if own["header"] else []
    if own["header"] == 2:
        header.append([rng.choice(("m", "°C", "l/s")) for _ in range(width)])
    if own["labels"] == "dates":
        cells = [[f"2024-01-{k + 1:02d}", *line] for k, line in enumerate(cells)]
        header = [["date", *header[0]], *(["", *line] for line in header[1:])] if header else []
    if own["labels"] == "row names":
        cells = [[f"s{k}", *line] for k, line in enumerate(cells)]
    table = "".join(_line(line, own) for line in [*header, *cells])
    table = own["above"] + table + own["below"]
    text = table.replace("\n", own["end"])
    joined = (
        tuple(" ".join(c for c in column if c) for column in zip(*header, strict=True))
        if header
        else ()
    )
    return Written(
        text.encode(own["encoding"], "replace"),
        joined[-width:] if own["encoding"] != "cp1252" else (),
        np.where(gaps, np.nan, values),
        own,
    )


def _dialect(rng) -> dict:
    separator = rng.choice((",", ";", "\t", "|", " "))
    decimal = rng.choice((".", ","))
    encoding = rng.choice(("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"))
    header = rng.choice((0, 1, 1, 2 if separator != " " else 1))  # blanks have no empty cell
    labels = rng.choice(("", "dates", "row names" if header == 1 else ""))
    above = rng.choice(("", "", "# a comment, of 3 words\n", "% 1; 2; 3\n# 4\n", "\n\n"))
    if separator != " ":
        above = rng.choice((above, f"sep={separator}\n", "Report\nof the year 2024\n\n"))
    below = rng.choice(("", "", "\n\n", "\nSource: the office\n", "# the end\n"))
    thousands = rng.choice(("", "", {",": ".", ".": ","}[decimal], "\u00a0", "'", "\u2019"))
    return {
        "separator": separator,
        "decimal": decimal,
        "thousands": thousands,
        "minus": rng.choice(("-", "\u2013" if encoding == "cp1252" else "\u2212")),
        "digits": rng.choice((2, 2, 4)),
        "percent": rng.random() < 0.1,
        "plus": rng.random() < 0.1,
        "gaps": rng.choice((0, 0, 0.2)),
        "empty": separator != " " and rng.random() < 0.5,
        "header": header,
        "labels": labels,
        "quoted": rng.random() < 0.2,
        "trailing": separator != " " and labels != "row names" and rng.random() < 0.15,
        "padded": rng.random() < 0.2,
        "above": above,
        "below": below,
        "end": rng.choice(("\n", "\r\n", "\r")),
        "encoding": encoding,
    }


def _number(value: float, own: dict) -> str:
    text = f"{abs(value):,.{own['digits']}f}"
    if own["decimal"] == "," and value == int(value):
        text = f"{abs(value):,.0f}"
    swap = {",": own["thousands"], ".": own["decimal"]}
    text = "".join(swap.get(c, c) for c in text)
    sign = own["minus"] if value < 0 else "+" if own["plus"] else ""
    return sign + text + ("%" if own["percent"] else "")


def _mark(own: dict, rng) -> str:
    marks = [m for m in MARKS if own["encoding"] != "cp1252" or m != "\u2212"]
    return rng.choice(("", *marks) if own["empty"] else marks)


def _line(cells: list[str], own: dict) -> str:
    separator = own["separator"]
    needs = [own["quoted"] or separator in c or '"' in c for c in cells]
    written = [f'"{c}"' if quote else c for c, quote in zip(cells, needs, strict=True)]
    joint = separator
    if own["padded"]:
        joint = {" ": "   ", "\t": "\t"}.get(separator, separator + " ")
    return joint.join(written) + (separator if own["trailing"] else "") + "\n"
