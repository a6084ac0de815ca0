"""What the autograder zip runs on Gradescope: `python -m chapter10.classroom.exports.on_gradescope ROOT EXERCISE…`.

ROOT is /autograder there: the student's files are in `submission/`, and `results/results.json` is what Gradescope shows.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from chapter10.classroom.exports.checking import check
from chapter10.classroom.exports.files import put
from chapter10.classroom.exports.gradescope import failed, results
from chapter10.classroom.found import Intake
from chapter10.classroom.intake import read_student
from chapter10.course import Course, load_course
from chapter10.errors import Chapter10Error


def main(arguments: list[str]) -> None:
    """Grade what was handed in below a root, and write the results: whatever happens, there are some."""
    root, exercises = Path(arguments[0]), arguments[1:]
    try:
        document = grade(root / "submission", load_course(), exercises)
    except Chapter10Error as error:
        document = {"score": 0.0, "output": f"{error.message} {error.hint}".strip(), "stdout_visibility": "hidden", "tests": []}
    put(root / "results" / "results.json", (json.dumps(document, indent=1, ensure_ascii=False) + "\n").encode("utf-8"))


def grade(submission: Path, course: Course, exercises: list[str]) -> dict[str, Any]:
    """Return the results document for the files of one student. Raises IntakeError."""
    intake = read_student(submission, course, "submission")
    found = {found.exercise: found for found in intake.found}
    verdicts = [check(name, found[name].filename, found[name].data) for name in exercises if name in found]
    document = results(verdicts, course)
    missing = [name for name in exercises if name not in found]
    document["tests"] += [failed(course[name].title, _why(name, intake)) for name in missing]
    return document


def _why(exercise: str, intake: Intake) -> str:
    """Return why there is nothing to grade, and what was handed in instead."""
    others = [f"{Path(refused.origin).name}: {refused.reason}" for refused in intake.refused]
    return "\n".join([f"There is no {exercise}.py and no {exercise}.ipynb to grade.", *others])


if __name__ == "__main__":
    main(sys.argv[1:])
