"""What the tests of the engine's parts share."""

from typing import Any

import torch

from chapter10.sandbox.engine import Engine
from chapter10.sandbox.limits import Deadlines
from chapter10.sandbox.link import Child
from chapter10.sandbox.protocol import encode
from chapter10.sandbox.transports import ChildTransport, Source

SHORT = Deadlines(load=20.0, call=1.5, total=30.0)


def call(name: str, *arguments: Any, **fields: Any) -> dict[str, Any]:
    """Return the request that calls a function."""
    return {"op": "call", "target": None, "method": name, "args": list(arguments), "kwargs": {}, "seed": 0, **fields}


def transport(engine: Engine, text: str, deadlines: Deadlines = SHORT, **fields: Any) -> ChildTransport:
    """Return a transport for the source `text`."""
    return ChildTransport(engine, Source("answer", "answer.py", text, **fields), deadlines=deadlines)


def loaded(engine: Engine, text: str, **fields: Any) -> Child:
    """Return a child that has loaded the source `text`."""
    child = engine.child()
    reply = child.request(encode(Source("answer", "answer.py", text, **fields).request()), 30)
    assert "error" not in reply, reply
    return child


def told(engine: Engine, body: str) -> Any:
    """Run `body`, the lines of a function, in a fresh child, and return what it returns."""
    text = "import ctypes, errno, os, torch\nlibc = ctypes.CDLL(None, use_errno=True)\ndef f():\n"
    child = loaded(engine, text + "".join(f"    {line}\n" for line in body.strip("\n").splitlines()))
    try:
        reply = child.request(encode(call("f")), 30)
    finally:
        child.close()
    assert "error" not in reply, reply
    return reply["value"]


ONE = torch.ones(1)
