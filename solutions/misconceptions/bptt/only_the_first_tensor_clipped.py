"""You scale the first tensor alone.

All gradients are multiplied by the same factor, so that the direction of the step stays. Over what does your loop run?
"""

import torch


def rnn_cell(x, h, weight_ih, weight_hh, bias_ih, bias_hh):
    return torch.tanh(x @ weight_ih.T + bias_ih + h @ weight_hh.T + bias_hh)


def unroll(xs, h0, weight_ih, weight_hh, bias_ih, bias_hh):
    h = h0
    outputs = []
    for x in xs:
        h = rnn_cell(x, h, weight_ih, weight_hh, bias_ih, bias_hh)
        outputs.append(h)
    return torch.stack(outputs), h


def clip_gradients(gradients, max_norm):
    total_norm = torch.sqrt(sum((gradient**2).sum() for gradient in gradients))
    if total_norm <= max_norm:
        return list(gradients), total_norm
    return [gradients[0] * (max_norm / total_norm), *gradients[1:]], total_norm
