"""The warm process: torch imported, single-threaded, nothing of anybody's in it. It forks a walled child on request.

It never sees a submission: the grader passes one end of a socket along with the request, and the child reads from there.
Control messages are small JSON datagrams; the zygote is the only one who forks, watches memory, kills and reaps.
"""

from __future__ import annotations

import gc
import json
import os
import secrets
import select
import signal
import socket
import sys
import tempfile
import time
from typing import Any

from chapter10.sandbox import pages
from chapter10.sandbox.limits import Limits

WATCH_INTERVAL = 0.1  # seconds between two looks at the children's memory
GATHER_AT = 2  # the fork after which memory is gathered in huge pages: the first submission does not wait for that


class Zygote:
    """Forks and keeps children. `control` is a SOCK_SEQPACKET socket to the grader."""

    def __init__(self, control: socket.socket, settings: dict[str, Any]) -> None:
        from chapter10.sandbox import walls

        self._walls = walls
        self._control = control
        self._namespaces = walls.LINUX and settings["namespaces"]
        self._own_namespace = -1
        self._pid_missing = ""
        self._inside = False  # in a PID namespace below that of /proc
        self._root = tempfile.mkdtemp(prefix="chapter10-")
        if self._namespaces:
            self._prepare_namespaces(settings["outer"])
        self._plan = walls.Plan.make(settings["readable"], settings["outer"], self._namespaces)
        if not self._namespaces and walls.LINUX:
            self._plan.missing["pid namespace"] = self._pid_missing or "not asked for"
        self._children: dict[int, dict[str, Any]] = {}
        self._looked = 0.0
        if not self._namespaces:
            walls.adopt_orphans()

    def _prepare_namespaces(self, outer: bool) -> None:
        """Find out whether a child can get a PID namespace of its own; become root of a user namespace where that is needed."""
        try:
            if not outer and os.geteuid() != 0:
                user, group = os.geteuid(), os.getegid()
                self._walls.unshare(self._walls.CLONE_NEWUSER)
                for name, text in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")):
                    with open(f"/proc/self/{name}", "w") as file:
                        file.write(text)
            self._walls.unshare(self._walls.CLONE_NEWPID)
        except OSError as error:
            self._namespaces = False
            self._pid_missing = f"the machine refuses PID namespaces: {error.strerror}"
            return
        try:
            self._own_namespace = os.open("/proc/self/ns/pid", os.O_RDONLY | os.O_CLOEXEC)
            self._walls.setns(self._own_namespace, self._walls.CLONE_NEWPID)
        except OSError:
            self._move_inside()

    def _move_inside(self) -> None:
        """Go on in a PID namespace that is this user namespace's own: from one that belongs to another, there is no way
        back after a fork.

        So it is for an ordinary user, with bubblewrap and without. The process that stays behind only waits for the end.
        """
        process = os.fork()
        if process:
            self._control.close()
            _, status = os.waitpid(process, 0)
            os._exit(os.waitstatus_to_exitcode(status) & 0xFF)
        self._walls.prctl(self._walls.PR_SET_PDEATHSIG, signal.SIGKILL)
        self._inside = True
        self._own_namespace = os.open("/proc/self/ns/pid", os.O_RDONLY | os.O_CLOEXEC)

    def run(self) -> None:
        """Serve until the grader closes its end."""
        self._control.send(json.dumps({"ready": os.getpid(), "folder": self._root}).encode())
        poller = select.poll()
        poller.register(self._control, select.POLLIN)
        while True:
            asked = poller.poll(WATCH_INTERVAL * 1000 if self._children else None)
            if time.monotonic() - self._looked >= WATCH_INTERVAL:  # also while one request follows upon the other
                self._watch()
            if not asked:
                continue
            message, descriptors, _, _ = socket.recv_fds(self._control, 65536, 1)
            if not message:
                break
            request = json.loads(message)
            if request["op"] == "fork":
                self._fork(request, descriptors[0])
                if request["child"] == GATHER_AT:
                    pages.collapse()
            elif request["op"] == "reap":
                end = self._reap(request["child"], request["grace"])
                if request["tell"]:
                    self._control.send(json.dumps(end).encode())
        for number in list(self._children):
            self._reap(number)
        clear(self._root)
        os._exit(0)  # taking torch down in order would take a quarter of a second

    def _fork(self, request: dict[str, Any], descriptor: int) -> None:
        number = request["child"]
        folder = os.path.join(self._root, str(number))
        os.mkdir(folder, 0o700)
        if self._namespaces:
            self._walls.unshare(self._walls.CLONE_NEWPID)
        process = os.fork()
        if process == 0:
            self._become_child(request, descriptor, folder)
        if self._namespaces:
            self._walls.setns(self._own_namespace, self._walls.CLONE_NEWPID)
        os.close(descriptor)
        self._children[number] = {
            "process": process,
            "watched": self._walls.number_in_proc(process) if self._inside else process,
            "folder": folder,
            "memory": request["limits"]["memory"],
            "threads": request["limits"]["threads"],
            "over": "",
        }

    def _become_child(self, request: dict[str, Any], descriptor: int, folder: str) -> None:
        """Raise the walls and serve; never returns."""
        status = 1
        try:
            from chapter10.sandbox import child, protocol

            self._control.close()
            if self._own_namespace >= 0:
                os.close(self._own_namespace)
            limits = Limits(**request["limits"])
            channel = socket.socket(fileno=descriptor)
            for name in ("TMPDIR", "HOME"):
                os.environ[name] = folder
            tempfile.tempdir = folder
            report = self._walls.raise_walls(self._plan, limits, folder, self._namespaces)
            channel = _alone_with(channel)
            channel.sendall(protocol.encode({"walls": report}).frame())
            child.serve(channel, limits.output)
            status = 0
        except BaseException as error:
            os.write(2, f"{type(error).__name__}: {error}\n".encode(errors="replace"))
        finally:
            os._exit(status)

    def _watch(self) -> None:
        """End the children that have grown beyond their limits. (RLIMIT_DATA refuses most of it before.)"""
        self._looked = time.monotonic()
        for entry in self._children.values():
            memory, threads = self._walls.watched(entry["watched"])
            if memory > self._plan.base_data + entry["memory"]:
                entry["over"] = "memory"
            elif threads > entry["threads"]:
                entry["over"] = "threads"
            else:
                continue
            os.kill(entry["process"], signal.SIGKILL)

    def _reap(self, number: int, grace: float = 0.0) -> dict[str, Any]:
        """End a child with all that it started, and tell how it ended.

        One that has hung up gets `grace` seconds to end by itself.
        """
        entry = self._children.pop(number, None)
        if entry is None:
            return {"child": number, "unknown": True}
        process = entry["process"]
        ended, status, usage = os.wait4(process, os.WNOHANG)
        until = time.monotonic() + grace
        while ended == 0 and time.monotonic() < until:
            time.sleep(0.002)
            ended, status, usage = os.wait4(process, os.WNOHANG)
        killed = ended == 0
        if killed:
            try:
                if not self._namespaces:  # the whole session, since no namespace takes it along
                    os.killpg(process, signal.SIGKILL)
            except OSError:
                pass
            os.kill(process, signal.SIGKILL)
            _, status, usage = os.wait4(process, 0)
        if not self._namespaces:
            self._end_orphans()
        clear(entry["folder"])
        return {
            "child": number,
            "signal": os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0,
            "status": os.WEXITSTATUS(status) if os.WIFEXITED(status) else 0,
            "killed": killed,
            "over": entry["over"],
            "cpu": usage.ru_utime + usage.ru_stime,
        }

    def _end_orphans(self) -> None:
        """End what a child has left behind: where no namespace takes it along, it has become ours (see `adopt_orphans`)."""
        own = {entry["process"] for entry in self._children.values()}
        for _ in range(1000):
            try:
                with open(f"/proc/self/task/{os.getpid()}/children") as file:
                    orphans = [process for process in map(int, file.read().split()) if process not in own]
            except OSError:
                return
            if not orphans:
                return
            for process in orphans:
                os.kill(process, signal.SIGKILL)
            for process in orphans:
                os.waitpid(process, 0)


