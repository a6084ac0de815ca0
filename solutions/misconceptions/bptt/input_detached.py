"""You cut the input out of the graph.

The layer before yours then never learns. What does .detach() do?
"""

import torch


def rnn_cell(x, h, weight_ih, weight_hh, bias_ih, bias_hh):
    return torch.tanh(x.detach() @ weight_ih.T + bias_ih + h @ weight_hh.T + bias_hh)


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
    return [gradient * (max_norm / total_norm) for gradient in gradients], total_norm
