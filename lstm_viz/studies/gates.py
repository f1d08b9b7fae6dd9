"""What do the gates do? Those of a gated net, or what self-attention has in their place."""

from dataclasses import dataclass

from lstm_viz.analysis.attention_map import AttentionViews, attention_views
from lstm_viz.analysis.gates import GateViews, gate_views
from lstm_viz.analysis.gradient_map import estimate
from lstm_viz.figures.attention_views import gradient_map, weight_map, weights_slug
from lstm_viz.figures.gate_views import gate_heatmaps, gate_lines, saturation
from lstm_viz.i18n import N_, _, translated
from lstm_viz.nets import Net, probe_of, weights_of
from lstm_viz.registry import CELLS
from lstm_viz.say.attention import attention_sentence
from lstm_viz.say.gates import gates_sentence
from lstm_viz.say.inputs import mapped_notices
from lstm_viz.say.settings import said, title
from lstm_viz.studies.kept import kept
from lstm_viz.studies.runs import survival_of, undetermined
from lstm_viz.studies.settings import Settings
from lstm_viz.studies.study import Drawing, Section, Study, row
from lstm_viz.studies.subject import Sequence, Subject
from lstm_viz.studies.work import Begin, Silent

QUESTION = N_("What do the gates do?")
OF_ATTENTION = N_("What does each step attend to?")
MAPPED_STEPS = {False: 400, True: 128}  # of attention at once, in one layer or more: about 1 s


@dataclass(frozen=True)
class Options:
    """Whose gates; of self-attention, which layer, from 0, and which head, None for their mean."""

    cell: str
    layer: int = 0
    head: int | None = None


def question(cell: str) -> str:
    """What is asked of this architecture."""
    return translated(OF_ATTENTION if CELLS[cell].attends else QUESTION)


def study(subject: Subject, options: Options, begin: Begin = Silent) -> Study:
    if CELLS[options.cell].attends:
        return _of_attention(subject, options, begin)
    return _of_gates(subject, options.cell)


def _of_gates(subject: Subject, cell: str) -> Study:
    """A net's gates: means, every unit, saturation."""
    result, settings = survival_of(subject.net(cell), subject.input), subject.settings
    views = gate_views(result)
    means, units, saturated = _drawings_of_gates(views, cell, settings)
    return Study(
        question(cell),
        (gates_sentence(views),),
        settings.caption(said("network", cell)),
        (
            row(Section(drawing=means)),
            row(Section(_("Every unit, and the gradient beside it"), drawing=units)),
            row(Section(_("How much is saturated"), drawing=saturated)),
        ),
        notices=subject.notices,
        warnings=undetermined(result),
        explanation="gates",
    )


def _drawings_of_gates(views: GateViews, cell: str, settings: Settings) -> list[Drawing]:
    of_means = _("What the gates do on average, and how large their gradients are")
    of_units = _("What the gates of every unit do, and their gradients")
    of_ends = _("How many units have a gate that is nearly open, and nearly closed")
    summary, steps = views.summary.to_frame, said("T", views.steps)
    drawn = [
        ("gate_lines", of_means, lambda g: gate_lines(views, g), "gate_means", summary),
        ("gate_heatmaps", of_units, lambda g: gate_heatmaps(views.pairs, g), "gate_heatmaps", None),
        ("saturation", of_ends, lambda g: saturation(views.summary, g), "gate_saturation", summary),
    ]
    return [
        Drawing(
            key,
            title(what, [cell], steps),
            draw,
            settings.slug(f"{cell}_{name}"),
            table or views.to_frame,
            cursor="time",
        )
        for key, what, draw, name, table in drawn
    ]


@kept
def _views(net: Net, given: Sequence, *, begin: Begin = Silent) -> AttentionViews:
    weights = weights_of(net)
    work = begin(
        ("attention", net, given),
        _("Losses followed"),
        estimate=lambda: estimate(net.spec, given.steps, "x"),
    )
    with work:
        return attention_views(weights, given.x, probe_of(net, weights))


def _of_attention(asked: Subject, options: Options, begin: Begin) -> Study:
    """Self-attention's weights, and the gradient between all pairs of steps."""
    subject = asked.first(MAPPED_STEPS[asked.settings.layers > 1])
    views = _views(subject.net(options.cell), subject.input, begin=begin)
    settings = subject.settings
    layer, head = options.layer, options.head
    steps = said("T", subject.steps)
    whose = [said("layer", layer + 1), said("head", "mean" if head is None else head)]
    weights = Drawing(
        "weight_map",
        title(_("How much each step attends to each other"), [options.cell], *whose, steps),
        lambda ground: weight_map(views, layer, head, ground),
        settings.slug(weights_slug(layer, head)),
        views.to_frame,
        cursor="time",
    )
    gradient = Drawing(
        "attention_gradient",
        title(_("How much of the gradient each step sends to each other"), [options.cell], steps),
        lambda ground: gradient_map(views, ground),
        settings.slug("attention_gradient"),
        views.to_frame,
        cursor="time",
    )
    return Study(
        question(options.cell),
        (attention_sentence(views, layer, head),),
        settings.caption(said("network", options.cell), *whose),
        (row(Section(drawing=weights), Section(drawing=gradient)),),
        notices=mapped_notices(asked.settings.T, settings.T) + subject.notices,
        explanation="attention",
    )
