"""The tape: what a suite drew and what the reference answered, test by test.

With solutions installed it is filled as the first submission of a session is graded, from a fresh seed, and played back
for the others: all of a class meet the same inputs, and the reference runs once. Without solutions it is read from
`fixtures/recordings/`. The suite can't tell the difference, and there is one code path for both.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from chapter10.errors import RecordingError
from chapter10.files import write_whole
from chapter10.sandbox import protocol
from chapter10.sandbox.proxy import Transport

Reply = dict[str, Any]

MAX_RECORDING = 64 << 20  # bytes, unpacked


@dataclass
class Track:
    """One test's draws and replies, in the order in which the suite asked for them."""

    draws: list[torch.Tensor] = field(default_factory=list)
    replies: list[Reply] = field(default_factory=list)

    def player(self, live: Transport | None) -> Player:
        """Return what plays this track from its beginning."""
        return Player(self, live)


class Player:
    """Stands in for the reference's transport, and keeps or replaces what is drawn."""

    def __init__(self, track: Track, live: Transport | None) -> None:
        self._track = track
        self._live = live
        self._draw = 0
        self._reply = 0

    def keep(self, make: Callable[[], torch.Tensor]) -> torch.Tensor:
        """Return the recorded draw; where there is none yet, make one and note it."""
        draws, at = self._track.draws, self._draw
        self._draw += 1
        if at == len(draws):
            if self._live is None:
                raise _stale()
            draws.append(make())
        return draws[at].clone()

    def perform(self, request: dict[str, Any], seconds: float) -> Reply:
        """Return the recorded reply, or the live one."""
        replies, at = self._track.replies, self._reply
        self._reply += 1
        if at < len(replies):
            if replies[at]["asked"] != _shape_of(request):
                raise _stale()
            return replies[at]["reply"]
        if self._live is None:
            raise _stale()
        reply = self._live.perform(_detached(request), seconds)
        kept = _detached({name: value for name, value in reply.items() if name not in ("seconds", "output")})
        replies.append({"asked": _shape_of(request), "reply": kept})
        return kept


def _detached(value: Any) -> Any:
    """Return a copy in which every tensor is a clone: the reference never sees a buffer that anybody else holds."""
    if isinstance(value, torch.Tensor):
        return value.detach().clone()
    if isinstance(value, (list, tuple)):
        return type(value)(_detached(item) for item in value)
    if isinstance(value, dict):
        return {key: _detached(item) for key, item in value.items()}
    return value


def _shape_of(request: dict[str, Any]) -> str:
    """Return what must agree for a recorded reply to belong to a request: the operation and the form of its arguments."""
    return _form({name: value for name, value in request.items() if name not in ("seed", "state")})[:400]


def _form(value: Any) -> str:
    kind = type(value)
    if kind is torch.Tensor:
        return f"{protocol.DTYPE_NAMES[value.dtype]}{tuple(value.shape)}"
    if kind is list or kind is tuple:
        return "[" + ",".join([_form(item) for item in value]) + "]"
    if kind is dict:
        return "{" + ",".join([f"{key}:{_form(value[key])}" for key in sorted(value)]) + "}"
    return f"ref{value.number}" if kind is protocol.Ref else repr(value)


def _stale() -> RecordingError:
    return RecordingError(
        "The recording does not belong to this suite.", "With solutions installed, `chapter10 record` writes it anew."
    )


@dataclass
class Tape:
    """All tracks of one suite under one seed, and the probes' observations of the reference and of every misconception."""

    seed: int
    suite: str = ""
    tracks: dict[str, Track] = field(default_factory=dict)
    probes: dict[str, Any] = field(default_factory=dict)  # {probe: {"draws", "right", "wrong": {misconception: …}}}
    bank: dict[str, Any] = field(default_factory=dict)  # {misconception: {"sentence", "advice", "fails"}}

    def track(self, test: str) -> Track:
        """Return the track of `test`, an empty one when there is none yet."""
        return self.tracks.setdefault(test, Track())

    def save(self, path: Path) -> None:
        """Write the recording, whole or not at all."""
        document = {
            "version": 1,
            "seed": self.seed,
            "suite": self.suite,
            "tracks": {name: {"draws": track.draws, "replies": track.replies} for name, track in self.tracks.items()},
            "probes": self.probes,
            "bank": self.bank,
        }
        data = zlib.compress(protocol.encode(document).frame(), 9)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, data)

    @classmethod
    def load(cls, path: Path) -> Tape:
        """Read a recording. Raises RecordingError when it is missing or broken."""
        try:
            data = zlib.decompressobj().decompress(path.read_bytes(), MAX_RECORDING)
            if len(data) < protocol.PREFIX.size:
                raise protocol.ProtocolError("it is cut off")
            _, header_size, _ = protocol.parse_prefix(data[: protocol.PREFIX.size])
            start = protocol.PREFIX.size
            header, body = data[start : start + header_size], bytearray(data[start + header_size :])
            document = protocol.decode(header, body)
        except FileNotFoundError:
            raise RecordingError(
                f"There is no recording of {path.stem}, and its solution is not installed.", "Reinstall chapter10."
            ) from None
        except (OSError, zlib.error, protocol.ProtocolError) as error:
            raise RecordingError(f"The recording {path} cannot be read: {error}.", "Reinstall chapter10.") from error
        tracks = {name: Track(entry["draws"], entry["replies"]) for name, entry in document["tracks"].items()}
        return cls(document["seed"], document["suite"], tracks, document["probes"], document["bank"])


def digest(data: bytes) -> str:
    """Return the hash by which suites and submissions are known."""
    return hashlib.sha256(data).hexdigest()
