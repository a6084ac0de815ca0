"""The residual block: branch, shortcut and their sum, in eval and train mode, for every combination of channels and stride."""

import pytest
import torch

from chapter10.grading import assert_close, assert_equal, exact, fail, scattered
from chapter10.grading.models import build, compare_kinked_gradients, compare_outputs, conclude, fit, unobserved

mark = pytest.mark
FIRST = mark.needs("test_numbers")
PROJECTED = mark.needs("test_channels", "test_stride")
TERMS = 100  # two convolutions of up to 54 numbers, one after the other
STATISTICS = ("weight", "bias", "running_mean", "running_var")
OPTIONAL = ("num_batches_tracked",)


def is_projected(in_channels, out_channels, stride=1):
    """Say whether a block of these sizes needs a projection on its shortcut."""
    return in_channels != out_channels or stride != 1


def shapes(in_channels, out_channels, stride=1):
    """Return the shapes of parameters and statistics; `project` and `norm` stand for the two parts of the shortcut."""
    found = {"conv1.weight": (out_channels, in_channels, 3, 3), "conv2.weight": (out_channels, out_channels, 3, 3)}
    norms = ["bn1", "bn2"]
    if is_projected(in_channels, out_channels, stride):
        found["project.weight"] = (out_channels, in_channels, 1, 1)
        norms.append("norm")
    return found | {f"{norm}.{name}": (out_channels,) for norm in norms for name in STATISTICS}


def shortcut_of(model):
    """Return the paths of the convolutions and of the batch norms that are not on the branch."""
    description = model.describe()
    aliases = description["aliases"]
    branch = {aliases.get(part, part) for part in ("conv1", "bn1", "conv2", "bn2")}
    rest = {path: kinds for path, kinds in description["modules"].items() if path not in aliases and path not in branch}
    return [[path for path, kinds in rest.items() if kind in kinds] for kind in ("Conv2d", "BatchNorm2d")]


def names_of(model, *sizes):
    """Return what the model calls the entries of `shapes`. Raises CheckFailed when the parts of the shortcut can't be found."""
    convolutions, norms = shortcut_of(model)
    block = f"ResidualBlock({', '.join(map(str, sizes))})"
    wanted = int(is_projected(*sizes))
    if not wanted and (convolutions or norms):
        fail(
            f"{block} has `{(convolutions + norms)[0]}` beside conv1, bn1, conv2 and bn2.",
            "Where the block changes neither channels nor size, the shortcut is the input itself.",
        )
    for found, kind in ((convolutions, "nn.Conv2d"), (norms, "nn.BatchNorm2d")):
        if len(found) != wanted:
            fail(
                f"{block} has {len(found)} modules of type {kind} for its shortcut, expected {wanted}.",
                "Where the shape changes, the shortcut is a 1 × 1 convolution and a batch norm, created in `__init__`.",
            )
    paths = {"project": convolutions[0], "norm": norms[0]} if wanted else {}
    return {name: f"{paths.get(part, part)}.{last}" for name in shapes(*sizes) for part, _, last in [name.partition(".")]}


def load(model, names, state):
    """Load `state` under the model's own names."""
    model.load_state_dict({names[name]: value for name, value in state.items()}, OPTIONAL)


def random_state(draw, *sizes):
    """Draw weights and statistics."""
    state = {}
    for name, shape in shapes(*sizes).items():
        if name.endswith("running_var"):
            state[name] = draw.uniform(*shape, low=0.5, high=2.0)
        elif len(shape) == 1:
            start = 1.0 if name.endswith("weight") else 0.0
            state[name] = draw.uniform(*shape, low=-0.5, high=0.5) + start
        else:
            state[name] = draw.normal(*shape, scale=torch.Size(shape[1:]).numel() ** -0.5)
    return state


