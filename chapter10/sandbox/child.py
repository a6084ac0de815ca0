"""The far side of the wall: runs a learner's file and answers the grader's requests, one reply for each.

Nothing here knows an expected value. The module imports the standard library, torch and its four neighbours, since all that it
imports is in the room with the learner's code. `Worker` does the work; `serve` puts it behind a socket. The grader runs the
reference through a `Worker` of its own, so that both sides of a comparison went through the same code.
"""

from __future__ import annotations

import builtins
import io
import linecache
import random
import socket
import sys
import time
import types
import warnings
from typing import Any

import torch
from torch.autograd import Variable
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map_only

from chapter10.sandbox import protocol
from chapter10.sandbox.guard import Guard, hide_kernels
from chapter10.sandbox.output import CappedOutput
from chapter10.sandbox.protocol import Ref
from chapter10.sandbox.trainer import Training

Tensor = torch.Tensor
Reply = dict[str, Any]


BUILDABLE = (
    "BatchNorm1d",
    "BatchNorm2d",
    "Conv2d",
    "Embedding",
    "LayerNorm",
    "Linear",
    "MultiheadAttention",
    "ReLU",
    "Sequential",
)


class BadRequest(Exception):
    """The learner's file lacks what was asked for; `kind` tells the grader which sentence to say."""

    def __init__(self, kind: str, **details: Any) -> None:
        super().__init__(kind)
        self.kind = kind
        self.details = details


