"""Masks: who may look at whom (Vaswani et al. 2017, section 3.2.3). True = may look."""

import torch
from torch import Tensor


def padding_mask(lengths: Tensor, max_len: int) -> Tensor:
    """Return which positions of each sequence are words. See `exercises/masking.py` for the contract."""
    positions = torch.arange(max_len)  # (max_len,)
    return positions < lengths.unsqueeze(1)  # (N, max_len)


def causal_mask(size: int) -> Tensor:
    """Return the lower triangle, with the diagonal: each position looks at itself and back."""
    return torch.ones(size, size, dtype=torch.bool).tril()  # (size, size)


def combine_masks(padding: Tensor, causal: Tensor) -> Tensor:
    """Return the mask which lets a query look only where both masks do."""
    return padding.unsqueeze(1) & causal  # (N, 1, S) & (L, S) -> (N, L, S)


def to_attn_mask(keep: Tensor) -> Tensor:
    """Return the same mask where True means "blocked", as in `nn.MultiheadAttention`."""
    return ~keep


def masked_softmax(scores: Tensor, keep: Tensor) -> Tensor:
    """Return the softmax over the kept keys, and zeros on a row with none kept."""
    lowest = torch.finfo(scores.dtype).min  # finite: with -inf, a row with none kept would become NaN
    scores = scores.masked_fill(~keep, lowest)
    weights = torch.softmax(scores, dim=-1)  # (..., L, S)
    return weights.masked_fill(~keep, 0.0)  # matters on rows with none kept: they are even, 1 / S, until here
