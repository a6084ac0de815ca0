"""Initialises its weights in its own way, works at import, and counts its calls in a buffer."""

import torch
from torch import nn

PRIMES = [n for n in range(2, 100) if all(n % k for k in range(2, n))]


class SimpleRNN(nn.Module):
    def __init__(self, vocab_size, hidden_dim):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, 128)
        self.rnn = nn.RNN(128, hidden_dim, batch_first=True)
        self.fc = nn.Linear(hidden_dim, vocab_size)
        nn.init.orthogonal_(self.rnn.weight_hh_l0)
        nn.init.zeros_(self.fc.bias)
        self.register_buffer("calls", torch.zeros(1), persistent=False)

    def forward(self, x, *rest, **options):
        hidden = rest[0] if rest else options.get("hidden")
        self.calls += 1
        return (lambda out: (self.fc(out[0]), out[1]))(self.rnn(self.embedding(x), hidden))
