"""`lab attention`: the chapter's Observation. Where each word of a sentence looks, head by head, in two small models.

Both have one layer of four heads and are trained here. One learns whether film reviews praise; the other learns, from pieces
of them with a noun and an "it" put in, what "it" stands for. A head learns to look where its task needs it to. The
projections are the models'; the learner's `attention_weights` makes weights of them, and their `most_attended` reads those.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chapter10.labs import theme
from chapter10.labs.report import Report, Table

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from torch import Tensor

    from chapter10.labs.bench import Bench, Progress
    from chapter10.sandbox.proxy import Subject

SENTENCE = "the cat sat because it was tired"
WIDTH, HEADS, LENGTH = 64, 4, 80
MOST_WORDS = 16  # more do not fit a figure
UNKNOWN = 1  # the token of a word that is not in the vocabulary
TASKS = {"pronoun": "trained to say what “it” stands for", "reviews": "trained to tell praise in film reviews"}
NOUNS = (
    "cat dog man woman girl boy child baby doctor teacher king queen horse monster robot hero soldier mother father friend"
).split()


def measure(bench: Bench, numbers: dict[str, Any], sentence: str = SENTENCE, word: str = "it") -> None:
    """Train both models, and let the learner's functions read their attention."""
    from chapter10.labs.bench import Unfit
    from chapter10.sandbox.protocol import MAX_REPLY  # noqa: F401  (torch is imported before the clock of a step runs)

    words = tokenize(sentence)
    bench.plan(len(TASKS))
    for task in TASKS:
        with bench.step(TASKS[task]) as progress:
            if not 2 <= len(words) <= MOST_WORDS:
                raise Unfit(f"The sentence has {len(words)} words; the lab shows 2 to {MOST_WORDS}.")
            ids, unknown = _ids(words)
            query, key, accuracy = _projections(bench, task, ids, progress)
            with bench.code("attention_map", _probe) as student:
                heads = [_read(student, query[head], key[head], words) for head in range(HEADS)]
            numbers["words"], numbers["unknown"] = words, unknown
            numbers["asked"] = len(words) - 1 - words[::-1].index(word) if word in words else len(words) - 1
            numbers.setdefault("models", []).append({"task": task, "accuracy": accuracy, "heads": heads})


def _probe(student: Subject) -> None:
    import torch

    student.most_attended(student.attention_weights(torch.eye(2), torch.eye(2)), ["a", "b"])


def tokenize(sentence: str) -> list[str]:
    """Return the words of a sentence as the reviews are cut: `[a-z0-9']+`, lower-cased."""
    import re

    return re.findall(r"[a-z0-9']+", sentence.lower())


def _ids(words: list[str]) -> tuple[list[int], list[str]]:
    """Return the token of each word, and the words that have none of their own."""
    from chapter10.grading.data import FIRST_WORD, vocabulary

    known = {word: FIRST_WORD + at for at, word in enumerate(vocabulary())}
    return [known.get(word, UNKNOWN) for word in words], [word for word in words if word not in known]


def _projections(bench: Bench, task: str, ids: list[int], progress: Progress) -> tuple[Tensor, Tensor, float]:
    """Train a model; return its query and key (heads, T, d / heads) for the sentence, and its accuracy on unseen examples."""
    import torch

    from chapter10.grading.data import VOCABULARY_SIZE

    tokens, labels, unseen, answers, classes, asks = _made(bench) if task == "pronoun" else _reviews(bench)
    heads = {
        "part": "student",
        "name": "LabHeads",
        "arguments": [VOCABULARY_SIZE, WIDTH, HEADS, LENGTH, classes, asks],
        "also": [1],
    }
    with bench.own(progress) as model:
        trained = model.fit(
            {
                "parts": [{"part": "tokens"}, heads], "rate": 2e-3, "schedule": "linear", "batch": 32,
                "epochs": 1 if bench.quick else 3, "shuffle": True, "seed": bench.seed,
            },
            inputs=[tokens, tokens > 0],
            targets=labels,
            test_inputs=[unseen, unseen > 0],
        )  # fmt: skip
        query, key = model.lab_projections(torch.tensor(ids))
    return query, key, float((trained.outputs.argmax(dim=1) == answers).double().mean())


def _reviews(bench: Bench) -> tuple[Any, ...]:
    """Reviews (n, 80) and whether they praise."""
    from chapter10.grading.data import reviews

    found = reviews()
    size = 400 if bench.quick else 1700
    return (*(part[:size] for part in (found.train.inputs, found.train.labels, found.test.inputs, found.test.labels)), 2, None)


def _made(bench: Bench) -> tuple[Any, ...]:
    """Pieces of reviews (n, 12) into which a noun and, after it, one "it" are put: which noun is it?"""
    import torch

    from chapter10.grading.data import FIRST_WORD, PADDING, reviews, vocabulary

    words, texts = vocabulary(), reviews().train.inputs.long()
    nouns = torch.tensor([FIRST_WORD + words.index(noun) for noun in NOUNS if noun in words])
    it = FIRST_WORD + words.index("it")
    texts = texts.masked_fill(torch.isin(texts, torch.cat([nouns, torch.tensor([it])])), UNKNOWN)
    count, test, length = (2000, 300, 12) if bench.quick else (8000, 500, 12)
    generator = torch.Generator().manual_seed(bench.seed)

    def draw(high: int | Tensor) -> Tensor:
        return (torch.rand(count + test, generator=generator) * high).long()

    review = draw(len(texts))
    room = ((texts != PADDING).sum(dim=1) - length).clamp(min=1)  # (1700,), places where a piece may begin
    start = draw(room[review])
    tokens = texts[review.unsqueeze(1), start.unsqueeze(1) + torch.arange(length)]  # (n, 12)
    answers, noun_at = draw(len(nouns)), draw(4)  # the noun comes first to fourth
    it_at = noun_at + 1 + draw(5)  # one to five words further on
    ends = (it_at + 1 + draw(4)).clamp(max=length)
    rows = torch.arange(count + test)
    tokens[rows, noun_at], tokens[rows, it_at] = nouns[answers], it
    tokens = tokens.masked_fill(torch.arange(length) >= ends.unsqueeze(1), PADDING).to(torch.int16)
    return tokens[:count], answers[:count], tokens[count:], answers[count:], len(nouns), it


