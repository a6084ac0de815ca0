"""Writes backpropagation through time out as an autograd function of its own."""

import torch


class Unroll(torch.autograd.Function):
    @staticmethod
    def forward(ctx, xs, h0, weight_ih, weight_hh, bias_ih, bias_hh):
        states = [h0]
        for x in xs:
            states.append(torch.tanh(x @ weight_ih.T + bias_ih + states[-1] @ weight_hh.T + bias_hh))
        states = torch.stack(states)
        ctx.save_for_backward(xs, states, weight_ih, weight_hh)
        return states[1:].clone()

    @staticmethod
    def backward(ctx, grad_outputs):
        xs, states, weight_ih, weight_hh = ctx.saved_tensors
        grad_xs = torch.zeros_like(xs)
        grad_ih, grad_hh = torch.zeros_like(weight_ih), torch.zeros_like(weight_hh)
        grad_bias = weight_ih.new_zeros(len(weight_ih))
        grad_h = torch.zeros_like(states[0])
        for t in reversed(range(len(xs))):
            grad_sum = (grad_outputs[t] + grad_h) * (1 - states[t + 1] ** 2)  # back through tanh
            grad_xs[t] = grad_sum @ weight_ih
            grad_ih += grad_sum.T @ xs[t]
            grad_hh += grad_sum.T @ states[t]
            grad_bias += grad_sum.sum(dim=0)
            grad_h = grad_sum @ weight_hh
        return grad_xs, grad_h, grad_ih, grad_hh, grad_bias, grad_bias.clone()


def rnn_cell(x, h, weight_ih, weight_hh, bias_ih, bias_hh):
    return Unroll.apply(x.unsqueeze(0), h, weight_ih, weight_hh, bias_ih, bias_hh)[0]


def unroll(xs, h0, weight_ih, weight_hh, bias_ih, bias_hh):
    outputs = Unroll.apply(xs, h0, weight_ih, weight_hh, bias_ih, bias_hh)
    return outputs, outputs[-1]


def clip_gradients(gradients, max_norm):
    total_norm = torch.linalg.vector_norm(torch.stack([torch.linalg.vector_norm(g) for g in gradients]))
    scale = torch.where(total_norm > max_norm, max_norm / total_norm, torch.ones_like(total_norm))
    return [scale * g for g in gradients], total_norm
