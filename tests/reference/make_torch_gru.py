"""Make torch_gru.npz, the numbers from PyTorch that tests/cells/test_gru_against_torch.py reads.

    python tests/reference/make_torch_gru.py          (torch 2.13.0 on a CPU, float64)

The fused nn.GRU gives the outputs and the gradients of x, h0 and the parameters. The gradients of
each step's state and pre-activations are what a loop written out over the steps gives by
retain_grad(); the script stops unless loop and fused module agree.
"""

from pathlib import Path

import numpy as np
import torch

CASES = {  # T, B, D, H, added to b_z, probe
    "every": (6, 2, 3, 4, 0, "every"),
    "last": (12, 3, 2, 5, 1, "last"),
    "middle": (9, 1, 3, 2, 1, 5),
    "ones": (3, 1, 1, 1, 0, "last"),
    "carrying": (40, 2, 3, 4, 6, "last"),
    "vanishing": (150, 2, 3, 4, -4, "last"),
}
PARAMETERS = {"W": "weight_ih_l0", "U": "weight_hh_l0", "b_ih": "bias_ih_l0", "b_hh": "bias_hh_l0"}


def parameters(module):
    return {name: getattr(module, own) for name, own in PARAMETERS.items()}


def fused(module, x, h0, dh):
    """Output and gradients of x, the initial state and the parameters."""
    x, h0 = (v.clone().requires_grad_() for v in (x, h0))
    output, _ = module(x, h0[None])
    (output * dh).sum().backward()
    result = {"output": output, "dx": x.grad, "dh0": h0.grad}
    return result | {f"d{name}": p.grad for name, p in parameters(module).items()}


def written_out(module, x, h0, dh):
    """The same by a loop: total gradients of every state, pre-activation and input."""
    own = {name: p.detach().clone().requires_grad_() for name, p in parameters(module).items()}
    x = x.clone().requires_grad_()
    kept = {"h": [h0.clone().requires_grad_()]} | {f"a_{gate}": [] for gate in "rzn"}
    for x_t in x:
        h = kept["h"][-1]
        from_x = (x_t @ own["W"].T + own["b_ih"]).chunk(3, dim=-1)
        from_h = (h @ own["U"].T + own["b_hh"]).chunk(3, dim=-1)
        a_r, a_z = from_x[0] + from_h[0], from_x[1] + from_h[1]
        a_n = from_x[2] + torch.sigmoid(a_r) * from_h[2]
        z = torch.sigmoid(a_z)
        for name, value in {"a_r": a_r, "a_z": a_z, "a_n": a_n}.items():
            kept[name].append(value)
        kept["h"].append(torch.sigmoid(-a_z) * torch.tanh(a_n) + z * h)
    for values in kept.values():
        for value in values:
            value.retain_grad()
    (torch.stack(kept["h"][1:]) * dh).sum().backward()
    result = {name: torch.stack(values) for name, values in kept.items()}
    result |= {
        f"d{name}": torch.stack([torch.zeros_like(v) if v.grad is None else v.grad for v in values])
        for name, values in kept.items()
    }
    return result | {"dx": x.grad} | {f"d{name}": p.grad for name, p in own.items()}


def assert_same(name, a, b):
    """Agreement of each step's vector relative to its own norm."""
    error = torch.linalg.norm(a - b, dim=-1) / torch.linalg.norm(b, dim=-1).clamp_min(1e-300)
    assert error.max() < 1e-10, f"{name}: loop and fused module differ by {error.max():.3g}"


def make_case(seed, T, B, D, H, update_bias, probe):
    torch.manual_seed(seed)
    module = torch.nn.GRU(D, H, dtype=torch.float64)
    with torch.no_grad():
        module.bias_ih_l0[H : 2 * H] += update_bias
    x, dh = torch.randn(T, B, D, dtype=torch.float64), torch.randn(T, B, H, dtype=torch.float64)
    h0 = torch.randn(B, H, dtype=torch.float64)
    if probe != "every":
        dh[torch.arange(1, T + 1) != (T if probe == "last" else probe)] = 0
    by_module, by_loop = fused(module, x, h0, dh), written_out(module, x, h0, dh)
    gradients = ["dx", *(f"d{name}" for name in PARAMETERS)]
    for name in gradients:
        assert_same(name, by_loop[name], by_module[name])
    assert_same("h0", by_loop["dh"][0], by_module["dh0"])
    assert_same("output", by_loop["h"][1:], by_module["output"])
    given = {"x": x, "direct": dh} | parameters(module)
    return given | by_loop | {name: by_module[name] for name in gradients}


def main():
    arrays = {"torch_version": np.array(torch.__version__)}
    for seed, (name, settings) in enumerate(CASES.items()):
        for key, value in make_case(seed, *settings).items():
            arrays[f"{name}.{key}"] = value.detach().numpy()
    np.savez_compressed(Path(__file__).with_name("torch_gru.npz"), **arrays)


if __name__ == "__main__":
    main()
