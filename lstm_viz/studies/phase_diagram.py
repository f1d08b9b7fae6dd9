"""Where is the edge between vanishing and exploding? Many networks as one diagram."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from lstm_viz.analysis.phase import (
    PhaseDiagram,
    input_scale,
    least_variance,
    phase_diagram,
    phase_estimate,
    vertical_of,
)
from lstm_viz.analysis.phase_edge import edge_by_theory, phase_place
from lstm_viz.cells.base import Weights
from lstm_viz.errors import InputError
from lstm_viz.figures.phase import phase_figure
from lstm_viz.i18n import N_, _, translated
from lstm_viz.nets import Net, probe_of, weights_of
from lstm_viz.say.phase import phase_sentence
from lstm_viz.say.settings import said, title
from lstm_viz.studies.kept import kept
from lstm_viz.studies.study import Drawing, Section, Study, row
from lstm_viz.studies.subject import Sequence, Subject
from lstm_viz.studies.work import Begin, Silent

QUESTION = N_("Where is the edge between vanishing and exploding?")


@dataclass(frozen=True)
class Options:
    """Whose diagram, over which gains and which forget biases or s², of n by n networks."""

    cell: str
    gain: tuple[float, float]
    y: tuple[float, float]
    n: int

    def caption(self) -> list[str]:
        """What a figure's caption adds to the settings."""
        return [said("network", self.cell), said("networks", self.n**2)]

    def slug(self) -> str:
        """The same for a file's name."""
        return f"phase_diagram_{self.cell}_{self.n}x{self.n}"


@kept
def diagram_of(
    net: Net, given: Sequence, options: Options, *, begin: Begin = Silent
) -> tuple[PhaseDiagram, np.ndarray]:
    """The diagram around one net, and the edge by theory (Y,).

    It can be stopped between two chunks of networks. The input's scale is no matter of the diagram.
    """
    spec, weights, x = net.spec, weights_of(net), given.x
    axes = {**_axes(net, weights, x, options), "probe": probe_of(net, weights)}
    work = begin(
        ("phase", net, given, options),
        _("Networks followed"),
        estimate=lambda: phase_estimate(spec, x, **axes),
    )
    with work:
        found = phase_diagram(spec, x, **axes, progress=lambda n, of: work.share(n / of))
        return found, edge_by_theory(spec, found.y)


def _axes(net: Net, weights: Weights, x: np.ndarray, options: Options) -> dict[str, Any]:
    vertical, (low, high) = vertical_of(net.spec), options.y
    if vertical == "s2":
        low = max(low, 1.001 * least_variance(weights, x))
    if options.gain[0] >= options.gain[1]:
        raise InputError("gain-axis")
    if low >= high:
        raise InputError("other-axis")
    between = np.geomspace if vertical == "s2" else np.linspace
    gain = np.linspace(*options.gain, options.n).round(4)
    return {"gain": gain, vertical: between(low, high, options.n)}


def study(subject: Subject, options: Options, begin: Begin = Silent) -> Study:
    settings, plain = subject.settings, subject.plain
    own = Net(replace(subject.net(options.cell).spec, layers=1))
    around = Net(replace(own.spec, gain=1.0, forget_bias=1.0))
    diagram, edge = diagram_of(around, plain, options, begin=begin)
    probe = probe_of(own, weights_of(own))
    place = phase_place(own.spec, subject.input.x, diagram.gain, probe)
    figure = Drawing(
        "phase",
        title(
            _("Where the gradient vanishes and where it explodes"),
            [options.cell],
            said("networks", options.n**2),
        ),
        lambda ground: phase_figure(diagram, place, edge, ground),
        settings.slug(options.slug()),
        diagram.to_frame,
        picked=lambda number: settings_of(diagram, number, plain),
    )
    hint = _("Click a point of the diagram to take its settings over to this and all other pages.")
    return Study(
        translated(QUESTION),
        (phase_sentence(diagram, place),),
        settings.caption(*options.caption()),
        (row(Section(drawing=figure, remarks=(hint,))),),
        notices=subject.notices,
        explanation="phase_diagram",
    )


def settings_of(diagram: PhaseDiagram, number: int, plain: Sequence) -> dict[str, object]:
    """The settings of a point of the diagram: gain, and forget bias or the scale of the input."""
    row, column = divmod(number, len(diagram.gain))
    if row >= len(diagram.y):
        return {}
    gain = float(diagram.gain[column])
    if diagram.vertical != "s2":
        return {"gain": gain, "forget_bias": round(float(diagram.y[row]), 4)}
    weights = weights_of(Net(diagram.spec))
    scale = input_scale(weights, plain.x, diagram.y[[row]])[0]
    return {"gain": gain, "scale": float(f"{scale:.6g}")}  # as the address has it
