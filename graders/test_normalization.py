"""Layer norm, batch norm and dropout: each by itself, in both modes, with gradients, odd settings and every layout."""

import math

import pytest
import torch

from chapter10.grading import SubjectError, assert_close, assert_equal, assert_gradient, fail, scattered
from chapter10.grading.models import build, compare_kinked_gradients, compare_outputs, conclude, fit, unobserved

mark = pytest.mark
LAYER = mark.needs("test_layer_norm")
BATCH = mark.needs("test_batch_norm")
DROPOUT = mark.needs("test_dropout")
FINE = 2.0**-12  # of a float64 tolerance, where no constant but eps comes in: what was computed in float32 on the way shows
BUFFERS = ("running_mean", "running_var")
OPTIONAL = ("num_batches_tracked",)
RARE = 1e-12  # how seldom chance may look like a mistake, in each of the looks at a mask


# Layer norm


def condition_of(x, axes, eps=1e-5):
    """Return by how much normalising magnifies rounding: the largest number over the spread that it is divided by."""
    x = x.detach().double()
    spread = (x.var(axes, correction=0, keepdim=True) + eps).sqrt()
    return max(float((x.abs().amax(axes, keepdim=True) / spread).max()), 1.0)


def rows(draw, *shape, dtype=torch.float32):
    """Draw x, weight and bias."""
    weight = draw.uniform(shape[-1], low=0.5, high=1.5, dtype=dtype) * (1 - 2 * draw.integers(shape[-1], low=0, high=2)).to(
        dtype
    )
    return draw.normal(*shape, dtype=dtype) + 0.5, weight, draw.normal(shape[-1], dtype=dtype)


def compare_layer_norm(student, reference, x, weight, bias, **options):
    """Check the student's answer against the reference's on one set of inputs."""
    expected = reference.layer_norm(x, weight, bias, **options)
    condition = condition_of(x, -1, options.get("eps", 1e-5)) * (FINE if x.dtype is torch.float64 else 1.0)
    found = student.layer_norm(x, weight, bias, **options)
    assert_close(found, expected, terms=x.size(-1), dtype=x.dtype, condition=condition)


# Batch norm


class Norms:
    """The student's and the reference's batch norm with the same random weights and statistics, in train mode."""

    def __init__(self, student, reference, draw, *settings, **options):
        self.student, self.reference = build(student.BatchNorm, *settings, **options), reference.BatchNorm(*settings, **options)
        self.state = {
            "weight": draw.uniform(settings[0], low=0.5, high=1.5),
            "bias": draw.normal(settings[0]),
            "running_mean": draw.normal(settings[0]),
            "running_var": draw.uniform(settings[0], low=0.5, high=2.0),
        }
        self.student.load_state_dict(self.state, OPTIONAL)
        self.reference.load_state_dict(self.state, OPTIONAL)
        self.eps = options.get("eps", settings[1] if len(settings) > 1 else 1e-5)
        self.training = True  # as every new module is

    def train(self, mode=True):
        """Put both into train mode, or into eval mode."""
        self.training = mode
        self.student.train(mode), self.reference.train(mode)
        return self

    def eval(self):
        """Put both into eval mode."""
        return self.train(False)

    def compare(self, x):
        """Check that both answer the same."""
        axes = [axis for axis in range(x.dim()) if axis != 1]
        condition = condition_of(x, axes, self.eps) if self.training else 4.0
        condition *= FINE if x.dtype is torch.float64 else 1.0
        terms = x.numel() // x.size(1)
        compare_outputs(self.student, self.reference, x, terms=terms, dtype=x.dtype, condition=condition)

    def compare_statistics(self, when, terms=20):
        """Check that both have the same running statistics."""
        mine, expected = self.student.state_dict(), self.reference.state_dict()
        for name in BUFFERS:
            assert_close(mine.get(name), expected[name].double(), terms=terms, condition=4, what=f"`{name}` {when}")


def spread(draw, *shape, dtype=torch.float32):
    """Draw a batch in which every channel has a mean and a spread of its own."""
    scale, shift = draw.uniform(shape[1], low=0.5, high=2.0, dtype=dtype), draw.normal(shape[1], dtype=dtype)
    column = (-1,) + (1,) * (len(shape) - 2)
    return draw.normal(*shape, dtype=dtype) * scale.view(column) + shift.view(column)


