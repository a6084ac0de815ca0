"""A recurrent step, a sequence of them, and gradient clipping: three functions, each with a gate of its own."""

import math

import pytest
import torch

from chapter10.grading import CheckFailed, assert_close, assert_gradient, assert_tensor, exact, fail, models, scattered

mark = pytest.mark
CELL = mark.needs("test_cell")
UNROLL = mark.needs("test_unroll")
CLIP = mark.needs("test_clip")

CELL_NAMES = ("x", "h", "weight_ih", "weight_hh", "bias_ih", "bias_hh")
UNROLL_NAMES = ("xs", "h0", *CELL_NAMES[2:])
ROOM = 2e-3  # of the clipped norm, as the stub says
CONDITION = 10  # each step reads what the one before it has rounded
UNIT = 1.0  # what is summed is about that large, also where the sum happens to be next to nothing


def weights(draw, D, H, dtype=torch.float32):
    """Draw the two matrices and the two biases of a cell."""
    return (
        draw.normal(H, D, dtype=dtype, scale=D**-0.5),
        draw.normal(H, H, dtype=dtype, scale=H**-0.5),
        draw.normal(H, dtype=dtype, scale=0.5),
        draw.normal(H, dtype=dtype, scale=0.5),
    )


def step_inputs(draw, N, D, H, dtype=torch.float32):
    """Draw the six arguments of `rnn_cell`."""
    return draw.normal(N, D, dtype=dtype), draw.uniform(N, H, low=-1.0, dtype=dtype), *weights(draw, D, H, dtype)


def sequence_inputs(draw, T, N, D, H, dtype=torch.float32):
    """Draw the six arguments of `unroll`."""
    return draw.normal(T, N, D, dtype=dtype), draw.uniform(N, H, low=-1.0, dtype=dtype), *weights(draw, D, H, dtype)


def compare_cell(student, reference, inputs):
    """Check one step."""
    x, h = inputs[:2]
    expected = reference.rnn_cell(*inputs)
    terms = x.size(-1) + h.size(-1)
    assert_close(
        student.rnn_cell(*inputs),
        expected,
        terms=terms,
        dtype=x.dtype,
        condition=exact(x.dtype),
        scale=UNIT,
        what="the next state",
    )


def pair_of(found, names):
    """Return both parts of an answer. Raises CheckFailed when there are not two of them."""
    if not isinstance(found, (tuple, list)) or len(found) != 2:
        raise CheckFailed(f"Your result is not a pair {names}.", "Look at the `Returns` of the stub.", found, "a pair")
    return found


def check_sequence(found, expected, inputs):
    """Compare outputs and last state with the reference's."""
    xs, h0 = inputs[:2]
    terms = xs.size(-1) + h0.size(-1) + xs.size(0)
    for mine, theirs, what in zip(pair_of(found, "(outputs, h_T)"), expected, ("`outputs`", "`h_T`"), strict=True):
        assert_close(mine, theirs, terms=terms, dtype=xs.dtype, condition=CONDITION * exact(xs.dtype), scale=UNIT, what=what)


def check_gradients(found, expected, names, terms):
    """Compare the gradients with respect to all inputs with the reference's."""
    for name in names:
        wanted = expected.inputs[name]
        scale = max(float(wanted.abs().max()), UNIT / 3)
        assert_gradient(found.inputs.get(name), wanted, name, terms=terms, condition=CONDITION, scale=scale)


def compare_sequence(student, reference, inputs):
    """Check a whole sequence."""
    check_sequence(student.unroll(*inputs), reference.unroll(*inputs), inputs)


def norm_of(tensors):
    """Return the global L2 norm in float64."""
    return math.sqrt(sum(float(tensor.double().square().sum()) for tensor in tensors))


