"""From "wrong" to "why": the probes of a suite, the bank of known misconceptions, and the smallest input that exposes a
mistake.

A probe is a function `probe_*(subject, draw)` in a suite, ordered from the tiniest input up. Recorded once: what the
solution answers to every probe, and what each misconception answers. When a submission fails, it answers the same
probes; where its answers part from the solution's first is the counterexample, and the misconception whose answers it
shares is its diagnosis. No solution is needed for that.
"""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch

from chapter10.grading import counterexample
from chapter10.grading.draw import Draw
from chapter10.grading.tape import Tape
from chapter10.sandbox.protocol import Ref
from chapter10.sandbox.proxy import Call, Subject, SubjectError, Transport

Probe = Callable[[Subject, Draw], None]
Observation = dict[str, Any]

PROBE_SEED = 10
SAME = 1e-3  # relative to the largest number of the tensor: far above rounding, far below any mistake worth naming


@dataclass
class Diagnosis:
    """What the probes told: the misconception, if one fits, and the smallest counterexample, if one is readable."""

    misconception: str | None = None
    sentence: str = ""
    advice: str = ""
    fails: tuple[str, ...] = ()  # the tests that this misconception fails
    counterexample: dict[str, Any] | None = None


def observe(
    probe: Probe, transport: Transport, parameters: dict[str, list[str]], draws: list[torch.Tensor] | None
) -> tuple[list[Observation], list[Call], list[torch.Tensor]]:
    """Run one probe; return what was seen at each call, the calls, and what was drawn (`draws` are used again where given)."""
    kept: list[torch.Tensor] = []

    def keep(make: Callable[[], torch.Tensor]) -> torch.Tensor:
        kept.append(make() if draws is None else draws[len(kept)])
        return kept[-1].clone()

    counter = iter(range(1 << 30))
    subject = Subject(transport, parameters, lambda: PROBE_SEED + next(counter))
    try:
        probe(subject, Draw(PROBE_SEED, keep))
    except SubjectError:
        pass
    except (AssertionError, TypeError, AttributeError, ValueError, IndexError, KeyError, RuntimeError):
        pass  # an answer of the wrong kind, which the probe could not go on with: the observation so far tells
    return [_seen(call) for call in subject.calls], subject.calls, kept


def _seen(call: Call) -> Observation:
    reply = call.reply
    if "error" in reply:
        error = reply["error"]
        if "ValueError" in error.get("bases", ()):
            return {"error": "raised: ValueError"}  # the one that contracts ask for; its words are the learner's own
        message = re.sub(r"\d+", "#", str(error.get("message", "")))[:60]
        return {"error": f"{error.get('kind')}: {error.get('type') or error.get('reason') or ''}: {message}"}
    fields = ("value", "gradients", "changed", "state", "trace")
    return {name: reply[name] for name in fields if name in reply}


def same(one: Any, other: Any) -> bool:
    """Say whether two observations agree, up to rounding."""
    if isinstance(one, torch.Tensor) and isinstance(other, torch.Tensor):
        return _same_tensors(one, other)
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, (list, tuple)) and isinstance(other, (list, tuple)):
        return type(one) is type(other) and len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, float) and isinstance(other, float):
        return one == other or abs(one - other) <= SAME * max(abs(one), abs(other)) or (one != one and other != other)
    if isinstance(one, Ref) and isinstance(other, Ref):
        return one.kind == other.kind  # the numbers count what was made before
    return type(one) is type(other) and one == other


def _same_tensors(one: torch.Tensor, other: torch.Tensor) -> bool:
    if one.shape != other.shape or one.dtype != other.dtype:
        return False
    if not one.is_floating_point():
        return torch.equal(one, other)
    if one.numel() == 0:
        return True
    a, b = one.double(), other.double()
    apart = float((a - b).abs().max())
    if not math.isfinite(apart):  # NaN or infinity in one of them, or in both
        if not torch.equal(a.isfinite(), b.isfinite()):
            return False
        a, b = a.nan_to_num(nan=7.0), b.nan_to_num(nan=7.0)
        apart = float((a - b).abs().max())
    return apart <= SAME * max(float(b.abs().max()), 1e-6)


