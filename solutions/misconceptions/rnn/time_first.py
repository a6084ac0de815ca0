"""Your network takes the batch for the time.

Without batch_first=True nn.RNN reads the first dimension as time, so sequences leak into each other. Feed a sequence alone
and inside a batch: do the results agree?
"""

import torch
from torch import nn


class SimpleRNN(nn.Module):
    def __init__(self, vocab_size: int, hidden_dim: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, 128)
        self.rnn = nn.RNN(128, hidden_dim)
        self.fc = nn.Linear(hidden_dim, vocab_size)

    def forward(self, x: torch.Tensor, hidden: torch.Tensor | None = None) -> tuple[torch.Tensor, torch.Tensor]:
        states, hidden = self.rnn(self.embedding(x), hidden)
        return self.fc(states), hidden
