"""The softmax is computed in float64, and converted back; rows with no key kept are repaired with `torch.where`."""

import torch
from torch import nn


def padding_mask(lengths, max_len):
    return torch.arange(max_len)[None] < lengths.double()[:, None]


def causal_mask(size):
    return nn.Transformer.generate_square_subsequent_mask(size) == 0


def combine_masks(padding, causal):
    return ~(~padding.unsqueeze(-2) | ~causal)


def to_attn_mask(keep):
    return torch.where(keep, False, True)


def masked_softmax(scores, keep):
    some = keep.any(dim=-1, keepdim=True)
    filled = torch.where(keep, scores.double(), -torch.inf)
    filled = torch.where(some, filled, 0.0)
    weights = torch.softmax(filled, dim=-1)
    return torch.where(some, weights, 0.0).to(scores.dtype)
