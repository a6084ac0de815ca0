"""Loops over the batch, one sequence at a time, and hands its state on as a list."""

import torch
from torch import nn


def lstm_gates(x, h, weight_ih, weight_hh, bias_ih, bias_hh):
    scores = []
    for x_n, h_n in zip(x, h, strict=True):
        scores.append(weight_ih @ x_n + bias_ih + weight_hh @ h_n + bias_hh)
    size = h.size(1)
    scores = torch.stack(scores)
    i, f, g, o = (scores[:, k * size : (k + 1) * size] for k in range(4))
    return torch.sigmoid(i), torch.sigmoid(f), torch.tanh(g), torch.sigmoid(o)


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
        weights = self.weight_ih, self.weight_hh, self.bias_ih, self.bias_hh
        outputs, hs, cs = [], [], []
        for n in range(x.size(0)):
            one = [x.new_zeros(1, self.hidden_size)] * 2 if state is None else [part[n : n + 1] for part in state]
            steps = []
            for t in range(x.size(1)):
                one = list(lstm_cell(x[n : n + 1, t], one, *weights))
                steps.append(one[0])
            outputs.append(torch.cat(steps))
            hs.append(one[0])
            cs.append(one[1])
        return torch.stack(outputs), (torch.cat(hs), torch.cat(cs))
