"""Comparing a learner's tensor with a float64 reference.

The tolerance is derived, not tuned: `eps(dtype) · (16 + 2 · terms) · condition · scale`. `terms` is the length of the
longest sum behind one number (rounding errors add up along it, for any order of summation and with some room for other
formulas); `condition` is how much the problem itself magnifies rounding (10,000 for a softmax of scores of that size);
`scale` is the largest expected magnitude, so that zeros never pass for small values. For float64 eps is taken as 2⁻²⁶,
since a constant such as √d may rightly have been held in float32.
"""

from __future__ import annotations

import math
from typing import Any

import torch

from chapter10.sandbox.protocol import Opaque
from chapter10.sandbox.proxy import Model

Tensor = torch.Tensor

_EPS = {torch.float32: 2.0**-23, torch.float64: 2.0**-26, torch.float16: 2.0**-10, torch.bfloat16: 2.0**-7}


class CheckFailed(AssertionError):
    """A check of the suite failed: `rationale` is what is wrong, `help` what to try. `actual` and `expected` show it."""

    def __init__(self, rationale: str, help: str = "", actual: Any = None, expected: Any = None, index: Any = None) -> None:
        super().__init__(rationale)
        self.rationale = rationale
        self.help = help
        self.actual = actual
        self.expected = expected
        self.index = index


def fail(rationale: str, help: str = "") -> None:
    """Fail the test with a sentence for the learner. Raises CheckFailed."""
    raise CheckFailed(rationale, help)


EXACT = 2.0**-18  # of a float64 tolerance, which has room for a constant such as √d that was held in float32
_ROUGH = "It is right to about seven digits, as float32 is: which step on the way leaves float64?"


def tolerance(dtype: torch.dtype, terms: int, condition: float, scale: float) -> float:
    """Return the largest absolute difference that rounding explains."""
    return _EPS[dtype] * (16 + 2 * terms) * condition * scale


def exact(dtype: torch.dtype) -> float:
    """Return the `condition` where no such constant comes in: what was computed in float32 on the way then shows."""
    return EXACT if dtype is torch.float64 else 1.0


def assert_close(
    actual: Any,
    expected: Tensor,
    *,
    terms: int = 1,
    dtype: torch.dtype | None = torch.float32,
    condition: float = 1.0,
    scale: float | None = None,
    what: str = "your result",
) -> None:
    """Check that `actual` is a tensor of the right shape, dtype and numbers.

    Args:
        actual: what the learner's code returned.
        expected: the reference's answer, in float64 where it is floating.
        terms: length of the longest sum behind one number.
        dtype: what the learner's tensor must have; None accepts any floating dtype.
        condition: how much the problem magnifies rounding.
        scale: the magnitude that rounding is measured by; by default the largest expected one.
        what: how a message names the tensor.

    Raises:
        CheckFailed: naming the first thing that is wrong: type, shape, dtype, NaN, numbers.
    """
    assert_tensor(actual, tuple(expected.shape), what=what, expected=expected)
    if dtype is not None and expected.is_floating_point() and actual.dtype != dtype:
        raise CheckFailed(
            f"{_capital(what)} has dtype {_name(actual.dtype)}, expected {_name(dtype)}.",
            "Keep the dtype of the inputs: make new tensors with `dtype=x.dtype`, and convert nothing to a fixed dtype.",
            actual,
            expected,
        )
    if not expected.is_floating_point():
        assert_equal(actual, expected, what=what)
        return
    if not actual.is_floating_point():
        raise CheckFailed(f"{_capital(what)} has dtype {_name(actual.dtype)}, expected a floating one.", "", actual, expected)
    if expected.numel() == 0:
        return
    expected = expected.detach()
    difference = (actual.double() - expected).abs()
    size = float(expected.abs().max()) if scale is None else scale
    if float(difference.max()) <= tolerance(actual.dtype, terms, condition, size) < math.inf:
        return  # NaN and infinity fail this, and are looked at more closely
    _check_finite(actual, expected, what)
    finite = expected[torch.isfinite(expected)]
    size = scale if scale is not None else float(finite.abs().max()) if finite.numel() else 0.0
    allowed = tolerance(actual.dtype, terms, condition, size)
    wrong = (difference > allowed) & torch.isfinite(expected)
    if wrong.any():
        index = tuple(wrong.nonzero()[0].tolist())
        mine, right = _told_apart(actual[index], expected[index])
        rough = actual.dtype is torch.float64 and float(difference.max()) <= tolerance(torch.float32, terms, condition, size)
        raise CheckFailed(
            f"{_capital(what)} is {mine}{_at(index)}, expected {right}." + _share(int(wrong.sum()), wrong.numel()),
            _ROUGH if rough else "",
            actual,
            expected,
            index,
        )


