"""The softmax is a `torch.autograd.Function` of its own; the masks come from a small class."""

import torch


class Mask:
    """A bool tensor, True = may look."""

    def __init__(self, keep):
        self.keep = keep

    def __and__(self, other):
        return Mask(self.keep & other.keep)

    def __invert__(self):
        return Mask(~self.keep)


class MaskedSoftmax(torch.autograd.Function):
    @staticmethod
    def forward(ctx, scores, keep):
        low = scores.masked_fill(~keep, torch.finfo(scores.dtype).min)
        exponentials = (low - low.amax(-1, keepdim=True)).exp().masked_fill(~keep, 0)
        weights = exponentials / exponentials.sum(-1, keepdim=True).clamp_min(torch.finfo(scores.dtype).tiny)
        ctx.save_for_backward(weights)
        return weights

    @staticmethod
    def backward(ctx, gradient):
        (weights,) = ctx.saved_tensors
        return weights * (gradient - (gradient * weights).sum(-1, keepdim=True)), None


def padding_mask(lengths, max_len):
    rows = [torch.cat([torch.ones(n), torch.zeros(max_len - n)]) for n in lengths.tolist()]
    return Mask(torch.stack(rows).bool()).keep


def causal_mask(size):
    return (~Mask(torch.ones(size, size).triu(1).bool())).keep


def combine_masks(padding, causal):
    return (Mask(padding.unsqueeze(1)) & Mask(causal.unsqueeze(0))).keep


def to_attn_mask(keep):
    return (~Mask(keep)).keep


def masked_softmax(scores, keep):
    return MaskedSoftmax.apply(scores, keep)


print(causal_mask(3).int().tolist())
