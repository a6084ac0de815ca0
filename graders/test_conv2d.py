"""2-D convolution: numbers, sizes, stride and padding apart and together, gradients, dtypes; and the sums beside it."""

import pytest
import torch

from chapter10.grading import assert_close, assert_gradient, describe, exact, fail, scattered

mark = pytest.mark
FIRST = mark.needs("test_numbers")


def size_of(x, weight, bias=None):
    """Return the largest number that a result can reach: what rounding is measured by, also for a Fourier transform."""
    largest = float((x.abs().max() * weight.abs().sum(dim=(1, 2, 3)).max()).detach())
    return largest if bias is None else largest + float(bias.detach().abs().max())


def compare(student, reference, x, weight, bias=None, **options):
    """Check the student's answer against the reference's on one set of inputs."""
    inputs = (x, weight) if bias is None else (x, weight, bias)
    expected = reference.conv2d(*inputs, **options)
    terms, condition = weight[0].numel() + 1, exact(x.dtype)
    found = student.conv2d(*inputs, **options)
    assert_close(found, expected, terms=terms, dtype=x.dtype, condition=condition, scale=size_of(*inputs))


def layer(draw, N=1, C=1, H=4, W=4, C_out=1, kH=2, kW=2, dtype=torch.float32):
    """Draw images, kernels and biases."""
    return draw.normal(N, C, H, W, dtype=dtype), draw.normal(C_out, C, kH, kW, dtype=dtype), draw.normal(C_out, dtype=dtype)


def channels_apart(tensor):
    """Return the same numbers, with the channels of each pixel side by side in memory."""
    return tensor.contiguous(memory_format=torch.channels_last)


def assert_int(actual, expected, call):
    """Check that `call` gave an int, and which one: 3.0 is none."""
    if type(actual) is not int:
        given = describe(actual)
        fail(
            f"{call} gives {given}, expected the int {expected}.",
            "`//` divides ints and gives an int; `/` always gives a float.",
        )
    if actual != expected:
        fail(f"{call} gives {actual:,}, expected {expected:,}.")


# Probes: the same questions for a submission, the solution and every misconception, from the tiniest input up ----------


def probe_one_window(subject, draw):
    """One image as large as the kernel: one number."""
    subject.conv2d(torch.tensor([[[[1.0, 2.0], [3.0, 4.0]]]]), torch.tensor([[[[1.0, 10.0], [100.0, 1000.0]]]]))


def probe_one_pixel_kernel(subject, draw):
    """A kernel of one pixel, on two images."""
    subject.conv2d(torch.tensor([[[[1.0, 2.0]]], [[[3.0, 4.0]]]]), torch.tensor([[[[10.0]]]]))


def probe_three_by_three(subject, draw):
    """Four windows that overlap."""
    image = torch.arange(1.0, 10.0).reshape(1, 1, 3, 3)
    subject.conv2d(image, torch.tensor([[[[1.0, 0.0], [0.0, 10.0]]]]))


def probe_two_channels(subject, draw):
    """Two input channels."""
    subject.conv2d(draw.small(2, 2, 2, 2), torch.tensor([[[[1.0]], [[10.0]]]]))


def probe_wide(subject, draw):
    """More columns than rows."""
    subject.conv2d(torch.arange(1.0, 9.0).reshape(1, 1, 2, 4), torch.tensor([[[[1.0, 10.0], [100.0, 1000.0]]]]))


def probe_wide_kernel(subject, draw):
    """A kernel of one row and two columns."""
    subject.conv2d(torch.arange(1.0, 10.0).reshape(1, 1, 3, 3), torch.tensor([[[[1.0, 10.0]]]]))


def probe_bias(subject, draw):
    """Two output channels with a bias each."""
    kernels = torch.tensor([[[[1.0]]], [[[10.0]]]])
    subject.conv2d(torch.tensor([[[[1.0, 2.0]], [[3.0, 4.0]]]])[:, :1], kernels, torch.tensor([0.25, 0.5]))
    subject.conv2d(torch.arange(1.0, 7.0).reshape(1, 1, 2, 3), kernels, torch.tensor([0.25, 0.5]))


def probe_stride(subject, draw):
    """A stride of two, with windows that do not overlap, and with some that do."""
    row = torch.arange(1.0, 6.0).reshape(1, 1, 1, 5)
    subject.conv2d(row, torch.tensor([[[[1.0, 10.0]]]]), stride=2)
    image = torch.arange(1.0, 26.0).reshape(1, 1, 5, 5)
    subject.conv2d(image, torch.tensor([[[[1.0, 10.0], [100.0, 1000.0]]]]), stride=3)


