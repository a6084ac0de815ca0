"""`lab cost`: time and memory of the learner's full and sliding-window attention against length, with the fitted exponents."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from chapter10.labs import theme
from chapter10.labs.report import Report, Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from chapter10.labs.bench import Bench
    from chapter10.sandbox.proxy import Subject

FEATURES = 16
KINDS = {"full": ("attention", "attention"), "window": ("efficient_attention", "sliding_window_attention")}
NAMES = {"full": "full attention", "window": "sliding window"}


def measure(bench: Bench, numbers: dict[str, Any], window: int = 8, longest: int | None = None) -> None:
    """Time both on one sequence of each length, and trace what they allocate. float32, one thread, no gradients."""
    longest = longest or (1024 if bench.quick else 4096)
    lengths = [128 << step for step in range(int(math.log2(longest / 128)) + 1)]
    bench.plan(len(lengths) * len(KINDS))
    for length in lengths:  # both at each length: a run that is stopped can still be compared
        for kind in KINDS:
            if any(failure["step"].startswith(NAMES[kind]) for failure in bench.failures):
                bench.plan(len(lengths) * len(KINDS))  # a longer one would fail too
                continue
            with bench.step(f"{NAMES[kind]}, length {length}"), bench.code(KINDS[kind][0], _probe(kind)) as student:
                row = _cost(student, kind, length, window, bench)
                numbers.setdefault("rows", []).append(row)
                numbers |= {"window": window, "features": FEATURES}
                numbers["exponents"] = {name: _exponents(numbers["rows"], name) for name in KINDS}


def _probe(kind: str) -> Any:
    def probe(student: Subject) -> None:
        import torch

        tensors = [torch.zeros(1, 3, 2)] * 3
        getattr(student, KINDS[kind][1])(*tensors, *([1] if kind == "window" else []))

    return probe


def _cost(student: Subject, kind: str, length: int, window: int, bench: Bench) -> dict[str, Any]:
    import torch

    from chapter10.labs.bench import Unfit, tensor_of

    generator = torch.Generator().manual_seed(bench.seed)
    inputs: list[Any] = [torch.randn(1, length, FEATURES, generator=generator) for _ in range(3)]
    inputs += [window] if kind == "window" else []
    name = KINDS[kind][1]
    trace = getattr(student, name).trace(*inputs)
    tensor_of(trace.value, (1, length, FEATURES), f"{name}(…) at length {length}")
    seconds = student.lab_seconds(name, inputs, 0.05 if bench.quick else 0.5)
    if not isinstance(seconds, float) or not 0 < seconds < math.inf:
        raise Unfit(f"{name}(…) gave no time at length {length}.")
    return {"kind": kind, "length": length, "seconds": seconds, "largest": trace.largest, "total": trace.total}


def _exponents(rows: list[dict[str, Any]], kind: str) -> dict[str, float | None]:
    mine = [row for row in rows if row["kind"] == kind]
    upper = mine[len(mine) // 2 :] if len(mine) >= 4 else mine  # short sequences measure Python
    return {key: exponent([row["length"] for row in upper], [row[key] for row in upper]) for key in ("seconds", "largest")}


def exponent(lengths: list[int], values: list[float]) -> float | None:
    """Return the least-squares p of value ∝ length^p, a line through the logarithms. None for fewer than two points."""
    points = [(math.log(length), math.log(value)) for length, value in zip(lengths, values, strict=True) if value > 0]
    if len(points) < 2:
        return None
    x0, y0 = (sum(axis) / len(points) for axis in zip(*points, strict=True))
    return round(sum((x - x0) * (y - y0) for x, y in points) / sum((x - x0) ** 2 for x, _ in points), 3)


def present(numbers: dict[str, Any]) -> Report:
    """Tell the growth of both."""
    rows, exponents = numbers["rows"], numbers["exponents"]
    by_length: dict[int, dict[str, Any]] = {}
    for row in rows:
        by_length.setdefault(row["length"], {})[row["kind"]] = row
    cells = []
    for length, both in by_length.items():
        cells.append([f"{length:,}"])
        for key, form in (("seconds", _time), ("largest", _bytes)):
            cells[-1] += [form(both[kind][key]) if kind in both else "–" for kind in KINDS]
    fitted = ["∝ L to the power"]
    for key in ("seconds", "largest"):
        fitted += ["–" if exponents[kind][key] is None else f"{exponents[kind][key]:.2f}" for kind in KINDS]
    table = Table(
        ["length L", "time, full", "time, window", "memory, full", "memory, window"],
        [*cells, fitted],
        f"one head of {numbers['features']} features, a window of {numbers['window']} on each side; time is the CPU's, "
        "memory the largest tensor allocated",
    )
    return Report(
        title="The price of attention",
        question=(
            "Full attention looks at every pair of places; a sliding window only at neighbours. What does the length cost?"
        ),
        tables=[table],
        findings=_findings(by_length, exponents),
        draw=lambda paper: _draw(rows, exponents, paper),
        section="Transformer (cost)",
    )


def _findings(by_length: dict[int, dict[str, Any]], exponents: dict[str, Any]) -> list[str]:
    found = []
    for kind in KINDS:
        memory, seconds = exponents[kind]["largest"], exponents[kind]["seconds"]
        if memory is not None:
            found.append(f"{NAMES[kind].capitalize()}: memory grows as L^{memory:.2f}, time as L^{seconds:.2f}.")
    if (exponents["window"]["largest"] or 0) > 1.5:
        found.append("Your sliding window still builds something L × L: masking a full matrix saves nothing.")
    pairs = {length: both for length, both in by_length.items() if len(both) == 2}
    cheaper = [length for length, both in pairs.items() if both["window"]["largest"] < both["full"]["largest"]]
    if cheaper and cheaper[0] != min(pairs):
        found.append(
            f"The window's bookkeeping pays from a length of about {cheaper[0]:,} on; below, full attention is smaller."
        )
    if pairs:
        length = max(pairs)
        ratio = pairs[length]["full"]["largest"] / max(pairs[length]["window"]["largest"], 1)
        found.append(f"At length {length:,}, full attention's largest tensor is {ratio:.1f} times the window's.")
    return found


def _time(seconds: float) -> str:
    return f"{seconds * 1e6:.0f} µs" if seconds < 1e-3 else f"{seconds * 1e3:.1f} ms" if seconds < 1 else f"{seconds:.2f} s"


def _bytes(size: float) -> str:
    return f"{size / 1e3:.0f} kB" if size < 1e6 else f"{size / 1e6:.1f} MB"


def _draw(rows: list[dict[str, Any]], exponents: dict[str, Any], paper: theme.Theme) -> Figure:
    import matplotlib.pyplot as plt

    figure, panels = plt.subplots(1, 2, figsize=(9, 3.6))
    for axes, key, title, form in zip(
        panels, ("seconds", "largest"), ("CPU time of one call", "Largest tensor it allocates"), (_time, _bytes), strict=True
    ):
        for at, kind in enumerate(KINDS):
            mine = [row for row in rows if row["kind"] == kind]
            if mine:
                theme.line(axes, [row["length"] for row in mine], [row[key] for row in mine], at, NAMES[kind])
                _label(axes, mine[-1], key, exponents[kind][key], NAMES[kind], at)
        axes.set_xscale("log", base=2)
        axes.set_yscale("log")
        lengths = sorted({row["length"] for row in rows})
        axes.set_xlim(lengths[0] / 1.2, lengths[-1] * 2 ** (0.42 * max(len(lengths), 2)))  # room for the labels
        axes.set_xticks(lengths, [f"{length:,}" for length in lengths])
        axes.minorticks_off()
        axes.yaxis.set_major_formatter(lambda value, _, form=form: form(value))
        axes.set_title(title)
        axes.set_xlabel("length L")
    return figure


def _label(axes: Axes, row: dict[str, Any], key: str, power: float | None, name: str, at: int) -> None:
    text = name if power is None else f"{name}\n∝ L$^{{{power:.2f}}}$"
    axes.annotate(
        text, (row["length"], row[key]), (9, 0), textcoords="offset points", va="center", color=f"C{at}", fontweight="bold"
    )
