"""SimpleCNN: two convolutions, two poolings and one linear layer that read handwritten digits.

Chapter section: Convolutional Neural Networks. Where this text is silent, the chapter's listing of SimpleCNN holds.
Source: LeCun et al., "Gradient-Based Learning Applied to Document Recognition" (1998); the network is the chapter's own.
"""

import torch
from torch import Tensor, nn


class SimpleCNN(nn.Module):
    """Classify 28 × 28 grey images into 10 digits.

    Submodules, by these names (the grader loads weights into them):
        conv1: 2-D convolution, 1 → 32 channels, 3 × 3 kernel, padding 1, with bias;
        conv2: 2-D convolution, 32 → 64 channels, 3 × 3 kernel, padding 1, with bias;
        pool:  max pooling, 2 × 2, stride 2, used twice;
        fc:    linear layer, 3136 = 64 · 7 · 7 → 10, with bias.

    A ReLU follows each convolution, then pooling. (ReLU and max pooling commute, so either order is right.)

    What the grader holds you to:
        - `forward` takes (N, 1, 28, 28) and returns logits (N, 10), for any N. No softmax: the loss function does that;
        - the feature maps are flattened in PyTorch's own order (channel, row, column) before `fc`, as the chapter does;
        - the logits equal the reference's once its `state_dict` is loaded, in float32 and float64 (eval mode);
        - every parameter receives its right gradient;
        - the images are left as they were;
        - 50,186 parameters;
        - trained with the grader's recipe, it reaches the grader's accuracy on real MNIST digits.

    Nothing is forbidden here: use `nn.Conv2d`, `nn.MaxPool2d` and `nn.Linear`.

    Example:
        >>> model = SimpleCNN()
        >>> model(torch.zeros(5, 1, 28, 28)).shape
        torch.Size([5, 10])
        >>> sum(parameter.numel() for parameter in model.parameters())
        50186
    """

    def __init__(self) -> None:
        super().__init__()
        # TODO 1: create conv1, conv2, pool and fc.
        raise NotImplementedError("TODO: SimpleCNN.__init__")

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits (N, 10) of the images x (N, 1, 28, 28)."""
        # TODO 2: convolve, apply ReLU and pool, twice: 28 → 14 → 7 pixels.
        # TODO 3: flatten each image's feature maps, and turn them into 10 logits.
        raise NotImplementedError("TODO: SimpleCNN.forward")
