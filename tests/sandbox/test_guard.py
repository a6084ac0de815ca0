"""The guard: in a child of its own each time, since what it overrides stays overridden."""

import sys

import pytest
from helpers import ONE, call, loaded

from chapter10.course import load_course
from chapter10.sandbox import guard
from chapter10.sandbox.protocol import encode

POLICY = {
    "forbidden_names": (
        "torch.nn.functional.multi_head_attention_forward",
        "torch.nn.Transformer*",
        "torch.nn.MultiheadAttention",
        "torch.nn.attention.flex_attention.flex_attention",
    ),
    "forbidden_operators": (
        "scaled_dot_product_attention",
        "_scaled_dot_product_attention_math",
        "no_such_operator",
        "convolution",
    ),
}


def reply_of(engine, text, **policy):
    child = loaded(engine, "import torch\nimport torch.nn.functional as F\n" + text, **(policy or POLICY))
    try:
        return child.request(encode(call("f", ONE)), 30)
    finally:
        child.close()


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("return F.scaled_dot_product_attention(x[None], x[None], x[None])", "torch.ops.aten.scaled_dot_product_attention"),
        ("return torch.vmap(F.scaled_dot_product_attention)(x[None, None], x[None, None], x[None, None])", "torch.ops.aten."),
        ("return F.conv1d(x[None, None], x[None, None])", "torch.ops.aten.convolution"),
        ("return torch.nn.Conv1d(1, 1, 1)(x[None, None])", "torch.ops.aten.convolution"),
        ("return torch.nn.MultiheadAttention(2, 1)", "torch.nn.MultiheadAttention"),
        ("return torch.nn.TransformerEncoderLayer(2, 1)", "torch.nn.TransformerEncoderLayer"),
        (
            "from torch.nn.attention.flex_attention import flex_attention as a\n    return a(x)",
            "torch.nn.attention.flex_attention",
        ),
    ],
)
def test_what_is_forbidden(engine, line, name):
    reply = reply_of(engine, f"def f(x):\n    {line}\n")
    assert reply["error"]["type"] == "ForbiddenOperation"
    (hit,) = reply["forbidden"]
    assert hit[0].startswith(name)
    assert hit[1] == 4 + line.count("\n")


def test_what_is_allowed(engine):
    reply = reply_of(engine, "def f(x):\n    return F.linear(x, x) + torch.nn.Linear(1, 1)(x).sum() * 0 + x.softmax(0)\n")
    assert "error" not in reply
    assert "forbidden" not in reply


def test_work_at_import_is_allowed(engine):
    text = "Y = F.scaled_dot_product_attention(*[torch.ones(1, 1)] * 3)\nL = torch.nn.MultiheadAttention(2, 1)\n"
    text += "def f(x):\n    return Y\n"
    assert "error" not in reply_of(engine, text)


def test_a_hidden_refusal_is_told(engine):
    text = "def f(x):\n    try:\n        F.conv1d(x[None, None], x[None, None])\n    except BaseException:\n        return x\n"
    reply = reply_of(engine, text)
    assert "error" not in reply
    assert reply["forbidden"] == [["torch.ops.aten.convolution", 5]]


def test_a_thread_between_two_requests_is_told(engine):
    text = (
        "import threading, time\ndef work(x):\n    time.sleep(0.05)\n    F.conv1d(x[None, None], x[None, None])\n"
        "def f(x):\n    threading.Thread(target=work, args=(x,)).start()\n    return x\n"
        "def g(x):\n    time.sleep(0.3)\n    return x\n"
    )
    child = loaded(engine, "import torch\nimport torch.nn.functional as F\n" + text, **POLICY)
    replies = [child.request(encode(call(name, ONE)), 30) for name in "fg"]
    child.close()
    assert [hit for reply in replies for hit in reply.get("forbidden", [])] == [["torch.ops.aten.convolution", 6]]


def test_nothing_leads_back(engine):
    """No registration, no kernel object and no original code can be found from Python."""
    text = """
import gc, types
def f(x):
    names = {type(item).__name__ for item in gc.get_objects()}
    library = any(kind in names for kind in ("Library", "_DispatchModule"))
    return [library, hasattr(torch._C, "_dispatch_get_computed_kernel_for_dispatch_key"), len(torch.library._impls)]
"""
    before = reply_of(engine, text, forbidden_operators=("convolution",))["value"]
    assert before[:2] == [False, False]


@pytest.mark.parametrize("exercise", [item for item in load_course().exercises if item.forbidden], ids=lambda item: item.id)
def test_the_course_s_names_exist(exercise):
    """Every forbidden name means something in this torch, or in a neighbouring one; most mean something here."""
    known = 0
    for dotted in exercise.forbidden:
        places = [name.rpartition(".") for name in guard.spelled_out((dotted,))]
        meant = [last for module, _, last in places if hasattr(sys.modules.get(module), last)]
        known += bool(meant) or ".flex_attention." in dotted
    assert known >= 0.7 * len(exercise.forbidden)


def test_free_variables_are_kept():
    """A code object may only be exchanged for one with as many free variables."""
    one, two = 1, 2

    def closure():
        return one + two

    closure.__code__ = guard._refusing_code("it", closure.__code__.co_freevars)
    closure.__globals__["_chapter10_refuse"] = lambda name: (_ for _ in ()).throw(RuntimeError(name))
    try:
        with pytest.raises(RuntimeError, match="it"):
            closure()
    finally:
        del closure.__globals__["_chapter10_refuse"]
