"""A training, run where the learner's code is: makes the model of a recipe, trains it, and answers the test inputs.

The recipe is plain data, made by the grader; the loss is cross-entropy, the optimiser Adam. The model is a chain of parts; a
part is the learner's class or function, called by name, or one of the grader's own. Training labels are in the room, since
there is no training without them; the test's labels are not: what goes back are logits, and the grader, on the other side of
the wall, does the counting.

    {"parts": [{"part": "tokens"}, {"part": "embedding", "size": 12, "width": 32},
               {"part": "student", "name": "LSTM", "arguments": [32, 64], "result": 0}, {"part": "read", "at": -1},
               {"part": "linear", "inputs": 64, "outputs": 4}],
     "rate": 0.01, "schedule": "linear", "batch": 64, "epochs": 1, "shuffle": False, "seed": 1}
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import nn

Tensor = torch.Tensor

Find = Callable[[str], Any]
Extras = Mapping[Any, Tensor]  # what stands beside x: the further inputs by their number, the constants by their name

ANSWER_BATCH = 250  # test examples answered at a time: bounds the memory, changes no number


class Part(nn.Module):
    """One link of the chain. `forward(x, extras)` returns the next x."""


class Tokens(Part):
    """Whole numbers of any width → int64, which `nn.Embedding` and every contract ask for."""

    def forward(self, x: Tensor, extras: Extras) -> Tensor:
        """(N, L) → (N, L)."""
        return x.long()


class Pixels(Part):
    """uint8 from 0 to 255 → float32 from 0 to 1."""

    def forward(self, x: Tensor, extras: Extras) -> Tensor:
        """Keep the shape."""
        return x.float() / 255


class Embedding(Part):
    """A vector for each token, standard normal at first, times `scale`."""

    def __init__(self, size: int, width: int, scale: float = 1.0) -> None:
        super().__init__()
        self.table = nn.Embedding(size, width)
        self.scale = scale

    def forward(self, x: Tensor, extras: Extras) -> Tensor:
        """(N, L) → (N, L, d)."""
        return self.table(x) * self.scale


class Sinusoids(Part):
    """Add the sines and cosines of Vaswani et al. (2017), section 3.5."""

    table: Tensor

    def __init__(self, length: int, width: int) -> None:
        super().__init__()
        angle = torch.arange(length).unsqueeze(1) / 10000 ** (torch.arange(0, width, 2) / width)  # (L, d / 2)
        self.register_buffer("table", torch.stack([angle.sin(), angle.cos()], dim=-1).flatten(1))

    def forward(self, x: Tensor, extras: Extras) -> Tensor:
        """(N, L, d) → (N, L, d)."""
        return x + self.table


class Layout(Part):
    """Exchange batch and time: (N, L, d) ↔ (L, N, d)."""

    def forward(self, x: Tensor, extras: Extras) -> Tensor:
        """Return a view."""
        return x.transpose(0, 1)


class Student(Part):
    """An `nn.Module` of the learner's, made anew.

    `also` names what its forward gets beside x; `result` picks one of several results.
    """

    def __init__(
        self, find: Find, name: str, arguments: Sequence[Any], also: Sequence[Any] = (), result: int | None = None
    ) -> None:
        super().__init__()
        self.module = find(name)(*arguments)
        if not isinstance(self.module, nn.Module):
            raise TypeError(f"{name}(...) gives a {type(self.module).__name__}, which is no nn.Module and can't be trained")
        self.also = list(also)
        self.result = result

    def forward(self, x: Tensor, extras: Extras) -> Tensor:
        """Whatever the learner's forward makes of x."""
        value = self.module(x, *(extras[key] for key in self.also))
        return value if self.result is None else value[self.result]


class StudentTable(Part):
    """Add the table that a function of the learner's returns, such as `sinusoidal_encoding(length, width)`."""

    table: Tensor

    def __init__(self, find: Find, name: str, arguments: Sequence[Any]) -> None:
        super().__init__()
        self.register_buffer("table", find(name)(*arguments).detach().clone())

    def forward(self, x: Tensor, extras: Extras) -> Tensor:
        """(N, L, d) → (N, L, d)."""
        return x + self.table


class Encoder(Part):
    """PyTorch's own post-norm encoder layer, without dropout."""

    def __init__(self, width: int, heads: int, hidden: int) -> None:
        super().__init__()
        self.layer = nn.TransformerEncoderLayer(width, heads, hidden, dropout=0.0, batch_first=True)

    def forward(self, x: Tensor, extras: Extras) -> Tensor:
        """(N, L, d) → (N, L, d)."""
        return self.layer(x)


class Read(Part):
    """Keep one position of the sequence."""

    def __init__(self, at: int, dim: int = 1) -> None:
        super().__init__()
        self.at, self.dim = at, dim

    def forward(self, x: Tensor, extras: Extras) -> Tensor:
        """(N, L, d) → (N, d); with dim=0, (L, N, d) → (N, d)."""
        return x.select(self.dim, self.at)


