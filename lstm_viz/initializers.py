"""The laws that initial weights are drawn from.

Each matrix has a random stream of its own, derived from the spec's seed, so that a change of gain,
forget bias or input size leaves the other draws as they are.
"""

from typing import TYPE_CHECKING

import numpy as np

from lstm_viz.errors import SpecError
from lstm_viz.spec import ModelSpec

if TYPE_CHECKING:
    from lstm_viz.cells.architecture import Gate

Array = np.ndarray


def draw(
    spec: ModelSpec, gates: "tuple[Gate, ...]", stream: tuple[int, ...] = ()
) -> tuple[Array, Array, Array]:
    """Draw W, U and b for a cell with these gates, stacked in the order given.

        init          W entries          U, for each gate          b
        pytorch       U(±1/√H)           U(±1/√H)                  sum of two U(±1/√H)
        gaussian      N(0, 1/D)          N(0, 1/H)                 0
        xavier        U(±√(6/(D+H)))     U(±√(6/(H+H)))            0
        orthogonal    as xavier          Haar-distributed          0
        identity      as xavier          identity                  0
        chrono        as pytorch         as pytorch                ±ln U[1, t_max−1]

    then U is multiplied by `spec.gain`, and `spec.forget_bias` added to the bias of the gate that
    keeps the state, such as an LSTM's f and a GRU's z. Where none keeps, 1 − the gate that writes
    does, and the bias is taken from that one's. Under chrono, which has no forget bias, b of what
    keeps is drawn so, and b of what writes is the negative of the same.

    Parameters
    ----------
    gates : of cells/architecture.py, with their roles; one candidate for a cell without gates
    stream : tells the random streams of a net's parts apart, such as those of its layers

    Returns
    -------
    W (G·H, D), U (G·H, H), b (G·H,) for G gates, in the spec's dtype; U has no rows for those that
    are not recurrent.

    Raises
    ------
    SpecError
        If "chrono" is asked of a cell without a gate that keeps or writes the state.

    References
    ----------
    pytorch: torch.nn.RNN and torch.nn.LSTM, whose two biases are summed into one here. xavier:
    Glorot & Bengio (2010). orthogonal: Saxe, McClelland & Ganguli (2014). identity: Le, Jaitly &
    Hinton (2015), who draw W from N(0, 0.001²); Glorot's law is used here so that the input is
    seen. chrono: Tallec & Ollivier (2018); their other biases are 0.
    """
    D, H = spec.input_size, spec.hidden_size
    W = np.concatenate(
        [_input_matrix(spec, random(spec, 0, k, *stream), (H, D)) for k in range(len(gates))]
    )
    recurrent = [k for k, gate in enumerate(gates) if gate.recurrent]
    U = np.concatenate(
        [np.empty((0, H))]
        + [_recurrent_matrix(spec, random(spec, 1, k, *stream), H) for k in recurrent]
    )
    b = _biases(spec, gates, stream)
    with np.errstate(over="ignore"):  # the cells refuse infinite weights, and say which
        W, U, b = (array.astype(spec.dtype) for array in (W, spec.gain * U, b))
    return W, U, b


def random(spec: ModelSpec, *path: int) -> np.random.Generator:
    """A stream of its own; by spawn key, so that none is that of a plain `default_rng(seed)`."""
    return np.random.default_rng(np.random.SeedSequence(spec.seed, spawn_key=path))


def _input_matrix(spec: ModelSpec, rng: np.random.Generator, shape: tuple[int, int]) -> Array:
    H, D = shape
    match spec.init:
        case "pytorch" | "chrono":
            return rng.uniform(-1, 1, shape) / np.sqrt(H)
        case "gaussian":
            return rng.normal(size=shape) / np.sqrt(D)
        case _:
            return rng.uniform(-1, 1, shape) * np.sqrt(6 / (D + H))


def _recurrent_matrix(spec: ModelSpec, rng: np.random.Generator, H: int) -> Array:
    match spec.init:
        case "pytorch" | "chrono":
            return rng.uniform(-1, 1, (H, H)) / np.sqrt(H)
        case "gaussian":
            return rng.normal(size=(H, H)) / np.sqrt(H)
        case "xavier":
            return rng.uniform(-1, 1, (H, H)) * np.sqrt(6 / (H + H))
        case "orthogonal":
            return random_orthogonal(H, rng)
        case "identity":
            return np.eye(H)
    raise SpecError("no-law", init=repr(spec.init))


def linear_matrix(spec: ModelSpec, rng: np.random.Generator, shape: tuple[int, int]) -> Array:
    """Draw the (outputs, inputs) matrix of a linear map, as W is drawn.

    pytorch: U(±1/√inputs), as torch.nn.Linear. A square matrix is Haar-distributed under
    "orthogonal" and the identity under "identity".

    Raises
    ------
    SpecError
        Under "chrono", which is a law of gate biases.
    """
    rows, columns = shape
    match spec.init:
        case "pytorch":
            return rng.uniform(-1, 1, shape) / np.sqrt(columns)
        case "gaussian":
            return rng.normal(size=shape) / np.sqrt(columns)
        case "orthogonal" if rows == columns:
            return random_orthogonal(rows, rng)
        case "identity" if rows == columns:
            return np.eye(rows)
        case "xavier" | "orthogonal" | "identity":
            return rng.uniform(-1, 1, shape) * np.sqrt(6 / (rows + columns))
    raise SpecError("no-gate-that-keeps", init=repr(spec.init), cell=repr(spec.cell))


def random_orthogonal(n: int, rng: np.random.Generator) -> Array:
    """Draw an orthogonal (n, n) matrix uniformly (Haar): QR of a Gaussian, signs fixed by R."""
    Q, R = np.linalg.qr(rng.normal(size=(n, n)))
    return Q * np.where(np.diag(R) < 0, -1.0, 1.0)


def two_biases(spec: ModelSpec, k: int, stream: tuple[int, ...] = ()) -> Array:
    """PyTorch's two biases of the k-th gate, (2, H): of the input and of the recurrent product."""
    H = spec.hidden_size
    return random(spec, 2, k, *stream).uniform(-1, 1, (2, H)) / np.sqrt(H)


def _biases(spec: ModelSpec, gates: "tuple[Gate, ...]", stream: tuple[int, ...]) -> Array:
    H, roles = spec.hidden_size, [gate.role for gate in gates]
    b = np.zeros((len(gates), H))
    if spec.init == "pytorch":
        b = np.array([two_biases(spec, k, stream).sum(axis=0) for k in range(len(gates))])
    if spec.init == "chrono":
        signs = [{"keeps": 1, "writes": -1}.get(role, 0) for role in roles]
        if not any(signs):
            raise SpecError("no-gate-that-keeps", init=repr(spec.init), cell=repr(spec.cell))
        kept = np.log(random(spec, 2, *stream).uniform(1, spec.t_max - 1, H))
    else:
        keeper, sign = ("keeps", 1) if "keeps" in roles else ("writes", -1)
        signs, kept = [sign * (role == keeper) for role in roles], spec.forget_bias
    return (b + np.outer(signs, np.broadcast_to(kept, H))).ravel()
