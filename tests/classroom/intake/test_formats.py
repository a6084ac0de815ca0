"""The sample class, as each platform hands it out: everybody is there, graded or with a reason."""

import runpy
import shutil
import zipfile
from datetime import UTC, datetime

import pytest

from chapter10.classroom.intake import FORMATS, read
from chapter10.classroom.intake.detection import Evidence, of_format
from chapter10.classroom.roster import Roster
from chapter10.errors import IntakeError

needs_git = pytest.mark.skipif(not shutil.which("git"), reason="git is not installed")

# Whose answers to attention can be graded; ada has masking as well, everywhere.
GRADED = {"s1001", "s1002", "s1003", "s1004", "s1005"}


@pytest.mark.parametrize("format", FORMATS)
def test_every_student_is_found_or_has_a_reason(format, samples, course, roster):
    listed = Roster.read(samples / "canvas_gradebook.csv") if format == "canvas" else roster
    listed = Roster.read(samples / "moodle_worksheet.csv") if format == "moodle" else listed
    intake = read(samples / f"{format}.zip", course, listed)
    key_of = {person.email: person.key for person in listed.people} if format == "moodle" else {}
    expected = GRADED if not key_of else {key_of[f"{login}@example.edu"] for login in ("ada", "alan", "grace-h", "jose", "kim")}
    if format == "submissions":
        expected = expected - {"s1002"}  # changed after `chapter10 submit`
    assert intake.format == format
    assert {found.person.key for found in intake.found if found.exercise == "attention"} == expected
    assert [found.exercise for found in intake.found if found.person.name == "Ada Lovelace"] == ["attention", "masking"]
    assert len(intake.people) == 7
    told = {refused.person.key for refused in intake.refused if refused.person}
    silent = {person.key for person in intake.people} - expected - told
    assert {person.name for person in intake.people if person.key in silent} <= {"Edsger Dijkstra", "Kim Lee"}


@pytest.mark.parametrize("format", FORMATS)
def test_a_folder_gives_what_the_zip_of_it_gives(format, samples, course, tmp_path):
    with zipfile.ZipFile(samples / f"{format}.zip") as archive:
        archive.extractall(tmp_path / format)
    packed, unpacked = read(samples / f"{format}.zip", course), read(tmp_path / format, course)
    assert unpacked.format == packed.format == format

    def facts(intake):
        return [(found.person.key, found.exercise, found.sha256, found.late) for found in intake.found]

    assert facts(unpacked) == facts(packed)
    assert [refused.kind for refused in unpacked.refused] == [refused.kind for refused in packed.refused]


def test_canvas_tells_lateness_ids_and_uploads(samples, course):
    intake = read(samples / "canvas.zip", course)
    by_name = {(found.person.name, found.exercise): found for found in intake.found}
    assert by_name["turingalan", "attention"].late
    assert not by_name["lovelaceada", "attention"].late
    assert by_name["lovelaceada", "attention"].person.ids == {"canvas_id": "1801"}
    assert by_name["lovelaceada", "attention"].filename == "attention.py"
    assert ("1807", "onlinetext") in {(refused.person.key, refused.kind) for refused in intake.refused}


def test_an_anonymous_canvas_download_is_told_by_its_marks(write, course):
    good = b"pass\n"
    intake = read(write({"anon_x7Kq2_77_attention.py": good, "LATE_anon_b1B_78_attention.py": good}), course)
    assert intake.format == "canvas"
    assert {(found.person.key, found.late) for found in intake.found} == {("anon_x7Kq2", False), ("anon_b1B", True)}


def test_moodle_without_folders_and_with_namesakes(write, course):
    good = b"pass\n"
    intake = read(
        write(
            {
                "Kim Lee_1_assignsubmission_file_attention.py": good,
                "Kim Lee_2_assignsubmission_file_attention.py": good,
                "Ada Lovelace_3_assignsubmission_file/sub/attention.py": good,
            }
        ),
        course,
    )
    assert intake.format == "moodle"
    assert {found.person.key for found in intake.found} == {"Kim Lee (1)", "Kim Lee (2)", "Ada Lovelace"}


def test_namesakes_are_never_mixed_up(samples, course, roster):
    intake = read(samples / "moodle.zip", course, roster)
    reasons = [refused.reason for refused in intake.refused if refused.kind == "unlisted"]
    assert reasons == ["Several in the roster are called Kim Lee: s1005, s1006."]
    assert not any(found.person.name == "Kim Lee" for found in intake.found)


def test_gradescope_gives_a_group_one_file_each(samples, course):
    intake = read(samples / "gradescope.zip", course)
    ada, alan = (next(found for found in intake.found if found.person.key == key) for key in ("s1001", "s1002"))
    assert ada.data == alan.data
    assert ada.submitted_at == datetime(2026, 3, 2, 10, 0, tzinfo=UTC)


def test_broken_gradescope_metadata_stop_the_intake(write, course):
    with pytest.raises(IntakeError, match=r"submission_metadata\.yml cannot be read"):
        read(write({"submission_metadata.yml": b"- [", "submission_1/attention.py": b"pass"}), course)


