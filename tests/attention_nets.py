"""Self-attention once more, one scalar at a time, and small nets of every form to try it on.

The oracle works in any type of number. With `Decimal` it knows gradients that no float can hold;
its softmax is e^s / Σ e^s without a shift.
"""

import math
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import product

import numpy as np

import lstm_viz as lv
from lstm_viz.analysis.attention_map import attention_views
from tests import oracle

EXP = {float: math.exp, Decimal: lambda x: Decimal(x).exp()}
FORMS = [  # D, E, heads, causal, positions, residual, norm, feed_forward, layers
    (4, 4, 1, False, "none", False, "none", 0, 1),
    (3, 4, 2, True, "sinusoidal", False, "none", 0, 1),
    (4, 4, 2, False, "sinusoidal", True, "post", 6, 1),
    (2, 6, 3, True, "none", True, "pre", 5, 2),
    (3, 5, 1, False, "sinusoidal", False, "post", 4, 2),
    (6, 6, 6, True, "sinusoidal", True, "none", 7, 3),
    (4, 4, 4, False, "none", False, "pre", 0, 1),
    (5, 4, 2, False, "sinusoidal", True, "post", 0, 2),
]
ALL_FORMS = [
    (3, 4, 2, causal, positions, residual, norm, feed_forward, 1)
    for causal, positions, residual, norm, feed_forward in product(
        (False, True), ("none", "sinusoidal"), (False, True), ("none", "post", "pre"), (0, 5)
    )
]


@dataclass
class Case:
    """Weights, input and the direct gradient of a loss."""

    weights: lv.AttentionWeights
    x: np.ndarray
    dh: np.ndarray

    def forward(self):
        return lv.forward(self.weights, self.x, batch_first=False)

    def backward(self):
        return lv.backward(self.weights, self.forward(), self.dh)

    def loss(self, weights=None, x=None):
        weights = self.weights if weights is None else weights
        return (self.dh * lv.forward(weights, self.x if x is None else x).output).sum()


def make_spec(form, seed=0, **options):
    D, E, heads, causal, positions, residual, norm, feed_forward, layers = form
    return lv.ModelSpec(
        cell="attention", input_size=D, hidden_size=E, heads=heads, causal=causal,
        positions=positions, residual=residual, norm=norm, feed_forward=feed_forward,
        layers=layers, seed=seed, **options,
    )  # fmt: skip


def make_case(form, T=4, B=2, seed=0, scale=1.5, probe="every"):
    """Random weights of this form, biases and layer norms too; probe as in tests/nets.py."""
    rng = np.random.default_rng(seed)
    weights = lv.init_weights(make_spec(form, seed))
    for path, array in named_arrays(weights).items():
        noise = scale * rng.normal(size=array.shape) / np.sqrt(array.shape[-1])
        weights = exchanged(weights, path, (1 + 0.3 * noise) if "scale" in path else noise)
    x, dh = rng.normal(size=(T, B, form[0])), rng.normal(size=(T, B, form[1]))
    if probe != "every":
        dh[np.arange(1, T + 1) != (T if probe == "last" else probe)] = 0
    return Case(weights, x, dh)


def named_arrays(weights):
    """Every array by name and layer: "W_in", "W_q_1" …"""
    found = {} if weights.W_in is None else {"W_in": weights.W_in, "b_in": weights.b_in}
    for k, layer in enumerate(weights.layers, 1):
        found |= {f"{name}_{k}": array for name, array in layer.arrays().items()}
    return found


def exchanged(weights, path, array):
    """The same weights with another array in this place."""
    if path.endswith("_in"):
        return replace(weights, **{path: array})
    name, k = path.rsplit("_", 1)
    layers = list(weights.layers)
    layers[int(k) - 1] = replace(layers[int(k) - 1], **{name: array})
    return replace(weights, layers=tuple(layers))