def check_clipped(student, gradients, max_norm):
    """Check the clipped gradients and the norm that is returned."""
    length = norm_of(gradients)
    copies = type(gradients)(gradient.clone() for gradient in gradients)  # in-place changes are another test's
    clipped, total = pair_of(student.clip_gradients(copies, max_norm), "(clipped, total_norm)")
    if isinstance(total, torch.Tensor) and total.dim() == 0:
        total = total.item()
    if not isinstance(total, (int, float)):
        raise CheckFailed("The norm is neither a float nor a 0-dim tensor.", "Look at the `Returns`.", total, length)
    if not abs(total - length) <= 1e-4 * length:
        fail(f"The norm before clipping is {total:.6g}, expected {length:.6g}.", "It is one number over all entries together.")
    if not isinstance(clipped, (tuple, list)) or len(clipped) != len(gradients):
        raise CheckFailed(f"You return no list of {len(gradients)} gradients.", "Look at the `Returns`.", clipped, gradients)
    for number, (mine, gradient) in enumerate(zip(clipped, gradients, strict=True)):
        assert_tensor(mine, tuple(gradient.shape), what=f"clipped gradient {number}", expected=gradient)
    factor = 1.0
    if length > max_norm:
        factor = norm_of(clipped) / length
        if not abs(factor * length / max_norm - 1) <= ROOM:
            fail(f"The norm after clipping is {factor * length:.6g}, expected {max_norm:.6g}.", "By which factor do you scale?")
    for number, (mine, gradient) in enumerate(zip(clipped, gradients, strict=True)):
        expected = gradient.double() * factor  # one factor for all, so that the direction stays
        assert_close(mine, expected, dtype=gradient.dtype, condition=4, what=f"clipped gradient {number}")


# Probes: the same questions for a submission, the solution and every misconception, from the tiniest input up ----------


def small_weights(draw, D, H):
    """Draw readable weights, small enough that tanh does not saturate."""
    return draw.small(H, D) / 4, draw.small(H, H) / 4, draw.small(H) / 4, draw.small(H) / 4


def probe_one_unit(subject, draw):
    """One input, one unit: every number is another one."""
    numbers = ([[1.0]], [[0.5]], [[0.25]], [[2.0]], [0.125], [-0.75])
    subject.rnn_cell(*(torch.tensor(number) for number in numbers))


def probe_two_units(subject, draw):
    """Two inputs and two units, so that a weight the wrong way round still fits."""
    subject.rnn_cell(draw.small(1, 2), torch.tensor([[0.5, -1.0]]), *small_weights(draw, 2, 2))


def probe_three_inputs(subject, draw):
    """Three inputs, two units, a batch of two."""
    subject.rnn_cell(draw.small(2, 3), torch.tensor([[0.5, -1.0], [1.0, 0.0]]), *small_weights(draw, 3, 2))


def probe_one_step(subject, draw):
    """A sequence of one step."""
    subject.unroll(torch.tensor([[[1.0]]]), torch.tensor([[0.5]]), *small_weights(draw, 1, 1))


def probe_three_steps(subject, draw):
    """A sequence of three steps."""
    numbers = ([[[1.0]], [[-2.0]], [[0.5]]], [[0.5]], [[0.25]], [[2.0]], [0.125], [-0.75])
    subject.unroll(*(torch.tensor(number) for number in numbers))


def probe_square_sequence(subject, draw):
    """Two steps of two sequences."""
    subject.unroll(draw.small(2, 2, 1), torch.tensor([[0.5], [-1.0]]), *small_weights(draw, 1, 1))


def probe_sequence_double(subject, draw):
    """float64 in, float64 out."""
    inputs = (draw.small(2, 1, 1), draw.small(1, 1), *small_weights(draw, 1, 1))
    subject.unroll(*(tensor.double() for tensor in inputs))


def probe_cell_gradients(subject, draw):
    """Gradients of one step with respect to all six arguments."""
    cotangent = torch.tensor([[1.0, -2.0]])
    subject.rnn_cell.gradients(draw.small(1, 3), torch.tensor([[0.5, -1.0]]), *small_weights(draw, 3, 2), cotangent=cotangent)


def probe_sequence_gradients(subject, draw):
    """Gradients of three steps with respect to all six arguments."""
    cotangent = torch.tensor([[[1.0]], [[2.0]], [[-1.0]]])
    subject.unroll.gradients(
        draw.small(3, 1, 2), torch.tensor([[0.5]]), *small_weights(draw, 2, 1), cotangent=[cotangent, None]
    )


def clipping(subject, gradients, max_norm):
    """Observe a clipping; a norm counts as a float, whatever it comes as."""
    found = subject.clip_gradients(gradients, max_norm)
    if subject.calls[-1].reply["changed"] or not isinstance(found, (tuple, list)) or len(found) != 2:
        return
    clipped, total = found
    arguments = {"gradients": gradients, "max_norm": max_norm}
    models.conclude(subject, "clip_gradients", arguments, [list(clipped), float(total)])


