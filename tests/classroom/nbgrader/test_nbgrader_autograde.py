"""A class of seventeen, graded by nbgrader's own commands with chapter10's preprocessor."""

import csv
import json
import time

import nbformat
import pytest
from nbgrader.api import Gradebook
from nbgrader_class import ATTENTION, LATE, POINTS, nbgrader

from chapter10.classroom.nbgrader.submissions import harmless
from chapter10.grading.session import open_session
from chapter10.learner.answers import Answer

GROUPS = ("values", "gradients", "properties")


@pytest.fixture(scope="module")
def scores(graded):
    """What nbgrader's database says: by student, the points of each graded cell."""
    root, _ = graded
    with Gradebook(f"sqlite:///{root / 'gradebook.db'}") as book:
        return {
            submission.student_id: {
                grade.name.removeprefix("attention-"): (grade.auto_score, grade.needs_manual_grade)
                for grade in submission.notebooks[0].grades
            }
            for submission in book.assignment_submissions("attention")
        }


def feedback(root, student):
    return (root / f"feedback/{student}/attention/attention.html").read_text(encoding="utf-8")


def total(cells):
    return sum(points for points, _ in cells.values())


def test_everybody_gets_what_they_earned(scores):
    assert set(scores) == set(POINTS)
    assert {name: total(cells) for name, cells in scores.items() if name != "partly"} == {
        name: points for name, points in POINTS.items() if name != "partly"
    }
    assert scores["partly"]["values"] == (3.0, False)
    assert scores["partly"]["gradients"] == (0.0, False)
    assert 0 < scores["partly"]["properties"][0] < 14
    assert not any(by_hand for cells in scores.values() for _, by_hand in cells.values())


def test_nbgrader_says_what_check_says(graded, scores, engine):
    root, _ = graded
    readable = [name for name in POINTS if name not in ("broken", "linked")]

    def body(grader):
        answers = {name: Answer.read(root / f"submitted/{name}/attention/attention.ipynb") for name in readable}
        groups = grader.groups(ATTENTION)
        found = {}
        for name, answer in answers.items():
            points = {test.name: test.points for test in grader.grade(ATTENTION, answer.text, explain=False).tests}
            found[name] = {group: sum(points.get(test, 0) for test in tests) for group, tests in groups.items()}
        return found

    expected = open_session([ATTENTION], body, engine=engine)
    assert {name: {group: scores[name][group][0] for group in GROUPS} for name in readable} == expected


def test_lateness_is_seen(graded):
    root, log = graded
    with Gradebook(f"sqlite:///{root / 'gradebook.db'}") as book:
        late, in_time = book.find_submission("attention", "late"), book.find_submission("attention", "right")
        assert f"{late.timestamp:%Y-%m-%d %H:%M:%S} UTC" == LATE
        assert (late.total_seconds_late > 0, in_time.total_seconds_late) == (True, 0)
    assert "seconds late" in log


def test_no_kernel_starts(graded):
    root, log = graded
    assert "kernel" not in log.replace("kernel_killer", "").lower()
    for name in POINTS:
        notebook = nbformat.read(root / f"autograded/{name}/attention/attention.ipynb", as_version=4)
        nbformat.validate(notebook)
        outputs = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
        assert [output.output_type for output in outputs] == ["execute_result"] * 3


def test_nothing_escapes(graded):
    root, log = graded
    time.sleep(2.1)  # what was left running would write by now
    assert not (root / "escaped.txt").exists()
    for folder in ("autograded/linked", "feedback/linked"):
        files = [path for path in (root / folder).rglob("*") if path.is_file()]
        assert {path.suffix for path in files} <= {".ipynb", ".html"}
        assert not any(b"SQLite format" in path.read_bytes() for path in files)
    assert "notes.txt is no ordinary file" in log


@pytest.mark.parametrize(
    ("student", "said"),
    [
        ("wrong", "Your scores are not divided by √d."),
        ("partly", "You detach the key"),
        ("unfinished", "TODO"),
        ("broken", "could not be read.</strong> attention.ipynb is not a notebook"),
        ("linked", "attention.ipynb is a symbolic link"),
        ("exiter", "ended"),
        ("right", "20.0 / 20.0"),
    ],
)
def test_feedback_says_why(graded, student, said):
    assert said in feedback(graded[0], student)


def test_feedback_shows_no_hidden_test_and_runs_nothing(graded):
    root, _ = graded
    for name in POINTS:
        page = feedback(root, name)
        assert "fresh=True" not in page
        assert "END HIDDEN" not in page
        assert "<script>document.title" not in page
        assert "javascript:alert" not in page


def test_feedback_is_about_inputs_that_everybody_may_see(graded, engine):
    """What is said about a wrong answer is what the recorded inputs show, number for number."""
    root, _ = graded
    answer = Answer.read(root / "submitted/wrong/attention/attention.ipynb")
    shown = open_session(
        [ATTENTION], lambda grader: answer.annotate(grader.grade(ATTENTION, answer.text)), engine=engine, recorded=True
    )
    notebook = json.loads((root / "autograded/wrong/attention/attention.ipynb").read_text(encoding="utf-8"))
    verdict = notebook["metadata"]["chapter10"]["verdicts"][0]
    assert verdict["environment"]["recorded"] is False
    told = {test["name"]: test for test in verdict["tests"] if test["status"] == "fail"}
    assert told
    for test in shown.as_dict()["tests"]:
        if test["name"] in told:
            assert told[test["name"]]["message"] == test["message"]
            assert told[test["name"]]["counterexample"] == test["counterexample"]


def test_grades_come_out_as_csv(graded, scores):
    root, _ = graded
    nbgrader(root, "export", "--to", "grades.csv")
    with open(root / "grades.csv", encoding="utf-8") as file:
        rows = {row["student_id"]: row for row in csv.DictReader(file)}
    assert {name: float(row["score"]) for name, row in rows.items()} == {name: total(cells) for name, cells in scores.items()}


def test_a_cell_of_the_instructors_own_waits_for_a_person(course):
    from nbgrader.utils import determine_grade

    from chapter10.classroom.nbgrader.grade import REVIEW, Grade

    source = nbformat.read(course / "source/attention/attention.ipynb", as_version=4)
    source.cells = [cell for cell in source.cells if cell.metadata.get("nbgrader", {}).get("grade")][:1]
    source.cells[0].source = "assert attention is not None"
    graded, _ = Grade().preprocess(source, {"nbgrader": {"notebook": "attention"}})
    assert graded.cells[0].outputs[0].metadata == REVIEW
    assert determine_grade(graded.cells[0]) == (0.0, 3.0)


def test_markdown_keeps_its_words_and_loses_its_scripts():
    kept = "A *word*, a [link](https://example.org), $a \\cdot b$ and `code`."
    assert harmless(kept) == kept
    assert "<img" not in harmless("<img src=x onerror=alert(1)>")
    assert "javascript:" not in harmless("[x](JavaScript :alert(1))").lower()
