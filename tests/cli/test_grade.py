"""`chapter10 grade`, `grades` and `override` as subprocesses, on a small class."""

import json
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing

import click
import pytest
from click.testing import CliRunner

from chapter10.classroom.batch import process
from chapter10.cli.main import cli
from chapter10.course import load_course
from chapter10.errors import Chapter10Error

PATIENCE = 120  # seconds: the end of hope, not a claim about speed
CLASS = 12


def rows(gradebook, query="SELECT submission_id, status FROM verdicts ORDER BY id"):
    try:
        with closing(sqlite3.connect(gradebook, timeout=30)) as connection:
            return connection.execute(query).fetchall()
    except sqlite3.OperationalError:  # not made yet
        return []


def start(submissions, gradebook, verdicts):
    """Start grading, and return when the gradebook holds so many verdicts."""
    command = [sys.executable, "-m", "chapter10.cli.main", "grade", submissions, "--gradebook", gradebook, "-j", "1"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    until = time.monotonic() + PATIENCE
    while len(rows(gradebook)) < verdicts and time.monotonic() < until and process.poll() is None:
        time.sleep(0.02)
    return process


@pytest.fixture(scope="module")
def submissions(tmp_path_factory):
    """A folder for each student: eight right, four untouched stubs; one more has a file that is empty."""
    attention = load_course()["attention"]
    root = tmp_path_factory.mktemp("class") / "submissions"
    for number in range(CLASS):
        (root / f"student{number:02}").mkdir(parents=True)
        text = (attention.stub if number % 3 == 0 else attention.solution).read_text(encoding="utf-8")
        (root / f"student{number:02}" / "attention.py").write_text(f"{text}# {number}\n", encoding="utf-8")
    (root / "zoe").mkdir()
    (root / "zoe" / "attention.py").touch()
    return root


@pytest.fixture(scope="module")
def graded(submissions, tmp_path_factory):
    """The class graded in three goes: the first was killed -9, the second stopped with Ctrl-C."""
    gradebook = tmp_path_factory.mktemp("graded") / "class.db"
    first = start(submissions, gradebook, verdicts=2)
    first.kill()
    first.communicate()
    after_kill = rows(gradebook)
    second = start(submissions, gradebook, verdicts=len(after_kill) + 2)
    second.send_signal(signal.SIGINT)
    _, said = second.communicate(timeout=PATIENCE)
    after_stop = rows(gradebook)
    command = [sys.executable, "-m", "chapter10.cli.main", "grade", submissions, "--gradebook", gradebook, "--json"]
    third = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)
    return {
        "gradebook": gradebook,
        "after_kill": after_kill,
        "after_stop": after_stop,
        "stopped": (second.returncode, said),
        "last": (third.returncode, json.loads(third.stdout)),
    }


