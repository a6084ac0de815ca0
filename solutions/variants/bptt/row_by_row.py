"""Loops over the rows of the batch and the units of the state, and prints at import."""

import torch

print("one unit after the other")


def rnn_cell(x, h, weight_ih, weight_hh, bias_ih, bias_hh):
    rows = []
    for n in range(x.size(0)):
        units = []
        for k in range(weight_ih.size(0)):
            units.append((x[n] * weight_ih[k]).sum() + (h[n] * weight_hh[k]).sum() + bias_ih[k] + bias_hh[k])
        rows.append(torch.stack(units))
    return torch.tanh(torch.stack(rows))


def unroll(xs, h0, weight_ih, weight_hh, bias_ih, bias_hh):
    outputs = []
    for t in range(xs.size(0)):
        previous = outputs[t - 1] if t else h0
        outputs.append(rnn_cell(xs[t], previous, weight_ih, weight_hh, bias_ih, bias_hh))
    return torch.stack(outputs), outputs[-1]


def clip_gradients(gradients, max_norm, *, norm_type=2.0):
    total = sum(g.abs().pow(norm_type).sum() for g in gradients) ** (1 / norm_type)
    clipped = []
    for g in gradients:
        clipped.append(g * (max_norm / total) if total > max_norm else g)
    return clipped, total
