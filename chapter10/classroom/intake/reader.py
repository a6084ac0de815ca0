"""From a path to an intake: look at the names, tell the layout, read the files, choose one for each student and exercise."""

from __future__ import annotations

import contextlib
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from chapter10.classroom.found import Found, Intake, Person, Refused
from chapter10.classroom.intake import archives, content
from chapter10.classroom.intake.claims import Claim, Layout
from chapter10.classroom.intake.detection import FORMATS, Evidence, of_format, recognise
from chapter10.classroom.intake.layouts import Single
from chapter10.classroom.intake.manifest import take_manifests
from chapter10.classroom.intake.naming import Named, name_of
from chapter10.classroom.intake.sources import ANSWERS, Entry, Scan, Unfit, readable, scan_folder, suffix_of
from chapter10.classroom.roster import IDS, Roster, plain_name
from chapter10.course import Course
from chapter10.errors import IntakeError

Place = tuple[str, ...]
MAX_ALIKE = 25  # rows of one kind for one student


def read(path: Path, course: Course, roster: Roster | None = None, format: str | None = None) -> Intake:
    """Take in a class's submissions.

    Args:
        path: a folder or a zip; docs/classroom.md says what may be in it.
        course: whose exercises.
        roster: who is in the class; without one, everybody who handed something in.
        format: one of `FORMATS`, where the names alone would mislead.

    Raises:
        IntakeError: there is nothing at `path` that could be a class's submissions, or nothing laid out as `format`.
    """
    if format is not None and format not in FORMATS:
        raise IntakeError(f"There is no format called {format}.", f"Known are {', '.join(FORMATS)}.")
    with _scanned(path) as scan:
        title = readable(path.resolve().stem if path.is_file() else path.resolve().name)
        evidence = Evidence(scan, course, roster, take_manifests(scan), title)
        layout = of_format(evidence, format) if format else recognise(evidence)
        if layout is None:
            raise IntakeError(f"{path} is not laid out as {format}.", "Without --format, the names tell what it is.")
        return _Reader(evidence, layout).intake()


def read_student(path: Path, course: Course, label: str) -> Intake:
    """Take in one student's folder or zip, wherever in it the files lie. Raises IntakeError."""
    with _scanned(path) as scan:
        evidence = Evidence(scan, course, None, take_manifests(scan), label)
        return _Reader(evidence, Single(label)).intake()


@contextlib.contextmanager
def _scanned(path: Path) -> Iterator[Scan]:
    """Look at everything below `path`; what was found can be read until the block ends."""
    scan = Scan()
    if path.is_dir():
        scan_folder(scan, path, archives.unpack)
        yield scan
        return
    if not path.exists():
        raise IntakeError(f"There is no {path}.", "Name the folder or the zip with the submissions.")
    if suffix_of(path.name) in ANSWERS:
        raise IntakeError(
            f"{path} is one file, not a class's.",
            f"For a single answer: `chapter10 check {path.stem} --file {path}`. For a class, name the folder or the zip.",
        )
    archive = _opened(path)
    with archive:
        archives.scan_archive(scan, archive, readable(path.name))
        yield scan


def _opened(path: Path) -> zipfile.ZipFile:
    try:
        return archives.opened(path)
    except Unfit as unfit:
        raise IntakeError(f"{path} cannot be taken in: {unfit.reason}", "Name a folder, or a zip of one.") from unfit


@dataclass(frozen=True)
class _Candidate:
    """A file that could be graded; of several for the same exercise, the greatest `rank` is."""

    found: Found
    rank: tuple[float, int, int, float, bool, Place]


