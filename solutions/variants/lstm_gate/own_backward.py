"""Writes the step's gradient out as an autograd function of its own; returns lists; keeps a buffer."""

import torch
from torch import nn


class Step(torch.autograd.Function):
    @staticmethod
    def forward(ctx, i, f, g, o, c):
        cell = f * c + i * g
        shown = torch.tanh(cell)
        ctx.save_for_backward(i, f, g, o, c, shown)
        return o * shown, cell

    @staticmethod
    def backward(ctx, grad_h, grad_c):
        i, f, g, o, c, shown = ctx.saved_tensors
        grad = grad_c + grad_h * o * (1 - shown * shown)
        return grad * g, grad * c, grad * i, grad_h * shown, grad * f


def lstm_gates(x, h, weight_ih, weight_hh, bias_ih, bias_hh):
    scores = torch.addmm(bias_ih, x, weight_ih.T) + torch.addmm(bias_hh, h, weight_hh.T)
    i, f, g, o = scores.chunk(4, dim=1)
    return [1 / (1 + torch.exp(-i)), f.sigmoid(), 2 * torch.sigmoid(2 * g) - 1, o.sigmoid()]


def lstm_cell(x, state, *weights):
    return list(Step.apply(*lstm_gates(x, state[0], *weights), state[1]))


class LSTM(nn.Module):
    def __init__(self, input_size, hidden_size):
        super().__init__()
        sizes = {"weight_hh": (hidden_size,), "weight_ih": (input_size,), "bias_hh": (), "bias_ih": ()}
        for name, size in sizes.items():
            self.register_parameter(name, nn.Parameter(torch.randn(4 * hidden_size, *size) / hidden_size**0.5))
        self.register_buffer("steps", torch.zeros(()))

    def forward(self, x, state=None):
        self.steps += x.size(1)
        if state is None:
            state = [x.new_zeros(x.size(0), self.weight_hh.size(1)) for _ in "hc"]
        output = x.new_empty(x.size(1), x.size(0), self.weight_hh.size(1))
        for t, x_t in enumerate(x.movedim(1, 0)):
            state = lstm_cell(x_t, state, self.weight_ih, self.weight_hh, self.bias_ih, self.bias_hh)
            output[t] = state[0]
        return [output.transpose(0, 1), state]
