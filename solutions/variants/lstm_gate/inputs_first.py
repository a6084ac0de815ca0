"""Multiplies all inputs of a sequence by the weight before the loop, and writes into a tensor made beforehand."""

import torch
from torch import nn


def activate(scores):
    size = scores.size(-1) // 4
    i, f, g, o = torch.split(scores, size, dim=-1)
    return torch.sigmoid(i), torch.sigmoid(f), torch.tanh(g), torch.sigmoid(o)


def update(gates, c):
    i, f, g, o = gates
    c = torch.addcmul(f * c, i, g)
    return o * torch.tanh(c), c


def lstm_gates(x, h, weight_ih, weight_hh, bias_ih, bias_hh):
    return activate(x @ weight_ih.T + bias_ih + h @ weight_hh.T + bias_hh)


def lstm_cell(x, state, weight_ih, weight_hh, bias_ih, bias_hh):
    return update(lstm_gates(x, state[0], weight_ih, weight_hh, bias_ih, bias_hh), state[1])


class LSTM(nn.Module):
    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.hidden_size = hidden_size
        bound = hidden_size**-0.5
        for name, shape in [("ih", (input_size,)), ("hh", (hidden_size,))]:
            setattr(self, f"weight_{name}", nn.Parameter(torch.empty(4 * hidden_size, *shape).uniform_(-bound, bound)))
            setattr(self, f"bias_{name}", nn.Parameter(torch.empty(4 * hidden_size).uniform_(-bound, bound)))

    def forward(self, x, state=None):
        inputs = x @ self.weight_ih.T + self.bias_ih
        h, c = state if state is not None else (inputs.new_zeros(1, self.hidden_size),) * 2
        h, c = h.expand(x.size(0), -1), c.expand(x.size(0), -1)
        output = inputs.new_empty(x.size(0), x.size(1), self.hidden_size)
        for t in range(x.size(1)):
            h, c = update(activate(inputs[:, t] + h @ self.weight_hh.T + self.bias_hh), c)
            output[:, t] = h
        return output, (h, c)
