"""The intake: a class's submissions in whatever form they come, as files to grade and things that cannot be graded.

    intake = read(Path("class.zip"), load_course(), Roster.read(Path("roster.csv")))

Everything that was handed in is in `found` or, with its reason, in `refused`. docs/classroom.md lists the forms.
"""

from chapter10.classroom.intake.detection import FORMATS
from chapter10.classroom.intake.reader import read, read_student

__all__ = ["FORMATS", "read", "read_student"]
