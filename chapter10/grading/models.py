"""Checks that every model exercise needs: the same weights in both, the same numbers and gradients out of both."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from zlib import crc32

import torch

from chapter10.grading.compare import CheckFailed, assert_close, assert_gradient, describe
from chapter10.sandbox.proxy import Call, Function, Model, Subject, SubjectError

Tensor = torch.Tensor

_POOL = 997


def build(kind: Function, *arguments: Any, **options: Any) -> Model:
    """Make a model of the subject's class `kind`. Raises CheckFailed when what comes back is no nn.Module."""
    model = kind(*arguments, **options)
    if not isinstance(model, Model):
        raise CheckFailed(
            f"{kind._label} gives {describe(model)}, expected an nn.Module.",
            "Write it as a class that inherits from nn.Module, and call `super().__init__()` first.",
        )
    return model


def share_weights(student: Model, reference: Model, draw: Any, optional: Sequence[str] = ("num_batches_tracked",)) -> None:
    """Give both models the same random weights, by name; every parameter gets numbers of its own, also those that start
    at 0 or 1.

    Raises:
        SubjectError: a name or a shape of the contract is missing in the student's model.
    """
    state = {}
    for name, value in reference.state_dict().items():
        if not value.is_floating_point():
            state[name] = value
        elif name.endswith("running_var"):
            state[name] = draw.uniform(*value.shape, low=0.5, high=2.0)
        elif value.dim() == 1:
            state[name] = draw.uniform(*value.shape, low=-0.5, high=0.5) + (1.0 if name.endswith("weight") else 0.0)
        else:
            state[name] = draw.normal(*value.shape, scale=value[0].numel() ** -0.5)
    reference.load_state_dict(state, optional)
    student.load_state_dict({name: value for name, value in state.items() if _last(name) not in optional}, optional)


def share_many_weights(student: Model, reference: Model, draw: Any) -> None:
    """Do as `share_weights` for models of many thousand weights: a pool of drawn numbers is spread over all of them.

    So a recording stays small. The pool's size is prime, so that no two rows, channels or kernels are alike.

    Raises:
        SubjectError: a name or a shape of the contract is missing in the student's model.
    """
    pool, state = draw.normal(_POOL), {}
    for number, (name, entry) in enumerate(reference.describe()["parameters"].items(), start=1):
        shape = torch.Size(entry["shape"])
        places = (torch.arange(shape.numel()) * (2 * number + 1) + 53 * number) % _POOL
        scale = shape[1:].numel() ** -0.5 if len(shape) > 1 else 1.0
        start = 1.0 if len(shape) == 1 and name.endswith("weight") else 0.0
        state[name] = (pool[places] * scale + start).reshape(shape)
    reference.load_state_dict(state)
    student.load_state_dict(state)


def compare_outputs(
    student: Model, reference: Model, *inputs: Any, terms: int, dtype: torch.dtype = torch.float32, **tolerance: Any
) -> None:
    """Check that both models answer the same to `inputs`; a tuple of tensors is compared part by part. Raises CheckFailed."""
    compare_answers(student(*inputs), reference(*inputs), terms=terms, dtype=dtype, **tolerance)


def compare_answers(
    found: Any, expected: Any, *, terms: int, dtype: torch.dtype = torch.float32, what: str = "your result", **tolerance: Any
) -> None:
    """Check a tensor, or a tuple of them part by part. Raises CheckFailed."""
    if not isinstance(expected, (tuple, list)):
        assert_close(found, expected, terms=terms, dtype=dtype, what=what, **tolerance)
        return
    if not isinstance(found, (tuple, list)) or len(found) != len(expected):
        raise CheckFailed(
            f"{what[:1].upper() + what[1:]} is not a tuple of {len(expected)}.",
            "Look at the `Returns` of the stub.",
            found,
            expected,
        )
    for number, (mine, wanted) in enumerate(zip(found, expected, strict=True)):
        compare_answers(mine, wanted, terms=terms, dtype=dtype, what=f"part {number} of {what}", **tolerance)


def compare_gradients(
    student: Model, reference: Model, *inputs: Any, cotangent: Any, terms: int, wrt: Sequence[str] | None = None,
    condition: float = 4.0, dtype: torch.dtype = torch.float32,
) -> None:  # fmt: skip
    """Check values and gradients, with respect to the inputs and to every parameter. Raises CheckFailed."""
    expected = reference.gradients(*inputs, cotangent=cotangent, wrt=wrt)
    found = student.gradients(*inputs, cotangent=cotangent, wrt=wrt)
    compare_answers(found.value, expected.value, terms=terms, dtype=dtype, condition=condition)
    largest = max((float(g.abs().max()) for g in expected.parameters.values() if g is not None and g.numel()), default=0.0)
    for name, gradient in expected.inputs.items():
        assert_gradient(found.inputs.get(name), gradient, name, terms=terms, condition=condition, dtype=dtype)
    for name, gradient in expected.parameters.items():
        # A gradient that cancels to zero (the bias of a key projection) is rounding noise: measure it by its neighbours.
        scale = max(float(gradient.abs().max()), 3e-2 * largest) if gradient is not None else None
        assert_gradient(
            found.parameters.get(name), gradient, f"`{name}`", terms=terms, condition=condition, dtype=dtype, scale=scale
        )