class Worker:
    """Holds one learner's module and the objects made with it, and performs the grader's requests.

    `double` makes it the yardstick: floating inputs and parameters are raised to float64, so that what comes out is exact to
    far beyond the precision of what it is compared with.
    """

    def __init__(self, double: bool = False) -> None:
        self.output = CappedOutput(20_000)
        self._double = double
        self._module = types.ModuleType("learner")
        self._filename = ""
        self._objects: dict[int, Any] = {}
        self._guard: Guard | None = None
        self._told = 0  # how many of the guard's hits the grader knows
        self._training: Any = None  # Training, once one has begun

    def handle(self, request: dict[str, Any], body: bytes | bytearray = b"") -> Reply:
        """Perform one request. Whatever the learner's code raises becomes part of the reply."""
        operation = getattr(self, f"do_{request['op']}")
        if request.get("afresh"):
            self._objects.clear()
        started = time.perf_counter()
        try:
            reply = operation(request, body)
        except BadRequest as problem:
            reply = {"error": {"kind": problem.kind, **problem.details}}
        except BaseException as error:  # SystemExit and KeyboardInterrupt are the learner's, too
            reply = {"error": self._describe_error(error)}
        reply["seconds"] = time.perf_counter() - started
        reply["output"] = self.output.take()
        if self._guard and len(self._guard.hits) > self._told:  # also what a thread has tried since the last reply
            reply["forbidden"] = [[name, line] for name, line in self._guard.hits[self._told :]]
            self._told = len(self._guard.hits)
        return reply

    # The operations --------------------------------------------------------------------------------------------------

    def do_load(self, request: dict[str, Any], body: Any) -> Reply:
        """Run the learner's file as the module `name`; the guard goes up when that is done."""
        name, source = request["name"], request["source"]
        self._filename = request["filename"]
        module = types.ModuleType(name)
        module.__file__ = self._filename
        self._module = module
        sys.modules[name] = module  # dataclasses and inspect look a class's module up there
        linecache.cache[self._filename] = (len(source), None, source.splitlines(keepends=True), self._filename)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)
            code = compile(source, self._filename, "exec", dont_inherit=True)
        exec(code, module.__dict__)
        guard = Guard(self._filename, request.get("forbidden_names", ()), request.get("forbidden_operators", ()))
        guard.install()
        self._guard = guard
        return {"names": sorted(name for name in vars(module) if not name.startswith("_"))}

    def do_call(self, request: dict[str, Any], body: Any) -> Reply:
        """Call a function, a class or a method; with gradients, an operator trace and a check of the inputs on demand."""
        function = self._target(request)
        arguments, options = self._resolve(request["args"]), self._resolve(request["kwargs"])
        _seed(request["seed"])
        if self._double:
            arguments, options = _raise_to_double((arguments, options))
        watched = _Inputs(arguments, options, body)
        wanted = request.get("gradients")
        if wanted is not None:
            watched.require_gradients(wanted["inputs"])
        trace = _Trace() if request.get("trace") else None
        if trace is None:
            value = function(*arguments, **options)
        else:
            with trace:
                value = function(*arguments, **options)
        reply: Reply = {"changed": watched.changed()}
        if wanted is not None:
            reply["gradients"] = _gradients(value, function, watched, wanted)
        if trace is not None:
            reply["trace"] = trace.summary()
        reply["value"] = self._wrap(value)
        return reply

    def do_build(self, request: dict[str, Any], body: Any) -> Reply:
        """Build a module from a description: torch's own layers (`BUILDABLE`) and the learner's classes, nested at will."""
        _seed(request["seed"])
        module = self._built(request["spec"])
        parameters = dict(module.named_parameters())
        for name in request["frozen"]:
            parameters[name].requires_grad_(False)
        return {"value": self._wrap(module)}

    def do_describe(self, request: dict[str, Any], body: Any) -> Reply:
        """Tell a module's parameters, buffers and submodules: names, shapes, types; `aliases`: their further names."""
        module = self._module_at(request)
        named = list(module.named_modules(remove_duplicate=False))
        first: dict[int, str] = {}
        for name, item in named:
            first.setdefault(id(item), name)

        def tensors(items: Any) -> Reply:
            return {
                name: {"shape": list(item.shape), "dtype": item.dtype, "trainable": item.requires_grad} for name, item in items
            }

        return {
            "parameters": tensors(module.named_parameters()),
            "buffers": tensors(module.named_buffers()),
            "modules": {name: _ancestry(item) for name, item in named if name},
            "aliases": {name: first[id(item)] for name, item in named if first[id(item)] != name},
            "training": bool(module.training),
        }

    def do_state(self, request: dict[str, Any], body: Any) -> Reply:
        """Return a copy of a module's state_dict, in the precision that a learner's module has."""
        state = {name: value.detach().clone() for name, value in self._module_at(request).state_dict().items()}
        return {"state": tree_map_only(Tensor, _to_single, state) if self._double else state}

    def do_load_state(self, request: dict[str, Any], body: Any) -> Reply:
        """Load a state_dict; nothing is loaded when a name or a shape disagrees, and the reply tells which.

        Every parameter must be given; a module may have buffers of its own beyond that.
        """
        module, given = self._module_at(request), request["state"]
        own = module.state_dict()
        optional = set(request.get("optional", ()))
        learnt = dict(module.named_parameters(remove_duplicate=False))
        reached = {id(learnt[name]) for name in given if name in learnt}  # a parameter under two names is one parameter
        missing = [name for name, item in learnt.items() if id(item) not in reached and name.rpartition(".")[2] not in optional]
        unexpected = [name for name in given if name not in own and name.rpartition(".")[2] not in optional]
        mismatched = {
            name: [list(own[name].shape), list(given[name].shape)]
            for name in own
            if name in given and own[name].shape != given[name].shape
        }
        if missing or unexpected or mismatched:
            raise BadRequest("state", missing=missing, unexpected=unexpected, mismatched=mismatched)
        torch.nn.Module.load_state_dict(module, given, strict=False)
        return {}

    def do_mode(self, request: dict[str, Any], body: Any) -> Reply:
        """Put a module into train or eval mode, or change its dtype."""
        module = self._module_at(request)
        if "training" in request:
            module.train(request["training"])
        if "dtype" in request and not self._double:
            module.to(request["dtype"])
        return {}

    def do_train(self, request: dict[str, Any], body: Any) -> Reply:
        """Take `steps` steps of a training, a new one with `begin`; `finish` wants the test's logits."""
        if request["begin"] is not None:
            self._training = Training(request["begin"], self._named, _seed)
        history = self._training.advance(request["steps"])
        return {"history": history, "outputs": self._training.answers() if request["finish"] else None}

    # Finding and wrapping ---------------------------------------------------------------------------------------------

    def _target(self, request: dict[str, Any]) -> Any:
        target = request["target"]
        owner = self._objects[target.number] if isinstance(target, Ref) else self._module
        name = request.get("method")
        return owner if name is None else self._named(name, owner)

    def _named(self, name: str, owner: Any = None) -> Any:
        found = getattr(self._module if owner is None else owner, name, None)
        if not callable(found):
            raise BadRequest("missing", name=name, found=type(found).__name__ if found is not None else None)
        return found

    def _built(self, spec: Any) -> Any:
        if not isinstance(spec, (list, tuple)):
            return spec
        name, *arguments = spec
        found = getattr(torch.nn, name) if name in BUILDABLE else getattr(self._module, name, None)
        if not callable(found):
            raise BadRequest("missing", name=name, found=type(found).__name__ if found is not None else None)
        return found(*(self._built(argument) for argument in arguments))

    def _module_at(self, request: dict[str, Any]) -> torch.nn.Module:
        return self._objects[request["target"].number]

    def _resolve(self, value: Any) -> Any:
        if isinstance(value, Ref):
            return self._objects[value.number]
        if isinstance(value, (list, tuple)):
            return type(value)(self._resolve(item) for item in value)
        if isinstance(value, dict):
            return {key: self._resolve(item) for key, item in value.items()}
        return value

    def _wrap(self, value: Any, depth: int = 0) -> Any:
        if isinstance(value, torch.nn.Module):
            if self._double:
                value.double()
            number = len(self._objects)
            self._objects[number] = value
            return Ref(number, "module", {"type": type(value).__name__})
        if isinstance(value, (list, tuple)) and depth < 8:
            items = [self._wrap(item, depth + 1) for item in value]
            return items if isinstance(value, list) else tuple(items)
        if isinstance(value, dict) and depth < 8:
            return {key: self._wrap(item, depth + 1) for key, item in value.items()}
        return value

    def _describe_error(self, error: BaseException) -> Reply:
        if isinstance(error, SyntaxError) and error.filename == self._filename:
            return {
                "kind": "syntax",
                "type": type(error).__name__,
                "message": _text_of(error.msg),
                "line": error.lineno or 0,
                "source": (error.text or "").strip()[:200],
            }
        line = 0
        trail = error.__traceback__
        while trail is not None:
            if trail.tb_frame.f_code.co_filename == self._filename:
                line = trail.tb_lineno
            trail = trail.tb_next
        return {
            "kind": "raised",
            "type": _text_of(type(error).__name__),
            "bases": [_text_of(kind.__name__) for kind in type(error).__mro__],
            "message": _text_of(error),
            "line": line,
            "source": linecache.getline(self._filename, line).strip()[:200],
        }


