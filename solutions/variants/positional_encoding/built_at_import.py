"""Builds a large table of angles at import, prints, and takes its arguments as *args and **kwargs."""

import torch
from torch import nn

POSITIONS = torch.arange(6000, dtype=torch.float64)
print(f"{len(POSITIONS)} positions")


def sinusoidal_encoding(*args, **kwargs):
    sizes = dict(zip(("max_len", "d_model"), args, strict=False)) | kwargs
    max_len, d_model = sizes["max_len"], sizes["d_model"]
    if d_model % 2 != 0:
        raise ValueError("odd")
    positions = POSITIONS[:max_len] if max_len <= 6000 else torch.arange(max_len, dtype=torch.float64)
    angle = torch.stack([positions / 10000 ** (2 * i / d_model) for i in range(d_model // 2)], dim=1)
    return torch.stack([angle.sin(), angle.cos()], dim=-1).flatten(1).float()


class LearnedPositionalEncoding(nn.Module):
    def __init__(self, max_len, d_model, **ignored):
        super().__init__()
        self.embedding = nn.Embedding(max_len, d_model)

    def forward(self, x, *ignored):
        _, length, _ = x.shape
        try:
            rows = self.embedding(torch.arange(length, device=x.device))
        except IndexError as error:
            raise ValueError("too long") from error
        return torch.add(rows, x)
