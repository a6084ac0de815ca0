"""Your model keeps its last hidden state and starts the next call from it.

No hidden state means zeros, at every call anew. Call the model twice with the same tokens: do the results agree?
"""

import torch
from torch import nn


class SimpleRNN(nn.Module):
    def __init__(self, vocab_size: int, hidden_dim: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, 128)
        self.rnn = nn.RNN(128, hidden_dim, batch_first=True)
        self.last = None
        self.fc = nn.Linear(hidden_dim, vocab_size)

    def forward(self, x: torch.Tensor, hidden: torch.Tensor | None = None) -> tuple[torch.Tensor, torch.Tensor]:
        if hidden is None and self.last is not None and self.last.size(1) == x.size(0):
            hidden = self.last
        states, hidden = self.rnn(self.embedding(x), hidden)
        self.last = hidden.detach()
        return self.fc(states), hidden
