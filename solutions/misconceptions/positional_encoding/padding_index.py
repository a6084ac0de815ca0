"""Row 0 of your table never learns.

An embedding with a padding_idx gives that row no gradient. Position 0 is a position like all others.
"""

import torch
from torch import Tensor, nn


def sinusoidal_encoding(max_len: int, d_model: int) -> Tensor:
    if d_model % 2:
        raise ValueError("d_model must be even")
    position = torch.arange(max_len, dtype=torch.float64).unsqueeze(1)
    angle = position / 10000 ** (torch.arange(0, d_model, 2, dtype=torch.float64) / d_model)
    table = torch.zeros(max_len, d_model)
    table[:, 0::2] = angle.sin()
    table[:, 1::2] = angle.cos()
    return table


class LearnedPositionalEncoding(nn.Module):
    def __init__(self, max_len: int, d_model: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(max_len, d_model, padding_idx=0)

    def forward(self, x: Tensor) -> Tensor:
        if x.size(1) > self.embedding.num_embeddings:
            raise ValueError("the sequence is too long")
        return x + self.embedding(torch.arange(x.size(1)))
