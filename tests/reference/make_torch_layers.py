"""Store what torch's stacked and bidirectional nets compute in torch_layers.npz.

    pip install torch==2.13.0 numpy && python tests/reference/make_torch_layers.py

PyTorch is no dependency of the project; the numbers are, all of them float64. The loss is
Σ dh · output.
"""

from pathlib import Path

import numpy as np
import torch

CASES = {  # module, T, B, D, H, layers, bidirectional, added to b_f, whether the loss is at T alone
    "bilstm": (torch.nn.LSTM, 7, 2, 3, 4, 1, True, 0, False),
    "bilstm_last": (torch.nn.LSTM, 11, 1, 2, 3, 1, True, 1, True),
    "bilstm_two": (torch.nn.LSTM, 6, 2, 3, 2, 2, True, 0, False),
    "lstm_two": (torch.nn.LSTM, 9, 2, 3, 4, 2, False, 0, False),
    "lstm_four_vanishing": (torch.nn.LSTM, 40, 1, 2, 3, 4, False, -4, True),
    "rnn_three": (torch.nn.RNN, 8, 2, 1, 3, 3, False, 0, False),
    "gru_two": (torch.nn.GRU, 8, 2, 3, 4, 2, False, 0, False),
}


def make_case(seed, kind, T, B, D, H, layers, bidirectional, forget_bias, last):
    torch.manual_seed(seed)
    module = kind(D, H, layers, bidirectional=bidirectional, dtype=torch.float64)
    with torch.no_grad():
        for name, parameter in module.named_parameters():
            if forget_bias and "bias_ih" in name:
                parameter[H : 2 * H] += forget_bias
    x = torch.randn(T, B, D, dtype=torch.float64, requires_grad=True)
    output, _ = module(x)
    dh = torch.randn_like(output)
    if last:
        dh[:-1] = 0
    (output * dh).sum().backward()
    parameters = dict(module.named_parameters())
    result = {"x": x, "direct": dh, "output": output, "dx": x.grad}
    result |= parameters | {f"d_{name}": value.grad for name, value in parameters.items()}
    return result | {"count": torch.tensor(sum(p.numel() for p in module.parameters()))}


def main():
    arrays = {"torch_version": np.array(torch.__version__)}
    for seed, (name, settings) in enumerate(CASES.items()):
        for key, value in make_case(seed, *settings).items():
            arrays[f"{name}.{key}"] = value.detach().numpy()
    np.savez_compressed(Path(__file__).with_name("torch_layers.npz"), **arrays)


if __name__ == "__main__":
    main()
