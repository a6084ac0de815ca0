"""How numbers of a counterexample are written, wherever it is shown."""

from __future__ import annotations

from typing import Any


def short(value: Any, wide: bool = False) -> str:
    """Return a number with four digits, or eight where `wide`; anything else as it is."""
    return f"{value:.{8 if wide else 4}g}" if isinstance(value, float) else str(value)


def alike(one: Any, other: Any) -> bool:
    """Say whether two numbers look the same at four digits, so that both need more."""
    return short(one) == short(other)
