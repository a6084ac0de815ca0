"""What a reply must look like, by the operation that it answers. A child's reply is used only after it has passed here."""

from __future__ import annotations

import math
import re
from typing import Any, TypeGuard

import torch

from chapter10.sandbox.protocol import Ref

_LABEL = re.compile(r"\w{1,100}(\.\d{1,6}){0,8}", re.ASCII)  # of an input: "0", "mask", "0.1"
_MOST_NAMES = 10_000
_MOST_NUMBERS = 1 << 40  # in one tensor that is only described
_TEXTS = ("type", "message", "source", "name")


def well_formed(request: dict[str, Any], reply: dict[str, Any]) -> bool:
    """Say whether `reply` has the fields, of the types, that `request` asked for."""
    match request["op"]:
        case "call":
            return (
                "value" in reply
                and _strings(reply.get("changed"))
                and all(_LABEL.fullmatch(label) for label in reply["changed"])
                and ("gradients" not in request or _gradients(reply.get("gradients")))
                and (not request.get("trace") or _trace(reply.get("trace")))
            )
        case "load":
            return _strings(reply.get("names"))
        case "build":
            return isinstance(reply.get("value"), Ref)
        case "state":
            state = reply.get("state")
            return _named(state) and all(isinstance(value, torch.Tensor) for value in state.values())
        case "describe":
            return _description(reply)
        case "train":
            return _training(request, reply)
    return True


def error_of(value: Any) -> dict[str, Any] | None:
    """Return the description of an error, rebuilt from the fields that it may have; None where it is none.

    That a process was lost is for the grader to find out, not for the child to say: `lost` is no kind of error here.
    """
    if not isinstance(value, dict):
        return None
    error: dict[str, Any] = {"kind": value.get("kind")}
    match error["kind"]:
        case "raised" | "syntax" | "unsendable":
            line = value.get("line")
            error["line"] = line if type(line) is int and 0 <= line <= 1 << 30 else 0
            error["bases"] = _names(value.get("bases"))  # a subclass of ValueError is a ValueError
        case "missing":
            error["found"] = _text(value.get("found")) or None
        case "cotangent":
            error |= {name: _shape(value.get(name)) for name in ("shape", "expected")}
        case "state":
            error |= {name: _names(value.get(name)) for name in ("missing", "unexpected")}
            mismatched = value.get("mismatched")
            error["mismatched"] = {
                _text(name): [_shape(shapes[0]), _shape(shapes[1])]
                for name, shapes in (list(mismatched.items())[:20] if isinstance(mismatched, dict) else [])
                if isinstance(shapes, list) and len(shapes) == 2
            }
        case _:
            return None
    return error | {name: _text(value[name]) for name in _TEXTS if name in value}


def _text(value: Any) -> str:
    return value[:2000] if isinstance(value, str) else ""


def _names(value: Any) -> list[str]:
    return [_text(name) for name in value[:100]] if isinstance(value, list) else []


def _shape(value: Any) -> list[int]:
    return [size for size in value[:16] if type(size) is int] if isinstance(value, list) else []


def _strings(value: Any) -> bool:
    return isinstance(value, list) and len(value) <= _MOST_NAMES and all(isinstance(item, str) for item in value)


def _named(value: Any) -> TypeGuard[dict[str, Any]]:
    return isinstance(value, dict) and len(value) <= _MOST_NAMES and _strings(list(value))


def _gradients(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and all(_named(value.get(kind)) for kind in ("inputs", "parameters"))
        and all(_LABEL.fullmatch(label) for label in value["inputs"])
        and all(
            item is None or isinstance(item, torch.Tensor) for kind in ("inputs", "parameters") for item in value[kind].values()
        )
    )


def _trace(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and _named(value.get("operators"))
        and all(_whole(count) for count in [*value["operators"].values(), value.get("largest"), value.get("total")])
    )


def _whole(value: Any) -> bool:
    return type(value) is int and value >= 0


def _training(request: dict[str, Any], reply: dict[str, Any]) -> bool:
    history, outputs = reply.get("history"), reply.get("outputs")
    if not (isinstance(history, list) and len(history) == request["steps"] and all(type(loss) is float for loss in history)):
        return False
    if not request["finish"]:
        return outputs is None
    return isinstance(outputs, torch.Tensor) and outputs.is_floating_point()


def _description(reply: dict[str, Any]) -> bool:
    for kind in ("parameters", "buffers"):
        entries = reply.get(kind)
        if not _named(entries):
            return False
        for entry in entries.values():
            if not (isinstance(entry, dict) and isinstance(entry.get("dtype"), torch.dtype)):
                return False
            shape = entry.get("shape")
            if not (isinstance(shape, list) and len(shape) <= 16 and all(map(_whole, shape))):
                return False
            if math.prod(shape) > _MOST_NUMBERS:
                return False
            if not isinstance(entry.get("trainable"), bool):
                return False
    modules, aliases = reply.get("modules"), reply.get("aliases")
    return (
        _named(modules)
        and _named(aliases)
        and _strings(list(aliases.values()))
        and all(map(_strings, modules.values()))
        and isinstance(reply.get("training"), bool)
    )
