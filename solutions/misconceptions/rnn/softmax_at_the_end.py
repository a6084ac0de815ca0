"""You return probabilities instead of logits.

The loss applies its own log-softmax to what you return, and a softmax twice flattens everything. Return the plain scores.
"""

import torch
from torch import nn


class SimpleRNN(nn.Module):
    def __init__(self, vocab_size: int, hidden_dim: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, 128)
        self.rnn = nn.RNN(128, hidden_dim, batch_first=True)
        self.fc = nn.Linear(hidden_dim, vocab_size)

    def forward(self, x: torch.Tensor, hidden: torch.Tensor | None = None) -> tuple[torch.Tensor, torch.Tensor]:
        states, hidden = self.rnn(self.embedding(x), hidden)
        return self.fc(states).softmax(dim=-1), hidden
