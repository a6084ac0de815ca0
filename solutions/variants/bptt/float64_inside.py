"""Computes in float64 and returns the dtype that came in."""

import torch


def rnn_cell(x, h, weight_ih, weight_hh, bias_ih, bias_hh):
    wide = [t.double() for t in (x, h, weight_ih, weight_hh, bias_ih, bias_hh)]
    total = wide[0].matmul(wide[2].t()) + wide[1].matmul(wide[3].t()) + wide[4] + wide[5]
    return total.tanh().to(x.dtype)


def unroll(xs, h0, weight_ih, weight_hh, bias_ih, bias_hh):
    outputs, h = [], h0
    for x in torch.unbind(xs):
        h = rnn_cell(x, h, weight_ih, weight_hh, bias_ih, bias_hh)
        outputs += [h.unsqueeze(0)]
    return torch.cat(outputs, dim=0), h


def clip_gradients(gradients, max_norm):
    total_norm = sum(float(g.double().square().sum()) for g in gradients) ** 0.5
    factor = max_norm / max(total_norm, max_norm)
    return [(g.double() * factor).to(g.dtype) for g in gradients], total_norm
