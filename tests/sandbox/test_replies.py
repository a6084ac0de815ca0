"""A reply is used only if it has the form that the request asked for."""

import pytest
import torch

from chapter10.sandbox.protocol import Ref
from chapter10.sandbox.replies import error_of, well_formed

CALL = {"op": "call"}
FINE = {"value": 1, "changed": []}
GRADIENTS = {"inputs": {"0": torch.ones(1), "mask": None}, "parameters": {"fc.weight": torch.ones(1)}}
ENTRY = {"shape": [2, 3], "dtype": torch.float32, "trainable": True}
DESCRIPTION = {
    "parameters": {"w": ENTRY},
    "buffers": {},
    "modules": {"fc": ["Linear", "Module"]},
    "aliases": {},
    "training": True,
}


@pytest.mark.parametrize(
    ("request_", "reply"),
    [
        (CALL, FINE),
        (CALL, {"value": None, "changed": ["0", "mask", "1.0"]}),
        (CALL | {"gradients": {}}, FINE | {"gradients": GRADIENTS}),
        (CALL | {"trace": True}, FINE | {"trace": {"operators": {"aten::add": 2}, "largest": 4, "total": 8}}),
        ({"op": "load"}, {"names": ["f"]}),
        ({"op": "build"}, {"value": Ref(0)}),
        ({"op": "state"}, {"state": {"w": torch.ones(1)}}),
        ({"op": "describe"}, DESCRIPTION),
        ({"op": "mode"}, {}),
        ({"op": "train", "steps": 2, "finish": False}, {"history": [1.0, 0.5], "outputs": None}),
        ({"op": "train", "steps": 1, "finish": True}, {"history": [1.0], "outputs": torch.ones(2, 2)}),
    ],
)
def test_good_replies(request_, reply):
    assert well_formed(request_, reply)


@pytest.mark.parametrize(
    ("request_", "reply"),
    [
        (CALL, {}),
        (CALL, {"value": 1}),
        (CALL, {"changed": []}),
        (CALL, FINE | {"changed": [1]}),
        (CALL, FINE | {"changed": "0"}),
        (CALL, FINE | {"changed": ["²"]}),
        (CALL, FINE | {"changed": ["9" * 101]}),
        (CALL, FINE | {"changed": ["0."]}),
        (CALL, FINE | {"changed": [""]}),
        (CALL, FINE | {"changed": ["a b"]}),
        (CALL, FINE | {"changed": ["0"] * 20_000}),
        (CALL | {"gradients": {}}, FINE),
        (CALL | {"gradients": {}}, FINE | {"gradients": {"inputs": {}}}),
        (CALL | {"gradients": {}}, FINE | {"gradients": GRADIENTS | {"inputs": {"0": 1.0}}}),
        (CALL | {"gradients": {}}, FINE | {"gradients": GRADIENTS | {"inputs": {0: None}}}),
        (CALL | {"gradients": {}}, FINE | {"gradients": GRADIENTS | {"parameters": []}}),
        (CALL | {"trace": True}, FINE),
        (CALL | {"trace": True}, FINE | {"trace": {"operators": {}, "largest": True, "total": 1}}),
        (CALL | {"trace": True}, FINE | {"trace": {"operators": {"a": "b"}, "largest": 1, "total": 1}}),
        (CALL | {"trace": True}, FINE | {"trace": {"operators": {}, "largest": -1, "total": 1}}),
        ({"op": "load"}, {}),
        ({"op": "load"}, {"names": [1]}),
        ({"op": "build"}, {"value": 3}),
        ({"op": "state"}, {}),
        ({"op": "state"}, {"state": {"w": 1}}),
        ({"op": "state"}, {"state": {1: torch.ones(1)}}),
        ({"op": "describe"}, {}),
        ({"op": "describe"}, DESCRIPTION | {"training": 1}),
        ({"op": "describe"}, DESCRIPTION | {"parameters": {"w": ENTRY | {"shape": [10**100]}}}),
        ({"op": "describe"}, DESCRIPTION | {"parameters": {"w": ENTRY | {"shape": [1 << 30] * 3}}}),
        ({"op": "describe"}, DESCRIPTION | {"parameters": {"w": ENTRY | {"shape": [True]}}}),
        ({"op": "describe"}, DESCRIPTION | {"parameters": {"w": ENTRY | {"shape": [-1]}}}),
        ({"op": "describe"}, DESCRIPTION | {"parameters": {"w": ENTRY | {"dtype": "float32"}}}),
        ({"op": "describe"}, DESCRIPTION | {"parameters": {"w": ENTRY | {"trainable": "yes"}}}),
        ({"op": "describe"}, DESCRIPTION | {"modules": {"fc": "Linear"}}),
        ({"op": "train", "steps": 2, "finish": False}, {"history": [1.0], "outputs": None}),
        ({"op": "train", "steps": 1, "finish": False}, {"history": ["1"], "outputs": None}),
        ({"op": "train", "steps": 1, "finish": False}, {"history": [1.0], "outputs": torch.ones(1)}),
        ({"op": "train", "steps": 1, "finish": True}, {"history": [1.0], "outputs": None}),
        ({"op": "train", "steps": 1, "finish": True}, {"history": [1.0], "outputs": torch.ones(1, dtype=torch.int64)}),
    ],
)
def test_bad_replies(request_, reply):
    assert not well_formed(request_, reply)


@pytest.mark.parametrize(
    "value", [None, 5, [], "raised", {}, {"kind": "lost", "reason": "timeout"}, {"kind": torch.ones(2)}, {"kind": None}]
)
def test_what_is_no_error(value):
    assert error_of(value) is None


def test_errors_are_rebuilt():
    odd = {
        "kind": "raised",
        "type": torch.ones(2),
        "message": "m" * 10_000,
        "line": "3",
        "source": None,
        "during": "import",
        "seconds": "x",
    }
    error = error_of(odd)
    assert error["type"] == error["source"] == ""
    assert len(error["message"]) == 2000
    assert error["line"] == 0
    assert "during" not in error
    assert "seconds" not in error
    assert error_of({"kind": "cotangent", "shape": [1, "2", True, 3], "expected": 5}) == {
        "kind": "cotangent",
        "shape": [1, 3],
        "expected": [],
    }
    state = error_of(
        {"kind": "state", "missing": ["a", 5], "unexpected": 7, "mismatched": {"w": [[1], [2]], 3: [[1], [2]], "b": 5}}
    )
    assert state["missing"] == ["a", ""]
    assert state["unexpected"] == []
    assert state["mismatched"]["w"] == [[1], [2]]
    assert error_of({"kind": "missing", "name": "f", "found": 3}) == {"kind": "missing", "name": "f", "found": None}
