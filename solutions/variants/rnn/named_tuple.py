"""Splits the work over small methods and returns its pair through a named tuple."""

from typing import NamedTuple

from torch import Tensor, nn


class Prediction(NamedTuple):
    logits: Tensor
    hidden: Tensor


class SimpleRNN(nn.Module):
    def __init__(self, vocab_size, hidden_dim):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, 128)
        self.rnn = nn.RNN(128, hidden_dim, batch_first=True)
        self.fc = nn.Linear(hidden_dim, vocab_size)

    def read(self, tokens, hidden):
        return self.rnn(self.embedding(tokens), None if hidden is None else hidden.clone())

    def forward(self, x, hidden=None):
        states, hidden = self.read(x, hidden)
        batch, time, size = states.shape
        return Prediction(self.fc(states.reshape(batch * time, size)).unflatten(0, (batch, time)), hidden)
