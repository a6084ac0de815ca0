"""Feeds nn.RNN one token at a time."""

import torch
from torch import nn


class SimpleRNN(nn.Module):
    def __init__(self, vocab_size, hidden_dim):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, 128)
        self.rnn = nn.RNN(128, hidden_dim, batch_first=True)
        self.fc = nn.Linear(hidden_dim, vocab_size)

    def forward(self, x, hidden=None):
        logits = []
        for t in range(x.size(1)):
            state, hidden = self.rnn(self.embedding(x[:, t : t + 1]), hidden)
            logits.append(self.fc(state))
        return torch.cat(logits, dim=1), hidden
