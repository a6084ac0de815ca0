"""Computes every gate on its own, from its own slice of the weights."""

import torch
import torch.nn.functional as F
from torch import nn


def lstm_gates(x, h, weight_ih, weight_hh, bias_ih, bias_hh):
    size = h.size(1)
    gates = []
    for k, activation in enumerate([torch.sigmoid, torch.sigmoid, torch.tanh, torch.sigmoid]):
        rows = slice(k * size, (k + 1) * size)
        score = F.linear(x, weight_ih[rows], bias_ih[rows]) + F.linear(h, weight_hh[rows], bias_hh[rows])
        gates.append(activation(score))
    return tuple(gates)


def lstm_cell(x, state, weight_ih, weight_hh, bias_ih, bias_hh):
    h, c = state
    i, f, g, o = lstm_gates(x, h, weight_ih, weight_hh, bias_ih, bias_hh)
    new_c = f * c + i * g
    return o * torch.tanh(new_c), new_c


class LSTM(nn.Module):
    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.hidden_size = hidden_size
        bound = hidden_size**-0.5
        for name, shape in [("ih", (input_size,)), ("hh", (hidden_size,))]:
            setattr(self, f"weight_{name}", nn.Parameter(torch.empty(4 * hidden_size, *shape).uniform_(-bound, bound)))
            setattr(self, f"bias_{name}", nn.Parameter(torch.empty(4 * hidden_size).uniform_(-bound, bound)))

    def forward(self, x, state=None):
        if state is None:
            state = (x.new_zeros(x.size(0), self.hidden_size), x.new_zeros(x.size(0), self.hidden_size))
        output = []
        for t in range(x.size(1)):
            state = lstm_cell(x[:, t], state, self.weight_ih, self.weight_hh, self.bias_ih, self.bias_hh)
            output.append(state[0])
        return torch.stack(output, dim=1), state