def probe_stride_pair(subject, draw):
    """Another stride down than across."""
    image = torch.arange(1.0, 13.0).reshape(1, 1, 4, 3)
    subject.conv2d(image, torch.tensor([[[[1.0]]]]), stride=(3, 1))
    subject.conv2d(image, torch.tensor([[[[1.0]]]]), stride=(1, 2))


def probe_padding(subject, draw):
    """One pixel, surrounded by zeros."""
    subject.conv2d(torch.tensor([[[[2.0]]]]), torch.tensor([[[[1.0, 10.0], [100.0, 1000.0]]]]), padding=1)


def probe_padding_pair(subject, draw):
    """Another padding above and below than left and right."""
    subject.conv2d(torch.tensor([[[[2.0, 3.0]]]]), torch.tensor([[[[1.0]]]]), padding=(0, 1))
    subject.conv2d(torch.tensor([[[[2.0, 3.0]]]]), torch.tensor([[[[1.0, 10.0]]]]), padding=(1, 0))


def probe_both(subject, draw):
    """Stride and padding together."""
    image = torch.arange(1.0, 10.0).reshape(1, 1, 3, 3)
    subject.conv2d(image, torch.tensor([[[[1.0, 10.0], [100.0, 1000.0]]]]), stride=2, padding=(0, 1))


def probe_double(subject, draw):
    """float64 in, float64 out."""
    subject.conv2d(draw.small(1, 1, 2, 2, dtype=torch.float64), draw.small(1, 1, 1, 1, dtype=torch.float64))


def probe_strided(subject, draw):
    """A kernel that is transposed in memory."""
    subject.conv2d(draw.small(1, 1, 3, 3), scattered(draw.small(2, 1, 2, 2)))


def probe_gradients(subject, draw):
    """Gradients with respect to x, weight and bias."""
    cotangent = torch.tensor([[[[1.0, -2.0]], [[3.0, 1.0]]]])
    subject.conv2d.gradients(draw.small(1, 2, 2, 3), draw.small(2, 2, 2, 2), draw.small(2), cotangent=cotangent)


def probe_output_size(subject, draw):
    """Sizes without and with a remainder, a stride, a padding."""
    for arguments in ((5, 3), (1, 1), (6, 2, 2), (7, 2, 2), (3, 3, 1, 1), (4, 3, 2, 1)):
        subject.output_size(*arguments)


def probe_conv2d_parameter_count(subject, draw):
    """One and several channels, with and without bias, a square and a wide kernel."""
    for arguments in ((1, 1, 1), (3, 2, 1), (1, 2, 3), (1, 1, (1, 5)), (1, 2, 1, False), (3, 4, (2, 1), False)):
        subject.conv2d_parameter_count(*arguments)


def probe_linear_parameter_count(subject, draw):
    """With and without bias."""
    for arguments in ((1, 1), (3, 2), (2, 5, False)):
        subject.linear_parameter_count(*arguments)


def probe_receptive_field(subject, draw):
    """One layer, several, other kernels."""
    for arguments in ((1,), (2,), (3,), (1, 1), (2, 5), (3, 2)):
        subject.receptive_field(*arguments)


# Tests ------------------------------------------------------------------------------------------------------------------


@mark.points(3)
def test_numbers(student, reference, draw):
    """Every number is the sum of a window of the image, multiplied element by element by the kernel."""
    compare(student, reference, torch.arange(1.0, 5.0).reshape(1, 1, 2, 2), torch.tensor([[[[1.0, 10.0], [100.0, 1000.0]]]]))
    compare(student, reference, draw.small(1, 1, 3, 3), draw.small(1, 1, 2, 2))
    compare(student, reference, *layer(draw, H=6, W=6, kH=3, kW=3)[:2])


@FIRST
@mark.points(2)
def test_channels(student, reference, draw):
    """Every output channel has a kernel of its own, which adds up over all input channels; every image is treated alike."""
    compare(student, reference, *layer(draw, C=3)[:2])
    compare(student, reference, *layer(draw, C_out=3)[:2])
    compare(student, reference, *layer(draw, N=3)[:2])
    compare(student, reference, *layer(draw, N=2, C=3, H=4, W=4, C_out=5)[:2])
    compare(student, reference, *layer(draw, N=4, C=4, H=7, W=7, C_out=4, kH=4, kW=4)[:2])  # every size alike: no crash helps


@FIRST
@mark.points(1)
def test_bias(student, reference, draw):
    """The bias of each output channel is added everywhere in it."""
    compare(student, reference, *layer(draw))
    compare(student, reference, *layer(draw, N=2, C=2, H=4, W=5, C_out=3))
    compare(student, reference, *layer(draw, N=4, C=4, H=5, W=5, C_out=4))


