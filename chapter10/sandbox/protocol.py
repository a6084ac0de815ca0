"""The wire between grader and child: length-prefixed JSON, then raw tensor bytes. Never pickle.

A frame is `MAGIC, serial number, header length, body length` (20 bytes), a JSON header in UTF-8, and a body that holds the
tensors' storage back to back; a reply carries the serial number of its request. In the header a tensor is `{"$": i}`, the i-th
entry of `tensors`: dtype, shape, offset, and the stride where it is not the contiguous one. One tensor passed twice is sent
once, so `attention(x, x, x)` stays a call with one `x`.

Whatever comes from the child is hostile until `decode` has checked it: every length, index, dtype, stride, depth and name. What
is decoded costs no more memory than arrived, and its text can neither steer a terminal nor fail to be written to a file.
"""

from __future__ import annotations

import ctypes
import json
import math
import struct
from dataclasses import dataclass, field
from typing import Any

import torch

MAGIC = b"c10\x01"
PREFIX = struct.Struct("<4sIIQ")
MAX_HEADER = 4 << 20  # bytes of JSON
MAX_BODY = 256 << 20  # bytes of tensors
MAX_REPLY = 32 << 20  # the same, for what comes from a child: a grader keeps the answers of a whole test
MAX_VALUES = 500_000
MAX_ODD_KEYS = 2_000  # dictionary keys other than text: their hashes can be made to collide
MAX_TENSORS = 4096
MAX_DEPTH = 24
MAX_DIMENSIONS = 16

DTYPES = {
    name: getattr(torch, name)
    for name in ("float64 float32 float16 bfloat16 complex64 complex128 int64 int32 int16 int8 uint8 bool").split()
}
DTYPE_NAMES = {dtype: name for name, dtype in DTYPES.items()}
_BIGGEST = 1 << 63
_to_json = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode  # made once: json.dumps would make one each time


class ProtocolError(Exception):
    """The bytes are not a well-formed frame."""


@dataclass(frozen=True)
class Payload:
    """An encoded message without its prefix: equal payloads say the same."""

    header_size: int
    data: bytes

    def frame(self, serial: int = 0) -> bytes:
        """Return the bytes to send."""
        return PREFIX.pack(MAGIC, serial, self.header_size, len(self.data) - self.header_size) + self.data


@dataclass(frozen=True)
class Ref:
    """An object that stays where it was made, known to the other side by number: a model, an optimiser, a function."""

    number: int
    kind: str = "object"
    info: dict[str, Any] = field(default_factory=dict, compare=False, hash=False)


@dataclass(frozen=True)
class Opaque:
    """A value that cannot travel, named by its type so that a message can say what it was."""

    type_name: str


def encode(header: dict[str, Any], limit: int = MAX_BODY) -> Payload:
    """Encode `header`; tensors may stand anywhere in it. Raises ProtocolError when it is too large or too deep."""
    writer = _Writer(limit)
    document = {name: writer.pack(value, 0) for name, value in header.items()}
    document["tensors"] = writer.tensors
    text = _to_json(document).encode()
    if len(text) > MAX_HEADER or writer.size > limit:
        raise ProtocolError(f"a value of {len(text) + writer.size:,} bytes is too large to send")
    return Payload(len(text), b"".join((text, *writer.chunks)))


