"""CSV, Canvas, Moodle: the columns that each documents, and nothing that a spreadsheet would run."""

import csv
import io

import pytest

from chapter10.classroom.exports import canvas, grades_csv, moodle
from chapter10.classroom.exports.cells import safe
from chapter10.course import folder
from chapter10.errors import ExportError

SAMPLES = folder("fixtures") / "class"
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def table(write, view, course, **options):
    text = io.StringIO(newline="")
    notes = write(view, course, text, **options)
    return list(csv.reader(io.StringIO(text.getvalue(), newline=""))), notes


def rows_by_name(rows):
    return {row[0]: row for row in rows}


@pytest.fixture(params=[grades_csv, canvas, moodle], ids=lambda module: module.__name__.rpartition(".")[2])
def writer(request):
    return request.param.write


def test_no_cell_is_a_formula(writer, view, course):
    rows, _ = table(writer, view, course)
    cells = [cell for row in rows for cell in row]
    assert any("cmd|" in cell for cell in cells)
    assert not any(cell.startswith(FORMULA) and len(cell) > 1 for cell in cells)


def test_every_row_has_every_column(writer, view, course):
    rows, _ = table(writer, view, course)
    assert len({len(row) for row in rows}) == 1


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@sum", "\tx", "\rx", "＝1"])
def test_what_begins_like_a_formula_gets_an_apostrophe(text):
    assert safe(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "-", "Ada", "12.5", "a=b", "    Points Possible"])
def test_other_text_stays(text):
    assert safe(text) == text


def test_the_spreadsheet(view, course):
    rows, _ = table(grades_csv.write, view, course)
    assert rows[0] == [
        *("id", "name", "email", "section"),
        *("attention points", "attention of", "attention status", "attention days late"),
        *("masking points", "masking of", "masking status", "masking days late"),
        "total percent",
    ]
    by_id = rows_by_name(rows)
    assert by_id["s1001"][4:] == ["20", "20", "pass", "0", "10", "10", "pass", "0", "100"]
    assert by_id["s1002"][4:8] == ["7.5", "20", "fail", "0"]
    assert by_id["s1003"][4:7] == ["0", "20", "error"]
    assert by_id["../s1005"][4:7] == ["", "20", "ungraded"]
    assert by_id["s1007"][4:7] == ["", "20", "missing"]


def test_canvas_without_its_export(view, course):
    rows, notes = table(canvas.write, view, course)
    assert rows[0] == [
        *("Student", "ID", "SIS User ID", "SIS Login ID", "Section"),
        *(course["attention"].title, course["masking"].title),
    ]
    assert rows[1] == ["    Points Possible", "", "", "", "", "20", "10"]
    assert rows_by_name(rows)["Ada Lovelace"] == ["Ada Lovelace", "1801", "s1001", "ada@example.edu", "A", "20", "10"]
    assert notes == []


def test_canvas_with_its_export(view, course):
    rows, notes = table(canvas.write, view, course, frame=SAMPLES / "canvas_gradebook.csv")
    assert rows[0][:5] == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section"]
    assert rows[0][5:] == ["Scaled dot-product attention (501)", course["masking"].title]
    assert rows[1] == ["    Points Possible", "", "", "", "", "20", "10"]
    by_name = rows_by_name(rows)
    assert by_name["Lovelace, Ada"] == ["Lovelace, Ada", "1801", "s1001", "ada", "A", "20", "10"]
    assert by_name["Turing, Alan"][5:] == ["7.5", ""]  # found by the SIS id, whatever he calls himself
    assert by_name["Álvarez, José"][5:] == ["", ""]
    assert "Canvas has no assignment for masking; importing makes one." in notes
    assert len(rows) == 9


def test_students_that_canvas_does_not_have_are_named(view, course, tmp_path):
    frame = tmp_path / "canvas.csv"
    frame.write_text('Student,ID,Section,attention (7)\n    Points Possible,,,100\n"Lovelace, Ada",1801,A,\n')
    rows, notes = table(canvas.write, view, course, frame=frame)
    assert rows[0] == ["Student", "ID", "Section", "attention (7)", course["masking"].title]
    assert rows[2] == ["Lovelace, Ada", "1801", "A", "100", "10"]  # 20 of 20 are 100 of Canvas's 100
    assert "Edsger Dijkstra is not in Canvas's export, and so not in this file." in notes


def test_moodle_grade_import(view, course):
    rows, _ = table(moodle.write, view, course)
    title = course["attention"].title
    assert rows[0][:5] == ["Email address", "ID number", "Full name", title, f"{title} feedback"]
    ada, alan = (next(row for row in rows if row[1] == key) for key in ("s1001", "s1002"))
    assert ada[:5] == ["ada@example.edu", "s1001", "Ada Lovelace", "20", "20 of 20 points."]
    assert alan[3] == "7.5"
    assert alan[4].split("<br />") == [
        "7.5 of 20 points, decided by Dr. Byron: Shown to me in person.",
        "✘ The value is right. Your &lt;scores&gt; are not divided by √d.\x1b Next: Look at TODO 2.",
        "– 1 more test waits for these.",
    ]


def test_moodle_worksheet(view, course, gradebook):
    from chapter10.classroom.gradebook.store import Gradebook

    with Gradebook.open(gradebook) as opened:
        one = opened.view(course, ["attention"])
        rows, notes = table(moodle.write, one, course, frame=SAMPLES / "moodle_worksheet.csv")
    assert rows[0] == [
        *("Identifier", "Full name", "Email address", "Status", "Grade", "Maximum Grade", "Grade can be changed"),
        *("Last modified (submission)", "Last modified (grade)", "Feedback comments"),
    ]
    by_id = rows_by_name(rows)
    ada = by_id["Participant 5001"]
    assert (ada[4], ada[5], ada[8], ada[9]) == ("100", "100.00", "-", "20 of 20 points.")
    assert by_id["Participant 5003"][9].split("<br />") == ["0 of 20 points.", "line 1: invalid syntax"]
    assert by_id["Participant 5007"][4] == ""
    assert len(rows) == 8
    assert all("not in the worksheet" in note for note in notes)


def test_a_frame_of_something_else_is_refused(view, course):
    for write, said in ((canvas.write, "not an export of Canvas"), (moodle.write, "not a grading worksheet")):
        with pytest.raises(ExportError, match=said) as caught:
            table(write, view, course, frame=SAMPLES / "roster.csv")
        assert caught.value.hint
    with pytest.raises(ExportError, match="one assignment"):
        table(moodle.write, view, course, frame=SAMPLES / "moodle_worksheet.csv")
