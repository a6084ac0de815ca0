"""Long Short-Term Memory (Hochreiter and Schmidhuber 1997) with a forget gate (Gers et al. 2000)."""

import math

import torch
from torch import Tensor, nn


def lstm_gates(
    x: Tensor, h: Tensor, weight_ih: Tensor, weight_hh: Tensor, bias_ih: Tensor, bias_hh: Tensor
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Return (i, f, g, o) after their activations. See `exercises/lstm_gate.py` for the contract."""
    scores = x @ weight_ih.T + bias_ih + h @ weight_hh.T + bias_hh  # (N, 4H)
    i, f, g, o = scores.chunk(4, dim=-1)  # 4 × (N, H)
    return torch.sigmoid(i), torch.sigmoid(f), torch.tanh(g), torch.sigmoid(o)


def lstm_cell(
    x: Tensor, state: tuple[Tensor, Tensor], weight_ih: Tensor, weight_hh: Tensor, bias_ih: Tensor, bias_hh: Tensor
) -> tuple[Tensor, Tensor]:
    """Take one step and return the new state, (h', c')."""
    h, c = state
    i, f, g, o = lstm_gates(x, h, weight_ih, weight_hh, bias_ih, bias_hh)
    c = f * c + i * g  # forget, then write
    h = o * torch.tanh(c)  # show
    return h, c


class LSTM(nn.Module):
    """One LSTM layer that reads whole sequences, batch first."""

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__()
        self.weight_ih = nn.Parameter(torch.empty(4 * hidden_size, input_size))
        self.weight_hh = nn.Parameter(torch.empty(4 * hidden_size, hidden_size))
        self.bias_ih = nn.Parameter(torch.empty(4 * hidden_size))
        self.bias_hh = nn.Parameter(torch.empty(4 * hidden_size))
        bound = 1 / math.sqrt(hidden_size)
        for parameter in self.parameters():
            nn.init.uniform_(parameter, -bound, bound)

    def forward(self, x: Tensor, state: tuple[Tensor, Tensor] | None = None) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        if state is None:
            zeros = x.new_zeros(x.size(0), self.weight_hh.size(1))  # (N, H), in the dtype of x
            state = (zeros, zeros)
        outputs = []
        for x_t in x.unbind(dim=1):  # (N, I), one time step
            state = lstm_cell(x_t, state, self.weight_ih, self.weight_hh, self.bias_ih, self.bias_hh)
            outputs.append(state[0])
        return torch.stack(outputs, dim=1), state  # (N, T, H)
