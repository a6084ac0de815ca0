"""Random inputs for a suite: `draw`. The same seed and the same test give the same numbers; a tape can put recorded
ones in place."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch

Tensor = torch.Tensor
Keep = Callable[[Callable[[], Tensor]], Tensor]


def _widened(drawn: Tensor, dtype: torch.dtype) -> Tensor:
    """In float64 the same numbers to seven digits, with further ones that float32 cannot hold."""
    return drawn.to(dtype) * (1 + 2.0**-25) if dtype is torch.float64 else drawn.to(dtype)


class Draw:
    """Draws tensors, each from a seed of its own, so that one that is on the tape need not be drawn again."""

    def __init__(self, seed: int, keep: Keep = lambda make: make()) -> None:
        self._seed = seed
        self._count = 0
        self._generator = torch.Generator()
        self._keep = keep

    def _drawn(self, make: Callable[[torch.Generator], Tensor]) -> Tensor:
        self._count += 1
        seed = (self._seed * 0x9E3779B97F4A7C15 + self._count) % (1 << 63)  # far apart, also for neighbouring seeds
        return self._keep(lambda: make(self._generator.manual_seed(seed)))

    def normal(self, *shape: int, dtype: torch.dtype = torch.float32, scale: float = 1.0) -> Tensor:
        """Return standard normal numbers times `scale`. Drawn in float32, so that both precisions see the same numbers."""
        return self._drawn(lambda generator: _widened(torch.randn(shape, generator=generator) * scale, dtype))

    def uniform(self, *shape: int, low: float = 0.0, high: float = 1.0, dtype: torch.dtype = torch.float32) -> Tensor:
        """Return numbers from [low, high)."""
        return self._drawn(lambda generator: _widened(torch.rand(shape, generator=generator) * (high - low) + low, dtype))

    def integers(self, *shape: int, low: int, high: int) -> Tensor:
        """Return int64 numbers from {low, …, high − 1}."""
        return self._drawn(lambda generator: torch.randint(low, high, shape, generator=generator))

    def small(self, *shape: int, dtype: torch.dtype = torch.float32) -> Tensor:
        """Return whole numbers from −2 to 2: pleasant to read in a counterexample."""
        return self._drawn(lambda generator: torch.randint(-2, 3, shape, generator=generator).to(dtype))

    def keep_mask(self, *shape: int, share: float = 0.6) -> Tensor:
        """Return a bool mask (True = may attend) in which every row keeps at least one key, and most rows block some."""

        def make(generator: torch.Generator) -> Tensor:
            mask = torch.rand(shape, generator=generator) < share
            column = torch.randint(0, shape[-1], (*shape[:-1], 1), generator=generator)
            return mask.scatter(-1, column, True)

        return self._drawn(make)

    def permutation(self, size: int) -> Tensor:
        """Return 0, …, size − 1 in random order, never in the old one (for size > 1)."""

        def make(generator: torch.Generator) -> Tensor:
            order = torch.randperm(size, generator=generator)
            return order.roll(1) if size > 1 and torch.equal(order, torch.arange(size)) else order

        return self._drawn(make)

    def choice(self, options: Sequence[int]) -> int:
        """Return one of `options`."""
        return int(options[int(self._drawn(lambda generator: torch.randint(0, len(options), (), generator=generator)))])


def scattered(tensor: Tensor) -> Tensor:
    """Return the same numbers, laid out in memory so that no dimension is contiguous: what `.view` trips over."""
    return tensor.transpose(-1, -2).contiguous().transpose(-1, -2) if tensor.dim() > 1 else tensor
