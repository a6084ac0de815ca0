"""A small graded class: right, wrong, late and excused, broken, ungraded, missing; with names that try things."""

from datetime import UTC, datetime

import pytest

from chapter10.classroom.found import Found, Intake, Person, Refused
from chapter10.classroom.gradebook.store import Gradebook
from chapter10.course import load_course

ADA = Person("s1001", "Ada Lovelace", "ada@example.edu", "A", {"canvas_id": "1801", "sis_id": "s1001", "moodle_id": "5001"})
ALAN = Person("s1002", "=cmd|' /C calc'!A0", "+alan@example.edu", "B", {"sis_id": "s1002"})
GRACE = Person("s1003", 'Grace "O" Hopper, <PhD>', "grace-h@example.edu", "A", {"sis_id": "s1003"})
KIM = Person("../s1005", "Kim\x0bLee", "kim@example.edu", "A")
EDSGER = Person("s1007", "Edsger Dijkstra", "edsger@example.edu")
SECRET = "6.0221"


@pytest.fixture(scope="session")
def course():
    return load_course()


def a_test(name, status, points, most, message="", help=""):
    return {
        "name": name,
        "title": f"The {name} is right.",
        "status": status,
        "points": points,
        "max_points": most,
        "message": message,
        "help": help,
        "misconception": None,
        "counterexample": {"call": "attention(q)", "expected": SECRET} if status == "fail" else None,
        "duration": 0.25,
    }


def verdict(exercise, tests=(), error=None):
    statuses = {test["status"] for test in tests}
    return {
        "version": 1,
        "exercise": exercise,
        "status": "error" if error else "pass" if statuses == {"pass"} else "fail",
        "points": sum(test["points"] for test in tests),
        "max_points": sum(test["max_points"] for test in tests),
        "error": error,
        "tests": list(tests),
        "flags": [{"kind": "forbidden", "line": 3, "detail": "F.softmax"}],
        "output": "printed\n",
        "duration": 1.5,
        "environment": {"isolation": "full", "seed": 777, "torch": "2.6"},
    }


RIGHT = [a_test("value", "pass", 12, 12), a_test("gradient", "pass", 8, 8)]
WRONG = [
    a_test("value", "fail", 0, 12, "Your <scores> are not divided by √d.\x1b", "Look at TODO 2."),
    a_test("gradient", "skip", 0, 8),
]


@pytest.fixture(scope="module")
def gradebook(tmp_path_factory):
    path = tmp_path_factory.mktemp("gradebook") / "class.db"

    def handed_in(person, exercise, at=None):
        data = f"{person.key} {exercise}".encode()
        return Found(person, exercise, f"{exercise}.py", f"class.zip!{person.key}/{exercise}.py", data, at)

    found = [
        (handed_in(ADA, "attention", datetime(2026, 3, 2, 10, tzinfo=UTC)), verdict("attention", RIGHT)),
        (handed_in(ADA, "masking"), verdict("masking", [a_test("mask", "pass", 10, 10)])),
        (handed_in(ALAN, "attention"), verdict("attention", WRONG)),
        (handed_in(GRACE, "attention"), verdict("attention", error="line 1: invalid syntax")),
        (handed_in(KIM, "attention"), None),
    ]
    refused = [Refused("class.zip!zoe/attention.py", "unlisted", "Nobody in the roster is called zoe.")]
    with Gradebook.open(path, create=True) as opened:
        arrivals = opened.add(Intake("folders", [each for each, _ in found], refused, [ADA, ALAN, GRACE, KIM, EDSGER]))
        for submission, (_, document) in zip(arrivals.submissions, found, strict=True):
            if document:
                opened.save_verdict(submission, "suite", "engine", document, max_points=20)
        opened.override("s1002", "attention", 7.5, "Dr. Byron", "Shown to me in person.")
    return path


@pytest.fixture(scope="module")
def view(gradebook, course):
    with Gradebook.open(gradebook) as opened:
        yield opened.view(course)
