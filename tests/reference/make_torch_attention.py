"""Make torch_attention.npz, numbers from PyTorch for tests/cells/test_attention_against_torch.py.

    python tests/reference/make_torch_attention.py      (torch 2.13.0 on a CPU, float64)

nn.MultiheadAttention(x, x, x) gives output, weights of each head and gradients; one or more
nn.TransformerEncoderLayers without dropout give output and gradients. Parameters stand under
PyTorch's names, layers counted from 0.
"""

from pathlib import Path

import numpy as np
import torch

CASES = {  # T, B, E, heads, causal, norm first (None: attention alone), feed-forward, layers
    "bare": (5, 2, 6, 2, False, None, 0, 1),
    "bare_causal": (7, 1, 8, 8, True, None, 0, 1),
    "bare_one": (1, 1, 1, 1, False, None, 0, 1),
    "bare_long": (40, 1, 4, 1, False, None, 0, 1),
    "encoder": (6, 2, 4, 2, False, False, 16, 1),
    "encoder_causal": (6, 2, 6, 3, True, False, 24, 1),
    "encoder_pre": (4, 3, 4, 1, True, True, 16, 1),
    "encoder_two": (5, 1, 4, 2, False, False, 7, 2),
    "encoder_pre_three": (5, 2, 6, 2, False, True, 24, 3),
}


def make_layer(E, heads, norm_first, feed_forward):
    if norm_first is None:
        return torch.nn.MultiheadAttention(E, heads, dtype=torch.float64)
    return torch.nn.TransformerEncoderLayer(
        E, heads, feed_forward, dropout=0.0, norm_first=norm_first, dtype=torch.float64
    )


def make_case(seed, T, B, E, heads, causal, norm_first, feed_forward, layers):
    torch.manual_seed(seed)
    net = torch.nn.ModuleList(make_layer(E, heads, norm_first, feed_forward) for _ in range(layers))
    with torch.no_grad():
        for parameter in net.parameters():  # biases and norms too, and scores of some size
            parameter += 0.3 * torch.randn_like(parameter)
    x = torch.randn(T, B, E, dtype=torch.float64, requires_grad=True)
    direct = torch.randn(T, B, E, dtype=torch.float64)
    mask = torch.nn.Transformer.generate_square_subsequent_mask(T, dtype=torch.float64)
    mask = mask if causal else None
    y, result = x, {"x": x, "direct": direct}
    for layer in net:
        if norm_first is None:
            y, result["weights"] = layer(y, y, y, attn_mask=mask, average_attn_weights=False)
        else:
            y = layer(y, src_mask=mask)
    (y * direct).sum().backward()
    result |= {"output": y, "dx": x.grad}
    for name, parameter in net.named_parameters():
        result |= {f"p_{name}": parameter, f"d_{name}": parameter.grad}
    form = [heads, causal, -1 if norm_first is None else norm_first, layers]
    return result | {"form": torch.tensor(form)}


def main():
    arrays = {}
    for seed, (name, settings) in enumerate(CASES.items()):
        for key, value in make_case(seed, *settings).items():
            arrays[f"{name}/{key}"] = value.detach().numpy()
    arrays["torch_version"] = np.array(torch.__version__)
    np.savez_compressed(Path(__file__).with_name("torch_attention.npz"), **arrays)


if __name__ == "__main__":
    main()
