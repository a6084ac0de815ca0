"""What `student` and `reference` are in a grader suite: they look like the learner's module, and every call crosses the wall.

result = student.attention(query, key, value)                       # a tensor
result = student.attention.gradients(query, key, value, cotangent=g)  # .value, .inputs["query"], .parameters["fc.weight"]
model = student.SimpleCNN()                                         # a Model: the object stays in the child
model.load_state_dict(reference_model.state_dict())
logits = model.eval()(images)
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import torch

from chapter10.sandbox.protocol import Ref

Tensor = torch.Tensor
Reply = dict[str, Any]

CALL_SECONDS = 10.0
TRAIN_SECONDS = 120.0
TRAIN_REQUESTS = 20  # a training is asked for in so many pieces: each is a chance to show progress


class Transport(Protocol):
    """Carries a request to where the code runs. A failure is a reply with `error`, never an exception."""

    def perform(self, request: dict[str, Any], seconds: float) -> Reply:
        """Return the reply to `request`, waiting at most `seconds`."""


class SubjectError(Exception):
    """The code under test failed instead of answering; `error` is the reply's description, `call` what was asked."""

    def __init__(self, error: dict[str, Any], call: Call) -> None:
        super().__init__(f"{call.label}: {error}")
        self.error = error
        self.call = call

    def exception(self) -> str:
        """Return the type of the exception that was raised; a subclass of ValueError is a ValueError.

        Raises:
            SubjectError: this very failure, when it is no exception of the learner's: a crash, a time-out, a TODO.
        """
        name = str(self.error.get("type"))
        if self.error.get("kind") != "raised" or name in ("NotImplementedError", "ForbiddenOperation"):
            raise self
        return "ValueError" if "ValueError" in self.error.get("bases", ()) else name


@dataclass
class Call:
    """One request as the suite made it, and what came of it."""

    label: str  # "attention", "SimpleCNN()", "LSTM().forward"
    arguments: dict[str, Any]  # by parameter name
    request: dict[str, Any] = field(repr=False)
    reply: Reply = field(default_factory=dict, repr=False)
    value: Any = field(default=None, repr=False)
    gradients: Gradients | None = field(default=None, repr=False)


@dataclass
class Gradients:
    """Vector-Jacobian products of one call: by the name of the input, and by the name of the parameter."""

    value: Any
    inputs: dict[str, Tensor | None]
    parameters: dict[str, Tensor | None]


@dataclass
class Trace:
    """Which operators ran, how often, and how many bytes the largest new storage and all of them together took."""

    value: Any
    operators: dict[str, int]
    largest: int
    total: int


@dataclass
class Trained:
    """What came of a training: the logits for the test inputs, the loss before every step, and how long it took."""

    outputs: Tensor
    history: list[float]
    seconds: float


