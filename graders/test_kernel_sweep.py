"""Kernel sweep: SimpleCNN for any odd kernel size, the sizes that can't be, and the count of what is trained."""

import pytest
import torch

from chapter10.grading import Model, SubjectError, assert_close, assert_tensor, describe, fail
from chapter10.grading.models import (
    build,
    compare_kinked_gradients,
    compare_outputs,
    conclude,
    fit,
    shapes_of,
    share_many_weights,
    unobserved,
)

mark = pytest.mark
FIRST = mark.needs("test_numbers")
COUNTING = mark.needs("test_parameter_count")
TERMS = 500  # fc adds up 3136 numbers and conv2 up to 2592, but nobody does so one by one


def pair(student, reference, draw, kernel_size):
    """Return the student's and the reference's model in eval mode, with the same random weights."""
    models = build(student.build_cnn, kernel_size), reference.build_cnn(kernel_size)
    share_many_weights(*models, draw)
    return models[0].eval(), models[1].eval()


def images(draw, N, dtype=torch.float32):
    """Draw N images: sparse and positive as digits are, with some negative pixels as after standardising."""
    drawn = draw.normal(N, 1, 28, 28, dtype=dtype)
    return torch.where(drawn.abs() > 0.5, drawn, 0.0)


def shapes(kernel_size):
    """Return what the parameters are called, and their shapes."""
    return {
        "conv1.weight": (32, 1, kernel_size, kernel_size),
        "conv1.bias": (32,),
        "conv2.weight": (64, 32, kernel_size, kernel_size),
        "conv2.bias": (64,),
        "fc.weight": (10, 3136),
        "fc.bias": (10,),
    }


def simple_model(subject, kernel_size, weight=1.0):
    """Return the subject's model with few weights that count; a probe sees only whether they fit."""
    with unobserved(subject):
        model = subject.build_cnn(kernel_size)
    state = {name: torch.zeros(shape) for name, shape in shapes(kernel_size).items()}
    state["conv1.weight"][0, 0], state["conv1.bias"][0] = weight, -0.5
    state["conv2.weight"][0, 0], state["conv2.bias"][0] = weight, -0.5
    state["fc.weight"][0, :49] = torch.arange(49.0)
    fit(subject, model, state)
    return model.to(torch.float32).eval()


def one_pixel(row, column):
    """Return an image with one bright pixel."""
    image = torch.zeros(1, 1, 28, 28)
    image[0, 0, row, column] = 1.0
    return image


def refusal(subject, kernel_size):
    """Return what becomes of an impossible kernel size: the type of the exception, or what is returned."""
    try:
        found = subject.build_cnn(kernel_size)
    except SubjectError as refused:
        return refused.exception()
    return describe(found)


def assert_refused(student, kernel_size):
    """Check that `build_cnn` raises ValueError."""
    found = refusal(student, kernel_size)
    if found == "ValueError":
        return
    accepted = found[:2] in ("a ", "an") or found == "None"
    what = f"returns {found}" if accepted else f"raises {found}"
    fail(f"build_cnn({kernel_size}) {what}, expected ValueError.", "`if …: raise ValueError(…)`, before anything is built.")


def assert_int(actual, expected, what):
    """Check that a count is an int, and which one."""
    if type(actual) is not int:
        fail(f"The count of {what} is {describe(actual)}, expected the int {expected:,}.")
    if actual != expected:
        fail(f"The count of {what} is {actual:,}, expected {expected:,}.")


# Probes: the same questions for a submission, the solution and every misconception ---------------------------------------


def probe_refused(subject, draw):
    """Kernel sizes that can't be."""
    for kernel_size in (2, 0, -1, -2):
        subject.calls.clear()
        conclusion = refusal(subject, kernel_size)
        if conclusion != "ValueError":
            break
    conclude(subject, "build_cnn", {"kernel_size": kernel_size}, conclusion)


def probe_shapes(subject, draw):
    """What are the parameters called, and what are their shapes?"""
    for kernel_size in (1, 3, 5):
        found = subject.build_cnn(kernel_size)
        if not isinstance(found, Model):
            conclude(subject, "build_cnn", {"kernel_size": kernel_size}, describe(found))
            return
        found = {name: tuple(entry["shape"]) for name, entry in found.describe()["parameters"].items()}
        if found != shapes(kernel_size):
            break
    conclude(subject, "build_cnn", {"kernel_size": kernel_size}, [[name, list(found[name])] for name in sorted(found)])


