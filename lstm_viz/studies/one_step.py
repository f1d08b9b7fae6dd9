"""Inside one step: a drawn cell with the actual numbers of one unit, forward and backward."""

from collections.abc import Callable
from dataclasses import dataclass

import plotly.graph_objects as go

from lstm_viz import words
from lstm_viz.analysis.any_step import any_step
from lstm_viz.analysis.gru_step import gru_step
from lstm_viz.analysis.one_step import lstm_step, rnn_step
from lstm_viz.analysis.step_record import Step, showable
from lstm_viz.analysis.survival import Survival
from lstm_viz.cells import cell_of
from lstm_viz.cells.gru import GRU
from lstm_viz.cells.lstm import LSTM
from lstm_viz.cells.rnn import RNN
from lstm_viz.figures import cell_diagram, gru_diagram
from lstm_viz.figures.instead import said_instead
from lstm_viz.i18n import N_, _, translated
from lstm_viz.quantities import label
from lstm_viz.say.equations import equations
from lstm_viz.say.settings import said, title
from lstm_viz.say.step import numbers_table, step_sentence
from lstm_viz.studies.runs import failed, survival_of, undetermined
from lstm_viz.studies.study import Drawing, Section, Study, row
from lstm_viz.studies.subject import MEASURE, Subject

QUESTION = N_("Inside one step")


@dataclass(frozen=True)
class Drawn:
    """How a cell is drawn: its numbers at one place, its picture, its heading, its width."""

    numbers: Callable[..., Step]
    picture: Callable[..., go.Figure]
    title: str
    width: int


DRAWN = {
    LSTM: Drawn(lstm_step, cell_diagram.lstm_cell, N_("LSTM"), 58),
    RNN: Drawn(rnn_step, cell_diagram.rnn_cell, N_("Plain RNN"), 42),
    GRU: Drawn(gru_step, gru_diagram.gru_cell, N_("GRU"), 58),
}


@dataclass(frozen=True)
class Options:
    """Which step (from 1), unit (from 0) and direction to look at; the cell beside the LSTM."""

    step: int
    beside: str
    unit: int = 0
    direction: str = "both"

    def place(self, steps: int) -> list[str]:
        """Where one looks, in words."""
        step = _("step {t} of {T}").format(t=words.count(self.step), T=words.count(steps))
        return [step, said("unit", self.unit)]


def study(subject: Subject, options: Options) -> Study:
    settings = subject.settings
    results = [survival_of(subject.net(cell), subject.input) for cell in (MEASURE, options.beside)]
    name = settings.slug(f"one_step_t{options.step}_unit{options.unit}_{options.direction}")
    sections = [_section(result, options, name) for result in results]
    own = [*options.place(subject.steps), said("direction", options.direction)]
    own.append(said("beside", options.beside))
    drawn = [DRAWN.get(cell_of(result.weights)) for result in results]
    widths = [own.width for own in drawn if own]
    return Study(
        translated(QUESTION),
        tuple(section.drawing.alt for section in sections if section.drawing),
        settings.caption(*own),
        (row(*sections, widths=tuple(widths) if len(widths) == len(sections) else ()),),
        notices=subject.notices,
        warnings=tuple(
            text for result in results for text in failed(result) + undetermined(result)
        ),
        explanation="one_step",
    )


def _section(result: Survival, options: Options, name: str) -> Section:
    """The cell drawn, with its equations, or its numbers where there is no drawing of it."""
    drawn = DRAWN.get(cell_of(result.weights))
    if drawn is None:
        table = numbers_table(any_step(result, options.step, options.unit))
        remark = _("There is no drawing of this cell; these are its numbers.")
        return Section(label(result.cell), remarks=(remark,), table=table)
    place = (options.step, options.unit)
    step = drawn.numbers(result.weights, result.trace, result.gradients, *place)
    way, sentence = options.direction, step_sentence(step, options.direction)
    figure = Drawing(
        f"{result.cell}_cell",
        title(_("Inside one step"), [result.cell], *options.place(result.steps)),
        lambda ground: _picture(drawn, step, way, sentence, ground),
        f"{name}_{result.cell}",
        step.to_frame,
        alt=sentence,
    )
    return Section(translated(drawn.title), drawing=figure, equations=_equations(step, way))


def _picture(drawn: Drawn, step: Step, direction: str, sentence: str, ground: str) -> go.Figure:
    """The cell with what of its numbers can be shown, or the sentence where that is nothing."""
    way = showable(step, direction)
    if not way:
        return said_instead(sentence, ground)
    return drawn.picture(step, direction=way, ground=ground)


def _equations(step: Step, direction: str) -> tuple[tuple[str, list[tuple[str, str]]], ...]:
    """The equations of one direction, or of both, as far as their numbers are finite."""
    titles, way = {"forward": _("Forward"), "backward": _("Backward")}, showable(step, direction)
    return tuple((titles[own], equations(step, own)) for own in titles if way in (own, "both"))
