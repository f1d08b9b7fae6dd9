"""How pieces are put together: sentences, lists, shares, each as the reader's language has it."""

from collections.abc import Iterable

from lstm_viz import words
from lstm_viz.i18n import _, pgettext


def sentences(*said: str) -> str:
    """One after the other, without those that say nothing."""
    return pgettext("between sentences", " ").join(filter(None, said))


def listed(names: Iterable[str]) -> str:
    """ "RNN, LSTM, GRU": names or values, none of which has a comma of its own."""
    return pgettext("between names", ", ").join(names)


def together(names: Iterable[str]) -> str:
    """ "RNN, LSTM and GRU"; of one thing alone, that; "" of nothing."""
    *others, last = [*names] or [""]
    return _("{one} and {other}").format(one=listed(others), other=last) if others else last


def clauses(said: Iterable[str]) -> str:
    """ "one is so; the other is so": what has commas of its own."""
    return pgettext("between clauses", "; ").join(said)


def either(symbols: Iterable[str]) -> str:
    """ "∂h₀ or ∂c₀"; of one thing alone, that."""
    first, *others = symbols
    for other in others:
        first = _("{one} or {other}").format(one=first, other=other)
    return first


def portion(log10: float, share: str, times: str, **values: str) -> str:
    """What 10**log10 is of a whole: one of two messages, filled.

    share, times : with {share} and {times}, such as "{share} of it" and "{times} times it"
    values : what else stands in braces
    """
    if log10 > words.ABOVE:
        return times.format(times=words.power(log10), **values)
    return share.format(share=words.share(log10), **values)
