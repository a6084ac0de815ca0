"""A folder of pages, whole or not at all: built beside its place, then moved there in one step."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from chapter10.errors import PublishError

MANIFEST = ".chapter10-pages.json"  # what lies in a folder of ours: a file that it does not name is somebody else's


@contextlib.contextmanager
def published(target: Path, kind: str) -> Iterator[Path]:
    """Yield an empty folder to fill; it becomes `target` when the block ends well, and is gone when it does not.

    Args:
        target: the folder to make, or to put in place of one that this function has made before.
        kind: what the pages are: "report", "similarity".

    Raises:
        PublishError: the folder holds what this function has not written, or cannot be written.
    """
    target = Path(os.path.abspath(target))
    _refuse_foreign(target, kind)
    building = target.parent / f".{target.name}-{secrets.token_hex(4)}"
    try:
        building.mkdir(parents=True)
        yield building
        names = sorted(path.relative_to(building).as_posix() for path in building.rglob("*") if path.is_file())
        (building / MANIFEST).write_text(json.dumps({"version": 1, "kind": kind, "files": names}), encoding="utf-8")
        _refuse_foreign(target, kind)  # once more: building took a while
        _swap(building, target)
    except OSError as error:
        raise PublishError(
            f"{target} cannot be written: {error.strerror or error}.", "Name another folder: `--out DIR`."
        ) from error
    finally:
        shutil.rmtree(building, ignore_errors=True)


def _swap(building: Path, target: Path) -> None:
    """Put `building` in the place of `target`; the old folder goes only when the new one is there."""
    if not target.exists():
        os.replace(building, target)
        return
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}-old-", ignore_cleanup_errors=True) as aside:
        old = Path(aside) / target.name
        os.replace(target, old)
        try:
            os.replace(building, target)
        except BaseException:
            os.replace(old, target)
            raise


def _refuse_foreign(target: Path, kind: str) -> None:
    """Raise PublishError unless `target` is free, empty, or exactly what we have written there."""
    if not os.path.lexists(target):
        return
    another = "Name another folder: `--out DIR`."
    if target.is_symlink() or not target.is_dir():
        raise PublishError(f"{target} is there, and is no folder.", another)
    found = {path.relative_to(target).as_posix() for path in target.rglob("*") if not path.is_dir() or path.is_symlink()}
    if not found:
        return
    try:
        manifest = json.loads((target / MANIFEST).read_text(encoding="utf-8"))
        ours = {*map(str, manifest["files"]), MANIFEST} if manifest["kind"] == kind else set()
    except (OSError, ValueError, KeyError, TypeError):
        ours = set()
    if not ours:
        raise PublishError(f"{target} is there, and chapter10 has not written it as a {kind}.", another)
    if foreign := sorted(found - ours):
        raise PublishError(f"{target} holds a file that is not part of the {kind}: {foreign[0]}.", f"Move it away. {another}")
