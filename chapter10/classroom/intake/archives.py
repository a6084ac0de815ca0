"""Zips, read in memory and within bounds: what is in one is a claim until it has been checked."""

from __future__ import annotations

import functools
import io
import re
import struct
import time
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from chapter10.classroom.intake.sources import (
    ANSWERS,
    Entry,
    Scan,
    Unfit,
    is_junk,
    limit_of,
    readable,
    special,
    suffix_of,
    too_large,
)
from chapter10.learner.submission import MANIFEST

MAX_MEMBERS = 200_000  # of the class's zip
MAX_NESTED_MEMBERS = 5_000  # of a student's zip
MAX_NESTED_BYTES = 512 << 20  # unpacked, all of a student's zip
MAX_NAME = 255  # characters, as in a file system; what reads names may take its time over long ones
MAX_RATIO = 200  # unpacked over packed, where more than a megabyte comes out; Python source is below 20
_BROKEN = (zipfile.BadZipFile, NotImplementedError, RuntimeError, zlib.error, EOFError, OSError, struct.error, ValueError)
_OTHER_ARCHIVES = (".rar", ".7z", ".tar", ".tgz", ".gz", ".bz2", ".xz")
_MEMBER = b"PK\1\2"  # begins each entry of a zip's table of contents
_DRIVE = re.compile(r"^[A-Za-z]:")


def scan_archive(scan: Scan, archive: zipfile.ZipFile, origin: str) -> None:
    """Add what the class's zip holds to `scan`. The archive must stay open until the entries have been read."""
    for parts, info in _members(scan, archive, (), origin):
        content = functools.partial(_content, scan, archive, info)
        unpack(scan, Entry(parts, f"{origin}!{'/'.join(parts)}", _moment(info), content))


def unpack(scan: Scan, entry: Entry) -> None:
    """Add a file to `scan`, or, where it is a zip, what that holds: a student's zip is read at once, and its bytes dropped."""
    suffix = suffix_of(entry.parts[-1])
    if suffix in _OTHER_ARCHIVES:
        scan.refuse(entry.parts, entry.origin, "archive", f"It is packed as {suffix}; only zips are read.")
        return
    if suffix != ".zip":
        scan.entries.append(entry)
        return
    parts = (*entry.parts[:-1], entry.parts[-1][: -len(suffix)])
    try:
        with opened(entry.read(), MAX_NESTED_MEMBERS) as archive:
            if sum(info.file_size for info in archive.infolist()) > MAX_NESTED_BYTES:
                raise Unfit("bomb", f"It would unpack to more than {MAX_NESTED_BYTES >> 20} MB.")
            scan.folders[parts] = entry.origin
            for below, info in _members(scan, archive, parts, entry.origin):
                _take_out(scan, archive, below, info, f"{entry.origin}!{'/'.join(below[len(parts) :])}")
    except Unfit as unfit:
        scan.refuse(parts, entry.origin, unfit.kind, unfit.reason)


def _take_out(scan: Scan, archive: zipfile.ZipFile, parts: tuple[str, ...], info: zipfile.ZipInfo, origin: str) -> None:
    name = parts[-1]
    if suffix_of(name) in (".zip", *_OTHER_ARCHIVES):
        scan.refuse(parts, origin, "nested", "It is an archive inside an archive. Ask for the files themselves.")
        return
    data = b""
    if suffix_of(name) in ANSWERS or name == MANIFEST:
        try:
            data = _content(scan, archive, info)
        except Unfit as unfit:
            scan.refuse(parts, origin, unfit.kind, unfit.reason)
            return
    scan.entries.append(Entry(parts, origin, _moment(info), lambda: data))


def opened(source: Path | bytes, most: int = MAX_MEMBERS) -> zipfile.ZipFile:
    """Open a zip. Raises Unfit where it is none, is broken, or has too many entries to look at."""
    try:
        with io.BytesIO(source) if isinstance(source, bytes) else source.open("rb") as file:
            if _count(file) > most:
                raise Unfit("bomb", f"It has more than {most:,} entries.")
        return zipfile.ZipFile(io.BytesIO(source) if isinstance(source, bytes) else source)
    except _BROKEN as error:
        raise Unfit("broken", "It is not a zip, or a broken one.") from error