def assert_equal(actual: Any, expected: Any, *, what: str = "your result") -> None:
    """Check exact equality: of tensors (dtype, shape and every element), of numbers, of lists. Raises CheckFailed."""
    if isinstance(expected, Tensor):
        assert_tensor(actual, tuple(expected.shape), what=what, expected=expected)
        if actual.dtype != expected.dtype:
            raise CheckFailed(
                f"{_capital(what)} has dtype {_name(actual.dtype)}, expected {_name(expected.dtype)}.", "", actual, expected
            )
        wrong = actual != expected
        if wrong.any():
            index = tuple(wrong.nonzero()[0].tolist())
            raise CheckFailed(
                f"{_capital(what)} is {_number(actual[index])}{_at(index)}, expected {_number(expected[index])}."
                + _share(int(wrong.sum()), wrong.numel()),
                "",
                actual,
                expected,
                index,
            )
        return
    if isinstance(actual, Tensor) and actual.dim() == 0 and isinstance(expected, (int, float)):
        actual = actual.item()
    same_kind = isinstance(actual, type(expected)) or (isinstance(expected, (int, float)) and isinstance(actual, (int, float)))
    if not same_kind or isinstance(actual, bool) != isinstance(expected, bool) or actual != expected:
        raise CheckFailed(f"{_capital(what)} is {describe(actual)}, expected {expected!r}.", "", actual, expected)


def assert_tensor(actual: Any, shape: tuple[int, ...], *, what: str = "your result", expected: Any = None) -> None:
    """Check that `actual` is a tensor of `shape`. Raises CheckFailed."""
    if not isinstance(actual, Tensor):
        hint = ""
        if actual is None:
            hint = "Does every path through your function end with a `return`?"
        elif isinstance(actual, (tuple, list)):
            hint = "Return the tensor alone."
        raise CheckFailed(
            f"{_capital(what)} is {describe(actual)}, expected a tensor of shape {shape}.", hint, actual, expected
        )
    if tuple(actual.shape) != shape:
        raise CheckFailed(
            f"{_capital(what)} has shape {tuple(actual.shape)}, expected {shape}.",
            "Follow the shapes line by line: write each one behind its line as a comment.",
            actual,
            expected,
        )


def assert_gradient(
    actual: Tensor | None, expected: Tensor | None, name: str, *, terms: int = 1, condition: float = 1.0,
    dtype: torch.dtype | None = torch.float32, scale: float | None = None,
) -> None:  # fmt: skip
    """Check one gradient. Where the reference's is zero, none at all is as good. Raises CheckFailed."""
    what = f"the gradient with respect to {name}"
    if expected is None or not expected.any():
        if actual is None:
            return
        expected = torch.zeros_like(actual, dtype=torch.float64) if expected is None else expected
    if actual is None:
        raise CheckFailed(
            f"No gradient arrives at {name}.",
            "Something cuts the graph on the way: `.detach()`, `.data`, `.item()`, `torch.no_grad()`, or a tensor made anew.",
            None,
            expected,
        )
    assert_close(actual, expected, terms=terms, dtype=dtype, condition=condition, scale=scale, what=what)


def _check_finite(actual: Tensor, expected: Tensor, what: str) -> None:
    odd = ~torch.isfinite(actual) & torch.isfinite(expected)
    lost = torch.isfinite(actual) & ~torch.isfinite(expected)
    wrong = odd | lost | (~torch.isfinite(expected) & (actual.double() != expected) & ~(actual.isnan() & expected.isnan()))
    if wrong.any():
        index = tuple(wrong.nonzero()[0].tolist())
        raise CheckFailed(
            f"{_capital(what)} is {_number(actual[index])}{_at(index)}, expected {_number(expected[index])}.",
            "",
            actual,
            expected,
            index,
        )


def describe(value: Any) -> str:
    """Say in a few words what a value is."""
    if value is None:
        return "None"
    if isinstance(value, Tensor):
        return f"a tensor of shape {tuple(value.shape)}"
    if isinstance(value, (tuple, list)):
        return f"a {type(value).__name__} of {len(value)}"
    if isinstance(value, Opaque):
        return f"an object of type {value.type_name}"
    if isinstance(value, Model):
        return "a model"
    return repr(value)[:80]


def _name(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")


def _number(value: Tensor, digits: int = 6) -> str:
    item = value.item()
    return f"{item:.{digits}g}" if isinstance(item, float) else str(item)


def _told_apart(one: Tensor, other: Tensor) -> tuple[str, str]:
    """Return two numbers with as many digits as it takes to see a difference."""
    digits = next((count for count in range(6, 17) if _number(one, count) != _number(other, count)), 17)
    return _number(one, digits), _number(other, digits)


def _at(index: tuple[int, ...]) -> str:
    return f" at [{', '.join(map(str, index))}]" if index else ""


def _share(wrong: int, total: int) -> str:
    return f" {wrong} of {total} numbers are wrong." if total > 1 else ""


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
