"""Numbers as people read them, at any magnitude: the one place where a number becomes words.

One form everywhere: so many significant digits, written out from 0.001 to 9999 and as 1.2 × 10⁻⁴
beyond; thin spaces between thousands, a real minus sign, and none before a zero. How many digits is
said by name: SAID in a sentence or at the pointer, READ in a table or where a value is read out.
The decimal mark and what stands between thousands are those of the reader's language.
"""

import math
from typing import SupportsFloat

import numpy as np

from lstm_viz.i18n import _, ngettext, pgettext

SAID, DRAWN, READ, EXACT = 2, 3, 4, 6  # significant digits: in a sentence, a drawing, a table, all
MINUS = "\N{MINUS SIGN}"
TIMES = "\N{NO-BREAK SPACE}×\N{NO-BREAK SPACE}"
RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹⁻"
SUPERSCRIPT = str.maketrans("0123456789-", RAISED)
LEAST, MOST = -3, 3  # powers of ten between which a number is written out …
AFTER_POINT = 6  # … if it has no more digits than these after the point
ABOVE = math.log10(1.05)  # from here on a share is told as so many times, not in percent
MANY = 1e7  # steps: from here on they are not counted one by one
NONE = "–"  # in a table, where there is no number


def decimal_mark() -> str:
    """What stands before the decimals in the language of the context."""
    return pgettext("decimal mark", ".")


def between_thousands() -> str:
    """What stands between thousands in the language of the context."""
    return pgettext("between thousands", "\N{NARROW NO-BREAK SPACE}")


def number(value: SupportsFloat, digits: int = SAID, *, tight: bool = False) -> str:
    """A number with so many significant digits: "−0.50", "1 200", "3.2 × 10⁻¹¹"; "0" for zero.

    value : a float, or what has a `log10` of its size and a `mantissa` of its sign beside it, as a
        gradient beyond the floats has
    tight : "3.2·10⁻¹¹", where there is no room for more
    """
    plain, size = float(value), getattr(value, "log10", math.nan)
    sign = MINUS if getattr(value, "mantissa", plain) < 0 else ""
    if math.isfinite(size) and not 1e-300 < abs(plain) < math.inf:
        return sign + power(size, digits, tight=tight)
    if not math.isfinite(plain):
        infinity = _("minus infinity") if plain < 0 else _("infinity")
        return _("undefined") if math.isnan(plain) else infinity
    if plain == 0:
        return "0"
    mantissa, exponent = f"{abs(plain):.{digits - 1}e}".split("e")
    return sign + _written(mantissa, int(exponent), tight)


def power(log10: float, digits: int = SAID, *, tight: bool = False) -> str:
    """10**log10, written as `number` does: "0.012", "3.2 × 10⁻¹¹"; "0" for −inf."""
    if not math.isfinite(log10):
        return number(0.0 if log10 < 0 else log10)
    exponent = math.floor(log10)
    mantissa = f"{10 ** (log10 - exponent):.{digits - 1}f}"
    if mantissa.startswith("10"):
        mantissa, exponent = f"{1:.{digits - 1}f}", exponent + 1
    return _written(mantissa, exponent, tight)


def cell(value: float, digits: int = READ) -> str:
    """A number in a table: as `number` has it, but "–" where there is none."""
    return NONE if math.isnan(value) else number(value, digits)


def powers(log10: np.ndarray, digits: int = SAID) -> list:
    """The same for every entry of an array (…) → nested lists: what stands at the pointer."""
    log10 = np.asarray(log10, np.float64)
    exponent = np.floor(np.where(np.isfinite(log10), log10, 0))
    alike = exponent + (10 ** (log10 - exponent)).round(digits - 1) / 100
    _same, first, place = np.unique(alike, return_index=True, return_inverse=True)
    texts = np.array([power(float(log10.flat[k]), digits) for k in first], object)
    return texts[place].reshape(log10.shape).tolist()


def numbers(values: np.ndarray, digits: int = SAID) -> list:
    """`number` of every entry of an array (…) of ordinary floats → nested lists."""
    values = np.asarray(values, np.float64)
    with np.errstate(divide="ignore"):
        size = np.array(powers(np.log10(np.abs(values)), digits), object)
    signed = np.where(values < 0, MINUS + size, size)
    return np.where(np.isneginf(values), number(-math.inf), signed).tolist()


def factor(log10: float) -> str:
    """A factor per step: its powers count, so that it is read to more digits."""
    return power(log10, READ)


def decimals(value: float, places: int) -> str:
    """A number with so many places after the point, such as a log10: "−3.92082"."""
    text = f"{round(value, places) + 0.0:.{places}f}"  # + 0: no "−0"
    return text.replace("-", MINUS).replace(".", decimal_mark())


def _written(mantissa: str, exponent: int, tight: bool = False) -> str:
    """mantissa · 10**exponent, written out or with a power: "1.2", −4 → "1.2 × 10⁻⁴"."""
    mark = decimal_mark()
    if not LEAST <= exponent <= MOST or len(mantissa) - 2 - exponent > AFTER_POINT:
        times = "·" if tight else TIMES
        return f"{mantissa.replace('.', mark)}{times}10{str(exponent).translate(SUPERSCRIPT)}"
    digits = mantissa.replace(".", "")
    if exponent < 0:
        return f"0{mark}{'0' * (-exponent - 1)}{digits}"
    whole, rest = digits[: exponent + 1].ljust(exponent + 1, "0"), digits[exponent + 1 :]
    return count(int(whole)) + (f"{mark}{rest}" if rest else "")


def tidy(value: float, digits: int = EXACT) -> str:
    """A setting as one types it: without zeros at its end: "1", "0.25"."""
    if value == 0 or not math.isfinite(value):
        return number(value)
    mantissa, exponent = f"{abs(value):.{digits - 1}e}".split("e")
    sign = MINUS if value < 0 else ""
    return sign + _written(mantissa.rstrip("0").rstrip("."), int(exponent))


def count(number: int) -> str:
    """A whole number with thin spaces between its thousands, or what else its language has."""
    return f"{number:,}".replace(",", between_thousands()).replace("-", MINUS)


def share(log10: float) -> str:
    """A share of a whole: "12%" from a tenth of a percent up to 1000%, otherwise as `power`."""
    if -3 <= log10 <= 1:
        return _("{number}%").format(number=number(100 * 10**log10))
    return power(log10)


def percent(share_of: float) -> str:
    """A share with a sign: "93%", "−4.2%", "0%"; small ones as `power` has them."""
    if share_of == 0:
        return _("{number}%").format(number="0")
    if not math.isfinite(share_of):
        return number(share_of)
    return (MINUS if share_of < 0 else "") + share(math.log10(abs(share_of)))


def steps(span: float) -> str:
    """A number of steps, "1.4 steps" or "1 step"; from ten upward to the nearest whole step."""
    text = number(span).removesuffix(f"{decimal_mark()}0")
    if 10 <= span < MANY:
        text = count(round(span))
    whole = span >= 10 or text.isdigit()  # what is no whole number is many in English
    n = round(min(span, MANY)) if whole else 2
    return ngettext("{number} step", "{number} steps", n).format(number=text)


def seconds(span: float) -> str:
    """A span of time: "8 s", "3 min", "5.2 h"."""
    if span < 90:
        return _("{number} s").format(number=math.ceil(span))
    if span < 6000:
        return _("{number} min").format(number=round(span / 60))
    return _("{number} h").format(number=number(span / 3600))
