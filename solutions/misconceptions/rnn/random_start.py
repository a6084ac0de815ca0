"""You start from a random state when none is given.

No hidden state means zeros. Call the model twice with the same tokens: do the results agree?
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
            hidden = torch.randn(1, x.size(0), self.rnn.hidden_size, dtype=self.fc.weight.dtype)
        states, hidden = self.rnn(self.embedding(x), hidden)
        return self.fc(states), hidden
