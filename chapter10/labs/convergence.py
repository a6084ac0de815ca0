"""`lab convergence`: the chapter's Challenge. RNN, LSTM and the learner's SentimentTransformer learn the same film reviews."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from chapter10.labs import theme
from chapter10.labs.report import Report, Table

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from chapter10.labs.bench import Bench, Progress
    from chapter10.sandbox.proxy import Subject

MODELS = ("RNN", "LSTM", "Transformer")
LOOKS = 2  # at the test, in each epoch
MOST_SECONDS = 900.0  # for one training


def measure(bench: Bench, numbers: dict[str, Any], epochs: int | None = None, level: float = 0.70) -> None:
    """Train each by the grader's recipe (Adam 1e-3 falling to 0, batches of 32), and look at the test twice an epoch."""
    from chapter10.grading import data

    epochs = epochs or (1 if bench.quick else 4)
    train, test = (128, 100) if bench.quick else (1700, 1000)
    found = data.reviews()
    bench.plan(len(MODELS))
    for model in MODELS:
        with bench.step(model) as progress, _subject(bench, model) as student:
            curve: dict[str, Any] = {"model": model, "epochs": [0.0], "accuracy": [0.5], "seconds": [0.0], "loss": []}
            parts = _parts(model, data.VOCABULARY_SIZE)
            curve["parameters"] = _parameters(student, model, data.VOCABULARY_SIZE)
            for look in _looks(student, parts, found, train, test, epochs, bench.seed, progress):
                for key, value in look.items():
                    curve[key] += value if key == "loss" else [value]
                if curve not in numbers.setdefault("curves", []):
                    numbers["curves"].append(curve)  # from the first look on: what was measured stays, whatever comes
                    numbers |= {"train": train, "test": test, "level": level, "epochs": epochs}


def _subject(bench: Bench, model: str) -> Any:
    return bench.code("sentiment_transformer", _probe) if model == "Transformer" else bench.own()


def _probe(student: Subject) -> None:
    import torch

    model = student.SentimentTransformer(10, 8, 2, 1, 8)
    model(torch.ones(1, 3, dtype=torch.int64), torch.ones(1, 3, dtype=torch.bool))


def _parts(model: str, vocabulary: int) -> list[dict[str, Any]]:
    arguments = ["SentimentTransformer", vocabulary] if model == "Transformer" else ["LabReader", model, vocabulary]
    return [{"part": "tokens"}, {"part": "student", "name": "LabCheckpoints", "arguments": arguments, "also": [1]}]


def _parameters(student: Subject, model: str, vocabulary: int) -> int:
    made = student.SentimentTransformer(vocabulary) if model == "Transformer" else student.LabReader(model, vocabulary)
    return made.parameter_count() if hasattr(made, "parameter_count") else 0


def _looks(
    student: Subject, parts: Any, found: Any, train: int, test: int, epochs: int, seed: int, progress: Progress
) -> Iterator[dict[str, Any]]:
    """Train, and yield what each look shows: epochs so far, accuracy, seconds of training so far, losses since the last."""
    import math

    from chapter10.grading.data import PADDING
    from chapter10.sandbox.proxy import Call

    recipe = {
        "parts": parts, "rate": 1e-3, "schedule": "linear", "batch": 32, "epochs": epochs, "shuffle": True, "seed": seed,
    }  # fmt: skip
    tokens, unseen = found.train.inputs[:train], found.test.inputs[:test]
    begin: dict[str, Any] | None = {
        "recipe": recipe,
        "inputs": [tokens, tokens != PADDING],
        "targets": found.train.labels[:train],
        "test_inputs": [unseen, unseen != PADDING],
        "constants": {},
    }
    each = math.ceil(train / recipe["batch"])
    pieces = 4  # requests between two looks: each is a chance to move the bar
    done, seconds = 0, 0.0
    losses: list[float] = []
    for piece in range(1, epochs * LOOKS * pieces + 1):
        until = each * piece // (LOOKS * pieces)
        looks = piece % pieces == 0
        call = Call("Training it", {}, {"op": "train", "begin": begin, "steps": until - done, "finish": False})
        reply = student.perform(call, MOST_SECONDS)
        begin, done = None, until
        losses += reply["history"]
        seconds += _seconds(reply)
        progress(piece / (epochs * LOOKS * pieces))
        if looks:
            call = Call("Training it", {}, {"op": "train", "begin": None, "steps": 0, "finish": True})
            accuracy = _accuracy(student.perform(call, MOST_SECONDS)["outputs"], found.test.labels[:test])
            yield {"epochs": done / each, "accuracy": accuracy, "seconds": round(seconds, 3), "loss": losses}
            losses = []


