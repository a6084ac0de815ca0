"""The grader's side of the sandbox: starts the zygote and asks it for children.

Nothing here imports torch: the zygote is started first, and imports it while the grader does the same.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chapter10.errors import EngineError
from chapter10.sandbox import cgroup, outer
from chapter10.sandbox.limits import Limits
from chapter10.sandbox.zygote import clear

if TYPE_CHECKING:
    from chapter10.sandbox.link import Child

START_SECONDS = 120.0  # importing torch from a cold disk
FORK_SECONDS = 20.0
FALL_SECONDS = 0.1
SPARE_MEMORY = 512 << 20  # bytes, for the child that is forked ahead and for the zygote's own work
ALL_WALLS = ("process", "pid namespace", "private folder", "network", "file system", "resource limits", "no new privileges",
             "capabilities", "landlock", "seccomp")  # fmt: skip


@dataclass
class Isolation:
    """Which walls stand around a child, and why the others do not."""

    raised: list[str] = field(default_factory=list)
    missing: dict[str, str] = field(default_factory=dict)
    milliseconds: dict[str, float] = field(default_factory=dict)  # what each took to raise

    @property
    def level(self) -> str:
        """`full` when every wall stands, `partial` when some do, `process` when it is a process of its own and no more."""
        if all(wall in self.raised for wall in ALL_WALLS):
            return "full"
        return "partial" if "landlock" in self.raised or "pid namespace" in self.raised else "process"


class Engine:
    """A warm zygote and its children. Start it early: it warms up while the grader imports torch itself.

    Args:
        walls: "auto" raises what the machine gives; "inner" does without bubblewrap; "none" asks for plain processes.
        limits: what each submission may use.
    """

    def __init__(self, walls: str = "auto", limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self._walls = walls
        self._process: Any = None  # subprocess.Popen, once started
        self._control: Any = None  # socket.socket, once started
        self._errors: Any = None
        self._group: cgroup.Group | None = None
        self._group_missing = ""
        self._ready = False
        self._folder = ""
        self._outer_missing = ""
        self._outer = False
        self._count = 0
        self.generation = 0  # counts the zygotes
        self._spare: tuple[int, socket.socket] | None = None
        self.isolation = Isolation()

    def __enter__(self) -> Engine:
        self.start()
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()

    def start(self) -> None:
        """Start the zygote without waiting for it."""
        if self._process is None:
            available = self._walls == "auto" and sys.platform == "linux" and outer.find_bubblewrap() is not None
            if self._walls == "auto" and not available and not self._outer_missing:
                self._outer_missing = "bubblewrap is not installed (apt install bubblewrap)"
            elif self._walls != "auto":
                self._outer_missing = "switched off"
            self._launch(bubblewrap=available and not self._outer_missing)

    def _launch(self, bubblewrap: bool) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._errors = tempfile.TemporaryFile()
        command = outer.command(theirs.fileno(), bubblewrap, namespaces=self._walls != "none")
        self._process = subprocess.Popen(
            command,
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=self._errors,
            env=outer.ENVIRONMENT | {"PATH": os.environ.get("PATH", os.defpath)},
            start_new_session=True,  # Ctrl-C in the terminal is for the grader to handle
        )
        theirs.close()
        self.generation += 1
        self._control, self._outer, self._ready = ours, bubblewrap, False

    def _wait_ready(self) -> None:
        if self._ready:
            return
        self.start()
        message = self._receive(START_SECONDS)
        if message is None and self._outer:  # bubblewrap is there but may not work here: containers often forbid it
            self._outer_missing = f"bubblewrap cannot start here: {self._last_words()}"
            self._discard()
            self._launch(bubblewrap=False)
            message = self._receive(START_SECONDS)
        if message is None:
            words = self._last_words()
            self._discard()
            raise EngineError(f"The grading engine did not start: {words}", "Run `chapter10 doctor` to see what is missing.")
        self._ready = True
        self._confine()
        self._folder = "" if self._outer else str(message.get("folder", ""))  # bubblewrap's /tmp goes with it

    def _confine(self) -> None:
        """Put the zygote into a control group before it forks anything, where one is to be had."""
        if self._walls == "none" or sys.platform != "linux":
            return
        try:
            # The children: the one at work and the spare one, each with its threads.
            self._group = cgroup.Group.make(self.limits.memory + SPARE_MEMORY, 2 * self.limits.threads + 16)
            for process in family(self._process.pid):
                self._group.add(process)
        except (cgroup.NotDelegated, OSError) as error:
            self._group_missing = str(error)

    def _receive(self, seconds: float) -> dict[str, Any] | None:
        poller = select.poll()
        poller.register(self._control, select.POLLIN)
        if not poller.poll(seconds * 1000):
            return None
        try:
            message = self._control.recv(65536)
        except OSError:
            return None
        return json.loads(message) if message else None

    def _last_words(self) -> str:
        with contextlib.suppress(Exception):
            self._process.wait(timeout=2)
        self._errors.seek(0)
        lines = self._errors.read().decode(errors="replace").strip().splitlines()
        return lines[-1][:300] if lines else "it ended without a word"

    def child(self) -> Child:
        """Return a fresh walled child. A spare one is forked ahead, while the grader is busy with this one."""
        from chapter10.sandbox.link import Child, ChildLost  # imports torch

        for attempt in range(2):
            try:
                self._wait_ready()
                number, channel = self._spare or self._fork()
                self._spare = None
                child = Child(self, number, channel)
                self._note_walls(child.hello())
                self._spare = self._fork()
                return child
            except (OSError, ChildLost) as error:  # the zygote was killed: start another one, once
                self._discard()
                if attempt:
                    raise EngineError(f"The grading engine cannot make a process: {error}") from error
        raise AssertionError("unreachable")

    def _fork(self) -> tuple[int, socket.socket]:
        self._count += 1
        ours, theirs = socket.socketpair()
        request = {"op": "fork", "child": self._count, "limits": self.limits.as_dict()}
        with theirs:
            socket.send_fds(self._control, [json.dumps(request).encode()], [theirs.fileno()])
        return self._count, ours

    def _note_walls(self, report: dict[str, Any]) -> None:
        raised, missing = list(report.get("raised", [])), dict(report.get("missing", {}))
        if self._outer:
            raised.insert(1, "file system")
        elif "landlock" in raised:
            raised.insert(1, "file system")
            missing["bubblewrap"] = self._outer_missing
        else:
            missing["file system"] = self._outer_missing
        if self._group is not None:
            raised.append("control group")
        elif self._group_missing:
            missing["control group"] = self._group_missing
        self.isolation = Isolation(raised, missing, dict(report.get("milliseconds", {})))

    def reap(self, number: int, wait: bool, grace: float = 0.0) -> dict[str, Any]:
        """End child `number` with all it started; return how it ended, when `wait` asks to know.

        `grace` gives it so many seconds to end by itself, so that a crash under way is not taken for an end.
        """
        try:
            self._control.send(json.dumps({"op": "reap", "child": number, "tell": wait, "grace": grace}).encode())
            end = self._receive(FORK_SECONDS) if wait else {}
            while end and end.get("child") != number:  # an answer that came too late for the question before
                end = self._receive(FORK_SECONDS)
            return end or {}
        except (OSError, AttributeError):  # the zygote is gone, and its children with it
            return {}

    def has_fallen(self, generation: int) -> bool:
        """Say whether the zygote of that generation has ended, through no submission's doing: submissions cannot reach it."""
        if self.generation != generation or self._process is None or self._process.poll() is not None:
            return True
        poller = select.poll()
        poller.register(self._control, select.POLLIN)
        # A child may be seen to end just before the zygote that ends with it.
        return bool(poller.poll(FALL_SECONDS * 1000)) and self._control.recv(1, socket.MSG_PEEK) == b""

    def close(self) -> None:
        """End the zygote and every child."""
        self._discard()

    def _discard(self) -> None:
        if self._spare is not None:
            self._spare[1].close()
            self._spare = None
        if self._control is not None:
            self._control.close()
        if self._process is not None:
            try:  # bubblewrap takes its whole PID namespace along; without it the zygote has folders to clear away
                self._process.wait(timeout=0 if self._outer else 2)
            except subprocess.TimeoutExpired:
                with contextlib.suppress(OSError):
                    os.killpg(self._process.pid, signal.SIGKILL)
                self._process.wait()
        if self._group is not None:
            self._group.close()
            self._group = None
        if self._folder:  # a zygote that was killed could not clear it away
            clear(self._folder)
            self._folder = ""
        if self._errors is not None:
            self._errors.close()
        self._process = self._control = self._errors = None
        self._ready = False


def family(process: int) -> list[int]:
    """Return a process and all that descend from it."""
    found = [process]
    for parent in found:
        with contextlib.suppress(OSError):  # ended meanwhile
            for children in Path(f"/proc/{parent}/task").glob("*/children"):
                found += map(int, children.read_text().split())
    return found
