"""Masks: padding, the causal triangle, both together, PyTorch's convention, and a softmax over the kept keys alone."""

import math

import pytest
import torch

from chapter10.grading import assert_close, assert_equal, assert_gradient, assert_tensor, fail, scattered

mark = pytest.mark
PADDING = mark.needs("test_padding")
SOFTMAX = mark.needs("test_softmax")
NO_KEY = torch.tensor([[True, False, True, True], [False, False, False, False], [False, True, True, False]])


def compare_softmax(student, reference, scores, keep, condition=1.0):
    """Check the weights against the reference's, and that blocked keys get exactly nothing."""
    expected = reference.masked_softmax(scores, keep)
    found = student.masked_softmax(scores, keep)
    assert_close(found, expected, terms=scores.size(-1), dtype=scores.dtype, condition=condition)
    assert_nothing(found, expected, keep)


def assert_nothing(found, expected, keep):
    """Check that the weights are exactly 0 wherever `keep` is False."""
    wrong = (found != 0) & ~keep
    if wrong.any():
        first = tuple(wrong.nonzero()[0].tolist())
        fail(f"A blocked key gets the weight {float(found[first]):.3g} at {list(first)}: it should be exactly 0.")


def compare_gradients(student, reference, scores, keep, cotangent, condition=4.0):
    """Check weights and gradient. On a row with no key kept, the gradient only has to be finite."""
    expected = reference.masked_softmax.gradients(scores, keep, cotangent=cotangent)
    found = student.masked_softmax.gradients(scores, keep, cotangent=cotangent)
    assert_close(found.value, expected.value, terms=scores.size(-1), dtype=scores.dtype, condition=condition)
    gradient, wanted = found.inputs.get("scores"), expected.inputs["scores"]
    empty = ~keep.any(-1, keepdim=True).expand(scores.shape)
    if gradient is not None:
        assert_tensor(gradient, tuple(scores.shape), what="the gradient with respect to scores", expected=wanted)
        wanted = torch.where(empty & gradient.isfinite(), gradient.double(), wanted)
    size = float(expected.inputs["scores"].abs().max())
    terms = 4 * scores.size(-1)
    assert_gradient(gradient, wanted, "scores", terms=terms, condition=condition, dtype=scores.dtype, scale=max(size, 0.1))


# Probes: the same questions for a submission, the solution and every misconception, from the tiniest input up ----------


def probe_padding(subject, draw):
    """Two sequences of 1 and 3 words, in 4 places."""
    subject.padding_mask(torch.tensor([1, 3]), 4)


def probe_causal(subject, draw):
    """Three positions."""
    subject.causal_mask(3)


def probe_combine(subject, draw):
    """One sequence of 2 words, two queries, three keys."""
    subject.combine_masks(torch.tensor([[True, True, False]]), torch.tensor([[True, False, False], [True, True, True]]))


def probe_combine_square(subject, draw):
    """As many sequences as queries and keys."""
    subject.combine_masks(torch.tensor([[True, False], [True, True]]), torch.tensor([[True, False], [True, True]]))


def probe_to_attn_mask(subject, draw):
    """Two keys, one of them blocked."""
    subject.to_attn_mask(torch.tensor([True, False]))


def probe_softmax_plain(subject, draw):
    """Two rows of two keys, all kept, and not all scores alike."""
    subject.masked_softmax(torch.tensor([[0.0, 1.0], [2.0, 0.0]]), torch.ones(2, 2, dtype=torch.bool))


def probe_softmax(subject, draw):
    """Two rows of three keys, of which one is blocked in the first row."""
    scores = torch.tensor([[0.0, 1.0, 2.0], [1.0, 0.0, 1.0]])
    subject.masked_softmax(scores, torch.tensor([[True, True, False], [True, True, True]]))


def probe_softmax_none_kept(subject, draw):
    """The second row has no key left."""
    subject.masked_softmax(torch.zeros(2, 2), torch.tensor([[True, True], [False, False]]))


def probe_softmax_keys(subject, draw):
    """One row of keep for all rows of scores."""
    subject.masked_softmax(torch.tensor([[0.0, 1.0, 2.0], [1.0, 0.0, 1.0]]), torch.tensor([True, True, False]))


def probe_softmax_gradient(subject, draw):
    """The gradient with respect to the scores."""
    keep, cotangent = torch.tensor([[True, True, False]]), torch.tensor([[2.0, 0.0, 1.0]])
    subject.masked_softmax.gradients(torch.tensor([[0.0, 1.0, 2.0]]), keep, cotangent=cotangent)


def probe_softmax_gradient_none_kept(subject, draw):
    """The gradient of a row with no key left."""
    keep, cotangent = torch.tensor([[False, False]]), torch.tensor([[2.0, 1.0]])
    subject.masked_softmax.gradients(torch.tensor([[0.0, 1.0]]), keep, cotangent=cotangent)


