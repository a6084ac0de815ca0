"""Multiplies all inputs by the weight before the loop, writes into a tensor made beforehand, and clips into a tuple."""

import torch
import torch.nn.functional as F


def rnn_cell(x, h, weight_ih, weight_hh, bias_ih, bias_hh):
    return torch.tanh(F.linear(x, weight_ih, bias_ih) + F.linear(h, weight_hh, bias_hh))


def unroll(xs, h0, weight_ih, weight_hh, bias_ih, bias_hh):
    inputs = F.linear(xs, weight_ih, bias_ih)
    outputs = torch.empty_like(inputs)
    h = h0
    for t in range(xs.shape[0]):
        h = torch.tanh(inputs[t] + F.linear(h, weight_hh, bias_hh))
        outputs[t] = h
    return outputs, h


def clip_gradients(gradients, max_norm):
    total_norm = torch.stack([g.pow(2).sum() for g in gradients]).sum().sqrt().item()
    if total_norm < max_norm:
        return tuple(g.clone() for g in gradients), total_norm
    return tuple(g / total_norm * max_norm if total_norm > 0 else g for g in gradients), total_norm
