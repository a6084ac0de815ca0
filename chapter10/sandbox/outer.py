"""The outer wall: the command line that starts the zygote, inside bubblewrap where the machine has it.

bubblewrap gives the warm process, and so every child of it: no network, no other processes, no devices, an empty environment, a
private /tmp, and of the file system only Python, its packages and the system's libraries, read-only, with chapter10's own
folders (solutions, graders, fixtures) covered up.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import sys
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]
ENGINE = "/engine"  # where the walled zygote finds its own source
TMP_SIZE = 512 << 20

_BOOT = (
    "import sys, json; sys.path.insert(0, {path!r}); from chapter10.sandbox.zygote import main; sys.path.pop(0); "
    "main({descriptor}, json.loads({settings!r}))"
)
ENVIRONMENT = {
    "LANG": "C.UTF-8",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "TORCH_DEVICE_BACKEND_AUTOLOAD": "0",  # no third-party device plug-ins: they cost time, and are not ours
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONHASHSEED": "0",
    "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",  # torch's memory in huge pages from the start; `pages.py` gathers Python's
}


def system_paths() -> list[str]:
    """Return the folders and files that Python and torch need, most general first, none inside another."""
    spec = importlib.util.find_spec("torch")
    site = str(Path(spec.origin).resolve().parents[1]) if spec and spec.origin else ""
    candidates = [
        *("/usr/lib", "/usr/lib64", "/usr/lib32", "/lib", "/lib64", "/usr/local/lib", "/etc/ld.so.cache", "/etc/localtime"),
        os.path.realpath(sys.base_prefix) if sys.base_prefix != "/usr" else "",
        sys.prefix if sys.prefix != "/usr" else "",
        sys.executable,
        os.path.realpath(sys.executable),
        site,
    ]
    kept: list[str] = []
    for path in candidates:
        if path and os.path.exists(path) and not any(_inside(path, folder) for folder in kept):
            kept.append(path)
    return kept


def readable_paths() -> list[str]:
    """Return what a child may read under Landlock: `system_paths`, without chapter10 and its dist-info.

    A rule covers a whole tree, so a folder with something to hide in it is listed entry by entry.
    """
    hidden = [str(PACKAGE), *_folders_beside(PACKAGE)]
    paths: list[str] = []
    for path in system_paths():
        paths += _without(path, hidden)
    return paths


def _without(path: str, hidden: list[str]) -> list[str]:
    if path in hidden:
        return []
    if not any(_inside(secret, path) for secret in hidden):
        return [path]
    found: list[str] = []
    for entry in sorted(os.listdir(path)):
        found += _without(os.path.join(path, entry), hidden)
    return found


def _folders_beside(package: Path) -> list[str]:
    """In a checkout, the folders of the course lie beside the engine."""
    names = ("exercises", "solutions", "graders", "fixtures", "cli", "tests")
    beside = [package.parent / name for name in names]
    return [str(path) for path in beside if path.is_dir()] if (package.parent / "pyproject.toml").exists() else []


def _inside(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def command(descriptor: int, bubblewrap: bool, namespaces: bool) -> list[str]:
    """Return the command that starts the zygote on the socket `descriptor`."""
    settings: dict[str, object] = {"outer": bubblewrap, "namespaces": namespaces}
    if not bubblewrap:
        settings["readable"] = readable_paths()
        return _python(str(PACKAGE.parent), descriptor, settings)
    paths = system_paths()
    settings["readable"] = [*paths, ENGINE]
    arguments = [
        find_bubblewrap() or "bwrap",
        *("--unshare-user", "--unshare-all", "--die-with-parent", "--new-session", "--clearenv"),
        *("--cap-drop", "ALL", "--cap-add", "CAP_SYS_ADMIN"),  # to give each child a PID namespace; dropped in the child
    ]
    for name, value in ENVIRONMENT.items():
        arguments += ["--setenv", name, value]
    arguments += ["--proc", "/proc", "--dev", "/dev", "--size", str(TMP_SIZE), "--tmpfs", "/tmp", "--chdir", "/tmp"]
    for path in paths:
        if os.path.islink(path) and _inside(os.path.realpath(path), "/usr"):
            arguments += ["--symlink", os.readlink(path), path]
        else:
            arguments += ["--ro-bind", path, path]
    hidden = [str(PACKAGE), *_folders_beside(PACKAGE)]
    for path in hidden:
        if any(_inside(path, folder) for folder in paths):
            arguments += ["--tmpfs", path]
    for part in ("__init__.py", "sandbox"):
        arguments += ["--ro-bind", str(PACKAGE / part), f"{ENGINE}/chapter10/{part}"]
    arguments += ["--remount-ro", "/"]
    return arguments + _python(ENGINE, descriptor, settings)


def _python(path: str, descriptor: int, settings: dict[str, object]) -> list[str]:
    boot = _BOOT.format(path=path, descriptor=descriptor, settings=json.dumps(settings))
    return [sys.executable, "-s", "-P", "-X", "utf8", "-c", boot]  # not -I: the environment is ours, and meant to be read


def find_bubblewrap() -> str | None:
    """Return the path of bubblewrap, None where it is not installed."""
    return shutil.which("bwrap")
