"""The wire: everything comes back as it went in, and nothing malformed gets through, whatever the bytes."""

import json
import math
import struct
from contextlib import suppress
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from chapter10.sandbox import protocol
from chapter10.sandbox.protocol import Opaque, ProtocolError, Ref, clean, decode, encode, parse_prefix


def parts(payload: protocol.Payload) -> tuple[bytes, bytearray]:
    return payload.data[: payload.header_size], bytearray(payload.data[payload.header_size :])


def through(value: Any, trusted: bool = False) -> Any:
    return decode(*parts(encode({"value": value})), trusted=trusted)["value"]


def decoded(document: Any, body: bytes = b"") -> Any:
    header = document if isinstance(document, bytes) else json.dumps(document).encode()
    return decode(header, bytearray(body))


def tensor_entry(*entry: Any, body: bytes = bytes(64)) -> Any:
    return decoded({"value": {"$": 0}, "tensors": [list(entry)]}, body)["value"]


# Round trips ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", protocol.DTYPES.values(), ids=str)
@pytest.mark.parametrize("shape", [(), (1,), (3, 2), (2, 1, 4), (0,), (2, 0, 3)], ids=str)
@pytest.mark.parametrize("trusted", [False, True])
def test_tensors_come_back(dtype, shape, trusted):
    tensor = (torch.arange(math.prod(shape)) % 2).reshape(shape).to(dtype)
    back = through(tensor, trusted)
    assert back.dtype == dtype
    assert back.shape == tensor.shape
    assert torch.equal(back, tensor)


@pytest.mark.parametrize(
    "tensor",
    [
        torch.arange(6.0).reshape(2, 3).T,
        torch.arange(24.0).reshape(2, 3, 4).permute(2, 0, 1),
        torch.arange(10.0)[::2],
        torch.arange(100.0)[::50],
        torch.ones(1).expand(4, 5),
        torch.arange(12.0).reshape(3, 4)[:, 1:3],
        torch.tensor(3.0 + 4.0j).conj(),
        torch.tensor([float("nan"), float("inf"), -0.0]),
        torch.ones(2, requires_grad=True) * 2,
        torch.nn.Parameter(torch.ones(3)),
    ],
    ids=str,
)
def test_layouts_come_back(tensor):
    back = through(tensor)
    plain = tensor.detach().as_subclass(torch.Tensor)
    torch.testing.assert_close(back, plain.resolve_conj(), rtol=0, atol=0, equal_nan=True)
    if tensor.dim() and tensor.numel() == plain.untyped_storage().nbytes() // plain.element_size():
        assert back.stride() == tensor.stride(), "a transposed tensor stays transposed"
    assert type(back) is torch.Tensor
    assert not back.requires_grad


def test_one_tensor_stays_one():
    x = torch.ones(3)
    one, (two, three) = through([x, (x, torch.ones(3))])
    assert one is two
    assert three is not one


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        False,
        0,
        -(2**62),
        1.5,
        "",
        "text — Ωé",
        [],
        {},
        (),
        [1, [2, (3,)]],
        {"a": {"b": (1, 2.5)}},
        {1: "x", None: 2, False: 3},
        {"$": "tuple"},
        {"$": 0},
        torch.float32,
        Ref(3, "module", {"type": "Linear"}),
        Opaque("range"),
    ],
    ids=repr,
)
def test_values_come_back(value):
    assert through(value) == value


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_odd_floats_come_back(value):
    assert repr(through(value)) == repr(value)


@pytest.mark.parametrize("value", [object(), range(3), {1, 2}, b"bytes", 1j, lambda: 0, torch.ones(2).to_sparse(), 2**64])
def test_what_cannot_travel_is_named(value):
    assert isinstance(through(value), Opaque)


def test_odd_subclasses_become_plain():
    class Text(str):
        pass

    class Number(int):
        pass

    assert type(through(Text("a"))) is str
    assert type(through(Number(3))) is int


