"""Gradescope, “Export Submissions”: `assignment_…_export/submission_123/…`, and a file that says whose each one is.

`submission_metadata.yml` has an entry for each folder: `:submitters` (`:name`, `:sid`, `:email`; several for a group) and
`:created_at`, in UTC. Keys are Ruby's, with a colon; some exports are without.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import yaml

from chapter10.classroom.intake.claims import Claim
from chapter10.classroom.intake.sources import METADATA, Entry, Scan, Unfit
from chapter10.errors import IntakeError


@dataclass(frozen=True)
class Gradescope:
    """An export, and what its metadata say."""

    base: int
    submissions: dict[str, Any]
    format: str = "gradescope"

    @classmethod
    def of(cls, scan: Scan) -> Gradescope | None:
        """Return the layout where there are metadata; the entry that holds them is taken out of `scan`.

        Raises:
            IntakeError: there are, and they cannot be read: nobody could say whose the files are.
        """
        entry = next(iter(metadata(scan)), None)
        if entry is None:
            return None
        scan.entries.remove(entry)
        try:
            document = yaml.load(entry.read(), getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        except (yaml.YAMLError, UnicodeDecodeError, Unfit, ValueError, RecursionError) as error:
            raise IntakeError(f"{entry.origin} cannot be read: {error}", "Export the submissions once more.") from error
        if not isinstance(document, dict):
            raise IntakeError(f"{entry.origin} names no submissions.", "Export the submissions once more.")
        return cls(len(entry.parts) - 1, document)

    def claims(self, parts: tuple[str, ...]) -> list[Claim]:
        """Return a claim for each of the submitters of a folder."""
        known = self.submissions.get(parts[self.base]) if len(parts) > self.base + 1 else None
        submitters = _get(known, "submitters")
        if not isinstance(submitters, list):
            return []
        return [claim for submitter in submitters if (claim := self._claim(known, submitter, parts)) is not None]

    def _claim(self, known: Any, submitter: Any, parts: tuple[str, ...]) -> Claim | None:
        name, email, sid = (str(_get(submitter, key) or "").strip() for key in ("name", "email", "sid"))
        label = sid or email or name
        if not label:
            return None
        return Claim(
            label,
            parts[-1],
            name,
            email,
            ids={key: value for key, value in (("key", sid), ("email", email)) if value},
            depth=len(parts) - self.base - 2,
            submitted_at=_moment(_get(known, "created_at")),
            late=bool(_get(known, "late")),
        )


def metadata(scan: Scan) -> list[Entry]:
    """Return the metadata, the outermost alone: a student may have handed in a file of that name."""
    found = sorted((entry for entry in scan.entries if entry.parts[-1] == METADATA), key=lambda entry: len(entry.parts))
    return found[:1]


def _get(mapping: Any, key: str) -> Any:
    return mapping.get(f":{key}", mapping.get(key)) if isinstance(mapping, dict) else None


def _moment(value: Any) -> datetime | None:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value.replace(" UTC", "+00:00"))
        except ValueError:
            return None
    if not isinstance(value, datetime):
        return None
    return value if value.tzinfo else value.replace(tzinfo=UTC)