class Subject:
    """The code under test as a module. Its attributes are its functions and classes, by name."""

    def __init__(
        self,
        transport: Transport,
        parameters: Mapping[str, Sequence[str]] | None = None,
        seeds: Callable[[], int] | None = None,
        training_progress: Callable[[float], None] | None = None,
    ) -> None:
        self._transport = transport
        self._training_progress = training_progress or (lambda fraction: None)
        self._parameters = parameters or {}
        self._seeds = seeds or (lambda: 0)
        self.calls: list[Call] = []

    def __getattr__(self, name: str) -> Function:
        if name.startswith("_"):
            raise AttributeError(name)
        return Function(self, name, None, name, self._parameters.get(name, ()))

    def build(self, name: str, *arguments: Any, frozen: Sequence[str] = ()) -> Model:
        """Build a module where the code under test lives, and return it: `build("Sequential", ("Linear", 3, 4), ("ReLU",))`.

        Names are torch's (`child.BUILDABLE`) or else the subject's own classes; a tuple among the arguments is a module again.
        Parameters named in `frozen` don't ask for gradients.
        """
        request = {"op": "build", "spec": [name, *arguments], "frozen": list(frozen), "seed": self.next_seed()}
        call = Call(f"{name}()", {}, request)
        self.perform(call)
        call.value = self.wrap(call.reply["value"], name)
        return call.value

    def fit(
        self,
        recipe: Mapping[str, Any],
        *,
        inputs: Sequence[Tensor],
        targets: Tensor,
        test_inputs: Sequence[Tensor],
        constants: Mapping[str, Tensor] | None = None,
        label: str = "Training",
        seconds: float = TRAIN_SECONDS,
    ) -> Trained:
        """Train a fresh model of the recipe (`chapter10.sandbox.trainer`) and let it answer the test inputs.

        The test's labels stay here. The same recipe, data and machine give the same bits.

        Args:
            recipe: plain data: parts, rate, schedule, batch, epochs, shuffle, seed.
            inputs: the training inputs, each (n, …); the first one is the model's x.
            targets: (n,) class numbers.
            test_inputs: like `inputs`, each (n_test, …).
            constants: tensors that are the same for every example, by the name by which a part asks for them.
            label: how messages call it.
            seconds: for all of the training together, by the clock on this side.

        Raises:
            SubjectError: the learner's code raised, was too slow, or gave something else than one row of logits for each
            test input.
        """
        begin: dict[str, Any] | None = {
            "recipe": dict(recipe),
            "inputs": list(inputs),
            "targets": targets,
            "test_inputs": list(test_inputs),
            "constants": dict(constants or {}),
        }
        steps = math.ceil(len(targets) / recipe["batch"]) * recipe["epochs"]
        started = time.monotonic()
        history: list[float] = []
        for piece in range(TRAIN_REQUESTS):
            until = steps * (piece + 1) // TRAIN_REQUESTS
            request = {"op": "train", "begin": begin, "steps": until - len(history), "finish": piece == TRAIN_REQUESTS - 1}
            call = Call(label, {}, request)
            try:
                reply = self.perform(call, max(started + seconds - time.monotonic(), 0.05))
            except SubjectError as error:
                if error.error.get("reason") == "timeout":
                    error.error["seconds"] = seconds  # the piece had less, but that is none of the learner's business
                raise
            begin = None
            history += reply["history"]
            self._training_progress((piece + 1) / TRAIN_REQUESTS)
        outputs = reply["outputs"]
        if outputs.dim() != 2 or len(outputs) != len(test_inputs[0]):
            message = f"its answers to the {len(test_inputs[0])} test inputs have the shape {tuple(outputs.shape)}"
            raise SubjectError({"kind": "unsendable", "message": message}, call)
        return Trained(outputs, history, time.monotonic() - started)

    def perform(self, call: Call, seconds: float = CALL_SECONDS) -> Reply:
        """Send the request of `call`, note it, and return the reply. Raises SubjectError when the code failed."""
        self.calls.append(call)
        call.reply = self._transport.perform(call.request, seconds)
        if "error" in call.reply:
            raise SubjectError(call.reply["error"], call)
        return call.reply

    def wrap(self, value: Any, label: str) -> Any:
        """Turn references in a reply into models."""
        if isinstance(value, Ref):
            kind = value.info.get("type")
            return Model(self, value, kind[:80] if isinstance(kind, str) and kind else label, self._parameters)
        if isinstance(value, (list, tuple)):
            return type(value)(self.wrap(item, label) for item in value)
        return value

    def next_seed(self) -> int:
        """Return the seed for the random numbers of the next call."""
        return self._seeds()


