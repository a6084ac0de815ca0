"""The chapter's listing, with the state handed on by keyword."""

import torch.nn as nn


class SimpleRNN(nn.Module):
    def __init__(self, vocab_size, hidden_dim):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, 128)
        self.rnn = nn.RNN(128, hidden_dim, batch_first=True)
        self.fc = nn.Linear(hidden_dim, vocab_size)

    def forward(self, x, hidden=None):
        features, hidden = self.rnn(self.embedding(x), hx=hidden)
        scores = self.fc(features)
        return scores, hidden
