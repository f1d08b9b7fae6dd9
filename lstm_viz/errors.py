"""The errors of this library: a message says what was wrong, where, what was expected and came."""


class LstmVizError(ValueError):
    """Anything that this library refuses; catch this one to catch them all."""


class SpecError(LstmVizError):
    """A specification names something unknown or lies outside its range."""


class ShapeError(LstmVizError):
    """An array has the wrong shape."""


class DTypeError(LstmVizError):
    """An array holds something else than real or complex floating-point numbers."""


class NonFiniteError(LstmVizError):
    """An array that must be finite holds NaN or an infinity."""


class InputError(LstmVizError):
    """A sequence cannot be made from what was given: a text, a CSV file, a column."""


class SweepError(LstmVizError):
    """A sweep cannot go on: a measure failed, or gave something that is no row of numbers."""


class BatchFirstWarning(UserWarning):
    """An array has more sequences than steps: perhaps it is batch-first and was not said to be."""


def shown(value: object) -> str:
    """What came instead, for a message: as Python writes it, no longer than a line."""
    text = " ".join(repr(value).split())
    return text if len(text) <= 80 else f"{text[:60]}…, a {type(value).__name__}"
