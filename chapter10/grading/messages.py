"""One sentence for each way in which a learner's file can fail to answer, in the learner's terms."""

from __future__ import annotations

import re
from typing import Any

from chapter10.sandbox.proxy import SubjectError

_SIGNALS = {
    "SIGSEGV": "a segmentation fault",
    "SIGABRT": "an abort",
    "SIGXCPU": "its CPU limit was reached",
    "SIGFPE": "a division by zero in compiled code",
    "SIGBUS": "a bus error",
    "SIGILL": "an illegal instruction",
    "SIGSYS": "a forbidden system call",
}

# What PyTorch and Python say of common mistakes → what that means for a learner, and what to try. Groups fill the gaps.
_KNOWN: tuple[tuple[str, str, str], ...] = (
    (
        r"leaf Variable that requires grad .*in-place operation",
        "changes one of its inputs in place",
        "Make a new tensor: `x = x / 2` instead of `x /= 2`, `x.add(y)` instead of `x.add_(y)`. The inputs are the caller's.",
    ),
    (
        r"modified by an inplace operation",
        "changes a tensor in place that its gradient still needs",
        "Make a new tensor instead: `x = x + y` rather than `x += y`, `torch.where` rather than an assignment to `x[mask]`.",
    ),
    (
        r"does not require grad and does not have a grad_fn",
        "gives a result that no gradient can flow back from",
        "Something cuts the graph: `.detach()`, `.data`, `.item()`, `torch.no_grad()`, or a new tensor built from numbers.",
    ),
    (
        r"mat1 and mat2 shapes cannot be multiplied \((\w+) and (\w+)\)",
        "multiplies matrices whose shapes do not fit, {0} and {1}",
        "In A @ B the columns of A are the rows of B. Does one of them have to be transposed?",
    ),
    (
        r"size of tensor a \((\d+)\) must match the size of tensor b \((\d+)\) at non-singleton dimension (\d+)",
        "combines tensors whose dimension {2} has sizes {0} and {1}",
        "Sizes must agree, or one of them be 1. Write the shapes behind the line as a comment, and find where they part.",
    ),
    (
        r"Expected size for first two dimensions of batch2 tensor to be: \[(.*?)\] but got: \[(.*?)\]",
        "multiplies batches of matrices whose shapes do not fit: it needs ({0}, …) on the right and got ({1}, …)",
        "In A @ B the columns of A are the rows of B. Does one of them have to be transposed?",
    ),
    (
        r"(?:to have the same dtype, but got|same dtype, got|expected scalar type)\W+(\w+) (?:!=|and|but found) (\w+)",
        "mixes the dtypes {0} and {1}",
        "Keep the dtype of the inputs: make new tensors with `dtype=x.dtype`, and convert nothing to a fixed dtype.",
    ),
    (
        r"view size is not compatible",
        "calls `view` on a tensor that is not contiguous in memory",
        "Use `reshape`, which copies where it must.",
    ),
    (
        r"takes (?:from )?(?:no|\d+)(?: to \d+)? (?:positional )?arguments? but (\d+) (?:\w+ )*given",
        "takes other arguments than the stub's: the grader gives it {0}, as the stub says",
        "Compare the line with `def` with the one in the stub, also the arguments with a default.",
    ),
    (
        r"got an unexpected keyword argument '(\w+)'",
        "has no argument called `{0}`",
        "Keep the names of the arguments as they are in the stub.",
    ),
    (
        r"missing (\d+) required positional arguments?: (.+)",
        "asks for more than the stub does: {1}",
        "Compare the line with `def` with the one in the stub, also the arguments with a default.",
    ),
    (
        r"argument '(\w+)' \(position \d+\) must be Tensor, not (\w+)",
        "gives a torch function a plain {1} where it wants a tensor",
        "For a plain number use `math`, or Python's operators.",
    ),
    (
        r"'NoneType' object (?:is not|has no)",
        "uses the value None as if it were something else",
        "Which function gave it? One without `return` gives None. Or an optional argument was left out: ask `is not None`.",
    ),
    (
        r"Boolean value of Tensor with more than one value is ambiguous",
        "asks for the truth of a whole tensor",
        "`if mask:` has no meaning for many numbers: `if mask is not None:` asks whether there is a mask.",
    ),
)


def _known(message: str) -> tuple[str, str] | None:
    """Return (what it does, what to try) for an exception that says something common."""
    for pattern, meaning, advice in _KNOWN:
        found = re.search(pattern, message)
        if found:
            groups = [group or "" for group in found.groups()]
            return meaning.format(*groups), advice
    return None


def explain(failure: SubjectError, filename: str) -> tuple[str, str]:
    """Return (what is wrong, what to try) for code that failed instead of answering."""
    error = failure.error
    kind = error.get("kind")
    where = f"{failure.call.label}(…)" if error.get("during") != "import" else f"Importing {filename}"
    if kind == "raised":
        return _raised(error, where, filename)
    if kind == "syntax":
        line = _line(error)
        return (
            f"{filename}, line {line}: Python cannot read this: {_text(error, 'message')}.",
            f"Look at line {line} and the one before it" + _quoted(error) + ".",
        )
    if kind == "missing":
        return _missing(failure, filename)
    if kind == "state":
        return _state(error, failure.call.label)
    if kind == "cotangent":
        return (
            f"{failure.call.label} returned shape {_shape(error.get('shape'))}, expected {_shape(error.get('expected'))}.",
            "Follow the shapes line by line: write each one behind its line as a comment.",
        )
    if kind == "lost":
        return _lost(error, where, filename)
    if kind == "unsendable":
        return (
            f"{failure.call.label} returned something that cannot be graded: {_text(error, 'message')}.",
            "Return plain tensors.",
        )
    return f"{where} failed in an unknown way.", ""


