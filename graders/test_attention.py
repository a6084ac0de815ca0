"""Scaled dot-product attention: shapes, numbers, masks, gradients, dtypes, and what no formula on one input shows."""

import pytest
import torch

from chapter10.grading import assert_close, assert_equal, assert_gradient, assert_tensor, fail, scattered

mark = pytest.mark
FIRST = mark.needs("test_numbers")


def compare_gradients(student, reference, inputs, cotangent, terms, condition):
    """Check the value and the gradients with respect to query, key and value."""
    wanted = ("query", "key", "value")
    expected = reference.attention.gradients(*inputs, cotangent=cotangent, wrt=wanted)
    found = student.attention.gradients(*inputs, cotangent=cotangent, wrt=wanted)
    assert_close(found.value, expected.value, terms=terms, condition=condition)
    for name in wanted:
        assert_gradient(found.inputs.get(name), expected.inputs[name], name, terms=terms, condition=condition)


def compare(student, reference, query, key, value, mask=None, condition=1.0):
    """Check the student's answer against the reference's on one set of inputs."""
    inputs = (query, key, value) if mask is None else (query, key, value, mask)
    expected = reference.attention(*inputs)
    terms = query.size(-1) + key.size(-2)
    assert_close(student.attention(*inputs), expected, terms=terms, dtype=query.dtype, condition=condition)


def triple(draw, *leading, L=3, S=5, d=4, d_v=6, dtype=torch.float32):
    """Draw a query, a key and a value."""
    return (
        draw.normal(*leading, L, d, dtype=dtype),
        draw.normal(*leading, S, d, dtype=dtype),
        draw.normal(*leading, S, d_v, dtype=dtype),
    )


# Probes: the same questions for a submission, the solution and every misconception, from the tiniest input up ----------


def probe_one_query(subject, draw):
    """One query, two keys, two features."""
    subject.attention(torch.tensor([[2.0, 0.0]]), torch.tensor([[1.0, 0.0], [0.0, 1.0]]), torch.tensor([[10.0], [20.0]]))


def probe_two_queries(subject, draw):
    """Two queries, three keys, one value column."""
    subject.attention(draw.small(2, 2), draw.small(3, 2), draw.small(3, 1))


def probe_square(subject, draw):
    """As many keys as queries, in no order."""
    subject.attention(draw.small(3, 3), draw.small(3, 3), draw.small(3, 3))


def probe_one_blocked(subject, draw):
    """One query, two keys, the second one blocked by an integer mask."""
    query, key = torch.tensor([[0.0, 2.0]]), torch.tensor([[1.0, 0.0], [0.0, 1.0]])
    subject.attention(query, key, torch.tensor([[10.0], [20.0]]), torch.tensor([[1, 0]]))


def probe_bool_mask(subject, draw):
    """Two queries, three keys, a bool mask with another row for each query."""
    keep = torch.tensor([[True, False, True], [True, True, False]])
    subject.attention(draw.small(2, 2), draw.small(3, 2), draw.small(3, 2), keep)


def probe_float_mask(subject, draw):
    """A float mask of zeros and ones."""
    keep = torch.tensor([[1.0, 0.0, 1.0], [0.0, 1.0, 1.0]])
    subject.attention(draw.small(2, 2), draw.small(3, 2), draw.small(3, 2), keep)


def probe_keys_mask(subject, draw):
    """A mask of shape (S,), the same for every query."""
    subject.attention(draw.small(2, 2), draw.small(3, 2), draw.small(3, 2), torch.tensor([True, False, True]))


def probe_loud_blocked(subject, draw):
    """The blocked key would win by far, and every open score is deep below zero."""
    key = torch.tensor([[-50.0, 0.0], [50.0, 0.0]])
    subject.attention(torch.tensor([[2.0, 0.0]]), key, torch.tensor([[1.0], [1000.0]]), torch.tensor([[1, 0]]))


def probe_low_open(subject, draw):
    """The open scores are as low as scores get, and so is the blocked one."""
    value = torch.tensor([[1.0], [2.0], [9.0]])
    subject.attention(torch.tensor([[-10000.0]]), torch.ones(3, 1), value, torch.tensor([1, 1, 0]))