def _count(file: io.IOBase) -> int:
    """Return how many entries a zip has at the most, without making an object of each."""
    found, before = 0, b""
    while block := file.read(1 << 20):
        found += (before + block).count(_MEMBER)
        before = block[-3:]
    return found


def _members(
    scan: Scan, archive: zipfile.ZipFile, root: tuple[str, ...], origin: str
) -> Iterator[tuple[tuple[str, ...], zipfile.ZipInfo]]:
    """Yield the files that can be looked at, by name; the others are refused."""
    refused_folders: set[tuple[str, ...]] = set()
    for info in sorted(archive.infolist(), key=lambda info: info.orig_filename):
        name = _name(info)
        parts = tuple(readable(part) for part in PurePosixPath(name).parts)
        below = root + parts
        where = f"{origin}!{readable(name)}"
        is_folder = name.endswith("/")
        if ".git" in parts:
            scan.clones.setdefault(root + parts[: parts.index(".git")], None)
        if any(is_junk(part) for part in parts if part != ".."):
            continue
        folder = next((at for at in range(1, len(parts) + is_folder) if parts[at - 1].lower().endswith(ANSWERS)), 0)
        trouble = _trouble(info, name)
        if trouble:
            scan.refuse(root if trouble.kind == "slip" else below, where, trouble.kind, trouble.reason)
        elif folder:
            if parts[:folder] not in refused_folders:
                refused_folders.add(parts[:folder])
                scan.refuse(below, f"{origin}!{'/'.join(parts[:folder])}", "folder", "It is a folder with the name of a file.")
        elif is_folder:
            scan.folders[below] = where.rstrip("/")
        else:
            for at in range(len(parts)):
                scan.folders.setdefault(root + parts[:at], f"{origin}!{'/'.join(parts[:at])}")
            yield below, info


def _name(info: zipfile.ZipInfo) -> str:
    """Return a member's name. Finder writes UTF-8 without saying so, and Python then reads it as an old DOS name."""
    if info.flag_bits & 0x800:
        return info.orig_filename
    try:
        return info.orig_filename.encode("cp437").decode("utf-8")
    except (UnicodeEncodeError, UnicodeDecodeError):
        return info.orig_filename


def _trouble(info: zipfile.ZipInfo, name: str) -> Unfit | None:
    """Return why a member is not even looked at."""
    if not name.strip("/."):
        return Unfit("slip", "It has no name.")
    if name.startswith("/") or "\\" in name or "\0" in name or _DRIVE.match(name) or ".." in name.split("/"):
        return Unfit("slip", "Its name would lead out of the archive (`..`, a root, a drive or a backslash).")
    if any(len(part) > MAX_NAME for part in name.split("/")):
        return Unfit("slip", f"A name in its path has more than {MAX_NAME} characters, which no file may have.")
    trouble = special(info.external_attr >> 16) if info.external_attr >> 28 else None  # no mode: made on Windows
    if trouble:
        return trouble
    if info.flag_bits & 1:
        return Unfit("encrypted", "It is encrypted. Ask for it without a password.")
    if info.file_size > 1 << 20 and info.file_size > MAX_RATIO * max(info.compress_size, 1):
        return Unfit("bomb", f"{info.compress_size:,} bytes would unpack to {info.file_size:,}.")
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return Unfit("archive", "It is packed by an unusual method. Ask for an ordinary zip.")
    return None


def _content(scan: Scan, archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    """Unpack a member. Raises Unfit; never yields more bytes than the name's kind of file may have."""
    most = limit_of(info.filename)
    if info.file_size > most:
        raise too_large(info.filename)
    try:
        with archive.open(info) as file:
            data = file.read(most + 1)
    except _BROKEN as error:
        raise Unfit("broken", "It cannot be unpacked: the zip is damaged there.") from error
    if len(data) > most:
        raise too_large(info.filename)
    return scan.take(data)


def _moment(info: zipfile.ZipInfo) -> float:
    """Return a member's time, in no particular zone: only good for telling which of two is the later."""
    try:
        return time.mktime((*info.date_time, 0, 0, -1))
    except (ValueError, OverflowError):
        return 0.0
