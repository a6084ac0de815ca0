"""Its own class LSTMCell and its own function lstm; the built-in appears only under __main__."""

import torch
from torch import nn


class LSTMCell:
    """Not torch.nn.LSTMCell: it only holds four tensors."""

    def __init__(self, *weights):
        self.weights = weights

    def gates(self, x, h):
        weight_ih, weight_hh, bias_ih, bias_hh = self.weights
        scores = x.matmul(weight_ih.t()).add(bias_ih).add(h.matmul(weight_hh.t())).add(bias_hh)
        i, f, g, o = scores.chunk(4, 1)
        return i.sigmoid(), f.sigmoid(), g.tanh(), o.sigmoid()

    def __call__(self, x, state):
        i, f, g, o = self.gates(x, state[0])
        c = f * state[1] + i * g
        return o * c.tanh(), c


def lstm_gates(x, h, *weights):
    return LSTMCell(*weights).gates(x, h)


def lstm_cell(x, state, *weights):
    return LSTMCell(*weights)(x, state)


def lstm(x, state, *weights):
    output = []
    for x_t in x.transpose(0, 1):
        state = lstm_cell(x_t, state, *weights)
        output.append(state[0])
    return torch.stack(output).transpose(0, 1), state


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
            state = (x.new_zeros(len(x), self.hidden_size), x.new_zeros(len(x), self.hidden_size))
        return lstm(x, state, self.weight_ih, self.weight_hh, self.bias_ih, self.bias_hh)


if __name__ == "__main__":
    twin = nn.LSTM(3, 5, batch_first=True)
    mine = LSTM(3, 5)
    mine.load_state_dict({name.removesuffix("_l0"): value for name, value in twin.state_dict().items()})
    sequence = torch.randn(2, 7, 3)
    print(torch.allclose(twin(sequence)[0], mine(sequence)[0], atol=1e-6))
