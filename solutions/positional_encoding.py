"""Positional encodings: fixed (Vaswani et al. 2017, section 3.5) and learned (Devlin et al. 2018)."""

import torch
from torch import Tensor, nn


def sinusoidal_encoding(max_len: int, d_model: int) -> Tensor:
    """Return the table of sines and cosines. See `exercises/positional_encoding.py` for the contract."""
    if d_model % 2:
        raise ValueError(f"d_model must be even, not {d_model}")
    position = torch.arange(max_len, dtype=torch.float64)  # float64: large angles lose digits in float32
    even = torch.arange(0, d_model, 2, dtype=torch.float64)  # 2i = 0, 2, 4, …
    angle = position.unsqueeze(1) / 10000 ** (even / d_model)  # (max_len, d_model / 2)
    table = torch.empty(max_len, d_model)
    table[:, 0::2] = torch.sin(angle)
    table[:, 1::2] = torch.cos(angle)
    return table


class LearnedPositionalEncoding(nn.Module):
    """Add a learned vector for each position."""

    def __init__(self, max_len: int, d_model: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(max_len, d_model)

    def forward(self, x: Tensor) -> Tensor:
        length = x.size(1)
        max_len = self.embedding.num_embeddings
        if length > max_len:
            raise ValueError(f"{length} positions, but only {max_len} have a vector")
        positions = torch.arange(length, device=x.device)  # (T,)
        return x + self.embedding(positions)  # (N, T, d_model) + (T, d_model)
