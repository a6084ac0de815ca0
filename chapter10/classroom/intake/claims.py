"""What a file's place and name say of it. Each layout of submissions (`layouts.py`) makes claims; nothing is believed yet."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True)
class Claim:
    """Whose a file is said to be, and what remains of its name without what a platform added."""

    label: str  # what the student is called there
    filename: str
    name: str = ""  # the student's, where it is more than the label
    email: str = ""
    ids: dict[str, str] = field(default_factory=dict)
    depth: int = 0  # how many folders lie between the student's place and the file
    prefixed: bool = False  # the file's own name begins with the student's
    late: bool = False
    submitted_at: datetime | None = None
    typed: bool = False  # typed in the browser, not handed in as a file


class Layout(Protocol):
    """One way in which a class's files are laid out."""

    @property
    def format(self) -> str:
        """What it is called, one of the intake's `FORMATS`."""
        ...

    def claims(self, parts: tuple[str, ...]) -> list[Claim]:
        """Return whose the file at `parts` is: several for a group, none where the place says nothing."""
        ...
