"""Where a subject's requests go: to a walled child, or to a worker in this process (for code that is trusted)."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from chapter10.sandbox.child import Worker
from chapter10.sandbox.engine import Engine
from chapter10.sandbox.link import Child, ChildLost
from chapter10.sandbox.protocol import Payload, ProtocolError, encode
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
class Script:
    """The requests that a suite makes, test by test, as the first submission of a session has shown them.

    A suite mostly asks everybody the same. So the requests of a whole test are sent ahead, and the child works on the next one while
    the grader judges the last. Where a suite then asks something else, what was sent ahead is dropped.
    """

    tests: dict[str, list[Payload]] = field(default_factory=dict)

    AHEAD = 1 << 16  # bytes that may lie in the socket unread

    def ahead(self, test: str) -> list[Payload]:
        """Return the requests of `test` that are worth sending ahead."""
        requests, size = [], 0
        for payload in self.tests.get(test, ()):
            size += len(payload.data)
            if size > self.AHEAD:
                break
            requests.append(payload)
        return requests


@dataclass
class ChildTransport:
    """Runs an untrusted file in a walled child. A child that is lost is replaced at the next test, not within it.

    `budget` bounds the wall-clock seconds of all requests together, so that a file that hangs everywhere costs no more.
    """

    engine: Engine
    source: Source
    script: Script = field(default_factory=Script)
    budget: float = 120.0
    output: list[str] = field(default_factory=list)
    forbidden: list[tuple[str, int]] = field(default_factory=list)
    lost: int = 0
    _child: Child | None = None
    _load_error: dict[str, Any] | None = None
    _test: str = ""
    _asked: list[Payload] = field(default_factory=list)  # of the current test
    _ahead: list[Payload] = field(default_factory=list)  # sent, and not yet claimed by the suite

    DRAIN_SECONDS = 0.5

    @property
    def unusable(self) -> bool:
        """True when the file could not even be loaded."""
        return self._load_error is not None

    def begin_test(self, test: str = "") -> None:
        """Make sure that a live child holds the file, and send ahead what this test will ask."""
        self._drop_ahead()
        if self._child is not None and not self._child.alive:
            self._child = None
        if self._child is None and (self._load_error is None or self._load_error.get("kind") == "lost"):
            self._load()
        self._test, self._asked = test, []  # after the loading: a script holds what the suite asks, and nobody's file
        if self._load_error is None and self._child is not None and self._child.alive:
            try:
                for payload in self.script.ahead(test):
                    self._child.ask(payload, LOAD_SECONDS)
                    self._ahead.append(payload)
            except ChildLost:
                self.lost += 1

    def end_test(self, fine: bool) -> None:
        """Keep what the test asked, when it ran to its end."""
        if fine and self._test:
            self.script.tests.setdefault(self._test, self._asked)
        self._test = ""

    def _drop_ahead(self) -> None:
        """Take back the requests that nobody claimed: read their answers, or give the child up."""
        pending, self._ahead = len(self._ahead), []
        if self._child is None:
            return
        try:
            for _ in range(pending):
                self._child.answer(self.DRAIN_SECONDS)
        except ChildLost:
            pass  # the next test gets a fresh child

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
        started = time.monotonic()
        training = request["op"] == "train"  # keeps its own time, and is nothing to send ahead
        allowed = seconds if training else max(min(seconds, self.budget), 0.05)
        try:
            payload = encode(request)
            if not training:
                self._asked.append(payload)
            if self._ahead and self._ahead[0] == payload:
                self._ahead.pop(0)
            else:
                self._drop_ahead()
                self._child.ask(payload, allowed)
            reply = self._child.answer(allowed)
        except ChildLost as end:
            self.lost += 1
            reply = {"error": {"kind": "lost", "reason": end.reason, "detail": end.detail, "seconds": allowed}}
        except ProtocolError as error:
            reply = {"error": {"kind": "unsendable", "message": str(error)}}
        if not training:
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

    def begin_test(self, test: str = "") -> None:
        """Nothing to make ready: the code lives in this process."""

    def end_test(self, fine: bool) -> None:
        """Nothing to keep."""

    def close(self) -> None:
        """Nothing to end."""

    def perform(self, request: dict[str, Any], seconds: float) -> Reply:
        """Return the reply to `request`; trusted code has no deadline."""
        if "error" in self.load_reply:
            return {"error": self.load_reply["error"]}
        return self._worker.handle(request)
