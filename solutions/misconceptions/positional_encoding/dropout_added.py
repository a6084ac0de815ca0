"""You drop entries of the sum at random.

Some implementations do so, but this contract is x plus the rows, in train mode too. Leave dropout to whoever uses the encoding.
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
        self.embedding = nn.Embedding(max_len, d_model)

    def forward(self, x: Tensor) -> Tensor:
        if x.size(1) > self.embedding.num_embeddings:
            raise ValueError("the sequence is too long")
        return nn.functional.dropout(x + self.embedding.weight[: x.size(1)], 0.1, self.training)