def _alone_with(channel: socket.socket) -> socket.socket:
    """Close every descriptor but the channel: one that came along from the zygote would lead out, or to the next submission."""
    null = os.open("/dev/null", os.O_RDWR)
    for standard in range(3):
        os.dup2(null, standard)
    number = channel.detach()
    if number != 3:
        os.dup2(number, 3)
    os.closerange(4, 1 << 16)
    return socket.socket(fileno=3)


def clear(folder: str) -> None:
    """Remove a folder with all that is in it, whoever made it: any depth, unreadable folders, odd names.

    Folders within folders are moved up first, so that neither recursion nor the length of a path sets a limit.
    """
    prefix = os.path.join(folder, secrets.token_hex(8))
    count = 0
    try:
        while entries := list(os.scandir(folder)):
            for entry in entries:
                if not entry.is_dir(follow_symlinks=False):
                    os.unlink(entry.path)
                    continue
                os.chmod(entry.path, 0o700)
                for inner in list(os.scandir(entry.path)):
                    if inner.is_dir(follow_symlinks=False):
                        os.chmod(inner.path, 0o700)  # a folder that may not be written to cannot be moved
                        os.rename(inner.path, f"{prefix}{count}")
                        count += 1
                    else:
                        os.unlink(inner.path)
                os.rmdir(entry.path)
        os.rmdir(folder)
    except OSError:
        pass  # a temporary folder that stays is no reason to end


