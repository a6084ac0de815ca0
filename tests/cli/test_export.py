"""`chapter10 export`: where it writes, what it says, what it refuses."""

import csv
import io
import json
import os
import subprocess
import sys
import zipfile

import pytest

from chapter10.classroom.gradebook.store import Gradebook
from chapter10.classroom.intake import read
from chapter10.classroom.roster import Roster
from chapter10.course import folder, load_course

SAMPLES = folder("fixtures") / "class"


@pytest.fixture(scope="module")
def gradebook(tmp_path_factory):
    path = tmp_path_factory.mktemp("gradebook") / "class.db"
    document = {
        **{"version": 1, "exercise": "attention", "status": "pass", "points": 20, "max_points": 20, "error": None},
        **{"tests": [], "flags": [], "output": "", "duration": 1.0, "environment": {}},
    }
    with Gradebook.open(path, create=True) as opened:
        arrivals = opened.add(read(SAMPLES / "flat.zip", load_course(), Roster.read(SAMPLES / "canvas_gradebook.csv")))
        opened.save_verdict(arrivals.submissions[0], "suite", "engine", document)
    return path


def test_without_a_place_a_table_goes_to_the_terminal(chapter10, gradebook):
    ran = chapter10("export", gradebook, "--format", "csv", "--exercise", "attention")
    rows = list(csv.reader(io.StringIO(ran.out.removeprefix("\ufeff"))))
    assert (ran.code, ran.err) == (0, "")
    assert [row[:2] for row in rows][:2] == [["id", "name"], ["s1001", "Ada Lovelace"]]
    assert rows[0][4:] == ["attention points", "attention of", "attention status", "attention days late", "total percent"]


@pytest.mark.parametrize("format", ["csv", "canvas", "moodle", "junit", "json"])
def test_every_format_is_written_whole(chapter10, gradebook, tmp_path, format):
    target = tmp_path / "new" / f"grades.{format}"
    ran = chapter10("export", gradebook, "--format", format, "-o", target)
    assert (ran.code, ran.out) == (0, f"{target}: 7 students, attention, masking.\n")
    assert "Ada Lovelace" in target.read_text(encoding="utf-8") or "s1001" in target.read_text(encoding="utf-8")
    assert list(target.parent.iterdir()) == [target]


def test_json_tells_what_was_written(chapter10, gradebook, tmp_path):
    frame = SAMPLES / "canvas_gradebook.csv"
    ran = chapter10("export", gradebook, "--format", "canvas", "--roster", frame, "-o", tmp_path / "c.csv", "--json")
    assert ran.document == {
        "version": 1,
        "format": "canvas",
        "files": [str(tmp_path / "c.csv")],
        "students": 7,
        "exercises": ["attention", "masking"],
        "notes": ["Canvas has no assignment for masking; importing makes one."],
    }
    assert ran.err == "Note: Canvas has no assignment for masking; importing makes one.\n"


def test_gradescope_gets_a_folder(chapter10, gradebook, tmp_path):
    ran = chapter10("export", gradebook, "--format", "gradescope", "-o", tmp_path / "results", "--json")
    assert ran.document["files"] == [str(tmp_path / "results" / "s1001" / "results.json")]
    assert json.loads((tmp_path / "results" / "s1001" / "results.json").read_text())["score"] == 20


def test_graders_need_no_gradebook(chapter10, tmp_path):
    ran = chapter10("export", "--format", "autograder", "--exercise", "attention", "-o", tmp_path / "a.zip")
    assert (ran.code, ran.out) == (0, f"{tmp_path / 'a.zip'}: attention.\n")
    assert sorted(zipfile.ZipFile(tmp_path / "a.zip").namelist()) == ["run_autograder", "setup.sh"]
    ran = chapter10("export", "--format", "github", "--exercise", "attention", "--exercise", "masking", "--package", "a b")
    assert ran.out.rstrip().endswith("on_github attention masking")
    assert "PACKAGE: 'a b'" in ran.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--format", "csv"], "name the file that `chapter10 grade` has written"),
        (["x.db", "--format", "github", "--exercise", "attention"], "leave the gradebook out"),
        (["--format", "autograder", "-o", "a.zip"], "Say what autograder is to grade"),
        (["--format", "autograder", "--exercise", "attention"], "`-o autograder.zip`"),
        (["x.db", "--format", "gradescope"], "`-o FOLDER`"),
        (["x.db", "--format", "csv", "--roster", "r.csv"], "--roster goes with canvas and moodle"),
        (["x.db", "--format", "csv", "--package", "p"], "--package goes with autograder and github"),
        (["x.db", "--format", "csv", "--json"], "it goes with -o"),
        (["x.db", "--format", "xlsx"], "'xlsx' is not one of"),
        (["none.db", "--format", "csv"], "none.db"),
        (["none.db", "--format", "csv", "--exercise", "atention"], "Did you mean `attention`?"),
    ],
)
def test_what_does_not_go_together_is_said(chapter10, tmp_path, arguments, said):
    ran = chapter10("export", *arguments)
    assert ran.code == 2
    assert said in ran.err
    assert "Traceback" not in ran.err
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written_is_named(chapter10, gradebook, tmp_path):
    (tmp_path / "file").write_text("mine")
    ran = chapter10("export", gradebook, "--format", "csv", "-o", tmp_path / "file" / "grades.csv")
    assert ran.code == 2
    assert "cannot be written" in ran.err
    (tmp_path / "folder").mkdir()
    assert chapter10("export", gradebook, "--format", "csv", "-o", tmp_path / "folder").code == 2
    assert (tmp_path / "file").read_text() == "mine"
    assert os.listdir(tmp_path / "folder") == []


def test_help_waits_for_nothing_heavy():
    code = (
        "import sys\nfrom chapter10.cli.main import main\n"
        "try:\n    main(['export', '--help'])\nexcept SystemExit:\n    pass\n"
        "sys.exit(3 if {'torch', 'sqlalchemy', 'rich'} & set(sys.modules) else 0)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
