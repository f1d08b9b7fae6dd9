"""Numbers as people read them, at any magnitude, from their log10."""

import math

from lstm_viz.analysis.equations import times_ten
from lstm_viz.i18n import _

MINUS = "\N{MINUS SIGN}"


def power(log10: float, digits: int = 2) -> str:
    """10**log10 with so many significant digits: "0.012", "3.2 × 10⁻¹¹"; "0" for −inf."""
    if math.isnan(log10):
        return _("undefined")
    if math.isinf(log10):
        return "0" if log10 < 0 else "∞"
    if -3 <= log10 < 4:
        return plain(10**log10, digits)
    exponent = math.floor(log10)
    mantissa = round(10 ** (log10 - exponent), digits - 1)
    if mantissa >= 10:
        mantissa, exponent = mantissa / 10, exponent + 1
    return f"{mantissa:.{digits - 1}f}{times_ten(exponent)}"


def plain(value: float, digits: int = 3) -> str:
    """A number of ordinary size with so many significant digits and no exponent."""
    if value == 0 or not math.isfinite(value):
        return str(value).replace("-", MINUS).replace("inf", "∞")
    decimals = digits - 1 - math.floor(math.log10(abs(value)))
    text = f"{round(value, decimals):,.{max(0, decimals)}f}"
    text = text.replace(",", "\N{NARROW NO-BREAK SPACE}")
    if "." in text and decimals > digits:
        text = text.rstrip("0").rstrip(".")
    return text.replace("-", MINUS)


def tidy(value: float, digits: int = 3) -> str:
    """The same without zeros at its end: "1", "0.25"."""
    text = plain(value, digits)
    return text.rstrip("0").rstrip(".") if "." in text else text


def count(number: int) -> str:
    """A whole number with thin spaces between its thousands."""
    return f"{number:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")


def share(log10: float) -> str:
    """A share of a whole: "12%" from a tenth of a percent to 1000%, otherwise as `power`."""
    if -3 <= log10 <= 1:
        return _("{number}%").format(number=plain(100 * 10**log10, 2))
    return power(log10)


def part(log10: float) -> str:
    """A share before what it is a share of: "12% of", "28 times" or "none of" the gradient."""
    if log10 == -math.inf:
        return _("none of")
    if log10 > 1:
        return _("{number} times").format(number=power(log10))
    return _("{share} of").format(share=share(log10))


def steps(count: float) -> str:
    """A number of steps, "1.4 steps" or "1 step"; from ten upward to the nearest whole step."""
    rounded = round(count, 1 - math.floor(math.log10(count))) if 0 < count < 10 else round(count)
    whole = rounded >= 10 or rounded == int(rounded)
    number = plain(rounded, len(str(int(rounded))) if whole else 2)
    return _("1 step") if number == "1" else _("{number} steps").format(number=number)


def seconds(count: float) -> str:
    """A span of time: "8 s", "3 min"."""
    if count < 90:
        return _("{number} s").format(number=math.ceil(count))
    return _("{number} min").format(number=round(count / 60))
