"""`lab gradients`: what becomes of gradients through time, under clipping, and through depth. The chapter's pitfalls, measured.

Through time: the learner's `unroll` and `LSTM` read 60 steps; the gradient of the last output is taken at each step's input.
Clipping: an RNN with large recurrent weights is trained by the learner's gradients, with and without their `clip_gradients`.
Through depth: 50 of the learner's ResidualBlocks, against the same layers without the shortcut.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from chapter10.labs import theme
from chapter10.labs.report import Report, Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from torch import Tensor

    from chapter10.labs.bench import Bench
    from chapter10.sandbox.proxy import Model, Subject

HIDDEN, INPUTS, BATCH = 32, 8, 4
TIME = ("RNN", "RNN, weights × 4", "LSTM", "LSTM, gate open")  # recurrent weights; forget gate
DEPTH = ("with shortcuts", "without", "without, no norm")
CHANNELS = 16
MAX_NORM, RATE = 1.0, 0.2
FLOOR = 1e-300  # below it a norm is drawn as nothing


def measure(bench: Bench, numbers: dict[str, Any]) -> None:
    """Measure all three; each line is a step of its own, so that one missing exercise costs only its lines."""
    steps, blocks, updates = (30, 12, 20) if bench.quick else (60, 50, 150)
    bench.plan(len(TIME) + 2 + len(DEPTH))
    for name in TIME:
        exercise, probe = ("bptt", _probe_rnn) if name.startswith("RNN") else ("lstm_gate", _probe_lstm)
        with bench.step(name), bench.code(exercise, probe) as student:
            norms = _rnn_norms(student, name, steps, bench) if exercise == "bptt" else _lstm_norms(student, name, steps, bench)
            numbers.setdefault("time", {})[name] = norms
    for clipped in (True, False):
        with (
            bench.step("with clipping" if clipped else "without clipping") as progress,
            bench.code("bptt", _probe_rnn) as student,
        ):
            numbers.setdefault("clipping", {})["with" if clipped else "without"] = _train(
                student, clipped, updates, bench, progress
            )
    for name in DEPTH:
        with bench.step(name), bench.code("residual", _probe_residual) as student:
            numbers.setdefault("depth", {})[name] = _depth_norms(student, name, blocks, bench)


def _probe_rnn(student: Subject) -> None:
    import torch

    weights = [torch.zeros(*shape) for shape in ((2, 1, 3), (1, 2), (2, 3), (2, 2), (2,), (2,))]
    student.unroll(*weights)
    student.clip_gradients([torch.ones(2)], 1.0)


def _probe_lstm(student: Subject) -> None:
    import torch

    student.LSTM(2, 3)(torch.zeros(1, 2, 2))


def _probe_residual(student: Subject) -> None:
    import torch

    student.ResidualBlock(2, 2)(torch.zeros(1, 2, 3, 3))


# Through time ----------------------------------------------------------------------------------------------------------


def _weights(seed: int, gain: float) -> list[Tensor]:
    """Return weight_ih (H, I), weight_hh (H, H), bias_ih (H,), bias_hh (H,) as PyTorch draws them, weight_hh times `gain`."""
    import torch

    generator = torch.Generator().manual_seed(seed)
    bound = 1 / math.sqrt(HIDDEN)
    drawn = [torch.empty(*shape).uniform_(-bound, bound, generator=generator) for shape in ((HIDDEN, INPUTS), (HIDDEN, HIDDEN))]
    return [drawn[0], drawn[1] * gain, torch.zeros(HIDDEN), torch.zeros(HIDDEN)]


def _rnn_norms(student: Subject, name: str, steps: int, bench: Bench) -> list[float]:
    """Return ‖∂ last output / ∂ x_t‖ for t = T, T − 1, …, 1."""
    import torch

    generator = torch.Generator().manual_seed(bench.seed)
    xs = 0.1 * torch.randn(steps, BATCH, INPUTS, generator=generator)
    weights = _weights(bench.seed, 4.0 if "×" in name else 1.0)
    outputs = torch.zeros(steps, BATCH, HIDDEN)
    last = torch.randn(BATCH, HIDDEN, generator=generator)
    cotangent = [outputs, last]  # the result is (outputs, h_T): only the last state asks
    found = student.unroll.gradients(xs, torch.zeros(BATCH, HIDDEN), *weights, cotangent=cotangent, wrt=["xs"])
    return _by_step(found.inputs["xs"], (steps, BATCH, INPUTS), 0, "unroll")


def _lstm_norms(student: Subject, name: str, steps: int, bench: Bench) -> list[float]:
    """The same for the LSTM; with the forget gate open (bias + 4), the cell's own path hardly fades."""
    import torch

    generator = torch.Generator().manual_seed(bench.seed)
    xs = 0.1 * torch.randn(BATCH, steps, INPUTS, generator=generator)
    model = student.LSTM(INPUTS, HIDDEN)
    if "open" in name:
        state = model.state_dict()
        if "bias_ih" in state and len(state["bias_ih"]) == 4 * HIDDEN:
            state["bias_ih"][HIDDEN : 2 * HIDDEN] += 4  # gates i, f, g, o
        model.load_state_dict(state)
    outputs = torch.zeros(BATCH, steps, HIDDEN)
    outputs[:, -1] = torch.randn(BATCH, HIDDEN, generator=generator)
    found = model.gradients(xs, cotangent=[outputs, None, None])
    return _by_step(next(iter(found.inputs.values())), (BATCH, steps, INPUTS), 1, "LSTM")


