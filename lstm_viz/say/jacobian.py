"""How steps stretch a gradient: sentences and tables."""

import math

import numpy as np

from lstm_viz import words
from lstm_viz.analysis.jacobian import SingularValues, Spectrum
from lstm_viz.analysis.lyapunov import LyapunovSpectrum
from lstm_viz.i18n import _, ngettext
from lstm_viz.quantities import label
from lstm_viz.registry import CELLS
from lstm_viz.say.failures import failure_sentence
from lstm_viz.say.phrases import sentences

STILL = 1e-9  # nats over the whole sequence: what is below it is round-off


def block_name(spectrum: Spectrum) -> str:
    """U, or U with the gate's name as index."""
    return "U" if spectrum.name == "U" else f"U<sub>{spectrum.name}</sub>"


def between_name(drawn: int, all_: int) -> str:
    """The singular values between the largest and the smallest, of which so many are drawn."""
    text = ngettext("the {n} between", "the {n} between", drawn)
    if drawn < all_:
        text = ngettext("{n} of the {rest} between", "{n} of the {rest} between", drawn)
    return text.format(n=words.count(drawn), rest=words.count(all_))


def eigenvalue_reading(value: complex) -> str:
    """ "0.500 + 0.200i, |λ| = 0.539"."""
    size = words.number(abs(value), words.DRAWN)
    real, imaginary = (words.number(x, words.DRAWN) for x in (value.real, abs(value.imag)))
    sign = words.MINUS if value.imag < 0 else "+"
    return f"{real} {sign} {imaginary}i, |λ| = {size}"


def stretch_notes(found: SingularValues) -> list[str]:
    """How many of the singular values over all steps are lost in round-off, where any are."""
    if found.failure is not None or not found.undetermined[-1]:
        return []
    text = _("not determined after {steps}: {n} of {size}").format(
        steps=words.steps(int(found.distances[-1])),
        n=words.count(int(found.undetermined[-1])),
        size=words.count(found.log10.shape[1]),
    )
    return [text]


def exponents_notes(found: LyapunovSpectrum) -> list[str]:
    """How many exponents cannot be drawn, and why."""
    counts = {
        _("exponents of minus infinity, directions that are lost: {n}"): found.lost,
        _("exponents not determined: {n}"): found.undetermined,
    }
    return [text.format(n=words.count(n)) for text, n in counts.items() if n]


def spectra_table(spectra: list[Spectrum]) -> dict[str, list[str]]:
    """Radius, norm and departure from normality of each block, as columns of a table."""
    rows = [_("spectral radius"), _("norm σₘₐₓ"), _("departure from normality, of ‖U‖")]
    table = {"": rows}
    for s in spectra:
        departure = s.departure / s.frobenius if s.frobenius else 0.0
        cells = [words.number(s.radius, words.READ), words.number(s.norm, words.READ)]
        table["U" if s.name == "U" else f"U_{s.name}"] = [*cells, words.percent(departure)]
    return table


def exponents_table(found: LyapunovSpectrum) -> dict[str, list[str]]:
    """What the Lyapunov spectrum adds up to, and whether it does, as a table."""
    values = {
        _("largest exponent"): words.cell(float(found.exponents[0])),
        _("sum of the exponents"): words.cell(float(found.exponents.sum()), words.EXACT),
        _("mean of ln |det J|"): words.cell(found.mean_log_det, words.EXACT),
        _("difference of the two"): _difference(found),
        _("Kaplan–Yorke dimension"): words.cell(found.kaplan_yorke),
    }
    return {"": list(values), _("nats per step"): list(values.values())}


def _difference(found: LyapunovSpectrum) -> str:
    """The residual, and whether it is round-off."""
    value = words.cell(found.residual, words.SAID)
    if math.isnan(found.residual) or found.residual == 0:
        return value
    text = _("{value}, round-off") if found.adds_up else _("{value}, more than round-off")
    return text.format(value=value)


