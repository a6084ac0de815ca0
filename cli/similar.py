"""`chapter10 similar`: submissions that are strikingly alike."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from chapter10.cli.completion import complete_exercise
from chapter10.course import load_course
from chapter10.errors import GradebookError

if TYPE_CHECKING:
    from chapter10.classroom.similarity.ranking import Pair

LEAST = 0.05  # below, strangers are as alike


@click.command("similar")
@click.argument("gradebook", metavar="GRADEBOOK")
@click.option("-e", "--exercise", "wanted", multiple=True, shell_complete=complete_exercise, help="Only this; repeatable.")
@click.option("--top", type=click.IntRange(1, 1000), default=20, show_default=True, help="How many pairs of each exercise.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Also write pages with the texts side by side.",
)
@click.option("--course", "course_file", type=click.Path(path_type=Path, dir_okay=False), help="Another course.yaml.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document on stdout and nothing else.")
def similar_command(
    gradebook: str, wanted: tuple[str, ...], top: int, out: Path | None, course_file: Path | None, as_json: bool
) -> int:
    """Show which submissions share what few others have: a reason to read both, never a proof.

    Renamed variables, other comments and another order make no difference. What the stub gives, what the chapter's own answers
    have in common and what many in the class write does not count. Grades are never touched.
    """
    from chapter10.classroom.gradebook.store import Gradebook
    from chapter10.classroom.similarity import gather
    from chapter10.classroom.similarity.ranking import rank

    course = load_course(course_file)
    exercises = list(dict.fromkeys(course[name].id for name in wanted)) or None
    with Gradebook.open(gradebook) as book:
        view = book.view(course, exercises, whole=False)
        if not any(cell.submission for cell in view.cells.values()):
            raise GradebookError(
                f"{gradebook} holds no such submissions.",
                f"`chapter10 grade SUBMISSIONS --gradebook {gradebook}` takes them in.",
            )
        names = {student.key: student.name or student.key for student in view.students}
        pairs: list[Pair] = []
        for exercise in view.exercises:
            answers = gather.answers(book.view(course, [exercise]), exercise)
            pairs += rank(answers, gather.background(course[exercise]), top, LEAST)
    pairs.sort(key=lambda pair: -pair.score)
    if out is not None:
        from chapter10.classroom.similarity.write import write

        write(out, pairs, names, course)
    if as_json:
        click.echo(json.dumps({"version": 1, "pages": str(out) if out else None, "pairs": _documents(pairs)}, indent=1))
    else:
        _print(pairs, names, out)
    return 0


def _documents(pairs: Sequence[Pair]) -> list[dict[str, Any]]:
    return [
        {
            "exercise": pair.one.exercise,
            "students": [pair.one.student, pair.other.student],
            "likeness": round(pair.score, 4),
            "evidence_bits": round(pair.evidence, 1),
            "shared_mistakes": pair.mistakes,
        }
        for pair in pairs
    ]


def _print(pairs: Sequence[Pair], names: dict[str, str], out: Path | None) -> None:
    from rich.table import Table
    from rich.text import Text

    from chapter10.classroom.report.text import visible
    from chapter10.cli.render import is_plain, make_console

    console = make_console()
    shown = {key: visible(name) for key, name in names.items()}
    rows = [(f"{pair.score:.0%}", pair.one.exercise, shown[pair.one.student], shown[pair.other.student]) for pair in pairs]
    if is_plain():
        for likeness, exercise, one, other in rows:
            console.print(Text(f"{exercise}: {one} and {other}, likeness {likeness}."))
    elif rows:
        table = Table(box=None, pad_edge=False, header_style="bright_black")
        table.add_column("likeness", justify="right")
        for name in ("exercise", "one", "other"):
            table.add_column(name, overflow="fold")
        for row in rows:
            table.add_row(*map(Text, row))
        console.print(table)
    else:
        console.print("Nothing stands out.")
    if rows:
        console.print("A reason to read both, not a proof. Grades are not touched.")
    if out is not None:
        console.print(Text(f"Side by side: {out / 'index.html'}"), soft_wrap=True)
    elif rows:
        console.print("Side by side: add `--out DIR`.", markup=False)