def diagnose(tape: Tape, probes: dict[str, Probe], transport: Any, parameters: dict[str, list[str]]) -> Diagnosis:
    """Put a failed submission to the probes and name what it did."""
    seen: dict[str, list[Observation]] = {}
    failing: set[str] = set()
    found = Diagnosis()
    transport.begin_test("diagnosis")
    for name, probe in probes.items():
        record = tape.probes.get(name)
        if record is None:
            continue
        transport.begin_part()
        seen[name], calls, _ = observe(probe, transport, parameters, record["draws"])
        if not same(seen[name], record["right"]):
            failing.add(name)
            found.counterexample = found.counterexample or _smallest(seen[name], record["right"], calls)
        if transport.lost:
            # A file that hangs or breaks down on a probe will do so on most: that costs time, and explains nothing.
            return found
    transport.end_test(True)
    best, score = None, 0
    for identity in tape.bank:
        # What a misconception answers is kept only where it differs from what is right.
        shown = {name: tape.probes[name]["wrong"][identity] for name in seen if identity in tape.probes[name]["wrong"]}
        if len(shown) <= score or not shown.keys() <= failing:
            continue  # right where this mistake would be wrong: it is another one
        matched = sum(same(seen[name], answer) for name, answer in shown.items())
        if matched > score and 2 * matched >= len(failing):
            best, score = identity, matched
    if best is not None:
        entry = tape.bank[best]
        found.misconception, found.sentence, found.advice = best, entry["sentence"], entry["advice"]
        found.fails = tuple(entry["fails"])
    return found


def _smallest(seen: list[Observation], right: list[Observation], calls: list[Call]) -> dict[str, Any] | None:
    """Return the counterexample at the first call whose answer parts from what is right."""
    for mine, expected, call in zip(seen, right, calls, strict=False):
        if same(mine, expected) or call.request.get("op") != "call":
            continue
        if "error" in mine or "error" in expected:
            yours = mine.get("error", mine.get("value"))
            wanted = expected.get("error", expected.get("value"))
            return counterexample.build(call, "result", wanted, yours, None)
        if not same(mine.get("value"), expected.get("value")):
            return counterexample.build(
                call, "result", expected["value"], mine["value"], _first(mine["value"], expected["value"])
            )
        if mine.get("changed") != expected.get("changed"):
            return counterexample.build(call, "inputs after the call", "unchanged", "changed", None)
        for kind in ("inputs", "parameters"):
            for label, wanted in expected.get("gradients", {}).get(kind, {}).items():
                yours = mine["gradients"][kind].get(label)
                if not same(yours, wanted):
                    name = list(call.arguments)[int(label)] if label.isdigit() and int(label) < len(call.arguments) else label
                    return counterexample.build(call, f"gradient of {name}", wanted, yours, _first(yours, wanted))
    return None


def _first(yours: Any, expected: Any) -> tuple[int, ...] | None:
    if not (isinstance(yours, torch.Tensor) and isinstance(expected, torch.Tensor)) or yours.shape != expected.shape:
        return None
    a, b = yours.double(), expected.double()
    scale = b.nan_to_num(0.0, 0.0, 0.0).abs().max() if b.numel() else torch.tensor(0.0)
    wrong = ~((a - b).abs() <= SAME * scale.clamp(min=1e-6))
    return tuple(wrong.nonzero()[0].tolist()) if wrong.any() else None


def docstring_of(text: str) -> tuple[str, str]:
    """Return (first sentence, the rest) of a file's docstring, without running it."""
    documentation = ast.get_docstring(ast.parse(text)) or ""
    head, _, rest = documentation.partition("\n\n")
    return " ".join(head.split()), " ".join(rest.split())
