"""The warm process: torch imported, single-threaded, nothing of anybody's in it. It forks a walled child on request.

It never sees a submission: the grader passes one end of a socket along with the request, and the child reads from there. Control
messages are small JSON datagrams; the zygote is the only one who forks, watches memory, kills and reaps.
"""

from __future__ import annotations

import gc
import json
import os
import resource
import select
import shutil
import signal
import socket
import sys
import tempfile
from typing import Any

WATCH_INTERVAL = 0.1  # seconds between two looks at the children's memory


class Zygote:
    """Forks and keeps children. `control` is a SOCK_SEQPACKET socket to the grader."""

    def __init__(self, control: socket.socket, settings: dict[str, Any]) -> None:
        from chapter10.sandbox import walls

        self._walls = walls
        self._control = control
        self._namespaces = walls.LINUX and settings["namespaces"]
        self._own_namespace = -1
        self._pid_missing = ""
        self._root = tempfile.mkdtemp(prefix="chapter10-")
        if self._namespaces:
            self._prepare_namespaces(settings["outer"])
        self._plan = walls.Plan.make(settings["readable"], settings["outer"], self._namespaces)
        if not self._namespaces and walls.LINUX:
            self._plan.missing["pid namespace"] = self._pid_missing or "not asked for"
        self._children: dict[int, dict[str, Any]] = {}

    def _prepare_namespaces(self, outer: bool) -> None:
        """Find out whether a child can get a PID namespace of its own; become root of a user namespace where that is needed."""
        try:
            if not outer and os.geteuid() != 0:
                user, group = os.geteuid(), os.getegid()
                self._walls.unshare(self._walls.CLONE_NEWUSER)
                for name, text in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")):
                    with open(f"/proc/self/{name}", "w") as file:
                        file.write(text)
            self._own_namespace = os.open("/proc/self/ns/pid", os.O_RDONLY | os.O_CLOEXEC)
            self._walls.unshare(self._walls.CLONE_NEWPID)
            self._walls.setns(self._own_namespace, self._walls.CLONE_NEWPID)
        except OSError as error:
            self._namespaces = False
            self._pid_missing = f"the machine refuses PID namespaces: {error.strerror}"

    def run(self) -> None:
        """Serve until the grader closes its end."""
        self._control.send(json.dumps({"ready": os.getpid()}).encode())
        poller = select.poll()
        poller.register(self._control, select.POLLIN)
        while True:
            if not poller.poll(WATCH_INTERVAL * 1000 if self._children else None):
                self._watch_memory()
                continue
            message, descriptors, _, _ = socket.recv_fds(self._control, 65536, 1)
            if not message:
                break
            request = json.loads(message)
            if request["op"] == "fork":
                self._fork(request, descriptors[0])
            elif request["op"] == "reap":
                end = self._reap(request["child"])
                if request["tell"]:
                    self._control.send(json.dumps(end).encode())
        for number in list(self._children):
            self._reap(number)
        shutil.rmtree(self._root, ignore_errors=True)
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
            "folder": folder,
            "memory": request["limits"]["memory"],
            "over": False,
        }

    def _become_child(self, request: dict[str, Any], descriptor: int, folder: str) -> None:
        """Raise the walls and serve; never returns."""
        status = 1
        try:
            from chapter10.sandbox import child, protocol

            self._control.close()
            if self._own_namespace >= 0:
                os.close(self._own_namespace)
            limits = self._walls.Limits(**request["limits"])
            channel = socket.socket(fileno=descriptor)
            os.chdir(folder)
            for name in ("TMPDIR", "HOME"):
                os.environ[name] = folder
            tempfile.tempdir = folder
            report = self._walls.raise_walls(self._plan, limits, folder, self._namespaces)
            channel.sendall(protocol.encode({"walls": report}).frame())
            rehearse()
            child.serve(channel, limits.output)
            status = 0
        except BaseException as error:
            os.write(2, f"{type(error).__name__}: {error}\n".encode(errors="replace"))
        finally:
            os._exit(status)

    def _watch_memory(self) -> None:
        page = resource.getpagesize()
        for entry in self._children.values():
            try:
                with open(f"/proc/{entry['process']}/statm") as file:
                    words = file.read().split()
            except OSError:
                continue
            own = (int(words[1]) - int(words[2])) * page  # resident, less what is shared with files
            if own > self._plan.base_data + entry["memory"]:
                entry["over"] = True
                os.kill(entry["process"], signal.SIGKILL)

    def _reap(self, number: int) -> dict[str, Any]:
        """End a child with all that it started, and tell how it ended."""
        entry = self._children.pop(number, None)
        if entry is None:
            return {"child": number, "unknown": True}
        process = entry["process"]
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
        shutil.rmtree(entry["folder"], ignore_errors=True)
        return {
            "child": number,
            "signal": os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0,
            "status": os.WEXITSTATUS(status) if os.WIFEXITED(status) else 0,
            "killed": killed,
            "memory": entry["over"],
            "cpu": usage.ru_utime + usage.ru_stime,
        }


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
    """Grade something harmless, from frame to frame. In the zygote it imports what is imported late; in a spare child, which has nothing
    else to do, it touches the memory that a grading will touch, so that no submission waits for the copying of pages.
    """
    import torch

    from chapter10.sandbox import child, protocol

    worker = child.Worker()

    def ask(**request: Any) -> dict[str, Any]:
        payload = protocol.encode(request)
        header, body = payload.data[: payload.header_size], bytearray(payload.data[payload.header_size :])
        reply = worker.handle(protocol.decode(header, body, trusted=True), body)
        protocol.encode(reply)
        return reply

    policy = {"forbidden_names": ["torch.nn.Rehearsal*"], "forbidden_operators": ["_cudnn_ctc_loss"]}  # nobody's, here
    ask(op="load", name="rehearsal", filename="rehearsal.py", source=_REHEARSAL, **policy)
    call = {"op": "call", "target": None, "kwargs": {}, "seed": 0}
    for dtype in (torch.float32, torch.float64):
        tensor, keep = torch.ones(2, 2, 3, dtype=dtype), torch.ones(2, 2, dtype=torch.bool)
        wanted = {"inputs": None, "cotangents": [torch.ones(2, 3, dtype=dtype)]}
        for _ in range(3):
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
