"""The roster: who is in the class, read from whatever CSV the instructor has, and found again by whatever a file goes by."""

from __future__ import annotations

import csv
import difflib
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from chapter10.classroom.found import Person
from chapter10.errors import IntakeError

MAX_ROSTER = 32 << 20  # bytes

# What columns are called, in our lists and in the exports of Canvas, Moodle, Gradescope and GitHub Classroom; compared without
# case, `_` and `-`.
_COLUMNS = {
    "key": ("id", "student id", "sid", "student number", "id number", "sis user id", "key"),
    "name": ("name", "student", "full name", "student name"),
    "first": ("first name", "firstname", "given name"),
    "last": ("last name", "lastname", "surname", "family name"),
    "email": ("email", "email address", "e mail", "mail"),
    "section": ("section", "sections", "group", "groups", "class"),
    "github": ("github", "github username", "github login"),
    "login": ("login", "username", "user name", "sis login id"),
    "canvas_id": ("canvas id", "canvas user id"),
    "identifier": ("identifier",),  # Moodle's “Participant 123”; for GitHub Classroom the student's id
    "role": ("role",),
}
_FIELD = {name: kind for kind, names in _COLUMNS.items() for name in names}
_PARTICIPANT = re.compile(r"\D+(\d+)")  # Moodle, in the language of the site: “Participant 123”, “Teilnehmer/in123”
_STUDENT_ROLES = ("", "student")
IDS = ("canvas_id", "sis_id", "moodle_id", "github", "login")  # the keys of Person.ids, the surest first


@dataclass
class Roster:
    """Who is in the class."""

    people: list[Person]
    _index: dict[str, dict[str, list[Person]]] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        for person in self.people:
            for kind, value in _handles(person):
                self._index.setdefault(kind, {}).setdefault(value, []).append(person)

    @classmethod
    def read(cls, path: Path) -> Roster:
        """Read a CSV with a heading: one of one's own, or an export of Canvas, Moodle, Gradescope or GitHub Classroom.

        Raises:
            IntakeError: it cannot be read, has no column that names a student, or two rows have the same id.
        """
        header, rows = read_table(path)
        people: dict[str, Person] = {}
        for number, row in enumerate(rows, start=2):
            person = _person(header, row)
            if person is None:
                continue
            if person.key in people:
                raise IntakeError(
                    f"{path.name}, row {number}: the id {person.key} is there twice.",
                    "Give every student one row of their own.",
                )
            people[person.key] = person
        if not people:
            raise IntakeError(
                f"{path.name} names no student.", "It needs a heading with a column id, name or email; more are welcome."
            )
        return cls(list(people.values()))

    def find(self, ids: Mapping[str, str], *labels: str) -> Person | None:
        """Return who is meant, None where it is nobody or not clear.

        Args:
            ids: of other systems, by the names of `IDS`, and `email`; these are believed first.
            labels: what a folder or a file calls the student: an id, a login, an address, or a name however it is written.
        """
        for kind, value in ids.items():
            person = _only(self._index.get(kind, {}).get(value.casefold(), []))
            if person:
                return person
        for label in labels:
            for kind in ("key", "email", "github", "login", "sis_id", "canvas_id", "mailbox"):
                person = _only(self._index.get(kind, {}).get(label.strip().casefold(), []))
                if person:
                    return person
            person = _only(self._index.get("name", {}).get(plain_name(label), []))
            if person:
                return person
        return None

    def namesakes(self, label: str) -> list[Person]:
        """Return all who are called `label`."""
        return self._index.get("name", {}).get(plain_name(label), [])

    def nearest(self, label: str) -> Person | None:
        """Return the student whose name or id looks most like `label`."""
        known = {word: people[0] for words in self._index.values() for word, people in words.items()}
        close = difflib.get_close_matches(plain_name(label), known, n=1, cutoff=0.7)
        return known[close[0]] if close else None