# Dropout


def far_from_zero(draw, *shape, dtype=torch.float32):
    """Draw numbers of both signs, none near zero: what is zero afterwards was dropped."""
    return draw.uniform(*shape, low=0.5, high=1.5, dtype=dtype) * (1 - 2 * draw.integers(*shape, low=0, high=2)).to(dtype)


def assert_dropped(found, x, p):
    """Check that every element is zero or divided by 1 − p, and return the mask of those that were kept."""
    kept = found != 0 if isinstance(found, torch.Tensor) and found.shape == x.shape else torch.ones_like(x, dtype=torch.bool)
    assert_close(found, torch.where(kept, x.double() / (1 - p), 0.0), terms=4, dtype=x.dtype)
    return kept


def is_rare(count, size, share):
    """Say whether `count` of `size` independent events of probability `share` is too far off to be chance."""
    deviation = abs(count - size * share) / math.sqrt(size * share * (1 - share))
    return deviation > 7.5  # some 1e-13 on each side; sizes here are in the thousands


def chance_of_spread(counts, size, share):
    """Return the probability that counts differ as little, and that they differ as much, if all elements were independent."""
    statistic = float(((counts.double() - size * share) ** 2).sum() / (size * share * (1 - share)))
    half, value = torch.tensor(counts.numel() / 2, dtype=torch.float64), torch.tensor(statistic / 2, dtype=torch.float64)
    return float(torch.special.gammainc(half, value)), float(torch.special.gammaincc(half, value))


def outcome(subject, p, training):
    """Return what becomes of an impossible p: the type of the exception, or `accepted`."""
    try:
        subject.dropout(torch.tensor([1.0, 2.0]), p, training)
    except SubjectError as refused:
        return refused.exception()
    return "accepted"


def assert_unchanged(changed):
    """Check that a call changed none of its inputs."""
    if changed:
        fail(
            f"`{changed[0]}` is not what it was before the call: it was changed in place.",
            "Methods that end in an underscore, `x[...] = …`, `x -= …` and `x *= …` write into the caller's tensor.",
        )


# Probes: the same questions for a submission, the solution and every misconception, from the tiniest input up ----------


def probe_layer_row(subject, draw):
    """One row of two numbers, then one of four."""
    subject.layer_norm(torch.tensor([1.0, 5.0]), torch.tensor([1.0, 1.0]), torch.tensor([0.0, 0.0]))
    subject.layer_norm(torch.tensor([0.0, 2.0, 4.0, 2.0]), torch.ones(4), torch.zeros(4))


def probe_layer_affine(subject, draw):
    """A weight and a bias."""
    subject.layer_norm(torch.tensor([[-1.0, 1.0]]), torch.tensor([2.0, 3.0]), torch.tensor([10.0, 20.0]))


def probe_layer_rows(subject, draw):
    """Two rows of very different size."""
    subject.layer_norm(torch.tensor([[1.0, 3.0], [10.0, 50.0]]), torch.ones(2), torch.zeros(2))


def probe_layer_sequence(subject, draw):
    """Two samples of two positions each."""
    x = torch.tensor([[[1.0, 3.0], [10.0, 50.0]], [[0.0, 4.0], [-6.0, 2.0]]])
    subject.layer_norm(x, torch.ones(2), torch.zeros(2))


def probe_layer_eps(subject, draw):
    """An eps as large as the variance."""
    subject.layer_norm(torch.tensor([[-1.0, 1.0]]), torch.ones(2), torch.zeros(2), eps=1.0)


def probe_layer_narrow(subject, draw):
    """A spread as small as the root of the usual eps."""
    subject.layer_norm(torch.tensor([[-0.003, 0.003]]), torch.ones(2), torch.zeros(2))


def probe_layer_double(subject, draw):
    """float64 in, float64 out."""
    double = torch.float64
    x = torch.tensor([[-1.0, 1.0]], dtype=double)
    subject.layer_norm(x, torch.ones(2, dtype=double), torch.zeros(2, dtype=double))


def probe_layer_gradients(subject, draw):
    """Gradients with respect to x, weight and bias."""
    x = torch.tensor([[1.0, 2.0, 6.0]])
    subject.layer_norm.gradients(x, torch.ones(3), torch.zeros(3), cotangent=torch.tensor([[1.0, 0.0, 2.0]]))


