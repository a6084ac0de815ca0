"""The attention map: where each word looks.

The weights of attention can be printed: a row for each query, a column for each key. In a trained model the row of "it" often
has its largest weight in the column of what "it" stands for. Chapter section: Pass Challenges (Observation).
Source: Vaswani et al., "Attention Is All You Need" (2017), eq. 1 and the figures of its appendix.
"""

import torch
from torch import Tensor


def attention_weights(query: Tensor, key: Tensor, mask: Tensor | None = None) -> Tensor:
    """Return softmax(query · keyᵀ / √d), the weights that `attention` applies to its values.

    Args:
        query: (..., L, d), one row for each position that asks.
        key:   (..., S, d), one row for each position that can be looked at.
        mask:  broadcasts to (..., L, S), any dtype; 0 or False means "this query may not look at this key", any other number
               that it may.

    Returns:
        (..., L, S), in the dtype of the query.

    What the grader holds you to:
        - scale, softmax and mask work as in `attention`: any number of leading dimensions, L ≠ S, float32 and float64,
          tensors that are not contiguous, scores as large as ±10,000, exactly no weight on a blocked key, however low the
          other scores are (and no row with every key blocked);
        - query, key and mask are left as they were.

    Write it yourself: PyTorch's ready-made attention (`F.scaled_dot_product_attention`, `nn.MultiheadAttention`,
    `F.multi_head_attention_forward`, `nn.Transformer*`, `flex_attention` and the operators under them) is off limits.

    Example:
        >>> query = torch.zeros(1, 2)                       # agrees with every key alike
        >>> key = torch.randn(4, 2)
        >>> attention_weights(query, key)
        tensor([[0.2500, 0.2500, 0.2500, 0.2500]])
        >>> attention_weights(query, key, mask=torch.tensor([1, 1, 0, 0]))
        tensor([[0.5000, 0.5000, 0.0000, 0.0000]])
    """
    # TODO: the scores, their scale, the mask and the softmax. What does `attention` do after that?
    raise NotImplementedError("TODO: attention_weights")


def most_attended(weights: Tensor, tokens: list[str]) -> list[str]:
    """Return for each query the token which it attends to most.

    Args:
        weights: (L, S), one row for each query. It is left as it was.
        tokens: the S tokens that the columns stand for. A token may occur more than once.

    Returns:
        A list of L tokens. If several weights of a row are the largest, the first of them counts.

    Example:
        >>> weights = torch.tensor([[0.1, 0.8, 0.1], [0.4, 0.2, 0.4]])
        >>> most_attended(weights, ["the", "cat", "sat"])
        ['cat', 'the']
    """
    # TODO: find the column of each row's largest weight, then its token.
    raise NotImplementedError("TODO: most_attended")
