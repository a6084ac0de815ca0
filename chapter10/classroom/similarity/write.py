"""The pages: a ranking, and for each pair both texts side by side."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from chapter10.classroom.gradebook.models import now
from chapter10.classroom.report import pages
from chapter10.classroom.report.publish import published
from chapter10.classroom.similarity.passages import side_by_side
from chapter10.classroom.similarity.ranking import Pair
from chapter10.course import Course


def write(target: Path, pairs: Sequence[Pair], names: dict[str, str], course: Course) -> None:
    """Write the folder `target`, whole or not at all.

    Args:
        target: the folder.
        pairs: the most alike first.
        names: of the students, by key.
        course: titles.

    Raises:
        PublishError: the folder cannot be written, or holds what is not ours.
    """
    often = meetings(pairs)
    shared: dict[str, Any] = {"course": course, "names": names, "written": now()}
    with published(target, "similarity") as folder:
        for number, pair in enumerate(pairs, start=1):
            left, right = side_by_side(pair)
            page = pages.render("pair.html", number=number, pair=pair, left=left, right=right, last=len(pairs), **shared)
            (folder / f"pair-{number}.html").write_text(page, encoding="utf-8")
        index = pages.render("similar.html", pairs=pairs, often=often, who=who, **shared)
        (folder / "index.html").write_text(index, encoding="utf-8")


def who(pair: Pair) -> frozenset[str]:
    """Return whose submissions a pair is."""
    return frozenset((pair.one.student, pair.other.student))


def meetings(pairs: Sequence[Pair]) -> Counter[frozenset[str]]:
    """Count in how many exercises the same two students are a pair."""
    return Counter(who(pair) for pair in pairs)