@pytest.mark.parametrize(
    "trap",
    [
        {"eve/submission_metadata.yml": b"- [", "eve/submission_1/attention.py": b"pass\n"},
        {"eve/.git/HEAD": b"ref: refs/heads/main\n", "eve/attention.py": b"pass\n"},
        {f"eve/x_{number}_{number}_attention.py": b"pass\n" for number in range(9)} | {"eve/attention.py": b"pass\n"},
        {"eve/manifest.json": b'{"version": 1, "chapter10": "1", "files": {}}', "eve/attention.py": b"pass\n"},
    ],
    ids=["gradescope", "github", "canvas", "manifest"],
)
def test_one_student_does_not_decide_what_the_class_is(write, pack, course, trap):
    others = {f"{name}/attention.py": b"pass\n" for name in ("ada", "bob", "cem")}
    for intake in (read(write(others | trap), course), read(pack((others | trap).items()), course)):
        assert intake.format == "folders"
        assert {found.person.key for found in intake.found} >= {"ada", "bob", "cem"}


@needs_git
def test_clones_tell_when_and_who(samples, course, tmp_path):
    with zipfile.ZipFile(samples / "github.zip") as archive:
        archive.extractall(tmp_path)
    config = tmp_path / "week-3-submissions" / "week-3-ada" / ".git" / "config"
    mark = tmp_path / "touched"
    config.write_text(
        config.read_text() + f'[core]\n\tfsmonitor = "touch {mark}"\n\tpager = "touch {mark}"\n'
        f'[log]\n\tshowSignature = true\n[gpg]\n\tprogram = "touch {mark}"\n'
    )
    intake = read(tmp_path / "week-3-submissions", course, Roster([]))
    assert {refused.reason for refused in intake.refused if refused.kind == "unlisted"} >= {
        "Nobody in the roster is called ada."
    }
    intake = read(tmp_path, course)
    times = {found.person.key: found.submitted_at for found in intake.found}
    assert times["ada"] == datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
    assert times["grace-h"] == datetime(2026, 3, 2, 10, 2, tzinfo=UTC)
    assert not mark.exists(), "a setting of the clone was obeyed"


def test_one_clone_alone(samples, course, tmp_path, roster):
    with zipfile.ZipFile(samples / "github.zip") as archive:
        archive.extractall(tmp_path)
    intake = read(tmp_path / "week-3-submissions" / "week-3-grace-h", course, roster)
    assert [(found.person.key, found.filename) for found in intake.found] == [("s1003", "attention.ipynb")]


def test_one_submission_alone(samples, course, tmp_path):
    with zipfile.ZipFile(samples / "submissions.zip") as archive:
        archive.extract("submission-ada.zip", tmp_path)
    intake = read(tmp_path / "submission-ada.zip", course)
    assert {(found.person.key, found.person.name) for found in intake.found} == {("ada", "Ada Lovelace")}


def test_folders_around_the_class_are_not_students(write, course):
    good = b"pass\n"
    intake = read(write({"term/week3/ada/attention.py": good, "term/week3/bob/deep/er/attention.py": good}), course)
    assert {found.person.key for found in intake.found} == {"ada", "bob"}


def test_a_file_beside_the_class_is_nobodys(write, course):
    files = {"notes.py": b"pass\n", "week3/ada/attention.py": b"pass\n", "week3/bob/attention.py": b"pass\n"}
    intake = read(write(files), course)
    assert {found.person.key for found in intake.found} == {"ada", "bob"}
    assert [(refused.origin, refused.kind) for refused in intake.refused] == [("class/notes.py", "anonymous")]


def test_a_class_of_one_is_not_taken_for_a_folder_around_it(write, course):
    files = {"week3/ada/work/attention.py": b"pass\n", "week3/ada/masking.py": b"pass\n"}
    assert {found.person.key for found in read(write(files), course).found} == {"ada"}


def test_the_roster_knows_students_from_folders(write, course, roster):
    files = {"ada/one/attention.py": b"pass\n", "ada/two/masking.py": b"pass\n"}
    assert {found.person.key for found in read(write(files), course, roster).found} == {"s1001"}


def test_a_format_can_be_forced(write, course):
    folder = write({"1_2_3_attention.py": b"pass\n"})
    assert read(folder, course).format == "canvas"
    assert read(folder, course, format="flat").found[0].person.key == "1_2_3"
    with pytest.raises(IntakeError, match="not laid out as moodle"):
        read(folder, course, format="moodle")
    with pytest.raises(IntakeError, match="no format called blackboard"):
        read(folder, course, format="blackboard")


def test_nothing_to_take_in_says_what_to_do(tmp_path, course):
    for name, data, said in (
        ("none", None, "There is no"),
        ("attention.py", b"pass", "one file, not a class's"),
        ("class.rar", b"Rar!", "not a zip"),
    ):
        if data:
            (tmp_path / name).write_bytes(data)
        with pytest.raises(IntakeError, match=said) as caught:
            read(tmp_path / name, course)
        assert caught.value.hint


@needs_git
def test_the_samples_are_what_their_script_makes(samples, tmp_path):
    runpy.run_path(str(samples.parent / "make_class.py"))["main"](tmp_path)

    def contents(path):
        if path.suffix != ".zip":
            return path.read_bytes()
        with zipfile.ZipFile(path) as archive:  # git's own files may differ from version to version
            return {name: archive.read(name) for name in archive.namelist() if "/.git/" not in name and name[-4:] != ".zip"}

    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(path.name for path in samples.iterdir())
    for path in sorted(tmp_path.iterdir()):
        assert contents(path) == contents(samples / path.name), path.name


def test_the_layout_needs_its_files(course):
    from chapter10.classroom.intake.sources import Scan

    empty = Evidence(Scan(), course, None, {}, "class")
    assert [of_format(empty, format) for format in ("canvas", "moodle", "gradescope", "github")] == [None] * 4
