"""nbgrader's grades in chapter10's gradebook, and in the files for Canvas and Moodle."""

import csv
import json

import pytest
from click.testing import CliRunner
from nbgrader.api import Gradebook as Theirs
from nbgrader_class import POINTS, nbgrader

from chapter10.classroom.gradebook.store import Gradebook
from chapter10.cli.nbgrader import nbgrader_command
from chapter10.course import load_course
from chapter10.errors import Chapter10Error


def bring_in(root, where):
    done = CliRunner().invoke(
        nbgrader_command, ["import", str(root), "--gradebook", str(where), "--json"], standalone_mode=False
    )
    return json.loads(done.output), done.return_value


def points(where):
    with Gradebook.open(where) as gradebook:
        view = gradebook.view(load_course())
        return {student.key: view.cells[student.key, "attention"].points for student in view.students}


@pytest.fixture(scope="module")
def imported(graded, tmp_path_factory):
    root, _ = graded
    where = tmp_path_factory.mktemp("imported") / "class.db"
    return root, where, *bring_in(root, where)


def test_everybody_arrives_with_verdict_and_points(imported):
    root, where, document, code = imported
    with Theirs(f"sqlite:///{root / 'gradebook.db'}") as book:
        scores = {submission.student_id: submission.score for submission in book.assignment_submissions("attention")}
    assert points(where) == scores
    assert (document["submissions"], document["verdicts"]) == (len(POINTS) - 1, len(POINTS) - 1)
    assert [entry["origin"] for entry in document["refused"]] == ["submitted/linked/attention/attention.ipynb"]
    assert code == 1
    with Gradebook.open(where) as gradebook:
        cell = gradebook.view(load_course()).cells["wrong", "attention"]
        assert cell.verdict.document["tests"][0]["misconception"] == "no_scaling"
        assert cell.verdict.isolation == "full"
        late = gradebook.view(load_course()).cells["late", "attention"].submission
        assert late.late
        assert late.submitted_at.isoformat() == "2031-05-02T15:00:00+00:00"


def test_again_brings_what_a_person_has_changed_and_takes_it_back(imported):
    root, where, before, _ = imported
    kept = points(where)
    assert bring_in(root, where)[0] | {"verdicts": 0} == before | {"verdicts": 0}
    url = f"sqlite:///{root / 'gradebook.db'}"
    with Theirs(url) as book:
        book.find_grade("attention-values", "attention", "attention", "wrong").manual_score = 2.0
        book.db.commit()
    again, _ = bring_in(root, where)
    assert (again["verdicts"], again["overrides"]) == (0, before["overrides"] + 1)
    assert points(where) == kept | {"wrong": 2.0}
    with Theirs(url) as book:
        book.find_grade("attention-values", "attention", "attention", "wrong").manual_score = None
        book.db.commit()
    bring_in(root, where)
    assert points(where) == kept


TITLE = "Scaled dot-product attention"


def test_canvas_gets_everybodys_points(graded):
    root, _ = graded
    nbgrader(root, "export", "--exporter=chapter10.classroom.nbgrader.exporters.Canvas", "--to", "canvas.csv")
    with open(root / "canvas.csv", encoding="utf-8", newline="") as file:
        rows = {row["SIS User ID"]: row[TITLE] for row in csv.DictReader(file)}
    assert rows.pop("") == "20"  # points possible
    assert {name: float(score) for name, score in rows.items() if name != "partly"} == {
        name: score for name, score in POINTS.items() if name != "partly"
    }


def test_moodle_gets_the_feedback_too(graded, tmp_path):
    """The plugin itself, without another start of nbgrader."""
    from nbgrader.apps import ExportApp
    from nbgrader.coursedir import CourseDirectory

    from chapter10.classroom.nbgrader.exporters import Moodle

    root, _ = graded
    app = ExportApp(coursedir=CourseDirectory(root=str(root)))
    plugin = Moodle(parent=app, to=str(tmp_path / "moodle.csv"), student=["right", "wrong"], assignment=["attention"])
    with Theirs(f"sqlite:///{root / 'gradebook.db'}") as book:
        plugin.export(book)
    with open(tmp_path / "moodle.csv", encoding="utf-8", newline="") as file:
        rows = {row["ID number"]: row for row in csv.DictReader(file)}
    assert set(rows) == {"right", "wrong"}
    assert rows["right"][TITLE] == "20"
    assert "√d" in rows["wrong"][f"{TITLE} feedback"]


def test_a_folder_without_a_gradebook_says_what_to_run(tmp_path):
    done = CliRunner().invoke(nbgrader_command, ["import", str(tmp_path), "--gradebook", str(tmp_path / "class.db")])
    assert isinstance(done.exception, Chapter10Error)
    assert "Run `nbgrader autograde` there first" in done.exception.hint
    assert not (tmp_path / "class.db").exists()
