"""Helpers of the intake's tests."""

import io
import re
import zipfile
from pathlib import Path

GOOD = b"def attention(query, key, value):\n    return value\n"


def zip_of(members):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return buffer.getvalue()


def kinds(intake):
    """Return what was refused, by where it was found."""
    return {re.split("[!/]", refused.origin, maxsplit=1)[1]: refused.kind for refused in intake.refused}


def found(intake):
    """Return who has which file for which exercise."""
    return {(found.person.key, found.exercise): Path(found.origin).name for found in intake.found}
