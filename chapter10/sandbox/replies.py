"""What a reply must look like, by the operation that it answers. A child's reply is used only after it has passed here."""

from __future__ import annotations

from typing import Any

import torch

from chapter10.sandbox.protocol import Ref


def well_formed(request: dict[str, Any], reply: dict[str, Any]) -> bool:
    """Say whether `reply` has the fields, of the types, that `request` asked for."""
    match request["op"]:
        case "call":
            return (
                "value" in reply
                and _strings(reply.get("changed"))
                and ("gradients" not in request or _gradients(reply.get("gradients")))
                and (not request.get("trace") or _trace(reply.get("trace")))
            )
        case "build":
            return isinstance(reply.get("value"), Ref)
        case "state":
            state = reply.get("state")
            return isinstance(state, dict) and all(
                isinstance(name, str) and isinstance(value, torch.Tensor) for name, value in state.items()
            )
        case "describe":
            return _description(reply)
        case "train":
            return _training(request, reply)
    return True


def _strings(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _gradients(value: Any) -> bool:
    return isinstance(value, dict) and all(
        isinstance(value.get(kind), dict)
        and all(
            isinstance(name, str) and (item is None or isinstance(item, torch.Tensor)) for name, item in value[kind].items()
        )
        for kind in ("inputs", "parameters")
    )


def _trace(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and isinstance(value.get("operators"), dict)
        and isinstance(value.get("largest"), int)
        and isinstance(value.get("total"), int)
    )


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
        if not isinstance(entries, dict):
            return False
        for name, entry in entries.items():
            if not (isinstance(name, str) and isinstance(entry, dict) and isinstance(entry.get("dtype"), torch.dtype)):
                return False
            shape = entry.get("shape")
            if not (isinstance(shape, list) and all(type(size) is int and size >= 0 for size in shape)):
                return False
            if kind == "parameters" and not isinstance(entry.get("trainable"), bool):
                return False
    modules = reply.get("modules")
    return (
        isinstance(modules, dict)
        and all(isinstance(name, str) and _strings(kinds) for name, kinds in modules.items())
        and isinstance(reply.get("training"), bool)
    )
