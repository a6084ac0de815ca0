"""Scaled dot-product attention.

Every query asks "what should I look at?", every key says "this is what I have", and every value is what is handed over when
a query and a key agree. Chapter section: Attention Mechanism.
Source: Vaswani et al., "Attention Is All You Need" (2017), eq. 1.
"""

import torch
from torch import Tensor


def attention(query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None = None) -> Tensor:
    """Return softmax(query · keyᵀ / √d) · value, the softmax taken over the keys.

    Args:
        query: (..., L, d), one row for each position that asks.
        key:   (..., S, d), one row for each position that can be looked at.
        value: (..., S, d_v), what each of those positions hands over.
        mask:  broadcasts to (..., L, S), so (S,), (L, S) and (N, 1, 1, S) are all possible; any dtype.
               0 or False means "this query may not look at this key", any other number that it may. No mask: every query
               may look at every key.

    Returns:
        (..., L, d_v), in the dtype of the query.

    What the grader holds you to:
        - any number of leading dimensions (none, one, several), with L ≠ S and d_v ≠ d;
        - float32 and float64, and tensors that are not contiguous in memory;
        - scores as large as ±10,000 give no NaN and no infinity, but the right numbers;
        - gradients flow to query, key and value;
        - query, key, value and mask are left as they were;
        - a blocked key has no influence at all, however low the other scores are. (A row whose keys are all blocked is not
          graded here: see `masking`.)

    Write it yourself: PyTorch's ready-made attention (`F.scaled_dot_product_attention`, `nn.MultiheadAttention`,
    `F.multi_head_attention_forward`, `nn.Transformer*`, `flex_attention` and the operators under them) is off limits.

    Example:
        >>> query = torch.tensor([[0.0, 0.0]])              # (1, 2): agrees with both keys alike
        >>> key = torch.tensor([[1.0, 0.0], [0.0, 1.0]])    # (2, 2)
        >>> value = torch.tensor([[10.0], [20.0]])          # (2, 1)
        >>> attention(query, key, value)
        tensor([[15.]])
        >>> attention(query, key, value, mask=torch.tensor([1, 0]))
        tensor([[10.]])
    """
    # TODO 1: score every query against every key.
    # TODO 2: scale the scores by the square root of the feature size.
    # TODO 3: make sure that blocked keys get no weight.
    # TODO 4: turn the scores into weights over the keys, and mix the values with them.
    raise NotImplementedError("TODO: attention")