class Function:
    """A function, a class or a method of the subject."""

    def __init__(self, subject: Subject, name: str, owner: Ref | None, label: str, parameters: Sequence[str]) -> None:
        self._subject = subject
        self._method: str | None = name
        self._owner = owner
        self._label = label
        self._names = list(parameters)

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        """Call it and return its value; tensors travel, models stay where they are."""
        return self._run(arguments, options).value

    def gradients(self, *arguments: Any, cotangent: Any, wrt: Sequence[str] | None = None, **options: Any) -> Gradients:
        """Call it and pull `cotangent` back: a tensor for each tensor returned (None: that one is left out).

        `wrt` names the inputs to differentiate by; None means all floating tensors. Parameters of a model always take part.
        """
        cotangents = list(cotangent) if isinstance(cotangent, (list, tuple)) else [cotangent]
        names = None if wrt is None else [self._position(name) for name in wrt]
        call = self._run(arguments, options, gradients={"inputs": names, "cotangents": cotangents})
        found = call.reply["gradients"]
        call.gradients = Gradients(
            call.value, {self._name(label): value for label, value in found["inputs"].items()}, dict(found["parameters"])
        )
        return call.gradients

    def trace(self, *arguments: Any, **options: Any) -> Trace:
        """Call it under the operator trace."""
        call = self._run(arguments, options, trace=True)
        found = call.reply["trace"]
        return Trace(call.value, found["operators"], found["largest"], found["total"])

    def changed(self, *arguments: Any, **options: Any) -> list[str]:
        """Call it and return the names of the inputs that it changed."""
        call = self._run(arguments, options)
        return [self._name(label) for label in call.reply["changed"]]

    def _run(self, arguments: Sequence[Any], options: dict[str, Any], **extra: Any) -> Call:
        named = {self._name(str(index)): value for index, value in enumerate(arguments)} | options
        request = {
            "op": "call",
            "target": self._owner,
            "method": self._method,
            "args": [_send(value) for value in arguments],
            "kwargs": {name: _send(value) for name, value in options.items()},
            "seed": self._subject.next_seed(),
            **extra,
        }
        call = Call(self._label, named, request)
        self._subject.perform(call)
        call.value = self._subject.wrap(call.reply["value"], self._label)
        return call

    def _name(self, label: str) -> str:
        """Return the parameter's name for a label such as "0" or "1.0"."""
        head, _, rest = label.partition(".")
        if head.isdigit() and int(head) < len(self._names):
            head = self._names[int(head)]
        return f"{head}[{rest}]" if rest else head

    def _position(self, name: str) -> str:
        return str(self._names.index(name)) if name in self._names else name


class Model(Function):
    """An `nn.Module` of the subject. Calling it runs its forward."""

    def __init__(self, subject: Subject, ref: Ref, label: str, parameters: Mapping[str, Sequence[str]]) -> None:
        super().__init__(subject, "", ref, label, parameters.get(f"{label}.forward", ()))
        self._method = None
        self._ref = ref

    def __getattr__(self, name: str) -> Function:
        if name.startswith("_"):
            raise AttributeError(name)
        return Function(self._subject, name, self._ref, f"{self._label}.{name}", ())

    @property
    def ref(self) -> Ref:
        """The object's number in the child."""
        return self._ref

    def train(self, mode: bool = True) -> Model:
        """Put it into train mode; returns itself."""
        self._do("mode", training=mode)
        return self

    def eval(self) -> Model:
        """Put it into eval mode; returns itself."""
        return self.train(False)

    def to(self, dtype: torch.dtype) -> Model:
        """Change the dtype of its parameters; returns itself."""
        self._do("mode", dtype=dtype)
        return self

    def state_dict(self) -> dict[str, Tensor]:
        """Return a copy of its state_dict."""
        return self._do("state")["state"]

    def load_state_dict(self, state: Mapping[str, Tensor], optional: Sequence[str] = ()) -> None:
        """Load `state`. Raises SubjectError naming what is missing, unexpected or of another shape.

        Entries whose last name is in `optional` (such as `num_batches_tracked`) are neither asked for nor refused.
        """
        self._do("load_state", state=dict(state), optional=list(optional))

    def describe(self) -> dict[str, Any]:
        """Return names, shapes and dtypes of parameters and buffers, and the classes of all submodules by path."""
        return self._do("describe")

    def parameter_count(self) -> int:
        """Return the number of trainable parameters."""
        total = 0
        for entry in self.describe()["parameters"].values():
            total += torch.Size(entry["shape"]).numel() if entry["trainable"] else 0
        return total

    def _do(self, operation: str, **fields: Any) -> Reply:
        request = {"op": operation, "target": self._ref, **fields}
        return self._subject.perform(Call(self._label, {}, request))


def _send(value: Any) -> Any:
    if isinstance(value, Model):
        return value.ref
    if isinstance(value, (list, tuple)):
        return type(value)(_send(item) for item in value)
    return value
