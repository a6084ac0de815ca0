"""You build the zeros to start from for a batch of one sequence.

Every sequence of the batch has a state of its own. Where can you read the size of the batch?
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
        if hidden is None:
            hidden = self.fc.weight.new_zeros(1, 1, self.rnn.hidden_size)
        states, hidden = self.rnn(self.embedding(x), hidden)
        return self.fc(states), hidden
