"""Fetching the full data sets, of which the package carries a part: MNIST as torchvision reads it, aclImdb as it is published.

A download goes into `<name>.part` and goes on where it stopped; a file has its name only once its checksum is right, so
whatever is there is whole. Nothing is unpacked before its checksum is right, and nothing is unpacked outside its folder.
"""

from __future__ import annotations

import gzip
import hashlib
import http.client
import os
import re
import shutil
import tarfile
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path

from chapter10.errors import DataError

# Maas et al., "Learning Word Vectors for Sentiment Analysis", ACL 2011
IMDB_HOME = "https://ai.stanford.edu/~amaas/data/sentiment/"
IMDB_ARCHIVE = "aclImdb_v1.tar.gz"
IMDB_SUM = "7c2ac02c03563afcf9b574c7e56c153a"

ATTEMPTS = 3  # connections for one file; each goes on where the last one broke
TIMEOUT = 30.0  # seconds without a byte
CHUNK = 1 << 16

Progress = Callable[[str, int, int], None]  # file, bytes there, bytes in all (0: not known)


def fetch_mnist(target: Path, origin: str | None, sums: Mapping[str, str] | None, progress: Progress) -> Path:
    """Fetch MNIST into `target`/MNIST/raw, where `torchvision.datasets.MNIST(target)` finds it; return that folder.

    Args:
        target: the folder of all data sets.
        origin: a URL or a folder that holds the four `.gz` files; None means torchvision's own mirrors.
        sums: what the files must hash to (MD5 or SHA-256, by name); None means the published sums that torchvision knows.
        progress: hears of every piece.

    Raises:
        DataError: not reachable, interrupted, or not the right bytes.
    """
    from torchvision.datasets import MNIST

    places = [origin] if origin else list(MNIST.mirrors)
    raw = target / "MNIST" / "raw"
    for name, published in MNIST.resources:
        _get(name, places, raw, _sum_of(name, published, sums), progress)
        unpacked = raw / name.removesuffix(".gz")
        part = unpacked.with_name(unpacked.name + ".part")
        try:
            with gzip.open(raw / name) as packed, part.open("wb") as file:
                shutil.copyfileobj(packed, file)
        except (OSError, EOFError) as error:
            raise DataError(f"{raw / name} cannot be unpacked: {error}.") from error
        part.replace(unpacked)
    try:
        for train in (True, False):
            MNIST(str(target), train=train)
    except (RuntimeError, ValueError, AssertionError, OSError) as error:
        raise DataError(f"torchvision cannot read what lies in {raw}: {error}.") from error
    return raw


def fetch_imdb(target: Path, origin: str | None, sums: Mapping[str, str] | None, progress: Progress) -> Path:
    """Fetch the 50,000 reviews of aclImdb v1.0 into `target`/aclImdb; return that folder.

    Args:
        target: the folder of all data sets.
        origin: a URL or the path of `aclImdb_v1.tar.gz`, or of the folder that it lies in; None means its authors' page.
        sums: what the archive must hash to, by name; None means its published MD5.
        progress: hears of every piece.

    Raises:
        DataError: not reachable, interrupted, not the right bytes, or not that archive.
    """
    if origin and origin.endswith(".gz"):
        if not origin.endswith(IMDB_ARCHIVE):
            raise DataError(f"{origin} is not called {IMDB_ARCHIVE}.", "Give the original archive its own name.")
        origin = origin.removesuffix(IMDB_ARCHIVE) or "."
    archive = _get(IMDB_ARCHIVE, [origin or IMDB_HOME], target, _sum_of(IMDB_ARCHIVE, IMDB_SUM, sums), progress)
    folder, part = target / "aclImdb", target / "aclImdb.part"
    if folder.is_dir():
        return folder
    shutil.rmtree(part, ignore_errors=True)
    try:
        with tarfile.open(archive) as tar:
            tar.extractall(part, filter="data")  # refuses links and paths that lead outside, devices, odd permissions
        if not (part / "aclImdb" / "train" / "pos").is_dir():
            raise DataError(f"{archive} holds no aclImdb/train/pos: it is another archive.")
        (part / "aclImdb").replace(folder)
    except (tarfile.TarError, OSError, EOFError) as error:
        raise DataError(f"{archive} cannot be unpacked: {error}.") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return folder