def probe_softmax_loud(subject, draw):
    """Scores far too large for their exponentials."""
    subject.masked_softmax(torch.tensor([[1000.0, 999.0]]), torch.tensor([[True, True]]))


def probe_softmax_loud_blocked(subject, draw):
    """The blocked score is the largest by far."""
    subject.masked_softmax(torch.tensor([[10000.0, 1.0, 2.0]]), torch.tensor([[False, True, True]]))


def probe_softmax_low(subject, draw):
    """All kept scores are far below zero."""
    subject.masked_softmax(torch.tensor([[-9000.0, -9001.0, 0.0]]), torch.tensor([[True, True, False]]))


def probe_softmax_double(subject, draw):
    """float64 in, float64 out."""
    scores = torch.tensor([[0.0, 1.0]], dtype=torch.float64)
    subject.masked_softmax(scores, torch.tensor([[True, True]]))


# Tests ------------------------------------------------------------------------------------------------------------------


@mark.points(2)
def test_padding(student, reference):
    """`padding_mask` is True for the words of each sequence, and False for the padding to their right."""
    for lengths, size in (([1, 3], 4), ([4, 2], 4), ([2, 4, 1, 3], 4), ([3], 5)):
        assert_equal(student.padding_mask(torch.tensor(lengths), size), reference.padding_mask(torch.tensor(lengths), size))


@PADDING
@mark.points(1)
def test_padding_edges(student, reference):
    """A sequence may be empty or fill all places, and there may be more places than the longest sequence needs."""
    for lengths, size in (([0, 4, 2], 4), ([2, 1], 7), ([0], 2), ([1, 1], 1)):
        assert_equal(student.padding_mask(torch.tensor(lengths), size), reference.padding_mask(torch.tensor(lengths), size))


@mark.points(2)
def test_causal(student, reference):
    """`causal_mask` is True where the key is the query itself or stands before it."""
    for size in (3, 1, 6, 70):
        assert_equal(student.causal_mask(size), reference.causal_mask(size))


@mark.points(2)
def test_combine(student, reference, draw):
    """`combine_masks` is True where the key is a word and the query may look at it, one (L, S) for each sequence."""
    words, causal = torch.tensor([[True, True, False]]), torch.tensor([[True, False, False], [True, True, True]])
    assert_equal(student.combine_masks(words, causal), reference.combine_masks(words, causal))
    for N, L, S in ((2, 3, 5), (2, 3, 5), (4, 1, 3), (1, 5, 2)):
        words, causal = draw.keep_mask(N, S), draw.keep_mask(L, S)
        assert_equal(student.combine_masks(words, causal), reference.combine_masks(words, causal))


@mark.needs("test_combine")
@mark.points(1)
def test_combine_square(student, reference, draw):
    """The padding belongs to the keys, also where there are as many sequences as queries and as keys."""
    for N, L, S in ((4, 4, 4), (3, 3, 5), (5, 2, 5)):
        words, causal = draw.keep_mask(N, S), draw.keep_mask(L, S, share=0.8)
        assert_equal(student.combine_masks(words, causal), reference.combine_masks(words, causal))


@mark.points(1)
def test_to_attn_mask(student, reference, draw):
    """`to_attn_mask` is True for the blocked keys, for a mask of any shape."""
    for shape in ((2,), (3, 5), (3, 5), (2, 3, 4), (2, 2, 1, 3)):
        keep = draw.keep_mask(*shape[:-1], shape[-1]) if len(shape) > 1 else torch.tensor([True, False])
        assert_equal(student.to_attn_mask(keep), reference.to_attn_mask(keep))


@mark.points(2)
def test_softmax(student, reference, draw):
    """`masked_softmax` shares the weight of 1 among the kept keys, and gives exactly 0 to the blocked ones."""
    three = torch.tensor([[0.0, 1.0, 2.0], [1.0, 0.0, 1.0]])
    compare_softmax(student, reference, three, torch.tensor([[True, True, False], [True, True, True]]))
    compare_softmax(student, reference, draw.normal(4, 4), draw.keep_mask(4, 4))
    compare_softmax(student, reference, draw.normal(3, 5, scale=3.0), draw.keep_mask(3, 5))
    compare_softmax(student, reference, draw.normal(2, 3, 6), draw.keep_mask(2, 3, 6))


@SOFTMAX
@mark.points(1)
def test_softmax_broadcasts(student, reference, draw):
    """`keep` may have any shape that broadcasts to the scores: (S,), (L, S), (L, 1), (N, 1, S), (N, 1, 1, S), …"""
    for shape in ((5,), (3, 5), (2, 1, 5)):
        compare_softmax(student, reference, draw.normal(2, 3, 5), draw.keep_mask(*shape))
    for shape in ((5,), (2, 1, 1, 5), (1, 2, 3, 5)):
        compare_softmax(student, reference, draw.normal(2, 2, 3, 5), draw.keep_mask(*shape))
    compare_softmax(student, reference, draw.normal(2, 3, 5), torch.tensor([[True], [False], [True]]))
    compare_softmax(student, reference, draw.normal(3, 3, 3, 3), draw.keep_mask(3, 1, 3))