def _by_step(gradient: Any, shape: tuple[int, ...], axis: int, name: str) -> list[float]:
    from chapter10.labs.bench import Unfit, tensor_of

    if gradient is None:
        raise Unfit(f"No gradient reaches the inputs of your {name}.", "Does the state leave the graph, with .detach()?")
    gradient = tensor_of(gradient, shape, f"The gradient of {name}'s input")
    norms = gradient.double().movedim(axis, 0).flatten(1).norm(dim=1)
    return [float(f"{norm:.4g}") for norm in norms.flip(0).tolist()]


# Clipping --------------------------------------------------------------------------------------------------------------


def _train(student: Subject, clipped: bool, updates: int, bench: Bench, progress: Any) -> dict[str, list[float]]:
    """Train an RNN to tell the mean of its last three inputs; return norms before and after clipping, and losses."""
    import torch

    from chapter10.labs.bench import Unfit

    steps, samples = 25, 16
    generator = torch.Generator().manual_seed(bench.seed + 4)
    weights = _weights(bench.seed + 4, 3.0)
    readout = torch.randn(HIDDEN, generator=generator) / math.sqrt(HIDDEN)
    names = ["weight_ih", "weight_hh", "bias_ih", "bias_hh"]
    norms, used, losses = [], [], []
    for update in range(updates):
        xs = torch.randn(steps, samples, INPUTS, generator=generator)
        target = xs[-3:].mean(dim=(0, 2)) * 3
        found = student.lab_loss.gradients(
            xs, torch.zeros(samples, HIDDEN), *weights, readout, target, cotangent=torch.tensor(1.0), wrt=["2", "3", "4", "5"]
        )
        arrived = [found.inputs[str(at + 2)] for at in range(len(names))]
        gradients = [gradient for gradient in arrived if gradient is not None]
        if len(gradients) < len(arrived):
            raise Unfit("No gradient reaches the weights of your unroll.", "Does the state leave the graph, with .detach()?")
        norms.append(float(f"{_norm(gradients):.4g}"))
        losses.append(round(float(found.value), 5))
        if clipped:
            gradients = _clip(student, gradients)
        used.append(float(f"{_norm(gradients):.4g}"))
        weights = [weight - RATE * gradient for weight, gradient in zip(weights, gradients, strict=True)]
        progress((update + 1) / updates)
    return {"norms": norms, "used": used, "losses": losses}