def read_sums(path: Path) -> dict[str, str]:
    """Read a list of checksums as `sha256sum` and `md5sum` write it. Raises DataError."""
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, ValueError) as error:
        raise DataError(f"The checksums {path} cannot be read: {error}.") from error
    found = {}
    for line in filter(None, lines):
        match = re.fullmatch(r"([0-9a-fA-F]{32}|[0-9a-fA-F]{64}) [ *](.+)", line)
        if match is None:
            raise DataError(f"{path} has a line that is no checksum: {line[:80]!r}.", "Each line reads `checksum  name`.")
        found[match[2]] = match[1].lower()
    return found


def _sum_of(name: str, published: str, sums: Mapping[str, str] | None) -> str:
    if sums is None:
        return published
    if name not in sums:
        raise DataError(f"The checksums do not list {name}.")
    return sums[name]


def _get(name: str, places: list[str], folder: Path, checksum: str, progress: Progress) -> Path:
    """Return the file `name` in `folder`, fetched from the first of `places` that gives it, with the right checksum."""
    path = folder / name
    if path.is_file() and _matches(path, checksum):
        return path
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(f"{folder} cannot be made: {error.strerror}.") from error
    part = folder / f"{name}.part"
    troubles = []
    for place in places:
        try:
            if re.match(r"https?://", place):
                _download(place.rstrip("/") + "/" + name, part, progress)
            else:
                _copy(Path(place) / name, part, progress)
        except DataError as error:
            troubles.append(error)
            continue
        if not _matches(part, checksum):
            part.unlink()  # going on from wrong bytes helps nobody
            troubles.append(DataError(f"{name} from {place} has another checksum than {checksum}; it was thrown away."))
            continue
        part.replace(path)
        return path
    hint = troubles[0].hint or "With the file at hand, say `--from FOLDER`."
    raise DataError(" ".join(error.message for error in troubles), hint)


def _copy(source: Path, part: Path, progress: Progress) -> None:
    try:
        shutil.copyfile(source, part)
    except OSError as error:
        raise DataError(f"{source} cannot be read: {error.strerror}.") from error
    size = part.stat().st_size
    progress(source.name, size, size)


def _download(url: str, part: Path, progress: Progress) -> None:
    """Download `url` into `part`, after the bytes that are there. Raises DataError, with what has arrived kept."""
    trouble = ""
    for _ in range(ATTEMPTS):
        before = part.stat().st_size if part.exists() else 0
        try:
            if _go_on(url, part, progress):
                return
            trouble = "the connection broke"
        except urllib.error.HTTPError as error:
            if error.code == 416 and before:  # there is nothing after these bytes: whole, or of another file
                return
            raise DataError(f"{url} answers {error.code} ({error.reason}).") from error
        except (urllib.error.URLError, http.client.HTTPException, OSError) as error:
            trouble = str(getattr(error, "reason", None) or error) or type(error).__name__
        after = part.stat().st_size if part.exists() else 0
        if after <= before:
            break  # nothing moves: trying at once again would not help
    there = part.stat().st_size if part.exists() else 0
    if there:
        raise DataError(f"{url}: {trouble} after {there:,} bytes.", "The same command again goes on from there.")
    raise DataError(
        f"{url} cannot be reached: {trouble}.", "Without a network, take the file elsewhere and say `--from FOLDER`."
    )


def _go_on(url: str, part: Path, progress: Progress) -> bool:
    """Make one connection; return whether the last byte has come."""
    there = part.stat().st_size if part.exists() else 0
    request = urllib.request.Request(url, headers={"Range": f"bytes={there}-"} if there else {})
    with urllib.request.urlopen(request, timeout=TIMEOUT) as response:
        if response.status != 206:  # the server starts from the beginning, so do we
            there = 0
        size = there + int(response.headers.get("Content-Length") or 0)
        with part.open("ab" if there else "wb") as file:
            while chunk := response.read(CHUNK):
                file.write(chunk)
                there += len(chunk)
                progress(os.path.basename(part.name).removesuffix(".part"), there, size)
    return there >= size


def _matches(path: Path, checksum: str) -> bool:
    found = hashlib.new("md5" if len(checksum) == 32 else "sha256", usedforsecurity=False)
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            found.update(chunk)
    return found.hexdigest() == checksum
