"""What does it cost? Parameters, operations, waiting steps and measured time of each network."""

from dataclasses import dataclass
from functools import partial

import numpy as np

from lstm_viz.analysis.cost import CostCurve, SizeCurve, cost_curve, size_curve
from lstm_viz.analysis.timing import PASSES, Run, timings
from lstm_viz.figures.cost_views import costs_by_size, counted_costs, measured_times
from lstm_viz.i18n import N_, _, translated
from lstm_viz.say.cost import (
    cost_sentence,
    cost_table,
    overtaking_sentence,
    timing_sentence,
)
from lstm_viz.say.settings import said, title
from lstm_viz.studies.study import Drawing, Section, Study, row
from lstm_viz.studies.subject import Subject
from lstm_viz.tables import concatenate

QUESTION = N_("What does it cost?")
LONGEST, WIDEST = 10_000, 128  # steps and units up to which costs are counted


@dataclass(frozen=True)
class Options:
    """What is equal of the nets, and along what their costs are followed.

    matched : equal numbers of parameters, not of hidden units
    along : "T" for the length, "H" for the size
    """

    matched: bool = False
    along: str = "T"

    @property
    def equal(self) -> str:
        """Of what the nets have equal numbers."""
        return "parameters" if self.matched else "H"

    @property
    def said(self) -> str:
        """The same in words."""
        return said("match", "parameters" if self.matched else "units")


def costs(subject: Subject, matched: bool) -> list[CostCurve]:
    """What each architecture's network costs at lengths around the one that is set."""
    lengths = np.geomspace(1, LONGEST, 60).round().astype(int)
    lengths = np.unique(np.append(lengths, subject.steps))
    return [cost_curve(net.spec, lengths) for net in subject.all_nets(matched)]


def by_size(subject: Subject, matched: bool) -> list[SizeCurve]:
    """What each architecture's network costs over the input's steps, for sizes H of the LSTM."""
    units = np.geomspace(1, WIDEST, 12).round().astype(int)
    units = np.unique(np.append(units, subject.settings.H))
    specs = [[net.spec for net in subject.all_nets(matched, int(H))] for H in units]
    return [size_curve(units, list(own), subject.steps) for own in zip(*specs, strict=True)]


def study(subject: Subject, options: Options = Options()) -> Study:
    curves, settings, steps = costs(subject, options.matched), subject.settings, subject.steps
    if options.along == "T":
        shown, draw = curves, partial(counted_costs, curves)
    else:
        shown = by_size(subject, options.matched)
        draw = partial(costs_by_size, shown)
    figure = Drawing(
        "counted",
        title(_("What each network costs"), [curve.cell for curve in shown], options.said),
        draw,
        settings.slug(f"cost_by_{options.along}_equal_{options.equal}"),
        lambda: concatenate(curve.to_frame() for curve in shown),
    )
    return Study(
        translated(QUESTION),
        (f"{cost_sentence(curves, steps)} {overtaking_sentence(curves)}",),
        settings.caption(options.said),
        (row(Section(drawing=figure)), row(Section(table=cost_table(curves, steps)))),
        notices=subject.notices,
        explanation="cost",
    )


def measured(subject: Subject, options: Options, runs: list[Run], passes: str) -> Section:
    """What was measured of these nets; passes : "both", or "forward"."""
    found = timings(runs, passes)
    figure = Drawing(
        "measured",
        title(_("How long each network takes"), [t.cell for t in found], said("passes", passes)),
        lambda ground: measured_times(found, ground),
        subject.settings.slug(f"time_{passes}_equal_{options.equal}"),
        lambda: concatenate(t.to_frame() for own in PASSES for t in timings(runs, own)),
        alt=timing_sentence(found),
        caption=subject.settings.caption(options.said, said("passes", passes)),
    )
    return Section(said=timing_sentence(found), drawing=figure)