class Pair:
    """The student's block and the reference's, with the same random weights, in eval mode."""

    def __init__(self, student, reference, draw, *sizes, **changes):
        self.student, self.reference = build(student.ResidualBlock, *sizes), reference.ResidualBlock(*sizes)
        self.state = random_state(draw, *sizes)
        for name, number in changes.items():
            self.state[name.replace("_", ".", 1)].fill_(number)
        self.names, self.reference_names = names_of(self.student, *sizes), names_of(self.reference, *sizes)
        load(self.reference, self.reference_names, self.state)
        load(self.student, self.names, self.state)
        self.eval()

    def eval(self):
        """Put both into eval mode."""
        self.student.eval(), self.reference.eval()
        return self

    def train(self):
        """Put both into train mode."""
        self.student.train(), self.reference.train()
        return self

    def compare(self, x, **tolerance):
        """Check that both answer the same."""
        compare_outputs(self.student, self.reference, x, terms=TERMS, **tolerance)

    def compare_gradients(self, draw, x):
        """Check that both have the same gradients."""
        shape = self.reference(x).shape
        renamed = {self.reference_names[name]: own for name, own in self.names.items()}
        compare_kinked_gradients(
            self.student, self.reference, x, cotangent=draw.normal(*shape), terms=TERMS, names=renamed, wrt=("x",)
        )

    def statistics(self):
        """Return the running statistics of both, under the names of `shapes`."""
        mine, expected = self.student.state_dict(), self.reference.state_dict()
        for name, own in self.names.items():
            if "running" in name:
                yield own, mine.get(own), expected[self.reference_names[name]]


# Probes: the same questions for a submission, the solution and every misconception, from the tiniest input up ----------


def simple_block(subject, *sizes, second=1.0):
    """Return a block with weights that are easy to follow, in eval mode; a probe sees whether they fit.

    Middle weights of 1, 2, …, smaller ones beside them, and batch norms that shift: bn1 by −1, bn2 by 0.5.
    """
    with unobserved(subject):
        model = subject.ResidualBlock(*sizes)
        convolutions, norms = shortcut_of(model)
    if len(convolutions) > 1 or len(norms) > 1 or len(convolutions) != len(norms):
        conclude(subject, "ResidualBlock", {"sizes": list(sizes)}, [len(convolutions), len(norms)])
        raise ValueError("the shortcut has other parts")
    paths = {"project": convolutions[0], "norm": norms[0]} if norms else {"project": None, "norm": None}
    state = {}
    for name, shape in shapes(*sizes).items():
        state[name] = torch.ones(shape) if name.endswith(("norm.weight", "bn1.weight", "running_var")) else torch.zeros(shape)
    for name in ("conv1.weight", "conv2.weight", "project.weight"):
        if name in state:
            middle = state[name].size(-1) // 2
            state[name][:, :, middle, middle] = torch.arange(1.0, 1 + sizes[1])[:, None]
    state["conv1.weight"][:, :, 1, 2] = 0.25
    state["conv2.weight"][:, :, 1, 0] = 0.5
    state["bn1.bias"] -= 1
    state["bn2.bias"] += 0.5
    state["bn2.weight"] += second
    given = {}
    for name, value in state.items():
        part, _, last = name.partition(".")
        if paths.get(part, part) is not None:  # without a projection, the branch alone still tells something
            given[f"{paths.get(part, part)}.{last}"] = value
    fit(subject, model, given)
    return model.eval()


def small(*numbers):
    """Return an image of one row."""
    return torch.tensor(numbers).reshape(1, 1, 1, -1)


def probe_parts(subject, draw):
    """How many numbers are learnt with equal shapes, with another number of channels, and with a stride?"""
    found = []
    for sizes in ((2, 2), (2, 3), (2, 2, 2)):
        model = subject.ResidualBlock(*sizes)
        found.append(sorted(entry["shape"] for entry in model.describe()["parameters"].values()))
    conclude(subject, "ResidualBlock", {}, found)


def probe_one_pixel(subject, draw):
    """One pixel: a bright one, and a dark one."""
    simple_block(subject, 1, 1)(small(2.0))
    simple_block(subject, 1, 1)(small(-1.0))


def probe_subtracts(subject, draw):
    """A branch that subtracts from its input."""
    simple_block(subject, 1, 1, second=-0.5)(small(3.0, -4.0))
    simple_block(subject, 1, 1, second=-2.0)(small(3.0, -4.0))


def probe_two_images(subject, draw):
    """Two images, and the first of them alone."""
    model = simple_block(subject, 1, 1)
    model(torch.tensor([[[[2.0]]], [[[4.0]]]]))
    model(small(2.0))


