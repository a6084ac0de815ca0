"""The zip that Gradescope makes an autograder of.

https://gradescope-autograders.readthedocs.io/en/latest/specs/: `setup.sh` installs what is needed, once; `run_autograder`
grades each submission. Both lie at the top of the zip. AUTOGRADER_ROOT and CHAPTER10_PYTHON let them run elsewhere.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

from chapter10.classroom.exports.files import put
from chapter10.errors import ExportError
from chapter10.files import zipped

_SETUP = """\
#!/usr/bin/env bash
# Installs chapter10 and the system's part of its walls; run once, as root, when Gradescope builds the image.
set -euo pipefail
root="${{AUTOGRADER_ROOT:-/autograder}}"
source="$root/source"

apt-get update -qq
apt-get install -y -qq bubblewrap libseccomp2
python=python3
if ! python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    python=python3.11
fi
apt-get install -y -qq "$python" "$python-venv"
"$python" -m venv "$root/venv"
"$root/venv/bin/pip" install --quiet --disable-pip-version-check {package}
"""
_RUN = """\
#!/bin/sh
# Grades $root/submission, and writes $root/results/results.json.
root="${{AUTOGRADER_ROOT:-/autograder}}"
exec "${{CHAPTER10_PYTHON:-$root/venv/bin/python}}" -m chapter10.classroom.exports.on_gradescope "$root" {exercises}
"""


def write(target: Path, exercises: Sequence[str], package: str) -> None:
    """Write the autograder zip.

    Args:
        target: the file.
        exercises: which ones are graded.
        package: what pip installs; a wheel or an sdist that lies here goes into the zip.

    Raises:
        ExportError: `package` is a file that is no wheel and no sdist, or `target` cannot be written.
    """
    files: dict[str, tuple[bytes, int]] = {}
    installed = shlex.quote(package)
    local = Path(package)
    if local.is_file():
        if not local.name.endswith((".whl", ".tar.gz")):
            raise ExportError(f"{package} is not a wheel and no sdist.", "`pip wheel --no-deps .` in a checkout makes a wheel.")
        files[local.name] = (local.read_bytes(), 0o644)
        installed = f'"$source"/{shlex.quote(local.name)}'
    files["setup.sh"] = (_SETUP.format(package=installed).encode(), 0o755)
    files["run_autograder"] = (_RUN.format(exercises=shlex.join(exercises)).encode(), 0o755)
    put(target, zipped(files))
