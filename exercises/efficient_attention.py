"""Sliding-window attention.

Attention compares every position with every other: L² numbers. If each position only has to look at its neighbours, L · window
numbers are enough, and a whole book fits into memory. Chapter section: Transformer (its cost).
Source: Beltagy, Peters, Cohan, "Longformer: The Long-Document Transformer" (2020), section 3.1.
"""

import torch
from torch import Tensor


def sliding_window_mask(size: int, window: int) -> Tensor:
    """Return the mask with which each position may look `window` positions to either side, and at itself.

    Args:
        size: the number of positions.
        window: 0 or more, and it may be larger than size.

    Returns:
        (size, size), bool: True where |i - j| ≤ window.

    Example:
        >>> sliding_window_mask(4, window=1)
        tensor([[ True,  True, False, False],
                [ True,  True,  True, False],
                [False,  True,  True,  True],
                [False, False,  True,  True]])
    """
    # TODO: subtract the numbers of all positions from each other; broadcasting makes a square of it.
    raise NotImplementedError("TODO: sliding_window_mask")


def sliding_window_attention(query: Tensor, key: Tensor, value: Tensor, window: int) -> Tensor:
    """Return attention under `sliding_window_mask`, without ever making an L × L tensor.

    Args:
        query: (..., L, d).
        key:   (..., L, d).
        value: (..., L, d_v).
        window: 0 or more, and it may be larger than L.

    Returns:
        (..., L, d_v), in the dtype of the query.

    What the grader holds you to:
        - the result and the gradients equal those of `attention(query, key, value, sliding_window_mask(L, window))`, with any
          number of leading dimensions, d_v ≠ d, float32 and float64, and tensors that are not contiguous in memory;
        - scores as large as ±10,000 give no NaN and no infinity, but the right numbers;
        - in the forward pass the memory of the largest tensor grows as L · window, not as L² (views of a tensor count as
          nothing). Speed is not measured: a loop that handles one row at a time is right;
        - query, key and value are left as they were.

    Write it yourself: PyTorch's ready-made attention (`F.scaled_dot_product_attention`, `nn.MultiheadAttention`,
    `F.multi_head_attention_forward`, `nn.Transformer*`, `flex_attention` and the operators under them) is off limits.

    Example:
        >>> query = torch.zeros(4, 2)                               # no preference: every weight is the same
        >>> key = torch.ones(4, 2)
        >>> value = torch.tensor([[0.0], [3.0], [6.0], [9.0]])
        >>> sliding_window_attention(query, key, value, window=1)   # the means of the neighbours
        tensor([[1.5000],
                [3.0000],
                [6.0000],
                [7.5000]])
    """
    # TODO 1: write down which 2 · window + 1 positions each query looks at: (L, 2 · window + 1).
    # TODO 2: pick these keys and values out.
    # TODO 3: some of those positions lie before the start or after the end. They must get no weight.
    # TODO 4: scaled dot-product attention of each query with its own few keys.
    raise NotImplementedError("TODO: sliding_window_attention")
