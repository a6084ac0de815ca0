"""Which layout it is: what a platform writes is unmistakable, everything else is plain."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from chapter10.classroom.intake.claims import Layout
from chapter10.classroom.intake.clones import Clones
from chapter10.classroom.intake.gradescope import Gradescope, metadata
from chapter10.classroom.intake.layouts import CANVAS, MOODLE, Canvas, Moodle, Plain, Single
from chapter10.classroom.intake.manifest import Manifest
from chapter10.classroom.intake.naming import name_of
from chapter10.classroom.intake.sources import ANSWERS, Scan, suffix_of
from chapter10.classroom.roster import Roster
from chapter10.course import Course

FORMATS = ("folders", "flat", "submissions", "canvas", "moodle", "gradescope", "github")
_PLATFORMS = {"moodle": MOODLE, "canvas": CANVAS}
_AROUND = 2  # how many folders, at the most, may lie around a platform's download


@dataclass(frozen=True)
class Evidence:
    """What a layout is told by."""

    scan: Scan
    course: Course
    roster: Roster | None
    manifests: dict[tuple[str, ...], Manifest]
    title: str  # what the folder or the zip is called


def recognise(evidence: Evidence) -> Layout:
    """Return the layout that the names show."""
    for format in ("gradescope", "moodle", "canvas", "github"):
        if _seems(evidence, format):
            layout = of_format(evidence, format)
            if layout:
                return layout
    return _single(evidence) or _plain(evidence)


def of_format(evidence: Evidence, format: str) -> Layout | None:
    """Return the layout called `format`, one of `FORMATS`; None where nothing is laid out like that.

    Raises:
        IntakeError: Gradescope's metadata are there, and cannot be read.
    """
    if format == "gradescope":
        return Gradescope.of(evidence.scan)
    if format == "github":
        return Clones.of(evidence.scan, evidence.roster, evidence.title) if evidence.scan.clones else None
    if format in _PLATFORMS:
        return _platform(evidence.scan, _PLATFORMS[format])
    return (_single(evidence) if format == "submissions" else None) or _plain(evidence, format)


def _seems(evidence: Evidence, format: str) -> bool:
    """Say whether most of the class is laid out as `format`: what one student puts into their folder must not decide it."""
    if format in _PLATFORMS:
        _, names = _top(evidence.scan)
        return 2 * sum(_PLATFORMS[format].fullmatch(name) is not None for name in names) > len(names)
    answers = _answers(evidence.scan)
    if format == "github":
        tops = set(evidence.scan.clones)
    else:
        tops = {entry.parts[:-1] for entry in metadata(evidence.scan)}
    below = sum(any(parts[:at] in tops for at in range(len(parts))) for parts in answers)
    return 2 * below > len(answers)


def _answers(scan: Scan) -> list[tuple[str, ...]]:
    """Return the paths of the files that may be answers."""
    return [entry.parts for entry in scan.entries if suffix_of(entry.parts[-1]) in ANSWERS]


def _top(scan: Scan) -> tuple[int, set[str]]:
    """Return how many folders lie around all answers, a few at the most, and the names inside the innermost of them."""
    answers = _answers(scan)
    around: tuple[str, ...] = ()
    while (at := len(around)) < _AROUND:
        folders = {parts[at] for parts in answers if len(parts) > at + 1}
        loose = any(len(parts) == at + 1 for parts in answers)
        if loose or len(folders) != 1 or _is_platforms(*folders):
            break
        around += tuple(folders)
    return len(around), {entry.parts[len(around)] for entry in scan.entries if entry.parts[: len(around)] == around}


def _is_platforms(name: str) -> bool:
    return any(pattern.fullmatch(name) for pattern in _PLATFORMS.values())


def _platform(scan: Scan, pattern: re.Pattern[str]) -> Canvas | Moodle | None:
    base, names = _top(scan)
    matches = [match for name in names if (match := pattern.fullmatch(name))]
    if not matches:
        return None
    if pattern is CANVAS:
        return Canvas(base)
    counted = Counter(name for name, _ in {(match["name"], match["id"]) for match in matches})
    return Moodle(base, frozenset(name for name, times in counted.items() if times > 1))


def _single(evidence: Evidence) -> Single | None:
    """Return the layout of one student's own zip."""
    manifest = evidence.manifests.get(())
    if manifest is None:
        return None
    return Single(evidence.title.removeprefix("submission").strip("-_ ") or manifest.name or evidence.title, manifest.name)


def _plain(evidence: Evidence, format: str = "") -> Plain:
    base = _base(evidence)
    if not format:
        answers = _answers(evidence.scan)
        flat = sum(len(parts) == base + 1 for parts in answers)
        zipped = sum(parts[: base + 1] in evidence.manifests for parts in answers)
        format = "submissions" if 2 * zipped > len(answers) else "flat" if 2 * flat > len(answers) else "folders"
    return Plain(base, evidence.course, evidence.manifests, format)


def _base(evidence: Evidence) -> int:
    """Return how many folders lie around the class: `week3/ada/attention.py` has one.

    Where folders lie in each other, the class begins where they branch, or where files have students in their names; the
    roster knows better.
    """
    answers = _answers(evidence.scan)
    paths = answers + [(*folder, "") for folder in evidence.scan.folders]
    base = 0
    while True:
        around = {parts[base] for parts in paths if len(parts) > base + 1}
        loose = [parts[-1] for parts in answers if len(parts) == base + 1]
        if len(around) > 1 or any(name_of(name, evidence.course, prefixed=True).who for name in loose):
            return base
        if evidence.roster and any(evidence.roster.find({}, name) for name in around):
            return base
        if (loose and base) or not around:
            return max(base - 1, 0)  # the folder around all files is their student's; at the very top, they are nobody's
        base += 1
