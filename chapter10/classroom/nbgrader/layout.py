"""What `chapter10 nbgrader init` lays out. A file that is there is never touched: it may hold an instructor's work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from chapter10.course import Exercise
from chapter10.errors import Chapter10Error

CONFIG = "nbgrader_config.py"
_CONFIG = '''\
"""nbgrader's configuration of this course. Change what you like: `chapter10 nbgrader init` leaves it alone."""

from chapter10.classroom.nbgrader import configure

c = get_config()  # noqa: F821  (nbgrader defines it)
c.CourseDirectory.course_id = {course!r}

# chapter10 grades what is handed in, behind its walls; no kernel starts. `engine=False` gives that back to nbgrader.
configure(c)

# Where `chapter10 doctor` cannot give this machine full isolation, grading stops; this line lets it go on:
# c.Grade.isolation = "process"
'''


@dataclass
class Laid:
    """What became of each file, by its path in the course's folder."""

    written: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)


def lay_out(root: Path, exercises: Sequence[Exercise], assignment: str | None = None) -> Laid:
    """Lay out a course, or what is missing in one.

    Args:
        root: its folder.
        exercises: a notebook for each.
        assignment: one assignment for all of them; otherwise each is one of its own.

    Raises:
        Chapter10Error: the solutions are not installed, a suite cannot be read, or the folder cannot be written.
    """
    without = [exercise.id for exercise in exercises if not exercise.solution.is_file()]
    if without:
        raise Chapter10Error(
            f"The solution of {', '.join(without)} is not installed, and a source notebook holds it.",
            "Install chapter10 with its solutions: instructors have them.",
        )
    laid = Laid()
    notebooks = {exercise: f"source/{assignment or exercise.id}/{exercise.id}.ipynb" for exercise in exercises}
    missing = [exercise for exercise, name in notebooks.items() if not _there(root / name)]
    try:
        _config(root, laid)
        laid.kept += [name for exercise, name in notebooks.items() if exercise not in missing]
        if missing:
            _write_notebooks(root, {exercise: notebooks[exercise] for exercise in missing}, laid)
    except OSError as error:
        raise Chapter10Error(f"The course cannot be laid out in {root}: {error.strerror}.", "Name another folder.") from error
    return laid


def _there(path: Path) -> bool:
    return path.exists() or path.is_symlink()


def _config(root: Path, laid: Laid) -> None:
    if _there(root / CONFIG):
        laid.kept.append(CONFIG)
        return
    root.mkdir(parents=True, exist_ok=True)
    (root / CONFIG).write_text(_CONFIG.format(course=root.resolve().name), encoding="utf-8")
    laid.written.append(CONFIG)


def _write_notebooks(root: Path, names: dict[Exercise, str], laid: Laid) -> None:
    from chapter10.classroom.nbgrader.sources import write
    from chapter10.grading.session import open_session

    groups = open_session(list(names), lambda grader: {exercise: grader.groups(exercise) for exercise in names}, warm=False)
    for exercise, name in names.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        write(exercise, groups[exercise], root / name)
        laid.written.append(name)