class _Reader:
    """Makes the intake of one scan."""

    def __init__(self, evidence: Evidence, layout: Layout) -> None:
        self._scan = evidence.scan
        self._course = evidence.course
        self._roster = evidence.roster
        self._manifests = evidence.manifests
        self._layout = layout
        self._intake = Intake(layout.format, people=list(self._roster.people) if self._roster else [])
        self._candidates: dict[tuple[str, str], list[_Candidate]] = {}

    def intake(self) -> Intake:
        """Read every file, and return what was found and what was refused."""
        for entry in sorted(self._scan.entries, key=lambda entry: entry.parts):
            self._take(entry)
        for candidates in self._candidates.values():
            self._choose(candidates)
        for parts, refused in self._scan.refused:
            claims = self._layout.claims(parts) or self._layout.claims((*parts, ""))
            self._refuse(claims, refused.origin, refused.kind, refused.reason)
        self._note_empty_folders()
        self._intake.refused = _shortened(self._intake.refused)
        self._intake.refused.sort(
            key=lambda refused: (refused.origin, refused.reason, refused.person.key if refused.person else "")
        )
        return self._intake

    def _take(self, entry: Entry) -> None:
        claims = self._layout.claims(entry.parts)
        suffix = suffix_of(entry.parts[-1])
        if any(claim.typed for claim in claims):
            self._refuse(claims, entry.origin, "onlinetext", "It was typed in the browser, not handed in as a file.")
        elif suffix not in ANSWERS:
            self._refuse(claims, entry.origin, "other", "It is neither a .py nor an .ipynb.")
        elif not claims:
            self._refuse([], entry.origin, "anonymous", self._nobody(entry))
        elif not any(self._named(claim).exercise for claim in claims):
            self._refuse(claims, entry.origin, "misnamed", _misnamed(self._named(claims[0])))
        else:
            self._read(entry, claims)

    def _read(self, entry: Entry, claims: list[Claim]) -> None:
        known = []
        for claim in claims:
            person = self._person(claim)
            if person:
                known.append((claim, person))
            else:
                self._refuse([], entry.origin, "unlisted", self._unlisted(claim), self._named(claim).exercise)
        if not known:
            return
        try:
            data = entry.read()
            manifest = self._manifests.get(entry.parts[:-1])
            if manifest:
                manifest.check(entry.parts[-1], data)
            content.check(data, entry.parts[-1])
        except Unfit as unfit:
            self._refuse([claim for claim, _ in known], entry.origin, unfit.kind, unfit.reason)
            return
        for claim, person in known:
            named = self._named(claim)
            if named.exercise is None:
                continue
            filename = f"{named.exercise}{suffix_of(claim.filename)}"
            found = Found(person, named.exercise, filename, entry.origin, data, claim.submitted_at, claim.late)
            moment = claim.submitted_at.timestamp() if claim.submitted_at else 0.0
            rank = (moment, named.number, -claim.depth, entry.modified, filename.endswith(".py"), entry.parts)
            self._candidates.setdefault((person.key, named.exercise), []).append(_Candidate(found, rank))

    def _choose(self, candidates: list[_Candidate]) -> None:
        chosen = max(candidates, key=lambda candidate: candidate.rank)
        self._intake.found.append(chosen.found)
        for other in candidates:
            if other is not chosen:
                why = "has the same bytes" if other.found.data == chosen.found.data else _why(other, chosen)
                reason = f"{chosen.found.origin} is graded instead: it {why}."
                found = other.found
                self._intake.refused.append(Refused(found.origin, "duplicate", reason, found.person, found.exercise))

    def _refuse(self, claims: list[Claim], origin: str, kind: str, reason: str, exercise: str | None = None) -> None:
        """Note a refusal, once for each student that it concerns."""
        concerned = [(self._person(claim), self._named(claim).exercise) for claim in claims] or [(None, exercise)]
        for person, named in concerned:
            self._intake.refused.append(Refused(origin, kind, reason, person, named))

    def _note_empty_folders(self) -> None:
        """Give everybody whose folder or archive holds nothing a row of their own."""
        used = {entry.parts[:at] for entry in self._scan.entries for at in range(len(entry.parts))}
        used |= {parts[:at] for parts, _ in self._scan.refused for at in range(len(parts) + 1)}
        for folder in sorted(self._scan.folders.keys() - used):
            claims = self._layout.claims((*folder, ""))
            if claims and not any(claim.depth for claim in claims):
                self._refuse(claims, self._scan.folders[folder], "empty", "There is no file in it.")

    def _person(self, claim: Claim) -> Person | None:
        """Return the student of a claim; None where there is a roster and they are not in it."""
        ids = {kind: value for kind, value in claim.ids.items() if kind in IDS}
        if self._roster is None:
            return Person(claim.label, claim.name, claim.email, ids=ids)
        person = self._roster.find(claim.ids, *filter(None, (claim.email, claim.label, claim.name)))
        return person and replace(person, email=person.email or claim.email, ids=ids | person.ids)

    def _named(self, claim: Claim) -> Named:
        """Return which exercise a claim's file answers; the student's own name before it does no harm."""
        named = name_of(claim.filename, self._course, claim.prefixed)
        if named.exercise is None and not claim.prefixed:
            own = name_of(claim.filename, self._course, prefixed=True)
            if own.exercise and plain_name(own.who) in {plain_name(claim.label), plain_name(claim.name)}:
                return own
        return named

    def _nobody(self, entry: Entry) -> str:
        nearest = name_of(entry.parts[-1], self._course).nearest
        meant = f" Is it {nearest}?" if nearest else ""
        return f"Neither its name nor its place says whose it is.{meant}"

    def _unlisted(self, claim: Claim) -> str:
        """Return what to say of somebody whom the roster does not know, or cannot tell from another."""
        assert self._roster is not None
        label = claim.name or claim.label
        namesakes = self._roster.namesakes(label)
        if namesakes:
            return f"Several in the roster are called {label}: {', '.join(sorted(person.key for person in namesakes))}."
        nearest = self._roster.nearest(label)
        meant = f" Is it {nearest.name or nearest.key} ({nearest.key})?" if nearest else ""
        return f"Nobody in the roster is called {label}.{meant}"


def _shortened(refused: list[Refused]) -> list[Refused]:
    """Return the refusals without the flood that a data set in somebody's folder makes: the first of a kind, and a count."""
    kept: list[Refused] = []
    more: Counter[tuple[Person, str]] = Counter()
    last: dict[tuple[Person, str], Refused] = {}
    for each in refused:
        key = (each.person, each.kind) if each.person else None
        if key is None or more[key] < MAX_ALIKE:
            kept.append(each)
        if key:
            more[key] += 1
            last[key] = each
    for key, count in more.items():
        if count > MAX_ALIKE:
            kept.append(replace(last[key], reason=f"{count - MAX_ALIKE} more like it: {last[key].reason}"))
    return kept


def _misnamed(named: Named) -> str:
    meant = f" Is it {named.nearest}?" if named.nearest else " `chapter10 list` shows their names."
    return f"No exercise is called like it.{meant}"


def _why(other: _Candidate, chosen: _Candidate) -> str:
    """Return what makes one of two files the one to grade, in the order of `_Candidate.rank`."""
    reasons = ("was handed in later", "was uploaded later", "lies nearer the top", "was changed later", "is the script")
    differing = (reason for reason, mine, its in zip(reasons, chosen.rank, other.rank, strict=False) if mine != its)
    return next(differing, "comes last")