class _Inputs:
    """The tensors of one call, by label ("0" for the first argument, "mask" for a keyword, "0.1" inside a tuple)."""

    def __init__(self, arguments: list[Any], options: dict[str, Any], body: Any) -> None:
        self.tensors: dict[str, Tensor] = {}
        self._lists: dict[str, tuple[list[Any], list[Any]]] = {}  # each with what was in it
        for label, value in [*((str(i), item) for i, item in enumerate(arguments)), *options.items()]:
            self._collect(label, value)
        self._body, self._snapshot = body, bytes(body)
        self._geometry = {label: _geometry(tensor) for label, tensor in self.tensors.items()}
        self._copies = {label: tensor.clone() for label, tensor in self.tensors.items()} if not body else {}

    def _collect(self, label: str, value: Any) -> None:
        if isinstance(value, Tensor):
            self.tensors[label] = value
        elif isinstance(value, (list, tuple)):
            if isinstance(value, list):
                self._lists[label] = value, list(value)
            for index, item in enumerate(value):
                self._collect(f"{label}.{index}", item)

    def require_gradients(self, labels: list[str] | None) -> None:
        """Make leaves of the tensors that gradients are wanted for (None: of all that can have one)."""
        for label, tensor in self.tensors.items():
            if tensor.is_floating_point() and (labels is None or label in labels):
                tensor.requires_grad_(True)

    def changed(self) -> list[str]:
        """Return the labels of inputs that the call changed: a list's items, a tensor's numbers, or its shape and layout."""
        moved = {label for label, tensor in self.tensors.items() if _geometry(tensor) != self._geometry[label]}
        for label, before in self._copies.items():
            if label not in moved and not _same(self.tensors[label], before):
                moved.add(label)
        if self._body and bytes(self._body) != self._snapshot:
            original = bytearray(self._snapshot)
            start = torch.frombuffer(self._body, dtype=torch.uint8).data_ptr()
            for label, tensor in self.tensors.items():
                if label in moved or tensor.numel() == 0:
                    continue
                offset = tensor.data_ptr() - start
                before = torch.frombuffer(original, dtype=tensor.dtype, offset=offset, count=_reach(tensor))
                before = before.as_strided(tensor.shape, tensor.stride())
                if not _same(tensor, before):
                    moved.add(label)
        lists = [label for label, (now, then) in self._lists.items() if list(map(id, now)) != list(map(id, then))]
        return lists + [label for label in self.tensors if label in moved]


def _reach(tensor: Tensor) -> int:
    return 1 + sum((size - 1) * step for size, step in zip(tensor.shape, tensor.stride(), strict=True))


def _geometry(tensor: Tensor) -> tuple[Any, ...]:
    return tensor.data_ptr(), tensor.shape, tensor.stride(), tensor.dtype


def _same(one: Tensor, other: Tensor) -> bool:
    return torch.equal(one.detach(), other)


