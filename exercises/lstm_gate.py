"""Long Short-Term Memory (LSTM): three gates and a memory cell.

In a plain recurrent network the state is rewritten at every step, and gradients fade with it. An LSTM has a cell beside the
state, and gates that decide what to forget, what to write and what to show. Along the cell gradients pass from step to step.
Chapter section: Recurrent Neural Networks. Sources: Hochreiter and Schmidhuber, "Long Short-Term Memory" (1997); for the
forget gate Gers, Schmidhuber and Cummins, "Learning to Forget" (2000).

    i = sigmoid(x · W_iiᵀ + b_ii + h · W_hiᵀ + b_hi)      input gate: how much to write
    f = sigmoid(x · W_ifᵀ + b_if + h · W_hfᵀ + b_hf)      forget gate: how much to keep
    g = tanh   (x · W_igᵀ + b_ig + h · W_hgᵀ + b_hg)      candidate: what to write
    o = sigmoid(x · W_ioᵀ + b_io + h · W_hoᵀ + b_ho)      output gate: how much to show
    c' = f ⊙ c + i ⊙ g
    h' = o ⊙ tanh(c')

Everywhere: N batch, T time, I input size, H hidden size. The weights are stacked as in PyTorch, in the order i, f, g, o: the
first H rows of weight_ih are W_ii, the next H are W_if, and so on. Float32 and float64, the dtype is kept; inputs may be laid
out in memory in any way, and are left unchanged.

Write it yourself: `nn.LSTM*` (so `nn.LSTMCell` too), `nn.GRU*` and `torch.lstm*` are off limits.
"""

import torch
from torch import Tensor, nn


def lstm_gates(
    x: Tensor, h: Tensor, weight_ih: Tensor, weight_hh: Tensor, bias_ih: Tensor, bias_hh: Tensor
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Return (i, f, g, o) after their activations, each (N, H).

    Args:
        x:         (N, I), the input of this step.
        h:         (N, H), the state so far.
        weight_ih: (4H, I).
        weight_hh: (4H, H).
        bias_ih:   (4H,).
        bias_hh:   (4H,).

    What the grader holds you to: the numbers, with I ≠ H and N > 1, and gradients to all six arguments.

    Example:
        >>> weights = torch.zeros(4, 1), torch.zeros(4, 1), torch.zeros(4), torch.zeros(4)    # I = 1, H = 1
        >>> i, f, g, o = lstm_gates(torch.ones(1, 1), torch.ones(1, 1), *weights)
        >>> i.item(), f.item(), g.item(), o.item()
        (0.5, 0.5, 0.0, 0.5)
    """
    # TODO 1: compute the scores of all four in one go, (N, 4H).
    # TODO 2: split them, and give each its own activation.
    raise NotImplementedError("TODO: lstm_gates")


def lstm_cell(
    x: Tensor, state: tuple[Tensor, Tensor], weight_ih: Tensor, weight_hh: Tensor, bias_ih: Tensor, bias_hh: Tensor
) -> tuple[Tensor, Tensor]:
    """Take one step and return the new state, (h', c').

    Args:
        x:     (N, I), the input of this step.
        state: (h, c), each (N, H): what the network shows, and its memory cell.
        weight_ih, weight_hh, bias_ih, bias_hh: as in `lstm_gates`.

    What the grader holds you to: the numbers, with I ≠ H and N > 1, and gradients from h' and from c' to x, h, c, the weights
    and the biases.

    Example:
        >>> weights = torch.zeros(4, 1), torch.zeros(4, 1), torch.zeros(4), torch.zeros(4)
        >>> h, c = lstm_cell(torch.ones(1, 1), (torch.zeros(1, 1), torch.ones(1, 1)), *weights)
        >>> c.item()    # half of the old cell is kept, and nothing is written
        0.5
    """
    # TODO 3: forget, write, then show.
    raise NotImplementedError("TODO: lstm_cell")


class LSTM(nn.Module):
    """One LSTM layer that reads whole sequences, batch first.

    Args:
        input_size:  I.
        hidden_size: H.

    Parameters, by these names (the grader loads its own weights into them): `weight_ih` (4H, I), `weight_hh` (4H, H),
    `bias_ih` (4H,), `bias_hh` (4H,). How to initialise them is your choice; PyTorch draws all of them uniformly from ±1/√H.

    What the grader holds you to:
        - with the same weights, output, state and all gradients equal those of `nn.LSTM`, in float32 and float64: gradients
          flow from output, h and c back to x, to a state that was given, and to every parameter;
        - h and c go in and come out as (N, H), without the layer dimension that `nn.LSTM` has;
        - no state means zeros, at every call anew;
        - trained on a task that needs a long memory (PyTorch's own LSTM solves it), it reaches the accuracy that the check
          asks for.

    Example:
        >>> lstm = LSTM(input_size=3, hidden_size=5)
        >>> output, (h, c) = lstm(torch.zeros(2, 7, 3))    # (N, T, I)
        >>> output.shape, h.shape, c.shape
        (torch.Size([2, 7, 5]), torch.Size([2, 5]), torch.Size([2, 5]))
    """

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__()
        # TODO 4: create the four parameters.
        raise NotImplementedError("TODO: LSTM.__init__")

    def forward(self, x: Tensor, state: tuple[Tensor, Tensor] | None = None) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """Return (output, (h, c)).

        Args:
            x:     (N, T, I).
            state: (h, c), each (N, H), the state to start from; None means zeros.

        Returns:
            output: (N, T, H), the h of every step.
            h, c:   (N, H) each, the state after the last step.
        """
        # TODO 5: start from the given state or from zeros, take T steps, and keep every h.
        raise NotImplementedError("TODO: LSTM.forward")
