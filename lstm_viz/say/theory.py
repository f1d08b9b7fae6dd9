"""Known answers in words: what each is called, what it assumes, who found it, its value beside the
measured one.
"""

import math
from dataclasses import dataclass

from lstm_viz import words
from lstm_viz.analysis.large_n import timescale
from lstm_viz.analysis.overlays import KEYS, NEVER, Mark, Reference, known_of
from lstm_viz.analysis.rates import Rate
from lstm_viz.analysis.theory import PRECISIONS
from lstm_viz.i18n import N_, _, ngettext, pgettext, translated
from lstm_viz.quantities import label
from lstm_viz.registry import CELLS
from lstm_viz.say.phrases import clauses, sentences


@dataclass(frozen=True)
class Theory:
    """How a known answer is called, what it assumes and who found it."""

    name: str
    assumes: str
    source: str


THEORIES = {
    "bound": Theory(
        N_("Pascanu's bound (γ·σₘₐₓ)ᵏ"),
        N_("Assumes nothing: it holds for any weights and any input."),
        N_("Pascanu, Mikolov & Bengio 2013, §2.1"),
    ),
    "radius": Theory(
        N_("spectral radius ρ(U)ᵏ"),
        N_(
            "Assumes slopes φ′ of 1 and so many steps that the largest eigenvalue alone counts;"
            " it is no bound."
        ),
        N_("Pascanu, Mikolov & Bengio 2013, §2.1"),
    ),
    "chi": Theory(
        N_("χ from theory"),
        N_(
            "Assumes many units, entries of U that are independent of each other, and an input of"
            " the same variance at every step."
        ),
        N_("Chen, Pennington & Schoenholz 2018; the band after Newman 1986"),
    ),
    "chi_run": Theory(
        N_("χ̂ from this run"),
        N_("Assumes that U mixes the units at random; slopes φ′ are those of the run."),
        N_("Schoenholz et al. 2017, with averages over this run's units and steps"),
    ),
    "product": Theory(
        N_("product of forget gates ∏ f"),
        N_("Leaves out every path through h and the gates: it is the cell's highway alone."),
        N_("Hochreiter & Schmidhuber 1997; Gers, Schmidhuber & Cummins 2000"),
    ),
    "half_life": Theory(
        N_("half-life of ∏ f"),
        N_("Assumes the highway alone and, beyond the figure, forget gates at their mean so far."),
        N_("Gers, Schmidhuber & Cummins 2000"),
    ),
    "rest": Theory(
        N_("at rest (f + i·o·g)ᵏ"),
        N_(
            "Assumes many units, no input, h = c = 0, and many steps; g is √H times the spread"
            " of the candidate's recurrent weights."
        ),
        N_("the spectrum of diag(f) + diag(i·o) U_g: Ahmadian, Fumarola & Miller 2015"),
    ),
    "horizons": Theory(
        N_("where floating point ends"),
        N_(
            "Assumes no scaling and, beyond the figure, that the fitted rate goes on; a norm that"
            " is not scaled needs the squares."
        ),
        N_("IEEE 754: the smallest normal numbers"),
    ),
}
assert tuple(THEORIES) == KEYS


def theory_name(key: str, cell: str | None = None) -> str:
    """The name of a known answer on screen, with its network's where it concerns one alone."""
    theory = translated(THEORIES[key].name)
    cells = [cell] if cell else [name for name in CELLS if key in known_of(name)]
    if len(cells) > 1:
        return theory
    return _("{cell}: {theory}").format(cell=label(cells[0]), theory=theory)


def mark_sentence(mark: Mark) -> str:
    """Where it lies, for the pointer."""
    if not mark.name:
        return _("∏ f has halved after {steps}").format(steps=words.steps(mark.steps))
    text = _("{dtype} ends {end}")
    if mark.name.startswith("naive"):
        text = _("a norm in {dtype} that squares its entries ends {end}")
    return text.format(dtype=mark.name.removeprefix("naive "), end=_end(mark))


def theory_notes(references: list[Reference], rates: dict[str, Rate], units: int) -> list[str]:
    """A short paragraph in Markdown for each of them.

    rates : of the measured curves, by cell; units : H
    """
    return [theory_note(reference, rates[reference.cell], units) for reference in references]


def theory_note(reference: Reference, rate: Rate, units: int) -> str:
    """What is said of one known answer: value beside the measured one, assumption and source.

    rate : of the measured curve; units : H of the network
    """
    theory = THEORIES[reference.key]
    said = _problem(reference) if reference.problem else _value(reference, rate, units)
    return _("**{name}**: {said} {assumes} *({source})*").format(
        name=theory_name(reference.key, reference.cell),
        said=said,
        assumes=translated(theory.assumes),
        source=translated(theory.source),
    )


