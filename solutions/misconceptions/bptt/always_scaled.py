"""You scale the gradients although their norm is below max_norm.

Clipping only ever shortens. What is the factor when the norm is half of max_norm?
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
    if total_norm == 0:
        return list(gradients), total_norm
    return [gradient * (max_norm / total_norm) for gradient in gradients], total_norm
