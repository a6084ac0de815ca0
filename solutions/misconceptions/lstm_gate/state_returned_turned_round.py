"""Your LSTM returns (c, h).

The contract says (h, c), and the next call takes it in that order. Print both: which one stays between -1 and 1?
"""

import math

import torch
from torch import nn


def lstm_gates(x, h, weight_ih, weight_hh, bias_ih, bias_hh):
    scores = x @ weight_ih.T + bias_ih + h @ weight_hh.T + bias_hh
    i, f, g, o = scores.chunk(4, dim=-1)
    return torch.sigmoid(i), torch.sigmoid(f), torch.tanh(g), torch.sigmoid(o)


def lstm_cell(x, state, weight_ih, weight_hh, bias_ih, bias_hh):
    h, c = state
    i, f, g, o = lstm_gates(x, h, weight_ih, weight_hh, bias_ih, bias_hh)
    c = f * c + i * g
    return o * torch.tanh(c), c


class LSTM(nn.Module):
    def __init__(self, input_size, hidden_size):
        super().__init__()
        bound = 1 / math.sqrt(hidden_size)
        self.weight_ih = nn.Parameter(torch.empty(4 * hidden_size, input_size).uniform_(-bound, bound))
        self.weight_hh = nn.Parameter(torch.empty(4 * hidden_size, hidden_size).uniform_(-bound, bound))
        self.bias_ih = nn.Parameter(torch.empty(4 * hidden_size).uniform_(-bound, bound))
        self.bias_hh = nn.Parameter(torch.empty(4 * hidden_size).uniform_(-bound, bound))

    def forward(self, x, state=None):
        if state is None:
            zeros = x.new_zeros(x.size(0), self.weight_hh.size(1))
            state = (zeros, zeros)
        outputs = []
        for x_t in x.unbind(dim=1):
            state = lstm_cell(x_t, state, self.weight_ih, self.weight_hh, self.bias_ih, self.bias_hh)
            outputs.append(state[0])
        return torch.stack(outputs, dim=1), (state[1], state[0])