def _clip(student: Subject, gradients: list[Tensor]) -> list[Tensor]:
    from chapter10.labs.bench import Unfit, tensor_of

    answer = student.clip_gradients(gradients, MAX_NORM)
    if not (isinstance(answer, (list, tuple)) and len(answer) == 2 and isinstance(answer[0], (list, tuple))):
        raise Unfit("clip_gradients returned no pair (clipped gradients, total norm).", "`chapter10 check bptt` says more.")
    if len(answer[0]) != len(gradients):
        raise Unfit(
            f"clip_gradients returned {len(answer[0])} gradients for {len(gradients)}.", "`chapter10 check bptt` says more."
        )
    clipped = [tensor_of(new, tuple(old.shape), "A clipped gradient") for new, old in zip(answer[0], gradients, strict=True)]
    norm = _norm(clipped)
    if norm > 1.01 * MAX_NORM:
        raise Unfit(
            f"After your clip_gradients the norm is {norm:.3g}, above max_norm = {MAX_NORM:g}.",
            "`chapter10 check bptt` says more.",
        )
    return clipped


def _norm(tensors: list[Tensor]) -> float:
    return math.sqrt(sum(float(tensor.double().square().sum()) for tensor in tensors))


# Through depth ---------------------------------------------------------------------------------------------------------


def _depth_norms(student: Subject, name: str, blocks: int, bench: Bench) -> list[float]:
    """Return ‖∂ output / ∂ kernels of block b‖ for b = blocks, …, 1: what each block learns from, the last one first."""
    import torch

    from chapter10.labs.bench import Unfit

    generator = torch.Generator().manual_seed(bench.seed)
    images = torch.randn(4, CHANNELS, 8, 8, generator=generator).double()  # float32 ends at 1e-45, where some of this goes
    cotangent = torch.randn(4, CHANNELS, 8, 8, generator=generator)
    model = _stack(student, name, blocks).to(torch.float64).train()
    found = model.gradients(images, cotangent=cotangent)
    norms = []
    for block in reversed(range(blocks)):
        mine = [
            grad
            for label, grad in found.parameters.items()
            if label.startswith(f"{block}.") and grad is not None and grad.dim() == 4
        ]
        if not mine:
            raise Unfit(f"No gradient reaches the convolutions of block {block + 1}.", "`chapter10 check residual` says more.")
        norms.append(float(f"{_norm(mine):.4g}"))
    if not all(math.isfinite(norm) for norm in norms):
        raise Unfit("The gradients of the stack have NaN or infinity in them.")
    return norms


def _stack(student: Subject, name: str, blocks: int) -> Model:
    if name == "with shortcuts":
        return student.build("Sequential", *[("ResidualBlock", CHANNELS, CHANNELS)] * blocks)
    normed = name == "without"
    convolution = ("Conv2d", CHANNELS, CHANNELS, 3, 1, 1, 1, 1, not normed)  # padding 1; a bias where no norm brings one
    norm = [("BatchNorm2d", CHANNELS)] if normed else []
    layers = [convolution, *norm, ("ReLU",)]
    return student.build("Sequential", *[("Sequential", *layers, *layers)] * blocks)


# Telling ---------------------------------------------------------------------------------------------------------------


