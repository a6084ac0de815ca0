"""A class of its own for "add, then norm", and a subclass of nn.Sequential for the feed-forward network."""

from torch import nn


class FeedForward(nn.Sequential):
    def __init__(self, width, hidden, p):
        super().__init__(nn.Linear(width, hidden), nn.ReLU(inplace=True), nn.Linear(hidden, width), nn.Dropout(p))


class AddAndNorm(nn.LayerNorm):
    def forward(self, x, branch=0):
        return super().forward(x + branch)


class TransformerBlock(nn.Module):
    def __init__(self, d_model, n_heads, d_ff, dropout=0.1):
        super().__init__()
        self.add_module("norm1", AddAndNorm(d_model))
        self.add_module("norm2", AddAndNorm(d_model))
        self.add_module("attention", nn.MultiheadAttention(embed_dim=d_model, num_heads=n_heads, dropout=dropout))
        self.add_module("ffn", FeedForward(d_model, d_ff, dropout))

    def forward(self, x, mask=None):
        x = self.norm1(x, self.attention(x, x, x, attn_mask=mask)[0])
        return self.norm2(x, self.ffn(x))