def _gradients(value: Any, function: Any, inputs: _Inputs, wanted: dict[str, Any]) -> Reply:
    """Return d(Σ cotangent · output) by input label and by parameter name; None where no gradient arrives."""
    outputs = [leaf for leaf in tree_leaves(value) if isinstance(leaf, Tensor) and leaf.dtype.is_floating_point]
    cotangents = wanted["cotangents"]
    sources = {f"input:{label}": tensor for label, tensor in inputs.tensors.items() if tensor.requires_grad}
    if isinstance(function, torch.nn.Module):
        named = function.named_parameters(remove_duplicate=False)  # a layer with two names has its gradient under both
        sources |= {f"parameter:{name}": item for name, item in named if item.requires_grad}
    pairs = [
        (output, cotangent.to(output.dtype))
        for output, cotangent in zip(outputs, cotangents, strict=False)
        if cotangent is not None and output.requires_grad
    ]
    for output, cotangent in pairs:
        if output.shape != cotangent.shape:
            raise BadRequest("cotangent", shape=list(output.shape), expected=list(cotangent.shape))
    found: list[Tensor | None] = [None] * len(sources)
    if pairs and sources:
        # What torch.autograd.grad does beneath its checks; those import sympy and 900 modules more, a second and a half
        # of a first run.
        found = list(
            Variable._execution_engine.run_backward(
                tuple(output for output, _ in pairs),
                tuple(cotangent for _, cotangent in pairs),
                False,  # keep the graph
                False,  # create one
                tuple(sources.values()),
                allow_unreachable=True,
                accumulate_grad=False,
            )
        )
    reply: Reply = {"inputs": {}, "parameters": {}}
    for label, gradient in zip(sources, found, strict=True):
        kind, _, name = label.partition(":")
        if gradient is not None and gradient.is_sparse:  # as nn.Embedding(sparse=True) makes it
            gradient = gradient.to_dense()
        reply[f"{kind}s"][name] = gradient
    return reply


class _Trace(TorchDispatchMode):
    """Counts operators and measures every new storage that they allocate; views allocate nothing."""

    def __init__(self) -> None:
        super().__init__()
        self._operators: dict[str, int] = {}
        self._seen: set[int] = set()
        self._alive: list[Any] = []
        self._largest = 0
        self._total = 0

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        return False  # nothing is compiled here, and asking would import the compiler

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        for leaf in tree_leaves((args, kwargs)):
            if isinstance(leaf, Tensor):
                self._see(leaf)
        result = func(*args, **(kwargs or {}))
        name = func.name()
        self._operators[name] = self._operators.get(name, 0) + 1
        for leaf in tree_leaves(result):
            if isinstance(leaf, Tensor) and self._see(leaf):
                size = leaf.untyped_storage().nbytes()
                self._largest = max(self._largest, size)
                self._total += size
        return result

    def _see(self, tensor: Tensor) -> bool:
        storage = tensor.untyped_storage()
        address = storage.data_ptr()
        if address in self._seen:
            return False
        self._seen.add(address)
        self._alive.append(storage)  # an address is only unique while its storage lives
        return True

    def summary(self) -> Reply:
        """Return operator counts, and bytes of the largest storage and of all together."""
        return {"operators": self._operators, "largest": self._largest, "total": self._total}


def _raise_to_double(value: Any) -> Any:
    return tree_map_only(Tensor, lambda item: item.double() if item.is_floating_point() else item, value)


def _to_single(value: Tensor) -> Tensor:
    return value.float() if value.dtype is torch.float64 else value


def _seed(seed: int) -> None:
    torch.default_generator.manual_seed(seed)  # torch.manual_seed visits every device type, which takes 100 times as long
    random.seed(seed)


def _ancestry(module: torch.nn.Module) -> list[str]:
    """Return the class names of a module, most specific first, so that a subclass of Linear counts as Linear."""
    return [kind.__name__ for kind in type(module).__mro__ if issubclass(kind, torch.nn.Module)]


def _text_of(value: Any) -> str:
    try:
        return str(value)[:2000]
    except BaseException as error:
        return f"(its message cannot be shown: {type(error).__name__})"


def _no_input(*_: Any) -> str:
    raise EOFError("input() has nobody to ask while your code is graded")


def serve(channel: socket.socket, limit: int) -> None:
    """Answer requests on `channel` until it closes."""
    worker = Worker()
    worker.output = CappedOutput(limit)
    hide_kernels()
    for name in ("stdout", "stderr", "__stdout__", "__stderr__"):
        setattr(sys, name, worker.output)
    builtins.input = _no_input
    requests = io.BufferedReader(channel.makefile("rb", buffering=0), 1 << 16)  # a system call for all that lie there
    while True:
        prefix = requests.read(protocol.PREFIX.size)
        if len(prefix) < protocol.PREFIX.size:
            return
        serial, header_size, body_size = protocol.parse_prefix(prefix)
        header, body = requests.read(header_size), bytearray(body_size)
        if requests.readinto(body) < body_size:
            return
        request = protocol.decode(header, body, trusted=True)
        channel.sendall(_encoded(worker.handle(request, body)).frame(serial))


def _encoded(reply: Reply) -> protocol.Payload:
    try:
        return protocol.encode(reply, protocol.MAX_REPLY)
    except BaseException as error:
        problem = {"kind": "unsendable", "type": type(error).__name__, "message": _text_of(error)}
        return protocol.encode({"error": problem, "output": "", "seconds": reply["seconds"]})