class Scalars:
    """Forward values as numbers, and their adjoints, of one net and one sequence.

    Each value is a node that knows from which others it came, with the derivative to each; backward
    is one walk over them all in reverse.
    """

    def __init__(self, number):
        self.number = number
        self.values, self.parents = [], []

    def node(self, value, parents=()):
        self.values.append(value)
        self.parents.append(parents)
        return len(self.values) - 1

    def affine(self, W, b, xs):
        """W x + b for nodes xs; W and b are nodes as well."""
        rows = []
        for row, bias in zip(W, b, strict=True):
            value = self.values[bias]
            parents = [(bias, self.number(1))]
            for w, x in zip(row, xs, strict=True):
                value += self.values[w] * self.values[x]
                parents += [(w, self.values[x]), (x, self.values[w])]
            rows.append(self.node(value, parents))
        return rows

    def add(self, a, b):
        one = self.number(1)
        pairs = zip(a, b, strict=True)
        return [self.node(self.values[i] + self.values[j], [(i, one), (j, one)]) for i, j in pairs]

    def relu(self, xs):
        v, zero, one = self.values, self.number(0), self.number(1)
        return [self.node(max(v[x], zero), [(x, one if v[x] > 0 else zero)]) for x in xs]

    def dot(self, a, b, factor):
        pairs = list(zip(a, b, strict=True))
        value = sum((self.values[i] * self.values[j] for i, j in pairs), self.number(0)) * factor
        parents = [(i, self.values[j] * factor) for i, j in pairs]
        return self.node(value, parents + [(j, self.values[i] * factor) for i, j in pairs])

    def softmax(self, xs):
        """Each share's derivatives without a difference of numbers near each other."""
        e = [EXP[self.number](self.values[x]) for x in xs]
        total = sum(e)
        a = [value / total for value in e]
        result = []
        for j in range(len(xs)):
            others = sum((e[i] for i in range(len(xs)) if i != j), self.number(0)) / total
            slopes = [(x, a[j] * others if i == j else -a[j] * a[i]) for i, x in enumerate(xs)]
            result.append(self.node(a[j], slopes))
        return result

    def mix(self, shares, rows):
        """Σ_j a_j v_j for lists of nodes."""
        columns = zip(*rows, strict=True)
        return [self.dot(shares, column, self.number(1)) for column in columns]

    def normalise(self, xs, scale, shift):
        v, n = self.values, self.number(len(xs))
        mean = sum((v[x] for x in xs), self.number(0)) / n
        variance = sum(((v[x] - mean) ** 2 for x in xs), self.number(0)) / n
        sigma = (variance + self.number(1) / 100000) ** (self.number(1) / 2)
        unit, result = [(v[x] - mean) / sigma for x in xs], []
        for j, (g, s) in enumerate(zip(scale, shift, strict=True)):
            slopes = [
                (x, v[g] / sigma * ((1 if i == j else 0) - 1 / n - unit[i] * unit[j] / n))
                for i, x in enumerate(xs)
            ]
            slopes += [(g, unit[j]), (s, self.number(1))]
            result.append(self.node(v[g] * unit[j] + v[s], slopes))
        return result

    def leaves(self, array):
        """An array as nested lists of nodes."""
        if np.ndim(array) == 0:
            return self.node(self.number(float(array)))
        return [self.leaves(part) for part in array]

    def adjoints(self, seeds):
        """∂L/∂ of every node for L = Σ seed · node."""
        d = [self.number(0)] * len(self.values)
        for node, seed in seeds:
            d[node] += seed
        for k in range(len(d) - 1, -1, -1):
            for parent, slope in self.parents[k]:
                d[parent] += d[k] * slope
        return d


def run_layer(net, w, layer, xs):
    """One layer for a list of steps: (outputs, shares of attention by head, query, key)."""
    heads, E = layer.heads, len(xs[0])
    d = E // heads
    root = net.number(1) / net.number(d) ** (net.number(1) / 2)

    def before(rows, k):
        scale, shift = w.get(f"scale_{k}"), w.get(f"shift_{k}")
        return [net.normalise(r, scale, shift) for r in rows] if layer.norm == "pre" else rows

    def after(rows, old, k):
        if layer.residual:
            rows = [net.add(a, b) for a, b in zip(old, rows, strict=True)]
        if layer.norm == "post":
            rows = [net.normalise(r, w[f"scale_{k}"], w[f"shift_{k}"]) for r in rows]
        return rows

    read = before(xs, 1)
    q, k, v = ([net.affine(w[f"W_{n}"], w[f"b_{n}"], r) for r in read] for n in "qkv")
    mixed, shares = [[] for _ in xs], [[] for _ in range(heads)]
    for h in range(heads):
        part = slice(h * d, (h + 1) * d)
        for s in range(len(xs)):
            seen = range(s + 1 if layer.causal else len(xs))
            a = net.softmax([net.dot(q[s][part], k[t][part], root) for t in seen])
            shares[h].append([net.values[i] for i in a] + [net.number(0)] * (len(xs) - len(a)))
            mixed[s] += net.mix(a, [v[t][part] for t in seen])
    middle = after([net.affine(w["W_o"], w["b_o"], m) for m in mixed], xs, 1)
    if "W_1" not in w:
        return middle, shares
    hidden = [net.relu(net.affine(w["W_1"], w["b_1"], r)) for r in before(middle, 2)]
    return after([net.affine(w["W_2"], w["b_2"], r) for r in hidden], middle, 2), shares


