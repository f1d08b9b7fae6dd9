"""Does the gradient survive? RNN and LSTM on the same input, against the time step."""

from dataclasses import dataclass, replace

from lstm_viz.analysis.overlays import curve_over_time
from lstm_viz.analysis.survival import Survival
from lstm_viz.figures.gradient_flow import gradient_flow
from lstm_viz.i18n import N_, _, translated
from lstm_viz.say.rates import rate_table
from lstm_viz.say.settings import said, title
from lstm_viz.say.survival import curve_name, pinned_sentence, survival_sentence, torch_note
from lstm_viz.say.theory import theory_notes
from lstm_viz.studies.runs import survival_of
from lstm_viz.studies.settings import TORCH, nearly_torch
from lstm_viz.studies.study import Drawing, Section, Study, row
from lstm_viz.studies.subject import MEASURE, Subject
from lstm_viz.studies.theory import NO_THEORY, Theory, known_answers
from lstm_viz.tables import flow_frame

QUESTION = N_("Does the gradient survive?")


@dataclass(frozen=True)
class Options:
    """What is drawn beside the measured curves: known answers, and the run of a setting kept."""

    theory: Theory = NO_THEORY
    pinned: Subject | None = None


def survivals(subject: Subject) -> list[Survival]:
    """RNN and LSTM on the same input, the loss at the last step."""
    return [survival_of(net, subject.input) for net in subject.compared()]


def study(subject: Subject, options: Options = Options()) -> Study:
    settings, theory, pinned = subject.settings, options.theory, options.pinned
    results = survivals(subject)
    ghosts = survivals(pinned) if pinned else []
    curves = [curve_over_time(result) for result in results]
    lines = known_answers(subject, theory.keys, curves, from_loss=True)
    sentence, caption = survival_sentence(results), [theory.caption()]
    if pinned:
        changes = settings.changes_since(pinned.settings)
        sentence += " " + pinned_sentence(results, ghosts, changes)
        caption.append(settings.pinned(pinned.settings))
    figure = Drawing(
        "flow",
        title(
            _("How much of the gradient is left"),
            [r.cell for r in results],
            said("T", subject.steps),
        ),
        lambda ground: gradient_flow(results, ground, ghosts, lines),
        settings.slug(theory.slug("gradient_flow")),
        lambda: flow_frame(results, ghosts, lines),
    )
    known = {result.cell: result.rate for result in results}
    rates = rate_table([(curve_name(result), result.rate) for result in results])
    return Study(
        translated(QUESTION),
        (sentence,),
        settings.caption(*caption),
        (
            row(Section(drawing=figure)),
            row(Section(notes=_torch(subject))),
            row(Section(notes=tuple(theory_notes(lines, known, settings.H)), table=rates)),
        ),
        notices=subject.notices,
        explanation="gradient_flow",
    )


def _torch(subject: Subject) -> tuple[str, ...]:
    """What PyTorch's own net does, where the net is nearly that."""
    own = subject.settings
    if not nearly_torch(own.init, own.gain, own.forget_bias):
        return ()
    torch = replace(subject, settings=replace(own, own=(), **TORCH))
    return (torch_note(survival_of(torch.net(MEASURE), subject.input)),)
