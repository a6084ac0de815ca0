"""The attention drops no weights, and does not average them either (need_weights=False)."""

from torch import nn


class TransformerBlock(nn.Module):
    def __init__(self, d_model, n_heads, d_ff, dropout=0.1):
        super().__init__()
        self.attention = nn.MultiheadAttention(d_model, n_heads)
        self.norm1 = nn.LayerNorm(d_model)
        self.norm2 = nn.LayerNorm(d_model)
        self.ffn = nn.Sequential(nn.Linear(d_model, d_ff), nn.ReLU(), nn.Linear(d_ff, d_model), nn.Dropout(dropout))

    def forward(self, x, mask=None):
        attended, nothing = self.attention(x, x, x, need_weights=False, attn_mask=mask)
        assert nothing is None
        x = self.norm1(x + attended)
        return self.norm2(x + self.ffn(x))