@SOFTMAX
@mark.points(2)
def test_softmax_none_kept(student, reference, draw):
    """A row with no key kept is all 0, with no NaN, and the rows beside it are what they were."""
    compare_softmax(student, reference, draw.normal(3, 4), NO_KEY)
    compare_softmax(student, reference, draw.normal(2, 3, 4), NO_KEY)
    compare_softmax(student, reference, draw.normal(2, 4), torch.zeros(2, 4, dtype=torch.bool))


@SOFTMAX
@mark.points(2)
def test_softmax_gradient(student, reference, draw):
    """The gradient flows from the weights to the scores."""
    compare_gradients(student, reference, draw.normal(3, 5), draw.keep_mask(3, 5), draw.normal(3, 5))
    compare_gradients(student, reference, draw.normal(2, 3, 4), draw.keep_mask(2, 1, 4), draw.normal(2, 3, 4))


@mark.needs("test_softmax_none_kept", "test_softmax_gradient")
@mark.points(1)
def test_softmax_gradient_none_kept(student, reference, draw):
    """A row with no key kept has a finite gradient, and leaves the gradient of the other rows alone."""
    compare_gradients(student, reference, draw.normal(3, 4), NO_KEY, draw.normal(3, 4))
    compare_gradients(student, reference, draw.normal(2, 4), torch.zeros(2, 4, dtype=torch.bool), draw.normal(2, 4))


@SOFTMAX
@mark.points(1)
def test_softmax_large_scores(student, reference, draw):
    """Scores as large as ±10,000, kept or blocked, give neither NaN nor infinity, but the right weights and gradients."""
    scores = torch.tensor([[10000.0, 9999.0, -10000.0], [-9000.0, -9001.0, 9000.0], [-10000.0, 1.0, 2.0], [10000.0, 1.0, 2.0]])
    keep = torch.tensor([[True, True, True], [True, True, False], [False, True, True], [False, True, True]])
    cotangent = torch.tensor([[1.0, -1.0, 2.0], [2.0, 1.0, 1.0], [1.0, 2.0, 1.0], [3.0, 2.0, 1.0]])
    compare_gradients(student, reference, scores, keep, cotangent, condition=1e4)
    deep = torch.tensor([[-10000.0, -9999.0, 0.0]])  # the kept scores are as low as scores get
    compare_gradients(student, reference, deep, torch.tensor([[True, True, False]]), cotangent[:1], condition=1e4)
    # The quiet rows once more without loud ones beside them, where rounding is small.
    compare_softmax(student, reference, torch.tensor([[10000.0, 1.0, 2.0]]), keep[3:])
    compare_softmax(student, reference, draw.normal(3, 4, scale=2000.0), NO_KEY, condition=1e4)


@SOFTMAX
@mark.points(1)
def test_softmax_inputs(student, reference, draw):
    """float32 stays float32, float64 stays float64 with its precision, and tensors need not be contiguous in memory."""
    shifted = draw.normal(2, 3, 4, dtype=torch.float64) + 1000 * math.pi  # float32 would lose four more digits of these
    compare_softmax(student, reference, shifted, NO_KEY, condition=2.0**-14)  # no constant comes in: float64 is meant
    compare_softmax(student, reference, scattered(draw.normal(2, 3, 4)), scattered(NO_KEY))
    compare_softmax(student, reference, draw.normal(2, 5, 3).transpose(0, 1), draw.keep_mask(2, 5, 3).transpose(0, 1))


@mark.points(1)
@mark.needs("test_padding", "test_combine", "test_to_attn_mask", "test_softmax")
def test_arguments_unchanged(student, draw):
    """All five functions leave their arguments as they were."""
    keep = draw.keep_mask(3, 5)
    changed = {
        "padding_mask": student.padding_mask.changed(torch.tensor([1, 3, 0]), 4),
        "combine_masks": student.combine_masks.changed(torch.arange(5).expand(2, 5) < 3, torch.ones(3, 5, dtype=torch.bool)),
        "to_attn_mask": student.to_attn_mask.changed(keep),
        "masked_softmax": student.masked_softmax.changed(draw.normal(2, 3, 5), keep),
    }
    changed["masked_softmax"] += student.masked_softmax.changed(draw.normal(3, 4), NO_KEY)
    for function, names in changed.items():
        if names:
            fail(
                f"`{names[0]}` is not what it was before the call: your `{function}` changed it in place.",
                "Methods that end in an underscore, `x[...] = …` and `x /= …` write into the caller's tensor.",
            )
