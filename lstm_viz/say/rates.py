"""Fitted rates in words: the course of a gradient and the table of what is fitted."""

import math

from lstm_viz import words
from lstm_viz.analysis.rates import Horizon, Rate
from lstm_viz.i18n import _

STEADY = 20  # a half-life over so many times the sequence's length is no change worth a number


def course_clause(rate: Rate, length: int) -> str:
    """What a gradient does with each step back, as the predicate of a sentence."""
    if rate.problem == "bent":
        return _("follows no single rate")
    if rate.problem:
        return _("is followed over too few steps for a rate")
    for span, every_step, text in (
        (rate.half_life, _("halves every step"), _("halves every {steps}")),
        (rate.doubling_time, _("doubles every step"), _("doubles every {steps}")),
    ):
        if span < STEADY * length:
            steps = words.steps(span)
            return every_step if steps == words.steps(1) else text.format(steps=steps)
    return _("keeps its size")


def rate_table(curves: list[tuple[str, Rate]]) -> dict[str, list[str]]:
    """Fitted rates as columns of a table, one for each curve; what a fit cannot say is said so."""
    rates = [rate for _name, rate in curves]
    rows = {
        _("factor per step back"): [factor_cell(rate) for rate in rates],
        _("half-life"): [_span(rate.half_life, rate) for rate in rates],
        _("doubling time"): [_span(rate.doubling_time, rate) for rate in rates],
        _("a thousandth left after"): [_horizon(rate.to_1e3, rate) for rate in rates],
        _("machine precision after"): [_horizon(rate.to_eps, rate) for rate in rates],
        _("does one rate describe it?"): [problem_cell(rate) for rate in rates],
    }
    columns = {name: [row[k] for row in rows.values()] for k, (name, _rate) in enumerate(curves)}
    return {"": list(rows), **columns}


def problem_cell(rate: Rate) -> str:
    """Whether one rate describes the curve, and if not, why."""
    reasons = {
        "": _("yes, within {spread} decades"),
        "bent": _("no: {spread} decades off any line"),
        "zero": _("no: it becomes exactly zero"),
        "not finite": _("no: it is not defined everywhere"),
        "too short": _("no: too few steps"),
    }
    return reasons[rate.problem].format(spread=words.number(rate.spread))


def factor_cell(rate: Rate) -> str:
    """The factor of a fit; none where one rate does not describe the curve."""
    return words.NONE if rate.problem else words.factor(rate.log10_factor)


def _told(span: float, rate: Rate) -> bool:
    """Whether a half-life or doubling time says something: of a good fit, and not too long."""
    return not rate.problem and span < STEADY * rate.steps


def _span(steps: float, rate: Rate) -> str:
    return words.steps(steps) if _told(steps, rate) else words.NONE


def _horizon(horizon: Horizon, rate: Rate) -> str:
    if horizon.measured:
        return words.steps(horizon.steps)
    if math.isinf(horizon.steps):
        return _("never")
    if math.isnan(horizon.steps) or not _told(rate.half_life, rate):
        return words.NONE
    return _("about {steps} (by the fit)").format(steps=words.steps(horizon.steps))
