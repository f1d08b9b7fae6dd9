"""Which architecture keeps the gradient? All of them on one input, by the gradient of the input."""

from dataclasses import dataclass

from lstm_viz.analysis.architectures import (
    InputGradient,
    Reach,
    estimate,
    first_input,
    first_input_band,
    input_gradient,
    reach,
    thinned_lengths,
)
from lstm_viz.analysis.estimate import Estimate
from lstm_viz.analysis.length_sweep import Band
from lstm_viz.cells import count_parameters
from lstm_viz.figures.architectures import input_gradients
from lstm_viz.figures.by_length import gradient_by_length
from lstm_viz.i18n import N_, _, translated
from lstm_viz.nets import Net, weights_of
from lstm_viz.say.architectures import reach_sentence, reach_table
from lstm_viz.say.settings import said, title
from lstm_viz.studies.kept import kept
from lstm_viz.studies.study import Drawing, Section, Study, row
from lstm_viz.studies.subject import Sequence, Subject
from lstm_viz.studies.work import Begin, Silent
from lstm_viz.tables import concatenate

QUESTION = N_("Which architecture keeps the gradient?")


@dataclass(frozen=True)
class Options:
    """Where the loss stands, and what is equal of the nets.

    probe : "last", "every" or "chosen" step; step : the chosen one, from 1
    matched : equal numbers of parameters, not of hidden units
    """

    probe: str = "last"
    step: int = 1
    matched: bool = False
    seeds: int = 3

    def loss_step(self, steps: int) -> int | None:
        """The step of the loss; None for every step."""
        return {"last": steps, "every": None, "chosen": min(self.step, steps)}[self.probe]

    def caption(self) -> list[str]:
        """What a figure's caption adds to the settings."""
        at = said("s", self.step) if self.probe == "chosen" else said("loss", self.probe)
        equal = said("match", "parameters" if self.matched else "units")
        return [at, equal, said("seeds", self.seeds)]

    def slug(self) -> str:
        """The same for a file's name."""
        at = f"s{self.step}" if self.probe == "chosen" else self.probe
        return f"{at}_{'parameters' if self.matched else 'units'}_{self.seeds}seeds"


@kept
def _input_gradient(net: Net, given: Sequence, loss_step: int | None) -> InputGradient:
    return input_gradient(weights_of(net), given.x, loss_step, net.spec.seed)


@kept
def _first_input(net: Net, given: Sequence) -> InputGradient:
    return first_input(weights_of(net), given.x, thinned_lengths(given.steps), net.spec.seed)


@kept
def _estimate(nets: tuple[Net, ...], steps: int, seeds: int) -> Estimate:
    return estimate([net.spec for net in nets], steps, seeds)


def reaches(
    subject: Subject, options: Options, begin: Begin = Silent
) -> tuple[list[Reach], list[Band]]:
    """All architectures on one input: ∂L/∂x_t at every step, and ∂/∂x_1 against the length.

    It can be stopped between two networks, and what is done stays.
    """
    given, nets, seeds = subject.input, subject.all_nets(options.matched), options.seeds
    loss_step, lengths = options.loss_step(given.steps), thinned_lengths(given.steps)
    work = begin(
        ("reaches", *nets, seeds, loss_step, given),
        _("Networks followed"),
        len(nets) * seeds,
        estimate=lambda: _estimate(tuple(nets), given.steps, seeds),
        keeps=True,
    )
    found, bands = [], []
    with work:
        for net in nets:
            runs = [
                work.after((_input_gradient(one, given, loss_step), _first_input(one, given)))
                for one in net.seeds(seeds)
            ]
            at_steps, at_lengths = map(list, zip(*runs, strict=True))
            found.append(reach(net.spec, count_parameters(net.spec), loss_step, at_steps))
            bands.append(first_input_band(net.spec, lengths, at_lengths))
    return found, bands


def study(subject: Subject, options: Options = Options(), begin: Begin = Silent) -> Study:
    (results, bands), settings = reaches(subject, options, begin), subject.settings
    cells = [result.cell for result in results]
    by_step = Drawing(
        "reach",
        title(_("How much of the gradient reaches each input"), cells, said("T", subject.steps)),
        lambda ground: input_gradients(results, ground),
        settings.slug(f"input_gradient_{options.slug()}"),
        lambda: concatenate(result.to_frame() for result in results),
    )
    by_length = Drawing(
        "reach_length",
        title(
            _("How much of the gradient reaches the first input as the sequence grows"),
            cells,
            said("seeds", options.seeds),
        ),
        lambda ground: gradient_by_length(bands, ground, fits=False, read="y"),
        settings.slug(f"first_input_by_length_{options.slug()}"),
        lambda: concatenate(band.to_frame() for band in bands),
    )
    return Study(
        translated(QUESTION),
        (reach_sentence(results, settings.weights_in_words()),),
        settings.caption(*options.caption()),
        (
            row(Section(drawing=by_step)),
            row(Section(table=reach_table(results))),
            row(Section(_("As the sequence grows"), drawing=by_length)),
        ),
        notices=subject.notices,
        explanation="architectures",
    )
