"""What the reader has set, as one value, and what it means for the engine."""

from dataclasses import asdict, dataclass, replace

from lstm_viz import words
from lstm_viz.i18n import _
from lstm_viz.inputs.sequences import SequenceSpec
from lstm_viz.registry import CELLS
from lstm_viz.say.changes import change_sentence
from lstm_viz.say.phrases import listed
from lstm_viz.say.settings import caption, of_cell, said
from lstm_viz.spec import ModelSpec

TEXT = "It was the best of times, it was the worst of times, it was the age of wisdom."
OF_SOURCE = {  # the settings that matter for one input alone
    "noise": ("D",),
    "constant": ("D",),
    "sine": ("D", "period"),
    "impulse": ("D",),
    "text": ("text", "encoding"),
    "stocks": (),
    "csv": ("csv", "separator", "decimal", "header", "missing", "line", "columns", "standardise"),
}
SOURCES = tuple(OF_SOURCE)
OF_NET = ("layers", "heads", "causal", "positions", "residual", "norm", "feed_forward")


@dataclass(frozen=True)
class Settings:
    """What the reader has set. The names are the keys of the widgets and of the address.

    scale : multiplies the input
    csv : name and digest of the uploaded file, whose content stands in no address
    own : what the net of one architecture has of its own, ("rnn", "init", "orthogonal"), where the
        others have what is set for all
    """

    T: int = 50
    H: int = 32
    gain: float = 1.0
    init: str = "pytorch"
    forget_bias: float = 1.0
    activation: str = "tanh"
    source: str = "noise"
    scale: float = 1.0
    D: int = 8
    period: float = 25.0
    text: str = TEXT
    encoding: str = "characters"
    csv: str = ""
    separator: str = "auto"
    decimal: str = "auto"
    header: str = "auto"
    missing: str = "interpolate"
    line: str = "auto"
    columns: tuple[str, ...] = ()
    standardise: bool = True
    seed: int = 0
    layers: int = 1
    heads: int = 4
    causal: bool = False
    positions: str = "sinusoidal"
    residual: bool = False
    norm: str = "none"
    feed_forward: bool = False
    own: tuple[tuple[str, str, object], ...] = ()

    def of(self, cell: str) -> "Settings":
        """The settings that hold for the net of one architecture."""
        changes = {name: value for who, name, value in self.own if who == cell}
        return replace(self, own=(), **changes)

    def model(self, cell: str, input_size: int, hidden_size: int | None = None) -> ModelSpec:
        """The network, with H units unless it is told another number.

        "chrono" sets gate biases, so a network without gates beside it is PyTorch's; of the heads
        there are as many as divide H.
        """
        if self.own:
            return self.of(cell).model(cell, input_size, hidden_size)
        H = hidden_size or self.H
        init = "pytorch" if self.init == "chrono" and not CELLS[cell].is_gated else self.init
        return ModelSpec(
            cell=cell,
            input_size=input_size,
            hidden_size=H,
            layers=self.layers,
            heads=max(n for n in range(1, self.heads + 1) if H % n == 0),
            causal=self.causal,
            positions=self.positions,
            residual=self.residual,
            norm=self.norm,
            feed_forward=4 * H if self.feed_forward else 0,
            init=init,
            gain=self.gain,
            forget_bias=self.forget_bias,
            seed=self.seed,
            activation=self.activation,
        )

    def sequence(self) -> SequenceSpec:
        """The input, for every source but an uploaded file."""
        return SequenceSpec(
            kind=self.source,
            length=self.T,
            size=self.D,
            seed=self.seed,
            period=self.period,
            text=self.text if self.source == "text" else "",
            encoding=self.encoding,
        )

    def caption(self, *more: str) -> str:
        """All settings that a figure depends on, in words, and what it adds, in one line."""
        unused = {name for names in OF_SOURCE.values() for name in names}
        unused -= set(OF_SOURCE[self.source])
        unused |= {*OF_NET, "own"} - set(self.net())
        shown = [said(n, v) for n, v in asdict(self).items() if n not in unused and n != "own"]
        shown += [of_cell(cell, said(name, value)) for cell, name, value in self.own]
        return caption([*shown, *more])

    def changes_since(self, other: "Settings") -> str:
        """Which settings differ, as "recurrent gain 1 → 2"; "no change" for none."""
        return change_sentence(other.by_key(), self.by_key())

    def by_key(self) -> dict[str | tuple[str, str], object]:
        """Every setting by its key; what a net has of its own by the architecture and the key."""
        shared = {key: value for key, value in asdict(self).items() if key != "own"}
        return shared | {(cell, name): value for cell, name, value in self.own}

    def pinned(self, ghost: "Settings") -> str:
        """For a caption: where a pinned setting that is drawn too differs."""
        own, other = asdict(self), asdict(ghost)
        differ = [said(k, v) for k, v in other.items() if k != "own" and v != own[k]]
        return _("pinned: {settings}").format(settings=listed(differ) or _("the same"))

    def weights_in_words(self) -> str:
        """The settings that weigh on a gradient most, for a sentence."""
        text = _("recurrent gain {gain}, forget bias {forget_bias} and initialisation “{init}”")
        return text.format(
            gain=words.tidy(self.gain), forget_bias=words.tidy(self.forget_bias), init=self.init
        )

    def slug(self, figure: str) -> str:
        """A file name that carries the settings and the seed, but not a text or a file."""
        numbers = [n for n in OF_SOURCE[self.source] if n in ("D", "period")]
        of_source = "".join(f"_{name}{getattr(self, name):g}" for name in numbers)
        of_net = "".join(f"_{k}{v}" for k, v in self.net().items())
        of_net += "".join(f"_{cell}_{name}{value}" for cell, name, value in self.own)
        if self.scale != 1:
            of_source += f"_scale{self.scale:g}"
        return (
            f"{figure}_T{self.T}_H{self.H}_{self.init}_gain{self.gain:g}_fb{self.forget_bias:g}"
            f"_{self.activation}{of_net}_{self.source}{of_source}_seed{self.seed}"
        )

    def net(self) -> dict[str, object]:
        """What is set of layers and self-attention, as far as it is not the default."""
        own = {name: getattr(self, name) for name in OF_NET}
        return {name: value for name, value in own.items() if value != getattr(DEFAULTS, name)}


DEFAULTS = Settings()
USUAL = {"gain": 1.0, "init": "pytorch", "forget_bias": 1.0, "activation": "tanh", "T": 50}
TORCH = {"gain": 1.0, "init": "pytorch", "forget_bias": 0.0, "activation": "tanh"}
PRESETS = {  # what each sets; all else stays the reader's
    "vanishing": USUAL,
    "exploding": USUAL | {"init": "gaussian", "gain": 2.0, "activation": "relu"},
    "remembers": USUAL | {"T": 200, "forget_bias": 5.0},
    "forgets": USUAL | {"T": 100, "forget_bias": -2.0},
    "orthogonal": USUAL | {"T": 200, "init": "orthogonal", "activation": "linear"},
    "torch": TORCH,
}


def nearly_torch(init: str, gain: float, forget_bias: float) -> bool:
    """Whether weights are drawn as PyTorch draws them, but for the gain or the forget bias."""
    return init == TORCH["init"] and (gain, forget_bias) != (TORCH["gain"], TORCH["forget_bias"])
