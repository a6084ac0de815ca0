"""The guard on forbidden operations: policy, not a wall. Whoever gets round it still computes in the child, and is judged.

Two nets, both spread after the learner's file has been imported (work at import may use what it likes) and both caught in by
any spelling, since they sit where all spellings meet:

- operators: the dispatcher's kernels are overridden, so `F.x`, `torch.ops.aten.x`, `torch._C._nn.x`, a captured alias,
  `getattr`, `exec`, `vmap` and a call from a thread all arrive at ours;
- Python functions and classes that no single operator stands for (`nn.MultiheadAttention`, `clip_grad_norm_`): their code
  object is exchanged, so every alias made before is caught as well.

A forbidden call raises, so nothing is earned with it, and it is noted, so hiding the exception does not help. What was
overridden cannot be put back: nothing in Python refers to the registration, nor to the code and the kernels that were there.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import sys
import types
from collections.abc import Callable, Iterable
from typing import Any

import torch

# Every key under which a kernel for ordinary numbers can be found. Without the alias, a composite operator could still
# be had by way of another backend's entry in the table; without the last two, inside `vmap`.
_KEYS = ("CPU", "NestedTensorCPU", "AutogradCPU", "CompositeImplicitAutograd", "FuncTorchBatched", "FuncTorchVmapMode")
_NAME = "the name of what is refused"  # stands in a template for it


class ForbiddenOperation(RuntimeError):
    """The learner's function used something that the exercise asks to be written by hand."""


class Guard:
    """Forbids operators and (`spelled_out`) Python names from `install` on; `hits` lists (name, line of the learner's file)."""

    def __init__(self, filename: str, names: Iterable[str], operators: Iterable[str]) -> None:
        self.hits: list[tuple[str, int]] = []
        self._filename = filename
        self._names = list(names)
        self._operators = list(operators)

    def install(self) -> None:
        """Spread both nets."""
        if self._operators:
            _override(self._operators, self._refuse)
        for dotted in self._names:
            module_name, _, last = dotted.rpartition(".")
            if module_name not in sys.modules:
                self._block(module_name)
            module = sys.modules.get(module_name)
            self._intercept(dotted, vars(module).get(last) if module else None)

    def _refuse(self, name: str) -> None:
        frame: types.FrameType | None = sys._getframe(1)
        line = 0
        while frame is not None:
            if frame.f_code.co_filename == self._filename:
                line = frame.f_lineno
                break
            frame = frame.f_back
        self.hits.append((name, line))
        raise ForbiddenOperation(f"{name} is off limits in this exercise")

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

    def _block(self, module_name: str) -> None:
        """Stand in for a module that nobody has imported yet: whatever is taken from it refuses to be called."""
        parent, _, last = module_name.rpartition(".")
        if parent and parent.partition(".")[0] not in sys.modules:
            return
        module = types.ModuleType(module_name)

        def missing(attribute: str) -> Callable[..., None]:
            if attribute.startswith("__"):
                raise AttributeError(attribute)
            return lambda *arguments, **options: self._refuse(f"{module_name}.{attribute}")

        module.__dict__["__getattr__"] = missing
        sys.modules[module_name] = module
        if parent in sys.modules:
            setattr(sys.modules[parent], last, module)


@functools.cache
def spelled_out(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return `names` with those that end in `*` replaced by what they stand for in the torch that is imported here.

    In a child, a look through a module's names would cost a page of memory for nearly every one.
    """
    found: list[str] = []
    for dotted in names:
        module_name, _, last = dotted.rpartition(".")
        if last.endswith("*") and module_name in sys.modules:
            known = sorted(vars(sys.modules[module_name]))
            found += (f"{module_name}.{name}" for name in known if name.startswith(last[:-1]))
        else:
            found.append(dotted)
    return tuple(found)


def hide_kernels() -> None:
    """Take away the one call that hands out an operator's kernel as an object, which would go on working under the guard."""
    with contextlib.suppress(AttributeError):  # not in every torch
        del torch._C._dispatch_get_computed_kernel_for_dispatch_key


def _override(operators: list[str], refuse: Callable[[str], None]) -> None:
    # Not torch.library.Library: that is kept in a registry, and has a method that takes everything back.
    library = torch._C._dispatch_library("IMPL", "aten", "", __file__, 1)
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(library))  # stays for ever, and nothing in Python leads to it
    for operator in operators:
        kernel = _refusing_kernel(f"torch.ops.aten.{operator.split('.')[0]}", refuse)
        for key in _KEYS:
            try:
                library.impl(operator, key, kernel)
            except RuntimeError:  # this torch has no such operator
                break


def _refusing_kernel(name: str, refuse: Callable[[str], None]) -> Callable[..., None]:
    def kernel(*arguments: Any, **options: Any) -> None:
        refuse(name)

    return kernel


def _refusing_code(name: str, free: tuple[str, ...]) -> types.CodeType:
    template = _template(len(free))
    constants = tuple(name if constant == _NAME else constant for constant in template.co_consts)
    return template.replace(co_consts=constants, co_freevars=free)


@functools.cache
def _template(free: int) -> types.CodeType:
    """Return a code object with so many free variables that refuses `_NAME`."""
    names = ", ".join(["None", *(f"free{number}" for number in range(free))])
    made = "".join(f"    free{number} = None\n" for number in range(free))
    inner = f"    def refuse(*arguments, **options):\n        {names}\n        _chapter10_refuse({_NAME!r})\n"
    scope: dict[str, Any] = {}
    exec(f"def outer():\n{made}{inner}    return refuse\n", scope)
    return scope["outer"]().__code__


_template(0)  # functions: compiled here, and not in every child
_template(1)  # methods that use `super()`