def jacobian_sentence(
    found: SingularValues, cell: str, spectra: list[Spectrum], spectrum: LyapunovSpectrum
) -> str:
    """By how much the steps stretch a gradient, and whether small differences grow or shrink."""
    if found.failure is not None:
        return failure_sentence(label(cell), found.failure)
    largest, steps = float(found.log10[-1, 0]), int(found.distances[-1])
    if not math.isfinite(largest):
        text = _("Over {steps} the {name} lets nothing of a gradient through.")
        if math.isnan(largest):
            text = _(
                "How much of a gradient the {name} lets through over {steps} is not determined:"
                " {unknown}."
            )
        unknown = _not_determined(found.undetermined[-1], found.log10.shape[1])
        said = [text.format(steps=words.steps(steps), name=label(cell), unknown=unknown)]
    else:
        said = [_stretched(found.log10[-1], steps, label(cell))]
        if not CELLS[cell].is_gated and spectra and spectra[0].radius > 0:
            said.append(_eigenvalues_say(largest, steps * math.log10(spectra[0].radius)))
    return sentences(*said, _exponent_says(spectrum))


def _stretched(log10: np.ndarray, steps: int, name: str) -> str:
    """The largest singular value and the median one, over the whole sequence."""
    middle, unknown = float(log10[len(log10) // 2]), ""
    if len(log10) == 1:
        text = _("Over {steps} the {name} multiplies a gradient by {most}.")
    elif math.isnan(middle):
        text = _("Over {steps} the {name} multiplies a gradient by {most} at most; {unknown}.")
        unknown = _not_determined(int(np.isnan(log10).sum()), len(log10))
    elif math.isinf(middle):
        text = ngettext(
            "Over {steps} the {name} multiplies a gradient by {most} at most, and half of its"
            " {size} direction is lost.",
            "Over {steps} the {name} multiplies a gradient by {most} at most, and half of its"
            " {size} directions are lost.",
            len(log10),
        )
    else:
        text = ngettext(
            "Over {steps} the {name} multiplies a gradient by {most} at most, and in half of its"
            " {size} direction by no more than {middle}.",
            "Over {steps} the {name} multiplies a gradient by {most} at most, and in half of its"
            " {size} directions by no more than {middle}.",
            len(log10),
        )
    return text.format(
        steps=words.steps(steps),
        name=name,
        most=words.power(float(log10[0])),
        middle=words.power(middle),
        size=words.count(len(log10)),
        unknown=unknown,
    )


def _not_determined(count: int, size: int) -> str:
    text = ngettext(
        "{n} of the {size} singular values is lost in round-off",
        "{n} of the {size} singular values are lost in round-off",
        int(count),
    )
    return text.format(n=words.count(int(count)), size=words.count(size))


def _eigenvalues_say(largest: float, rate: float) -> str:
    """Whether the spectral radius of U tells what the Jacobians do; both are log10."""
    text = _("The spectral radius of U alone would say {rate}, which is about right.")
    if rate > largest + math.log10(2):
        text = _("The spectral radius of U alone would say {rate}: it leaves out the slopes φ′.")
    elif rate < largest - math.log10(2):
        text = _(
            "The spectral radius of U alone would say {rate}: it leaves out how far from normal the"
            " matrices are."
        )
    return text.format(rate=words.power(rate))


def _exponent_says(spectrum: LyapunovSpectrum) -> str:
    top = float(spectrum.exponents[0])
    if math.isnan(top):
        return _("The Lyapunov exponents are not determined.")
    if math.isinf(top):
        return _("One step forgets everything: every exponent is minus infinity.")
    if abs(top) * spectrum.steps < STILL:
        return _("The largest Lyapunov exponent is 0: a small difference keeps its size.")
    text = _(
        "The largest Lyapunov exponent is {top} nats per step: a small difference between two"
        " states is multiplied by {factor} with each step and dies out."
    )
    if top > 0:
        text = _(
            "The largest Lyapunov exponent is {top} nats per step: a small difference between two"
            " states is multiplied by {factor} with each step and grows, in a space of {dimension}"
            " dimensions (Kaplan–Yorke)."
        )
    return text.format(
        top=words.number(top),
        factor=words.factor(top / math.log(10)),
        dimension=words.number(spectrum.kaplan_yorke),
    )
