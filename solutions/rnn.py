"""A recurrent language model (Elman 1990)."""

import torch
from torch import nn


class SimpleRNN(nn.Module):
    """tokens → embedding → rnn → fc. See `exercises/rnn.py` for the contract."""

    def __init__(self, vocab_size: int, hidden_dim: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, 128)
        self.rnn = nn.RNN(128, hidden_dim, batch_first=True)
        self.fc = nn.Linear(hidden_dim, vocab_size)

    def forward(self, x: torch.Tensor, hidden: torch.Tensor | None = None) -> tuple[torch.Tensor, torch.Tensor]:
        vectors = self.embedding(x)  # (N, T, 128)
        states, hidden = self.rnn(vectors, hidden)  # (N, T, hidden_dim), (1, N, hidden_dim)
        logits = self.fc(states)  # (N, T, V)
        return logits, hidden