def test_endless_and_large_values_are_refused():
    endless: list[Any] = []
    endless.append(endless)
    with pytest.raises(ProtocolError):
        encode({"value": endless})
    with pytest.raises(ProtocolError, match="too large"):
        encode({"value": "x" * (protocol.MAX_HEADER + 1)})
    with pytest.raises(ProtocolError, match="cannot be sent"):
        encode({"value": torch.empty(1000)}, limit=3999)
    with pytest.raises(ProtocolError):
        encode({"value": torch.ones(1).expand(1 << 40)})


# What must not get through --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"{",
        b"[]",
        b"1",
        b"null",
        b"\xff\xfe",
        b'{"value": NaN}',
        b'{"value": Infinity}',
        b"{" * 100_000,
        b'{"a":' * 100_000,
        b'{"value": ' + b"9" * 5000 + b"}",
        {"value": {"$": 0}},
        {"value": {"$": -1}, "tensors": []},
        {"value": {"$": "unknown"}},
        {"value": {"no": "dollar"}},
        {"value": {"$": "dict", "of": [[1]]}},
        {"value": {"$": "dict", "of": [[[], 1]]}},
        {"value": {"$": "dict", "of": 5}},
        {"value": {"$": "tuple", "of": {}}},
        {"value": {"$": "float", "is": "many"}},
        {"value": {"$": "dtype", "is": "qint8"}},
        {"value": {"$": "ref", "number": "1", "kind": "module", "info": {}}},
        {"value": {"$": "ref", "number": -1, "kind": "", "info": {}}},
        {"value": {"$": "ref", "number": 10**30, "kind": "", "info": {}}},
        {"value": {"$": "opaque", "type": 3}},
        {"tensors": {}},
        {"tensors": [["float32", [0], 0, None]] * (protocol.MAX_TENSORS + 1)},
        {"value": {"$": "dict", "of": [[i, 0] for i in range(protocol.MAX_ODD_KEYS + 1)]}},
        {"value": [[0] * 1000] * 1000},
    ],
)
def test_malformed_headers_are_refused(document):
    with pytest.raises(ProtocolError):
        decoded(document)


def test_deep_values_are_refused():
    deep: Any = 1
    for _ in range(protocol.MAX_DEPTH + 2):
        deep = [deep]
    with pytest.raises(ProtocolError):
        decoded({"value": deep})


@pytest.mark.parametrize(
    "entry",
    [
        ("float32", [17], 0, None),
        ("float32", [4], 4, None),
        ("float32", [4], 64, None),
        ("float32", [4], -16, None),
        ("float32", [-4], 0, None),
        ("float32", [-4, -4], 0, None),
        ("float32", [4.0], 0, None),
        ("float32", [True], 0, None),
        ("float32", "4", 0, None),
        ("float32", [1] * 17, 0, None),
        ("float33", [4], 0, None),
        (5, [4], 0, None),
        (["float32"], [4], 0, None),
        ("float32", [4], 0, [1, 1]),
        ("float32", [4], 0, [-1]),
        ("float32", [4], 0, [0]),
        ("float32", [2, 2], 0, [1, 1]),
        ("float32", [4], 0, [8]),
        ("float32", [0], 0, [1]),
        ("float32", [1 << 28] * 16, 0, None),
        ("float32", [2], 0, [1 << 28]),
        ("float32", [1 << 28] * 15 + [0], 0, None),
        ("float32", [4], 0),
        ("float32", [4], None, None),
    ],
)
def test_malformed_tensors_are_refused(entry):
    with pytest.raises(ProtocolError):
        tensor_entry(*entry)


def test_no_two_tensors_share_their_bytes():
    tensors = [["bool", [48], 0, None], ["bool", [48], 0, None]]
    with pytest.raises(ProtocolError, match="overlap"):
        decoded({"value": [{"$": 0}, {"$": 1}], "tensors": tensors}, bytes(64))


def test_booleans_are_zero_or_one():
    value = tensor_entry("bool", [64], 0, None, body=bytes(range(64)))
    assert value.view(torch.uint8).max() == 1


def test_large_integers_lose_their_value():
    assert isinstance(decoded({"value": 2**63})["value"], Opaque)
    assert decoded({"value": 2**63 - 1})["value"] == 2**63 - 1