def probe_one(subject, draw):
    """A kernel of one pixel."""
    simple_model(subject, 1)(one_pixel(4, 6))


def probe_three(subject, draw):
    """Three pixels, in the middle and at the border."""
    simple_model(subject, 3)(one_pixel(4, 6))
    simple_model(subject, 3)(one_pixel(0, 27))


def probe_five(subject, draw):
    """Five pixels, in the middle and at the border."""
    simple_model(subject, 5)(one_pixel(4, 6))
    simple_model(subject, 5)(one_pixel(27, 1))


def probe_dark(subject, draw):
    """A dark pixel."""
    simple_model(subject, 3, weight=-1.0)(one_pixel(4, 6))


def probe_two_models(subject, draw):
    """Two models of one size: the weights of the second are not those of the first."""
    first = simple_model(subject, 3)
    simple_model(subject, 3, weight=2.0)
    first(one_pixel(4, 6))


def probe_count_layer(subject, draw):
    """A single layer, two layers, and layers within layers."""
    inner = ("Sequential", ("Linear", 2, 3), ("ReLU",))
    for spec in (("Linear", 1, 1), ("Sequential", ("Linear", 2, 3), ("Linear", 3, 1)), ("Sequential", inner, ("Linear", 3, 1))):
        with unobserved(subject):
            model = subject.build(*spec)
        subject.parameter_count(model)


def probe_count_attention(subject, draw):
    """A layer with parameters of its own and a submodule with further ones."""
    with unobserved(subject):
        model = subject.build("MultiheadAttention", 2, 1)
    subject.parameter_count(model)


def probe_count_trained(subject, draw):
    """A layer with buffers, and one that is frozen."""
    for spec, frozen in (
        (("BatchNorm2d", 2), ()),
        (("Sequential", ("Linear", 2, 3), ("Linear", 3, 1)), ("0.weight", "0.bias")),
    ):
        with unobserved(subject):
            model = subject.build(*spec, frozen=frozen)
        subject.parameter_count(model)


def probe_count_network(subject, draw):
    """The network itself."""
    with unobserved(subject):
        model = subject.build_cnn(1)
    subject.parameter_count(model)


# Tests ------------------------------------------------------------------------------------------------------------------


@mark.points(4)
def test_numbers(student, reference, draw):
    """With the reference's weights, the logits of networks with 3 × 3 and 5 × 5 kernels are the reference's."""
    for kernel_size in (3, 5):
        compare_outputs(*pair(student, reference, draw, kernel_size), images(draw, 2), terms=TERMS)


@FIRST
@mark.points(3)
def test_other_sizes(student, reference, draw):
    """Any odd kernel size works, also 1 and those above 7."""
    for kernel_size in (1, 7):
        compare_outputs(*pair(student, reference, draw, kernel_size), images(draw, 1), terms=TERMS)
    for kernel_size in (9, 13):
        model = build(student.build_cnn, kernel_size)
        found = shapes_of(model)
        for name, shape in shapes(kernel_size).items():
            if found.get(name) != shape:
                fail(f"`{name}` of build_cnn({kernel_size}) has shape {found.get(name)}, expected {shape}.")
        assert_tensor(model(images(draw, 1)), (1, 10), what=f"the result of build_cnn({kernel_size})")


@FIRST
@mark.points(1)
def test_parts(student):
    """The layers are submodules called `conv1`, `conv2`, `pool` and `fc`."""
    modules = build(student.build_cnn, 3).describe()["modules"]
    missing = [name for name in ("conv1", "conv2", "pool", "fc") if name not in modules]
    if missing:
        fail(
            f"The network has no submodule `{missing[0]}`.",
            "A layer becomes a submodule when it is assigned to an attribute of that name in `__init__`.",
        )


@FIRST
@mark.points(2)
def test_gradients(student, reference, draw):
    """Every parameter receives its gradient, and the right one."""
    models = pair(student, reference, draw, 5)
    compare_kinked_gradients(*models, images(draw, 1), cotangent=draw.normal(1, 10), terms=TERMS, wrt=())


