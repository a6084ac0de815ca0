"""Whether bytes are an answer that can be graded at all: text, or a notebook."""

from __future__ import annotations

import io
import json
import tokenize
from pathlib import Path

from chapter10.classroom.intake.sources import Unfit, suffix_of
from chapter10.errors import WorkspaceError
from chapter10.learner.notebook import code_of

_OTHER_TEXT = (b"\xff\xfe", b"\xfe\xff")  # how UTF-16 begins


def check(data: bytes, name: str) -> None:
    """Raise Unfit, with the reason, where the bytes of a file called `name` cannot be graded."""
    if not data.strip():
        raise Unfit("empty", "It is empty.")
    if suffix_of(name) == ".ipynb":
        _check_notebook(data, name)
    else:
        _check_script(data)


def _check_notebook(data: bytes, name: str) -> None:
    try:
        cells = code_of(json.loads(data.decode("utf-8-sig")), Path(name))
    except WorkspaceError as error:
        raise Unfit("notebook", error.message) from error
    except (ValueError, RecursionError) as error:
        raise Unfit("notebook", f"{name} is not a notebook: it is not valid JSON.") from error
    if not any(cell.strip() for cell in cells):
        raise Unfit("empty", "It is a notebook without code.")


def _check_script(data: bytes) -> None:
    if data.startswith(_OTHER_TEXT):
        raise Unfit("encoding", "It is UTF-16, which Python does not read. Ask for it in UTF-8.")
    if b"\0" in data:
        raise Unfit("binary", "It is a binary file, not Python source.")
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        data.decode(encoding)
    except (SyntaxError, LookupError, ValueError) as error:
        raise Unfit("encoding", "It is not text in UTF-8, nor in an encoding that it names.") from error