def compare_kinked_gradients(
    student: Model, reference: Model, *inputs: Any, cotangent: Any, terms: int, wrt: Sequence[str] | None = None,
    condition: float = 4.0, names: Mapping[str, str] | None = None,
) -> None:  # fmt: skip
    """Check gradients through many ReLUs or poolings: roughly in float32, sharply in float64. Raises CheckFailed.

    Among ten thousand ReLUs, one is so near its kink that float32 may fall on the other side of it, and all gradients behind it
    rightly differ a little. `names` tells what the student calls a parameter of the reference, where that is another name.
    The student's model is in float64 afterwards.
    """
    expected = reference.gradients(*inputs, cotangent=cotangent, wrt=wrt)
    size = max(float(g.norm()) for g in [*expected.inputs.values(), *expected.parameters.values()] if g is not None)
    for dtype in (torch.float32, torch.float64):
        if dtype is torch.float64:
            inputs = tuple(item.double() if isinstance(item, Tensor) and item.is_floating_point() else item for item in inputs)
            student.to(dtype)
        found = student.gradients(*inputs, cotangent=cotangent, wrt=wrt)
        compare_answers(found.value, expected.value, terms=terms, dtype=dtype, condition=condition)
        pairs = [(name, found.inputs.get(name), gradient) for name, gradient in expected.inputs.items()]
        for name, gradient in expected.parameters.items():
            own = (names or {}).get(name, name)
            pairs.append((f"`{own}`", found.parameters.get(own), gradient))
        for name, mine, gradient in pairs:
            if dtype is torch.float64:
                assert_gradient(mine, gradient, name, terms=terms, condition=condition, dtype=dtype)
            else:
                _assert_roughly(mine, gradient, name, size)


def _assert_roughly(found: Tensor | None, expected: Tensor | None, name: str, size: float) -> None:
    """Check that a float32 gradient points where it should. `size` is the norm of the largest: others may cancel to nothing."""
    if expected is None or found is None or found.shape != expected.shape or found.dtype != torch.float32:
        assert_gradient(found, expected, name)  # says what is the matter
    elif not (found.double() - expected).norm() <= 0.1 * expected.norm() + 1e-3 * size:  # NaN is refused as well
        assert_gradient(found, expected, name, condition=1e3)
        raise CheckFailed(f"The gradient with respect to {name} is not right.", "", found, expected)


def assert_parameter_count(model: Model, expected: int, what: str) -> None:
    """Check the number of trainable parameters. Raises CheckFailed, which lists what was found."""
    count = model.parameter_count()
    if count != expected:
        shapes = {name: tuple(entry["shape"]) for name, entry in model.describe()["parameters"].items() if entry["trainable"]}
        listed = ", ".join(f"{name} {shape}" for name, shape in list(shapes.items())[:12])
        raise CheckFailed(f"{what} has {count:,} trainable parameters, expected {expected:,}.", f"It has {listed or 'none'}.")


def shapes_of(model: Model) -> dict[str, tuple[int, ...]]:
    """Return the shapes of all parameters, under every name that a parameter has."""
    description = model.describe()
    found = {name: tuple(entry["shape"]) for name, entry in description["parameters"].items()}
    for alias, path in description["aliases"].items():
        inner = {name.removeprefix(f"{path}."): shape for name, shape in found.items() if name.startswith(f"{path}.")}
        found |= {f"{alias}.{name}": shape for name, shape in inner.items()}
    return found


def random_state(model: Model, seed: int, tables: Sequence[int] = ()) -> dict[str, Tensor]:
    """Return random weights for whatever parameters `model` has; its buffers stay as they are.

    The numbers follow from `seed`, the names and the shapes, not from the order of construction, nor from the tape.
    A parameter with one of the sizes in `tables` (a vocabulary, say) gets standard normal entries, as an embedding has them.
    """
    state, generator = model.state_dict(), torch.Generator()
    fixed = model.describe()["buffers"]
    for name, value in state.items():
        if name in fixed or not value.is_floating_point():
            continue
        generator.manual_seed(seed + crc32(name.encode()))
        if value.dim() < 2:
            start = 1.0 if name.endswith("weight") else 0.0
            drawn = start + torch.rand(value.shape, generator=generator) - 0.5
        else:
            drawn = torch.randn(value.shape, generator=generator)
            drawn *= 1.0 if set(tables) & set(value.shape) else value.shape[-1] ** -0.5
        state[name] = drawn.to(value.dtype)
    return state


@contextmanager
def unobserved(subject: Subject) -> Iterator[None]:
    """Keep what is asked inside out of a probe's observation, such as a state_dict that starts at random; errors stay in."""
    before = len(subject.calls)
    try:
        yield
    except SubjectError as failure:
        del subject.calls[before:-1]
        error = failure.error
        if error.get("kind") == "state":  # weights that do not fit: which ones tells one mistake from the other
            error["message"] = "; ".join(" ".join(error.get(group, ())) for group in ("missing", "unexpected", "mismatched"))
        raise
    del subject.calls[before:]


def fit(subject: Subject, model: Model, state: dict[str, Tensor]) -> None:
    """Load `state` in a probe. Where it does not fit, the probe ends on what is missing, left over, or of another shape."""
    try:
        with unobserved(subject):
            model.load_state_dict(state)
    except SubjectError as misfit:
        if misfit.error.get("kind") == "state":
            details = [misfit.error.get(kind) for kind in ("missing", "unexpected", "mismatched")]
            conclude(subject, misfit.call.label, {}, details)
        raise


def conclude(subject: Subject, label: str, arguments: dict[str, Any], conclusion: Any) -> None:
    """End a probe on a conclusion in place of its answers: for answers that rightly differ from one design to the next."""
    subject.calls[:] = [Call(label, arguments, {"op": "call"}, {"value": conclusion})]


def _last(name: str) -> str:
    return name.rpartition(".")[2]