def simple_norm(subject, channels, *settings, **options):
    """Return a batch norm with weights that are easy to follow; a probe sees only whether they fit."""
    with unobserved(subject):
        model = subject.BatchNorm(channels, *settings, **options)
    numbers = torch.arange(1.0, channels + 1)
    fit(subject, model, {"weight": numbers + 1, "bias": 10 * numbers, "running_mean": numbers, "running_var": 4 * numbers})
    return model


def probe_batch_start(subject, draw):
    """What is there before anything is learnt?"""
    with unobserved(subject):
        model = subject.BatchNorm(2)
    state = model.state_dict()
    found = [[name, state[name].tolist()] for name in ("weight", "bias", *BUFFERS) if name in state]
    conclude(subject, "BatchNorm", {"num_features": 2}, [found, sorted(model.describe()["parameters"])])


def probe_batch_column(subject, draw):
    """Two samples of one channel, in train mode; then what is remembered of them."""
    model = simple_norm(subject, 1, momentum=0.5)
    model(torch.tensor([[1.0], [5.0]]))
    model.state_dict()


def probe_batch_mean(subject, draw):
    """What is remembered with the usual momentum."""
    model = simple_norm(subject, 2)
    model(torch.tensor([[1.0, 11.0], [5.0, 15.0], [3.0, 13.0]]))
    model.state_dict()


def probe_batch_output(subject, draw):
    """The result alone: two samples of two channels."""
    simple_norm(subject, 2)(torch.tensor([[1.0, 10.0], [5.0, 30.0]]))


def probe_batch_images(subject, draw):
    """Two images of two channels and two pixels; then what is remembered of them."""
    model = simple_norm(subject, 2)
    model(torch.tensor([[[[1.0, 3.0]], [[0.0, 8.0]]], [[[5.0, 3.0]], [[2.0, 2.0]]]]))
    model.state_dict()


def probe_batch_square(subject, draw):
    """Images with as many channels as rows and columns."""
    simple_norm(subject, 2)(torch.tensor([[[[1.0, 3.0], [5.0, 3.0]], [[0.0, 8.0], [2.0, 2.0]]]]))


def probe_batch_layout(subject, draw):
    """An image that lies in memory column by column."""
    image = torch.tensor([[[[1.0, 3.0], [5.0, 3.0]], [[0.0, 8.0], [2.0, 2.0]]]])
    simple_norm(subject, 2)(scattered(image))


def probe_batch_eval(subject, draw):
    """Eval mode: the result, and what is remembered afterwards."""
    model = simple_norm(subject, 1).eval()
    model(torch.tensor([[1.0], [5.0]]))
    model.state_dict()


def probe_batch_eps(subject, draw):
    """An eps as large as the variance, in both modes."""
    simple_norm(subject, 1, 4.0)(torch.tensor([[1.0], [5.0]]))
    simple_norm(subject, 1, 4.0).eval()(torch.tensor([[1.0], [5.0]]))


def probe_batch_gradients(subject, draw):
    """Gradients in train mode."""
    x = torch.tensor([[1.0], [2.0], [6.0]])
    simple_norm(subject, 1).gradients(x, cotangent=torch.tensor([[1.0], [0.0], [2.0]]))


def probe_batch_history(subject, draw):
    """Do the running statistics ask for gradients after a step of training?"""
    model = simple_norm(subject, 1)
    model.gradients(torch.tensor([[1.0], [2.0]]), cotangent=torch.ones(2, 1))
    buffers = model.describe()["buffers"]
    conclude(subject, "BatchNorm", {}, [[name, buffers[name]["trainable"]] for name in BUFFERS if name in buffers])


def probe_dropout_inference(subject, draw):
    """At inference."""
    subject.dropout(torch.tensor([1.0, 2.0]), 0.5, False)


def probe_dropout_ends(subject, draw):
    """p = 0 and p = 1."""
    subject.dropout(torch.tensor([1.0, 2.0]), 0.0)
    subject.dropout(torch.tensor([1.0, 2.0]), 1.0)


def probe_dropout_refused(subject, draw):
    """Numbers that are no probabilities."""
    conclude(subject, "dropout", {"p": 1.5}, [outcome(subject, p, training) for p in (1.5, -0.5) for training in (True, False)])


