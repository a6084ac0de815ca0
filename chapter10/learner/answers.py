"""An answer as it is graded: the text of a script or a notebook, and verdicts that name places as its writer sees them."""

from __future__ import annotations

import ast
import difflib
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from chapter10.learner.notebook import read_notebook
from chapter10.learner.workspace import read_source

if TYPE_CHECKING:
    from chapter10.grading.results import Verdict

_LINE = re.compile(r"\bline (\d+)\b")
_NO_NAME = re.compile(r" has no `(\w+)`\.$")


@dataclass(frozen=True)
class Answer:
    """A learner's file, read."""

    path: Path
    text: str
    place: Callable[[int], str] | None = None  # for a notebook: line of `text` → "cell 3, line 2"

    @classmethod
    def read(cls, path: Path) -> Answer:
        """Read a file. Raises WorkspaceError when it is no answer."""
        if path.suffix == ".ipynb":
            notebook = read_notebook(path)
            return cls(path, notebook.text, notebook.place)
        return cls(path, read_source(path))

    @property
    def filename(self) -> str:
        """How messages call it."""
        return self.path.name

    @property
    def finished(self) -> bool:
        """False for what no one would call a saved answer: an editor may be in the middle of writing it."""
        if not self.text.strip():
            return False
        try:
            ast.parse(self.text)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return False
        return True

    def annotate(self, verdict: Verdict) -> Verdict:
        """Add to a verdict what only the file tells: the cell of a line, and the name that was probably meant."""
        for test in verdict.tests:
            missing = _NO_NAME.search(test.message)
            close = difflib.get_close_matches(missing[1], self._names(), n=1, cutoff=0.6) if missing else []
            if missing and close:
                test.help = f"It has `{close[0]}`: rename that to `{missing[1]}`, which the grader calls."
            if self.place:
                test.message, test.help = self._placed(test.message), self._placed(test.help)
        if self.place:
            for flag in verdict.flags:
                if flag.line:
                    flag.detail, flag.line = f"{self.place(flag.line)}: {flag.detail}", 0
        return verdict

    def _placed(self, text: str) -> str:
        place = self.place
        return _LINE.sub(lambda match: place(int(match[1])), text) if place else text

    def _names(self) -> list[str]:
        try:
            body = ast.parse(self.text).body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return []
        return [node.name for node in body if isinstance(node, (ast.FunctionDef, ast.ClassDef))]
