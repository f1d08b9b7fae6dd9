"""How does one step stretch the gradient? Singular values, eigenvalues, Lyapunov exponents."""

from dataclasses import dataclass

from lstm_viz.analysis.jacobian import (
    SingularValues,
    Spectrum,
    estimate,
    needs_digits,
    recurrent_spectra,
    singular_values,
)
from lstm_viz.analysis.lyapunov import LyapunovSpectrum, lyapunov
from lstm_viz.figures.jacobian import eigenvalue_plane, exponents, stretch_by_distance
from lstm_viz.i18n import N_, _, translated
from lstm_viz.nets import Net, weights_of
from lstm_viz.say.jacobian import exponents_table, jacobian_sentence, spectra_table
from lstm_viz.say.settings import said, title
from lstm_viz.studies.kept import kept
from lstm_viz.studies.study import Drawing, Section, Study, row
from lstm_viz.studies.subject import Sequence, Subject
from lstm_viz.studies.work import Begin, Silent
from lstm_viz.tables import concatenate

QUESTION = N_("How does one step stretch the gradient?")


@dataclass(frozen=True)
class Options:
    """Which of the networks whose steps form one chain."""

    cell: str


@kept
def stretching(
    net: Net, given: Sequence, *, begin: Begin = Silent
) -> tuple[SingularValues, LyapunovSpectrum, list[Spectrum]]:
    """How a net's steps stretch a gradient: singular values, exponents, spectra of U.

    It can be stopped at any step.
    """
    weights, x, T = weights_of(net), given.x, given.steps
    work = begin(
        ("stretching", net, given),
        _("Steps followed"),
        estimate=lambda: estimate(net.spec, T, needs_digits(weights, x)),
    )
    with work:
        singular = singular_values(weights, x, progress=lambda k: work.share(k / T / 2))
        spectrum = lyapunov(weights, x, progress=lambda t: work.share((T + t) / T / 2))
        return singular, spectrum, recurrent_spectra(weights)


def study(subject: Subject, options: Options, begin: Begin = Silent) -> Study:
    cell, settings = options.cell, subject.settings
    values, spectrum, blocks = stretching(subject.net(cell), subject.input, begin=begin)
    stretch = Drawing(
        "stretch",
        title(_("How steps stretch and shrink a gradient"), [cell], said("T", subject.steps)),
        lambda ground: stretch_by_distance(values, cell, blocks, ground),
        settings.slug(f"singular_values_{cell}"),
        values.to_frame,
    )
    eigenvalues = Drawing(
        "eigenvalues",
        title(_("Eigenvalues of the recurrent weights"), [cell]),
        lambda ground: eigenvalue_plane(blocks, ground),
        settings.slug(f"eigenvalues_{cell}"),
        lambda: concatenate(block.to_frame() for block in blocks),
    )
    of_directions = Drawing(
        "exponents",
        title(_("At which rates directions grow or shrink"), [cell], said("T", subject.steps)),
        lambda ground: exponents(spectrum, cell, ground),
        settings.slug(f"lyapunov_{cell}"),
        spectrum.to_frame,
    )
    return Study(
        translated(QUESTION),
        (jacobian_sentence(values, cell, blocks, spectrum),),
        settings.caption(said("network", cell)),
        (
            row(Section(drawing=stretch)),
            row(
                Section(_("Eigenvalues of U"), drawing=eigenvalues, table=spectra_table(blocks)),
                Section(
                    _("Lyapunov exponents"),
                    drawing=of_directions,
                    table=exponents_table(spectrum),
                ),
            ),
        ),
        notices=subject.notices,
        explanation="jacobian",
    )
