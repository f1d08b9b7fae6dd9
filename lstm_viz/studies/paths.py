"""Which way does the gradient take? What arrives at a state, split by path, at every step."""

from dataclasses import dataclass

from lstm_viz.analysis.paths import PathSplit, path_split
from lstm_viz.cells import backward, forward
from lstm_viz.figures.paths import direct_and_total, path_shares
from lstm_viz.i18n import N_, _, translated
from lstm_viz.inputs.probes import every_step, last_step
from lstm_viz.nets import Net, probe_of, weights_of
from lstm_viz.say.paths import paths_sentence
from lstm_viz.say.settings import said, title
from lstm_viz.studies.kept import kept
from lstm_viz.studies.study import Drawing, Section, Study, row
from lstm_viz.studies.subject import Sequence, Subject

QUESTION = N_("Which way does the gradient take?")


@dataclass(frozen=True)
class Options:
    """Which gated network, and whether its loss reads the "last" or "every" step."""

    cell: str
    loss: str = "last"


@kept
def split_of(net: Net, given: Sequence, loss: str) -> PathSplit:
    weights = weights_of(net)
    direct = (last_step if loss == "last" else every_step)(given.steps, probe_of(net, weights))
    trace = forward(weights, given.x)
    return path_split(weights, trace, backward(weights, trace, direct))


def study(subject: Subject, options: Options) -> Study:
    settings, name = subject.settings, f"{options.cell}_{options.loss}"
    split = split_of(subject.net(options.cell), subject.input, options.loss)
    what = _("What enters at each step, and what passes through it")
    steps, loss = said("T", subject.steps), said("loss", options.loss)
    shares = Drawing(
        "path_shares",
        title(_("Which way the gradient takes"), [options.cell], steps, loss),
        lambda ground: path_shares(split, ground),
        settings.slug(f"paths_{name}"),
        split.to_frame,
        cursor="time",
    )
    totals = Drawing(
        "direct_and_total",
        title(what, [options.cell], steps, loss),
        lambda ground: direct_and_total(split, ground),
        settings.slug(f"direct_and_total_{name}"),
        split.to_frame,
        cursor="time",
    )
    return Study(
        translated(QUESTION),
        (paths_sentence(split),),
        settings.caption(said("network", options.cell), loss),
        (row(Section(drawing=shares)), row(Section(what, drawing=totals))),
        notices=subject.notices,
        explanation="paths",
    )
