"""One Transformer block: self-attention and a small feed-forward network, each with a residual connection and a layer norm.

The Transformer throws recurrence out: every position looks at every other one directly, all of them at once.
Chapter section: Transformer. Source: Vaswani et al., "Attention Is All You Need" (2017), section 3.1 and figure 1 (left).
"""

import torch
from torch import nn


class TransformerBlock(nn.Module):
    """x → norm1(x + attention(x)) → norm2(x + ffn(x)): first the sum, then the norm ("post-norm"), twice.

    Args:
        d_model: feature size of every position, a multiple of n_heads.
        n_heads: number of attention heads.
        d_ff:    width of the hidden layer of the feed-forward network.
        dropout: probability for the Dropout at the end of `ffn`.

    Submodules, by these names (the grader loads its own weights into them, so the parameters are `ffn.0.weight` and so on):
        attention: nn.MultiheadAttention in its default layout (sequence first, not batch first), with biases.
        norm1:     nn.LayerNorm over d_model, after the attention.
        norm2:     nn.LayerNorm over d_model, after the feed-forward network.
        ffn:       nn.Sequential of Linear (d_model → d_ff), ReLU, Linear (d_ff → d_model), Dropout.

    What the grader holds you to:
        - forward(x, mask=None) returns one tensor of x's shape and dtype, in float32 and float64; x and mask may be laid out in
          memory in any way;
        - in eval mode, with the grader's weights, the numbers are right, with and without a mask;
        - with a causal mask nothing flows from later positions to earlier ones; from one sequence to another nothing ever does;
        - in train mode dropout is active at the end of `ffn`, at the rate `dropout` (0.0 drops nothing); in eval mode there is
          none;
        - the number of parameters is 4·d² + 4·d + 2·d·d_ff + d_ff + d + 4·d, with d = d_model;
        - gradients flow to x and to every parameter;
        - x and mask are left as they were;
        - two of your blocks, trained on a small sequence task, reach the accuracy that the check asks for.

    Your choice: whether the attention drops weights as well, and whether the branches get further dropout of their own.
    Nothing is off limits in this exercise.

    Example:
        >>> block = TransformerBlock(d_model=8, n_heads=2, d_ff=16)
        >>> x = torch.zeros(5, 3, 8)                                     # (L, N, d_model): 5 positions, 3 sequences
        >>> block(x).shape
        torch.Size([5, 3, 8])
        >>> future = torch.triu(torch.ones(5, 5), diagonal=1).bool()     # True above the diagonal: blocked
        >>> block(x, mask=future).shape
        torch.Size([5, 3, 8])
    """

    def __init__(self, d_model: int, n_heads: int, d_ff: int, dropout: float = 0.1) -> None:
        super().__init__()
        # TODO 1: build attention, norm1, norm2 and ffn.
        raise NotImplementedError("TODO: TransformerBlock.__init__")

    def forward(self, x: torch.Tensor, mask: torch.Tensor | None = None) -> torch.Tensor:
        """Return the block's output, (L, N, d_model).

        Args:
            x:    (L, N, d_model): L positions of N sequences.
            mask: (L, L), handed to the attention as its `attn_mask`, so PyTorch's convention holds: in a bool mask True means
                  "blocked"; a float mask is added to the scores. One row for each query. No mask: everything is visible.
        """
        # TODO 2: let x attend to itself. What does nn.MultiheadAttention return besides its output?
        # TODO 3: add x to what the attention said, then normalise.
        # TODO 4: do the same with the feed-forward network.
        raise NotImplementedError("TODO: TransformerBlock.forward")