@FIRST
@mark.points(1)
def test_double(student, reference, draw):
    """A model in float64 takes float64 and returns float64, with its precision."""
    model, expected = pair(student, reference, draw, 3)
    model.to(torch.float64)
    compare_outputs(model, expected, images(draw, 2, torch.float64), terms=TERMS, dtype=torch.float64, condition=2.0**-20)


@FIRST
@mark.points(1)
def test_images_unchanged(student, reference, draw):
    """The images are left as they were."""
    for kernel_size in (1, 3):
        model, _ = pair(student, reference, draw, kernel_size)
        if model.changed(images(draw, 1)):
            fail(
                "The images are not what they were before the call: `forward` changed them in place.",
                "Methods that end in an underscore, `inplace=True`, `x[...] = …` and `x += …` write into the caller's tensor.",
            )


@FIRST
@mark.points(2)
def test_fresh(student, reference, draw):
    """Each call builds a fresh model: other weights in one model change no other, of the same size or another."""
    first, expected = pair(student, reference, draw, 3)
    batch = images(draw, 1)
    before = first(batch)
    for kernel_size in (3, 1):
        pair(student, reference, draw, kernel_size)
        after = first(batch)
        assert_close(after, before.double(), what="the result of the first model, after another was built and filled,")
    compare_outputs(first, expected, batch, terms=TERMS)


@FIRST
@mark.points(1)
def test_even_sizes(student):
    """An even kernel size raises ValueError."""
    for kernel_size in (2, 4, 10):
        assert_refused(student, kernel_size)


@FIRST
@mark.points(1)
def test_sizes_below_one(student):
    """Zero and negative kernel sizes raise ValueError, also odd ones."""
    for kernel_size in (0, -1, -2, -3):
        assert_refused(student, kernel_size)


@mark.points(2)
def test_parameter_count(student):
    """`parameter_count` adds up the numbers in all parameters of a model, also of layers within layers."""
    assert_int(student.parameter_count(student.build("Linear", 3, 4)), 16, "a linear layer 3 → 4")
    model = student.build("Sequential", ("Conv2d", 2, 3, 2), ("ReLU",), ("Embedding", 5, 7))
    assert_int(student.parameter_count(model), 62, "a convolution 2 → 3 with a 2 × 2 kernel and an embedding 5 × 7")
    model = student.build("Sequential", ("Sequential", ("Sequential", ("Linear", 2, 2)), ("LayerNorm", 3)), ("Linear", 1, 1))
    assert_int(student.parameter_count(model), 14, "layers within layers")
    assert_int(student.parameter_count(student.build("MultiheadAttention", 4, 2)), 80, "nn.MultiheadAttention(4, 2)")
    assert_int(student.parameter_count(student.build("ReLU")), 0, "a layer without parameters")


@COUNTING
@mark.points(1)
def test_only_trained(student):
    """`parameter_count` leaves out frozen parameters and buffers."""
    assert_int(student.parameter_count(student.build("BatchNorm2d", 5)), 10, "a batch norm of 5 channels")
    model = student.build("Sequential", ("Linear", 3, 4), ("Linear", 4, 2), frozen=["0.weight", "1.bias"])
    assert_int(student.parameter_count(model), 12, "two linear layers 3 → 4 → 2 with the first weight and the last bias frozen")
    model = student.build("Linear", 3, 4, frozen=["weight", "bias"])
    assert_int(student.parameter_count(model), 0, "a frozen linear layer")


@mark.needs("test_parameter_count", "test_numbers")
@mark.points(1)
def test_costs(student):
    """The networks for 1, 3, 5 and 7 have 33,546, 50,186, 83,466 and 133,386 parameters."""
    for kernel_size, expected in ((1, 33_546), (3, 50_186), (5, 83_466), (7, 133_386)):
        model = build(student.build_cnn, kernel_size)
        assert_int(student.parameter_count(model), expected, f"build_cnn({kernel_size})")
        if model.parameter_count() != expected:
            fail(f"build_cnn({kernel_size}) has {model.parameter_count():,} trainable parameters, expected {expected:,}.")
