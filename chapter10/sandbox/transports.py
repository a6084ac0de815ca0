"""Where a subject's requests go: to a walled child, or to a worker in this process (for code that is trusted)."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from chapter10.sandbox.child import Worker
from chapter10.sandbox.engine import Child, ChildLost, Engine
from chapter10.sandbox.protocol import ProtocolError
from chapter10.sandbox.replies import well_formed

Reply = dict[str, Any]

LOAD_SECONDS = 20.0


@dataclass(frozen=True)
class Source:
    """A learner's file: what is sent to the child, with the policy that applies to it."""

    name: str  # the exercise's id, which is also the module's name
    filename: str
    text: str
    forbidden_names: tuple[str, ...] = ()
    forbidden_operators: tuple[str, ...] = ()

    def request(self) -> dict[str, Any]:
        """Return the request that loads it."""
        return {
            "op": "load",
            "name": self.name,
            "filename": self.filename,
            "source": self.text,
            "forbidden_names": list(self.forbidden_names),
            "forbidden_operators": list(self.forbidden_operators),
        }


@dataclass
class ChildTransport:
    """Runs an untrusted file in a walled child. A child that is lost is replaced at the next test, not within it.

    `budget` bounds the wall-clock seconds of all requests together, so that a file that hangs everywhere costs no more.
    """

    engine: Engine
    source: Source
    budget: float = 120.0
    output: list[str] = field(default_factory=list)
    forbidden: list[tuple[str, int]] = field(default_factory=list)
    lost: int = 0
    _child: Child | None = None
    _load_error: dict[str, Any] | None = None

    @property
    def unusable(self) -> bool:
        """True when the file could not even be loaded."""
        return self._load_error is not None

    def begin_test(self) -> None:
        """Make sure that a live child holds the file."""
        if self._child is not None and not self._child.alive:
            self._child = None
        if self._child is None and (self._load_error is None or self._load_error.get("kind") == "lost"):
            self._load()

    def _load(self) -> None:
        self._child = self.engine.child()
        reply = self._exchange(self.source.request(), LOAD_SECONDS)
        self._load_error = reply.get("error")
        if self._load_error is not None:
            self._load_error["during"] = "import"

    def perform(self, request: dict[str, Any], seconds: float) -> Reply:
        """Return the child's reply; a child that is lost gives an error reply of kind `lost`."""
        if self._child is None:
            self.begin_test()
        if self._load_error is not None:
            return {"error": self._load_error}
        return self._exchange(request, seconds)

    def _exchange(self, request: dict[str, Any], seconds: float) -> Reply:
        if not self._child.alive:
            return {"error": {"kind": "lost", "reason": "before", "detail": ""}}
        started = time.monotonic()
        allowed = min(seconds, self.budget)
        try:
            reply = self._child.request(request, max(allowed, 0.05))
        except ChildLost as end:
            self.lost += 1
            reply = {"error": {"kind": "lost", "reason": end.reason, "detail": end.detail, "seconds": allowed}}
        except ProtocolError as error:
            reply = {"error": {"kind": "unsendable", "message": str(error)}}
        self.budget -= time.monotonic() - started
        return self._checked(request, reply)

    def _checked(self, request: dict[str, Any], reply: Reply) -> Reply:
        """Note prints and forbidden calls; refuse a reply whose fields are not what the request asked for."""
        output = reply.get("output")
        if isinstance(output, str) and output:
            self.output.append(output)
        hits = reply.get("forbidden")
        if isinstance(hits, list) and hits:
            self.forbidden += [
                (hit[0][:200], hit[1])
                for hit in hits[:100]
                if isinstance(hit, list) and len(hit) == 2 and isinstance(hit[0], str) and isinstance(hit[1], int)
            ]
        if "error" in reply:
            if not isinstance(reply["error"], dict):
                reply["error"] = {"kind": "lost", "reason": "protocol", "detail": "a malformed error"}
        elif not well_formed(request, reply):
            self._child.close()
            return {"error": {"kind": "lost", "reason": "protocol", "detail": "a malformed reply"}}
        return reply

    def close(self) -> None:
        """End the child."""
        if self._child is not None:
            self._child.close()
            self._child = None


class LocalTransport:
    """Runs a trusted file in this process: the reference, and the misconceptions when recordings are made."""

    def __init__(self, source: Source, double: bool) -> None:
        self._worker = Worker(double=double)
        self.load_reply = self._worker.handle(source.request())
        self.output: list[str] = []
        self.forbidden: list[tuple[str, int]] = []
        self.lost = 0

    @property
    def unusable(self) -> bool:
        """True when the file could not even be loaded."""
        return "error" in self.load_reply

    def begin_test(self) -> None:
        """Nothing to make ready: the code lives in this process."""

    def close(self) -> None:
        """Nothing to end."""

    def perform(self, request: dict[str, Any], seconds: float) -> Reply:
        """Return the reply to `request`; trusted code has no deadline."""
        if "error" in self.load_reply:
            return {"error": self.load_reply["error"]}
        return self._worker.handle(request)