class Linear(Part):
    """The classifier."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.layer = nn.Linear(inputs, outputs)

    def forward(self, x: Tensor, extras: Extras) -> Tensor:
        """(N, d) → (N, classes)."""
        return self.layer(x)


PARTS: dict[str, type[Part]] = {
    "tokens": Tokens,
    "pixels": Pixels,
    "embedding": Embedding,
    "sinusoids": Sinusoids,
    "layout": Layout,
    "student": Student,
    "student table": StudentTable,
    "encoder": Encoder,
    "read": Read,
    "linear": Linear,
}


class Chain(nn.Module):
    """The parts of a recipe, one after the other."""

    def __init__(self, parts: Sequence[Mapping[str, Any]], find: Find) -> None:
        super().__init__()
        self.parts = nn.ModuleList()
        for description in parts:
            options = dict(description)
            name = options.pop("part")
            if name.startswith("student"):
                options["find"] = find
            self.parts.append(PARTS[name](**options))

    def forward(self, x: Tensor, extras: Extras) -> Tensor:
        """Return the logits, (N, classes)."""
        for part in self.parts:
            x = part(x, extras)
        return x


class Adam:
    """Kingma and Ba (2015), algorithm 1, as `torch.optim.Adam` computes it by default.

    Written out, since the first step of torch's own imports its compiler: seconds of work, in every child anew.
    """

    DECAY, DECAY_OF_SQUARES, EPSILON = 0.9, 0.999, 1e-8

    def __init__(self, parameters: Sequence[nn.Parameter]) -> None:
        self._parameters = parameters
        self._means = [torch.zeros_like(parameter) for parameter in parameters]
        self._squares = [torch.zeros_like(parameter) for parameter in parameters]
        self._steps = 0

    @torch.no_grad()
    def step(self, rate: float) -> None:
        """Move every parameter that has a gradient, and drop the gradients."""
        self._steps += 1
        rate /= 1 - self.DECAY**self._steps
        correction = math.sqrt(1 - self.DECAY_OF_SQUARES**self._steps)
        for parameter, mean, square in zip(self._parameters, self._means, self._squares, strict=True):
            gradient, parameter.grad = parameter.grad, None
            if gradient is None:
                continue
            mean.lerp_(gradient, 1 - self.DECAY)
            square.mul_(self.DECAY_OF_SQUARES).addcmul_(gradient, gradient, value=1 - self.DECAY_OF_SQUARES)
            parameter.addcdiv_(mean, (square.sqrt() / correction).add_(self.EPSILON), value=-rate)


class Training:
    """One training under way. It goes on as far as it is told, so that the grader can show progress and keep the time.

    Args:
        order: `recipe`, `inputs` (a list of tensors (n, …)), `targets` (n,), `test_inputs`, `constants` ({name: tensor}).
        find: gives the learner's class or function of a name.
        seed: seeds every random number; called before the model is made, and again before the first step.

    Raises:
        Whatever the learner's constructors raise.
    """

    def __init__(self, order: Mapping[str, Any], find: Find, seed: Callable[[int], None]) -> None:
        recipe = order["recipe"]
        self._recipe = recipe
        self._inputs, self._test_inputs = list(order["inputs"]), list(order["test_inputs"])
        self._targets, self._constants = order["targets"].long(), dict(order["constants"])
        seed(recipe["seed"])
        self._model = Chain(recipe["parts"], find).train()
        self._optimizer = Adam([parameter for parameter in self._model.parameters() if parameter.requires_grad])
        seed(recipe["seed"] + 1)  # whatever the constructors drew, dropout begins at the same place
        self._shuffles = torch.Generator().manual_seed(recipe["seed"] + 2)
        self._each = math.ceil(len(self._targets) / recipe["batch"])  # steps of an epoch
        self._steps = self._each * recipe["epochs"]
        self._done = 0
        self._order = torch.arange(len(self._targets))

    def advance(self, steps: int) -> list[float]:
        """Take `steps` more steps, at most to the end of the recipe, and return the loss before each of them."""
        losses = []
        for _ in range(min(steps, self._steps - self._done)):
            position = self._done % self._each
            if position == 0 and self._recipe["shuffle"]:
                self._order = torch.randperm(len(self._targets), generator=self._shuffles)
            chosen = self._order[position * self._recipe["batch"] :][: self._recipe["batch"]]
            logits = self._forward([tensor[chosen] for tensor in self._inputs])
            loss = F.cross_entropy(logits, self._targets[chosen])
            loss.backward()
            linear = self._recipe["schedule"] == "linear"
            self._optimizer.step(self._recipe["rate"] * (1 - self._done / self._steps if linear else 1))
            losses.append(loss.item())
            self._done += 1
        return losses

    def answers(self) -> Tensor:
        """Return the logits (n_test, classes) of the test inputs, in eval mode."""
        self._model.eval()
        parts = []
        with torch.no_grad():
            for start in range(0, len(self._test_inputs[0]), ANSWER_BATCH):
                parts.append(self._forward([tensor[start : start + ANSWER_BATCH] for tensor in self._test_inputs]))
        return torch.cat(parts)

    def _forward(self, inputs: list[Tensor]) -> Tensor:
        return self._model(inputs[0], {**dict(enumerate(inputs)), **self._constants})
