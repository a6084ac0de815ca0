"""Positional encodings: tell the attention where each token stands.

Self-attention treats its input as a set; without help "dog bites man" and "man bites dog" are the same to it. The original
Transformer adds fixed sines and cosines to the token vectors, BERT and GPT-2 add vectors that are learned.
Chapter section: Common Pitfalls. Sources: Vaswani et al., "Attention Is All You Need" (2017), section 3.5; Devlin et al.,
"BERT" (2018).

Nothing is off limits in this exercise.
"""

import torch
from torch import Tensor, nn


def sinusoidal_encoding(max_len: int, d_model: int) -> Tensor:
    """Return the table of sines and cosines, (max_len, d_model), in float32.

        PE[p, 2i]     = sin(p / 10000^(2i / d_model))
        PE[p, 2i + 1] = cos(p / 10000^(2i / d_model))

    The row is the position p = 0, 1, …, max_len − 1. A pair of columns shares one wavelength: sine in the even column, cosine
    in the odd column next to it. The first pair turns by 1 radian a position, later pairs ever more slowly.

    Args:
        max_len: number of positions.
        d_model: feature size, even.

    Raises:
        ValueError: d_model is odd (the columns come in pairs).

    What the grader holds you to: shape, dtype, the error, and every entry to 1e-6 · (1 + p); a small Transformer that adds the
    table to its tokens learns a task in which order counts, to the accuracy that the check asks for.

    Example:
        >>> sinusoidal_encoding(3, 2)
        tensor([[ 0.0000,  1.0000],
                [ 0.8415,  0.5403],
                [ 0.9093, -0.4161]])
    """
    # TODO 1: refuse an odd d_model.
    # TODO 2: compute the angle of every position for every pair of columns, (max_len, d_model / 2).
    # TODO 3: put the sines into the even columns and the cosines into the odd ones.
    raise NotImplementedError("TODO: sinusoidal_encoding")


class LearnedPositionalEncoding(nn.Module):
    """Add a learned vector for each position.

    Args:
        max_len: number of positions that have a vector.
        d_model: feature size, even or odd.

    Submodule or parameter `embedding`: an nn.Embedding(max_len, d_model), or an nn.Parameter of shape (max_len, d_model). Both
    are right. It is the only parameter (the grader loads its own numbers into it). The initial values are your choice.

    What the grader holds you to:
        - forward returns x + the first T rows of `embedding`, the same rows for every sequence of the batch, in train and in
          eval mode;
        - every T up to and including max_len works; ValueError for T > max_len;
        - float32 and float64, the dtype is kept; x may be laid out in memory in any way;
        - gradients flow to x and to `embedding`, which is trainable: every row learns;
        - x is left as it was;
        - a small Transformer trained with it learns a task in which order counts, to the accuracy that the check asks for.

    Example:
        >>> encode = LearnedPositionalEncoding(max_len=10, d_model=4)
        >>> encode(torch.zeros(2, 7, 4)).shape    # (N, T, d_model)
        torch.Size([2, 7, 4])
        >>> encode(torch.zeros(2, 11, 4))
        Traceback (most recent call last):
        ...
        ValueError: 11 positions, but only 10 have a vector
    """

    def __init__(self, max_len: int, d_model: int) -> None:
        super().__init__()
        # TODO 4: create the table of learned vectors.
        raise NotImplementedError("TODO: LearnedPositionalEncoding.__init__")

    def forward(self, x: Tensor) -> Tensor:
        """Return x, (N, T, d_model), with each position's vector added; raise ValueError (any message) if T > max_len."""
        # TODO 5: refuse a sequence that is too long.
        # TODO 6: add the vectors of the first T positions.
        raise NotImplementedError("TODO: LearnedPositionalEncoding.forward")
