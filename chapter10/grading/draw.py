"""Random inputs for a suite: `draw`. The same seed and the same test give the same numbers; a tape can put recorded ones in place."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch

Tensor = torch.Tensor


class Draw:
    """Draws tensors from a generator of its own, so that nothing else in the process moves it."""

    def __init__(self, seed: int, keep: Callable[[Tensor], Tensor] = lambda tensor: tensor) -> None:
        self._generator = torch.Generator().manual_seed(seed)
        self._keep = keep

    def normal(self, *shape: int, dtype: torch.dtype = torch.float32, scale: float = 1.0) -> Tensor:
        """Return standard normal numbers times `scale`. Drawn in float32, so that both precisions see the same numbers."""
        return self._keep((torch.randn(shape, generator=self._generator) * scale).to(dtype))

    def uniform(self, *shape: int, low: float = 0.0, high: float = 1.0, dtype: torch.dtype = torch.float32) -> Tensor:
        """Return numbers from [low, high)."""
        return self._keep((torch.rand(shape, generator=self._generator) * (high - low) + low).to(dtype))

    def integers(self, *shape: int, low: int, high: int) -> Tensor:
        """Return int64 numbers from {low, …, high − 1}."""
        return self._keep(torch.randint(low, high, shape, generator=self._generator))

    def small(self, *shape: int, dtype: torch.dtype = torch.float32) -> Tensor:
        """Return whole numbers from −2 to 2: pleasant to read in a counterexample."""
        return self._keep(torch.randint(-2, 3, shape, generator=self._generator).to(dtype))

    def keep_mask(self, *shape: int, share: float = 0.6) -> Tensor:
        """Return a bool mask (True = may attend) in which every row keeps at least one key, and most rows block some."""
        mask = torch.rand(shape, generator=self._generator) < share
        column = torch.randint(0, shape[-1], (*shape[:-1], 1), generator=self._generator)
        return self._keep(mask.scatter(-1, column, True))

    def permutation(self, size: int) -> Tensor:
        """Return 0, …, size − 1 in random order, never in the old one (for size > 1)."""
        order = torch.randperm(size, generator=self._generator)
        if size > 1 and torch.equal(order, torch.arange(size)):
            order = order.roll(1)
        return self._keep(order)

    def choice(self, options: Sequence[int]) -> int:
        """Return one of `options`."""
        return int(options[int(self._keep(torch.randint(0, len(options), (), generator=self._generator)))])


def scattered(tensor: Tensor) -> Tensor:
    """Return the same numbers, laid out in memory so that no dimension is contiguous: what `.view` trips over."""
    return tensor.transpose(-1, -2).contiguous().transpose(-1, -2) if tensor.dim() > 1 else tensor
