"""`lab kernels`: the chapter's Warm-up. SimpleCNN with kernels of 1, 3, 5 and 7 pixels: parameters, accuracy, time."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from chapter10.labs import theme
from chapter10.labs.report import Report, Table

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from chapter10.labs.bench import Bench
    from chapter10.sandbox.proxy import Subject

SIZES = (1, 3, 5, 7)
LARGEST = 10_000_000  # parameters: more than this would take hours, and is a mistake


def measure(bench: Bench, numbers: dict[str, Any]) -> None:
    """Train a fresh network for each kernel size on the same digits, in the same order. Adam 1e-3, batches of 64."""
    from chapter10.grading.data import mnist

    found = mnist()
    train, test, epochs = (600, 200, 1) if bench.quick else (4000, 1000, 3)
    bench.plan(len(SIZES))
    for size in SIZES:
        with bench.step(f"kernel {size} × {size}") as progress, bench.code("kernel_sweep", _probe, progress) as student:
            row: dict[str, Any] = {"kernel": size, **_count(student, size)}
            trained = student.fit(
                {
                    "parts": [{"part": "pixels"}, {"part": "student", "name": "build_cnn", "arguments": [size]}],
                    "rate": 1e-3, "schedule": "constant", "batch": 64, "epochs": epochs, "shuffle": True, "seed": bench.seed,
                },
                inputs=[found.train.inputs[:train, None]],
                targets=found.train.labels[:train],
                test_inputs=[found.test.inputs[:test, None]],
                label=f"Training build_cnn({size})",
                seconds=600,
            )  # fmt: skip
            right = trained.outputs.argmax(dim=1) == found.test.labels[:test]
            row |= {"accuracy": float(right.double().mean()), "seconds": round(trained.seconds, 2)}
            numbers.setdefault("rows", []).append(row)
            numbers |= {"train": train, "test": test, "epochs": epochs}


def _probe(student: Subject) -> None:
    student.build_cnn(3)


def _count(student: Subject, size: int) -> dict[str, int | None]:
    """Return the parameters that the model has, and what the learner's own `parameter_count` says (None: nothing usable)."""
    from chapter10.labs.bench import Unfit
    from chapter10.sandbox.proxy import Model, SubjectError

    model = student.build_cnn(size)
    if not isinstance(model, Model):
        raise Unfit(f"build_cnn({size}) returned no nn.Module.", "`chapter10 check kernel_sweep` says more.")
    parameters = model.parameter_count()
    if parameters > LARGEST:
        raise Unfit(f"build_cnn({size}) has {parameters:,} parameters; the lab trains at most {LARGEST:,}.")
    try:
        said = student.parameter_count(model)
    except SubjectError:
        said = None
    return {"parameters": parameters, "your_count": said if type(said) is int else None}


def present(numbers: dict[str, Any]) -> Report:
    """Tell the sweep."""
    rows = numbers["rows"]
    table = Table(
        ["kernel", "parameters", "accuracy", "seconds"],
        [
            [f"{r['kernel']} × {r['kernel']}", f"{r['parameters']:,}", f"{r['accuracy']:.1%}", f"{r['seconds']:.1f}"]
            for r in rows
        ],
        f"{numbers['train']:,} training digits, {numbers['epochs']} epoch{'s' * (numbers['epochs'] > 1)}, "
        f"{numbers['test']:,} unseen digits",
    )
    return Report(
        title="What a larger kernel costs, and what it brings",
        question="A larger kernel sees more at a glance and has more to learn. Where does more stop to pay?",
        tables=[table],
        findings=_findings(rows),
        draw=lambda paper: _draw(rows, paper),
        section="Pass Challenges (Warm-up)",
    )


def _findings(rows: list[dict[str, Any]]) -> list[str]:
    best = max(rows, key=lambda row: row["accuracy"])
    found = [f"The best is k = {best['kernel']} with {best['accuracy']:.1%}."]
    for before, after in itertools.pairwise(rows):
        gain = 100 * (after["accuracy"] - before["accuracy"])
        more = after["parameters"] - before["parameters"]
        found.append(f"From k = {before['kernel']} to {after['kernel']}: {more:+,} parameters, {gain:+.1f} points of accuracy.")
    by_size = {row["kernel"]: row for row in rows}
    if 1 in by_size and 3 in by_size and by_size[1]["accuracy"] < by_size[3]["accuracy"]:
        found.append("A 1 × 1 kernel sees no neighbours: only the pooling mixes pixels, and edges stay invisible to it.")
    for row in rows:
        if row["your_count"] != row["parameters"]:
            said = "nothing that is a number" if row["your_count"] is None else f"{row['your_count']:,}"
            found.append(f"parameter_count says {said} for k = {row['kernel']}; the model has {row['parameters']:,}.")
    return found


def _draw(rows: list[dict[str, Any]], paper: theme.Theme) -> Figure:
    import matplotlib.pyplot as plt

    figure, panels = plt.subplots(1, 3, figsize=(9, 3.1))
    names = [f"{row['kernel']}" for row in rows]
    for axes, key, title, form in zip(
        panels, ("accuracy", "parameters", "seconds"), ("Accuracy on unseen digits", "Parameters", "Seconds of training"),
        ("{:.1%}", "{:,}", "{:.1f}"), strict=True,
    ):  # fmt: skip
        values = [row[key] for row in rows]
        axes.set_title(title)
        axes.set_xlabel("kernel size k")
        axes.grid(axis="x", visible=False)
        if key == "accuracy":  # differences count here, not distance from zero: points, not bars
            theme.line(axes, names, values, 0, "accuracy")
            axes.set_ylim(min(values) - 0.05, min(max(values) + 0.05, 1.02))
            axes.yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
        else:
            axes.bar(names, values, width=0.55, color="C0")
            axes.set_ylim(0, max(values) * 1.15 or 1)
            axes.yaxis.set_major_formatter(lambda value, _: f"{value / 1000:.0f}k" if value >= 1000 else f"{value:.3g}")
        for name, value in zip(names, values, strict=True):
            axes.annotate(form.format(value), (name, value), (0, 7), textcoords="offset points", ha="center", color=paper.ink,
                          bbox={"facecolor": paper.paper, "edgecolor": "none", "pad": 1})  # fmt: skip
        axes.margins(x=0.16)
    return figure
