"""Keeps its parameters in modules, but calls the functional forms with them."""

import torch.nn.functional as F
from torch import nn


class TransformerBlock(nn.Module):
    def __init__(self, d_model, n_heads, d_ff, dropout=0.1):
        super().__init__()
        self.attention = nn.MultiheadAttention(d_model, n_heads, dropout)
        self.norm1 = nn.LayerNorm(d_model)
        self.norm2 = nn.LayerNorm(d_model)
        self.ffn = nn.Sequential(nn.Linear(d_model, d_ff), nn.ReLU(), nn.Linear(d_ff, d_model), nn.Dropout(dropout))

    def forward(self, x, mask=None):
        a = self.attention
        attended, _ = F.multi_head_attention_forward(
            x,
            x,
            x,
            embed_dim_to_check=a.embed_dim,
            num_heads=a.num_heads,
            in_proj_weight=a.in_proj_weight,
            in_proj_bias=a.in_proj_bias,
            bias_k=None,
            bias_v=None,
            add_zero_attn=False,
            dropout_p=a.dropout,
            out_proj_weight=a.out_proj.weight,
            out_proj_bias=a.out_proj.bias,
            training=self.training,
            attn_mask=mask,
        )
        x = F.layer_norm(x + attended, self.norm1.normalized_shape, self.norm1.weight, self.norm1.bias, self.norm1.eps)
        wide, _, narrow, drop = self.ffn
        hidden = F.linear(x, wide.weight, wide.bias).clamp(min=0)
        branch = F.dropout(F.linear(hidden, narrow.weight, narrow.bias), drop.p, self.training)
        return F.layer_norm(x + branch, self.norm2.normalized_shape, self.norm2.weight, self.norm2.bias, self.norm2.eps)
