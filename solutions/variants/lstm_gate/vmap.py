"""Writes everything for a single sequence, and lets vmap make the batch of it."""

import torch
from torch import nn


def gates_of_one(x, h, weight_ih, weight_hh, bias_ih, bias_hh):
    scores = weight_ih @ x + bias_ih + weight_hh @ h + bias_hh  # (4H,)
    i, f, g, o = scores.view(4, -1)
    return torch.sigmoid(i), torch.sigmoid(f), torch.tanh(g), torch.sigmoid(o)


def step_of_one(x, h, c, *weights):
    i, f, g, o = gates_of_one(x, h, *weights)
    c = f * c + i * g
    return o * torch.tanh(c), c


def lstm_gates(x, h, *weights):
    return torch.vmap(gates_of_one, in_dims=(0, 0, None, None, None, None))(x, h, *weights)


def lstm_cell(x, state, *weights):
    return torch.vmap(step_of_one, in_dims=(0, 0, 0, None, None, None, None))(x, *state, *weights)


class LSTM(nn.Module):
    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.hidden_size = hidden_size
        bound = hidden_size**-0.5
        for name, shape in [("ih", (input_size,)), ("hh", (hidden_size,))]:
            setattr(self, f"weight_{name}", nn.Parameter(torch.empty(4 * hidden_size, *shape).uniform_(-bound, bound)))
            setattr(self, f"bias_{name}", nn.Parameter(torch.empty(4 * hidden_size).uniform_(-bound, bound)))

    def read(self, x, h, c):
        outputs = []
        for x_t in x.unbind():
            h, c = step_of_one(x_t, h, c, self.weight_ih, self.weight_hh, self.bias_ih, self.bias_hh)
            outputs.append(h)
        return torch.stack(outputs), h, c

    def forward(self, x, state=None):
        h, c = state or (x.new_zeros(x.size(0), self.hidden_size), x.new_zeros(x.size(0), self.hidden_size))
        output, h, c = torch.vmap(self.read)(x, h, c)
        return output, (h, c)