def probe_dropout_values(subject, draw):
    """Which values are left, and how many? The mask itself is chance, so only what it rightly must be counts."""
    found = subject.dropout(torch.ones(40, 50), 0.25)
    left, share = sorted({round(value, 3) for value in found.flatten().tolist()}), float((found == 0).double().mean())
    conclude(subject, "dropout", {"x": "ones(40, 50)", "p": 0.25}, [left[:4], round(4 * share)])


def probe_dropout_mask(subject, draw):
    """Are the elements dropped one by one, in rows or in columns, and how many at each call?"""
    masks = [subject.dropout(torch.ones(20, 30)) == 0 for _ in range(3)]
    first = masks[0]
    conclude(
        subject,
        "dropout",
        {"x": "ones(20, 30)"},
        {
            "all rows alike": bool((first == first[:1]).all()),
            "whole rows": bool((first == first[:, :1]).all()),
            "again the same": all(torch.equal(first, mask) for mask in masks),
            "exactly p": all(int(mask.sum()) == mask.numel() // 2 for mask in masks),
        },
    )


def probe_dropout_changed(subject, draw):
    """Is x left as it was? (The mask is chance, so the result is not looked at.)"""
    conclude(subject, "dropout", {"x": "ones(40)"}, subject.dropout.changed(torch.ones(40)))


def probe_dropout_gradients(subject, draw):
    """The gradient of a kept element, and of a dropped one."""
    found = subject.dropout.gradients(torch.ones(40), 0.75, cotangent=torch.ones(40))
    gradient = found.inputs.get("x")
    left = [] if gradient is None else sorted({round(value, 3) for value in gradient.tolist()})[:4]
    conclude(subject, "dropout", {"x": "ones(40)", "p": 0.75}, left)


# Tests: layer norm --------------------------------------------------------------------------------------------------------


@mark.points(2)
def test_layer_norm(student, reference, draw):
    """`layer_norm` gives every row mean 0 and variance 1 (the biased one), then multiplies by weight and adds bias."""
    simple = torch.tensor([[10.0, 30.0], [100.0, 500.0]])
    compare_layer_norm(student, reference, simple, torch.ones(2), torch.tensor([0.0, 5.0]))
    for shape in ((3, 4), (5, 5)):
        x, weight, bias = rows(draw, *shape)
        compare_layer_norm(student, reference, 100 * x, weight, bias)  # so that eps counts for nothing yet


@LAYER
@mark.points(0.5)
def test_layer_norm_axes(student, reference, draw):
    """`layer_norm` takes any number of leading axes, and always normalises over the last one alone."""
    for shape in ((6,), (2, 3, 4), (3, 3, 3), (2, 1, 3, 5), (1, 2)):
        compare_layer_norm(student, reference, *rows(draw, *shape))
    compare_layer_norm(student, reference, *rows(draw, 3, 1))


@LAYER
@mark.points(1)
def test_layer_norm_eps(student, reference, draw):
    """`layer_norm` adds eps to the variance, inside the root; the default is 1e-5."""
    for eps in (0.0, 0.01, 2.0):
        compare_layer_norm(student, reference, *rows(draw, 3, 6), eps=eps)
    x, weight, bias = rows(draw, 4, 5)
    compare_layer_norm(student, reference, (x - 0.5) * 0.003, weight, bias)
    compare_layer_norm(student, reference, torch.full((2, 4), 3.0), weight[:4].clone(), bias[:4].clone())


@LAYER
@mark.points(1.5)
def test_layer_norm_gradients(student, reference, draw):
    """Gradients flow through `layer_norm` to x, weight and bias, also through the mean and the variance."""
    for shape in ((3, 4), (2, 3, 5)):
        inputs, cotangent, wanted = rows(draw, *shape), draw.normal(*shape), ("x", "weight", "bias")
        expected = reference.layer_norm.gradients(*inputs, cotangent=cotangent, wrt=wanted)
        condition = 4 * condition_of(inputs[0], -1) ** 2
        for dtype in (torch.float32, torch.float64):
            given = [item.detach().to(dtype) for item in inputs]
            found = student.layer_norm.gradients(*given, cotangent=cotangent, wrt=wanted)
            assert_close(found.value, expected.value, terms=5, dtype=dtype, condition=condition)
            for name in wanted:
                assert_gradient(found.inputs.get(name), expected.inputs[name], name, terms=10, dtype=dtype, condition=condition)


@LAYER
@mark.points(0.5)
def test_layer_norm_tensors(student, reference, draw):
    """`layer_norm` keeps float64, takes tensors that are not contiguous in memory, and leaves its inputs as they were."""
    compare_layer_norm(student, reference, *rows(draw, 2, 3, 4, dtype=torch.float64))
    x, weight, bias = rows(draw, 2, 3, 4)
    apart = torch.stack([weight, bias], dim=1)
    compare_layer_norm(student, reference, scattered(x), apart[:, 0], apart[:, 1])
    x, weight, bias = rows(draw, 4, 2, 3)
    compare_layer_norm(student, reference, x.transpose(0, 1), weight, bias)
    assert_unchanged(student.layer_norm.changed(*rows(draw, 2, 3)))
    assert_unchanged(student.layer_norm.changed(*rows(draw, 2, 3, dtype=torch.float64)))


# Tests: batch norm --------------------------------------------------------------------------------------------------------


@mark.points(2)
def test_batch_norm(student, reference, draw):
    """In train mode, `BatchNorm` normalises each channel of (N, C) by the batch's mean and biased variance."""
    Norms(student, reference, draw, 2).compare(torch.tensor([[1.0, 10.0], [5.0, 30.0], [0.0, -10.0]]))
    Norms(student, reference, draw, 3).compare(100 * spread(draw, 5, 3))  # so that eps counts for nothing yet
    Norms(student, reference, draw, 4).compare(100 * spread(draw, 4, 4))


@BATCH
@mark.points(1)
def test_batch_norm_images(student, reference, draw):
    """On images (N, C, H, W), `BatchNorm` has one mean and one variance for all pixels of a channel."""
    for shape in ((2, 3, 4, 5), (3, 3, 3, 3), (1, 2, 3, 2)):
        pair = Norms(student, reference, draw, shape[1])
        pair.compare(spread(draw, *shape))
        pair.compare_statistics(f"after images of shape {shape}")
        pair.eval().compare(spread(draw, *shape))


@BATCH
@mark.points(0.5)
def test_batch_norm_start(student):
    """`BatchNorm` starts with weight 1, bias 0, running_mean 0, running_var 1: the first two learnt, the others buffers."""
    model = build(student.BatchNorm, 3)
    description, state = model.describe(), model.state_dict()
    for name, start, kind in (
        ("weight", 1.0, "parameters"),
        ("bias", 0.0, "parameters"),
        ("running_mean", 0.0, "buffers"),
        ("running_var", 1.0, "buffers"),
    ):
        entry = description[kind].get(name)
        if entry is None or name not in state:
            fail(
                f"`{name}` is not among the {kind} of BatchNorm.",
                "Parameters are learnt; buffers are saved and moved along, but not learnt (`register_buffer`).",
            )
        assert_equal(state[name], torch.full((3,), start), what=f"`{name}` of a new BatchNorm(3)")
        if entry["trainable"] != (kind == "parameters"):
            fail(f"`{name}` of a new BatchNorm {'asks' if entry['trainable'] else 'does not ask'} for a gradient.")
    extra = [name for name in description["parameters"] if name not in ("weight", "bias")]
    if extra:
        fail(f"BatchNorm has a parameter `{extra[0]}` beside `weight` and `bias`.", "What is not learnt belongs into a buffer.")


@BATCH
@mark.points(1.5)
def test_batch_norm_running(student, reference, draw):
    """Each batch in train mode moves the running statistics by `momentum`, with the unbiased variance and without history."""
    pair = Norms(student, reference, draw, 3)
    for number, size in enumerate((4, 2, 7), start=1):
        pair.compare(spread(draw, size, 3))
        pair.compare_statistics(f"after {number} batches")
    pair.student.gradients(spread(draw, 3, 3), cotangent=draw.normal(3, 3))
    buffers = pair.student.describe()["buffers"]
    if any(name in buffers and buffers[name]["trainable"] for name in BUFFERS):
        fail(
            "The running statistics keep the history of the batch that they were made from.",
            "What goes into a buffer is a plain number: `detach()` it, or update under `torch.no_grad()`.",
        )


@BATCH
@mark.points(1)
def test_batch_norm_eval(student, reference, draw):
    """In eval mode, `BatchNorm` normalises by the running statistics, whatever the batch is, and changes nothing."""
    pair = Norms(student, reference, draw, 3).eval()
    for size in (4, 1, 3):
        pair.compare(5 * spread(draw, size, 3))
    state = pair.student.state_dict()
    for name, value in pair.state.items():
        assert_equal(state.get(name), value, what=f"`{name}` after calls in eval mode")
    pair.train().compare(spread(draw, 5, 3))
    pair.eval().compare(spread(draw, 2, 3))


@BATCH
@mark.points(0.5)
def test_batch_norm_settings(student, reference, draw):
    """`eps` is added to the variance inside the root, and `momentum` is the share of the new batch; defaults 1e-5 and 0.1."""
    for settings, options in (((3, 0.5, 0.3), {}), ((3,), {"eps": 0.01, "momentum": 1.0}), ((3,), {"momentum": 0.0})):
        pair = Norms(student, reference, draw, *settings, **options)
        pair.compare(spread(draw, 4, 3))
        pair.compare_statistics("after one batch")
        pair.eval().compare(spread(draw, 4, 3))
    pair = Norms(student, reference, draw, 2)
    pair.compare(0.003 * draw.normal(6, 2))
    pair.compare_statistics("after one batch")


@BATCH
@mark.points(1.5)
def test_batch_norm_gradients(student, reference, draw):
    """Gradients flow through `BatchNorm` to x, weight and bias; in train mode also through the batch's mean and variance."""
    for shape in ((5, 3), (2, 2, 3, 2)):
        pair = Norms(student, reference, draw, shape[1])
        compare_kinked_gradients(
            pair.student,
            pair.reference,
            spread(draw, *shape),
            cotangent=draw.normal(*shape),
            terms=100,
            condition=20,
            wrt=("x",),
        )
    pair = Norms(student, reference, draw, 3).eval()
    compare_kinked_gradients(
        pair.student, pair.reference, spread(draw, 4, 3), cotangent=draw.normal(4, 3), terms=100, condition=20, wrt=("x",)
    )


@BATCH
@mark.points(0.5)
def test_batch_norm_tensors(student, reference, draw):
    """`BatchNorm` keeps float64, takes tensors that are not contiguous in memory, and leaves x as it was."""
    pair = Norms(student, reference, draw, 3)
    pair.compare(scattered(spread(draw, 4, 3)))
    pair.compare(spread(draw, 2, 3, 4, 2).contiguous(memory_format=torch.channels_last))
    pair.compare(scattered(spread(draw, 2, 3, 4, 2)))
    assert_unchanged(pair.student.changed(spread(draw, 4, 3)))
    assert_unchanged(pair.student.changed(spread(draw, 2, 3, 2, 2)))
    pair = Norms(student, reference, draw, 3)
    pair.student.to(torch.float64)
    pair.compare(spread(draw, 4, 3, dtype=torch.float64))
    pair = Norms(student, reference, draw, 3).eval()
    pair.compare(spread(draw, 2, 3, 2, 2).contiguous(memory_format=torch.channels_last))
    assert_unchanged(pair.student.changed(spread(draw, 2, 3, 2, 2)))
    pair.student.to(torch.float64)
    pair.compare(spread(draw, 2, 3, 2, 2, dtype=torch.float64))


# Tests: dropout -----------------------------------------------------------------------------------------------------------


@mark.points(1.5)
def test_dropout(student, draw):
    """`dropout` sets elements to zero with probability p, 0.5 by default, and divides the others by 1 − p."""
    for p in (None, 0.2, 0.75):
        x = far_from_zero(draw, 3, 1000)
        found = student.dropout(x) if p is None else student.dropout(x, p)
        p = 0.5 if p is None else p
        kept = assert_dropped(found, x, p)
        count = int(x.numel() - kept.sum())
        if is_rare(count, x.numel(), p):
            fail(
                f"At p = {p:g}, {count} of {x.numel()} elements are dropped, expected some {round(p * x.numel())}.",
                "p is the probability of being dropped, not of being kept.",
            )


@DROPOUT
@mark.points(0.5)
def test_dropout_inference(student, draw):
    """With `training=False`, `dropout` returns x as it is, whatever p."""
    for p in (0.5, 0.9, 0.0, 1.0):
        x = draw.normal(3, 4)
        assert_equal(student.dropout(x, p, False), x)
    x = draw.normal(5)
    assert_equal(student.dropout(x, training=False), x)


@DROPOUT
@mark.points(1)
def test_dropout_ends(student, draw):
    """p = 0 leaves x as it is, and p = 1 leaves nothing but zeros."""
    for ends in ((0.0, 1.0), (0, 1)):
        x = draw.normal(20, 30)
        assert_equal(student.dropout(x, ends[0]), x)
        assert_equal(student.dropout(x, p=ends[1]), torch.zeros_like(x))


@DROPOUT
@mark.points(1)
def test_dropout_chance(student, draw):
    """Every element is drawn independently of all others, and every call draws anew."""
    x = far_from_zero(draw, 16, 16, 16)
    masks = [assert_dropped(student.dropout(x, 0.5), x, 0.5) for _ in range(5)]
    size = x.numel()
    for one, other in ((masks[0], masks[1]), (masks[1], masks[2]), (masks[0], masks[4])):
        if is_rare(int((one == other).sum()), size, 0.5):
            fail("Two calls drop the same elements, or exactly the others.", "Draw a new mask in each call, and set no seed.")
    for mask in masks[:2]:
        for axis in range(3):
            others = [other for other in range(3) if other != axis]
            less, more = chance_of_spread(mask.sum(others), 256, 0.5)
            lines, line_more = chance_of_spread(mask.sum(axis).flatten(), 16, 0.5)
            if min(less, more, lines, line_more) < RARE:
                fail(
                    "Elements are not dropped independently: along an axis they fall together, or in equal numbers.",
                    "Draw one random number for each element: the mask has the shape of x.",
                )
            if is_rare(int((mask == mask.roll(1, axis)).sum()), size, 0.5):
                fail("Whether an element is dropped depends on its neighbour.", "Draw one random number for each element.")
    if all(int(mask.sum()) in (size // 2, size // 2 - 1, size // 2 + 1) for mask in masks):
        fail(
            "Exactly half of the elements are dropped, at every call.",
            "Each element is drawn by itself, so their number differs from call to call.",
        )


@DROPOUT
@mark.points(1)
def test_dropout_gradients(student, draw):
    """A kept element passes its gradient on, divided by 1 − p; a dropped one passes on zero."""
    for p, training in ((0.5, True), (0.2, True), (0.5, False), (0.0, True), (1.0, True)):
        x, cotangent = far_from_zero(draw, 5, 8), draw.normal(5, 8)
        found = student.dropout.gradients(x, p, training, cotangent=cotangent, wrt=("x",))
        scale = 1 / (1 - p) if training and p < 1 else 1.0
        expected = torch.where(found.value != 0, cotangent.double() * scale, 0.0)
        assert_gradient(found.inputs.get("x"), expected, "x", terms=4)


@DROPOUT
@mark.points(0.5)
def test_dropout_refuses(student):
    """A p below 0 or above 1 raises ValueError, whatever `training` is."""
    for p in (-0.1, 1.5, 2, -1):
        for training in (True, False):
            found = outcome(student, p, training)
            if found != "ValueError":
                what = "is accepted" if found == "accepted" else f"raises {found}"
                fail(
                    f"dropout(x, p={p}, training={training}) {what}, expected ValueError.",
                    "Look at p first, then at `training`.",
                )


@DROPOUT
@mark.points(0.5)
def test_dropout_tensors(student, draw):
    """`dropout` keeps float64 and any shape, takes tensors that are not contiguous in memory, and leaves x as it was."""
    double = far_from_zero(draw, 20, 10, dtype=torch.float64)
    assert_dropped(student.dropout(double, 0.3), double, 0.3)
    for x in (scattered(far_from_zero(draw, 2, 3, 4)), far_from_zero(draw, 3, 4, 2).transpose(0, 1), far_from_zero(draw, 7)):
        assert_dropped(student.dropout(x, 0.25), x, 0.25)
    for p, training in ((0.5, True), (0.0, True), (1.0, True), (0.5, False)):
        assert_unchanged(student.dropout.changed(far_from_zero(draw, 6, 5), p, training))
