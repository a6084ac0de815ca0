"""Steps with the functional cell and the parameters of nn.RNN; returns a list; drops logits in train mode only."""

import torch
from torch import nn


class SimpleRNN(nn.Module):
    def __init__(self, vocab_size, hidden_dim):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, 128)
        self.rnn = nn.RNN(128, hidden_dim, batch_first=True)
        self.fc = nn.Linear(hidden_dim, vocab_size)
        self.dropout = nn.Dropout(0.1)
        self.register_buffer("seen", torch.zeros(()))

    def forward(self, x, hidden=None):
        self.seen += x.numel()
        vectors = self.embedding(x)
        h = vectors.new_zeros(len(x), self.rnn.hidden_size) if hidden is None else hidden.squeeze(0)
        r = self.rnn
        logits = []
        for vector in vectors.movedim(1, 0):
            h = torch.rnn_tanh_cell(vector, h, r.weight_ih_l0, r.weight_hh_l0, r.bias_ih_l0, r.bias_hh_l0)
            logits.append(self.fc(self.dropout(h)))
        return [torch.stack(logits, dim=1), h.unsqueeze(0)]
