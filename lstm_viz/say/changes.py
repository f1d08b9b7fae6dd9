"""What changed: settings by the names that their controls have, for a sentence."""

from lstm_viz import words
from lstm_viz.i18n import N_, _, translated
from lstm_viz.quantities import label
from lstm_viz.say.phrases import listed
from lstm_viz.say.settings import named

NAMES = {  # by the keys of the address
    "T": N_("sequence length T"),
    "H": N_("hidden units H"),
    "gain": N_("recurrent gain"),
    "init": N_("initialisation"),
    "forget_bias": N_("forget bias"),
    "activation": N_("activation"),
    "source": N_("input"),
    "scale": N_("input scale"),
    "D": N_("inputs D"),
    "period": N_("period"),
    "text": N_("text"),
    "encoding": N_("one-hot"),
    "csv": N_("CSV file"),
    "separator": N_("separator"),
    "decimal": N_("decimal mark"),
    "header": N_("first row"),
    "missing": N_("missing values"),
    "line": N_("one line"),
    "columns": N_("columns"),
    "standardise": N_("standardised"),
    "seed": N_("seed"),
    "layers": N_("layers"),
    "heads": N_("heads"),
    "causal": N_("causal"),
    "positions": N_("positional encoding"),
    "residual": N_("residual connections"),
    "norm": N_("layer normalisation"),
    "feed_forward": N_("feed-forward part"),
}


def change_sentence(before: dict, now: dict) -> str:
    """Which settings differ, as "recurrent gain 1 → 2"; "no change" for none.

    before, now : values by key; by (architecture, key) of what a net has of its own
    """
    text = _("{setting} {before} → {now}")
    changed = [
        text.format(setting=_name(key), before=_value(key, before), now=_value(key, now))
        for key in now | before
        if before.get(key) != now.get(key)
    ]
    return listed(changed) or _("no change")


def _name(key: str | tuple[str, str]) -> str:
    if isinstance(key, str):
        return translated(NAMES[key])
    cell, own = key
    return _("{setting} of the {name}").format(setting=translated(NAMES[own]), name=label(cell))


def _value(key: str | tuple[str, str], values: dict) -> str:
    """A setting as the reader would type or choose it; as all nets have it where it is not set."""
    value = values.get(key)
    if value is None:
        return _("as all")
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return named(key if isinstance(key, str) else key[1], value) or words.NONE
