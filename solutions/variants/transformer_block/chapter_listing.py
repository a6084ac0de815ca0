"""The chapter's listing: built in the order of the data, one sum and one norm after the other."""

import torch.nn as nn


class TransformerBlock(nn.Module):
    def __init__(self, d_model, n_heads, d_ff, dropout=0.1):
        super().__init__()
        self.attention = nn.MultiheadAttention(d_model, n_heads, dropout)
        self.norm1 = nn.LayerNorm(d_model)
        self.ffn = nn.Sequential(
            nn.Linear(d_model, d_ff),
            nn.ReLU(),
            nn.Linear(d_ff, d_model),
            nn.Dropout(dropout),
        )
        self.norm2 = nn.LayerNorm(d_model)

    def forward(self, x, mask=None):
        out, weights = self.attention(x, x, x, attn_mask=mask)
        x = x + out
        x = self.norm1(x)
        x = x + self.ffn(x)
        x = self.norm2(x)
        return x