def probe_channels(subject, draw):
    """One channel in, two out."""
    simple_block(subject, 1, 2)(small(2.0, -1.0))
    simple_block(subject, 1, 2, second=0.0)(small(2.0, -1.0))


def probe_stride(subject, draw):
    """A stride of two."""
    simple_block(subject, 1, 1, 2)(torch.arange(1.0, 10.0).reshape(1, 1, 3, 3))


def probe_stride_and_channels(subject, draw):
    """A stride of two, and two channels out of one."""
    simple_block(subject, 1, 2, 2)(torch.arange(1.0, 10.0).reshape(1, 1, 3, 3))


def probe_train(subject, draw):
    """Train mode."""
    model = simple_block(subject, 1, 1)
    model.train()(small(2.0, -1.0, 5.0))
    model.eval()(small(2.0))


def probe_gradients(subject, draw):
    """Gradients with respect to the input and every parameter."""
    simple_block(subject, 1, 1).gradients(small(2.0, -1.0), cotangent=small(1.0, 3.0))


def probe_negative_shortcut(subject, draw):
    """A projection that comes out negative."""
    model = simple_block(subject, 1, 2)
    model(small(-1.0, -4.0))


# Tests ------------------------------------------------------------------------------------------------------------------


@mark.points(4)
def test_numbers(student, reference, draw):
    """Where shapes agree, the result is relu(branch(x) + x) with the branch conv1, bn1, ReLU, conv2, bn2 (in eval mode)."""
    Pair(student, reference, draw, 2, 2).compare(draw.normal(2, 2, 4, 4))
    pair = Pair(student, reference, draw, 4, 4)
    pair.compare(2 * draw.normal(3, 4, 4, 5))
    pair.compare(50 * draw.normal(2, 4, 3, 3))  # no ReLU6
    pair.compare(draw.normal(1, 4, 1, 3))


@FIRST
@mark.points(2.5)
def test_channels(student, reference, draw):
    """Where channels differ, x comes through a 1 × 1 convolution and a batch norm instead."""
    Pair(student, reference, draw, 3, 5).compare(draw.normal(2, 3, 4, 4))
    Pair(student, reference, draw, 6, 1).compare(draw.normal(2, 6, 3, 5))


@FIRST
@mark.points(2.5)
def test_stride(student, reference, draw):
    """A stride is taken by conv1 and by the projection, also where channels agree, and for odd heights and widths."""
    Pair(student, reference, draw, 3, 3, 2).compare(draw.normal(2, 3, 5, 7))
    Pair(student, reference, draw, 3, 6, 2).compare(draw.normal(2, 3, 4, 6))
    pair = Pair(student, reference, draw, 5, 2, 3)
    pair.compare(draw.normal(2, 5, 7, 5))
    pair.compare(draw.normal(1, 5, 1, 8))


@FIRST
@mark.points(1)
def test_parameter_count(student):
    """The convolutions have no bias, and the shortcut has parameters only where it needs them."""
    for sizes, expected in (((4, 4), 304), ((4, 4, 2), 328), ((2, 4), 248), ((8, 3, 1), 339), ((16, 32, 2), 14528)):
        model = build(student.ResidualBlock, *sizes)
        count = model.parameter_count()
        if count != expected:
            parameters = model.describe()["parameters"]
            listed = ", ".join(f"{name} {tuple(entry['shape'])}" for name, entry in parameters.items())
            fail(f"ResidualBlock{sizes} has {count:,} trainable parameters, expected {expected:,}.", f"It has {listed}.")


@FIRST
@mark.points(1)
def test_zero_branch(student, reference, draw):
    """With `bn2.weight` and `bn2.bias` at zero, the block is relu(shortcut(x)), in train mode too."""
    x = draw.normal(2, 3, 4, 4)
    pair = Pair(student, reference, draw, 3, 3, bn2_weight=0.0, bn2_bias=0.0)
    assert_close(pair.student(x), x.clamp(min=0).double())
    assert_close(pair.train().student(x), x.clamp(min=0).double())
    fresh = build(student.ResidualBlock, 3, 3).state_dict()
    for name in ("bn1.bias", "bn2.bias"):
        assert_equal(fresh[name], torch.zeros(3), what=f"`{name}` of a fresh block")
    pair = Pair(student, reference, draw, 3, 2, 2, bn2_weight=0.0, bn2_bias=0.0)
    pair.compare(x)
    pair.train().compare(x, condition=4)


