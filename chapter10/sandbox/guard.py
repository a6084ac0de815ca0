"""The guard on forbidden operations: policy, not a wall. Whoever gets round it still computes in the child, and is still judged.

Two nets, both spread after the learner's file has been imported (work at import may use what it likes) and both caught in by any
spelling, since they sit where all spellings meet:

- operators: the dispatcher's kernels are overridden, so `F.x`, `torch.ops.aten.x`, `torch._C._nn.x`, a captured alias, `getattr`, `exec`
  and a call from a thread all arrive at ours;
- Python functions and classes that no single operator stands for (`nn.MultiheadAttention`, `clip_grad_norm_`): their code object is
  exchanged, so every alias made before is caught as well.

A forbidden call raises, so nothing is earned with it, and it is noted, so hiding the exception does not help.
"""

from __future__ import annotations

import sys
import types
from collections.abc import Iterable
from typing import Any

import torch

_KEYS = ("CPU", "AutogradCPU", "FuncTorchBatched")


class ForbiddenOperation(RuntimeError):
    """The learner's function used something that the exercise asks to be written by hand."""


class Guard:
    """Forbids operators and Python names from `install` on; `hits` lists (name, line of the learner's file)."""

    def __init__(self, filename: str, names: Iterable[str], operators: Iterable[str]) -> None:
        self.hits: list[tuple[str, int]] = []
        self._filename = filename
        self._names = list(names)
        self._operators = list(operators)
        self._library: torch.library.Library | None = None

    def install(self) -> None:
        """Spread both nets."""
        if self._operators:
            self._library = torch.library.Library("aten", "IMPL")
            for name in self._operators:
                self._override(name)
        for dotted in self._names:
            for name, target in _resolve(dotted):
                self._intercept(name, target)

    def _refuse(self, name: str) -> None:
        frame, line = sys._getframe(1), 0
        while frame is not None:
            if frame.f_code.co_filename == self._filename:
                line = frame.f_lineno
                break
            frame = frame.f_back
        self.hits.append((name, line))
        raise ForbiddenOperation(f"{name} is off limits in this exercise")

    def _override(self, operator: str) -> None:
        def kernel(*arguments: Any, **options: Any) -> None:
            self._refuse(f"torch.ops.aten.{operator.split('.')[0]}")

        for key in _KEYS:
            try:
                self._library.impl(operator, kernel, key, allow_override=True)
            except RuntimeError:  # this torch has no such operator
                return

    def _intercept(self, name: str, target: Any) -> None:
        if isinstance(target, type):
            for method in ("__init__", "forward"):
                function = target.__dict__.get(method)
                if isinstance(function, types.FunctionType):
                    self._exchange(function, name)
        elif isinstance(target, types.FunctionType):
            self._exchange(target, name)

    def _exchange(self, function: types.FunctionType, name: str) -> None:
        """Make `function` refuse, for all who hold it. A code object must keep its number of free variables."""
        function.__globals__["_chapter10_refuse"] = self._refuse
        free = function.__code__.co_freevars
        function.__code__ = _refusing_code(name, free)
        function.__defaults__ = None
        function.__kwdefaults__ = None


def _refusing_code(name: str, free: tuple[str, ...]) -> types.CodeType:
    inner = f"def refuse(*arguments, **options):\n  {', '.join(free) or 'None'}\n  _chapter10_refuse({name!r})\n"
    if not free:
        scope: dict[str, Any] = {}
        exec(inner, scope)
        return scope["refuse"].__code__
    lines = "".join(f"  {line}\n" for line in inner.splitlines())
    scope = {}
    exec(f"def outer():\n  {' = '.join(free)} = None\n{lines}  return refuse\n", scope)
    return scope["outer"]().__code__


def _resolve(dotted: str) -> list[tuple[str, Any]]:
    """Return (full name, object) for a dotted name, which may end in `*`; only what torch has loaded by now."""
    module_name, _, last = dotted.rpartition(".")
    module = sys.modules.get(module_name)
    if module is None:
        return []
    names = [last] if not last.endswith("*") else sorted(name for name in vars(module) if name.startswith(last[:-1]))
    return [(f"{module_name}.{name}", vars(module)[name]) for name in names if name in vars(module)]
