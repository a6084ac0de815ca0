"""Where a subject's requests go: to a walled child, or to a worker in this process (for code that is trusted)."""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor
from torch.utils._pytree import tree_map_only

from chapter10.sandbox.child import Worker
from chapter10.sandbox.engine import Engine
from chapter10.sandbox.guard import spelled_out
from chapter10.sandbox.limits import Deadlines
from chapter10.sandbox.link import ChildLost
from chapter10.sandbox.protocol import Payload, ProtocolError, encode
from chapter10.sandbox.replies import error_of, well_formed

Reply = dict[str, Any]


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
            "forbidden_names": list(spelled_out(self.forbidden_names)),
            "forbidden_operators": list(self.forbidden_operators),
        }


@dataclass
class Script:
    """The requests that a suite makes, test by test, as the first submission of a session has shown them.

    A suite mostly asks everybody the same. So the requests of a whole test are sent ahead, and the child works on the
    next one while the grader judges the last. Where a suite then asks something else, what was sent ahead is undone.
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


class CalledOff(Exception):
    """The verdict is no longer wanted. Raised inside tests, so that pytest winds each of them up in order."""


@dataclass
class ChildTransport:
    """Runs an untrusted file in a walled child. A child that is lost is replaced at the next test, not within it."""

    engine: Engine
    source: Source
    script: Script = field(default_factory=Script)
    deadlines: Deadlines = field(default_factory=Deadlines)
    output: list[str] = field(default_factory=list)
    forbidden: list[tuple[str, int]] = field(default_factory=list)
    lost: int = 0
    called_off: bool = False
    budget: float = 0.0  # seconds left
    quota: int = 512 << 20  # bytes of answers left: a grader keeps what it has been told while a test runs
    output_room: int = 200_000  # characters of prints that are still kept
    _child: Any = None  # Child, once there is one
    _load_error: dict[str, Any] | None = None
    _test: str = ""
    _asked: list[Payload] = field(default_factory=list)  # of the current test
    _ahead: list[Payload] = field(default_factory=list)  # sent, and not yet claimed by the suite
    _afresh: bool = False  # what has been made so far is no longer needed
    _part: int = 0  # where in `_asked` that was so last
    _astray: bool = False  # the suite has asked this file something else than the others

    DRAIN_SECONDS = 0.5
    MOST_HITS = 1000

    def __post_init__(self) -> None:
        self.budget = self.deadlines.total

    @property
    def unusable(self) -> bool:
        """True when the file could not even be loaded."""
        return self._load_error is not None

    def call_off(self) -> None:
        """Give the grading up, from any thread: end the child, and raise CalledOff from every request under way or to come."""
        self.called_off = True
        child = self._child
        if child is not None:
            child.kill()

    def _go_on(self) -> None:
        if self.called_off:
            raise CalledOff

    def begin_test(self, test: str = "") -> None:
        """Make sure that a live child holds the file, and send ahead what this test will ask. Raises CalledOff."""
        self._go_on()
        started = time.monotonic()
        with contextlib.suppress(ChildLost):  # then this test gets a fresh one
            self._drop_ahead(self.DRAIN_SECONDS)
        self.budget -= time.monotonic() - started
        if self._child is not None and not self._child.alive:
            self._child = None
        if self._child is None and (self._load_error is None or self._load_error.get("kind") == "lost"):
            self._load()
        self.begin_part()
        self._test, self._asked = test, []  # after the loading: a script holds what the suite asks, and nobody's file
        if self._load_error is None and self._child is not None and self._child.alive:
            started = time.monotonic()
            try:
                ahead = [] if self._astray else self.script.ahead(test)
                self._child.ask(ahead, self._allowed(self.deadlines.call))
                self._ahead += ahead
            except ChildLost:
                self.lost += 1
            self.budget -= time.monotonic() - started
        self._go_on()

    def begin_part(self) -> None:
        """Let the child forget the models it has made. So each part of a test asks everybody the same, whatever came before."""
        self._afresh = True

    def end_test(self, fine: bool) -> None:
        """Keep what the test asked, when it ran to its end."""
        if fine and self._test and len(self._asked) > len(self.script.tests.get(self._test, ())):
            self.script.tests[self._test] = self._asked
        self._test = ""

    def _drop_ahead(self, seconds: float, count: int | None = None) -> None:
        """Take back the (first `count`) requests that nobody claimed: read their answers.

        Raises ChildLost when that takes more than `seconds`.
        """
        count = len(self._ahead) if count is None else count
        del self._ahead[:count]
        self._pass_over(count, time.monotonic() + seconds)

    def _pass_over(self, count: int, deadline: float) -> None:
        for _ in range(count):
            self._child.answer(max(deadline - time.monotonic(), 0.0))

    def _claim(self, payload: Payload, first: bool, seconds: float) -> bool:
        """Say whether a request was sent ahead. `first` ones begin a part: those before them were for one that ended early."""
        if payload not in (self._ahead if first else self._ahead[:1]):
            return False
        self._drop_ahead(seconds, self._ahead.index(payload))
        self._ahead.pop(0)
        return True

    def _undo_ahead(self, again: list[Payload], seconds: float) -> None:
        """Drop what was sent ahead; make anew what it may have changed, by asking `again` what this part has asked so far.

        Raises ChildLost when that takes more than `seconds`.
        """
        self._astray = True  # names of its own, say: the next test would lead elsewhere as well
        deadline = time.monotonic() + seconds
        self._drop_ahead(seconds)
        self._child.ask(again, max(deadline - time.monotonic(), 0.0))
        self._pass_over(len(again), deadline)

    def _load(self) -> None:
        self._child = self.engine.child()
        reply = self._exchange(self.source.request(), self.deadlines.load)
        self._load_error = reply.get("error")
        if self._load_error is not None:
            self._load_error["during"] = "import"

    def perform(self, request: dict[str, Any], seconds: float) -> Reply:
        """Return the child's reply; a child that is lost gives an error reply of kind `lost`. Raises CalledOff."""
        self._go_on()
        if self._child is None:
            self.begin_test()
        if self._load_error is not None:
            return {"error": self._load_error}
        reply = self._exchange(request, seconds if request["op"] == "train" else min(seconds, self.deadlines.call))
        self._go_on()
        return reply

    def _allowed(self, seconds: float) -> float:
        return max(min(seconds, self.budget), 0.05)

    def _exchange(self, request: dict[str, Any], seconds: float) -> Reply:
        first = self._afresh and request["op"] != "load"
        if first:
            request, self._afresh, self._part = request | {"afresh": True}, False, len(self._asked)
        started = time.monotonic()
        training = request["op"] == "train"  # keeps its own time, and is nothing to send ahead
        allowed = seconds if training else self._allowed(seconds)
        try:
            payload = encode(request)
            if not self._claim(payload, first, allowed):
                if self._ahead:  # whatever it takes, within this call's time: the test's models live in this child
                    self._undo_ahead(self._asked[self._part :], allowed)
                self._child.ask([payload], allowed)
            if not training:
                self._asked.append(payload)
            before = self._child.taken
            reply = self._child.answer(allowed)
            self.quota -= self._child.taken - before
        except ChildLost as end:
            self.lost += 1
            return {"error": {"kind": "lost", "reason": end.reason, "detail": end.detail, "seconds": allowed}}
        except ProtocolError as error:
            return {"error": {"kind": "unsendable", "message": str(error)}}
        finally:
            if not training:
                self.budget -= time.monotonic() - started
        return self._checked(request, reply)

    def _checked(self, request: dict[str, Any], reply: Reply) -> Reply:
        """Note prints and forbidden calls; refuse a reply whose fields are not what the request asked for."""
        output = reply.get("output")
        if isinstance(output, str) and output and self.output_room > 0:
            self.output.append(output[: self.output_room])
            self.output_room -= len(output)
        hits = reply.get("forbidden")
        if isinstance(hits, list):
            self.forbidden += [
                (hit[0][:200], hit[1])
                for hit in hits[: max(self.MOST_HITS - len(self.forbidden), 1)]
                if isinstance(hit, list) and len(hit) == 2 and isinstance(hit[0], str) and type(hit[1]) is int
            ]
        if self.quota < 0:
            return self._refuse("more data than any answer needs")
        if "error" in reply:
            error = error_of(reply["error"])
            return {"error": error} if error is not None else self._refuse("a malformed error")
        return reply if well_formed(request, reply) else self._refuse("a malformed reply")

    def _refuse(self, detail: str) -> Reply:
        self.lost += 1
        self._child.close()
        return {"error": {"kind": "lost", "reason": "protocol", "detail": detail}}

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

    def begin_part(self) -> None:
        """Nothing to forget: what the reference has made is on the tape by its number."""

    def end_test(self, fine: bool) -> None:
        """Nothing to keep."""

    def close(self) -> None:
        """Nothing to end."""

    def perform(self, request: dict[str, Any], seconds: float) -> Reply:
        """Return the reply to `request`; trusted code has no deadline."""
        if "error" in self.load_reply:
            return {"error": self.load_reply["error"]}
        copied = tree_map_only(Tensor, Tensor.clone, request)  # what it changes in place must not reach anybody else
        return tree_map_only(Tensor, Tensor.detach, self._worker.handle(copied))
