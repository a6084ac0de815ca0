"""The manifest of a zip made by `chapter10 submit`: its files and their hashes. docs/submission.md has the format."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from chapter10.classroom.intake.sources import Entry, Scan, Unfit, readable
from chapter10.learner.submission import MANIFEST, VERSION


@dataclass(frozen=True)
class Manifest:
    """What a manifest says. The name is a label that anyone could have typed, and so is the time."""

    name: str
    hashes: dict[str, str]

    def check(self, filename: str, data: bytes) -> None:
        """Raise Unfit where a file is not the one that was handed in."""
        if filename not in self.hashes:
            raise Unfit("manifest", "The manifest of its zip does not name it: it was added afterwards.")
        if hashlib.sha256(data).hexdigest() != self.hashes[filename]:
            raise Unfit("manifest", "The manifest of its zip has another hash: it was changed afterwards.")


def take_manifests(scan: Scan) -> dict[tuple[str, ...], Manifest]:
    """Return the manifests by the folder they lie in, and take them out of `scan`; another program's manifest is left there."""
    found: dict[tuple[str, ...], Manifest] = {}
    for entry in [entry for entry in scan.entries if entry.parts[-1] == MANIFEST]:
        manifest = _read(scan, entry)
        if manifest:
            found[entry.parts[:-1]] = manifest
            scan.entries.remove(entry)
    return found


def _read(scan: Scan, entry: Entry) -> Manifest | None:
    try:
        document = json.loads(entry.read())
    except (Unfit, ValueError, RecursionError):
        return None
    if not isinstance(document, dict) or "chapter10" not in document:
        return None
    if document.get("version") != VERSION:
        scan.refuse(entry.parts, entry.origin, "manifest", "It was made by another version of `chapter10 submit`.")
        return None
    files: Any = document.get("files")
    hashes = (
        {str(name): str(about.get("sha256")) for name, about in files.items() if isinstance(about, dict)}
        if isinstance(files, dict)
        else {}
    )
    return Manifest(readable(str(document.get("name") or "")).strip(), hashes)
