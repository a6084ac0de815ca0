"""You turn the mask round before the attention gets it.

The mask follows PyTorch's convention already: True is blocked in a bool mask, and a float mask is added to the scores.
Hand it on as it is.
"""

import torch
from torch import nn


class TransformerBlock(nn.Module):
    def __init__(self, d_model: int, n_heads: int, d_ff: int, dropout: float = 0.1) -> None:
        super().__init__()
        self.attention = nn.MultiheadAttention(d_model, n_heads, dropout)
        self.norm1 = nn.LayerNorm(d_model)
        self.norm2 = nn.LayerNorm(d_model)
        self.ffn = nn.Sequential(nn.Linear(d_model, d_ff), nn.ReLU(), nn.Linear(d_ff, d_model), nn.Dropout(dropout))

    def forward(self, x: torch.Tensor, mask: torch.Tensor | None = None) -> torch.Tensor:
        blocked = None if mask is None else mask == 0
        attended, _ = self.attention(x, x, x, attn_mask=blocked)
        x = self.norm1(x + attended)
        return self.norm2(x + self.ffn(x))
