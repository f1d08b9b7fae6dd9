"""Store what torch computes of padded batches in torch_padded.npz.

    pip install torch==2.13.0 numpy && python tests/reference/make_torch_padded.py

Recurrent nets read packed sequences (pack_padded_sequence), self-attention has a key_padding_mask.
The loss is Σ dh · output over each sequence's own steps, or ⟨v, output⟩ at its own last one.
All numbers are float64.
"""

from pathlib import Path

import numpy as np
import torch
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

CASES = {  # module, lengths, D, H, layers, bidirectional, whether the loss is at the last step
    "rnn": (torch.nn.RNN, [3, 9, 1, 6], 2, 3, 1, False, False),
    "lstm": (torch.nn.LSTM, [9, 4, 1, 7], 2, 3, 1, False, False),
    "lstm_last": (torch.nn.LSTM, [5, 30, 12], 2, 3, 1, False, True),
    "lstm_two": (torch.nn.LSTM, [2, 8, 5], 3, 2, 2, False, False),
    "bilstm": (torch.nn.LSTM, [9, 4, 1, 7], 2, 3, 1, True, False),
    "bilstm_last": (torch.nn.LSTM, [5, 30, 12], 2, 3, 1, True, True),
    "bilstm_two": (torch.nn.LSTM, [2, 8, 5], 3, 2, 2, True, False),
    "attention": (torch.nn.MultiheadAttention, [5, 2, 7], 4, 2, 1, False, False),
}


def run(net, x, lengths):
    """Output (T, B, O), 0 in padding but for self-attention."""
    if isinstance(net, torch.nn.MultiheadAttention):
        padding = torch.arange(len(x)) >= torch.tensor(lengths)[:, None]
        return net(x, x, x, key_padding_mask=padding)[0]
    packed = pack_padded_sequence(x, lengths, enforce_sorted=False)
    return pad_packed_sequence(net(packed)[0])[0]


def make_case(seed, kind, lengths, D, H, layers, bidirectional, last):
    torch.manual_seed(seed)
    options = {"num_layers": layers, "bidirectional": bidirectional}
    options = {} if kind is torch.nn.MultiheadAttention else options
    net = kind(D, H, **options, dtype=torch.float64)
    x = torch.randn(max(lengths), len(lengths), D, dtype=torch.float64, requires_grad=True)
    output = run(net, x, lengths)
    direct = torch.randn_like(output)
    step = torch.arange(len(x))[:, None]
    ends = torch.tensor(lengths)
    direct = torch.where((step < ends)[..., None], direct, 0)
    if last:
        direct = torch.where((step == ends - 1)[..., None], direct[0, 0], 0)
    (output * direct).sum().backward()
    parameters = dict(net.named_parameters())
    result = {"x": x, "direct": direct, "output": output, "dx": x.grad, "lengths": ends}
    return result | parameters | {f"d_{name}": value.grad for name, value in parameters.items()}


def main():
    arrays = {"torch_version": np.array(torch.__version__)}
    for seed, (name, settings) in enumerate(CASES.items()):
        for key, value in make_case(seed, *settings).items():
            arrays[f"{name}.{key}"] = value.detach().numpy()
    np.savez_compressed(Path(__file__).with_name("torch_padded.npz"), **arrays)


if __name__ == "__main__":
    main()
