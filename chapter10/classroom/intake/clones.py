"""GitHub Classroom clones: `<assignment>-<login>/`, each with a `.git`, whose last commit tells when.

The folder tells who: GitHub has named it. The author of a commit is whoever its writer says, and so is never asked.

A clone's `.git` was filled from outside, so git is asked one harmless thing of it, by a command that heeds none of what a
clone's settings can make git run: no hooks, pagers, signature checkers, file system monitors, nor fetches.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from chapter10.classroom.intake.claims import Claim
from chapter10.classroom.intake.sources import Scan
from chapter10.classroom.roster import Roster

GIT_SECONDS = 10
_SETTINGS = ("core.fsmonitor=false", "core.hooksPath=/dev/null", "protocol.allow=never", "safe.directory=*")
_ENVIRONMENT = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
}
_COMMITTED = re.compile(r"^committer .*> (?P<seconds>\d{1,11}) [+-]\d{4}$", re.MULTILINE)


@dataclass(frozen=True)
class Clones:
    """A folder of clones, or one clone."""

    logins: dict[tuple[str, ...], str]  # by the clone's path
    moments: dict[tuple[str, ...], datetime | None] = field(default_factory=dict)  # of their last commits
    format: str = "github"

    @classmethod
    def of(cls, scan: Scan, roster: Roster | None, title: str) -> Clones:
        """Return the layout of the clones that a scan has found."""
        outer = {
            parts: folder
            for parts, folder in scan.clones.items()
            if not any(parts[:at] in scan.clones for at in range(len(parts)))
        }
        names = {parts: parts[-1] if parts else title for parts in outer}
        shared = _shared(list(names.values()))
        logins = {parts: _login(name, shared, roster) for parts, name in names.items()}
        with ThreadPoolExecutor() as pool:
            moments = dict(zip(outer, pool.map(last_commit, outer.values()), strict=True))
        return cls(logins, moments)

    def claims(self, parts: tuple[str, ...]) -> list[Claim]:
        """Claim a file for whose clone it lies in."""
        at = next((at for at in range(len(parts)) if parts[:at] in self.logins), None)
        if at is None:
            return []
        login = self.logins[parts[:at]]
        moment = self.moments.get(parts[:at])
        return [Claim(login, parts[-1], ids={"github": login}, depth=len(parts) - at - 1, submitted_at=moment)]


def last_commit(folder: Path | None) -> datetime | None:
    """Return when a clone's last commit was made; None where nobody can tell: without a commit, in a zip, without git."""
    git = shutil.which("git")
    if not git or not folder:
        return None
    command = [git, "--no-pager", "--no-replace-objects", f"--git-dir={folder / '.git'}"]
    for setting in _SETTINGS:
        command += ["-c", setting]
    try:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")} | _ENVIRONMENT
        done = subprocess.run(
            [*command, "cat-file", "commit", "HEAD"],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=GIT_SECONDS,
            check=True,
        )
    except (subprocess.SubprocessError, OSError):
        return None
    committed = _COMMITTED.search(done.stdout.decode("utf-8", "replace").partition("\n\n")[0])
    try:
        return datetime.fromtimestamp(int(committed["seconds"]), UTC) if committed else None
    except (ValueError, OverflowError, OSError):
        return None


def _shared(names: list[str]) -> str:
    """Return the assignment's name: what all folders begin with, up to a hyphen."""
    if len(names) < 2:
        return ""
    first, last = min(names), max(names)
    alike = next((at for at, (one, other) in enumerate(zip(first, last, strict=False)) if one != other), len(first))
    return first[:alike].rpartition("-")[0]


def _login(name: str, shared: str, roster: Roster | None) -> str:
    """Return the login in a folder's name. Logins may have hyphens, as may assignments; the roster knows best."""
    words = name.split("-")
    for start in range(len(words)):
        login = "-".join(words[start:])
        if roster and roster.find({"github": login}):
            return login
    return name[len(shared) + 1 :] if shared and len(name) > len(shared) + 1 else name
