"""A recurrent network by hand: one step, a sequence of steps, and the clipping that keeps its gradients in bounds.

Backpropagation through time (BPTT) is nothing but autograd walking back over every step of the loop. The chain rule multiplies
one factor for each step, so gradients vanish or explode exponentially. Clipping is the standard treatment for exploding ones.
Chapter sections: Recurrent Neural Networks, Common Pitfalls. Sources: Werbos, "Backpropagation Through Time" (1990);
Pascanu, Mikolov and Bengio, "On the Difficulty of Training Recurrent Neural Networks" (2013), algorithm 1.

Everywhere: N batch, T time, I input size, H hidden size, all from 1 up; float32 and float64, the dtype is kept; inputs may be
laid out in memory in any way, and are left unchanged.

Write it yourself: `nn.RNN*` (so `nn.RNNCell` too), `torch.rnn_tanh*`, `torch.rnn_relu*`, `torch.nn.utils.clip_grad*` and
`torch.nn.utils.get_total_norm` are off limits.
"""

import torch
from torch import Tensor


def rnn_cell(x: Tensor, h: Tensor, weight_ih: Tensor, weight_hh: Tensor, bias_ih: Tensor, bias_hh: Tensor) -> Tensor:
    """Return the next state, tanh(x · weight_ihᵀ + bias_ih + h · weight_hhᵀ + bias_hh).

    Args:
        x:         (N, I), the input of this step.
        h:         (N, H), the state so far.
        weight_ih: (H, I), from input to hidden.
        weight_hh: (H, H), from hidden to hidden.
        bias_ih:   (H,).
        bias_hh:   (H,).

    Returns:
        (N, H).

    What the grader holds you to: the numbers, with I ≠ H and N > 1, and gradients to all six arguments.

    Example:
        >>> zero = torch.zeros(1)
        >>> rnn_cell(torch.tensor([[1.0]]), torch.tensor([[0.0]]), torch.tensor([[0.5]]), torch.tensor([[2.0]]), zero, zero)
        tensor([[0.4621]])
    """
    # TODO 1: weigh the input and the state, add both biases, squash the sum.
    raise NotImplementedError("TODO: rnn_cell")


def unroll(
    xs: Tensor, h0: Tensor, weight_ih: Tensor, weight_hh: Tensor, bias_ih: Tensor, bias_hh: Tensor
) -> tuple[Tensor, Tensor]:
    """Run `rnn_cell` over a whole sequence and return (outputs, h_T).

    Args:
        xs: (T, N, I), time first.
        h0: (N, H), the state before the first step.
        weight_ih, weight_hh, bias_ih, bias_hh: as in `rnn_cell`, the same ones at every step.

    Returns:
        outputs: (T, N, H), the states after step 1, 2, …, T (h0 is not among them).
        h_T:     (N, H), the last of them.

    What the grader holds you to: the numbers, and gradients through time: from the last output back to the first input, to h0
    and to all weights and biases.

    Example:
        >>> weights = torch.zeros(3, 2), torch.zeros(3, 3), torch.zeros(3), torch.zeros(3)    # I = 2, H = 3
        >>> outputs, last = unroll(torch.zeros(5, 4, 2), torch.zeros(4, 3), *weights)
        >>> outputs.shape, last.shape
        (torch.Size([5, 4, 3]), torch.Size([4, 3]))
    """
    # TODO 2: take one step for each time, each from the state of the step before, and keep the states.
    raise NotImplementedError("TODO: unroll")


def clip_gradients(
    gradients: list[Tensor] | tuple[Tensor, ...], max_norm: float
) -> tuple[list[Tensor] | tuple[Tensor, ...], Tensor | float]:
    """Scale the gradients down together so that their global L2 norm is at most max_norm.

    Args:
        gradients: a list or tuple of tensors of any shapes.
        max_norm:  the largest norm allowed, above 0.

    Returns:
        clipped:    the clipped gradients in the same order and shapes, as a list or tuple.
        total_norm: the norm before clipping, a float or a 0-dim tensor.

    What the grader holds you to:
        - the norm is one number over all entries of all tensors: √(sum of all squares);
        - above max_norm: every tensor is multiplied by the same factor, so the direction stays, and the new norm is max_norm
          (to 0.2 %, so the 1e-6 that PyTorch adds to the divisor does no harm);
        - below max_norm, or when all gradients are zero: the values come back unchanged;
        - the list and the tensors that were passed in are left as they were.

    Example:
        >>> clipped, total_norm = clip_gradients([torch.tensor([3.0]), torch.tensor([[4.0]])], max_norm=1.0)
        >>> float(total_norm)
        5.0
        >>> clipped
        [tensor([0.6000]), tensor([[0.8000]])]
    """
    # TODO 3: measure the norm over all tensors together.
    # TODO 4: if it is too large, scale every tensor by the same factor.
    raise NotImplementedError("TODO: clip_gradients")