def probe_three_and_four(subject, draw):
    """Gradients 3 and 4, to be clipped to 1."""
    clipping(subject, [torch.tensor([3.0]), torch.tensor([[4.0]])], 1.0)


def probe_far_apart(subject, draw):
    """A small tensor and a large one."""
    clipping(subject, [torch.tensor([1.0, -2.0]), torch.tensor([[8.0, 0.0], [0.0, -10.0]])], 6.5)


def probe_short_enough(subject, draw):
    """Gradients shorter than what is allowed."""
    clipping(subject, [torch.tensor([3.0]), torch.tensor([[4.0]])], 10.0)


def probe_between(subject, draw):
    """A norm of 5 where 6 is allowed: the sum of the entries would be more."""
    clipping(subject, [torch.tensor([3.0]), torch.tensor([[4.0]])], 6.0)


def probe_zeros(subject, draw):
    """Gradients that are all zero."""
    clipping(subject, [torch.zeros(2), torch.zeros(1)], 1.0)


def probe_tuple(subject, draw):
    """A tuple instead of a list."""
    clipping(subject, (torch.tensor([3.0]), torch.tensor([[4.0]])), 1.0)


def probe_clip_double(subject, draw):
    """float64 in, float64 out."""
    clipping(subject, [torch.tensor([3.0], dtype=torch.float64), torch.tensor([[4.0]], dtype=torch.float64)], 1.0)


# Tests ------------------------------------------------------------------------------------------------------------------


@mark.points(2)
def test_cell(student, reference, draw):
    """`rnn_cell` returns tanh(x · weight_ihᵀ + bias_ih + h · weight_hhᵀ + bias_hh)."""
    for N, D, H in ((1, 1, 1), (2, 3, 3), (3, 4, 2), (4, 4, 4)):
        compare_cell(student, reference, step_inputs(draw, N, D, H))


@CELL
@mark.points(1)
def test_cell_inputs(student, reference, draw):
    """`rnn_cell` takes any sizes, float32 and float64, and any layout in memory, and leaves its inputs as they were."""
    for N, D, H in ((1, 5, 2), (6, 2, 5), (2, 1, 4), (5, 3, 1)):
        for dtype in (torch.float32, torch.float64):
            compare_cell(student, reference, step_inputs(draw, N, D, H, dtype))
    x, *rest = step_inputs(draw, 3, 4, 2)
    x = x * 100  # saturated
    found, expected = student.rnn_cell(x, *rest), reference.rnn_cell(x, *rest)
    assert_close(found, expected, terms=6, condition=300, scale=UNIT, what="the next state after large inputs")
    inputs = tuple(map(scattered, step_inputs(draw, 3, 4, 2)))
    compare_cell(student, reference, inputs)
    if student.rnn_cell.changed(*inputs):
        fail("`rnn_cell` changes one of its inputs in place.", "Methods that end in an underscore and `h += …` do so.")


@CELL
@mark.points(2)
def test_cell_gradients(student, reference, draw):
    """Gradients flow to all six arguments of `rnn_cell`."""
    for N, D, H in ((3, 4, 2), (2, 3, 3), (1, 1, 1)):
        inputs, cotangent = step_inputs(draw, N, D, H), draw.normal(N, H)
        expected = reference.rnn_cell.gradients(*inputs, cotangent=cotangent)
        found = student.rnn_cell.gradients(*inputs, cotangent=cotangent)
        check_gradients(found, expected, CELL_NAMES, terms=N + D + 2 * H)


@mark.points(3)
def test_unroll(student, reference, draw):
    """`unroll` returns the states after each step, (T, N, H), and the last one, (N, H)."""
    for T, N, D, H in ((1, 1, 1, 1), (3, 2, 3, 2), (4, 3, 2, 3), (3, 3, 3, 3)):
        compare_sequence(student, reference, sequence_inputs(draw, T, N, D, H))


@UNROLL
@mark.points(1)
def test_unroll_inputs(student, reference, draw):
    """`unroll` takes any sizes, float32 and float64, and any layout in memory, and leaves its inputs as they were."""
    for T, N, D, H in ((1, 3, 2, 4), (8, 1, 1, 2), (2, 5, 4, 1)):
        for dtype in (torch.float32, torch.float64):
            compare_sequence(student, reference, sequence_inputs(draw, T, N, D, H, dtype))
    _, *rest = sequence_inputs(draw, 4, 3, 2, 3)
    inputs = (draw.normal(3, 4, 2).transpose(0, 1), *map(scattered, rest))
    compare_sequence(student, reference, inputs)
    changed = student.unroll.changed(*inputs)
    if changed:
        fail(f"`unroll` changes `{changed[0]}` in place.", "Make a new state at each step instead of writing into the old one.")


