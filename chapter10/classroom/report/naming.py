"""What students are called on the pages, and where their own page is."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from chapter10.classroom.gradebook.models import Student


@dataclass(frozen=True)
class Face:
    """A student as the pages show them."""

    name: str
    page: str  # from the class's page: students/ada-3f9c01d2.html
    section: str = ""
    key: str = ""  # empty where nobody is to be recognised


def faces(students: Sequence[Student], anonymous: bool = False) -> dict[str, Face]:
    """Return everybody's face by key. `anonymous` numbers them, in an order that tells nothing and stays the same."""
    if not anonymous:
        return {student.key: _named(student) for student in students}
    width = len(str(len(students)))
    ordered = sorted((_digest(student.key), student.key) for student in students)
    return {
        key: Face(f"Student {number:0{width}d}", f"students/student-{number:0{width}d}.html")
        for number, (_, key) in enumerate(ordered, start=1)
    }


def _named(student: Student) -> Face:
    """The digest keeps files apart whose names differ in capitals or marks alone, or mean a device to Windows."""
    plain = unicodedata.normalize("NFKD", student.name or student.key).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:40]
    page = f"students/{slug + '-' if slug else ''}{_digest(student.key)[:8]}.html"
    return Face(student.name or student.key, page, student.section, student.key)


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
