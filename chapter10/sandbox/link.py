"""The grader's end of the socket to one child: asks, and waits for answers against the clock."""

from __future__ import annotations

import select
import signal
import socket
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from chapter10.sandbox import protocol

if TYPE_CHECKING:
    from chapter10.sandbox.engine import Engine

HELLO_SECONDS = 20.0
GRACE_SECONDS = 0.5  # between the end of the channel and the end of the process


class ChildLost(Exception):
    """The child is gone; `reason` is one of crashed, exited, timeout, memory, threads, protocol."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(reason, detail)
        self.reason = reason
        self.detail = detail


class Child:
    """One walled process with one learner's file in it.

    It answers in the order in which it was asked, each before its deadline.
    """

    def __init__(self, engine: Engine, number: int, channel: socket.socket) -> None:
        self._engine = engine
        self._number = number
        self._channel = channel
        self._asked = 0
        self._answered = -1  # the child's first word, about its walls, is number 0
        self._received = bytearray()  # grows with what arrives, so that an announced size costs nothing
        self.taken = 0  # bytes of all answers
        self.alive = True

    def hello(self) -> dict[str, Any]:
        """Wait for the child's first word: which walls it has raised."""
        return self.answer(HELLO_SECONDS).get("walls", {})

    @property
    def pending(self) -> int:
        """How many requests wait for their answer."""
        return self._asked - self._answered

    def request(self, payload: protocol.Payload, seconds: float) -> dict[str, Any]:
        """Ask and return the answer. Raises ChildLost, after which the child is gone for good."""
        self.ask([payload], seconds)
        return self.answer(seconds)

    def ask(self, payloads: Sequence[protocol.Payload], seconds: float) -> None:
        """Send requests, all at once, without waiting for their answers."""
        if not self.alive:
            raise ChildLost("exited")
        deadline = time.monotonic() + seconds
        frames = [payload.frame(serial) for serial, payload in enumerate(payloads, self._asked + 1)]
        self._asked += len(frames)
        view = memoryview(b"".join(frames))
        try:
            while view:
                try:
                    view = view[self._channel.send(view, socket.MSG_DONTWAIT | socket.MSG_NOSIGNAL) :]
                except BlockingIOError:
                    self._wait(select.POLLOUT, deadline)
        except OSError:
            self._lose("exited")

    def answer(self, seconds: float) -> dict[str, Any]:
        """Return the answer to the oldest request that has none yet."""
        if not self.alive:
            raise ChildLost("exited")
        deadline = time.monotonic() + seconds
        prefix = protocol.PREFIX.size
        try:
            self._fill(prefix, deadline)
            serial, header_size, body_size = protocol.parse_prefix(bytes(self._received[:prefix]), protocol.MAX_REPLY)
            start, end = prefix + header_size, prefix + header_size + body_size
            self._fill(end, deadline)
            reply = protocol.decode(bytes(self._received[prefix:start]), self._received[start:end])
        except protocol.ProtocolError as error:
            self._lose("protocol", str(error))
        except OSError:
            self._lose("exited")
        del self._received[:end]
        self.taken += end
        self._answered += 1
        if serial != self._answered:
            self._lose("protocol", "a reply out of turn")
        if self._received and not self.pending:
            self._lose("protocol", "more replies than requests")
        return reply

    def _fill(self, size: int, deadline: float) -> None:
        while len(self._received) < size:
            self._wait(select.POLLIN, deadline)
            part = self._channel.recv(max(size - len(self._received), 1 << 16))
            if not part:
                self._lose("exited")
            self._received += part

    def _wait(self, event: int, deadline: float) -> None:
        poller = select.poll()
        poller.register(self._channel, event)
        remaining = deadline - time.monotonic()
        if remaining <= 0 or not poller.poll(remaining * 1000):
            self._lose("timeout")

    def _lose(self, reason: str, detail: str = "") -> Any:
        end = self.close(wait=True, grace=GRACE_SECONDS if reason == "exited" else 0.0)
        if reason == "exited":
            if end.get("over"):
                reason = end["over"]
            elif end.get("signal") and not end.get("killed"):
                reason, detail = "crashed", _name_of(end["signal"])
            else:
                detail = f"exit status {end.get('status', '?')}"
        raise ChildLost(reason, detail)

    def kill(self) -> None:
        """End the process and nothing else, from any thread: whoever waits for its answer wakes up and finds it lost."""
        if self.alive:
            self._engine.reap(self._number, wait=False)

    def close(self, wait: bool = False, grace: float = 0.0) -> dict[str, Any]:
        """End the child with all it started; return how it ended, when `wait` asks to know."""
        if not self.alive:
            return {}
        self.alive = False
        self._channel.close()
        return self._engine.reap(self._number, wait, grace)


def _name_of(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:  # most real-time signals have no name
        return f"signal {number}"
