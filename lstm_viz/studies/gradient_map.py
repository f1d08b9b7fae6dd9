"""Which loss reaches which step? Every loss against every step, as a map."""

from dataclasses import dataclass

from lstm_viz.analysis.gradient_map import GradientMap, MapReach, estimate, map_reach, measure_map
from lstm_viz.figures.gradient_map import SHOWN, curves, map_figure
from lstm_viz.i18n import N_, _, translated
from lstm_viz.nets import Net, probe_of, weights_of
from lstm_viz.say.maps import map_sentence, pair_sentence
from lstm_viz.say.settings import said, title
from lstm_viz.studies.kept import kept
from lstm_viz.studies.study import Drawing, Section, Study, row
from lstm_viz.studies.subject import Sequence, Subject
from lstm_viz.studies.work import Begin, Silent

QUESTION = N_("Which loss reaches which step?")
LONGEST = 2000  # steps that are mapped


@dataclass(frozen=True)
class Options:
    """Whose map, by which state or input, and which pair of loss and step is read out exactly.

    relative : whether each row is divided by its largest value
    loss, step : from 1
    """

    cell: str
    wrt: str
    relative: bool = False
    loss: int = 1
    step: int = 1

    def caption(self) -> list[str]:
        """What a figure's caption adds to the settings."""
        rows = said("relative", self.relative)
        return [said("network", self.cell), said("by", self.wrt), rows]

    def slug(self) -> str:
        """The same for a file's name."""
        return f"gradient_map_{self.cell}_{self.wrt}" + ("_relative" if self.relative else "")


@kept
def mapped(
    net: Net, given: Sequence, wrt: str, *, begin: Begin = Silent
) -> tuple[GradientMap, MapReach]:
    """The map of one network, and how far its losses reach.

    It can be stopped between two stretches of steps.
    """
    weights = weights_of(net)
    work = begin(
        ("map", net, given, wrt),
        _("Losses followed"),
        estimate=lambda: estimate(net.spec, given.steps, wrt),
    )
    with work:
        found = measure_map(weights, given.x, probe_of(net, weights), wrt, work.share)
        return found, map_reach(found)


def study(subject: Subject, options: Options, begin: Begin = Silent) -> Study:
    settings, loss, step = subject.settings, options.loss, options.step
    found, reach = mapped(subject.net(options.cell), subject.input, options.wrt, begin=begin)
    shown = found.relative() if options.relative else found
    drawn = shown.thinned(SHOWN)
    more = [said("T", subject.steps), said("relative", options.relative)]
    whole = Drawing(
        "map",
        title(_("How much of each loss's gradient reaches each step"), [options.cell], *more),
        lambda ground: map_figure(shown, loss, step, ground, options.relative),
        settings.slug(options.slug()),
        drawn.to_frame,
        cursor="time",
        picked=lambda number: pair_of(drawn, number),
    )
    cuts = Drawing(
        "map_curves",
        title(
            _("What one loss sends to each step, and what one step gets from each loss"),
            [options.cell],
            *more,
        ),
        lambda ground: curves(shown, loss, step, ground, options.relative),
        settings.slug(f"{options.slug()}_s{loss}_t{step}"),
        lambda: shown.pair_frame(loss, step),
        cursor="time",
    )
    hint = _("Click a point of the map to read it out below, and to see its two curves.")
    return Study(
        translated(QUESTION),
        (map_sentence(found, reach),),
        settings.caption(*options.caption()),
        (
            row(Section(drawing=whole, remarks=(hint,)), Section(drawing=cuts), widths=(11, 9)),
            row(Section(said=pair_sentence(shown, loss, step))),
        ),
        notices=subject.notices,
        explanation="gradient_map",
    )


def pair_of(drawn: GradientMap, number: int) -> dict[str, object]:
    """The settings that a point of the map stands for: its loss and step, read out exactly."""
    row, column = divmod(number, len(drawn.steps))
    if not 0 <= row < len(drawn.losses):
        return {}
    return {"map_s": int(drawn.losses[row]), "map_t": int(drawn.steps[column])}