class _Writer:
    def __init__(self, limit: int) -> None:
        self._limit = limit
        self.tensors: list[list[Any]] = []
        self.chunks: list[bytes] = []
        self.size = 0
        self._sent: dict[int, tuple[dict[str, int], Any]] = {}  # by id, which is only unique while the object lives

    def pack(self, value: Any, depth: int) -> Any:
        kind = type(value)
        if value is None or kind is str or kind is bool or kind is int:
            return value
        if isinstance(value, torch.Tensor):
            return self._pack_tensor(value)
        if depth > MAX_DEPTH:
            raise ProtocolError(f"a value nested more than {MAX_DEPTH} levels deep cannot be sent")
        if kind is list:
            return [self.pack(item, depth + 1) for item in value]
        if isinstance(value, float):
            return float(value) if math.isfinite(value) else {"$": "float", "is": repr(float(value))}
        if isinstance(value, int):
            return bool(value) if isinstance(value, bool) else int(value)
        if isinstance(value, str):
            return str(value)
        if isinstance(value, (list, tuple)):
            return {"$": "tuple", "of": [self.pack(item, depth + 1) for item in value]}
        if isinstance(value, dict):
            pairs = [[self.pack(key, depth + 1), self.pack(item, depth + 1)] for key, item in value.items()]
            return {"$": "dict", "of": pairs}
        if isinstance(value, Ref):
            return {"$": "ref", "number": value.number, "kind": value.kind, "info": self.pack(value.info, depth + 1)}
        if isinstance(value, Opaque):
            return {"$": "opaque", "type": value.type_name}
        if isinstance(value, torch.dtype) and value in DTYPE_NAMES:
            return {"$": "dtype", "is": DTYPE_NAMES[value]}
        return {"$": "opaque", "type": _type_name(value)}

    def _too_large(self) -> ProtocolError:
        return ProtocolError(f"tensors of more than {self._limit >> 20} MiB in one message cannot be sent")

    def _pack_tensor(self, value: torch.Tensor) -> Any:
        known = self._sent.get(id(value))
        if known is not None:
            return known[0]
        plain = value.detach() if value.requires_grad else value
        if type(plain) is not torch.Tensor:
            plain = plain.as_subclass(torch.Tensor)
        if plain.layout is not torch.strided or not plain.is_cpu or plain.dtype not in DTYPE_NAMES:
            return {"$": "opaque", "type": f"{plain.dtype} tensor on {plain.device} ({plain.layout})"}
        # Before anything is copied: an expanded tensor has next to no storage.
        if plain.numel() * plain.element_size() > self._limit:
            raise self._too_large()
        plain = plain.resolve_conj().resolve_neg()
        stride = None
        if not plain.is_contiguous():
            if _dense_enough(plain):
                stride = list(plain.stride())
            else:
                plain = plain.contiguous()
        count = plain.numel() if stride is None else _span(plain.shape, stride)
        padding = -self.size % 16
        offset, span = self.size + padding, count * plain.element_size()
        if offset + span > self._limit:
            raise self._too_large()
        if padding:
            self.chunks.append(bytes(padding))
        if span:
            self.chunks.append(ctypes.string_at(plain.data_ptr(), span))
        self.size = offset + span
        place = {"$": len(self.tensors)}
        self.tensors.append([DTYPE_NAMES[plain.dtype], list(plain.shape), offset, stride])
        self._sent[id(value)] = place, value
        return place


def _dense_enough(tensor: torch.Tensor) -> bool:
    """A transposed tensor travels as it lies in memory; a slice of something huge, or an expanded one, is copied first."""
    return 0 < tensor.numel() <= _span(tensor.shape, tensor.stride()) <= 4 * tensor.numel() and min(tensor.stride()) >= 0


def _span(shape: Any, stride: Any) -> int:
    """Number of elements between the first and the last of a strided tensor, both included."""
    if any(size == 0 for size in shape):
        return 0
    return 1 + sum((size - 1) * step for size, step in zip(shape, stride, strict=True))


def decode(header: bytes, body: bytearray, trusted: bool = False) -> dict[str, Any]:
    """Return the header with its tensors put back; they share memory with `body`. Raises ProtocolError on anything odd.

    `trusted` bytes come from the grader: booleans among them need no cleaning, which would copy them.
    """
    try:
        document = _from_json(header.decode())
    except (ValueError, RecursionError) as error:
        raise ProtocolError(f"not JSON: {error}") from None
    if not isinstance(document, dict):
        raise ProtocolError("the header is not an object")
    entries = document.pop("tensors", [])
    if not isinstance(entries, list) or len(entries) > MAX_TENSORS:
        raise ProtocolError("too many tensors")
    reader = _Reader(entries, body, trusted)
    return {name: reader.unpack(value, 0) for name, value in document.items()}


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


_from_json = json.JSONDecoder(parse_constant=_no_constant).decode


