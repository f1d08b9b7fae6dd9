"""Where inputs come from: noise, constant, sine, impulse, a text, a CSV file, stock prices.

Every source gives x (T, B, D), float64, time first. None of them pads: a source that has fewer
steps than asked for gives those it has. The sequence of a smaller T is the beginning of the one
of a larger T, standardised or not, so that a change of length changes the length alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np

from lstm_viz.arrays import check_room
from lstm_viz.errors import InputError, Said, SpecError, shown
from lstm_viz.inputs.reading.columns import CsvTable, listed
from lstm_viz.inputs.reading.table import read_csv
from lstm_viz.result import Shown, differing
from lstm_viz.spec import check_finite, check_flag, check_integer, check_name, is_list

Array = np.ndarray

KINDS = ("noise", "constant", "sine", "impulse", "text", "stocks")
ENCODINGS = ("characters", "bytes")
STOCKS = ("GOOG", "AAPL", "AMZN", "FB", "NFLX", "MSFT")
_NOISE_STREAM = 1


@dataclass(frozen=True, repr=False)
class SequenceSpec(Shown):
    """Everything that determines an input sequence: a cache key, and small enough for a link.

    A kind reads the fields that it needs and ignores the others. A CSV file does not fit into a
    link; it goes to `from_csv`.

    Parameters
    ----------
    kind : one of `KINDS`
    length : T, at least 1; the most steps that a text or the stocks give
    size, batch : D and B, at least 1; not of a text or the stocks, which bring their own
    seed : of the noise
    value : of the constant; the height of the impulse
    period : of the sine, in steps
    at : step of the impulse, 1 … T
    text, encoding : what to read, as "characters" or "bytes"
    columns : stocks to use, separated by commas, such as "GOOG,MSFT"; empty for all
    standardise : whether each stock is brought to mean 0 and standard deviation 1

    Raises
    ------
    SpecError
        If a name is unknown or a number lies outside its range.
    """

    kind: str = "noise"
    length: int = 50
    size: int = 8
    batch: int = 1
    seed: int = 0
    value: float = 1.0
    period: float = 25.0
    at: int = 1
    text: str = ""
    encoding: str = "characters"
    columns: str = ""
    standardise: bool = True

    def __post_init__(self) -> None:
        for name in ("kind", "text", "encoding", "columns"):
            if not isinstance(getattr(self, name), str):
                raise SpecError("text", name=name, got=shown(getattr(self, name)))
        check_flag("standardise", self.standardise)
        check_name("kind", self.kind, KINDS)
        check_name("encoding", self.encoding, ENCODINGS)
        for name in ("length", "size", "batch", "at"):
            check_integer(name, getattr(self, name), 1)
        check_integer("seed", self.seed, 0)
        check_finite("value", self.value)
        _check_positive("period", self.period)
        for field in fields(self):  # numpy scalars would hash and print differently
            if field.type in (int, float):
                object.__setattr__(self, field.name, field.type(getattr(self, field.name)))

    def __repr__(self) -> str:
        return differing(self, always="kind")


def make_sequence(spec: SequenceSpec) -> Array:
    """Make the sequence that a specification describes.

    Returns
    -------
    x : (T, B, D)
        T is `spec.length`, or less where the text or the series is shorter.

    Raises
    ------
    SpecError
        If the impulse lies beyond the last step.
    InputError
        If the text is empty or a stock unknown.
    """
    if not isinstance(spec, SequenceSpec):
        raise SpecError("of-type", name="spec", kind="SequenceSpec", got=shown(spec))
    shape = {"length": spec.length, "size": spec.size, "batch": spec.batch}
    match spec.kind:
        case "noise":
            return white_noise(**shape, seed=spec.seed)
        case "constant":
            return constant(**shape, value=spec.value)
        case "sine":
            return sine(**shape, period=spec.period)
        case "impulse":
            return impulse(**shape, at=spec.at, value=spec.value)
        case "text":
            return from_text(spec.text, encoding=spec.encoding, length=spec.length)
        case "stocks":
            chosen = [name.strip() for name in spec.columns.split(",")] if spec.columns else None
            return stocks(chosen, standardise=spec.standardise, length=spec.length)
    raise SpecError("no-source", kind=repr(spec.kind))


def white_noise(length: int, size: int, *, batch: int = 1, seed: int = 0) -> Array:
    """Draw x (T, B, D) with independent entries from N(0, 1).

    Raises SpecError if a size is below 1 or the seed below 0.
    """
    shape = _shape(length, batch, size)
    seed = check_integer("seed", seed, 0)
    # default_rng(0) would repeat the draws of the weights' first stream, default_rng((0, 0, 0)).
    stream = np.random.SeedSequence(seed, spawn_key=(_NOISE_STREAM,))
    return np.random.default_rng(stream).standard_normal(shape)


def constant(length: int, size: int, value: float = 1.0, *, batch: int = 1) -> Array:
    """Return x (T, B, D) with every entry equal to `value`.

    Raises SpecError if a size is below 1 or the value is not finite.
    """
    shape = _shape(length, batch, size)
    value = check_finite("value", value)
    return np.full(shape, value, dtype=np.float64)


def sine(length: int, size: int, period: float = 25.0, *, batch: int = 1) -> Array:
    """Return sine waves of one period, their phases spread evenly over the D inputs.

        x_t[d] = sin(2π (t−1)/period + 2π d/D)        t = 1 … T,  d = 0 … D−1

    The first input starts at 0; of two inputs, one is the other's negative; the waves of three or
    more tell every phase apart. Sequences of a batch are equal. A period below 2 steps shows as a
    longer one (aliasing).

    Returns
    -------
    x : (T, B, D)

    Raises
    ------
    SpecError
        If a size is below 1 or the period is not a positive number.
    """
    shape = _shape(length, batch, size)
    period = _check_positive("period", period)
    turns = np.fmod(np.arange(length), period) / period  # exact remainder: late steps stay in phase
    wave = np.sin(2 * np.pi * (turns[:, None] + np.arange(size) / size))  # (T, D)
    return np.broadcast_to(wave[:, None, :], shape).copy()


def impulse(length: int, size: int, at: int = 1, *, value: float = 1.0, batch: int = 1) -> Array:
    """Return x (T, B, D) that is `value` in every input at step `at` (1 … T) and 0 elsewhere.

    Raises SpecError if a size is below 1, the step outside 1 … T, or the value not finite.
    """
    x = np.zeros(_shape(length, batch, size))
    at = check_integer("at", at, 1)
    value = check_finite("value", value)
    if at > length:
        raise SpecError("whole-between", name="at", least=1, most=length, got=at)
    x[at - 1] = value
    return x


def alphabet(text: str) -> tuple[str, ...]:
    """Return the distinct characters of a text, sorted by code point.

    A character is one Unicode code point: a combining mark counts as a character of its own, a
    letter outside the basic plane as one. Nothing is normalised.
    """
    return tuple(sorted(set(text)))


def from_text(text: str, *, encoding: str = "characters", length: int | None = None) -> Array:
    """Return a text as one-hot vectors, one step a symbol.

    Parameters
    ----------
    encoding : "characters", where input d stands for alphabet(text)[d], or "bytes", where input d
        stands for byte d of the UTF-8 form and D is 256
    length : use at most so many symbols; D is that of the whole text all the same

    Returns
    -------
    x : (T, 1, D)

    Raises
    ------
    InputError
        If the text is empty, or has a lone surrogate, which no byte stands for.
    SpecError
        If the encoding is unknown or the length below 1.
    """
    check_name("encoding", encoding, ENCODINGS)
    _check_length(length)
    if not isinstance(text, str):
        raise InputError("text", name="text", got=shown(text))
    if not text:
        raise InputError("empty-text")
    codes, D = _character_codes(text) if encoding == "characters" else _byte_codes(text)
    codes = codes[:length]
    x = np.zeros((len(codes), 1, D))
    x[np.arange(len(codes)), 0, codes] = 1
    return x


def _character_codes(text: str) -> tuple[list[int], int]:
    symbols = alphabet(text)
    code = {symbol: d for d, symbol in enumerate(symbols)}
    return [code[symbol] for symbol in text], len(symbols)


def _byte_codes(text: str) -> tuple[list[int], int]:
    try:
        return list(text.encode("utf-8")), 256
    except UnicodeEncodeError as error:
        lone = ord(text[error.start])
        raise InputError("half-a-pair", at=error.start + 1, point=f"{lone:04X}") from error


def from_csv(
    content: str | bytes | Path,
    *,
    columns: str | int | Sequence[str | int] | None = None,
    header: bool | None = None,
    separator: str | None = None,
    decimal: str | None = None,
    missing: str | None = None,
    series: bool | None = None,
    standardise: bool = False,
    length: int | None = None,
) -> Array:
    """Return columns of a CSV file, one step a row, one input a column.

    Parameters
    ----------
    content, columns, header, separator, decimal, missing, series : as in `read_csv`, which also
        tells the names, and how the file was understood
    standardise : bring each column to mean 0 and standard deviation 1 over the whole file; a column
        that does not vary becomes zeros
    length : use at most so many rows, the first ones; what stands below them is read where
        standardising or filling a gap takes it

    Returns
    -------
    x : (T, 1, D)

    Raises
    ------
    InputError
        If the file is malformed; the message names the line.
    SpecError
        If an option is unknown or the length below 1.
    """
    _check_length(length)
    check_flag("standardise", standardise)
    whole = standardise or missing is not None
    table = read_csv(
        content, columns=columns, header=header, separator=separator, decimal=decimal,
        missing=missing, series=series, length=None if whole else length,
    )  # fmt: skip
    return from_table(table, standardise=standardise, length=length)


def from_table(table: CsvTable, *, standardise: bool = False, length: int | None = None) -> Array:
    """Return what `read_csv` has read as x (T, 1, D), as `from_csv` does."""
    values = _standardised(table.values, length) if standardise else table.values[:length]
    return values[:, None, :]


def stocks(
    columns: str | Sequence[str] | None = None,
    *,
    standardise: bool = True,
    length: int | None = None,
) -> Array:
    """Return weekly closing prices of six companies, 2018 to 2019, from plotly's sample data.

    Each price is relative to that of the first week, where all are 1.

    Parameters
    ----------
    columns : of `STOCKS`, in the order wanted; None for all
    standardise : bring each to mean 0 and standard deviation 1 over all 105 weeks
    length : use at most so many weeks, the first ones

    Returns
    -------
    x : (T, 1, D) with T ≤ 105

    Raises
    ------
    InputError
        If no stock or an unknown one is named.
    SpecError
        If the length is below 1.

    References
    ----------
    plotly.data.stocks
    """
    from plotly.data import stocks as plotly_stocks  # here, as the engine runs on NumPy alone

    _check_length(length)
    check_flag("standardise", standardise)
    chosen = STOCKS if columns is None else (columns,) if isinstance(columns, str) else columns
    if not is_list(chosen):
        raise InputError("list-of-stocks", got=shown(columns))
    chosen = list(chosen)
    unknown = [name for name in chosen if not isinstance(name, str) or name not in STOCKS]
    if unknown or not chosen:
        if not unknown:
            raise InputError("no-stock", known=listed(STOCKS))
        raise InputError("unknown-stock", got=shown(unknown[0]), known=listed(STOCKS))
    values = plotly_stocks()[chosen].to_numpy(dtype=np.float64)
    return (_standardised(values, length) if standardise else values[:length])[:, None, :]


def _standardised(values: Array, length: int | None = None) -> Array:
    """Bring each column of (T, D) to mean 0 and standard deviation 1 (divisor T).

    Of `length` rows the result has the first ones. A column that does not vary becomes zeros. Found
    by comparison: the rounding of its mean would leave a tiny deviation, which division would blow
    up. One copy of the values is all that is made: a file may have millions.
    """
    most, least = values.max(axis=0), values.min(axis=0)
    exponent = np.frexp(np.maximum(most, -least))[1]
    deviation = np.ldexp(values, -exponent)  # an exact scaling, so that squares cannot overflow
    deviation -= deviation.mean(axis=0)
    first = deviation[:length].copy()
    spread = np.sqrt(np.square(deviation, out=deviation).mean(axis=0))
    varies = most > least
    return np.where(varies, first, 0.0) / np.where(varies, spread, 1.0)


def _shape(length: int, batch: int, size: int) -> tuple[int, int, int]:
    named = (("length", length), ("batch", batch), ("size", size))
    length, batch, size = (check_integer(name, value, 1) for name, value in named)
    check_room(Said("room-x"), length * batch * size)
    return length, batch, size


def _check_length(length: int | None) -> None:
    if length is not None:
        check_integer("length", length, 1)


def _check_positive(name: str, value: object) -> float:
    value = check_finite(name, value)
    if value <= 0:
        raise SpecError("above", name=name, least=0, got=shown(value))
    return value
