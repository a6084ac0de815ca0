"""The residual block: learn what to add to the input, not the whole answer.

The shortcut carries the input past two convolutions, so that gradients reach the early layers of a deep network.
Chapter section: Convolutional Neural Networks (its last paragraph). Source: He et al., "Deep Residual Learning for Image
Recognition" (2016), figure 2 and section 4.1.
"""

import torch
from torch import Tensor, nn


class ResidualBlock(nn.Module):
    """Return relu(branch(x) + shortcut(x)), where the branch is conv1 → bn1 → ReLU → conv2 → bn2.

    Submodules, by these names (the grader loads weights into them):
        conv1: `nn.Conv2d`, in_channels → out_channels, 3 × 3, padding 1, the stride, no bias;
        bn1:   `nn.BatchNorm2d` of out_channels, default settings;
        conv2: `nn.Conv2d`, out_channels → out_channels, 3 × 3, padding 1, stride 1, no bias;
        bn2:   `nn.BatchNorm2d` of out_channels, default settings.

    And the shortcut:
        - the input itself, with no parameters, when the block changes neither channels nor size
          (in_channels = out_channels and stride = 1);
        - otherwise a 1 × 1 `nn.Conv2d` without bias, with the block's stride, then an `nn.BatchNorm2d` (default settings),
          and nothing after it. The grader finds these two by type, so name and nest them as you like; `shortcut` is customary.

    The chapter has no listing of this block; the above follows the paper's projection shortcut ("option B").

    Args:
        in_channels:  channels of the input.
        out_channels: channels of the output.
        stride:       step of the first convolution, in pixels; 2 halves the image.

    What the grader holds you to:
        - `forward` takes (N, in_channels, H, W) and returns (N, out_channels, H_out, W_out), where
          H_out = floor((H − 1) / stride) + 1 and the same for W_out; H and W may differ and may be odd;
        - in eval mode, the result equals the reference's with the reference's weights, and running statistics stay the same;
        - in train mode, the batch norms normalise by the batch, and each call updates their running statistics once;
        - float32 and float64, x contiguous in memory or not; x is left as it was;
        - every parameter and x receive their right gradients;
        - with `bn2.weight` at zero, the block is relu(shortcut(x)) (the biases of batch norms start at zero);
        - through a fresh stack of 50 blocks in train mode, the gradient's norm at the input is between 1/1000 and 1000 times
          that at the output.

    Nothing is forbidden here.

    Example:
        >>> x = torch.zeros(2, 16, 8, 6)
        >>> ResidualBlock(16, 16)(x).shape
        torch.Size([2, 16, 8, 6])
        >>> ResidualBlock(16, 32, stride=2)(x).shape
        torch.Size([2, 32, 4, 3])
        >>> len(list(ResidualBlock(16, 16).parameters())), len(list(ResidualBlock(16, 32).parameters()))
        (6, 9)
    """

    def __init__(self, in_channels: int, out_channels: int, stride: int = 1) -> None:
        super().__init__()
        # TODO 1: create conv1, bn1, conv2 and bn2.
        # TODO 2: create the shortcut: does the block change the shape of its input?
        raise NotImplementedError("TODO: ResidualBlock.__init__")

    def forward(self, x: Tensor) -> Tensor:
        """Return (N, out_channels, H_out, W_out) for x (N, in_channels, H, W)."""
        # TODO 3: send x through the branch.
        # TODO 4: add the shortcut, then apply the last ReLU.
        raise NotImplementedError("TODO: ResidualBlock.forward")
