"""Masks: who may look at whom.

Sentences in a batch are filled up to one length with padding, and a model that predicts the next word must not see it. Both
are one question: which keys may a query look at? In all of this exercise True means "may look".
Chapter section: Attention Mechanism. Source: Vaswani et al., "Attention Is All You Need" (2017), section 3.2.3.

What the grader holds you to in every function: the arguments are left as they were.
"""

import torch
from torch import Tensor


def padding_mask(lengths: Tensor, max_len: int) -> Tensor:
    """Return which positions of each sequence are words, and not padding on the right.

    Args:
        lengths: (N,), int64, the number of words in each sequence, from 0 to max_len.
        max_len: the number of positions, which may be more than the longest sequence needs.

    Returns:
        (N, max_len), bool: True for a word, False for padding.

    Example:
        >>> padding_mask(torch.tensor([1, 3]), max_len=4)
        tensor([[ True, False, False, False],
                [ True,  True,  True, False]])
    """
    # TODO: compare the number of each position with each length; broadcasting makes a table of it.
    raise NotImplementedError("TODO: padding_mask")


def causal_mask(size: int) -> Tensor:
    """Return the mask with which each position may look at itself and at what came before.

    Args:
        size: the number of positions.

    Returns:
        (size, size), bool: row i is query i, column j is key j; True on and below the diagonal.

    Example:
        >>> causal_mask(3)
        tensor([[ True, False, False],
                [ True,  True, False],
                [ True,  True,  True]])
    """
    # TODO: make a square of True, and keep one of its triangles.
    raise NotImplementedError("TODO: causal_mask")


def combine_masks(padding: Tensor, causal: Tensor) -> Tensor:
    """Return the mask which lets a query look only where both masks do.

    Args:
        padding: (N, S), bool, which keys of each sequence are words.
        causal:  (L, S), bool, which keys each query may look at; L and S may differ.

    Returns:
        (N, L, S), bool.

    Example:
        >>> combine_masks(torch.tensor([[True, True, False]]), torch.tensor([[True, False, False], [True, True, True]]))
        tensor([[[ True, False, False],
                 [ True,  True, False]]])
    """
    # TODO: give each mask the axis that it lacks, then join them with a logical operation.
    raise NotImplementedError("TODO: combine_masks")


def to_attn_mask(keep: Tensor) -> Tensor:
    """Return the same mask in the convention of `nn.MultiheadAttention`, where True means "blocked".

    Args:
        keep: any shape, bool, True = may look.

    Returns:
        The shape of keep, bool, True = blocked. A new tensor.

    Example:
        >>> to_attn_mask(torch.tensor([True, False]))
        tensor([False,  True])
    """
    # TODO: turn every entry round.
    raise NotImplementedError("TODO: to_attn_mask")


def masked_softmax(scores: Tensor, keep: Tensor) -> Tensor:
    """Return the softmax of the scores over the kept keys, the last axis.

    Args:
        scores: (..., L, S).
        keep:   bool, broadcasts to (..., L, S), so (S,), (L, 1) and (N, 1, S) are possible; True = may look.

    Returns:
        (..., L, S), in the dtype of the scores.

    What the grader holds you to:
        - each row sums to 1 over its kept keys, and is exactly 0 on the blocked ones;
        - a row with no key kept is all 0, with no NaN, and the gradient there is finite (no gradient at all counts as 0);
        - scores as large as ±10,000, kept or blocked, give no NaN and no infinity, but the right weights;
        - float32 and float64, each computed in its own precision, and tensors that are not contiguous in memory;
        - the gradient flows to the scores.

    Example:
        >>> scores = torch.zeros(2, 3)
        >>> masked_softmax(scores, torch.tensor([[True, True, False], [False, False, False]]))
        tensor([[0.5000, 0.5000, 0.0000],
                [0.0000, 0.0000, 0.0000]])
    """
    # TODO 1: give blocked keys a score so low that they take no share.
    # TODO 2: apply the softmax over the keys.
    # TODO 3: what does a row hold in which every score is equally low? Make it what the docstring asks for.
    raise NotImplementedError("TODO: masked_softmax")
