"""Layer normalisation, batch normalisation and dropout: three small layers that make deep networks trainable.

The first two differ in which numbers share a mean; the last two behave differently in training and at inference.
Chapter section: Common Pitfalls. Sources: Ba et al., "Layer Normalization" (2016); Ioffe and Szegedy, "Batch Normalization"
(2015), algorithm 1; Srivastava et al., "Dropout" (2014).

Write it yourself: PyTorch's ready-made normalisation layers and dropouts are off limits, in `torch.nn`, in
`torch.nn.functional` and as operators (`nn.LayerNorm`, `nn.RMSNorm`, `nn.GroupNorm`, `nn.BatchNorm*`, `nn.InstanceNorm*`,
`F.layer_norm`, `F.batch_norm`, `nn.Dropout*`, `F.dropout`, … and what lies under them). `mean`, `var` and
`torch.linalg.vector_norm` are fine, and so are random numbers.

For all three: float32 and float64 (the result keeps the dtype of x), tensors that are not contiguous in memory, right
gradients, and inputs left as they were.
"""

import torch
from torch import Tensor, nn


def layer_norm(x: Tensor, weight: Tensor, bias: Tensor, eps: float = 1e-5) -> Tensor:
    """Return (x − mean) / √(var + eps) · weight + bias, with the mean and variance of each sample over the last axis.

    Args:
        x:      (..., d), any number of leading axes; each row of d features is normalised by itself.
        weight: (d,), a factor for each feature.
        bias:   (d,), a summand for each feature.
        eps:    keeps the root away from zero; it is inside the root.

    Returns:
        (..., d). The variance is the biased one: the mean of the squared deviations, divided by d, not by d − 1.
        Differentiable in x, weight and bias.

    Example:
        >>> x = torch.tensor([[1.0, 3.0], [10.0, 30.0]])
        >>> layer_norm(x, weight=torch.ones(2), bias=torch.tensor([0.0, 5.0]), eps=0.0)
        tensor([[-1.,  6.],
                [-1.,  6.]])
    """
    # TODO 1: find the mean and the biased variance of each row.
    # TODO 2: normalise, then scale and shift each feature.
    raise NotImplementedError("TODO: layer_norm")


class BatchNorm(nn.Module):
    """Normalise each channel over the batch: (x − mean) / √(var + eps) · weight + bias.

    Takes x of shape (N, C) or (N, C, H, W) and returns the same shape. Each channel has one mean and one variance,
    over all other axes: N values a channel, or N · H · W. (In train mode a channel has at least two values.)

    Args:
        num_features: C.
        eps:          keeps the root away from zero; it is inside the root.
        momentum:     how much of the running statistics each batch replaces.

    Parameters and buffers, all of shape (C,):
        weight: parameter, ones at first, the factor of each channel;
        bias:   parameter, zeros at first, the summand of each channel;
        running_mean: buffer, zeros at first;
        running_var:  buffer, ones at first.
    A buffer called `num_batches_tracked` is neither asked nor refused.

    Train mode:
        - normalise by the mean and the biased variance of this batch;
        - then update: running = (1 − momentum) · running + momentum · batch. The variance that goes into `running_var` is the
          unbiased one (divided by the number of values less 1). No gradient flows into the running statistics.
    Eval mode:
        - normalise by the running statistics, whatever the batch is, and change nothing.

    Differentiable in x, weight and bias, in both modes; in train mode also through the mean and the variance of the batch.

    Example:
        >>> norm = BatchNorm(1, momentum=0.5)
        >>> norm(torch.tensor([[1.0], [3.0]])).shape
        torch.Size([2, 1])
        >>> norm.running_mean, norm.running_var
        (tensor([1.]), tensor([1.5000]))
        >>> BatchNorm(3)(torch.zeros(2, 3, 4, 5)).shape
        torch.Size([2, 3, 4, 5])
    """

    def __init__(self, num_features: int, eps: float = 1e-5, momentum: float = 0.1) -> None:
        super().__init__()
        # TODO 1: create the two parameters and the two buffers.
        raise NotImplementedError("TODO: BatchNorm.__init__")

    def forward(self, x: Tensor) -> Tensor:
        """Return x normalised, (N, C) or (N, C, H, W) as it came."""
        # TODO 2: in train mode, find the batch's mean and biased variance for each channel.
        # TODO 3: in train mode, update the running statistics, with the unbiased variance.
        # TODO 4: in eval mode, use the running statistics instead.
        # TODO 5: normalise, scale and shift; which axis of x is the channels'?
        raise NotImplementedError("TODO: BatchNorm.forward")


def dropout(x: Tensor, p: float = 0.5, training: bool = True) -> Tensor:
    """Set each element to zero with probability p, and divide the others by 1 − p, so that the mean stays (inverted dropout).

    Args:
        x:        any shape.
        p:        the probability of being dropped, from 0 to 1, both included.
        training: False means inference: nothing is dropped, nothing is scaled.

    Returns:
        The shape and dtype of x. Equal to x when `training` is False or p is 0; all zeros when p is 1 (not NaN).
        Every element is drawn independently, and every call draws anew.
        Differentiable: a kept element passes its gradient on, divided by 1 − p; a dropped one passes on zero.

    Raises:
        ValueError: p is below 0 or above 1, whatever `training` is.

    Example:
        >>> dropout(torch.tensor([1.0, 2.0]), p=0.5, training=False)
        tensor([1., 2.])
        >>> dropped = dropout(torch.ones(1000), p=0.75)
        >>> dropped.unique()
        tensor([0., 4.])
    """
    # TODO 1: refuse a p that is no probability.
    # TODO 2: at inference, hand x over as it is.
    # TODO 3: draw which elements stay, and scale them so that the mean stays; mind p = 1.
    raise NotImplementedError("TODO: dropout")
