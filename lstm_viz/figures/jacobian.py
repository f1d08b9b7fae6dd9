"""How steps stretch a gradient: singular values by distance, eigenvalues of U, exponents."""

import math

import numpy as np
import plotly.graph_objects as go

from lstm_viz import words
from lstm_viz.analysis.jacobian import SingularValues, Spectrum
from lstm_viz.analysis.lyapunov import LyapunovSpectrum
from lstm_viz.figures.curves import add_curve, add_zeros
from lstm_viz.figures.log_axis import log10_range, mark_underflow, set_log10_axis
from lstm_viz.figures.theme import GROUNDS, base_figure, colour, translucent, whole_ticks
from lstm_viz.i18n import _
from lstm_viz.quantities import label
from lstm_viz.registry import CELLS
from lstm_viz.say.jacobian import (
    between_name,
    block_name,
    eigenvalue_reading,
    exponents_notes,
    stretch_notes,
)

Array = np.ndarray
ALL_SHOWN, SHOWN = 64, 24  # so many values are drawn each; of more, so many spread over the ranks
SYMBOLS = ("circle", "diamond", "square", "cross")


def stretch_by_distance(
    found: SingularValues, cell: str, spectra: list[Spectrum], ground: str = "light"
) -> go.Figure:
    """Draw the singular values of ∂s_T/∂s_{T−k} against the distance k.

    Beside a plain RNN's the rate of its eigenvalues is drawn, radius(U)^k: what they alone would
    say. Directions that are lost are crosses on the floor; of those that are not determined, a note
    says how many there are.
    """
    figure = base_figure(ground, height=430)
    ranks = shown_ranks(found.log10.shape[1])
    limits = log10_range([found.log10[:, ranks]])
    ink, k = colour(cell, ground), found.distances.astype(np.float32)
    _add_others(figure, found, ranks[1:-1], translucent(cell, ground, 0.5))
    line = dict(color=ink, width=3)
    add_curve(figure, k, found.log10[:, 0], _("largest"), line, at="k")
    line = dict(color=ink, width=2, dash="6px,2px")
    add_curve(figure, k, found.log10[:, -1], _("smallest"), line, at="k")
    known = spectra and found.failure is None
    if not CELLS[cell].is_gated and known and spectra[0].radius > 0:
        rate = found.distances * math.log10(spectra[0].radius)
        line = dict(color=GROUNDS[ground].muted, width=1.5, dash="dot")
        add_curve(figure, k, rate, _("eigenvalues alone: radius(U)<sup>k</sup>"), line, at="k")
    lost = np.isneginf(found.log10).any(axis=1)
    if lost.any():
        add_zeros(figure, k[lost], limits[0], label(cell), dict(color=ink, width=2.5))
    set_log10_axis(figure, limits, _("singular values of ∂s<sub>T</sub>/∂s<sub>T−k</sub>"))
    last = float(k[-1]) or 1
    figure.update_xaxes(title_text=_("distance k in steps"), range=[0, last], **whole_ticks(last))
    mark_underflow(figure, limits, ground)
    return _noted(figure, stretch_notes(found), ground)


def _noted(figure: go.Figure, notes: list[str], ground: str) -> go.Figure:
    """The figure with these lines in its upper right corner."""
    if notes:
        figure.add_annotation(
            text="<br>".join(notes), xref="paper", yref="paper", x=0.98, y=0.98, xanchor="right",
            yanchor="top", showarrow=False, font=dict(size=12, color=GROUNDS[ground].muted),
        )  # fmt: skip
    return figure


def shown_ranks(size: int) -> Array:
    """Which of the singular values are drawn, from the largest (0) to the smallest."""
    return np.unique(np.linspace(0, size - 1, size if size <= ALL_SHOWN else SHOWN).round()).astype(
        int
    )


def _add_others(figure: go.Figure, found: SingularValues, ranks: Array, ink: str) -> None:
    """All values between the largest and the smallest as one trace, with a gap after each."""
    if not len(ranks):
        return
    values = found.log10[:, ranks].T
    gap = np.full((len(ranks), 1), np.nan)
    y = np.concatenate([np.where(np.isfinite(values), values, np.nan), gap], axis=1)
    x = np.concatenate([np.tile(found.distances, (len(ranks), 1)), gap], axis=1)
    figure.add_scatter(
        x=x.ravel().astype(np.float32),
        y=y.ravel().astype(np.float32),
        mode="lines",
        line=dict(color=ink, width=1),
        name=between_name(len(ranks), found.log10.shape[1] - 2),
        hoverinfo="skip",
    )


def eigenvalue_plane(spectra: list[Spectrum], ground: str = "light") -> go.Figure:
    """Draw the eigenvalues of each block of U in the complex plane, with the unit circle."""
    figure, look = base_figure(ground, height=430), GROUNDS[ground]
    angle = np.linspace(0, 2 * np.pi, 181)
    figure.add_scatter(
        x=np.cos(angle).astype(np.float32),
        y=np.sin(angle).astype(np.float32),
        mode="lines",
        line=dict(color=look.muted, width=1.2, dash="dot"),
        name=_("unit circle"),
        hoverinfo="skip",
    )
    for spectrum, symbol in zip(spectra, SYMBOLS, strict=False):
        v = spectrum.eigenvalues
        figure.add_scatter(
            x=np.real(v).astype(np.float32),
            y=np.imag(v).astype(np.float32),
            mode="markers",
            marker=dict(color=_block_ink(spectrum, ground), symbol=symbol, size=7),
            name=block_name(spectrum),
            customdata=[eigenvalue_reading(value) for value in v.tolist()],
            hovertemplate="%{customdata}<extra></extra>",
        )
    reach = 1.08 * max(1.0, *(spectrum.radius for spectrum in spectra))
    figure.update_xaxes(
        title_text=_("real part of the eigenvalue λ"), range=[-reach, reach], constrain="domain"
    )
    figure.update_yaxes(
        title_text=_("imaginary part of λ"),
        range=[-reach, reach],
        scaleanchor="x",
        constrain="domain",
    )
    figure.update_layout(margin_t=60)
    return figure


def _block_ink(spectrum: Spectrum, ground: str) -> str:
    return colour(str(spectrum.net["cell"]) if spectrum.name == "U" else spectrum.name, ground)


def exponents(found: LyapunovSpectrum, cell: str, ground: str = "light") -> go.Figure:
    """Draw the Lyapunov exponents by rank, with the line between shrinking and growing."""
    figure = base_figure(ground, height=430)
    finite = np.isfinite(found.exponents)
    ranks = np.arange(1, len(finite) + 1, dtype=np.float32)
    hover = _("exponent {rank}: {value} nats per step")
    figure.add_scatter(
        x=ranks,
        y=np.where(finite, found.exponents, np.nan).astype(np.float32),
        mode="lines+markers",
        line=dict(color=colour(cell, ground), width=1.5),
        marker=dict(color=colour(cell, ground), size=6),
        name=_("{name}'s exponents").format(name=label(cell)),
        customdata=words.numbers(found.exponents, words.READ),
        hovertemplate=hover.format(rank="%{x}", value="%{customdata}") + "<extra></extra>",
    )
    _noted(figure, exponents_notes(found), ground)
    figure.add_hline(y=0, line=dict(color=GROUNDS[ground].muted, width=1.2, dash="dot"))
    last = len(finite)
    figure.update_xaxes(title_text=_("rank"), range=[0, last + 1], **whole_ticks(last))
    figure.update_yaxes(title_text=_("Lyapunov exponent, nats per step"))
    figure.update_layout(margin_t=60)
    return figure
