"""Turns everything to time first for the recurrent network, and back again."""

from torch import nn


class RNN(nn.RNN):
    def forward(self, x, hx=None):
        self.batch_first = False
        output, hx = super().forward(x.transpose(0, 1), hx)
        return output.transpose(0, 1), hx


class SimpleRNN(nn.Module):
    def __init__(self, vocab_size, hidden_dim):
        super().__init__()
        self.rnn = RNN(128, hidden_dim, batch_first=True)
        self.fc = nn.Linear(hidden_dim, vocab_size)
        self.embedding = nn.Embedding(vocab_size, 128)

    def forward(self, x, hidden=None):
        output, hidden = self.rnn(self.embedding(x), hidden)
        return self.fc(output), hidden