def probe_other_numbers(subject, draw):
    """A mask whose numbers are not 0 and 1."""
    subject.attention(torch.zeros(1, 2), draw.small(3, 2), torch.tensor([[1.0], [2.0], [7.0]]), torch.tensor([2, 0, 1]))


def probe_batch(subject, draw):
    """Two samples, L ≠ S, d_v ≠ d."""
    subject.attention(draw.small(2, 2, 3), draw.small(2, 4, 3), draw.small(2, 4, 1))


def probe_batch_mask(subject, draw):
    """Two samples with a mask of their own each."""
    keep = torch.tensor([[[1, 0, 1]], [[0, 1, 1]]])
    subject.attention(draw.small(2, 1, 2), draw.small(2, 3, 2), draw.small(2, 3, 1), keep)


def probe_heads(subject, draw):
    """Two leading dimensions, and a mask with a 1 for the heads."""
    keep = torch.tensor([[[[1, 0, 1]]], [[[0, 1, 1]]]])
    subject.attention(draw.small(2, 2, 2, 2), draw.small(2, 2, 3, 2), draw.small(2, 2, 3, 1), keep)


def probe_strided(subject, draw):
    """Inputs that are transposed in memory."""
    query, key, value = draw.small(2, 3, 2), draw.small(2, 4, 2), draw.small(2, 4, 2)
    subject.attention(scattered(query), scattered(key), scattered(value))


def probe_heads_layout(subject, draw):
    """Heads as they come from splitting the features: (N, L, heads, d) with two axes swapped."""
    query, key, value = draw.small(2, 2, 2, 1), draw.small(2, 3, 2, 1), draw.small(2, 3, 2, 1)
    subject.attention(query.transpose(1, 2), key.transpose(1, 2), value.transpose(1, 2))


def probe_double(subject, draw):
    """float64 in, float64 out."""
    double = torch.float64
    subject.attention(draw.small(1, 2, dtype=double), draw.small(2, 2, dtype=double), draw.small(2, 1, dtype=double))


def probe_loud_keys(subject, draw):
    """Two keys that agree with the query far more than usual, and not equally."""
    subject.attention(torch.tensor([[100.0]]), torch.tensor([[1.0], [2.0]]), torch.tensor([[10.0], [20.0]]))


def probe_rows_apart(subject, draw):
    """One query whose scores are all high, one whose scores are all low."""
    key, value = torch.tensor([[1.0], [0.5]]), torch.tensor([[10.0], [20.0]])
    subject.attention(torch.tensor([[10000.0], [-10000.0]]), key, value)


def probe_gradients(subject, draw):
    """Gradients with respect to query, key and value."""
    cotangent = torch.tensor([[1.0, -2.0], [3.0, 1.0]])
    subject.attention.gradients(draw.small(2, 2), draw.small(3, 2), draw.small(3, 2), cotangent=cotangent)


def probe_masked_gradients(subject, draw):
    """The same under a mask."""
    keep = torch.tensor([[1, 0, 1], [1, 1, 0]])
    cotangent = torch.tensor([[1.0], [3.0]])
    subject.attention.gradients(draw.small(2, 2), draw.small(3, 2), draw.small(3, 1), keep, cotangent=cotangent)


# Tests ------------------------------------------------------------------------------------------------------------------


@mark.points(3)
def test_numbers(student, reference, draw):
    """The result is softmax(query · keyᵀ / √d) · value."""
    simple = torch.tensor([[2.0, 0.0]]), torch.tensor([[1.0, 0.0], [0.0, 1.0]]), torch.tensor([[10.0], [20.0]])
    compare(student, reference, *simple)
    compare(student, reference, *triple(draw, L=4, S=4, d=16, d_v=16))
    compare(student, reference, *triple(draw, L=6, S=6, d=5, d_v=5))