@FIRST
@mark.points(2)
def test_gradients(student, reference, draw):
    """x and every parameter receive their right gradients where the shortcut is x itself."""
    Pair(student, reference, draw, 3, 3).compare_gradients(draw, draw.normal(2, 3, 3, 4))
    Pair(student, reference, draw, 2, 2).train().compare_gradients(draw, draw.normal(3, 2, 4, 3))


@PROJECTED
@mark.points(2)
def test_projected_gradients(student, reference, draw):
    """x and every parameter receive their right gradients where the shortcut is a projection."""
    Pair(student, reference, draw, 3, 2).compare_gradients(draw, draw.normal(2, 3, 3, 4))
    Pair(student, reference, draw, 2, 4, 2).train().compare_gradients(draw, draw.normal(3, 2, 5, 4))


@FIRST
@mark.points(1)
def test_train_mode(student, reference, draw):
    """In train mode the batch norms normalise by the batch, and update their running statistics once for each call."""
    pair = Pair(student, reference, draw, 2, 4, 2).train()
    for _ in range(2):
        pair.compare(draw.normal(3, 2, 4, 5), condition=4)
    for name, mine, expected in pair.statistics():
        assert_close(mine, expected.double(), terms=TERMS, condition=4, what=f"`{name}` after two calls in train mode")


@FIRST
@mark.points(1)
def test_eval_mode(student, reference, draw):
    """In eval mode a call changes no running statistics, and an image's result does not depend on the others."""
    pair = Pair(student, reference, draw, 2, 4, 2)
    x = draw.normal(3, 2, 4, 4)
    together = pair.student(x)
    known = {own: pair.state[name] for name, own in pair.names.items()}
    for name, mine, _ in pair.statistics():
        assert_equal(mine, known[name], what=f"`{name}` after a call in eval mode")
    alone = pair.student(x[1:2])
    assert_close(alone, together[1:2].double(), terms=TERMS, what="the result of one image alone")


@FIRST
@mark.points(1)
def test_double(student, reference, draw):
    """A block in float64 takes float64 and returns float64, with its precision; memory layout does not matter."""
    pair = Pair(student, reference, draw, 3, 2, 2)
    pair.compare(scattered(draw.normal(2, 3, 4, 5)))
    pair.student.to(torch.float64)
    pair.compare(draw.normal(2, 3, 4, 5, dtype=torch.float64), dtype=torch.float64, condition=exact(torch.float64))


@FIRST
@mark.points(1)
def test_input_unchanged(student, reference, draw):
    """x is left as it was."""
    for sizes in ((3, 3), (3, 2, 2)):
        pair = Pair(student, reference, draw, *sizes)
        for training in (False, True):
            if pair.student.train(training).changed(draw.normal(2, 3, 4, 4)):
                fail(
                    "x is not what it was before the call: `forward` changed it in place.",
                    "`x += …`, `inplace=True` and methods that end in an underscore write into the caller's tensor.",
                )


@FIRST
@mark.points(1)
def test_deep_stack(student, draw):
    """Through a fresh stack of 50 blocks, the gradient neither vanishes nor explodes."""
    stack = student.build("Sequential", *[("ResidualBlock", 4, 4)] * 50).train()
    cotangent = draw.normal(4, 4, 6, 6)
    found = stack.gradients(draw.normal(4, 4, 6, 6), cotangent=cotangent).inputs.get("0")
    if found is None:
        fail("No gradient arrives at the input of a stack of 50 blocks.", "The shortcut must hand over x with its history.")
    ratio = float(found.double().norm() / cotangent.double().norm())
    if not 1e-3 <= ratio <= 1e3:
        fail(
            f"The gradient's norm at the input of 50 blocks is {ratio:.3g} times that at the output, expected 0.001 to 1000.",
            "Nothing may scale or cut what goes through the shortcut.",
        )
