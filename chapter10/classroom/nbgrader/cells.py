"""Preprocessors that put a submission's cells in order, and keep hidden tests out of feedback."""

from __future__ import annotations

from typing import Any

import nbformat
from nbformat.notebooknode import NotebookNode
from nbgrader.api import Gradebook
from nbgrader.preprocessors import ClearHiddenTests, NbGraderPreprocessor
from nbgrader.utils import is_grade

Result = tuple[NotebookNode, Any]


class RestoreCells(NbGraderPreprocessor):
    """Gives nbgrader's cells back the marks that they were released with, and puts back graded ones that are missing.

    nbgrader restores the text of locked cells, but trusts a learner's notebook in what a cell is; and its own repair of missing
    cells fails where their neighbour is missing too.
    """

    def preprocess(self, nb: NotebookNode, resources: Any) -> Result:
        """Restore a whole notebook."""
        about = resources["nbgrader"]
        with Gradebook(about["db_url"]) as gradebook:
            released = _released(gradebook.find_notebook(about["notebook"], about["assignment"]))
        missing = dict(released)
        for cell in reversed(nb.cells):  # of a cell that is there twice, the last one counts, as it does in a kernel
            name = _grade_id(cell)
            cell.metadata.pop("nbgrader", None)
            if name in missing and missing[name]["marks"]["cell_type"] == cell.cell_type:
                cell.metadata["nbgrader"] = missing.pop(name)["marks"]
        for name, lost in missing.items():
            if lost["marks"]["grade"]:
                self.log.warning("The cell %s is missing, and is put back.", name)
                nb.cells.append(_made(lost))
        return nb, resources


def _grade_id(cell: NotebookNode) -> str:
    name = cell.metadata.get("nbgrader", {}).get("grade_id")
    return name if isinstance(name, str) else ""


def _released(notebook: Any) -> dict[str, dict[str, Any]]:
    """Return the cells that nbgrader knows, in their order: the text of each, and its marks."""
    points = {cell.name: cell.max_score for cell in [*notebook.grade_cells, *notebook.task_cells]}
    graded, tasks = {cell.name for cell in notebook.grade_cells}, {cell.name for cell in notebook.task_cells}
    solutions = {cell.name for cell in notebook.solution_cells}
    found = {}
    for cell in notebook.source_cells:
        marks = {
            "grade_id": cell.name,
            "grade": cell.name in graded,
            "solution": cell.name in solutions,
            "task": cell.name in tasks,
            "locked": cell.locked,
            "checksum": cell.checksum,
            "cell_type": cell.cell_type,
            "schema_version": 3,
        }
        if cell.name in points:
            marks["points"] = points[cell.name]
        found[cell.name] = {"source": cell.source, "marks": marks}
    return found


def _made(cell: dict[str, Any]) -> NotebookNode:
    make = nbformat.v4.new_code_cell if cell["marks"]["cell_type"] == "code" else nbformat.v4.new_markdown_cell
    return make(cell["source"], metadata={"nbgrader": cell["marks"]})


class HideTests(ClearHiddenTests):
    """Takes hidden tests out of the graded cells of feedback. What a learner calls a hidden test in another cell stays."""

    def preprocess_cell(self, cell: NotebookNode, resources: Any, cell_index: int) -> Result:
        """Hide those of one cell."""
        if is_grade(cell):
            self._remove_hidden_test_region(cell)
        return cell, resources
