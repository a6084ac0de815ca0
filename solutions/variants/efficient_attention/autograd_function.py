"""A `torch.autograd.Function` over a table of neighbours, and a comparison with PyTorch under `__main__`."""

import math

import torch
import torch.nn.functional as F


class FlexAttention(torch.autograd.Function):
    """Not PyTorch's flex_attention, only a similar name."""

    @staticmethod
    def forward(ctx, query, key, value, table, exists):
        scores = torch.einsum("...ld,...lwd->...lw", query, key[..., table, :]) / math.sqrt(query.size(-1))
        weights = scores.masked_fill(~exists, -math.inf).softmax(-1)
        ctx.save_for_backward(query, key, value, table, weights)
        return torch.einsum("...lw,...lwv->...lv", weights, value[..., table, :])

    @staticmethod
    def backward(ctx, gradient):
        query, key, value, table, weights = ctx.saved_tensors
        scale = 1 / math.sqrt(query.size(-1))
        to_weights = torch.einsum("...lv,...lwv->...lw", gradient, value[..., table, :])
        to_scores = weights * (to_weights - (weights * to_weights).sum(-1, keepdim=True)) * scale
        to_query = torch.einsum("...lw,...lwd->...ld", to_scores, key[..., table, :])
        to_key = torch.einsum("...lw,...ld->...lwd", to_scores, query).flatten(-3, -2)
        to_value = torch.einsum("...lw,...lv->...lwv", weights, gradient).flatten(-3, -2)
        rows = table.flatten()
        return (
            to_query,
            torch.zeros_like(key).index_add(-2, rows, to_key),
            torch.zeros_like(value).index_add(-2, rows, to_value),
            None,
            None,
        )


def sliding_window_mask(size, window):
    return (torch.arange(size)[:, None] - torch.arange(size)[None, :]).pow(2) <= window**2


def sliding_window_attention(query, key, value, window):
    length = query.size(-2)
    window = min(window, length)
    table = torch.arange(length)[:, None] + torch.arange(2 * window + 1)[None, :] - window
    exists = table.ge(0) & table.lt(length)
    return FlexAttention.apply(query, key, value, table.clamp(min=0, max=length - 1), exists)


print(sliding_window_mask(4, 1).int().tolist())

if __name__ == "__main__":
    q, k, v = torch.randn(3, 2, 9, 4)
    dense = F.scaled_dot_product_attention(q, k, v, attn_mask=sliding_window_mask(9, 2))
    print("difference:", (sliding_window_attention(q, k, v, 2) - dense).abs().max())
