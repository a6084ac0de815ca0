"""The data that come with the package: a subset of MNIST, and short film reviews. `fixtures/README.md` says where they are
from."""

from __future__ import annotations

import gzip
import hashlib
import struct
import zlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import torch

from chapter10.course import folder
from chapter10.errors import DataError

Tensor = torch.Tensor

PADDING = 0  # the token id that fills a review up
VOCABULARY_SIZE = 5000  # ids of padding, unknown words and known ones
FIRST_WORD = 2  # 0 is padding, 1 any word that is not in the vocabulary

_TYPES = {0x08: (torch.uint8, 1), 0x09: (torch.int8, 1), 0x0B: (torch.int16, 2), 0x0C: (torch.int32, 4)}
_REINSTALL = "Reinstall chapter10."


@dataclass(frozen=True)
class Split:
    """Examples and their classes: `inputs` (n, …), `labels` (n,) int64."""

    inputs: Tensor
    labels: Tensor


@dataclass(frozen=True)
class DataSet:
    """A training and a test part that share no example."""

    train: Split
    test: Split


@cache
def mnist(root: Path | None = None) -> DataSet:
    """Return 4,000 training and 1,000 test digits, (n, 28, 28) uint8. Raises DataError."""
    return _load("mnist/{}-images-idx3-ubyte.gz", "mnist/{}-labels-idx1-ubyte.gz", ("train", "t10k"), root)


@cache
def reviews(root: Path | None = None) -> DataSet:
    """Return 1,700 training and 1,700 test reviews, (n, 80) int16 token ids; label 1 is a positive one. Raises DataError."""
    return _load("reviews/{}-tokens-idx2-short.gz", "reviews/{}-labels-idx1-ubyte.gz", ("train", "test"), root)


@cache
def vocabulary(root: Path | None = None) -> tuple[str, ...]:
    """Return the words of the reviews: the id of word i is `FIRST_WORD + i`. Raises DataError."""
    return tuple(read("reviews/vocabulary.txt", root).decode("ascii").split())


def _load(inputs: str, labels: str, splits: tuple[str, str], root: Path | None) -> DataSet:
    parts = []
    for split in splits:
        both = [decode(read(name.format(split), root), name.format(split)) for name in (inputs, labels)]
        if len(both[0]) != len(both[1]):
            raise DataError(f"{inputs.format(split)} and its labels differ in length.", _REINSTALL)
        parts.append(Split(both[0], both[1].long()))
    return DataSet(*parts)


def read(name: str, root: Path | None = None) -> bytes:
    """Return the bytes of a data file below `fixtures/`, checked against SHA256SUMS. Raises DataError."""
    root = root or folder("fixtures")
    wanted = _checksums(root).get(name)
    if wanted is None:
        raise DataError(f"{root / 'SHA256SUMS'} does not list {name}.", _REINSTALL)
    try:
        data = (root / name).read_bytes()
    except OSError as error:
        raise DataError(f"The data file {root / name} cannot be read: {error.strerror}.", _REINSTALL) from error
    if hashlib.sha256(data).hexdigest() != wanted:
        raise DataError(f"The data file {root / name} is not what it should be: its checksum differs.", _REINSTALL)
    return data


@cache
def _checksums(root: Path) -> dict[str, str]:
    path = root / "SHA256SUMS"
    try:
        lines = path.read_text(encoding="ascii").splitlines()
    except (OSError, ValueError) as error:
        raise DataError(f"The list of checksums {path} cannot be read: {error}.", _REINSTALL) from error
    return {name: digest for digest, _, name in (line.partition("  ") for line in lines)}


def decode(data: bytes, name: str) -> Tensor:
    """Decode an idx file (http://yann.lecun.com/exdb/mnist/), packed with gzip or not.

    Raises:
        DataError: it is none; `name` is how the message calls it.
    """
    try:
        if data[:2] == b"\x1f\x8b":
            data = gzip.decompress(data)
        zeros, kind, dimensions = struct.unpack_from(">HBB", data)
        dtype, width = _TYPES[kind]
        sizes = struct.unpack_from(f">{dimensions}I", data, 4)
    except (OSError, EOFError, zlib.error, struct.error, KeyError) as error:
        raise DataError(f"The data file {name} is no idx file.", _REINSTALL) from error
    raw = bytearray(data[4 + 4 * dimensions :])
    if zeros or len(raw) != width * torch.Size(sizes).numel():
        raise DataError(f"The data file {name} is no idx file: its length does not fit its header.", _REINSTALL)
    flat = torch.frombuffer(raw, dtype=torch.uint8) if raw else torch.empty(0, dtype=torch.uint8)
    if width > 1:  # big-endian in the file
        flat = flat.view(-1, width).flip(1).contiguous().flatten()
    return flat.view(dtype).view(sizes)
