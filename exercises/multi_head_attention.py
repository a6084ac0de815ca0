"""Multi-head attention.

One head can look for one kind of relevance. Several heads, each in its own part of the features, look for several at once.
Chapter section: Transformer (multi-head). Source: Vaswani et al., "Attention Is All You Need" (2017), section 3.2.2.
"""

import torch
from torch import Tensor, nn


def split_heads(x: Tensor, n_heads: int) -> Tensor:
    """Give each head its own consecutive share of the features.

    Args:
        x: (N, L, d). Head 0 gets the first d / n_heads features of each position, head 1 the next ones, and so on.
        n_heads: divides d.

    Returns:
        (N, n_heads, L, d / n_heads), in the dtype of x. x need not be contiguous in memory, and is left as it was.

    Example:
        >>> x = torch.tensor([[[1, 2, 3, 4], [5, 6, 7, 8]]])    # (1, 2, 4)
        >>> split_heads(x, n_heads=2)                           # (1, 2, 2, 2)
        tensor([[[[1, 2],
                  [5, 6]],
        <BLANKLINE>
                 [[3, 4],
                  [7, 8]]]])
    """
    # TODO: cut the features into heads first, then move the axis of the heads to its place.
    raise NotImplementedError("TODO: split_heads")


def merge_heads(x: Tensor) -> Tensor:
    """Put the heads' shares next to each other again: the inverse of `split_heads`.

    Args:
        x: (N, n_heads, L, d_head).

    Returns:
        (N, L, n_heads · d_head), in the dtype of x. x need not be contiguous in memory, and is left as it was.

    Example:
        >>> x = torch.arange(24).reshape(2, 3, 4)
        >>> torch.equal(merge_heads(split_heads(x, n_heads=2)), x)
        True
    """
    # TODO: do the two steps of split_heads backwards.
    raise NotImplementedError("TODO: merge_heads")


class MultiHeadAttention(nn.Module):
    """Project, attend in every head, put the heads together, project again.

    Args:
        d_model: feature size of the queries, keys, values and results.
        n_heads: divides d_model; each head has d_model / n_heads features.

    Raises:
        ValueError: when it is built with a d_model that n_heads does not divide.

    Submodules: `q_proj`, `k_proj`, `v_proj` for query, key and value, and `out_proj` for the heads put together; each is an
    `nn.Linear(d_model, d_model)` of its own, with bias. There is no dropout, not even in train mode.

    What the grader holds you to:
        - it equals `nn.MultiheadAttention` with the same weights, in float32 and in float64 (after `.double()`);
        - L ≠ S, a batch of one or several, one head or several, and inputs that are not contiguous in memory;
        - every parameter receives a gradient, and so do query, key and value;
        - query, key, value and mask are left as they were.

    Write it yourself: PyTorch's ready-made attention (`F.scaled_dot_product_attention`, `nn.MultiheadAttention`,
    `F.multi_head_attention_forward`, `nn.Transformer*`, `flex_attention` and the operators under them) is off limits.

    Example:
        >>> mha = MultiHeadAttention(d_model=8, n_heads=2)
        >>> query, key, value = torch.randn(3, 5, 8), torch.randn(3, 7, 8), torch.randn(3, 7, 8)
        >>> mha(query, key, value).shape
        torch.Size([3, 5, 8])
        >>> mha(query, key, value, mask=torch.ones(5, 7, dtype=torch.bool)).shape
        torch.Size([3, 5, 8])
    """

    def __init__(self, d_model: int, n_heads: int) -> None:
        super().__init__()
        # TODO 1: refuse a d_model that n_heads does not divide.
        # TODO 2: build the four projections.
        raise NotImplementedError("TODO: MultiHeadAttention.__init__")

    def forward(self, query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None = None) -> Tensor:
        """Return what each query gathers, in all heads.

        Args:
            query: (N, L, d_model).
            key:   (N, S, d_model).
            value: (N, S, d_model).
            mask:  (L, S) for the whole batch or (N, L, S), bool, True = may look, the same for all heads. No mask: every
                   query may look at every key. (Other shapes, and a row with every key blocked, are not graded.)

        Returns:
            (N, L, d_model).
        """
        # TODO 3: project query, key and value, and split them into heads.
        # TODO 4: scaled dot-product attention in every head. Which d belongs in the scale? Where does a mask need an axis?
        # TODO 5: merge the heads, and project the result.
        raise NotImplementedError("TODO: MultiHeadAttention.forward")
