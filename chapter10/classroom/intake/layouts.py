"""The layouts of submissions that need no more than names: plain folders and files, Canvas, Moodle."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from chapter10.classroom.intake.claims import Claim
from chapter10.classroom.intake.manifest import Manifest
from chapter10.classroom.intake.naming import name_of
from chapter10.course import Course

# lovelaceada_LATE_1815_77001_attention-1.py: name, late or not, Canvas's id of the user, id of the file, its name;
# `anon_x7Kq2` takes the place of name and id where the assignment is anonymous.
CANVAS = re.compile(r"(?:(?P<name>.+?)_)??(?P<late>LATE_)?(?P<user>\d+|anon_\w+?)_(?P<file>\d+)_(?P<rest>.+)")
_CANVAS_TYPED = re.compile(r"(?:(?P<name>.+?)_)??(?P<late>LATE_)?(?P<user>\d+|anon_\w+?)_(?P<rest>(?:text|link)\.html)")
# Ada Lovelace_12345_assignsubmission_file_: a folder, or with the file's name behind it
MOODLE = re.compile(r"(?P<name>.+)_(?P<id>\d+)_assignsubmission_(?P<plugin>[a-z]+)(?:_(?P<rest>.*))?")


@dataclass(frozen=True)
class Canvas:
    """Canvas, “Download Submissions”."""

    base: int
    format: str = "canvas"

    def claims(self, parts: tuple[str, ...]) -> list[Claim]:
        """Read a name such as `lovelaceada_LATE_1815_77001_attention-1.py`; a zip is a folder with such a name."""
        if len(parts) <= self.base:
            return []
        typed = _CANVAS_TYPED.fullmatch(parts[self.base])
        match = typed or CANVAS.fullmatch(parts[self.base])
        if not match:
            return []
        user, name = match["user"], match["name"] or ""
        return [
            Claim(
                user,
                match["rest"] if len(parts) == self.base + 1 else parts[-1],
                name,
                ids={"canvas_id": user},
                depth=len(parts) - self.base - 1,
                late=bool(match["late"]),
                typed=bool(typed),
            )
        ]


@dataclass(frozen=True)
class Moodle:
    """Moodle, “Download all submissions”, in folders or not."""

    base: int
    namesakes: frozenset[str] = frozenset()  # names that several students have
    format: str = "moodle"

    def claims(self, parts: tuple[str, ...]) -> list[Claim]:
        """Read a name such as `Ada Lovelace_12345_assignsubmission_file_`."""
        match = MOODLE.fullmatch(parts[self.base]) if len(parts) > self.base else None
        if not match:
            return []
        name, identity = match["name"], match["id"]
        label = f"{name} ({identity})" if name in self.namesakes else name
        filename = (match["rest"] or "") if len(parts) == self.base + 1 else parts[-1]
        depth = max(len(parts) - self.base - 2, 0)
        return [Claim(label, filename, name, ids={"moodle_id": identity}, depth=depth, typed=match["plugin"] != "file")]


@dataclass(frozen=True)
class Plain:
    """A folder or a zip for each student, files that are called `ada_attention.py`, or both."""

    base: int
    course: Course
    manifests: dict[tuple[str, ...], Manifest] = field(default_factory=dict)
    format: str = "folders"

    def claims(self, parts: tuple[str, ...]) -> list[Claim]:
        """Take the first folder for the student; of a file that lies in none, what stands before the exercise's name."""
        below = parts[self.base :]
        if not below:
            return []
        if len(below) == 1:
            who = name_of(below[0], self.course, prefixed=True).who
            return [Claim(who, below[0], prefixed=True)] if who else []
        label, name = below[0].strip(), ""
        manifest = self.manifests.get(parts[: self.base + 1])
        if manifest:
            name = manifest.name
            label = label.removeprefix("submission").strip("-_ ") or name
        return [Claim(label, below[-1], name, depth=len(below) - 2)] if label else []


@dataclass(frozen=True)
class Single:
    """The files of one student, wherever they lie."""

    label: str
    name: str = ""
    format: str = "submissions"

    def claims(self, parts: tuple[str, ...]) -> list[Claim]:
        """Claim every file for the one student."""
        return [Claim(self.label, parts[-1], self.name, depth=len(parts) - 1)] if parts else []
