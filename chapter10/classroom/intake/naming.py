"""Which exercise a file answers, by its name."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from pathlib import PurePosixPath

from chapter10.course import Course

# What a second upload or download adds to a name: `-1` (Canvas), ` (1)` (browsers, Explorer), ` copy` (Finder).
_AGAIN = re.compile(r"(?:-(\d{1,3})| ?\((\d{1,3})\)|[ _-]copy(?: (\d{1,3}))?)$", re.IGNORECASE)


@dataclass(frozen=True)
class Named:
    """What a file's name tells."""

    exercise: str | None
    number: int = 0  # which upload of the same name
    who: str = ""  # what stands before the exercise: `ada_attention`
    nearest: str | None = None  # an exercise that may have been meant


def name_of(filename: str, course: Course, prefixed: bool = False) -> Named:
    """Return which exercise a file answers.

    Args:
        filename: `attention.py`, `Attention-1.ipynb`; where `prefixed`, `ada_attention.py`.
        course: whose exercises.
        prefixed: whether a student's name stands before the exercise's.
    """
    stem, number = PurePosixPath(filename).stem, 0
    while (again := _AGAIN.search(stem)) and again.start():
        number = max(number, int(again[1] or again[2] or again[3] or 1))
        stem = stem[: again.start()]
    words = [word for word in re.split(r"[_\- ]+", stem) if word]
    known = {tuple(exercise.id.split("_")): exercise.id for exercise in course.exercises}
    lowered = tuple(word.lower() for word in words)
    starts = range(1, len(words)) if prefixed else range(1)
    for start in starts:  # the longest end of the name first: ada_attention_map is no attention
        if lowered[start:] in known:
            return Named(known[lowered[start:]], number, _before(stem, words[start:]))
    for start in starts:
        close = difflib.get_close_matches("_".join(lowered[start:]), known.values(), n=1, cutoff=0.75)
        if close:
            return Named(None, number, _before(stem, words[start:]), close[0])
    return Named(None, number, nearest=_contained("_".join(lowered), course))


def _before(stem: str, words: list[str]) -> str:
    """Return what stands in `stem` before its last words, as it is written there."""
    rest = stem
    for word in reversed(words):
        rest = rest[: rest.rindex(word)]
    return rest.strip("_- ")


def _contained(text: str, course: Course) -> str | None:
    """Return the longest exercise whose name is somewhere in a file's name: `my_attention_final`."""
    found = [exercise.id for exercise in course.exercises if exercise.id in text]
    return max(found, key=len, default=None)