def present(numbers: dict[str, Any]) -> Report:
    """Tell all that was measured."""
    time, depth, clipping = (numbers.get(key, {}) for key in ("time", "depth", "clipping"))
    tables = [
        Table(
            ["through time", "at the last step", "half-way", "at the first step", "factor a step"],
            [[name, *_cells(norms), f"{_rate(norms):.3f}"] for name, norms in time.items()],
            "norm of the gradient at a step's input",
        ),
        Table(
            ["training an RNN", "largest norm", "median norm", "first loss", "last loss"],
            [
                [f"{name} clipping", _short(max(run["norms"])), _short(sorted(run["norms"])[len(run["norms"]) // 2]),
                 f"{_mean(run['losses'][:5]):.3f}", f"{_mean(run['losses'][-5:]):.3f}"]
                for name, run in clipping.items()
            ],
            f"norm of all gradients before clipping to {MAX_NORM:g}; losses are means of five",
        ),
        Table(
            ["through depth", "last block", "half-way", "first block", "factor a block"],
            [[name, *_cells(norms), f"{_rate(norms):.3f}"] for name, norms in depth.items()],
            "norm of the gradient of a block's kernels; fresh weights, train mode, with batch norm unless it says otherwise",
        ),
    ]  # fmt: skip
    return Report(
        title="What becomes of a gradient",
        question=(
            "A gradient passes through every step of time and every layer. A factor a little off 1, many times "
            "over, and it is gone or explodes."
        ),
        tables=tables,
        findings=_findings(time, clipping, depth),
        draw=lambda paper: _draw(numbers, paper),
        section="Recurrent Neural Networks; Common Pitfalls",
    )


def _cells(norms: list[float]) -> list[str]:
    return [_short(norms[0]), _short(norms[len(norms) // 2]), _short(norms[-1])]


def _short(value: float) -> str:
    return f"{value:.2f}" if 0.01 <= value < 1000 else "0" if value == 0 else f"{value:.0e}"


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)


def _rate(norms: list[float]) -> float:
    """Return the mean factor from one step to the one before it."""
    return (max(norms[-1], FLOOR) / max(norms[0], FLOOR)) ** (1 / max(len(norms) - 1, 1))


def _findings(time: dict[str, Any], clipping: dict[str, Any], depth: dict[str, Any]) -> list[str]:
    found = []
    for name, norms in time.items():
        rate = _rate(norms)
        fate = "vanishes" if rate < 0.9 else "explodes" if rate > 1.05 else "lasts"
        found.append(f"{name}: the gradient {fate}, × {rate:.2f} a step back in time.")
    if len(clipping) == 2:
        ends = {name: _mean(run["losses"][-5:]) for name, run in clipping.items()}
        found.append(
            f"Clipped to norm {MAX_NORM:g}, the training ends at a loss of {ends['with']:.3f}; unclipped at "
            f"{ends['without']:.3f}, "
            f"after a step with a gradient of norm {max(clipping['without']['norms']):.3g}."
        )
    for name, norms in depth.items():
        found.append(
            f"{len(norms)} blocks {name}: the first block gets {_short(norms[-1] / max(norms[0], FLOOR))} times the "
            "gradient of the last."
        )
    return found


def _draw(numbers: dict[str, Any], paper: theme.Theme) -> Figure:
    import matplotlib.pyplot as plt

    figure, panels = plt.subplots(2, 2, figsize=(9.5, 6.6))
    _lines(panels[0, 0], numbers.get("time", {}), TIME, "Through time: gradient at each step", "steps back from the end")
    _lines(panels[0, 1], numbers.get("depth", {}), DEPTH, "Through depth: gradient of each block", "blocks back from the end")
    for axes, key, title in zip(
        panels[1], ("used", "losses"), ("Training an RNN: norm of each update", "Its loss, smoothed"), strict=True
    ):
        for at, name in enumerate(("with", "without")):
            run = numbers.get("clipping", {}).get(name)
            if run:
                values = (
                    run[key]
                    if key == "used"
                    else [_mean(run[key][max(end - 8, 0) : end]) for end in range(1, len(run[key]) + 1)]
                )
                axes.plot(range(1, len(values) + 1), values, color=f"C{at}", label=f"{name} clipping", linewidth=1.6)
        axes.set_title(title)
        axes.set_xlabel("updates")
        _finish(axes, "log" if key == "used" else "linear")
    return figure


def _lines(axes: Axes, lines: dict[str, list[float]], names: tuple[str, ...], title: str, xlabel: str) -> None:
    for at, name in enumerate(names):
        if name in lines:
            norms = [norm if norm > FLOOR else math.nan for norm in lines[name]]
            theme.line(axes, range(len(norms)), norms, at, name, markersize=4, markevery=max(len(norms) // 8, 1))
    axes.set_title(title)
    axes.set_xlabel(xlabel)
    _finish(axes)


def _finish(axes: Axes, scale: str = "log") -> None:
    from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter

    if axes.lines:
        axes.set_yscale(scale)
        if scale == "log":
            axes.yaxis.set_major_locator(LogLocator(numticks=7))
            axes.yaxis.set_minor_formatter(NullFormatter())
            axes.tick_params(which="minor", length=0)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=7))
        axes.legend(loc="best", framealpha=0.85, frameon=True, edgecolor="none", facecolor=axes.get_facecolor())
