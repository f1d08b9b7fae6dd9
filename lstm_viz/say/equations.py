"""One step's numbers written into the cell's equations, forward and backward."""

from functools import partial

from lstm_viz.analysis.gru_step import GRUStep
from lstm_viz.analysis.one_step import LSTMStep, RNNStep
from lstm_viz.analysis.step_record import Neuron, Scalar, Step
from lstm_viz.i18n import _
from lstm_viz.spec import check_name
from lstm_viz.words import READ, number

Term = float | Scalar

fmt = partial(number, digits=READ)


def equations(step: Step, direction: str = "forward") -> list[tuple[str, str]]:
    """Return the cell's equations as pairs: in symbols, and with the step's own numbers.

    direction : "forward", or "backward" for the chain rule. Uᵀ ∂L/∂a is a product with the
        gradients of all H units, so it stands as one number for each gate.
    """
    check_name("direction", direction, ("forward", "backward"))
    return {
        (LSTMStep, "forward"): _lstm_forward,
        (LSTMStep, "backward"): _lstm_backward,
        (GRUStep, "forward"): _gru_forward,
        (GRUStep, "backward"): _gru_backward,
        (RNNStep, "forward"): lambda s: [_activation("hₜ", "", s.neuron)],
        (RNNStep, "backward"): _rnn_backward,
    }[type(step), direction](step)


def _activation(left: str, sub: str, n: Neuron) -> tuple[str, str]:
    total = _sum(n.Wx, n.Uh, n.b)
    symbols = f"{left} = {n.phi}(W{sub} xₜ + U{sub} hₜ₋₁ + b{sub})"
    return symbols, f"{fmt(n.value)} = {n.phi}({total}) = {n.phi}({fmt(n.a)})"


def _lstm_forward(s: LSTMStep) -> list[tuple[str, str]]:
    cell = _sum((s.f.value, s.c_prev), (s.i.value, s.g.value))
    return [_activation(f"{n.name}ₜ", f"_{n.name}", n) for n in (s.f, s.i, s.o, s.g)] + [
        ("cₜ = fₜ ∘ cₜ₋₁ + iₜ ∘ gₜ", f"{fmt(s.c)} = {cell}"),
        (
            "hₜ = oₜ ∘ tanh(cₜ)",
            f"{fmt(s.h)} = {fmt(s.o.value)} · tanh({fmt(s.c)}) = {_sum((s.o.value, s.tanh_c))}",
        ),
    ]


def _lstm_backward(s: LSTMStep) -> list[tuple[str, str]]:
    factors = {  # ∂L/∂a of a gate is the product of these
        "f": ("∂L/∂cₜ ∘ cₜ₋₁ ∘ σ′(a_f)", (s.dc, s.c_prev, s.f.slope)),
        "i": ("∂L/∂cₜ ∘ gₜ ∘ σ′(a_i)", (s.dc, s.g.value, s.i.slope)),
        "o": ("∂L/∂hₜ ∘ tanh(cₜ) ∘ σ′(a_o)", (s.dh, s.tanh_c, s.o.slope)),
        "g": ("∂L/∂cₜ ∘ iₜ ∘ tanh′(a_g)", (s.dc, s.i.value, s.g.slope)),
    }
    gates = [
        (f"∂L/∂a_{k} = {symbols}", f"{fmt(getattr(s, k).da)} = {_sum(numbers)}")
        for k, (symbols, numbers) in factors.items()
    ]
    direct = _("direct")
    to_h = " + ".join(f"U_{k}ᵀ ∂L/∂a_{k}" for k in factors)
    sent = [getattr(s, k).sent for k in factors]
    dc = ("∂L/∂cₜ = ∂L/∂hₜ ∘ oₜ ∘ tanh′(cₜ)", _sum((s.dh, s.o.value, s.slope_c), s.dc_next))
    dc_prev = ("∂L/∂cₜ₋₁ = ∂L/∂cₜ ∘ fₜ", _sum((s.dc, s.f.value), s.dc_prev_via_h))
    return [
        (f"∂L/∂hₜ = {direct} + Uᵀ ∂L/∂aₜ₊₁", f"{fmt(s.dh)} = {_sum(s.dh_direct, s.dh_next)}"),
        (dc[0] + " + ∂L/∂cₜ₊₁ ∘ fₜ₊₁", f"{fmt(s.dc)} = {dc[1]}"),
        *gates,
        (dc_prev[0] + " + ∂L/∂hₜ₋₁ ∘ oₜ₋₁ ∘ tanh′(cₜ₋₁)", f"{fmt(s.dc_prev)} = {dc_prev[1]}"),
        (f"∂L/∂hₜ₋₁ = {to_h} + {direct}", f"{fmt(s.dh_prev)} = {_sum(*sent, s.dh_prev_direct)}"),
    ]


