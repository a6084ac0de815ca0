"""Its own class RNNCell and its own function clip_grad_norm_; the built-ins appear only under __main__."""

import torch


class RNNCell:
    """Not torch.nn.RNNCell: it only holds four tensors."""

    def __init__(self, weight_ih, weight_hh, bias_ih, bias_hh):
        self.weight_ih, self.weight_hh, self.bias_ih, self.bias_hh = weight_ih, weight_hh, bias_ih, bias_hh

    def __call__(self, x, h):
        return torch.tanh(
            torch.einsum("ni,hi->nh", x, self.weight_ih)
            + torch.einsum("nj,hj->nh", h, self.weight_hh)
            + self.bias_ih
            + self.bias_hh
        )


def clip_grad_norm_(gradients, max_norm):
    norm = torch.hypot(torch.zeros(()), torch.stack([g.norm() for g in gradients]).norm())
    return [g if norm <= max_norm else g.mul(max_norm).div(norm) for g in gradients], norm


def rnn_cell(x, h, weight_ih, weight_hh, bias_ih, bias_hh):
    return RNNCell(weight_ih, weight_hh, bias_ih, bias_hh)(x, h)


def unroll(xs, h0, weight_ih, weight_hh, bias_ih, bias_hh):
    cell = RNNCell(weight_ih, weight_hh, bias_ih, bias_hh)
    states = []
    while len(states) < xs.size(0):
        states.append(cell(xs[len(states)], states[-1] if states else h0))
    return torch.stack(tuple(states), dim=0), states[-1]


def clip_gradients(gradients, max_norm):
    return clip_grad_norm_(gradients, max_norm)


if __name__ == "__main__":
    twin = torch.nn.RNNCell(3, 4)
    x, h = torch.randn(2, 3), torch.randn(2, 4)
    print(torch.allclose(twin(x, h), rnn_cell(x, h, twin.weight_ih, twin.weight_hh, twin.bias_ih, twin.bias_hh)))
    torch.nn.utils.clip_grad_norm_(twin.parameters(), 1.0)