_REHEARSAL = """
import math, torch
import torch.nn as nn
import torch.nn.functional as F
def f(x, keep=None):
    scores = torch.einsum("...ij,...kj->...ik", x, x) / math.sqrt(2)
    scores = scores.masked_fill(keep == 0, -1e9) if keep is not None else scores
    y = scores.softmax(-1) @ x
    return F.layer_norm(y, y.shape[-1:]).tanh().sum(dim=-2)
class M(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(3, 3)
    def forward(self, x):
        return F.relu(self.a(x))
"""


def rehearse() -> None:
    """Grade something harmless, from frame to frame: what is imported late or made at first use is there before the fork."""
    import torch

    from chapter10.sandbox import child, protocol

    worker = child.Worker()

    def ask(**request: Any) -> dict[str, Any]:
        payload = protocol.encode(request)
        header, body = payload.data[: payload.header_size], bytearray(payload.data[payload.header_size :])
        reply = worker.handle(protocol.decode(header, body, trusted=True), body)
        protocol.encode(reply)
        return reply

    policy = {"forbidden_names": ["torch.nn.Rehearsal"], "forbidden_operators": ["_cudnn_ctc_loss"]}  # nobody's, here
    ask(op="load", name="rehearsal", filename="rehearsal.py", source=_REHEARSAL, **policy)
    call: dict[str, Any] = {"op": "call", "target": None, "kwargs": {}, "seed": 0}
    for dtype in (torch.float32, torch.float64):
        tensor, keep = torch.ones(2, 2, 3, dtype=dtype), torch.ones(2, 2, dtype=torch.bool)
        wanted = {"inputs": None, "cotangents": [torch.ones(2, 3, dtype=dtype)]}
        ask(**call, method="f", args=[tensor, keep])
        ask(**call, method="f", args=[tensor], gradients=wanted)
    ask(**call, method="f", args=[tensor], trace=True)
    model = ask(**call, method="M", args=[])["value"]
    wanted = {"inputs": None, "cotangents": [torch.ones(2, 3)]}
    ask(**{**call, "target": model}, method=None, args=[torch.ones(2, 3)], gradients=wanted)
    for operation in ("state", "describe"):
        ask(op=operation, target=model)
    sys.modules.pop("rehearsal", None)


def main(descriptor: int, settings: dict[str, Any]) -> None:
    """Entry point of the warm process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the grader's to handle
    control = socket.socket(fileno=descriptor)
    gc.disable()
    import torch

    torch.set_num_threads(1)
    torch.set_num_interop_threads(1)
    rehearse()
    zygote = Zygote(control, settings)
    from chapter10.sandbox.walls import hide_memory

    hide_memory()
    gc.collect()
    gc.freeze()
    gc.enable()
    zygote.run()