def is_todo(error: dict[str, Any]) -> bool:
    """Say whether an error is the stub's own: the learner has not begun."""
    message = _text(error, "message")
    return error.get("type") == "NotImplementedError" and (not message or message.startswith("TODO"))


def _raised(error: dict[str, Any], where: str, filename: str) -> tuple[str, str]:
    name, message, line = _text(error, "type"), _text(error, "message"), _line(error)
    at = f"{filename}, line {line}: " if line else ""
    if is_todo(error):
        part = message.removeprefix("TODO").strip(": ")
        return f"{part or 'This part'} is not written yet.", f"Open {filename} and replace the TODO" + (
            f" at line {line}." if line else "s."
        )
    if name == "ForbiddenOperation":
        return (
            f"{at}{message}.",
            "This exercise asks you to write that part yourself, from tensor operations.",
        )
    if name == "SystemExit":
        return (
            f"{at}{where} ends the program (SystemExit) instead of going on.",
            "Remove `exit()`, `quit()` and `sys.exit()`: a function gives its answer with `return`.",
        )
    known = _known(message)
    if known is not None:
        meaning, advice = known
        return f"{at}{where} {meaning}.", f"{advice}{' The line reads' + _quoted(error) + '.' if error.get('source') else ''}"
    first = message.strip().splitlines()[0].removesuffix(", but expected one of:") if message.strip() else ""
    text = f"{at}{where} raises {name}{': ' + first if first else ''}"
    return text.rstrip(".") + ".", f"The line reads{_quoted(error)}." if error.get("source") else ""


def _missing(failure: SubjectError, filename: str) -> tuple[str, str]:
    name, found = _text(failure.error, "name"), failure.error.get("found")
    if found:
        return f"`{name}` in {filename} is a {found}, not something that can be called.", f"Write it as `def {name}(...)`."
    return (
        f"{filename} has no `{name}`.",
        f"The grader calls `{name}` by its name: keep the names of the stub.",
    )


def _state(error: dict[str, Any], label: str) -> tuple[str, str]:
    own, wanted = _names(error.get("missing")), _names(error.get("unexpected"))
    if wanted:
        groups = _groups(wanted)
        sentence = f"{label} has no `{'`, `'.join(groups)}`"
        extra = _groups(own)
        if extra:
            sentence += f"; found instead: `{'`, `'.join(extra)}`"
        return f"{sentence}.", "The names of the submodules are part of the contract: weights are exchanged by name."
    if own:
        return (
            f"{label} has parameters beyond the contract: `{'`, `'.join(own[:6])}`.",
            "Remove what the stub does not ask for: weights are exchanged by name.",
        )
    mismatched = error.get("mismatched")
    if isinstance(mismatched, dict) and mismatched:
        name, shapes = next(iter(mismatched.items()))
        if isinstance(shapes, list) and len(shapes) == 2:
            return (
                f"`{name}` of {label} has shape {_shape(shapes[0])}, expected {_shape(shapes[1])}.",
                "Compare the arguments of that layer with the stub.",
            )
    return f"The weights do not fit {label}.", ""


def _lost(error: dict[str, Any], where: str, filename: str) -> tuple[str, str]:
    reason, detail = error.get("reason"), str(error.get("detail", ""))
    if reason == "timeout":
        return (
            f"{where} gave no answer within {error.get('seconds', 0):.3g} seconds.",
            "Is there a loop that cannot end, or a wait for something?",
        )
    if reason == "memory":
        return f"{where} used more memory than is allowed.", "Look for a tensor that grows with every step of a loop."
    if reason == "threads":
        return f"{where} started more threads than is allowed.", ""
    if reason == "crashed":
        return f"{where} crashed the Python interpreter: {_SIGNALS.get(detail, detail)}.", ""
    if reason == "exited":
        return (
            f"{where} ended the Python process instead of giving an answer.",
            "Remove `os._exit` and the like: a function gives its answer with `return`.",
        )
    if reason == "protocol":
        return (
            f"{where} answered with something that is no answer ({detail}).",
            f"{filename} must leave the grader's channel alone.",
        )
    return f"{where} could not run: the process had already ended.", ""


def _groups(names: list[str]) -> list[str]:
    """Return the submodules that the names of parameters belong to: `fc.weight`, `fc.bias` → `fc`.

    A bias without its weight keeps its own name: then the submodule is there, and has no bias.
    """
    weighty = {name.rpartition(".")[0] for name in names if "weight" in name.rpartition(".")[2]}
    return list(dict.fromkeys(group if (group := name.rpartition(".")[0]) in weighty else name for name in names))[:6]


def _names(value: Any) -> list[str]:
    return [str(name)[:80] for name in value] if isinstance(value, list) else []


def _shape(value: Any) -> str:
    return str(tuple(value)) if isinstance(value, list) else "?"


def _line(error: dict[str, Any]) -> int:
    line = error.get("line")
    return line if isinstance(line, int) else 0


def _text(error: dict[str, Any], name: str) -> str:
    value = error.get(name)
    return value[:500] if isinstance(value, str) else ""


def _quoted(error: dict[str, Any]) -> str:
    source = _text(error, "source")
    return f": `{source}`" if source else ""
