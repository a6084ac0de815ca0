"""SimpleCNN: the logits and gradients of the chapter's network with given weights, for any number of images."""

import pytest
import torch

from chapter10.grading import assert_close, fail
from chapter10.grading.models import (
    assert_parameter_count,
    build,
    compare_kinked_gradients,
    compare_outputs,
    conclude,
    fit,
    share_many_weights,
    unobserved,
)
from chapter10.grading.training import check_accuracy

mark = pytest.mark
FIRST = mark.needs("test_numbers")
TERMS = 400  # fc adds up 3136 numbers, but nobody does so one by one
SHAPES = {
    "conv1.weight": (32, 1, 3, 3),
    "conv1.bias": (32,),
    "conv2.weight": (64, 32, 3, 3),
    "conv2.bias": (64,),
    "fc.weight": (10, 3136),
    "fc.bias": (10,),
}


def pair(student, reference, draw):
    """Return the student's and the reference's model in eval mode, with the same random weights."""
    models = build(student.SimpleCNN), reference.SimpleCNN()
    share_many_weights(*models, draw)
    return models[0].eval(), models[1].eval()


def images(draw, N, dtype=torch.float32):
    """Draw N images: sparse and positive as digits are, with some negative pixels as after standardising."""
    drawn = draw.normal(N, 1, 28, 28, dtype=dtype)
    return torch.where(drawn.abs() > 0.5, drawn, 0.0)


def simple_state(few=False):
    """Return weights that are easy to keep apart; with `few`, only one channel of each convolution counts."""
    state = {}
    for step, (name, shape) in enumerate(SHAPES.items(), start=3):
        count = torch.Size(shape).numel()
        state[name] = ((torch.arange(count) * step % 11 - 5) / 16).reshape(shape)
    if few:
        state = {name: value.zero_() if name != "fc.bias" else value for name, value in state.items()}
        state["conv1.weight"][0, 0, 1, 1] = 1.0
        state["conv2.weight"][0, 0, 1, 1] = 1.0
        state["fc.weight"][3, :49] = 1.0
    return state


def simple_model(subject, few=False):
    """Return the subject's model with those weights, in eval mode; a probe sees only whether they fit."""
    with unobserved(subject):
        model = subject.SimpleCNN()
    fit(subject, model, simple_state(few))
    return model.eval()


def ramp(N):
    """Return N images that brighten from the upper left to the lower right, with a negative corner."""
    return (torch.arange(N * 784.0) % 37 - 9).reshape(N, 1, 28, 28) / 8


# Probes: the same questions for a submission, the solution and every misconception ---------------------------------------


def probe_parameters(subject, draw):
    """What are the parameters called, and what are their shapes?"""
    found = subject.SimpleCNN().describe()["parameters"]
    conclude(subject, "SimpleCNN()", {}, sorted([name, entry["shape"]] for name, entry in found.items()))


def probe_dark_image(subject, draw):
    """An image without light: what is left comes from the biases."""
    simple_model(subject)(torch.zeros(1, 1, 28, 28))


def probe_one_pixel(subject, draw):
    """A single bright pixel, and its negative."""
    image = torch.zeros(2, 1, 28, 28)
    image[0, 0, 4, 6], image[1, 0, 4, 6] = 2.0, -2.0
    simple_model(subject, few=True)(image)


def probe_image(subject, draw):
    """One image with many shades."""
    simple_model(subject)(ramp(1))


def probe_images(subject, draw):
    """Two images."""
    simple_model(subject)(ramp(2))


def probe_double(subject, draw):
    """A model and an image in float64."""
    simple_model(subject).to(torch.float64)(ramp(1).double())


def probe_gradients(subject, draw):
    """Gradients of one logit."""
    image = torch.zeros(1, 1, 28, 28)
    image[0, 0, 4, 6] = 1.0
    cotangent = torch.zeros(1, 10)
    cotangent[0, 3] = 1.0
    simple_model(subject, few=True).gradients(image, cotangent=cotangent, wrt=())


# Tests ------------------------------------------------------------------------------------------------------------------


@mark.points(5)
def test_numbers(student, reference, draw):
    """With the reference's weights, the logits of images are the reference's."""
    models = pair(student, reference, draw)
    compare_outputs(*models, images(draw, 2), terms=TERMS)
    compare_outputs(*models, 3 * images(draw, 2), terms=TERMS)


@FIRST
@mark.points(1)
def test_parts(student):
    """The layers are submodules called `conv1`, `conv2`, `pool` and `fc`."""
    modules = build(student.SimpleCNN).describe()["modules"]
    missing = [name for name in ("conv1", "conv2", "pool", "fc") if name not in modules]
    if missing:
        fail(
            f"SimpleCNN has no submodule `{missing[0]}`.",
            "A layer becomes a submodule when it is assigned to an attribute of that name in `__init__`.",
        )


@FIRST
@mark.points(1.5)
def test_parameter_count(student):
    """It has 50,186 parameters, all of them trainable."""
    assert_parameter_count(build(student.SimpleCNN), 50_186, "SimpleCNN")


@FIRST
@mark.points(2)
def test_any_number(student, reference, draw):
    """It takes any number of images, also a single one."""
    models = pair(student, reference, draw)
    for N in (1, 5):
        compare_outputs(*models, images(draw, N), terms=TERMS)


@FIRST
@mark.points(1)
def test_images_apart(student, reference, draw):
    """The logits of an image do not depend on the images that come with it."""
    model, _ = pair(student, reference, draw)
    batch = images(draw, 2)
    batch[1] *= 20
    together = model(batch)
    for row in range(2):
        alone = model(batch[row : row + 1])
        assert_close(alone, together[row : row + 1].double(), terms=TERMS, what="the logits of one image alone")


@FIRST
@mark.points(3)
def test_gradients(student, reference, draw):
    """Every parameter receives its gradient, and the right one."""
    models = pair(student, reference, draw)
    compare_kinked_gradients(*models, images(draw, 2), cotangent=draw.normal(2, 10), terms=TERMS, wrt=())


@FIRST
@mark.points(1.5)
def test_double(student, reference, draw):
    """A model in float64 takes float64 and returns float64, with its precision."""
    model, expected = pair(student, reference, draw)
    model.to(torch.float64)
    compare_outputs(model, expected, images(draw, 2, torch.float64), terms=TERMS, dtype=torch.float64, condition=2.0**-20)


@FIRST
@mark.points(1)
def test_images_unchanged(student, reference, draw):
    """The images are left as they were."""
    model, _ = pair(student, reference, draw)
    for dtype in (torch.float32, torch.float64):
        changed = model.to(dtype).changed(images(draw, 1, dtype))
        if changed:
            fail(
                "The images are not what they were before the call: `forward` changed them in place.",
                "Methods that end in an underscore, `inplace=True`, `x[...] = …` and `x += …` write into the caller's tensor.",
            )


@FIRST
@mark.points(1)
def test_again(student, reference, draw):
    """The same images give the same logits again, whatever came in between."""
    model, _ = pair(student, reference, draw)
    batch = images(draw, 1)
    first = model(batch)
    model(5 * images(draw, 1))
    assert_close(model(batch), first.double(), what="the logits, asked for again,")


@mark.needs("test_numbers", "test_gradients")
@mark.points(3)
@mark.training
def test_trained_accuracy(student, draw):
    """Trained on 4,000 real digits, three times over, it reads 1,000 unseen ones."""
    check_accuracy(student, "digits", draw)
