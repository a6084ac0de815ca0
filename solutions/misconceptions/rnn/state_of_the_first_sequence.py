"""You start every sequence from the state of the first one.

hidden is (1, N, hidden_dim): each sequence has a state of its own. Which dimension counts the layers, and which the batch?
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
        states, hidden = self.rnn(self.embedding(x), None if hidden is None else hidden[:, :1].repeat(1, len(x), 1))
        return self.fc(states), hidden