def run(case, number=float, exponent=None):
    """(output (T, B, E), shares by layer (B, heads, T, T), gradients by name) from scalar loops."""
    weights, (T, B, _) = case.weights, case.x.shape
    output, shares, gradients = [], [], {}
    for b in range(B):
        net = Scalars(number)
        w = {name: net.leaves(array) for name, array in named_arrays(weights).items()}
        x = net.leaves(case.x[:, b])
        rows = x if weights.W_in is None else [net.affine(w["W_in"], w["b_in"], r) for r in x]
        if weights.positions == "sinusoidal":
            rows = [net.add(r, net.leaves(position(t, len(r)))) for t, r in enumerate(rows)]
        own = []
        for k, layer in enumerate(weights.layers, 1):
            names = {n.rsplit("_", 1)[0]: v for n, v in w.items() if n.endswith(f"_{k}")}
            rows, a = run_layer(net, names, layer, rows)
            own.append(a)
        seeds = [
            (rows[t][j], number(float(case.dh[t, b, j])) * power(number, exponent, t, b))
            for t, j in np.ndindex(T, len(rows[0]))
        ]
        d = net.adjoints(seeds)
        output.append([[net.values[i] for i in row] for row in rows])
        shares.append(own)
        for name, nodes in {**w, "x": x}.items():
            found = np.vectorize(lambda i, d=d: d[i], otypes=[object])(np.array(nodes))
            gradients.setdefault(name, []).append(found)
    total = {name: sum(parts) for name, parts in gradients.items() if name != "x"}
    total["x"] = np.stack(gradients["x"], axis=1)
    return np.array(output).swapaxes(0, 1), np.array(shares).swapaxes(0, 1), total


def power(number, exponent, t, b):
    """2**exponent, of what enters at one step."""
    return number(1) if exponent is None else number(2) ** int(exponent[t, b])


def position(t, width):
    """sin and cos in turn, for position t from 0."""
    return [
        (math.sin if j % 2 == 0 else math.cos)(t / 10000 ** (2 * (j // 2) / width))
        for j in range(width)
    ]


def log10_norms(vectors):
    """log10 norms along the last axis of an object array of Decimals."""
    return np.apply_along_axis(oracle.log10_norm, -1, vectors).astype(float)


def drawn_views(rng):
    """Any setting of self-attention on a short input: H from 1, every form, scales from 0."""
    H = int(rng.integers(1, 5))
    spec = lv.ModelSpec(
        "attention", 2, H,
        layers=int(rng.integers(1, 4)),
        heads=int(rng.choice([n for n in (1, 2, 3, 4) if H % n == 0])),
        causal=bool(rng.integers(2)),
        positions=str(rng.choice(["sinusoidal", "none"])),
        residual=bool(rng.integers(2)),
        norm=str(rng.choice(["none", "pre", "post"])),
        feed_forward=int(rng.choice([0, 4 * H])),
        init=str(rng.choice(["pytorch", "gaussian", "orthogonal", "identity"])),
        gain=float(rng.choice([0, 1, 4])),
        seed=int(rng.integers(99)),
    )  # fmt: skip
    x = float(rng.choice([0, 1e-3, 1, 1000])) * lv.white_noise(int(rng.integers(1, 7)), 2)
    return attention_views(lv.init_weights(spec), x, lv.unit_probe(H))
