"""A post-norm Transformer block (Vaswani et al. 2017, section 3.1)."""

import torch
from torch import nn


class TransformerBlock(nn.Module):
    """x → norm1(x + attention(x)) → norm2(x + ffn(x)). See `exercises/transformer_block.py` for the contract."""

    def __init__(self, d_model: int, n_heads: int, d_ff: int, dropout: float = 0.1) -> None:
        super().__init__()
        self.attention = nn.MultiheadAttention(d_model, n_heads, dropout=dropout)  # sequence first
        self.norm1 = nn.LayerNorm(d_model)
        self.norm2 = nn.LayerNorm(d_model)
        self.ffn = nn.Sequential(  # the same small network at every position
            nn.Linear(d_model, d_ff),
            nn.ReLU(),
            nn.Linear(d_ff, d_model),
            nn.Dropout(dropout),
        )

    def forward(self, x: torch.Tensor, mask: torch.Tensor | None = None) -> torch.Tensor:
        attended, _ = self.attention(x, x, x, attn_mask=mask)  # query, key and value are all x: (L, N, d_model)
        x = self.norm1(x + attended)  # first the residual, then the norm
        return self.norm2(x + self.ffn(x))