def _read(student: Subject, query: Tensor, key: Tensor, words: list[str]) -> dict[str, Any]:
    """Return one head's map as the learner's functions see it."""
    from chapter10.labs.bench import Unfit, tensor_of

    size = len(words)
    weights = tensor_of(student.attention_weights(query, key), (size, size), "attention_weights(query, key)")
    sums = weights.sum(dim=-1)
    if float((sums - 1).abs().max()) > 1e-3 or float(weights.min()) < 0:
        raise Unfit(
            "The rows of your attention_weights are no weights: a row sums to "
            f"{float(sums[(sums - 1).abs().argmax()]):.4g}, not to 1.",
            "`chapter10 check attention_map` says more.",
        )
    most = student.most_attended(weights, words)
    if not (isinstance(most, list) and len(most) == size and all(isinstance(entry, str) for entry in most)):
        raise Unfit(f"most_attended returned no list of {size} words.", "`chapter10 check attention_map` says more.")
    return {
        "weights": [[round(value, 5) for value in line] for line in weights.tolist()],
        "most_attended": [w[:30] for w in most],
    }


def present(numbers: dict[str, Any]) -> Report:
    """Tell where the words look."""
    words, asked = numbers["words"], numbers["asked"]
    rows = [
        [
            model["task"],
            *(f"{head['most_attended'][asked]} {max(head['weights'][asked]):.0%}" for head in model["heads"]),
            f"{model['accuracy']:.1%}",
        ]
        for model in numbers["models"]
    ]
    columns = ["model", *(f"head {head + 1}" for head in range(HEADS)), "accuracy"]
    return Report(
        title=f"Where the words look: “{' '.join(words)}”",
        question=(
            "One layer of attention, four heads, trained twice for different tasks. Each row is a word that "
            "looks; each column a word looked at."
        ),
        tables=[Table(columns, rows, f"what “{words[asked]}” attends to most")],
        findings=_findings(numbers),
        draw=lambda paper: _draw(numbers, paper),
        section="Pass Challenges (Observation)",
    )


def _findings(numbers: dict[str, Any]) -> list[str]:
    words, asked = numbers["words"], numbers["asked"]
    found = []
    for model in numbers["models"]:
        mean = [sum(head["weights"][asked][at] for head in model["heads"]) / HEADS for at in range(len(words))]
        top = sorted(range(len(words)), key=lambda at: -mean[at])[:2]
        seen = " and ".join(f"“{words[at]}” ({mean[at]:.0%})" for at in top)
        found.append(
            f"{TASKS[model['task']][0].upper()}{TASKS[model['task']][1:]}, “{words[asked]}” looks mostly at {seen}, "
            "over all heads."
        )
    if len(numbers["models"]) == len(TASKS):
        found.append(
            "A head looks where its task pays. To tell praise from blame nobody needs to know what “it” is; large "
            "language models learn it because "
            "predicting text needs it."
        )
    if numbers["unknown"]:
        found.append(f"Not in the vocabulary of the reviews, and so all alike to the models: {', '.join(numbers['unknown'])}.")
    return found


def _draw(numbers: dict[str, Any], paper: theme.Theme) -> Figure:
    import matplotlib.pyplot as plt
    from matplotlib.patches import Rectangle

    words, asked, models = numbers["words"], numbers["asked"], numbers["models"]
    figure = plt.figure(figsize=(10, 3.2 * len(models)))
    parts = figure.subfigures(len(models), 1, squeeze=False, hspace=0.04)
    for model, part in zip(models, parts[:, 0], strict=True):
        line = part.subplots(1, HEADS, sharey=True)
        title = TASKS[model["task"]]
        part.suptitle(f"{title[0].upper()}{title[1:]}", x=0.0, ha="left", fontsize=10.5, fontweight="bold")
        for at, (head, axes) in enumerate(zip(model["heads"], line, strict=True)):
            image = axes.imshow(head["weights"], cmap=paper.colormap(), vmin=0, vmax=1)
            theme.plain(axes)
            axes.set_xticks(range(len(words)), words, rotation=60, ha="right", rotation_mode="anchor", color=paper.ink)
            axes.set_yticks(range(len(words)), words, color=paper.ink)
            axes.add_patch(Rectangle((-0.5, asked - 0.5), len(words), 1, fill=False, edgecolor="C1", linewidth=1.6))
            value = max(head["weights"][asked])
            top = head["weights"][asked].index(value)
            dark_ink = (value < 0.45) == (paper.name == "light")
            axes.text(
                top, asked, f"{value:.0%}", ha="center", va="center", fontsize=6.5, color="#1f2328" if dark_ink else "#ffffff"
            )
            axes.set_title(f"head {at + 1}", fontweight="normal", fontsize=9, pad=5)
        bar = part.colorbar(image, ax=line, shrink=0.8, aspect=18, pad=0.01, format="{x:.0%}")
        bar.outline.set_visible(False)
    return figure