@FIRST
@mark.points(2)
def test_shapes(student, reference, draw):
    """L ≠ S, d_v ≠ d and any number of leading dimensions give a result of shape (..., L, d_v)."""
    for L, S, d, d_v in ((1, 1, 1, 1), (5, 2, 3, 1), (2, 7, 1, 4)):
        compare(student, reference, *triple(draw, L=L, S=S, d=d, d_v=d_v))
    for leading in ((1,), (2, 3), (2, 1, 2, 2)):
        compare(student, reference, *triple(draw, *leading))
    # Every size alike: a wrong axis can't hide behind a crash.
    compare(student, reference, *triple(draw, 4, L=4, S=4, d=4, d_v=4))
    compare(student, reference, *triple(draw, 3, 3, L=3, S=3, d=3, d_v=3))


@mark.needs("test_shapes")
@mark.points(1)
def test_samples_apart(student, reference, draw):
    """What a sample of the batch gets does not depend on the other samples, nor a query's row on the other queries."""
    query, key, value = triple(draw, 3)
    query[0] *= 1000.0
    query[1, 0] *= 1000.0
    query[2] *= 0.01
    expected = reference.attention(query, key, value)
    found = student.attention(query, key, value)
    assert_tensor(found, tuple(expected.shape), expected=expected)
    assert_close(found[1, 1:], expected[1, 1:], terms=9, what="the result of a sample beside a loud one")
    assert_close(found[2], expected[2], terms=9, what="the result of a quiet sample")


@FIRST
@mark.points(2)
def test_mask(student, reference, draw):
    """A mask of shape (L, S) keeps each query from the keys that it blocks."""
    blocked = torch.tensor([[1, 0]])
    compare(student, reference, torch.tensor([[0.0, 2.0]]), torch.eye(2), torch.tensor([[10.0], [20.0]]), blocked)
    compare(student, reference, *triple(draw, L=5, S=3), draw.keep_mask(5, 3))
    compare(student, reference, *triple(draw, L=4, S=4), draw.keep_mask(4, 4))
    compare(student, reference, *triple(draw, L=4, S=4), torch.ones(4, 4, dtype=torch.bool).tril())


@mark.needs("test_mask")
@mark.points(2)
def test_mask_broadcasts(student, reference, draw):
    """A mask of any shape that broadcasts to (..., L, S) works: (S,), (1, S), (L, 1), (N, 1, S), (N, 1, 1, S), …"""
    compare(student, reference, *triple(draw), draw.keep_mask(5))
    compare(student, reference, *triple(draw, L=5), draw.keep_mask(5))  # (S,) belongs to the keys, also where L = S
    compare(student, reference, *triple(draw, L=17, S=33), draw.keep_mask(17, 33))
    for shape in ((1, 5), (3, 5), (2, 1, 5), (2, 3, 5)):
        compare(student, reference, *triple(draw, 2), draw.keep_mask(*shape))
    for shape in ((5,), (2, 1, 1, 5), (1, 4, 3, 5), (4, 1, 5)):
        compare(student, reference, *triple(draw, 2, 4), draw.keep_mask(*shape))
    compare(student, reference, *triple(draw, 2), torch.ones(3, 1, dtype=torch.bool))
    compare(student, reference, *triple(draw, 3, 3, L=3, S=3), draw.keep_mask(3, 1, 1, 3))


@mark.needs("test_mask")
@mark.points(1)
def test_mask_dtypes(student, reference, draw):
    """0 or False blocks, whatever the dtype of the mask; any other number lets through."""
    for dtype, number in ((torch.int64, 2), (torch.int64, -1), (torch.uint8, 255), (torch.float32, 0.5), (torch.float64, 1.0)):
        compare(student, reference, *triple(draw), draw.keep_mask(3, 5).to(dtype) * number)
    compare(student, reference, *triple(draw, dtype=torch.float64), -draw.keep_mask(3, 5).float())


