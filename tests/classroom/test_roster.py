"""The roster: read from what instructors have, and students found by whatever they are called."""

import pytest

from chapter10.classroom.found import Person
from chapter10.classroom.roster import Roster, plain_name
from chapter10.course import folder
from chapter10.errors import IntakeError

SAMPLES = folder("fixtures") / "class"


@pytest.fixture
def roster_of(tmp_path):
    def roster_of(text, encoding="utf-8"):
        path = tmp_path / "roster.csv"
        path.write_bytes(text.encode(encoding))
        return Roster.read(path)

    return roster_of


def test_a_list_of_ones_own():
    roster = Roster.read(SAMPLES / "roster.csv")
    ada = roster.people[0]
    assert (ada.key, ada.name, ada.email, ada.section) == ("s1001", "Ada Lovelace", "ada@example.edu", "A")
    assert ada.ids == {"github": "ada"}


def test_the_gradebook_of_canvas():
    ada, *_ = Roster.read(SAMPLES / "canvas_gradebook.csv").people
    assert (ada.key, ada.name, ada.section) == ("s1001", "Ada Lovelace", "A")
    assert ada.ids == {"canvas_id": "1801", "sis_id": "s1001", "login": "ada"}


def test_the_gradebook_of_canvas_without_sis_columns(roster_of):
    roster = roster_of('Student,ID,Section,Quiz (1)\n    Points Possible,,,5\n"Lovelace, Ada",1801,A,4\n')
    assert roster.people == [Person("1801", "Ada Lovelace", "", "A", {"canvas_id": "1801"})]


def test_the_worksheet_of_moodle():
    ada, *_ = Roster.read(SAMPLES / "moodle_worksheet.csv").people
    assert (ada.key, ada.name, ada.ids) == ("ada@example.edu", "Ada Lovelace", {"moodle_id": "5001"})


@pytest.mark.parametrize(
    ("text", "key", "name"),
    [
        (
            "First name,Surname,ID number,Email address\nAda,Lovelace,7,ada@example.edu\n",
            "7",
            "Ada Lovelace",
        ),  # Moodle's export
        (
            "First Name,Last Name,SID,Email,Role\nAda,Lovelace,7,a@b.c,Student\nT,A,8,t@b.c,TA\n",
            "7",
            "Ada Lovelace",
        ),  # Gradescope
        ('"identifier","github_username","github_id","name"\n"7","ada","1","Ada Lovelace"\n', "7", "Ada Lovelace"),  # GitHub
        ("name;e-mail\nAda Lovelace;a@b.c\n", "a@b.c", "Ada Lovelace"),  # Excel in half of Europe
        ("NAME\tID\nLovelace, Ada\t7\n", "7", "Ada Lovelace"),
        ("login\nada\n", "ada", ""),
    ],
)
def test_other_lists(roster_of, text, key, name):
    (person,) = roster_of(text).people
    assert (person.key, person.name) == (key, name)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp1252", "utf-16"])
def test_encodings_of_excel(roster_of, encoding):
    assert roster_of("id,name\r\n7,José Álvarez\r\n", encoding).people[0].name == "José Álvarez"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        ("id,name\n", "names no student"),
        ("colour,size\nred,3\n", "names no student"),
        ("id,name\n7,Ada\n7,Bob\n", "row 3: the id 7 is there twice"),
        ('id,name\n7,"' + "x" * 200_000 + '"\n', "not a CSV"),
    ],
)
def test_lists_that_are_none(roster_of, text, said):
    with pytest.raises(IntakeError, match=said) as caught:
        roster_of(text)
    assert caught.value.hint


def test_a_list_that_is_not_there(tmp_path):
    with pytest.raises(IntakeError, match="cannot be read"):
        Roster.read(tmp_path / "none.csv")


@pytest.mark.parametrize(
    "label",
    [
        "s1001",
        "S1001",
        "ada",
        "Ada Lovelace",
        "lovelace_ada",
        "ada-lovelace",
        "LovelaceAda",
        "Lovelace, Ada",
        "ada@example.edu",
    ],
)
def test_whatever_a_student_is_called(label):
    assert Roster.read(SAMPLES / "roster.csv").find({}, label).key == "s1001"


def test_accents_do_not_matter():
    assert Roster.read(SAMPLES / "roster.csv").find({}, "alvarez_jose").key == "s1004"
    assert plain_name("Álvarez, José") == plain_name("jose ALVAREZ")


def test_ids_are_believed_before_names():
    roster = Roster([Person("1", "Kim Lee", ids={"canvas_id": "9"}), Person("2", "Kim Lee")])
    assert roster.find({"canvas_id": "9"}, "Kim Lee").key == "1"
    assert roster.find({}, "Kim Lee") is None
    assert [person.key for person in roster.namesakes("lee kim")] == ["1", "2"]


def test_the_nearest_is_suggested():
    roster = Roster.read(SAMPLES / "roster.csv")
    assert roster.nearest("adda lovelace").key == "s1001"
    assert roster.nearest("zzz") is None