@UNROLL
@mark.points(1)
def test_unroll_apart(student, draw):
    """What a sequence gets in `unroll` does not depend on the other sequences, nor on what comes after."""
    xs, h0, *rest = sequence_inputs(draw, 4, 3, 2, 3)
    together, _ = pair_of(student.unroll(xs, h0, *rest), "(outputs, h_T)")
    for n in range(3):
        alone, _ = pair_of(student.unroll(xs[:2, n : n + 1].clone(), h0[n : n + 1].clone(), *rest), "(outputs, h_T)")
        wanted = together[:2, n : n + 1].double()
        assert_close(alone, wanted, terms=9, condition=CONDITION, scale=UNIT, what="`outputs` of one sequence alone")


@UNROLL
@mark.points(3)
def test_unroll_gradients(student, reference, draw):
    """Gradients flow through time: from all outputs and the last state back to xs, h0, all weights and biases."""
    for T, N, D, H in ((4, 2, 3, 2), (3, 1, 2, 4), (1, 2, 1, 1), (40, 1, 1, 2)):
        inputs = sequence_inputs(draw, T, N, D, H)
        for cotangent in ([draw.normal(T, N, H), draw.normal(N, H)], [draw.normal(T, N, H), None], [None, draw.normal(N, H)]):
            expected = reference.unroll.gradients(*inputs, cotangent=cotangent)
            found = student.unroll.gradients(*inputs, cotangent=cotangent)
            check_sequence(found.value, expected.value, inputs)
            check_gradients(found, expected, UNROLL_NAMES, terms=(N + D + 2 * H) * T)


@mark.points(3)
def test_clip(student, draw):
    """Above max_norm `clip_gradients` scales all tensors by one factor to the norm max_norm, and tells the norm before."""
    check_clipped(student, [torch.tensor([3.0]), torch.tensor([[4.0]])], 1.0)
    gradients = [draw.normal(3, 2), draw.normal(4, scale=5.0), draw.normal(2, 2, 2, scale=0.1)]
    for share in (0.01, 0.5, 0.9):
        check_clipped(student, gradients, share * norm_of(gradients))


@CLIP
@mark.points(1)
def test_clip_below(student, draw):
    """Below max_norm the gradients come back unchanged, however close they are."""
    gradients = [draw.normal(3, 2), draw.normal(4)]
    for share in (1.05, 1.5, 100.0):
        check_clipped(student, gradients, share * norm_of(gradients))
    check_clipped(student, [torch.tensor([3.0]), torch.tensor([[4.0]])], 5.5)


@CLIP
@mark.points(1)
def test_clip_zeros(student):
    """Gradients that are all zero stay zero, and their norm is 0."""
    check_clipped(student, [torch.zeros(2, 3), torch.zeros(4)], 1.0)
    check_clipped(student, [torch.zeros(1)], 0.1)


@CLIP
@mark.points(1)
def test_clip_inputs(student, draw):
    """Lists and tuples of any length, tensors of any shape and layout, float32 and float64 can be clipped."""
    for dtype in (torch.float32, torch.float64):
        for gradients in (
            (draw.normal(3, 2, dtype=dtype), draw.normal(4, dtype=dtype)),
            [draw.normal(2, dtype=dtype)],
            [draw.normal(dtype=dtype), scattered(draw.normal(2, 3, 4, dtype=dtype)), *(draw.normal(1, dtype=dtype),) * 3],
        ):
            check_clipped(student, gradients, 0.3 * norm_of(gradients))
            check_clipped(student, gradients, 3.0 * norm_of(gradients))
    check_clipped(student, [torch.zeros(3), draw.normal(2, 2)], 0.1)


@CLIP
@mark.points(1)
def test_clip_unchanged(student, draw):
    """The gradients that are passed to `clip_gradients` are left as they were."""
    for max_norm in (0.1, 100.0):
        if student.clip_gradients.changed([draw.normal(3, 2), draw.normal(4)], max_norm):
            fail(
                "`clip_gradients` scales the caller's tensors in place.", "Return new tensors: mul_ and *= change the old ones."
            )