@mark.needs("test_mask")
@mark.points(1)
def test_blocked_is_gone(student, reference, draw):
    """A blocked key has no influence at all, however large its score or its value, and however low the other scores."""
    query, key, value = triple(draw, 2)
    keep = torch.tensor([True, True, False, True, False])
    compare(student, reference, query, key, value.masked_fill(~keep[:, None], 1e6), keep)
    loud = torch.tensor([[-3000.0, 0.0], [3000.0, 0.0]])
    value = torch.tensor([[1.0], [1000.0]])
    compare(student, reference, torch.tensor([[2.0, 0.0]]), loud, value, torch.tensor([[1, 0]]), condition=1e4)
    value = torch.tensor([[1.0], [2.0], [9.0]])
    compare(student, reference, torch.tensor([[-1e4]]), torch.ones(3, 1), value, torch.tensor([1, 1, 0]), condition=1e4)
    ends = torch.tensor([[-1e4], [1e4]])  # the blocked score is as high and the open one as low as scores get
    compare(student, reference, torch.ones(1, 1), ends, value[::2], torch.tensor([[1, 0]]), condition=1e4)


@FIRST
@mark.points(3)
def test_gradients(student, reference, draw):
    """Gradients flow to query, key and value."""
    for leading, mask in (((), None), ((2, 2), None), ((2,), draw.keep_mask(3, 5))):
        inputs = triple(draw, *leading) if mask is None else (*triple(draw, *leading), mask)
        compare_gradients(student, reference, inputs, draw.normal(*leading, 3, 6), terms=30, condition=4)


@FIRST
@mark.points(1)
def test_double(student, reference, draw):
    """float64 in, float64 out, with the precision of float64."""
    compare(student, reference, *triple(draw, 2, dtype=torch.float64))
    compare(student, reference, *triple(draw, 2, dtype=torch.float64), draw.keep_mask(3, 5))
    # The weights add up to 1, so a large number added to every value comes through unchanged; float32 would lose the rest.
    query, key, value = triple(draw, 2, dtype=torch.float64)
    value = value + 2.0**24
    expected = reference.attention(query, key, value)
    assert_close(student.attention(query, key, value), expected, terms=9, dtype=torch.float64, scale=1.0)


@FIRST
@mark.points(1)
def test_strided(student, reference, draw):
    """Tensors that are not contiguous in memory work like all others."""
    query, key, value = triple(draw, 2, 3)
    compare(student, reference, scattered(query), scattered(key), scattered(value), scattered(draw.keep_mask(3, 5)))
    heads_second = [draw.normal(2, size, 3, 4).transpose(1, 2) for size in (3, 5, 5)]
    compare(student, reference, *heads_second)


@FIRST
@mark.points(1)
def test_large_scores(student, reference, draw):
    """Scores as large as ±10,000 give neither NaN nor infinity, and the right numbers and gradients."""
    key, value = torch.tensor([[1.0, 1.0], [1.0, -1.0], [0.5, 0.0]]), torch.tensor([[1.0], [2.0], [9.0]])
    query, cotangent = torch.tensor([[14000.0, 0.0], [-14000.0, 0.0]]), torch.tensor([[1.0], [1.0]])
    compare_gradients(student, reference, (query, key, value), cotangent, terms=5, condition=1e4)
    query, key, value = triple(draw, 2, d=1)
    for size, mask in ((10_000.0, ()), (100.0, (draw.keep_mask(3, 5),))):
        scale = size / float((query @ key.transpose(-1, -2)).abs().max())
        compare(student, reference, query * scale, key, value, *mask, condition=size)


@FIRST
@mark.points(1)
def test_inputs_unchanged(student, draw):
    """query, key, value and mask are left as they were."""
    for mask in ((draw.keep_mask(2, 3, 5),), (draw.keep_mask(2, 3, 5).float() * 2,), ()):
        changed = student.attention.changed(*triple(draw, 2), *mask)
        if changed:
            fail(
                f"`{changed[0]}` is not what it was before the call: your function changed it in place.",
                "Methods that end in an underscore, `x[...] = …` and `x /= …` write into the caller's tensor.",
            )


@FIRST
@mark.points(1)
def test_own_work(student, draw):
    """You wrote it yourself: nothing ready-made is called, with or without a mask."""
    first = student.attention(*triple(draw))
    again = student.attention(*triple(draw), torch.ones(3, 5, dtype=torch.bool))
    assert_equal(list(first.shape), list(again.shape), what="the shape")
