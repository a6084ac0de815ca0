"""`lab norms`: the learner's layer_norm against their BatchNorm as the batch shrinks."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from chapter10.labs import theme
from chapter10.labs.report import Report, Table

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from chapter10.labs.bench import Bench
    from chapter10.sandbox.proxy import Subject

SIZES = (64, 16, 8, 4, 2)
NAMES = {"layer": "layer_norm", "batch": "BatchNorm"}
FEATURES = 64
COMPANIES = 40  # batches in which the one sample is looked at


def measure(bench: Bench, numbers: dict[str, Any]) -> None:
    """For each batch size: how far a sample's result depends on the others in its batch, and the accuracy after training."""
    bench.plan(len(SIZES) * len(NAMES))
    for size in SIZES:
        for kind in NAMES:
            if any(failure["step"].startswith(NAMES[kind]) for failure in bench.failures):
                continue  # it would fail at every size
            label = f"{NAMES[kind]}, batches of {size}"
            with bench.step(label) as progress, bench.code("normalization", _probe, progress) as student:
                row = {
                    "kind": kind,
                    "batch": size,
                    "wobble": _wobble(student, kind, size),
                    "accuracy": _train(student, kind, size, bench),
                }
                numbers.setdefault("rows", []).append(row)
                numbers |= _amount(bench)


def _probe(student: Subject) -> None:
    import torch

    student.layer_norm(torch.zeros(2, 3), torch.ones(3), torch.zeros(3))
    student.BatchNorm(3)(torch.ones(2, 3))


def _amount(bench: Bench) -> dict[str, int]:
    return {"train": 300, "test": 200, "epochs": 1} if bench.quick else {"train": 3000, "test": 1000, "epochs": 2}


def _wobble(student: Subject, kind: str, size: int) -> float:
    """Return the spread of one sample's normalised features over batches with other companions; their own spread is 1."""
    import torch

    from chapter10.labs.bench import tensor_of

    generator = torch.Generator().manual_seed(size)
    sample = torch.randn(1, FEATURES, generator=generator)
    norm = student.BatchNorm(FEATURES).train() if kind == "batch" else None
    results = []
    for _ in range(COMPANIES):
        batch = torch.cat([sample, torch.randn(size - 1, FEATURES, generator=generator)])
        value = norm(batch) if norm else student.layer_norm(batch, torch.ones(FEATURES), torch.zeros(FEATURES))
        results.append(tensor_of(value, (size, FEATURES), f"The result of {NAMES[kind]}")[0])
    return round(float(torch.stack(results).std(dim=0).mean()), 4)


def _train(student: Subject, kind: str, size: int, bench: Bench) -> float:
    """Return the accuracy on unseen digits of 784 → 128 → norm → ReLU → 10, trained by Adam 1e-3 falling to 0."""
    from chapter10.grading.data import mnist

    found, amount = mnist(), _amount(bench)
    trained = student.fit(
        {
            "parts": [{"part": "pixels"}, {"part": "student", "name": "LabNormed", "arguments": [kind]}],
            "rate": 1e-3, "schedule": "linear", "batch": size, "epochs": amount["epochs"], "shuffle": True, "seed": bench.seed,
        },
        inputs=[found.train.inputs[: amount["train"]]],
        targets=found.train.labels[: amount["train"]],
        test_inputs=[found.test.inputs[: amount["test"]]],
        label=f"Training with {NAMES[kind]}",
        seconds=600,
    )  # fmt: skip
    return float((trained.outputs.argmax(dim=1) == found.test.labels[: amount["test"]]).double().mean())


def present(numbers: dict[str, Any]) -> Report:
    """Tell what the batch does to each."""
    rows = numbers["rows"]
    by_size: dict[int, dict[str, Any]] = {}
    for row in rows:
        by_size.setdefault(row["batch"], {})[row["kind"]] = row
    cells = [
        [str(size), *(f"{both[k]['wobble']:.3f}" if k in both else "–" for k in NAMES),
         *(f"{both[k]['accuracy']:.1%}" if k in both else "–" for k in NAMES)]
        for size, both in by_size.items()
    ]  # fmt: skip
    return Report(
        title="LayerNorm and BatchNorm as the batch shrinks",
        question=(
            "BatchNorm measures mean and variance over the batch; LayerNorm over each sample alone. What if the batch is small?"
        ),
        tables=[
            Table(
                ["batch", "wobble: layer", "batch norm", "accuracy: layer", "batch norm"],
                cells,
                f"wobble: how far one sample's result moves when its companions change; trained on {numbers['train']:,} "
                "digits, "
                f"{numbers['epochs']} epoch{'s' * (numbers['epochs'] > 1)}",
            )
        ],
        findings=_findings(by_size),
        draw=lambda paper: _draw(rows, numbers, paper),
        section="Common Pitfalls",
    )


def _findings(by_size: dict[int, dict[str, Any]]) -> list[str]:
    found = []
    layer = [both["layer"] for both in by_size.values() if "layer" in both]
    if layer and max(row["wobble"] for row in layer) < 1e-4:
        found.append("layer_norm: a sample's result does not depend on its batch at all.")
    elif layer:
        found.append(
            "Your layer_norm lets the other samples of the batch into the result: it must use the last axis of each "
            "sample alone. "
            "`chapter10 check normalization` says more."
        )
    batch = [both["batch"] for both in by_size.values() if "batch" in both]
    if len(batch) > 1:
        large, small = batch[0], batch[-1]
        found.append(
            f"BatchNorm: at {large['batch']} samples the company moves a result by {large['wobble']:.2f} of its spread, "
            f"at {small['batch']} by "
            f"{small['wobble']:.2f}: statistics of n samples are uncertain by about 1/√n."
        )
    smallest = by_size[min(by_size)]
    if len(smallest) == 2:
        gap = 100 * (smallest["layer"]["accuracy"] - smallest["batch"]["accuracy"])
        found.append(
            f"Trained in batches of {min(by_size)}, layer_norm is {abs(gap):.1f} points {'ahead' if gap > 0 else 'behind'}."
        )
    found.append(
        "A batch of 1 is beyond BatchNorm: its variance is zero, and the unbiased one for the running average divides by zero."
    )
    return found


def _draw(rows: list[dict[str, Any]], numbers: dict[str, Any], paper: theme.Theme) -> Figure:
    import matplotlib.pyplot as plt

    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.6))
    sizes = sorted({row["batch"] for row in rows}, reverse=True)
    for at, kind in enumerate(NAMES):
        mine = [row for row in rows if row["kind"] == kind]
        places = [sizes.index(row["batch"]) for row in mine]
        theme.line(left, places, [row["wobble"] for row in mine], at, NAMES[kind])
        theme.line(right, places, [row["accuracy"] for row in mine], at, NAMES[kind])
    curve = [1 / math.sqrt(size) for size in sizes]
    left.plot(range(len(sizes)), curve, color=paper.quiet, linewidth=1, linestyle=(0, (4, 3)), label="1/√n")
    left.set_title("How far the company moves a sample")
    left.set_ylabel("in units of its own spread")
    right.set_title("Accuracy on unseen digits")
    right.yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    for axes in (left, right):
        axes.set_xticks(range(len(sizes)), [str(size) for size in sizes])
        axes.set_xlabel("batch size n (shrinking)")
    left.legend(loc="upper left")
    right.legend(loc="lower left")
    return figure
