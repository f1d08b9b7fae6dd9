"""A curve as a small SVG drawing, for a notebook: no library draws it and no script runs."""

from html import escape
from typing import NamedTuple

import numpy as np

from lstm_viz.words import power, tidy

Array = np.ndarray
WIDTH, HEIGHT = 360, 150  # pixels
LEFT, ABOVE, BELOW, EDGE = 78, 22, 22, 8  # pixels: margins for numbers, for names, and the least
POINTS = 400  # more than are told apart


class Line(NamedTuple):
    """log10 sizes y (n,) at x (n,), and what each is called."""

    x: Array
    y: Array
    along: str
    name: str


def svg(line: Line) -> str:
    """Draw the curve on a log axis; what is not finite leaves a gap. "" where nothing is left."""
    keep = np.unique(np.linspace(0, len(line.x) - 1, min(len(line.x), POINTS)).round().astype(int))
    x, y = np.asarray(line.x, float)[keep], np.asarray(line.y, float)[keep]
    known = np.isfinite(y)
    if known.sum() < 2 or x[0] == x[-1]:
        return ""
    low, high = y[known].min(), y[known].max()
    across = LEFT + (WIDTH - LEFT - EDGE) * (x - x[0]) / (x[-1] - x[0])
    bottom = HEIGHT - BELOW - EDGE
    down = ABOVE + (bottom - ABOVE) * (high - np.where(known, y, high)) / (high - low or 1)
    lines = [
        " ".join(f"{across[k]:.1f},{down[k]:.1f}" for k in run)
        for run in np.split(np.arange(len(x)), np.flatnonzero(np.diff(known)) + 1)
        if known[run[0]]
    ]
    drawn = "".join(f'<polyline points="{points}"/>' for points in lines)
    texts = [_text(LEFT, HEIGHT - 6, tidy(x[0])), _text(LEFT, 12, line.name)]
    texts.append(_text(WIDTH - EDGE, HEIGHT - 6, tidy(x[-1]), "end"))
    texts.append(_text((LEFT + WIDTH) / 2, HEIGHT - 6, line.along, "middle"))
    for value in {low, high}:
        texts.append(_text(LEFT - 6, (ABOVE if value == high else bottom) + 4, power(value), "end"))
    return (
        f'<svg width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">'
        f"<title>{escape(line.name)}</title>"
        f'<g fill="none" stroke="currentColor" stroke-width="1.5">{drawn}</g>'
        f'<g fill="currentColor" font-size="11">{"".join(texts)}</g></svg>'
    )


def _text(x: float, y: float, text: str, anchor: str = "start") -> str:
    return f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}">{escape(text)}</text>'