@pytest.fixture
def here(tmp_path, monkeypatch):
    """Run a command that needs no engine in this process; return what it printed, or what it says is wrong."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        result = CliRunner().invoke(cli, [str(argument) for argument in arguments], standalone_mode=False)
        error = result.exception
        if isinstance(error, click.ClickException):
            return error.format_message()
        if isinstance(error, Chapter10Error):
            return f"{error.message} {error.hint}"
        assert error is None, result.exc_info
        return result.output

    return run


@pytest.fixture
def gradebook(graded, tmp_path):
    """A copy of the graded class to change."""
    return shutil.copy(graded["gradebook"], tmp_path / "class.db")


def test_a_run_that_was_killed_and_one_that_was_stopped_are_gone_on_with(graded):
    verdicts = rows(graded["gradebook"])
    assert 2 <= len(graded["after_kill"]) < len(graded["after_stop"]) < CLASS
    assert verdicts[: len(graded["after_stop"])] == graded["after_stop"]
    assert len({submission for submission, _ in verdicts}) == len(verdicts) == CLASS
    assert len(rows(graded["gradebook"], "SELECT DISTINCT seed FROM verdicts")) == 1


def test_ctrl_c_says_how_many_are_kept_and_how_to_go_on(graded):
    code, said = graded["stopped"]
    assert code == 130
    assert "The same command goes on there" in said
    assert "graded and kept" in said
    assert "Traceback" not in said


def test_the_document_of_a_run_tells_what_was_done_and_what_was_refused(graded):
    code, document = graded["last"]
    assert code == 1  # a file was refused
    assert document["graded"] + document["kept"] == document["taken_in"] == CLASS
    assert document["kept"] == len(graded["after_stop"])
    assert sum(document["statuses"].values()) == document["graded"]
    (refused,) = document["refused"]
    assert (refused["student"], refused["exercise"]) == ("zoe", "attention")
    assert "empty" in refused["reason"]


def test_the_same_again_grades_nothing_and_starts_no_engine(here, graded, submissions, monkeypatch):
    monkeypatch.setattr(process, "COMMAND", ("/nowhere",))
    said = here("grade", submissions, "--gradebook", graded["gradebook"])
    assert "Nothing to grade. 12 verdicts stood already." in said
    assert "refused: " in said


def test_only_what_has_changed_is_graded(chapter10, here, gradebook, submissions, tmp_path):
    changed = shutil.copytree(submissions, tmp_path / "submissions")
    shutil.copy(changed / "student01" / "attention.py", changed / "student00" / "attention.py")
    (changed / "zoe" / "attention.py").unlink()
    document = chapter10("grade", changed, "--gradebook", gradebook, "--json").document
    assert (document["new"], document["graded"], document["kept"]) == (1, 1, 11)
    assert document["statuses"] == {"pass": 1, "fail": 0, "error": 0}
    history = json.loads(here("grades", gradebook, "student00", "--json"))["exercises"]["attention"]
    assert [entry["status"] for entry in history["history"]] == ["fail", "pass"]
    assert history["points"] == 20


def test_the_class_at_a_glance(here, graded):
    shown = here("grades", graded["gradebook"])
    assert "student01" in shown
    assert "100.0 %" in shown
    assert "1 could not be graded" in shown
    document = json.loads(here("grades", graded["gradebook"], "--json"))
    assert [student["total"] for student in document["students"]].count(100) == 8
    assert "is empty" in here("grades", graded["gradebook"], "--refused")


def test_the_class_in_words_for_screen_readers(here, graded, monkeypatch):
    monkeypatch.setenv("CHAPTER10_PLAIN", "1")
    assert "student01: 100 per cent; attention 20" in here("grades", graded["gradebook"])


def test_an_override_counts_is_shown_and_can_be_withdrawn(here, gradebook):
    of = (gradebook, "student00", "attention")
    assert "has 7.5 points" in here("override", *of, "7.5", "--reason", "a [bold]fine[/] sketch", "--author", "Grace")
    shown = here("grades", gradebook, "student00")
    assert "7.5 of 20 points" in shown
    assert "override (stands): 7.5, Grace: a [bold]fine[/] sketch" in shown
    assert "has the verdict's points" in here("override", *of, "--withdraw")
    standing = json.loads(here("grades", gradebook, "student00", "--json"))["exercises"]["attention"]
    assert (standing["points"], len(standing["overrides"])) == (0, 1)
    assert standing["overrides"][0]["withdrawn_at"]


def test_due_dates_and_weights_are_remembered(here, submissions, gradebook, tmp_path):
    course = tmp_path / "mine.yaml"
    course.write_text("classroom: {weights: {attention: 2}, late: {per_day: 10%}}", encoding="utf-8")
    assert "Nothing to grade" in here("grade", submissions, "--gradebook", gradebook, "--course", course)
    assert '"weights": {"attention": 2.0}' in rows(gradebook, "SELECT value FROM settings WHERE name = 'policy'")[0][0]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["grade", "nowhere", "--gradebook", "class.db"], "nowhere"),
        (["grade", ".", "--gradebook", "class.db", "-e", "atention"], "Did you mean `attention`?"),
        (["grade", ".", "--gradebook", "class.db", "--course", "no.yaml"], "cannot be read"),
        (["grade", ".", "--gradebook", "no/folder/class.db"], "no folder"),
        (["grades", "class.db"], "There is no gradebook class.db"),
        (["override", "class.db", "ada", "attention"], "Say either the POINTS, or --withdraw"),
        (["override", "class.db", "ada", "attention", "5", "--reason", "x"], "There is no gradebook class.db"),
    ],
)
def test_mistakes_are_told(here, tmp_path, arguments, words):
    (tmp_path / "ada").mkdir()
    (tmp_path / "ada" / "attention.py").write_text("x = 1\n")
    assert words in here(*arguments)
    assert [path.name for path in tmp_path.iterdir()] == ["ada"]


def test_points_that_cannot_be_and_a_missing_reason(here, gradebook):
    assert "from 0 to 20" in here("override", gradebook, "student00", "attention", "200", "--reason", "x")
    assert "author and a reason" in here("override", gradebook, "student00", "attention", "2")


def test_a_file_that_is_no_gradebook_ends_the_command_with_2(chapter10, submissions, tmp_path):
    (tmp_path / "class.db").write_text("my notes")
    ran = chapter10("grade", submissions, "--gradebook", "class.db")
    assert ran.code == 2
    assert ran.err.startswith("Error: class.db is no gradebook; it has not been touched.")
    assert (tmp_path / "class.db").read_text() == "my notes"


def test_help_does_not_wait_for_torch_or_the_database():
    code = "import sys; from chapter10.cli.main import main\ntry: main(['--help'])\nexcept SystemExit: pass\n"
    code += "print([name for name in ('torch', 'sqlalchemy', 'alembic', 'distributed') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=PATIENCE)
    assert done.stdout.splitlines()[-1] == "[]"
