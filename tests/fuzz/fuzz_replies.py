"""Coverage-guided fuzzing of what a child may send: `make fuzz` (MINUTES=10).

Every input is taken for the bytes that a hostile child writes into its socket: a whole frame, or what stands in one. They
go the way that a reply goes: framing, decoding, the checks of form, the comparison with an expected value. Only two ends are
right: the child is given up, or the value is refused; for what is expected is random, and known to nobody. Anything else
(another exception, a verdict of "equal", more than 10 s or 3 GiB) ends the run, and libFuzzer writes the input to a file.
"""

from __future__ import annotations

import contextlib
import secrets
import socket
import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["chapter10", "json"]):
    from chapter10.grading.compare import CheckFailed, assert_close
    from chapter10.sandbox import protocol
    from chapter10.sandbox.link import Child, ChildLost
    from chapter10.sandbox.replies import error_of, well_formed

import torch

EXPECTED = torch.tensor([[secrets.randbits(40) / 7 for _ in range(4)] for _ in range(2)])  # (2, 4)
REQUESTS = [
    {"op": "call", "gradients": {"inputs": None, "cotangents": []}, "trace": True},
    {"op": "call"},
    {"op": "load"},
    {"op": "state"},
    {"op": "describe"},
    {"op": "build"},
    {"op": "train", "steps": 2, "finish": True},
]


CONTENT = 128  # in the first byte: header and body follow, with a zero between, and their frame is right


class NoEngine:
    """Stands in for the engine: there is no process to end."""

    def reap(self, number: int, wait: bool, grace: float = 0.0) -> dict[str, int]:
        """Say that it has ended."""
        return {"child": number, "status": 0}


def one_input(data: bytes) -> None:
    """Judge the bytes that a child has sent."""
    if not data:
        return
    request, sent = REQUESTS[data[0] % len(REQUESTS)], data[1:]
    if data[0] & CONTENT:
        header, _, body = sent.partition(b"\0")
        sent = protocol.Payload(len(header), header + body).frame()
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
        theirs.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            theirs.send(sent)
        theirs.shutdown(socket.SHUT_WR)
        child = Child(NoEngine(), 1, ours)
        try:
            reply = child.answer(5.0)
        except ChildLost:
            return
    if "error" in reply:
        error_of(reply["error"])
        return
    if not well_formed(request, reply):
        return
    for value in (reply.get("value"), reply.get("outputs")):
        if isinstance(value, torch.Tensor):
            try:
                assert_close(value, EXPECTED)
            except CheckFailed:
                continue
            raise AssertionError("a value that nobody can know was taken for equal")


def examples() -> list[bytes]:
    """Return genuine replies to start from."""
    tensor = torch.arange(8.0).reshape(2, 4)
    gradients = {"inputs": {"0": tensor, "1.0": None}, "parameters": {"fc.weight": tensor.double()}}
    trace = {"operators": {"aten::mm": 2}, "largest": 64, "total": 128}
    described = {"weight": {"shape": [2, 4], "dtype": torch.float32, "trainable": True}}
    replies = [
        {"value": tensor, "changed": [], "gradients": gradients, "trace": trace},
        {"value": (tensor.T, [tensor > 3, float("nan"), protocol.Ref(3, "module", {"type": "Linear"})]), "changed": ["0"]},
        {"names": ["attention"]},
        {"state": {"weight": tensor, "bias": torch.zeros(0)}},
        {"parameters": described, "buffers": {}, "modules": {"fc": ["Linear"]}, "aliases": {}, "training": True},
        {"value": protocol.Ref(0, "module", {"type": "LSTM"})},
        {"history": [0.5, 0.25], "outputs": tensor},
        {"error": {"kind": "raised", "type": "ValueError", "bases": ["ValueError"], "message": "no", "line": 3, "source": "x"}},
    ]
    common = {"seconds": 0.1, "output": "printed", "forbidden": [["torch.x", 3]]}
    found = []
    for number, reply in enumerate(replies):
        payload = protocol.encode(reply | common)
        header, body = payload.data[: payload.header_size], payload.data[payload.header_size :]
        kind = number % len(REQUESTS)
        found.append(bytes([kind]) + payload.frame())
        content = next(first for first in range(CONTENT, 256) if first % len(REQUESTS) == kind)
        found.append(bytes([content]) + header + b"\0" + body)
    return found


def main() -> None:
    """Run until libFuzzer's own options say stop, e.g. -max_total_time=600."""
    with tempfile.TemporaryDirectory() as corpus:
        for number, example in enumerate(examples()):
            one_input(example)
            Path(corpus, f"genuine{number}").write_bytes(example)
        options = ["-rss_limit_mb=3072", "-timeout=10", "-max_len=65536", "-print_final_stats=1"]
        atheris.Setup([*sys.argv, *options, corpus], one_input)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
