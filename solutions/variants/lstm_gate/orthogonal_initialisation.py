"""Starts with orthogonal recurrent weights and a forget gate that is open; takes *args and **kwargs; keeps an extra buffer."""

import torch
from torch import nn


def lstm_gates(x, h, weight_ih, weight_hh, bias_ih, bias_hh):
    scores = nn.functional.linear(x, weight_ih, bias_ih) + nn.functional.linear(h, weight_hh, bias_hh)
    i, f, g, o = scores.unflatten(-1, (4, -1)).unbind(dim=-2)
    return torch.sigmoid(i), torch.sigmoid(f), torch.tanh(g), torch.sigmoid(o)


def lstm_cell(x, state, weight_ih, weight_hh, bias_ih, bias_hh):
    h, c = state
    i, f, g, o = lstm_gates(x, h, weight_ih, weight_hh, bias_ih, bias_hh)
    new_c = f * c + i * g
    return o * torch.tanh(new_c), new_c


class LSTM(nn.Module):
    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.register_buffer("zero", torch.zeros(1, hidden_size), persistent=False)
        self.weight_ih = nn.Parameter(nn.init.xavier_uniform_(torch.empty(4 * hidden_size, input_size)))
        blocks = [nn.init.orthogonal_(torch.empty(hidden_size, hidden_size)) for _ in range(4)]
        self.weight_hh = nn.Parameter(torch.cat(blocks))
        self.bias_ih = nn.Parameter(torch.zeros(4 * hidden_size))
        self.bias_hh = nn.Parameter(torch.zeros(4 * hidden_size))
        with torch.no_grad():
            self.bias_ih[hidden_size : 2 * hidden_size] = 1.0

    def forward(self, *args, **kwargs):
        x = args[0] if args else kwargs["x"]
        state = args[1] if len(args) > 1 else kwargs.get("state")
        if state is None:
            state = (self.zero.repeat(len(x), 1), self.zero.repeat(len(x), 1))
        output = []
        for x_t in x.movedim(1, 0):
            state = lstm_cell(x_t, state, self.weight_ih, self.weight_hh, self.bias_ih, self.bias_hh)
            output.append(state[0].unsqueeze(1))
        return torch.cat(output, dim=1), state
