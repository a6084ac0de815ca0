"""A language model on a recurrent network: for every token, a score for each token that could come next.

A recurrent network reads one token after the other and keeps what it has read in a hidden state. Chapter section: Recurrent
Neural Networks. Source: Elman, "Finding Structure in Time" (1990).
"""

import torch
from torch import nn


class SimpleRNN(nn.Module):
    """tokens → embedding → rnn → fc.

    Args:
        vocab_size: V, number of different tokens.
        hidden_dim: size of the hidden state.

    Submodules, by these names (the grader loads its own weights into them):
        embedding: nn.Embedding, V → 128.
        rnn:       nn.RNN, 128 → hidden_dim, one layer, tanh, batch_first=True.
        fc:        nn.Linear, hidden_dim → V.

    What the grader holds you to:
        - forward(x, hidden=None) returns a pair (logits, hidden) of shapes (N, T, V) and (1, N, hidden_dim);
        - with the grader's weights both are right, in float32 and float64; logits are plain scores, without a softmax;
        - no hidden state means zeros, at every call anew;
        - a sequence fed in two halves, the hidden state of the first handed to the second, gives what the whole gives;
        - every parameter receives its gradient, through all time steps; gradients also pass through the hidden states that come
          in and go out (whoever wants to cut them there does so outside);
        - x and hidden are left as they were; x may be laid out in memory in any way.

    Nothing is off limits in this exercise.

    Example:
        >>> model = SimpleRNN(vocab_size=50, hidden_dim=16)
        >>> tokens = torch.zeros(4, 7, dtype=torch.int64)    # (N, T)
        >>> logits, hidden = model(tokens)
        >>> logits.shape, hidden.shape
        (torch.Size([4, 7, 50]), torch.Size([1, 4, 16]))
        >>> more, hidden = model(tokens, hidden)             # reads on where it stopped
    """

    def __init__(self, vocab_size: int, hidden_dim: int) -> None:
        super().__init__()
        # TODO 1: build embedding, rnn and fc.
        raise NotImplementedError("TODO: SimpleRNN.__init__")

    def forward(self, x: torch.Tensor, hidden: torch.Tensor | None = None) -> tuple[torch.Tensor, torch.Tensor]:
        """Return (logits, hidden).

        Args:
            x:      (N, T), int64 token ids below V.
            hidden: (1, N, hidden_dim), the state to start from; None means zeros.

        Returns:
            logits: (N, T, V), at every time step one score for each token of the vocabulary.
            hidden: (1, N, hidden_dim), the state after the last step.
        """
        # TODO 2: turn the tokens into vectors.
        # TODO 3: run the network over them, from the state that came in.
        # TODO 4: score the vocabulary at every time step, and hand the new state back as well.
        raise NotImplementedError("TODO: SimpleRNN.forward")