@pytest.mark.parametrize("text", ["\ud800", "\x1b[2J", "\x00", "\x9b", "\u202eabc", "\u2066", "\x7f", "\x08"])
def test_text_is_made_harmless(text):
    for document in ({"value": text}, {"value": {"$": "opaque", "type": text}}, {"value": {"$": "dict", "of": [[text, text]]}}):
        value = decoded(document)["value"]
        shown = (
            value
            if isinstance(value, str)
            else value.type_name
            if isinstance(value, Opaque)
            else "".join([*value, *value.values()])
        )
        shown.encode()
        assert clean(shown) == shown
        assert "\ufffd" in shown


def test_honest_text_stays():
    text = "50\u00a0% ≤ π\t👩\u200d🔬\nnext\u3000line"
    assert clean(text) == text
    assert clean("1\r2\r\n3") == "1\n2\n3"


def test_prefixes():
    assert parse_prefix(encode({}).frame(7)[: protocol.PREFIX.size])[0] == 7
    good = (protocol.MAGIC, 1, 10, 10)
    for bad in (
        (b"evil", 1, 10, 10),
        (protocol.MAGIC, 1, protocol.MAX_HEADER + 1, 0),
        (protocol.MAGIC, 1, 10, protocol.MAX_BODY + 1),
    ):
        with pytest.raises(ProtocolError):
            parse_prefix(protocol.PREFIX.pack(*bad))
    with pytest.raises(ProtocolError):
        parse_prefix(protocol.PREFIX.pack(*good), limit=9)


# Any bytes ------------------------------------------------------------------------------------------------------------

SAMPLE = encode(
    {
        "value": [
            torch.ones(2, 3).T,
            torch.tensor([True, False]),
            {"a": (1, 2.5, float("nan"))},
            Ref(1, "module", {"type": "Linear"}),
        ],
        "changed": ["0", "mask"],
        "error": {"kind": "raised", "line": 3},
        "dtype": torch.int8,
    }
)


@settings(max_examples=250, deadline=None, derandomize=True)
@given(st.data())
def test_mutated_frames(data):
    """A frame with some bytes changed, cut or inserted is decoded or refused: nothing else happens."""
    header, body = parts(SAMPLE)
    text = bytearray(header)
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(text) - 1))
        match data.draw(st.sampled_from(["byte", "digit", "cut", "insert"])):
            case "byte":
                text[at] = data.draw(st.integers(0, 255))
            case "digit":
                digits = [place for place, letter in enumerate(text) if chr(letter).isdigit()]
                if digits:
                    text[data.draw(st.sampled_from(digits))] = ord(data.draw(st.sampled_from("0123456789-")))
            case "cut":
                del text[at : at + data.draw(st.integers(1, 8))]
                text = text or bytearray(b"{")
            case "insert":
                text[at:at] = data.draw(
                    st.sampled_from([b"[", b"]", b"{", b"}", b'"', b",", b"-1", b"null", b'{"$":0}', b"99999999999"])
                )
    try:
        document = decode(bytes(text), body)
    except ProtocolError:
        return
    for leaf in torch.utils._pytree.tree_leaves(document):
        if isinstance(leaf, torch.Tensor):
            leaf.double() if not leaf.is_complex() else leaf.abs()  # every byte of it can be read


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.binary(max_size=60), st.binary(max_size=60))
def test_random_bytes(header, body):
    with suppress(ProtocolError):
        parse_prefix((header + bytes(protocol.PREFIX.size))[: protocol.PREFIX.size])
    with suppress(ProtocolError):
        decode(header, bytearray(body))


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["$", "of", "is", "number", "kind", "info", "type"]), inner)
    ),
    max_leaves=8,
)


@settings(max_examples=80, deadline=None, derandomize=True)
@given(_json, st.lists(st.lists(_json, min_size=4, max_size=4), max_size=3))
def test_random_documents(value, entries):
    with suppress(ProtocolError):
        decode(json.dumps({"value": value, "tensors": entries}).encode(), bytearray(64))


def test_the_prefix_is_twenty_bytes():
    assert protocol.PREFIX.size == struct.calcsize("<4sIIQ") == 20