def _problem(reference: Reference) -> str:
    return {
        "unmixed": _(
            "not drawn, since this initialisation gives a U that does not mix the units at random."
        ),
        "zero": _("not drawn, since its factor is exactly 0: nothing is left after one step."),
        "too small": _("not drawn, since its factor is smaller than a float can be."),
        "not finite": _("not drawn, since the forward pass leaves the finite numbers."),
        "no rate": _("not drawn, since no single rate describes the measured curve."),
        "kept": _("not drawn, since the gradient does not decay."),
        "no start": _("not drawn, since the measured curve has no finite value at the loss."),
        "too short": _("not drawn, since the measured curve is a single point."),
    }[reference.problem]


def _value(reference: Reference, rate: Rate, units: int) -> str:
    """The computed value and the measured one beside it, as the rest of a sentence."""
    if reference.key == "horizons":
        return _horizons(reference)
    if reference.key == "half_life":
        text = _("{steps}; that of the gradient itself: {measured}.")
        own = words.steps(rate.half_life) if _halves(rate) else pgettext("half-life", "none")
        return text.format(steps=words.steps(reference.value), measured=own)
    text = {
        "bound": _("at most × {factor} a step; {measured}."),
        "chi": _("χ = {value}, so × {factor} a step ({time}); {measured}."),
        "chi_run": _("χ̂ = {value}, so × {factor} a step ({time}); {measured}."),
    }.get(reference.key, _("× {factor} a step; {measured}."))
    said = text.format(
        factor=_number(reference.factor),
        value=_number(reference.value),
        time=_timescale(reference) if reference.key.startswith("chi") else "",
        measured=_measured(rate),
    )
    return sentences(said, _band(reference, units))


def _halves(rate: Rate) -> bool:
    return not rate.problem and rate.half_life < NEVER


def _measured(rate: Rate) -> str:
    if math.isnan(rate.log10_factor) or rate.problem in ("zero", "not finite"):
        return _("no rate was measured")
    text = _("measured about × {factor}") if rate.problem else _("measured × {factor}")
    return text.format(factor=words.factor(rate.log10_factor))


def _timescale(reference: Reference) -> str:
    """−2/ln χ in words."""
    steps = timescale(reference.value)
    if abs(steps) > NEVER:
        return _("on the edge")
    text = _("to 1/e in {steps}") if steps > 0 else _("e times as large after {steps}")
    return text.format(steps=words.steps(abs(steps)))


def _band(reference: Reference, units: int) -> str:
    """What the shaded band is, "" without one."""
    if reference.low is None or reference.high is None:
        without = _("Without a band, which needs independent entries of U.")
        return without if reference.key == "chi" else ""
    if reference.key == "product":
        low, high = float(reference.low[-1]), float(reference.high[-1])
        text = _("The band reaches from the unit that keeps least, {low} in the end, to {high}.")
        return text.format(low=words.power(low), high=words.power(high))
    if reference.key != "chi":
        return ""
    text = ngettext(
        "The band holds 19 of 20 networks of {units} unit for the first {steps}; after that"
        " their spread grows faster, since U is the same at each step.",
        "The band holds 19 of 20 networks of {units} units for the first {steps}; after that"
        " their spread grows faster, since U is the same at each step.",
        units,
    )
    return text.format(units=words.count(units), steps=words.steps(max(1, units // 2)))


def _horizons(reference: Reference) -> str:
    """When each precision ends and, where it is squared in a norm, its squares."""
    marks = {mark.name: mark for mark in reference.marks}
    parts = []
    for name in PRECISIONS:
        whole, squares = marks.get(name), marks.get(f"naive {name}")
        if whole is None and squares is None:
            continue
        text = (
            _("{dtype} {end}, its squares {squares}") if whole else _("{dtype}'s squares {squares}")
        )
        parts.append(text.format(dtype=name, end=_end(whole), squares=_end(squares)))
    return _("smallest normal numbers reached: {ends}.").format(ends=clauses(parts))


def _end(mark: Mark | None) -> str:
    if mark is None:
        return _("never")
    if mark.steps == 0:
        return _("at the loss already")
    text = _("after {steps}") if mark.measured else _("after about {steps}")
    return text.format(steps=words.steps(mark.steps))


def _number(value: float) -> str:
    return words.number(value, words.READ)