@FIRST
@mark.points(1)
def test_sizes(student, reference, draw):
    """Images and kernels need not be square, and a kernel may cover all of the image or one pixel only."""
    compare(student, reference, *layer(draw, N=2, C=2, H=3, W=6, C_out=3))
    compare(student, reference, *layer(draw, N=2, C=2, H=5, W=5, C_out=3, kH=3, kW=2))
    compare(student, reference, *layer(draw, N=2, C=2, H=6, W=4, C_out=3, kH=1, kW=4))
    compare(student, reference, *layer(draw, N=2, C=3, H=4, W=3, C_out=2, kH=4, kW=3))
    compare(student, reference, *layer(draw, C=2, H=1, W=1, kH=1, kW=1))


@FIRST
@mark.points(1.5)
def test_stride(student, reference, draw):
    """`stride` says how far apart the windows are: an int, or a pair (down, across)."""
    compare(student, reference, *layer(draw, H=5, W=5), stride=2)
    compare(student, reference, *layer(draw, N=2, C=2, H=8, W=9, C_out=3, kH=3, kW=3), stride=2)
    compare(student, reference, *layer(draw, N=2, C=2, H=7, W=7, C_out=2), stride=(1, 3))
    compare(student, reference, *layer(draw, N=2, C=2, H=7, W=6, C_out=2, kH=3, kW=1), stride=(2, 1))
    compare(student, reference, *layer(draw, H=6, W=7), stride=3)


@FIRST
@mark.points(1.5)
def test_padding(student, reference, draw):
    """`padding` surrounds the image with zeros on all four sides: an int, or a pair (above and below, left and right)."""
    compare(student, reference, *layer(draw, H=3, W=3), padding=1)
    compare(student, reference, *layer(draw, N=2, C=2, H=4, W=5, C_out=3, kH=3, kW=3), padding=2)
    compare(student, reference, *layer(draw, N=2, C=2, H=4, W=4, C_out=2), padding=(0, 2))
    compare(student, reference, *layer(draw, N=2, C=2, H=4, W=4, C_out=2), padding=(2, 1))
    compare(student, reference, *layer(draw, H=1, W=1, kH=3, kW=3), padding=1)


@mark.needs("test_stride", "test_padding")
@mark.points(1.5)
def test_stride_and_padding(student, reference, draw):
    """Stride and padding work together."""
    compare(student, reference, *layer(draw, N=2, C=2, H=4, W=4, C_out=2), stride=2, padding=1)
    compare(student, reference, *layer(draw, N=2, C=3, H=6, W=5, C_out=4, kH=3, kW=1), stride=(2, 1), padding=(0, 1))
    compare(student, reference, *layer(draw, N=2, C=2, H=7, W=8, C_out=3, kH=1, kW=4), stride=(1, 3), padding=(2, 0))
    compare(student, reference, *layer(draw, N=2, C=2, H=6, W=6, C_out=3, kH=2, kW=3)[:2], stride=(3, 2), padding=(1, 2))
    compare(student, reference, *layer(draw, H=5, W=6, kH=3, kW=3), stride=(2, 3), padding=2)
    # A kernel of one pixel, or as large as the image, is no exception.
    for options in ({"stride": 2}, {"padding": 1}, {"stride": (2, 3), "padding": (1, 0)}):
        compare(student, reference, *layer(draw, N=2, C=3, H=5, W=6, C_out=2, kH=1, kW=1), **options)
    compare(student, reference, *layer(draw, N=2, C=2, H=3, W=4, C_out=2, kH=3, kW=4), padding=1)
    compare(student, reference, *layer(draw, C=20, H=3, W=40))


@FIRST
@mark.points(2)
def test_gradients(student, reference, draw):
    """Gradients flow to x, weight and bias, and are right."""
    for sizes, options in (
        ({}, {}),
        ({"N": 2, "C": 3, "H": 4, "W": 5, "C_out": 2, "kH": 3}, {}),
        ({"N": 2, "C": 2, "H": 4, "W": 3, "C_out": 3}, {"padding": 1}),
        ({"N": 2, "C": 2, "H": 6, "W": 5, "C_out": 3, "kW": 3}, {"stride": (3, 2), "padding": (0, 1)}),
    ):
        inputs = layer(draw, **sizes)
        shape = reference.conv2d(*inputs, **options).shape
        cotangent, wanted = draw.normal(*shape), ("x", "weight", "bias")
        expected = reference.conv2d.gradients(*inputs, cotangent=cotangent, wrt=wanted, **options)
        found = student.conv2d.gradients(*inputs, cotangent=cotangent, wrt=wanted, **options)
        assert_close(found.value, expected.value, terms=inputs[1][0].numel() + 1, scale=size_of(*inputs))
        for name in wanted:
            assert_gradient(found.inputs.get(name), expected.inputs[name], name, terms=40, condition=4)


