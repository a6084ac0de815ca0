"""The preprocessors that take the place of nbgrader's Execute and SaveAutoGrades: no kernel starts, chapter10 grades."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from nbformat.notebooknode import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor, SaveAutoGrades
from nbgrader.utils import is_grade, is_solution
from traitlets import Enum

from chapter10 import service
from chapter10.classroom.nbgrader.card import card
from chapter10.classroom.nbgrader.verdicts import score, tests_of
from chapter10.learner.notebook import code_of

REVIEW = {"chapter10": {"review": True}}  # an output's metadata: a person has to look


@dataclass(frozen=True)
class Asked:
    """What a graded cell asks for: a group of an exercise's tests, or all of them."""

    exercise: str
    group: str | None

    @classmethod
    def read(cls, source: str) -> Asked | None:
        """Return what the first `check(…)` of a cell asks for; None when there is none."""
        try:
            calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
        except (SyntaxError, ValueError):
            return None
        for call in calls:
            words = [word.value for word in call.args if isinstance(word, ast.Constant) and isinstance(word.value, str)]
            if isinstance(call.func, ast.Name) and call.func.id == "check" and words:
                return cls(words[0], words[1] if len(words) > 1 else None)
        return None


class Grade(NbGraderPreprocessor):
    """Grades a notebook as `chapter10 check` does, and writes points and feedback into its graded cells."""

    isolation = Enum(
        ["full", "process"], default_value="full", help="The least isolation to accept. `chapter10 doctor` says what there is."
    ).tag(config=True)

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        """Grade one notebook."""
        name = f"{resources['nbgrader']['notebook']}.ipynb"
        cells = code_of(nb, Path(name))
        replies: dict[str, dict[str, Any]] = {}
        for cell in nb.cells:
            if cell.cell_type != "code" or not is_grade(cell) or is_solution(cell):
                continue
            asked = Asked.read(cell.source)
            if asked is None:
                self.log.warning("The cell %s is not chapter10's: grade it by hand.", cell.metadata.nbgrader.grade_id)
                cell.outputs = [_by_hand()]
                continue
            if asked.exercise not in replies:
                replies[asked.exercise] = service.shared().grade(
                    asked.exercise, cells, name, fresh=True, isolation=self.isolation
                )
            cell.outputs = [_graded(asked, replies[asked.exercise], float(cell.metadata.nbgrader.points))]
            cell.execution_count = None
        nb.metadata["chapter10"] = {"verdicts": [reply["verdict"] for reply in replies.values()]}
        return nb, resources


def _graded(asked: Asked, reply: dict[str, Any], points: float) -> NotebookNode:
    """Return the output that nbgrader reads the points from, and a person the reasons."""
    tests = tests_of(reply, asked.group)
    data = {"text/plain": repr(score(tests, points)), "text/html": card(reply["verdict"], tests)}
    doubtful = any(test["status"] == "error" for test in tests)
    return nbformat.v4.new_output("execute_result", data, metadata=REVIEW if doubtful else {}, execution_count=None)


def _by_hand() -> NotebookNode:
    words = "Your instructor grades this cell."
    data = {"text/plain": repr(0.0), "text/html": f"<p>{words}</p>"}
    return nbformat.v4.new_output("execute_result", data, metadata=REVIEW, execution_count=None)


class SaveGrades(SaveAutoGrades):
    """Saves the points as nbgrader does, and asks for a person where chapter10 could not grade."""

    def _add_score(self, cell: NotebookNode, resources: Any) -> None:
        super()._add_score(cell, resources)
        if any(output.get("metadata") == REVIEW for output in cell.get("outputs", [])):
            about = resources["nbgrader"]
            grade = self.gradebook.find_grade(
                cell.metadata["nbgrader"]["grade_id"], about["notebook"], about["assignment"], about["student"]
            )
            grade.needs_manual_grade = True
            self.gradebook.db.commit()