class _Reader:
    def __init__(self, entries: list[Any], body: bytearray, trusted: bool) -> None:
        self._trusted = trusted
        self._values = 0
        self._odd_keys = 0
        self._room = len(body)  # a sender lays no two tensors on the same bytes
        self._tensors = [self._tensor(entry, body) for entry in entries]

    def unpack(self, value: Any, depth: int) -> Any:
        kind = type(value)
        if kind is str:
            return value if self._trusted or value.isprintable() else clean(value)
        if kind is int:
            return value if -_BIGGEST < value < _BIGGEST else Opaque("int of more than 64 bits")
        if kind is not list and kind is not dict:
            return value
        self._values += len(value)
        if depth > MAX_DEPTH or self._values > MAX_VALUES:
            raise ProtocolError("nested too deep, or too many values")
        if kind is list:
            return [self.unpack(item, depth + 1) for item in value]
        place = value.get("$")
        if type(place) is int:
            if not 0 <= place < len(self._tensors):
                raise ProtocolError("a tensor that is not there")
            return self._tensors[place]
        match value:
            case {"$": "tuple", "of": list(items)}:
                return tuple(self.unpack(items, depth))
            case {"$": "dict", "of": list(pairs)} if all(isinstance(pair, list) and len(pair) == 2 for pair in pairs):
                self._values += 2 * len(pairs)
                return {self._key(pair[0]): self.unpack(pair[1], depth + 1) for pair in pairs}
            case {"$": "float", "is": "nan" | "inf" | "-inf" as name}:
                return float(name)
            case {"$": "ref", "number": int(number), "kind": str(what), "info": dict(info)} if 0 <= number < _BIGGEST:
                unpacked = self.unpack(info, depth + 1)
                return Ref(int(number), clean(what)[:200], unpacked if isinstance(unpacked, dict) else {})
            case {"$": "opaque", "type": str(name)}:
                return Opaque(clean(name)[:200])
            case {"$": "dtype", "is": str(name)} if name in DTYPES:
                return DTYPES[name]
        raise ProtocolError("an unknown kind of value")

    def _key(self, value: Any) -> Any:
        if isinstance(value, str):
            return value if self._trusted else clean(value)
        self._odd_keys += 1
        if self._odd_keys > MAX_ODD_KEYS or not isinstance(value, (int, float, bool, type(None))):
            raise ProtocolError("a dictionary key that is no plain value")
        return value

    def _tensor(self, entry: Any, body: bytearray) -> torch.Tensor:
        try:
            tensor, size = _unpack_tensor(entry, body, self._trusted)
        except (RuntimeError, ValueError, OverflowError, TypeError) as error:
            raise ProtocolError(f"a tensor that torch refuses: {type(error).__name__}") from None
        self._room -= size
        if self._room < 0:
            raise ProtocolError("tensors that overlap")
        return tensor


def clean(text: str) -> str:
    """Return `text` without what steers a terminal, turns the direction of writing round, or cannot be encoded."""
    if text.isprintable():
        return text
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(letter if letter.isprintable() or letter in _KEPT else "\ufffd" for letter in text)


_KEPT = "\n\t\u00a0\u202f\u3000\u200c\u200d"  # white space, and the joiners that emoji and some scripts are made with


def _unpack_tensor(entry: Any, body: bytearray, trusted: bool) -> tuple[torch.Tensor, int]:
    if not (isinstance(entry, list) and len(entry) == 4):
        raise ProtocolError("a malformed tensor entry")
    name, shape, offset, stride = entry
    dtype = DTYPES.get(name) if isinstance(name, str) else None
    if dtype is None or not _sizes(shape) or not _sizes([offset]) or (stride is not None and not _sizes(stride)):
        raise ProtocolError("a malformed tensor entry")
    numel = math.prod(shape)
    count = numel
    if stride is not None:
        if len(stride) != len(shape) or numel == 0:
            raise ProtocolError("a malformed tensor entry")
        count = _span(shape, stride)
    if offset % 16 or numel > count or offset + count * dtype.itemsize > len(body):
        raise ProtocolError("a tensor entry out of bounds")
    if numel == 0:
        return torch.empty(shape, dtype=dtype), 0
    flat = torch.frombuffer(body, dtype=dtype, count=count, offset=offset)
    if dtype is torch.bool and not trusted:  # any other byte than 0 and 1 is undefined behaviour in a kernel
        flat = flat.view(torch.uint8).ne(0)
    return (flat.view(shape) if stride is None else flat.as_strided(shape, stride)), count * dtype.itemsize


def _sizes(values: Any) -> bool:
    if not isinstance(values, list) or len(values) > MAX_DIMENSIONS:
        return False
    return all(type(value) is int and 0 <= value <= MAX_BODY for value in values)


def _type_name(value: Any) -> str:
    kind = type(value)
    module = getattr(kind, "__module__", "")
    name = getattr(kind, "__qualname__", "object")
    return str(name if module in ("builtins", "") else f"{module}.{name}")[:200]


def parse_prefix(prefix: bytes, limit: int = MAX_BODY) -> tuple[int, int, int]:
    """Return (serial, header size, body size) of a frame. Raises ProtocolError when they are out of bounds."""
    magic, serial, header_size, body_size = PREFIX.unpack(prefix)
    if magic != MAGIC:
        raise ProtocolError("not a frame")
    if header_size > MAX_HEADER or body_size > limit:
        raise ProtocolError("an oversized frame")
    return serial, header_size, body_size
