"""A recurrent network by hand (Werbos 1990), and gradient clipping by global norm (Pascanu et al. 2013)."""

import torch
from torch import Tensor


def rnn_cell(x: Tensor, h: Tensor, weight_ih: Tensor, weight_hh: Tensor, bias_ih: Tensor, bias_hh: Tensor) -> Tensor:
    """Return the next state. See `exercises/bptt.py` for the contract."""
    from_input = x @ weight_ih.T + bias_ih  # (N, I) @ (I, H) -> (N, H)
    from_state = h @ weight_hh.T + bias_hh  # (N, H) @ (H, H) -> (N, H)
    return torch.tanh(from_input + from_state)


def unroll(
    xs: Tensor, h0: Tensor, weight_ih: Tensor, weight_hh: Tensor, bias_ih: Tensor, bias_hh: Tensor
) -> tuple[Tensor, Tensor]:
    """Run `rnn_cell` over a whole sequence and return (outputs, h_T)."""
    h = h0
    outputs = []
    for x in xs:  # (N, I), one time step
        h = rnn_cell(x, h, weight_ih, weight_hh, bias_ih, bias_hh)
        outputs.append(h)
    return torch.stack(outputs), h  # (T, N, H), (N, H)


def clip_gradients(gradients: list[Tensor] | tuple[Tensor, ...], max_norm: float) -> tuple[list[Tensor], Tensor]:
    """Scale the gradients down together so that their global L2 norm is at most max_norm."""
    norms = torch.stack([torch.linalg.vector_norm(gradient) for gradient in gradients])  # one for each tensor
    total_norm = torch.linalg.vector_norm(norms)  # the norm of the norms is the norm of everything
    if total_norm <= max_norm:
        return list(gradients), total_norm
    return [gradient * (max_norm / total_norm) for gradient in gradients], total_norm