def _gru_forward(s: GRUStep) -> list[tuple[str, str]]:
    n = s.n
    total = _sum(n.Wx, (s.r.value, n.q), n.b)
    return [
        *(_activation(f"{gate.name}ₜ", f"_{gate.name}", gate) for gate in (s.r, s.z)),
        ("qₜ = U_n hₜ₋₁ + b_q", f"{fmt(n.q)} = {_sum(n.Uh, n.b_q)}"),
        (
            "nₜ = tanh(W_n xₜ + rₜ ∘ qₜ + b_n)",
            f"{fmt(n.value)} = tanh({total}) = tanh({fmt(n.a)})",
        ),
        (
            "hₜ = (1 − zₜ) ∘ nₜ + zₜ ∘ hₜ₋₁",
            f"{fmt(s.h)} = {_sum((s.new, n.value), (s.z.value, s.h_prev))}",
        ),
    ]


def _gru_backward(s: GRUStep) -> list[tuple[str, str]]:
    r, z, n, direct = s.r, s.z, s.n, _("direct")
    products = [
        ("∂L/∂a_z", "∂L/∂hₜ ∘ (hₜ₋₁ − nₜ) ∘ σ′(a_z)", z.da, (s.dh, s.gap, z.slope)),
        ("∂L/∂a_n", "∂L/∂hₜ ∘ (1 − zₜ) ∘ tanh′(a_n)", n.da, (s.dh, s.new, n.slope)),
        ("∂L/∂a_r", "∂L/∂a_n ∘ qₜ ∘ σ′(a_r)", r.da, (n.da, n.q, r.slope)),
        ("∂L/∂qₜ", "∂L/∂a_n ∘ rₜ", n.dq, (n.da, r.value)),
    ]
    later = "zₜ₊₁ ∘ ∂L/∂hₜ₊₁ + U_rᵀ ∂L/∂a_r,ₜ₊₁ + U_zᵀ ∂L/∂a_z,ₜ₊₁ + U_nᵀ ∂L/∂qₜ₊₁"
    sent = _sum((z.value, s.dh), r.sent, z.sent, n.sent, s.dh_prev_direct)
    return [
        (f"∂L/∂hₜ = {direct} + {later}", f"{fmt(s.dh)} = {_sum(s.dh_direct, s.dh_next)}"),
        *((f"{k} = {symbols}", f"{fmt(v)} = {_sum(own)}") for k, symbols, v, own in products),
        (
            f"∂L/∂hₜ₋₁ = zₜ ∘ ∂L/∂hₜ + U_rᵀ ∂L/∂a_r + U_zᵀ ∂L/∂a_z + U_nᵀ ∂L/∂qₜ + {direct}",
            f"{fmt(s.dh_prev)} = {sent}",
        ),
    ]


def _rnn_backward(s: RNNStep) -> list[tuple[str, str]]:
    n, direct = s.neuron, _("direct")
    return [
        (f"∂L/∂hₜ = {direct} + Uᵀ ∂L/∂aₜ₊₁", f"{fmt(s.dh)} = {_sum(s.dh_direct, s.dh_next)}"),
        (f"∂L/∂aₜ = ∂L/∂hₜ ∘ {n.phi}′(aₜ)", f"{fmt(n.da)} = {_sum((s.dh, n.slope))}"),
        (
            f"∂L/∂hₜ₋₁ = Uᵀ ∂L/∂aₜ + {direct}",
            f"{fmt(s.dh_prev)} = {_sum(n.sent, s.dh_prev_direct)}",
        ),
    ]


def _sum(*terms: Term | tuple[Term, ...]) -> str:
    """Write terms with + between; a tuple is a product, a later negative number gets brackets."""
    products = [term if isinstance(term, tuple) else (term,) for term in terms]
    numbers = [[fmt(x) for x in product] for product in products]
    first = numbers[0][0]
    bracketed = [[f"({x})" if x.startswith("−") else x for x in product] for product in numbers]
    bracketed[0][0] = first
    return " + ".join(" · ".join(product) for product in bracketed)