def read_table(path: Path) -> tuple[list[str], list[list[str]]]:
    """Return the heading and the rows of a CSV, whatever its separator and encoding; every row as long as the heading.

    Raises:
        IntakeError: it cannot be read, is too large, or is empty.
    """
    try:
        data = path.read_bytes() if path.stat().st_size <= MAX_ROSTER else None
    except OSError as error:
        raise IntakeError(f"The roster {path} cannot be read: {error.strerror}.", "Is the path right?") from error
    if data is None:
        raise IntakeError(f"{path} is larger than {MAX_ROSTER >> 20} MB.", "Is it the right file?")
    text = _decoded(data)
    first = text.lstrip("\n").partition("\n")[0]
    separator = max(",;\t", key=first.count)
    try:
        table = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator) if any(map(str.strip, row))]
    except csv.Error as error:
        raise IntakeError(f"{path} is not a CSV file: {error}.", "Export it once more, as CSV.") from error
    if not table:
        raise IntakeError(f"{path} is empty.", "Is it the right file?")
    header, *rows = table
    return [title.strip() for title in header], [(row + [""] * len(header))[: len(header)] for row in rows]


def people_of(header: list[str], rows: Iterable[list[str]]) -> Iterator[Person | None]:
    """Return for each row of a table whom it is about: None for rows that are about nobody."""
    return (_person(header, row) for row in rows)


def plain_name(name: str) -> str:
    """Return a name as it is compared: without accents, case, punctuation and order (`Lovelace, Ada` is `ada lovelace`)."""
    letters = "".join(mark for mark in unicodedata.normalize("NFKD", name) if not unicodedata.combining(mark))
    return " ".join(sorted(re.findall(r"\w+", letters.casefold().replace("_", " "))))


def is_canvas(header: list[str]) -> bool:
    """Say whether a heading is that of Canvas's gradebook, whose column ID is Canvas's own id."""
    return header[:2] == ["Student", "ID"] and "Section" in header


def is_worksheet(header: list[str]) -> bool:
    """Say whether a heading is that of Moodle's offline grading worksheet."""
    return header[:1] == ["Identifier"] and "Grade" in header


def _decoded(data: bytes) -> str:
    """Return the text of a CSV: UTF-8, UTF-16 where it says so, otherwise what Excel writes on Windows."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace").replace("\r\n", "\n")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", "replace")
    return text.replace("\r\n", "\n").replace("\0", "")


def _person(header: list[str], row: list[str]) -> Person | None:
    fields: dict[str, str] = {}
    for title, value in zip(header, row, strict=True):
        kind = _FIELD.get(re.sub(r"[\s_-]+", " ", title).strip().casefold())
        if kind and value.strip():
            fields.setdefault(kind, value.strip())
            if title == "SIS User ID":
                fields["sis_id"] = value.strip()
    if is_canvas(header):
        if not row[1].strip():  # “Points Possible”, “Manual Posting”
            return None
        fields["canvas_id"] = row[1].strip()
        fields["key"] = fields.get("sis_id") or fields.get("login") or row[1].strip()
    if "identifier" in fields:
        participant = _PARTICIPANT.fullmatch(fields["identifier"])
        if participant and "github" not in fields:
            fields["moodle_id"] = participant[1]
        else:
            fields.setdefault("key", fields["identifier"])
    if fields.get("role", "").casefold() not in _STUDENT_ROLES:
        return None
    name = fields.get("name") or f"{fields.get('first', '')} {fields.get('last', '')}".strip()
    key = fields.get("key") or fields.get("login") or fields.get("email") or fields.get("github") or name
    if not key:
        return None
    ids = {kind: fields[kind] for kind in IDS if kind in fields}
    return Person(key, _in_order(name), fields.get("email", ""), fields.get("section", ""), ids)


def _in_order(name: str) -> str:
    """Return `Lovelace, Ada` as `Ada Lovelace`."""
    last, comma, first = name.partition(",")
    return f"{first.strip()} {last.strip()}" if comma and first.strip() else name


def _handles(person: Person) -> Iterator[tuple[str, str]]:
    """Yield all that a person may be called by."""
    yield "key", person.key.casefold()
    if person.email:
        yield "email", person.email.casefold()
        yield "mailbox", person.email.casefold().partition("@")[0]  # what many sites use as a login
    for kind, value in person.ids.items():
        yield kind, str(value).casefold()
    if person.name:
        yield "name", plain_name(person.name)
        words = [plain_name(word) for word in person.name.split()]
        # Canvas runs the words of a name together, the last name first; folders and logins often do it the other way round.
        for run in {"".join(words[-1:] + words[:-1]), "".join(words)} - {plain_name(person.name)}:
            yield "name", run


def _only(people: list[Person]) -> Person | None:
    return people[0] if len(people) == 1 else None
