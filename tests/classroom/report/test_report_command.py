"""`chapter10 report` as a user's shell runs it."""

import subprocess
import sys

import pytest


def test_it_writes_the_pages_and_says_where(chapter10, class_db, tmp_path):
    ran = chapter10("report", class_db)
    assert ran.code == 0, ran.err
    assert (tmp_path / "report" / "index.html").is_file()
    assert "9 student pages. Open report/index.html" in ran.out
    assert "Your scores are not divided by √d.” 2 students." in ran.out
    again = chapter10("report", class_db, CHAPTER10_PLAIN="1")
    assert again.code == 0, "our own folder is replaced"
    assert "attention: 8 handed in, 2 passed" in again.out


def test_one_exercise_as_json(chapter10, class_db, tmp_path):
    ran = chapter10("report", class_db, "-e", "attention", "--anonymous", "--out", "pages", "--json")
    assert ran.code == 0, ran.err
    assert [entry["exercise"] for entry in ran.document["exercises"]] == ["attention"]
    assert ran.document["anonymous"] is True
    assert "Lovelace" not in (tmp_path / "pages" / "index.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "message", "hint"),
    [
        (["no.db"], "There is no gradebook no.db", "chapter10 grade"),
        (["CLASS", "-e", "atention"], "no exercise called `atention`", "Did you mean `attention`?"),
        (["CLASS", "--out", "."], "", "--out"),
        (["CLASS", "--course", "no.yaml"], "no.yaml cannot be read", ""),
    ],
)
def test_what_cannot_be_done_is_said_with_the_next_step(chapter10, class_db, tmp_path, arguments, message, hint):
    (tmp_path / "thesis.tex").write_text("dear")
    ran = chapter10("report", *(class_db if word == "CLASS" else word for word in arguments))
    assert ran.code == 2
    assert ran.out == ""
    assert message in ran.err
    assert hint in ran.err
    assert "Traceback" not in ran.err
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_an_empty_gradebook_says_what_comes_first(chapter10, tmp_path):
    from chapter10.classroom.gradebook.store import Gradebook

    with Gradebook.open(tmp_path / "empty.db", create=True):
        pass
    ran = chapter10("report", "empty.db")
    assert ran.code == 2
    assert "knows no students yet" in ran.err
    assert "chapter10 grade SUBMISSIONS --gradebook empty.db" in ran.err


def test_pages_are_written_without_torch():
    modules = (
        "chapter10.cli.report, chapter10.cli.similar, chapter10.classroom.report.build, chapter10.classroom.similarity.write"
    )
    command = [sys.executable, "-c", f"import sys, {modules}; print(*sys.modules)"]
    loaded = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout.split()
    assert "jinja2" in loaded
    assert "torch" not in loaded
