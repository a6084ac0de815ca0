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
        weights = [w.double() for w in (self.weight_ih, self.weight_hh, self.bias_ih, self.bias_hh)]
        h = c = torch.zeros(x.size(0), self.hidden_size, dtype=torch.float64)
        if state is not None:
            h, c = state[0].double(), state[1].double()
        output = []
        for x_t in x.double().unbind(dim=1):
            h, c = lstm_cell(x_t, (h, c), *weights)
            output.append(h)
        return torch.stack(output, dim=1).to(x.dtype), (h.to(x.dtype), c.to(x.dtype))