@FIRST
@mark.points(1)
def test_double(student, reference, draw):
    """float64 in, float64 out, with the precision of float64."""
    compare(student, reference, *layer(draw, N=2, C=2, H=4, W=5, C_out=3, dtype=torch.float64)[:2])
    inputs = layer(draw, N=2, C=2, H=5, W=5, C_out=3, kH=3, dtype=torch.float64)
    compare(student, reference, *inputs, stride=2, padding=1)


@FIRST
@mark.points(1)
def test_strided(student, reference, draw):
    """Tensors that are not contiguous in memory work like all others."""
    for options in ({}, {"stride": (2, 1), "padding": 1}):
        x, weight, bias = layer(draw, N=2, C=3, H=4, W=5, C_out=2, kH=3)
        compare(student, reference, scattered(x), scattered(weight), torch.stack([bias, bias], dim=1)[:, 0], **options)
        x, weight, bias = layer(draw, N=2, C=3, H=4, W=5, C_out=2, kH=3)
        compare(student, reference, channels_apart(x), channels_apart(weight), bias, **options)


@FIRST
@mark.points(1)
def test_inputs_unchanged(student, draw):
    """x, weight and bias are left as they were."""
    for dtype, options in ((torch.float32, {}), (torch.float64, {"stride": 2, "padding": (1, 0)})):
        changed = student.conv2d.changed(*layer(draw, N=2, C=2, C_out=3, dtype=dtype), **options)
        changed += student.conv2d.changed(*layer(draw, N=2, C=2, C_out=3, dtype=dtype)[:2], **options)
        if changed:
            fail(
                f"`{changed[0]}` is not what it was before the call: your function changed it in place.",
                "Methods that end in an underscore, `x[...] = …` and `x += …` write into the caller's tensor.",
            )


@mark.points(1.5)
def test_output_size(student):
    """`output_size` counts the places that a kernel visits along one axis."""
    for (size, kernel_size, stride, padding), expected in (
        ((5, 3, 1, 0), 3),
        ((1, 1, 1, 0), 1),
        ((28, 3, 1, 1), 28),
        ((8, 3, 2, 0), 3),  # a remainder
        ((7, 3, 2, 0), 3),
        ((10, 3, 2, 0), 4),  # a remainder of a half, and of more
        ((8, 3, 3, 0), 2),
        ((7, 2, 3, 2), 4),
        ((4, 4, 3, 0), 1),
        ((2, 5, 4, 2), 1),
    ):
        found = student.output_size(size, kernel_size, stride, padding)
        assert_int(found, expected, f"output_size({size}, {kernel_size}, stride={stride}, padding={padding})")
    assert_int(student.output_size(9, 4), 6, "output_size(9, 4)")
    assert_int(student.output_size(9, 4, padding=1), 8, "output_size(9, 4, padding=1)")


@mark.points(1)
def test_conv2d_parameter_count(student):
    """`conv2d_parameter_count` counts the weights of all kernels, and a bias for each of them."""
    for (in_channels, out_channels, kernel_size), expected in (
        ((1, 32, 3), 320),
        ((3, 8, 1), 32),
        ((3, 8, (1, 5)), 128),
        ((2, 5, (4, 2)), 85),
    ):
        found = student.conv2d_parameter_count(in_channels, out_channels, kernel_size)
        assert_int(found, expected, f"conv2d_parameter_count({in_channels}, {out_channels}, {kernel_size})")
        found = student.conv2d_parameter_count(in_channels, out_channels, kernel_size, bias=False)
        call = f"conv2d_parameter_count({in_channels}, {out_channels}, {kernel_size}, bias=False)"
        assert_int(found, expected - out_channels, call)


@mark.points(0.5)
def test_linear_parameter_count(student):
    """`linear_parameter_count` counts a weight for each pair of input and output, and a bias for each output."""
    assert_int(student.linear_parameter_count(784, 128), 100_480, "linear_parameter_count(784, 128)")
    assert_int(student.linear_parameter_count(3, 5), 20, "linear_parameter_count(3, 5)")
    assert_int(student.linear_parameter_count(3, 5, bias=False), 15, "linear_parameter_count(3, 5, bias=False)")


@mark.points(0.5)
def test_receptive_field(student):
    """`receptive_field` says how wide a piece of the image one output pixel sees."""
    for num_layers, kernel_size, expected in ((1, 3, 3), (3, 3, 7), (10, 3, 21), (1, 5, 5), (2, 5, 9), (4, 2, 5), (6, 1, 1)):
        found = student.receptive_field(num_layers, kernel_size)
        assert_int(found, expected, f"receptive_field({num_layers}, {kernel_size})")
    assert_int(student.receptive_field(2), 5, "receptive_field(2)")
