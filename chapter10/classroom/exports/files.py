"""Writing what is exported."""

from __future__ import annotations

from pathlib import Path

from chapter10.errors import ExportError
from chapter10.files import write_whole


def put(path: Path, data: bytes) -> None:
    """Write a file, and the folders above it, in place of what is there. Raises ExportError."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, data)
    except OSError as error:
        raise ExportError(f"{path} cannot be written: {error.strerror}.", "Name another place: `-o PATH`.") from error
