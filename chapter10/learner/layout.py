"""What `chapter10 start` lays out: the stubs, a README, settings for editors. A file that is there is never touched."""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import dataclass, field
from pathlib import Path

from chapter10.course import Course, Exercise
from chapter10.errors import WorkspaceError
from chapter10.learner.workspace import MARKER, Workspace, fingerprint, read_text

_README = """# {title}

Each file here is an exercise: open it, read its docstring, replace the TODOs.

```console
$ chapter10 watch              # checks on every save, and goes on to the next exercise
$ chapter10 check attention    # checks one exercise, once
$ chapter10 hint attention     # one step further each time
$ chapter10 list               # what there is; `chapter10 progress` says how far you are
$ chapter10 reset attention    # the stub again; your version is kept in .chapter10/backups/
$ chapter10 submit             # one zip to hand in
```

What is graded is what the docstring says, and nothing else. `.chapter10/` holds your progress and your backups: keep it.

VS Code: “Tasks: Run Build Task” (Ctrl+Shift+B) checks the file you look at; “Tasks: Run Task” has the watch and a hint.
Notebooks: `chapter10 start --notebooks .` adds one for each exercise; `chapter10 check` takes either. When it says “cell 3,
line 2”, it counts the cells with code in them, from the top.
"""


def _task(label: str, command: str, **more: object) -> dict[str, object]:
    presentation = {"clear": True, "showReuseMessage": False}
    return {"label": label, "type": "shell", "command": command, "problemMatcher": [], "presentation": presentation, **more}


_EXTRAS = {
    ".vscode/settings.json": {"files.exclude": {"**/__pycache__": True, "**/.chapter10": True}, "editor.rulers": [100]},
    ".vscode/tasks.json": {
        "version": "2.0.0",
        "tasks": [
            _task(
                "chapter10: check this file",
                "chapter10 check ${fileBasenameNoExtension} --file ${file}",
                group={"kind": "build", "isDefault": True},
            ),
            _task("chapter10: watch", "chapter10 watch"),
            _task("chapter10: hint for this file", "chapter10 hint ${fileBasenameNoExtension}"),
        ],
    },
}
# Jupyter opens scripts as notebooks where jupytext is installed; saved from there, they should stay the scripts they were.
_JUPYTEXT = 'notebook_metadata_filter = "-all"\ncell_metadata_filter = "-all"\n'


@dataclass
class Layout:
    """What became of each file."""

    workspace: Workspace
    written: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)  # kept, and the course has another stub by now
    shown: list[str] = field(default_factory=list)  # new stubs, laid beside the learner's files


def lay_out(root: Path, course: Course, notebooks: bool = False, show_new: bool = False) -> Layout:
    """Lay out a workspace in `root`, or what is missing in one.

    Args:
        root: the folder.
        course: whose stubs.
        notebooks: as notebooks instead of scripts.
        show_new: write a stub that has changed since beside the learner's file, as `NAME.new.py`.

    Raises:
        WorkspaceError: the folder cannot be written.
    """
    if root.exists() and not root.is_dir():
        raise WorkspaceError(f"{root} is a file, not a folder.", "Name another folder: `chapter10 start DIR`.")
    layout = Layout(Workspace(root))
    try:
        (root / MARKER).mkdir(parents=True, exist_ok=True)
        for exercise in course.exercises:
            _exercise(layout, exercise, ".ipynb" if notebooks else ".py", show_new)
        _extras(root, course)
    except OSError as error:
        raise WorkspaceError(f"The workspace cannot be made in {root}: {error.strerror}.", "Name another folder.") from error
    return layout


def write_stub(exercise: Exercise, target: Path) -> None:
    """Write the stub of `exercise` as a script or a notebook, as the name asks."""
    if target.suffix == ".ipynb":
        from chapter10.learner.notebook import write_stub as write_notebook

        write_notebook(exercise, target)
    else:
        shutil.copyfile(exercise.stub, target)


def note_stub(workspace: Workspace, exercise: Exercise, target: Path) -> None:
    """Record what a freshly written file and the course's stub look like now."""
    entry = {"text": fingerprint(read_text(target)), "stub": _hash(exercise)}
    workspace.stubs.update(target.name, lambda old: old.update(entry))


def _exercise(layout: Layout, exercise: Exercise, suffix: str, show_new: bool) -> None:
    workspace = layout.workspace
    target = workspace.root / f"{exercise.id}{suffix}"
    if not (target.exists() or target.is_symlink()):
        write_stub(exercise, target)
        note_stub(workspace, exercise, target)
        layout.written.append(target.name)
        return
    layout.kept.append(target.name)
    known = workspace.stubs.read().get(target.name, {}).get("stub")
    if known is None or known == _hash(exercise):
        return
    layout.changed.append(target.name)
    if show_new:
        beside = target.with_suffix(f".new{suffix}")
        write_stub(exercise, beside)
        workspace.stubs.update(target.name, lambda entry: entry.update(stub=_hash(exercise)))
        layout.shown.append(beside.name)


def _hash(exercise: Exercise) -> str:
    return hashlib.sha256(exercise.stub.read_bytes()).hexdigest()


def _extras(root: Path, course: Course) -> None:
    texts = {name: json.dumps(content, indent=2) + "\n" for name, content in _EXTRAS.items()}
    texts |= {"README.md": _README.format(title=course.title), "jupytext.toml": _JUPYTEXT}
    for name, text in texts.items():
        target = root / name
        if not (target.exists() or target.is_symlink()):
            target.parent.mkdir(exist_ok=True)
            target.write_text(text, encoding="utf-8")
