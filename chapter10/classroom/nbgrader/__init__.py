"""nbgrader's classroom with chapter10's verdicts: courses laid out, submissions graded, grades handed on.

`nbgrader_config.py` calls `configure`; everything else is found by nbgrader through what that sets.
"""

from __future__ import annotations

from typing import Any

_HERE = "chapter10.classroom.nbgrader"
_NBGRADER = "nbgrader.preprocessors"


def configure(c: Any, engine: bool = True) -> None:
    """Set what chapter10 needs in nbgrader's configuration.

    Args:
        c: the configuration, from `get_config()`.
        engine: False leaves the grading to nbgrader's own kernels: the graded cells work there, but a learner's code then
            runs as you.
    """
    c.ClearSolutions.code_stub = {"python": ""}  # a released cell holds the stub, and nothing in place of the solution
    c.Autograde.exporter_class = f"{_HERE}.submissions.SubmissionExporter"
    c.Autograde.sanitize_preprocessors = [
        f"{_NBGRADER}.ClearOutput",
        f"{_HERE}.cells.RestoreCells",
        f"{_NBGRADER}.DeduplicateIds",
        f"{_NBGRADER}.OverwriteKernelspec",
        f"{_NBGRADER}.OverwriteCells",
        f"{_NBGRADER}.CheckCellMetadata",
    ]
    c.Autograde.autograde_preprocessors = [
        f"{_HERE}.grade.Grade" if engine else f"{_NBGRADER}.Execute",
        f"{_NBGRADER}.IgnorePattern",
        f"{_NBGRADER}.LimitOutput",
        f"{_HERE}.grade.SaveGrades" if engine else f"{_NBGRADER}.SaveAutoGrades",
        f"{_NBGRADER}.AssignLatePenalties",
        f"{_NBGRADER}.CheckCellMetadata",
    ]
    c.GenerateFeedback.preprocessors = [
        f"{_NBGRADER}.GetGrades",
        f"{_HERE}.cells.HideTests",
        "nbconvert.preprocessors.CSSHTMLHeaderPreprocessor",
    ]
