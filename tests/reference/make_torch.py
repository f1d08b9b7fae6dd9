"""Make torch_recurrent.npz, the numbers from PyTorch that tests/cells/test_against_torch.py reads.

    python tests/reference/make_torch.py          (torch 2.13.0 on a CPU, float64)

The fused nn.RNN and nn.LSTM give the outputs and the gradients of x, h0, c0 and the parameters. The
gradient of each step's state is what a loop written out over the steps gives by retain_grad(); the
script stops unless loop and fused module agree.
"""

from pathlib import Path

import numpy as np
import torch

CASES = {  # cell, T, B, D, H, nonlinearity, forget bias, probe
    "tanh": ("rnn", 6, 2, 3, 4, "tanh", 0, "every"),
    "relu": ("rnn", 6, 2, 3, 4, "relu", 0, "every"),
    "tanh_last": ("rnn", 40, 1, 2, 3, "tanh", 0, "last"),
    "relu_middle": ("rnn", 9, 3, 1, 2, "relu", 0, 5),
    "tanh_ones": ("rnn", 3, 1, 1, 1, "tanh", 0, "last"),
    "lstm": ("lstm", 6, 2, 3, 4, None, 0, "every"),
    "lstm_last": ("lstm", 12, 3, 2, 5, None, 1, "last"),
    "lstm_middle": ("lstm", 9, 1, 3, 2, None, 1, 5),
    "lstm_ones": ("lstm", 3, 1, 1, 1, None, 0, "last"),
    "lstm_vanishing": ("lstm", 60, 2, 3, 4, None, -4, "last"),
}
GATES = ("i", "f", "g", "o")


def make_module(cell, D, H, nonlinearity, forget_bias):
    options = {"nonlinearity": nonlinearity} if cell == "rnn" else {}
    module = (torch.nn.RNN if cell == "rnn" else torch.nn.LSTM)(
        D, H, dtype=torch.float64, **options
    )
    if cell == "lstm":
        with torch.no_grad():
            module.bias_ih_l0[H : 2 * H] += forget_bias
    return module


def fused(module, x, states, dh):
    """Output and gradients of x, the initial states and the parameters."""
    x, *states = (v.clone().requires_grad_() for v in (x, *states))
    initial = tuple(s[None] for s in states) if len(states) == 2 else states[0][None]
    output, _ = module(x, initial)
    (output * dh).sum().backward()
    result = {"output": output, "dx": x.grad, "dh0": states[0].grad}
    if len(states) == 2:
        result["dc0"] = states[1].grad
    result |= {"dW": module.weight_ih_l0.grad, "dU": module.weight_hh_l0.grad}
    return result | {"db": module.bias_ih_l0.grad}


def written_out(module, x, states, dh):
    """The same by a loop: total gradients of every state, pre-activation and input."""
    W, U = (p.detach().clone().requires_grad_() for p in (module.weight_ih_l0, module.weight_hh_l0))
    b = (module.bias_ih_l0 + module.bias_hh_l0).detach().requires_grad_()
    x = x.clone().requires_grad_()
    kept = {"h": [states[0].clone().requires_grad_()], "a": []}
    if len(states) == 2:
        kept["c"] = [states[1].clone().requires_grad_()]
    for x_t in x:
        a = x_t @ W.T + kept["h"][-1] @ U.T + b
        kept["a"].append(a)
        if len(states) == 2:
            i, f, g, o = a.chunk(4, dim=-1)
            c = torch.sigmoid(f) * kept["c"][-1] + torch.sigmoid(i) * torch.tanh(g)
            kept["c"].append(c)
            kept["h"].append(torch.sigmoid(o) * torch.tanh(c))
        else:
            kept["h"].append(getattr(torch, module.nonlinearity)(a))
    for values in kept.values():
        for value in values:
            value.retain_grad()
    (torch.stack(kept["h"][1:]) * dh).sum().backward()
    zero = torch.zeros_like
    result = {
        f"d{name}": torch.stack([zero(v) if v.grad is None else v.grad for v in values])
        for name, values in kept.items()
    }
    result |= {name: torch.stack(values) for name, values in kept.items()}
    return result | {"dx": x.grad, "dW": W.grad, "dU": U.grad, "db": b.grad}


def assert_same(name, a, b):
    """Agreement of each step's vector relative to its own norm."""
    error = torch.linalg.norm(a - b, dim=-1) / torch.linalg.norm(b, dim=-1).clamp_min(1e-300)
    assert error.max() < 1e-11, f"{name}: loop and fused module differ by {error.max():.3g}"


def make_case(seed, cell, T, B, D, H, nonlinearity, forget_bias, probe):
    torch.manual_seed(seed)
    module = make_module(cell, D, H, nonlinearity, forget_bias)
    x, dh = torch.randn(T, B, D, dtype=torch.float64), torch.randn(T, B, H, dtype=torch.float64)
    states = [torch.randn(B, H, dtype=torch.float64) for _ in range(2 if cell == "lstm" else 1)]
    if probe != "every":
        dh[torch.arange(1, T + 1) != (T if probe == "last" else probe)] = 0
    by_module, by_loop = fused(module, x, states, dh), written_out(module, x, states, dh)
    for name in ("dx", "dW", "dU", "db"):
        assert_same(name, by_loop[name], by_module[name])
    assert_same("h0", by_loop["dh"][0], by_module["dh0"])
    assert_same("output", by_loop["h"][1:], by_module["output"])
    given = {"x": x, "direct": dh, "W": module.weight_ih_l0, "U": module.weight_hh_l0}
    given["b"] = module.bias_ih_l0 + module.bias_hh_l0
    return given | by_loop | {k: by_module[k] for k in ("dx", "dW", "dU", "db")}


def main():
    arrays = {}
    for seed, (name, settings) in enumerate(CASES.items()):
        for key, value in make_case(seed, *settings).items():
            arrays[f"{name}.{key}"] = value.detach().numpy()
    arrays["torch_version"] = np.array(torch.__version__)
    np.savez_compressed(Path(__file__).with_name("torch_recurrent.npz"), **arrays)


if __name__ == "__main__":
    main()