def _seconds(reply: dict[str, Any]) -> float:
    """Return the time that the far side says it took: possibly the learner's word, so good for nothing but to be shown."""
    value = reply.get("seconds")
    return value if isinstance(value, float) and 0 <= value < MOST_SECONDS else 0.0


def _accuracy(outputs: Any, labels: Any) -> float:
    from chapter10.labs.bench import tensor_of

    logits = tensor_of(outputs, (len(labels), 2), "What the model answers to the test")
    return float((logits.argmax(dim=1) == labels).double().mean())


def reached(curve: dict[str, Any], level: float, key: str = "epochs") -> float | None:
    """Return the epochs (or seconds) after which a curve is at `level` for the first time; None when it never is."""
    return next((at for at, value in zip(curve[key], curve["accuracy"], strict=True) if value >= level), None)


def present(numbers: dict[str, Any]) -> Report:
    """Tell the race."""
    curves, level = numbers["curves"], numbers["level"]
    rows = []
    for curve in curves:
        at, after = reached(curve, level), reached(curve, level, "seconds")
        pace = curve["seconds"][-1] / curve["epochs"][-1]
        rows.append([
            curve["model"], f"{curve['parameters']:,}", f"{curve['accuracy'][-1]:.1%}", f"{max(curve['accuracy']):.1%}",
            "–" if at is None else f"{at:g}", "–" if after is None else f"{after:.1f}", f"{pace:.2f}",
        ])  # fmt: skip
    columns = ["model", "parameters", "at the end", "best", f"epochs to {level:.0%}", "seconds", "s/epoch"]
    return Report(
        title="Who learns the reviews first?",
        question="Three models, the same reviews in the same order, the same optimiser. How fast does each come to understand?",
        tables=[
            Table(
                columns,
                rows,
                f"{numbers['train']:,} training reviews, {numbers['test']:,} unseen ones; seconds: of training on one "
                f"thread, to {level:.0%} and an epoch",
            )
        ],
        findings=_findings(curves, level),
        draw=lambda paper: _draw(numbers, paper),
        section="Pass Challenges (Challenge)",
    )


def _findings(curves: list[dict[str, Any]], level: float) -> list[str]:
    found = []
    for curve in curves:
        at, best = reached(curve, level), max(curve["accuracy"])
        late = f"never reaches {level:.0%} here; its best is {best:.1%}"
        found.append(f"The {curve['model']} {late if at is None else f'reaches {level:.0%} after {at:g} epochs'}.")
    by_name = {curve["model"]: curve for curve in curves}
    if "Transformer" in by_name and "RNN" in by_name:
        pace = {name: by_name[name]["seconds"][-1] / by_name[name]["epochs"][-1] for name in ("Transformer", "RNN")}
        if 0 < pace["RNN"] < pace["Transformer"]:
            times = pace["Transformer"] / pace["RNN"]
            found.append(
                f"An epoch of the Transformer takes {times:.1f} times as long here. Its steps could run side by side; "
                "on one thread of a CPU they "
                "queue, and the advantage that the chapter speaks of needs a GPU."
            )
    return found


def _draw(numbers: dict[str, Any], paper: theme.Theme) -> Figure:
    import matplotlib.pyplot as plt

    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.7))
    level = numbers["level"]
    left.axhline(level, color=paper.quiet, linewidth=1, linestyle=(0, (4, 3)))
    left.annotate(f"{level:.0%}", (0, level), (0, 4), textcoords="offset points", color=paper.quiet)
    for curve in numbers["curves"]:
        at, name = MODELS.index(curve["model"]), curve["model"]
        theme.line(left, curve["epochs"], curve["accuracy"], at, name, markersize=5)
        reach = reached(curve, level)
        if reach is not None:
            left.plot(
                [reach], [curve["accuracy"][curve["epochs"].index(reach)]], "o", markersize=13, fillstyle="none", color=f"C{at}"
            )
        steps, smooth = _smooth(curve["loss"])
        each = len(curve["loss"]) / curve["epochs"][-1]
        right.plot([step / each for step in steps], smooth, color=f"C{at}", label=name)
    left.set_title("Accuracy on unseen reviews")
    left.yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    right.set_title("Training loss, smoothed")
    for axes in (left, right):
        axes.set_xlabel("epochs")
        axes.set_xlim(left=0)
    left.legend(loc="lower right")
    return figure


def _smooth(losses: list[float]) -> tuple[list[int], list[float]]:
    """Return steps and the mean loss of the window that ends there."""
    window = max(len(losses) // 20, 1)
    steps = list(range(window, len(losses) + 1))
    return steps, [sum(losses[step - window : step]) / window for step in steps]
