"""Late policy and weights, from the `classroom` entry of course.yaml.

classroom:
  zone: Europe/Berlin          # of the dates below; UTC where absent
  due:
    attention: 2026-11-20      # the end of that day; or 2026-11-20 18:00
  late:
    grace_minutes: 30          # so long after the due date nothing happens
    per_day: 10%               # what each day begun takes of the points
    most: 50%                  # what lateness takes at the most
  weights:
    attention: 2               # 1 where absent; 0 does not count
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, tzinfo
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from chapter10.course import Course
from chapter10.errors import Chapter10Error

if TYPE_CHECKING:
    from chapter10.classroom.gradebook.models import Submission

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Policy:
    """How points become grades. The default takes nothing off, and gives every exercise the same weight."""

    due: dict[str, datetime] = field(default_factory=dict)  # by exercise, aware
    weights: dict[str, float] = field(default_factory=dict)  # by exercise; 1 where absent
    per_day: float = 0.0  # the share of the points that each day begun after the due date takes
    most: float = 1.0  # the share that lateness takes at the most
    grace_minutes: float = 0.0

    @classmethod
    def read(cls, course: Course, entry: Any = None) -> Policy:
        """Read a `classroom` entry: the course's own, unless another is given.

        Raises:
            Chapter10Error: the entry is malformed; the message names the line that is.
        """
        entry = course.classroom if entry is None else entry
        known = _mapping(entry, "classroom", ("zone", "due", "late", "weights"))
        late = _mapping(known.get("late"), "classroom: late", ("grace_minutes", "per_day", "most"))
        zone = _zone(known.get("zone", "UTC"))
        return cls(
            due=_by_exercise(course, known.get("due"), "due", lambda value, where: _moment(value, zone, where)),
            weights=_by_exercise(course, known.get("weights"), "weights", _number),
            per_day=_share(late.get("per_day", 0.0), "classroom: late: per_day"),
            most=_share(late.get("most", 1.0), "classroom: late: most"),
            grace_minutes=_number(late.get("grace_minutes", 0.0), "classroom: late: grace_minutes"),
        )

    def as_dict(self) -> dict[str, Any]:
        """Return the entry that `read` makes this policy of: what the gradebook keeps."""
        return {
            "due": {exercise: moment.isoformat() for exercise, moment in self.due.items()},
            "late": {"grace_minutes": self.grace_minutes, "per_day": self.per_day, "most": self.most},
            "weights": self.weights,
        }

    def apply(self, exercise: str, earned: float, submission: Submission | None) -> tuple[float, int]:
        """Return the points that count, and the days late (0 when in time or nothing is due)."""
        days = self._days_late(exercise, submission) if submission else 0
        return earned * (1 - min(self.per_day * days, self.most)), days

    def total(self, shares: dict[str, tuple[float, float]]) -> float:
        """Return the weighted mean of points over max_points, in per cent, by exercise: (points, max_points).

        An exercise that is worth nothing (nobody has been graded in it) does not count.
        """
        weighed = [(self.weights.get(exercise, 1.0), points / most) for exercise, (points, most) in shares.items() if most > 0]
        whole = sum(weight for weight, _ in weighed)
        return 100 * sum(weight * share for weight, share in weighed) / whole if whole else 0.0

    def _days_late(self, exercise: str, submission: Submission) -> int:
        """Count the days begun. Where no date is known, what the learning platform calls late is one day late."""
        due = self.due.get(exercise)
        if due is None or submission.submitted_at is None:
            return 1 if submission.late else 0
        behind = submission.submitted_at - due
        return math.ceil(behind / DAY) if behind > timedelta(minutes=self.grace_minutes) else 0


def _mapping(value: Any, where: str, keys: tuple[str, ...] | None = None) -> Mapping[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Chapter10Error(f"{where}: expected entries of the form `name: value`, not {value!r}.")
    for key in value:
        if keys is not None and key not in keys:
            raise Chapter10Error(f"{where}: there is no setting `{key}`.", f"Known are {', '.join(keys)}.")
    return value


def _by_exercise(course: Course, value: Any, name: str, read: Callable[[Any, str], Any]) -> dict[str, Any]:
    """Read a setting of each exercise. Raises UnknownExercise, which suggests the nearest, for any other name."""
    entries = _mapping(value, f"classroom: {name}")
    return {course[str(key)].id: read(entry, f"classroom: {name}: {key}") for key, entry in entries.items()}


def _zone(value: Any) -> tzinfo:
    try:
        return ZoneInfo(value)
    except (KeyError, ValueError, TypeError, OSError):  # also of ZoneInfoNotFoundError
        raise Chapter10Error(
            f"classroom: zone: there is no time zone {value!r}.", "Write it as in Europe/Berlin, America/New_York or UTC."
        ) from None


def _moment(value: Any, zone: tzinfo, where: str) -> datetime:
    """Read a date (then its last second is meant) or a date and time, in `zone` unless it names its own."""
    if isinstance(value, str):
        with contextlib.suppress(ValueError):
            value = date.fromisoformat(value) if len(value) == 10 else datetime.fromisoformat(value)
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=zone)
    if isinstance(value, date):
        return datetime.combine(value, time(23, 59, 59), zone)
    raise Chapter10Error(f"{where}: {value!r} is no date.", "Write 2026-11-20 (the end of that day) or 2026-11-20 18:00.")


def _number(value: Any, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < math.inf:
        raise Chapter10Error(f"{where}: {value!r} is no number from 0 up.")
    return float(value)


def _share(value: Any, where: str) -> float:
    """Read a share: 0.1 or 10%."""
    share = value
    if isinstance(value, str) and value.strip().endswith("%"):
        try:
            share = float(value.strip()[:-1]) / 100
        except ValueError:
            share = None
    if isinstance(share, bool) or not isinstance(share, (int, float)) or not 0 <= share <= 1:
        raise Chapter10Error(f"{where}: {value!r} is no share.", "Write 10% or 0.1.")
    return float(share)
