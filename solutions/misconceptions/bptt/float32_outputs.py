"""You collect the outputs in a float32 tensor, whatever the dtype of the states is.

Half the digits of a float64 computation are lost. Where does the dtype of your outputs come from?
"""

import torch


def rnn_cell(x, h, weight_ih, weight_hh, bias_ih, bias_hh):
    return torch.tanh(x @ weight_ih.T + bias_ih + h @ weight_hh.T + bias_hh)


def unroll(xs, h0, weight_ih, weight_hh, bias_ih, bias_hh):
    h = h0
    outputs = torch.zeros(xs.size(0), *h0.shape)
    for t, x in enumerate(xs):
        h = rnn_cell(x, h, weight_ih, weight_hh, bias_ih, bias_hh)
        outputs[t] = h
    return outputs, h


def clip_gradients(gradients, max_norm):
    total_norm = torch.sqrt(sum((gradient**2).sum() for gradient in gradients))
    if total_norm <= max_norm:
        return list(gradients), total_norm
    return [gradient * (max_norm / total_norm) for gradient in gradients], total_norm
