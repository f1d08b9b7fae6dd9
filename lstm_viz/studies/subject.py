"""What is studied: the reader's settings, the input that they ask for, and the nets on it."""

from collections.abc import Hashable
from dataclasses import dataclass, field, replace

import numpy as np

from lstm_viz import words
from lstm_viz.analysis.cost import matched_hidden_size
from lstm_viz.cells import count_parameters
from lstm_viz.errors import InputError
from lstm_viz.inputs.sequences import make_sequence
from lstm_viz.nets import Net
from lstm_viz.registry import CELLS, COMPARED, USUAL
from lstm_viz.say.inputs import short_notices
from lstm_viz.studies.settings import Settings

MEASURE = USUAL  # whose number of parameters the others are brought to


@dataclass(frozen=True)
class Sequence:
    """An input as a value: two are the same if they were made from the same.

    key : what it was made from
    x : (T, 1, D)
    """

    key: Hashable
    x: np.ndarray = field(compare=False, repr=False)

    @property
    def steps(self) -> int:
        """T; a text or a file may have fewer steps than were asked for."""
        return len(self.x)

    def first(self, steps: int) -> "Sequence":
        """Its beginning."""
        return self if steps >= self.steps else Sequence((self.key, "first", steps), self.x[:steps])

    def times(self, scale: float) -> "Sequence":
        """The same input, multiplied. Raises InputError if floats cannot hold it."""
        if scale == 1:
            return self
        with np.errstate(over="ignore"):
            x = scale * self.x
        if np.isinf(x).any():
            raise InputError("scaled-too-far", scale=words.tidy(scale))
        return Sequence((self.key, "times", scale), x)


@dataclass(frozen=True)
class Subject:
    """The settings with their input.

    plain, input : before and after it is scaled
    """

    settings: Settings
    plain: Sequence
    input: Sequence

    @property
    def steps(self) -> int:
        """T of the input."""
        return self.input.steps

    def first(self, steps: int) -> "Subject":
        """The same with no more than so many steps."""
        settings = replace(self.settings, T=min(self.settings.T, steps))
        return Subject(settings, self.plain.first(steps), self.input.first(steps))

    @property
    def notices(self) -> tuple[str, ...]:
        """What the reader must know of this input."""
        return short_notices(self.settings.T, self.steps)

    def net(self, cell: str, hidden_size: int | None = None) -> Net:
        """The net in the role of this architecture, with H units unless it is told otherwise."""
        return Net(self.settings.model(cell, self.input.x.shape[2], hidden_size))

    def compared(self, *also: str) -> list[Net]:
        """The two nets that the subject is about, and others beside them."""
        return [self.net(cell) for cell in (*COMPARED, *also)]

    def all_nets(self, matched: bool, hidden_size: int | None = None) -> list[Net]:
        """Each architecture's net: of H units, or of about as many parameters as the LSTM of H."""
        reference = self.net(MEASURE, hidden_size)
        nets = {cell: self.net(cell, hidden_size) for cell in CELLS}
        if matched:
            most = count_parameters(reference.spec)
            for cell in CELLS.keys() - {MEASURE}:
                nets[cell] = self.net(cell, matched_hidden_size(nets[cell].spec, most))
        return list(nets.values())


def subject(settings: Settings, plain: Sequence | None = None) -> Subject:
    """What these settings are about.

    plain : the input of settings whose source is a file, which no setting can hold

    Raises InputError or SpecError with a message for the reader.
    """
    if plain is None:
        spec = settings.sequence()
        plain = Sequence(spec, make_sequence(spec))
    return Subject(settings, plain, plain.times(settings.scale))
