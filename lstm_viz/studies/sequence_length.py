"""What happens as the sequence grows? The gradient at the first step against T."""

from dataclasses import dataclass

from lstm_viz.analysis.estimate import Estimate
from lstm_viz.analysis.length_sweep import Band, LengthSweep, band, length_sweep
from lstm_viz.analysis.overlays import Reference, curve_by_length
from lstm_viz.analysis.timing import expected_seconds, most_bytes
from lstm_viz.cells import carrying
from lstm_viz.figures.by_length import gradient_by_length
from lstm_viz.i18n import N_, _, translated
from lstm_viz.nets import Net, probe_of, weights_of
from lstm_viz.registry import COMPARED
from lstm_viz.say.lengths import band_name, length_sentence
from lstm_viz.say.rates import rate_table
from lstm_viz.say.settings import said, title
from lstm_viz.say.theory import theory_notes
from lstm_viz.studies.kept import kept
from lstm_viz.studies.study import Drawing, Section, Study, row
from lstm_viz.studies.subject import Sequence, Subject
from lstm_viz.studies.theory import NO_THEORY, Theory, known_answers
from lstm_viz.studies.work import Begin, Silent
from lstm_viz.tables import concatenate

QUESTION = N_("What happens as the sequence grows?")


@dataclass(frozen=True)
class Options:
    """How the gradient is followed, of how many nets, and what is drawn beside the two.

    quantity : "x" for the first input, "state" for the initial value of the state that carries
    also : architectures beside the two that are always compared
    """

    quantity: str = "state"
    seeds: int = 5
    also: tuple[str, ...] = ()
    theory: Theory = NO_THEORY

    def caption(self) -> list[str]:
        """What a figure's caption adds to the settings."""
        also = said("also", self.also) if self.also else ""
        return [
            said("quantity", self.quantity),
            said("seeds", self.seeds),
            also,
            self.theory.caption(),
        ]

    def slug(self) -> str:
        """The same for a file's name."""
        name = f"sequence_length_{self.quantity}_{self.seeds}seeds"
        return self.theory.slug("_".join([name, *self.also]))


@kept
def _sweep(net: Net, given: Sequence) -> LengthSweep:
    weights = weights_of(net)
    return length_sweep(weights, given.x, probe=probe_of(net, weights), of=carrying(weights))


@kept
def _estimate(nets: tuple[Net, ...], steps: int, seeds: int) -> Estimate:
    """What so many sweeps will take, each about as much as one run there and back."""
    specs = [net.spec for net in nets]
    return Estimate(seeds * expected_seconds(specs, [steps], 1), most_bytes(specs, steps) / 1e6)


def bands(subject: Subject, options: Options, begin: Begin = Silent) -> list[Band]:
    """The gradient at the first step for every length up to T, of nets of so many seeds.

    It can be stopped between two networks, and what is done stays.
    """
    nets, of = subject.compared(*options.also), "x" if options.quantity == "x" else None
    work = begin(
        ("bands", *nets, options.seeds, subject.input),
        _("Networks followed"),
        len(nets) * options.seeds,
        estimate=lambda: _estimate(tuple(nets), subject.steps, options.seeds),
        keeps=True,
    )
    found = []
    with work:
        for net in nets:
            sweeps = [work.after(_sweep(one, subject.input)) for one in net.seeds(options.seeds)]
            found.append(band(net.cell, sweeps, of))
    return found


def study(subject: Subject, options: Options = Options(), begin: Begin = Silent) -> Study:
    found, settings = bands(subject, options, begin), subject.settings
    curves = [curve_by_length(own) for own in found[: len(COMPARED)]]
    keys, seeds = options.theory.keys, options.seeds
    lines = known_answers(subject, keys, curves, from_loss=False, seeds=seeds)
    figure = Drawing(
        "length",
        title(
            _("How much of the gradient is left as the sequence grows"),
            [own.cell for own in found],
            said("seeds", seeds),
        ),
        lambda ground: gradient_by_length(found, ground, references=lines),
        settings.slug(options.slug()),
        lambda: concatenate(own.to_frame() for own in [*found, *lines]),
    )
    rates = {own.cell: own.rate for own in found}
    return Study(
        translated(QUESTION),
        (length_sentence(found),),
        settings.caption(*options.caption()),
        (
            row(Section(drawing=figure)),
            row(
                Section(
                    remarks=tuple(_remarks(found, lines, seeds)),
                    notes=tuple(theory_notes(lines, rates, settings.H)),
                    table=rate_table([(band_name(own), own.rate) for own in found]),
                )
            ),
        ),
        notices=subject.notices,
        explanation="sequence_length",
    )


def _remarks(found: list[Band], lines: list[Reference], seeds: int) -> list[str]:
    """What the lines of theory are those of, and where they begin."""
    said = []
    if lines and seeds > 1:
        said.append(
            _(
                "Lines of theory are those of the first seed's networks; Pascanu's bound is the"
                " median of all seeds' bounds, which their median curve cannot pass."
            )
        )
    beside = {line.cell for line in lines}
    if any(own.starts for own in found if own.cell in beside):
        said.append(
            _(
                "Lines beside a curve that begins at the shortest length begin at its value there:"
                " they tell the slope, not a height that the curve cannot pass."
            )
        )
    return said
