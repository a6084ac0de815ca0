"""What came of an experiment, for people: a table in the terminal, a PNG, a page of HTML; and the numbers, for programs."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from chapter10.errors import WorkspaceError
from chapter10.files import write_whole
from chapter10.labs import page, theme

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from rich.console import Console

Draw = Callable[[theme.Theme], "Figure"]


@dataclass(frozen=True)
class Table:
    """Rows of ready text. Columns whose cells are numbers are set right."""

    columns: list[str]
    rows: list[list[str]]
    title: str = ""


@dataclass
class Report:
    """One experiment, told. `draw` makes its figure; the runner adds whose code ran, what failed and whether it was stopped."""

    title: str
    question: str  # what one looks for
    tables: list[Table]
    findings: list[str]  # what the numbers say, in sentences
    draw: Draw
    section: str  # of the chapter
    name: str = ""
    codes: list[dict[str, Any]] = field(default_factory=list)
    failures: list[dict[str, str]] = field(default_factory=list)
    quick: bool = False
    stopped: bool = False

    @property
    def provenance(self) -> list[str]:
        """Say whose code ran: the learner's first, then the reference's with the reason why."""
        mine = [code["file"] for code in self.codes if code["yours"]]
        said = [f"Your {_listed(mine)}."] if mine else []
        for why in dict.fromkeys(code["why"] for code in self.codes if not code["yours"]):
            names = [code["exercise"] for code in self.codes if not code["yours"] and code["why"] == why]
            said.append(f"The reference's {_listed(names)}: {why}.")
        return said

    @property
    def caution(self) -> str:
        """Say what makes the numbers provisional; empty when nothing does."""
        notes = ["Stopped early: this is what was finished."] if self.stopped else []
        if self.quick:
            notes.append(
                "A quick run on little data: the shape is right, the numbers are rough. Leave out --quick for the real ones."
            )
        return " ".join(notes)


def _listed(names: list[str]) -> str:
    return " and ".join([", ".join(names[:-1])] * (len(names) > 1) + names[-1:])


def draw_png(report: Report, paper: theme.Theme, titled: bool) -> bytes:
    """Return the figure as a PNG; `titled` puts the report's title above it."""
    import matplotlib

    matplotlib.use("Agg")
    with matplotlib.rc_context(cast(Any, paper.settings())):
        figure = report.draw(paper)
        if titled:
            figure.suptitle(report.title, x=0.0, ha="left", fontsize=13, fontweight="bold")
        file = io.BytesIO()
        figure.savefig(file, format="png", bbox_inches="tight", pad_inches=0.12, metadata={"Software": None})
        import matplotlib.pyplot as plt

        plt.close(figure)
    return file.getvalue()


def write(report: Report, numbers: dict[str, Any], folder: Path) -> list[Path]:
    """Write `<name>.png`, `<name>.html` and `<name>.json` into `folder`; return their paths. Raises WorkspaceError."""
    pictures = [draw_png(report, paper, titled=False) for paper in (theme.LIGHT, theme.DARK)]
    contents = {
        "png": draw_png(report, theme.LIGHT, titled=True),
        "html": page.render(report, *pictures).encode(),
        "json": (json.dumps(numbers, indent=1) + "\n").encode(),
    }
    paths = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for suffix, content in contents.items():
            path = folder / f"{report.name}.{suffix}"
            write_whole(path, content)
            paths.append(path)
    except OSError as error:
        raise WorkspaceError(
            f"The results cannot be written to {folder}: {error.strerror}.", "Name a folder: `--out DIR`."
        ) from error
    return paths


def show(console: Console, report: Report, paths: list[Path]) -> None:
    """Print a report. Text of the learner's is never taken for markup."""
    from rich.table import Table as RichTable
    from rich.text import Text

    console.print(Text(report.title, style="bold"))
    for sentence in report.provenance:
        console.print(Text(sentence, style="bright_black" if sentence.startswith("Your") else "yellow"))
    for table in report.tables:
        if not table.rows:
            continue
        console.print()
        if table.title:
            console.print(Text(table.title))
        drawn = RichTable(box=None, pad_edge=False, header_style="bright_black")
        for at, name in enumerate(table.columns):
            drawn.add_column(Text(name), justify="right" if numeric(table, at) else "left")
        for row in table.rows:
            drawn.add_row(*(Text(cell) for cell in row))
        console.print(drawn)
    console.print()
    for failure in report.failures:
        console.print(Text(f"{failure['step']}: {failure['message']} {failure['help']}".rstrip(), style="red"))
    for finding in report.findings:
        console.print(Text(finding))
    if report.caution:
        console.print(Text(report.caution, style="yellow"))
    if paths:
        console.print(
            Text(f"To look at: {' · '.join(str(path) for path in paths if path.suffix != '.json')}", style="bold"),
            soft_wrap=True,
        )


def numeric(table: Table, at: int) -> bool:
    """Say whether a column holds numbers."""
    return all(row[at][:1].isdigit() or row[at][:1] in "-–−.<" for row in table.rows)
