"""Computes in float64 and returns the dtype that came in; prints at import."""

import torch
from torch import nn

print("long memory")


def lstm_gates(x, h, weight_ih, weight_hh, bias_ih, bias_hh):
    wide = x.double() @ weight_ih.double().T + h.double() @ weight_hh.double().T + bias_ih.double() + bias_hh.double()
    i, f, g, o = (part.to(x.dtype) for part in wide.chunk(4, dim=-1))
    return torch.sigmoid(i), torch.sigmoid(f), torch.tanh(g), torch.sigmoid(o)


def lstm_cell(x, state, weight_ih, weight_hh, bias_ih, bias_hh):
    i, f, g, o = lstm_gates(x, state[0], weight_ih, weight_hh, bias_ih, bias_hh)
    c = (f.double() * state[1].double() + i.double() * g.double()).to(x.dtype)
    return o * c.tanh(), c


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
