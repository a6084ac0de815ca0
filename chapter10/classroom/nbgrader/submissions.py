"""Reading what learners hand in: nothing of a notebook but its cells' text is taken, and no link is followed."""

from __future__ import annotations

import glob
import os
import re
import stat
from pathlib import Path
from typing import Any

import bleach
import nbformat
from nbconvert.exporters import NotebookExporter
from nbformat.notebooknode import NotebookNode

from chapter10.classroom.nbgrader.database import remember_queries
from chapter10.errors import WorkspaceError
from chapter10.learner.notebook import read_document

_PICTURES = ("image/png", "image/jpeg", "image/gif")
_BASE64 = re.compile(r"[A-Za-z0-9+/=\s]*")
_SCRIPT_LINK = re.compile(r"(?:javascript|vbscript)\s*:", re.IGNORECASE)
_TAGS = {*bleach.ALLOWED_TAGS, "br", "p", "sub", "sup", "table", "thead", "tbody", "tr", "th", "td", "pre", "hr"}


class SubmissionExporter(NotebookExporter):
    """How `nbgrader autograde` reads: a file that is no notebook becomes one that says so, and is graded too."""

    def __init__(self, config: Any = None, **more: Any) -> None:
        super().__init__(config=config, **more)
        remember_queries()
        self._leave_links_alone()

    def from_filename(self, filename: str, resources: Any = None, **more: Any) -> tuple[Any, Any]:
        """Convert a submission."""
        resources.setdefault("metadata", {}).update(name=Path(filename).stem, path=str(Path(filename).parent))
        try:
            notebook = read(Path(filename))
        except WorkspaceError as error:
            self.log.warning("%s is graded as if it were empty: %s", filename, error.message)
            notebook = _empty(error)
        return self.from_notebook_node(notebook, resources, **more)

    def _leave_links_alone(self) -> None:
        """Keep nbgrader from copying what a learner's links point to: it would end up beside the feedback."""
        coursedir = getattr(self.parent, "coursedir", None)
        if coursedir is None:
            return
        for folder, _, names in os.walk(os.path.join(coursedir.root, coursedir.submitted_directory)):
            for path in (Path(folder, name) for name in names):
                if path.suffix != ".ipynb" and not _ordinary(path):
                    self.log.warning("%s is no ordinary file, and is left alone.", path)
                    coursedir.ignore = [*coursedir.ignore, glob.escape(path.name)]


def read(path: Path) -> NotebookNode:
    """Return a fresh notebook with the text of a learner's cells, and nbgrader's marks on them.

    Raises:
        WorkspaceError: it is a link, or cannot be read as a notebook.
    """
    for part in (path, *path.parents[:2]):  # the notebook, the assignment's folder, the learner's
        if part.is_symlink():
            raise WorkspaceError(f"{part.name} is a symbolic link.", "Hand in ordinary files.")
    if not _ordinary(path):
        raise WorkspaceError(f"{path.name} is no ordinary file.", "Hand in the notebook itself.")
    try:
        document = read_document(path)
    except WorkspaceError as error:  # feedback has no use for the instructor's folders
        raise WorkspaceError(error.message.replace(str(path), path.name), error.hint) from error
    try:
        old = nbformat.convert(nbformat.from_dict(document), 4)
        cells = [_cell(cell) for cell in old.cells]
    except Exception as error:  # nbformat's converters fail in as many ways as a document can be wrong
        raise WorkspaceError(f"{path.name} is not a notebook.", "Save it again, from Jupyter or VS Code.") from error
    return _notebook(cells)


def _ordinary(path: Path) -> bool:
    return stat.S_ISREG(path.lstat().st_mode)


def _cell(old: Any) -> NotebookNode:
    """Take over what is a cell's own: its text, nbgrader's marks, and pictures."""
    source = "".join(old["source"]) if isinstance(old["source"], list) else str(old["source"])
    if old["cell_type"] == "code":
        new = nbformat.v4.new_code_cell(source)
    else:
        new = nbformat.v4.new_markdown_cell(harmless(source))
        pictures = {name: _picture(data) for name, data in dict(old.get("attachments", {})).items()}
        if any(pictures.values()):
            new["attachments"] = {name: data for name, data in pictures.items() if data}
    marks = old.get("metadata", {}).get("nbgrader")
    if isinstance(marks, dict):
        new.metadata["nbgrader"] = marks
    return new


def harmless(text: str) -> str:
    """Return Markdown that runs nothing in the browser of whoever grades it."""
    return _SCRIPT_LINK.sub("link-", bleach.clean(text, tags=_TAGS, attributes={"a": ["href"]}))


def _picture(data: Any) -> dict[str, str]:
    return {
        kind: text
        for kind, text in dict(data).items()
        if kind in _PICTURES and isinstance(text, str) and _BASE64.fullmatch(text)
    }


def _empty(error: WorkspaceError) -> NotebookNode:
    words = f"**This submission could not be read.** {error.message} {error.hint}"
    return _notebook([nbformat.v4.new_markdown_cell(harmless(words))])


def _notebook(cells: list[NotebookNode]) -> NotebookNode:
    return nbformat.v4.new_notebook(cells=cells, metadata={"language_info": {"name": "python"}})
