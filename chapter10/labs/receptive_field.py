"""`lab receptive-field`: which input pixels move one output pixel after n layers of the learner's conv2d, by its gradients."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chapter10.labs import theme
from chapter10.labs.report import Report, Table

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from chapter10.labs.bench import Bench
    from chapter10.sandbox.proxy import Subject


def measure(bench: Bench, numbers: dict[str, Any], layers: int | None = None, kernel_size: int = 3) -> None:
    """Pull a gradient of 1 at the middle output pixel back to the input, through 1, 2, … layers of equal weights."""
    layers = layers or (3 if bench.quick else 5)
    bench.plan(layers)
    for depth in range(1, layers + 1):
        with bench.step(f"{depth} layer{'s' * (depth > 1)}"), bench.code("conv2d", _probe) as student:
            row = _field(student, depth, kernel_size, layers * (kernel_size - 1) + 5)
            numbers.setdefault("rows", []).append(row)
            numbers["kernel_size"] = kernel_size


def _probe(student: Subject) -> None:
    import torch

    student.conv2d(torch.zeros(1, 1, 3, 3), torch.zeros(1, 1, 3, 3))


def _field(student: Subject, depth: int, kernel_size: int, side: int) -> dict[str, Any]:
    import torch

    from chapter10.labs.bench import Unfit, tensor_of
    from chapter10.sandbox.proxy import SubjectError

    images = torch.zeros(1, 1, side, side)
    weight = torch.full((1, 1, kernel_size, kernel_size), 1 / kernel_size**2)
    cotangent = torch.zeros(1, 1, side, side)
    cotangent[0, 0, side // 2, side // 2] = 1
    found = student.lab_stack.gradients(images, weight, depth, cotangent=cotangent, wrt=["0"])
    gradient = found.inputs["0"]
    if gradient is None:
        raise Unfit("No gradient reaches the input of your conv2d.", "Does it leave the graph, with .detach() or .item()?")
    moved = tensor_of(gradient, (1, 1, side, side), "The gradient of conv2d's input")[0, 0]
    rows, columns = torch.nonzero(moved.abs() > 1e-12, as_tuple=True)
    extent = [int(found.max() - found.min()) + 1 if len(found) else 0 for found in (rows, columns)]
    try:
        said = student.receptive_field(depth, kernel_size)
    except SubjectError:
        said = None
    return {
        "layers": depth,
        "height": extent[0],
        "width": extent[1],
        "pixels": len(rows),
        "formula": depth * (kernel_size - 1) + 1,
        "yours": said if type(said) is int else None,
        "map": [[round(value, 6) for value in line] for line in moved.tolist()],
    }


def present(numbers: dict[str, Any]) -> Report:
    """Tell the growth."""
    rows, size = numbers["rows"], numbers["kernel_size"]
    table = Table(
        ["layers", "measured", "n(k − 1) + 1", "receptive_field says"],
        [
            [str(r["layers"]), f"{r['height']} × {r['width']}", str(r["formula"]), _or_dash(r["yours"])]
            for r in rows
        ],
        f"{size} × {size} kernels, stride 1, 'same' padding",
    )  # fmt: skip
    return Report(
        title="What one output pixel sees",
        question=f"Stack {size} × {size} convolutions. Which input pixels still move the middle one of the output?",
        tables=[table],
        findings=_findings(rows, size),
        draw=lambda paper: _draw(rows, size, paper),
        section="Convolutional Neural Networks; Common Pitfalls",
    )


def _or_dash(value: int | None) -> str:
    return "–" if value is None else str(value)


def _findings(rows: list[dict[str, Any]], size: int) -> list[str]:
    found = []
    odd = [row for row in rows if not row["height"] == row["width"] == row["formula"]]
    if odd:
        row = odd[0]
        found.append(
            f"After {row['layers']} layer(s) the measured field is {row['height']} × {row['width']}, where n(k − 1) + 1 "
            f"= {row['formula']}: "
            "your conv2d does not slide as it should. `chapter10 check conv2d` says more."
        )
    else:
        found.append(f"Each layer adds k − 1 = {size - 1} pixels of width, as n(k − 1) + 1 says.")
    for row in rows:
        if row["yours"] is not None and row["yours"] != row["width"]:
            found.append(f"receptive_field({row['layers']}, {size}) says {row['yours']}; measured are {row['width']}.")
    last = rows[-1]
    total = sum(abs(value) for line in last["map"] for value in line)
    if not odd and last["layers"] > 1 and total:
        half, middle = size // 2, len(last["map"]) // 2
        inner = [line[middle - half : middle + half + 1] for line in last["map"][middle - half : middle + half + 1]]
        share = sum(abs(value) for line in inner for value in line) / total
        found.append(
            f"But not all pixels count alike: after {last['layers']} layers, the inner {size} × {size} of "
            f"{last['width']} × {last['width']} pixels "
            f"carry {share:.0%} of the gradient. The field grows as n, its bell only as √n (Luo et al. 2016)."
        )
    return found


def _draw(rows: list[dict[str, Any]], size: int, paper: theme.Theme) -> Figure:
    import matplotlib.pyplot as plt
    from matplotlib.patches import Rectangle

    figure, panels = plt.subplots(1, len(rows), figsize=(max(1.95 * len(rows), 3.8), 2.7), squeeze=False)
    for axes, row in zip(panels[0], rows, strict=True):
        side = len(row["map"])
        top = max((abs(value) for line in row["map"] for value in line), default=0) or 1
        axes.imshow([[abs(value) / top for value in line] for line in row["map"]], cmap=paper.colormap(), vmin=0, vmax=1)
        theme.plain(axes)
        axes.set_xticks([])
        axes.set_yticks([])
        for at in range(1, side):  # the pixels' edges, so that they can be counted
            axes.axhline(at - 0.5, color=paper.paper, linewidth=0.5)
            axes.axvline(at - 0.5, color=paper.paper, linewidth=0.5)
        corner = side // 2 - row["formula"] / 2
        axes.add_patch(
            Rectangle((corner, corner), row["formula"], row["formula"], fill=False, edgecolor="C1", linewidth=2, zorder=5)
        )
        axes.set_title(f"{row['layers']} layer{'s' * (row['layers'] > 1)}: {row['height']} × {row['width']}")
    figure.supxlabel(
        "the darker, the more it counts; the frame is n(k − 1) + 1" if paper.name == "light" else
        "the brighter, the more it counts; the frame is n(k − 1) + 1", fontsize=8.5, color=paper.quiet, x=0.012, ha="left",
    )  # fmt: skip
    return figure
