"""A counterexample as data: the call, its inputs, what was expected and what came. Small enough to be read, or not at all."""

from __future__ import annotations

import math
from typing import Any

import torch

from chapter10.grading.compare import CheckFailed, describe
from chapter10.sandbox.protocol import Opaque, Ref
from chapter10.sandbox.proxy import Call, Gradients, SubjectError

READABLE = 36  # numbers in one tensor that a person still reads
SHOWN = 400  # numbers or characters that are written down at all


def from_check(failure: CheckFailed, calls: list[Call]) -> dict[str, Any] | None:
    """Return the counterexample of a failed comparison, when the call that it is about is small enough."""
    if failure.expected is None and failure.actual is None:
        return None
    call, what = _origin(failure.actual, calls)
    if call is None or not _readable(call, failure.expected):
        return None
    return build(call, what, failure.expected, failure.actual, failure.index)


def from_error(failure: SubjectError) -> dict[str, Any] | None:
    """Return the counterexample of a call that failed instead of answering."""
    call, error = failure.call, failure.error
    if call.request.get("op") != "call" or not call.arguments or not _readable(call, None):
        return None
    kind = error.get("type") or error.get("reason") or error.get("kind")
    return build(call, "result", None, f"{'raises ' if error.get('type') else ''}{kind}", None)


def build(call: Call, what: str, expected: Any, actual: Any, index: tuple[int, ...] | None) -> dict[str, Any]:
    """Return {"call", "what", "inputs", "expected", "yours", "first_difference"}."""
    names = ", ".join(call.arguments)
    document: dict[str, Any] = {
        "call": f"{call.label}({names})",
        "what": what,
        "inputs": {name: plain(value) for name, value in call.arguments.items()},
        "expected": plain(expected),
        "yours": plain(actual),
        "first_difference": None,
    }
    if index is not None and isinstance(actual, torch.Tensor) and isinstance(expected, torch.Tensor):
        document["first_difference"] = {
            "index": list(index),
            "expected": _scalar(expected[index].item()),
            "yours": _scalar(actual[index].item()),
        }
    return document


def _origin(actual: Any, calls: list[Call]) -> tuple[Call | None, str]:
    """Find the call that a compared value came from."""
    for call in reversed(calls):
        if call.request.get("op") != "call":
            continue
        if isinstance(call.gradients, Gradients):
            for name, gradient in [*call.gradients.inputs.items(), *call.gradients.parameters.items()]:
                if gradient is actual and actual is not None:
                    return call, f"gradient of {name}"
        if call.value is actual or (isinstance(call.value, (tuple, list)) and any(item is actual for item in call.value)):
            return call, "result"
    return None, ""


def _readable(call: Call, expected: Any) -> bool:
    return all(_count(value) <= READABLE for value in [*call.arguments.values(), expected])


def _count(value: Any) -> int:
    if isinstance(value, torch.Tensor):
        return value.numel()
    if isinstance(value, (list, tuple)):
        return sum(_count(item) for item in value)
    return 1


def plain(value: Any) -> Any:
    """Return a value in JSON's terms; a tensor becomes {"shape", "dtype", "values"}."""
    if _count(value) > SHOWN:
        return describe(value)
    if isinstance(value, torch.Tensor):
        dtype = str(value.dtype).removeprefix("torch.")
        return {"shape": list(value.shape), "dtype": dtype, "values": _listed(value.tolist())}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, str):
        return value[:SHOWN]
    if isinstance(value, (bool, int)) or value is None:
        return value
    if isinstance(value, float):
        return _scalar(value)
    if isinstance(value, (Opaque, Ref)):
        return describe(value)
    return describe(value)


def _listed(values: Any) -> Any:
    return [_listed(item) for item in values] if isinstance(values, list) else _scalar(values)


def _scalar(value: Any) -> Any:
    """JSON has no NaN and no infinity: they become words. Other numbers keep six digits."""
    if isinstance(value, float):
        return float(f"{value:.6g}") if math.isfinite(value) else str(value)
    return value if isinstance(value, (int, bool)) else str(value)
