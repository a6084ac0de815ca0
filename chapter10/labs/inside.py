"""What a lab adds to a learner's file. It runs behind the wall, in the learner's own module, and is sent there as text.

A lab measures where the code is: crossing the wall for every step would time the wall. Names begin with `lab_` or
`Lab`, and stay out of the way of the learner's. `chapter10.labs.bench` appends this text to the file, so no line number
of the learner's moves.
"""

# mypy: ignore-errors
# Duck-typed on purpose: what it calls is the learner's, and found by name.

import ctypes as lab_ctypes
import math as lab_math
import time as lab_clock

import torch as lab_torch
import torch.nn.functional as lab_F

lab_nn = lab_torch.nn
lab_trained = []  # the LabHeads that was made last


class LabCheckpoints(lab_nn.Module):
    """A model that is in train mode whenever gradients are wanted: a training may be interrupted for a look at the test."""

    def __init__(self, name, *arguments):
        super().__init__()
        self.inner = globals()[name](*arguments)

    def forward(self, *inputs):
        """Whatever the inner model makes of the inputs."""
        self.inner.train(lab_torch.is_grad_enabled())
        return self.inner(*inputs)


class LabReader(lab_nn.Module):
    """Reads a review with `nn.RNN` or `nn.LSTM` and classifies the state at its last kept token."""

    def __init__(self, kind, vocab_size, width=128):
        super().__init__()
        self.embedding = lab_nn.Embedding(vocab_size, width)
        self.recurrent = getattr(lab_nn, kind)(width, width, batch_first=True)
        self.classifier = lab_nn.Linear(width, 2)

    def forward(self, tokens, keep):
        """(N, T) int64, (N, T) bool → (N, 2)."""
        outputs, _ = self.recurrent(self.embedding(tokens))  # (N, T, d)
        last = keep.sum(dim=1) - 1  # (N,), padding stands on the right
        return self.classifier(outputs[lab_torch.arange(len(tokens)), last])


class LabHeads(lab_nn.Module):
    """One layer of multi-head self-attention (Vaswani et al. 2017, section 3.2.2) and a classifier.

    `asks` is the token whose position is read; None reads the mean over the kept tokens.
    """

    def __init__(self, vocab_size, width, heads, max_len, classes, asks=None):
        super().__init__()
        angle = lab_torch.arange(max_len).unsqueeze(1) / 10000 ** (lab_torch.arange(0, width, 2) / width)  # (T, d / 2)
        self.register_buffer("positions", lab_torch.stack([angle.sin(), angle.cos()], dim=-1).flatten(1))  # (T, d)
        self.embedding = lab_nn.Embedding(vocab_size, width)
        self.project, self.merge = lab_nn.Linear(width, 3 * width), lab_nn.Linear(width, width)
        self.norm, self.classifier = lab_nn.LayerNorm(width), lab_nn.Linear(width, classes)
        self.heads, self.asks = heads, asks
        lab_trained[:] = [self]

    def projections(self, x):
        """(N, T, d) → query, key, value, each (N, heads, T, d / heads)."""
        samples, length, width = x.shape
        return [
            part.view(samples, length, self.heads, width // self.heads).transpose(1, 2)
            for part in self.project(x).chunk(3, dim=-1)
        ]

    def embedded(self, tokens):
        """(N, T) → (N, T, d)."""
        return self.embedding(tokens) + 0.3 * self.positions[: tokens.size(1)]

    def forward(self, tokens, keep):
        """(N, T) int64, (N, T) bool → (N, classes)."""
        x = self.embedded(tokens)
        query, key, value = self.projections(x)
        scores = query @ key.transpose(-2, -1) / lab_math.sqrt(query.size(-1))
        weights = scores.masked_fill(~keep[:, None, None, :], -lab_math.inf).softmax(dim=-1)  # (N, heads, T, T)
        x = self.norm(x + self.merge((weights @ value).transpose(1, 2).flatten(2)))
        read = keep if self.asks is None else tokens == self.asks  # (N, T)
        read = read.unsqueeze(-1).to(x.dtype)
        return self.classifier((x * read).sum(dim=1) / read.sum(dim=1).clamp(min=1))


def lab_projections(tokens):
    """Return query and key (heads, T, d / heads) that the trained LabHeads makes of tokens (T,)."""
    with lab_torch.no_grad():
        query, key, _ = lab_trained[0].projections(lab_trained[0].embedded(tokens.unsqueeze(0)))
    return query[0].contiguous(), key[0].contiguous()


class LabNormed(lab_nn.Module):
    """784 → 128 → 10 with a normalisation before the ReLU: the learner's `layer_norm`, their `BatchNorm`, or none."""

    def __init__(self, kind, width=128):
        super().__init__()
        self.first, self.last = lab_nn.Linear(784, width), lab_nn.Linear(width, 10)
        self.kind = kind
        if kind == "layer":
            self.weight, self.bias = lab_nn.Parameter(lab_torch.ones(width)), lab_nn.Parameter(lab_torch.zeros(width))
        elif kind == "batch":
            self.norm = globals()["BatchNorm"](width)

    def forward(self, x):
        """(N, 28, 28) → (N, 10)."""
        x = self.first(x.flatten(1))  # (N, width)
        if self.kind == "layer":
            x = globals()["layer_norm"](x, self.weight, self.bias)
        elif self.kind == "batch":
            x = self.norm(x)
        return self.last(lab_torch.relu(x))


def lab_stack(x, weight, layers):
    """Return x (1, 1, H, W) after `layers` of the learner's `conv2d` with one kernel and 'same' padding."""
    for _ in range(layers):
        x = globals()["conv2d"](x, weight, padding=weight.size(-1) // 2)
    return x


def lab_keep_memory():
    """Let freed memory stay with the process: else large tensors are timed for fetching fresh pages again and again."""
    try:
        libc = lab_ctypes.CDLL(None)
        libc.mallopt(-3, 1 << 30)  # M_MMAP_THRESHOLD
        libc.mallopt(-1, 1 << 30)  # M_TRIM_THRESHOLD
    except (OSError, AttributeError):  # another system: then the time holds the pages' as well
        pass


def lab_seconds(name, inputs, enough):
    """Return the CPU time of one call of the learner's function `name` on `inputs`, the mean over about `enough` seconds.

    CPU time: a busy machine interrupts what runs for long, and by a clock on the wall the curve would bend.
    Some systems count it in hundredths of a second; hence the mean of many calls.
    """
    lab_keep_memory()
    function, calls = globals()[name], 0
    with lab_torch.no_grad():
        function(*inputs)  # warms the caches
        started, wall = lab_clock.process_time(), lab_clock.perf_counter()
        while True:
            function(*inputs)
            calls += 1
            used = lab_clock.process_time() - started
            if used >= enough or lab_clock.perf_counter() - wall > 8 * enough:
                return max(used / calls, 1e-9)


def lab_loss(xs, h0, weight_ih, weight_hh, bias_ih, bias_hh, readout, target):
    """Return the mean squared error of h_T · readout (H,) against target (N,), for the learner's `unroll` of xs (T, N, I)."""
    last = globals()["unroll"](xs, h0, weight_ih, weight_hh, bias_ih, bias_hh)[1]
    return lab_F.mse_loss(last @ readout, target)
