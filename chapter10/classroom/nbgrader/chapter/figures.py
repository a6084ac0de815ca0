"""The figures of the explanations: a function for each exercise, called like it. Each draws on the axes it is given."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import matplotlib
import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, Rectangle

from chapter10.labs import theme

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Draw = Callable[["Axes"], None]
PAPER = theme.LIGHT
WORDS = ("the", "cat", "sat", "because", "it", "was", "tired")


def render(exercise: str) -> bytes | None:
    """Return the figure of an exercise as a PNG, the same bytes each time; None where there is none."""
    draw: Draw | None = DRAWINGS.get(exercise)
    if draw is None:
        return None
    settings: Any = PAPER.settings()
    with matplotlib.rc_context(settings):
        made = Figure(figsize=(6.4, 2.6))
        draw(made.subplots())
        buffer = io.BytesIO()
        made.savefig(buffer, format="png", dpi=110, metadata={"Software": None})
    return buffer.getvalue()


def _heat(axes: Axes, values: np.ndarray, rows: Sequence[str] = (), columns: Sequence[str] = (), **options: Any) -> None:
    """Draw a heat map with its labels."""
    axes.imshow(values, cmap=PAPER.colormap(), **options)
    theme.plain(axes)
    axes.set_xticks(range(len(columns)), columns, rotation=45, ha="right", rotation_mode="anchor", color=PAPER.ink)
    axes.set_yticks(range(len(rows)), rows, color=PAPER.ink)


def _chain(axes: Axes, steps: Sequence[str], shortcuts: Sequence[tuple[int, int]] = ()) -> None:
    """Draw boxes from left to right with arrows between them, and `shortcuts` around some."""
    axes.figure.set_figheight(1.5)  # type: ignore[union-attr]
    axes.set_axis_off()
    axes.set_xlim(-0.7, len(steps) - 0.3)
    axes.set_ylim(-0.8, 1.1)
    for at, step in enumerate(steps):
        axes.text(
            at, 0, step, ha="center", va="center", fontsize=8,
            bbox={"boxstyle": "round,pad=0.5", "facecolor": PAPER.ramp[0], "edgecolor": PAPER.lines[0], "linewidth": 1.2},
        )  # fmt: skip
        if at:
            _arrow(axes, (at - 0.62, 0), (at - 0.38, 0))
    for start, end in shortcuts:
        _arrow(axes, (start - 0.5, 0.05), (end - 0.02, 0.24), bow=-0.45)


def _arrow(axes: Axes, start: tuple[float, float], end: tuple[float, float], bow: float = 0.0) -> None:
    style: dict[str, Any] = {
        "arrowstyle": "-|>",
        "mutation_scale": 9,
        "color": PAPER.lines[1] if bow else PAPER.quiet,
        "linewidth": 1.2,
    }
    axes.add_patch(FancyArrowPatch(start, end, connectionstyle=f"arc3,rad={bow}", **style))


def _named(axes: Axes, x: str, y: str) -> None:
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    axes.legend()


def conv2d(axes: Axes) -> None:
    """An image, the window of the kernel, and the result."""
    image = np.add.outer(np.arange(6), np.arange(6)) % 5
    result = np.sum([image[u : u + 4, v : v + 4] for u in range(3) for v in range(3)], axis=0)
    canvas = np.full((6, 12), np.nan)
    canvas[:, :6], canvas[1:5, 8:] = image / image.max(), result / result.max()
    _heat(axes, canvas)
    for at, size in (((0.5, 1.5), 3), ((8.5, 2.5), 1)):
        axes.add_patch(Rectangle(at, size, size, fill=False, edgecolor=PAPER.lines[1], linewidth=2.5))
    _arrow(axes, (3.6, 3.0), (8.4, 3.0), bow=-0.12)
    axes.set_xticks([])
    axes.set_yticks([])


def simple_cnn(axes: Axes) -> None:
    """The sizes on the way."""
    _chain(axes, ["image\n1×28×28", "conv1\n32×28×28", "pool\n32×14×14", "conv2\n64×14×14", "pool\n64×7×7", "logits\n10"])


def kernel_sweep(axes: Axes) -> None:
    """Weights by kernel size."""
    sizes = np.array([1, 3, 5, 7])
    axes.bar([f"{k} × {k}" for k in sizes], (32 * sizes**2 + 32 * 64 * sizes**2) / 1000, width=0.55)
    axes.set_ylabel("thousands of weights")
    axes.grid(axis="x", visible=False)


def residual(axes: Axes) -> None:
    """What is left of a gradient."""
    depth = np.arange(1, 41)
    theme.line(axes, depth, 0.8**depth, 0, "plain layers", markevery=8)
    theme.line(axes, depth, np.ones(len(depth)), 1, "along the shortcut", markevery=8)
    axes.set_yscale("log")
    _named(axes, "layers", "share of the gradient")


def normalization(axes: Axes) -> None:
    """A row and a column."""
    _heat(axes, np.random.default_rng(3).random((5, 9)) * 0.5, [f"sample {n}" for n in range(1, 6)])
    axes.set_xlabel("features")
    axes.add_patch(Rectangle((-0.45, 0.55), 8.9, 0.9, fill=False, edgecolor=PAPER.lines[1], linewidth=2.5, label="LayerNorm"))
    axes.add_patch(Rectangle((5.55, -0.45), 0.9, 4.9, fill=False, edgecolor=PAPER.lines[2], linewidth=2.5, label="BatchNorm"))
    axes.legend(loc="center left", bbox_to_anchor=(1.02, 0.5))


def rnn(axes: Axes) -> None:
    """The network, unrolled."""
    _chain(axes, ["h₀ = 0", "h₁", "h₂", "h₃", "fc"])
    for at, word in ((1, "the"), (2, "cat"), (3, "sat")):
        axes.text(at, -0.65, word, ha="center", color=PAPER.quiet)
        _arrow(axes, (at, -0.5), (at, -0.25))


def bptt(axes: Axes) -> None:
    """Vanishing and exploding gradients."""
    steps = np.arange(0, 41)
    for at, factor in enumerate((0.8, 1.0, 1.2)):
        theme.line(axes, steps, factor**steps, at, f"factor {factor:g}", markevery=8)
    axes.set_yscale("log")
    _named(axes, "steps back in time", "norm of the gradient")


def lstm_gate(axes: Axes) -> None:
    """Forgetting."""
    steps = np.arange(0, 41)
    for at, gate in enumerate((0.99, 0.9, 0.5)):
        theme.line(axes, steps, gate**steps, at, f"f = {gate:g}", markevery=8)
    _named(axes, "steps", "what is left of the cell")


def attention(axes: Axes) -> None:
    """Weights of queries over keys."""
    scores = np.random.default_rng(4).normal(scale=1.6, size=(5, 6))
    weights = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    _heat(axes, weights, [f"query {n}" for n in range(1, 6)], [f"key {n}" for n in range(1, 7)], vmin=0, vmax=1)
    for (row, column), weight in np.ndenumerate(weights):
        colour = "#ffffff" if weight > 0.45 else PAPER.ink
        axes.text(column, row, f"{weight:.2f}", ha="center", va="center", fontsize=6.5, color=colour)


def masking(axes: Axes) -> None:
    """Three masks side by side."""
    padding, causal = np.tile(np.arange(5) < 3, (5, 1)), np.tri(5)
    gap = np.full((5, 1), np.nan)
    _heat(axes, np.hstack([padding, gap, causal, gap, padding * causal]) * 0.8, vmin=0, vmax=1)
    axes.set_xticks([2, 8, 14], ["padding", "causal", "both"], color=PAPER.ink)
    axes.set_yticks([])


def attention_map(axes: Axes) -> None:
    """Where words look."""
    weights = np.full((7, 7), 0.05) + np.eye(7) * 0.25
    weights[4, 1], weights[6, 1], weights[2, 1] = 0.9, 0.5, 0.4
    _heat(axes, weights / weights.sum(axis=1, keepdims=True), WORDS, WORDS, vmin=0, vmax=0.8)
    axes.add_patch(Rectangle((-0.5, 3.5), 7, 1, fill=False, edgecolor=PAPER.lines[1], linewidth=2))


def multi_head_attention(axes: Axes) -> None:
    """Features cut into heads."""
    _heat(axes, np.tile(np.repeat([0.2, 0.5, 0.8], 4), (4, 1)), [f"position {n}" for n in range(1, 5)], vmin=0, vmax=1)
    axes.set_xticks([1.5, 5.5, 9.5], ["head 1", "head 2", "head 3"], color=PAPER.ink)
    for edge in np.arange(0.5, 11):
        axes.axvline(edge, color=PAPER.paper, linewidth=4 if edge in (3.5, 7.5) else 0.8)


def positional_encoding(axes: Axes) -> None:
    """Sines and cosines."""
    angles = np.arange(40)[:, None] / 10000 ** (np.arange(0, 64, 2) / 64)
    table = np.stack([np.sin(angles), np.cos(angles)], axis=-1).reshape(40, 64)
    _heat(axes, table, aspect="auto")
    axes.set_xlabel("feature")
    axes.set_ylabel("position")


def transformer_block(axes: Axes) -> None:
    """Two sublayers and their shortcuts."""
    _chain(axes, ["x", "attention", "+", "norm 1", "ffn", "+", "norm 2"], shortcuts=((1, 2), (4, 5)))


def efficient_attention(axes: Axes) -> None:
    """Scores to compute."""
    length = 2 ** np.arange(6, 14)
    theme.line(axes, length, length**2, 0, "full")
    theme.line(axes, length, length * 17, 1, "window of 8")
    axes.set_xscale("log", base=2)
    axes.set_yscale("log")
    _named(axes, "length of the sequence", "scores for one head")


def sentiment_transformer(axes: Axes) -> None:
    """The parts, in a row."""
    _chain(axes, ["words", "embedding\n+ positions", "encoder\n× n", "mean over\nthe words", "linear", "praise\nor not"])


DRAWINGS: dict[str, Draw] = {
    draw.__name__: draw
    for draw in (
        conv2d, simple_cnn, kernel_sweep, residual, normalization, rnn, bptt, lstm_gate, attention, masking, attention_map,
        multi_head_attention, positional_encoding, transformer_block, efficient_attention, sentiment_transformer,
    )
}  # fmt: skip
