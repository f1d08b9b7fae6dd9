"""Every number of one step and one unit of a GRU: what flows forward, and what comes back."""

from dataclasses import dataclass

import numpy as np

from lstm_viz.analysis.step_record import (
    Neuron,
    Place,
    Scalar,
    Step,
    check_place,
    entry,
    number,
    plus,
    read_neuron,
    sent_back,
    shared,
    times,
)
from lstm_viz.cells.gru import GRU, GRUGradients, GRUTrace, GRUWeights
from lstm_viz.cells.range import exact
from lstm_viz.logscale import Scaled


@dataclass(frozen=True)
class Candidate(Neuron):
    """One unit of the candidate n, whose past passes the reset gate: a = Wx + r·q + b.

    b_q, q : q = Uh + b_q, what the past offers the candidate
    rq : r·q, what the reset gate lets through
    dq : ∂L/∂q = r · ∂L/∂a, which is what U_n sends back: here `sent` is (U_nᵀ ∂L/∂q)_j
    """

    b_q: float
    q: float
    rq: float
    dq: Scalar


@dataclass(frozen=True, repr=False)
class GRUStep(Step):
    """Step t of one unit of a GRU: h_t = new · n + z · h_{t−1}.

    new : 1 − z_t, accurate where z_t rounds to 1
    gap : h_{t−1} − n_t, accurate where both round to 1
    dh_kept : z_t · ∂L/∂h_t, what goes back to h_{t−1} past the gates
    dh_via_gates : what goes back through r, z and n, the sum of their `sent`; dh_sent = dh_kept +
        dh_via_gates
    """

    cell = GRU.name
    r: Neuron
    z: Neuron
    n: Candidate
    new: float
    gap: float
    dh_kept: Scalar
    dh_via_gates: Scalar


@np.errstate(over="ignore", invalid="ignore")  # a net that blew up is shown as it is
def gru_step(
    weights: GRUWeights,
    trace: GRUTrace,
    grads: GRUGradients,
    step: int,
    unit: int,
    sequence: int = 0,
) -> GRUStep:
    """Return every number of step t = `step` (1 … T) of one unit (from 0) of a GRU.

    Raises
    ------
    SpecError
        If step, unit or sequence lies outside the run; the message has the range.
    """
    t, b, j = place = check_place(trace, step, unit, sequence)
    full = exact(trace)
    dq = grads.scaled["a_n"] * full.r
    dU = [grads.scaled["a_r"], grads.scaled["a_z"], dq]  # the gradients of what U's rows give

    def kept(s: int) -> Scalar:
        return times(entry(grads.scaled["h"], s, b, j), number(full.z[s - 1, b, j]))

    def via_gates(s: int) -> Scalar:
        return sent_back(weights.U, dU, s, b, j)

    H = trace.h.shape[-1]
    r, z = (
        read_neuron(weights, trace, grads, k, "sigmoid", place, GRU.gate_names.index(k) * H)
        for k in "rz"
    )
    return GRUStep(
        **shared(trace, grads, lambda s: plus(kept(s), via_gates(s)), place),
        r=r,
        z=z,
        n=_candidate(weights, trace, grads, dq, place),
        h=number(full.h[t, b, j]),
        h_prev=number(full.h[t - 1, b, j]),
        new=number(full.new[t - 1, b, j]),
        gap=number(full.gap(t - 1, t)[0, b, j]),
        dh_kept=kept(t),
        dh_via_gates=via_gates(t),
    )


def _candidate(
    weights: GRUWeights, trace: GRUTrace, grads: GRUGradients, dq: Scaled, place: Place
) -> Candidate:
    t, b, j = place
    row = GRU.gate_names.index("n") * trace.h.shape[-1]
    plain = dict(vars(read_neuron(weights, trace, grads, "n", "tanh", place, row)))
    plain["sent"] = sent_back(weights.U[row:], [dq], t, b, j)
    full = exact(trace)
    q = number(full.q[t - 1, b, j])
    return Candidate(
        **plain,
        b_q=float(weights.b_q[j]),
        q=q,
        rq=number(full.r[t - 1, b, j] * full.q[t - 1, b, j]),
        dq=entry(dq, t - 1, b, j),
    )
