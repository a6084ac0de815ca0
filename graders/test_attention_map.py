"""The attention map: the weights by themselves, and the token that each query attends to most."""

import pytest
import torch

from chapter10.grading import assert_close, assert_equal, exact, fail, scattered

mark = pytest.mark
WEIGHTS = mark.needs("test_weights")
TOKENS = mark.needs("test_most_attended")
WORDS = ["the", "cat", "sat", "on", "its", "mat"]


def compare(student, reference, query, key, mask=None, condition=1.0):
    """Check the student's weights against the reference's on one set of inputs."""
    inputs = (query, key) if mask is None else (query, key, mask)
    expected = reference.attention_weights(*inputs)
    found = student.attention_weights(*inputs)
    assert_close(found, expected, terms=query.size(-1) + key.size(-2), dtype=query.dtype, condition=condition)
    if mask is not None and (leaks := (found != 0) & (mask == 0)).any():
        first = tuple(leaks.nonzero()[0].tolist())
        fail(f"A blocked key gets the weight {float(found[first]):.3g} at {list(first)}: it should get none at all.")


def pair(draw, *leading, L=3, S=5, d=4, dtype=torch.float32):
    """Draw a query and a key."""
    return draw.normal(*leading, L, d, dtype=dtype), draw.normal(*leading, S, d, dtype=dtype)


def distinct(draw, L, S):
    """Draw a map in which no two weights of a row are alike."""
    rows = [draw.permutation(S) + 1.0 for _ in range(L)]
    return torch.stack(rows) / (S * (S + 1) / 2)


# Probes: the same questions for a submission, the solution and every misconception, from the tiniest input up ----------


def probe_one_query(subject, draw):
    """One query, two keys, two features."""
    subject.attention_weights(torch.tensor([[2.0, 0.0]]), torch.tensor([[1.0, 0.0], [0.0, 1.0]]))


def probe_two_queries(subject, draw):
    """Two queries, three keys."""
    subject.attention_weights(draw.small(2, 2), draw.small(3, 2))


def probe_mask(subject, draw):
    """A bool mask with another row for each query."""
    keep = torch.tensor([[True, False, True], [True, True, False]])
    subject.attention_weights(draw.small(2, 2), draw.small(3, 2), keep)


def probe_mask_of_numbers(subject, draw):
    """A mask of shape (S,), of whole numbers."""
    subject.attention_weights(draw.small(1, 2), draw.small(3, 2), torch.tensor([1, 0, 2]))


def probe_low_open(subject, draw):
    """The open scores are as low as scores get, and so is the blocked one."""
    subject.attention_weights(torch.tensor([[-10000.0]]), torch.ones(3, 1), torch.tensor([1, 1, 0]))


def probe_batch(subject, draw):
    """Two samples."""
    subject.attention_weights(draw.small(2, 1, 2), draw.small(2, 2, 2))


def probe_double(subject, draw):
    """float64 in, float64 out."""
    subject.attention_weights(draw.small(1, 2, dtype=torch.float64), draw.small(2, 2, dtype=torch.float64))


def probe_loud_keys(subject, draw):
    """Two keys that agree with the query far more than usual, and not equally."""
    subject.attention_weights(torch.tensor([[100.0]]), torch.tensor([[1.0], [2.0]]))


def probe_rows_apart(subject, draw):
    """One query whose scores are all high, one whose scores are all low."""
    subject.attention_weights(torch.tensor([[10000.0], [-10000.0]]), torch.tensor([[1.0], [0.5]]))


def probe_most(subject, draw):
    """Two queries, three tokens."""
    subject.most_attended(torch.tensor([[0.125, 0.75, 0.125], [0.125, 0.25, 0.625]]), ["the", "cat", "sat"])


def probe_most_diagonal(subject, draw):
    """Each word looks at itself."""
    subject.most_attended(torch.tensor([[0.75, 0.25], [0.25, 0.75]]), ["the", "cat"])


def probe_most_more_queries(subject, draw):
    """More queries than tokens, and two of them agree."""
    subject.most_attended(torch.tensor([[0.25, 0.75], [0.75, 0.25], [0.375, 0.625]]), ["the", "cat"])


def probe_most_ties(subject, draw):
    """Two weights of a row are equally large."""
    subject.most_attended(torch.tensor([[0.375, 0.25, 0.375], [0.25, 0.375, 0.375]]), ["the", "cat", "sat"])


def probe_most_repeated(subject, draw):
    """One word stands in two places."""
    weights = torch.tensor([[0.25, 0.5, 0.25], [0.375, 0.5, 0.125], [0.5, 0.375, 0.125]])
    subject.most_attended(weights, ["the", "cat", "the"])


# Tests ------------------------------------------------------------------------------------------------------------------


@mark.points(3)
def test_weights(student, reference, draw):
    """`attention_weights` is softmax(query · keyᵀ / √d), the softmax taken over the keys."""
    compare(student, reference, torch.tensor([[2.0, 0.0]]), torch.tensor([[1.0, 0.0], [0.0, 1.0]]))
    compare(student, reference, *pair(draw, L=4, S=4, d=16))
    compare(student, reference, *pair(draw, L=6, S=6, d=5))


@WEIGHTS
@mark.points(2)
def test_shapes(student, reference, draw):
    """L ≠ S and any number of leading dimensions give weights of shape (..., L, S)."""
    for L, S, d in ((1, 1, 1), (5, 2, 3), (2, 7, 1)):
        compare(student, reference, *pair(draw, L=L, S=S, d=d))
    for leading in ((1,), (3,), (2, 3), (2, 1, 2)):
        compare(student, reference, *pair(draw, *leading))
    # Every size alike: a wrong axis can't hide behind a crash.
    compare(student, reference, *pair(draw, 4, L=4, S=4, d=4))
    compare(student, reference, *pair(draw, 3, 3, L=3, S=3, d=3))


@WEIGHTS
@mark.points(2)
def test_mask(student, reference, draw):
    """A mask of shape (L, S) keeps each query from the keys that it blocks: they get no weight, and the others share it."""
    blocked = torch.tensor([[1, 0]])
    compare(student, reference, torch.tensor([[0.0, 2.0]]), torch.eye(2), blocked)
    compare(student, reference, *pair(draw, L=5, S=3), draw.keep_mask(5, 3))
    compare(student, reference, *pair(draw, L=4, S=4), draw.keep_mask(4, 4))
    compare(student, reference, *pair(draw, L=4, S=4), torch.ones(4, 4, dtype=torch.bool).tril())
    loud = torch.tensor([[-3000.0, 0.0], [3000.0, 0.0]])
    compare(student, reference, torch.tensor([[2.0, 0.0]]), loud, blocked, condition=1e4)
    compare(student, reference, torch.tensor([[-1e4]]), torch.ones(3, 1), torch.tensor([1, 1, 0]), condition=1e4)


@mark.needs("test_mask")
@mark.points(2)
def test_mask_broadcasts(student, reference, draw):
    """A mask of any shape that broadcasts to (..., L, S) works: (S,), (L, 1), (N, 1, S), (N, 1, 1, S), …"""
    compare(student, reference, *pair(draw), draw.keep_mask(5))
    for shape in ((5,), (3, 5), (2, 1, 5), (2, 3, 5)):
        compare(student, reference, *pair(draw, 2), draw.keep_mask(*shape))
    for shape in ((2, 1, 1, 5), (1, 4, 3, 5), (4, 1, 5)):
        compare(student, reference, *pair(draw, 2, 4), draw.keep_mask(*shape))
    compare(student, reference, *pair(draw, 2), torch.ones(3, 1, dtype=torch.bool))
    # Every size alike: a mask is lined up from its last dimension.
    compare(student, reference, *pair(draw, 4, L=4, S=4), draw.keep_mask(4, 4))
    compare(student, reference, *pair(draw, 4, L=4, S=4), draw.keep_mask(4))


@mark.needs("test_mask")
@mark.points(1)
def test_mask_dtypes(student, reference, draw):
    """0 or False blocks, whatever the dtype of the mask; any other number lets through."""
    for dtype, number in ((torch.int64, 2), (torch.uint8, 255), (torch.float32, 0.5), (torch.float64, 1.0)):
        compare(student, reference, *pair(draw), draw.keep_mask(3, 5).to(dtype) * number)
    compare(student, reference, *pair(draw, dtype=torch.float64), -draw.keep_mask(3, 5).float())


@WEIGHTS
@mark.points(1)
def test_inputs(student, reference, draw):
    """float64 in, float64 out, and tensors need not be contiguous in memory."""
    inputs = pair(draw, 2, d=16, dtype=torch.float64)  # roots of 16 are exact
    compare(student, reference, *inputs, condition=exact(torch.float64))
    compare(student, reference, *(scattered(x) for x in pair(draw, 2, 3)))
    compare(student, reference, *(draw.normal(2, size, 3, 4).transpose(1, 2) for size in (3, 5)))


@WEIGHTS
@mark.points(1)
def test_large_scores(student, reference, draw):
    """Scores as large as ±10,000 give neither NaN nor infinity, but the right weights."""
    rows = torch.tensor([[1e4], [-1e4], [1.0]])
    compare(student, reference, rows, torch.tensor([[1.0], [1.0], [0.5]]), condition=1e4)
    query, key = pair(draw, 2, d=1)
    for size, mask in ((10_000.0, ()), (100.0, (draw.keep_mask(3, 5),))):
        scale = size / float((query @ key.transpose(-1, -2)).abs().max())
        compare(student, reference, query * scale, key, *mask, condition=size)


@WEIGHTS
@mark.points(1)
def test_own_work(student, draw):
    """You wrote it yourself: nothing ready-made is called, with or without a mask."""
    first = student.attention_weights(*pair(draw))
    again = student.attention_weights(*pair(draw), torch.ones(3, 5, dtype=torch.bool))
    assert_equal(list(first.shape), list(again.shape), what="the shape")


@mark.points(2)
def test_most_attended(student, reference, draw):
    """`most_attended` lists, for each query, the token of the largest weight in its row."""
    simple = torch.tensor([[0.125, 0.75, 0.125], [0.5, 0.125, 0.375]])
    assert_equal(student.most_attended(simple, ["the", "cat", "sat"]), ["cat", "the"])
    for L, S in ((4, 4), (6, 6)):
        weights = distinct(draw, L, S)
        assert_equal(student.most_attended(weights, WORDS[:S]), reference.most_attended(weights, WORDS[:S]))


@TOKENS
@mark.points(2)
def test_most_attended_shapes(student, reference, draw):
    """There may be more queries than tokens, or fewer, and several queries may attend to one token."""
    for L, S in ((2, 5), (6, 3), (1, 4), (3, 1)):
        weights = distinct(draw, L, S)
        assert_equal(student.most_attended(weights, WORDS[:S]), reference.most_attended(weights, WORDS[:S]))
    weights = torch.tensor([[0.25, 0.75], [0.375, 0.625], [0.875, 0.125]], dtype=torch.float64)
    assert_equal(student.most_attended(weights, ["a", "b"]), ["b", "b", "a"])


@TOKENS
@mark.points(1)
def test_ties(student, reference):
    """Of several weights that are equally large, the first one counts."""
    weights = torch.tensor([[0.375, 0.25, 0.375], [0.25, 0.375, 0.375], [1 / 3, 1 / 3, 1 / 3], [0.0, 0.5, 0.5]])
    assert_equal(student.most_attended(weights, ["the", "cat", "sat"]), ["the", "cat", "the", "cat"])
    assert_equal(student.most_attended(torch.full((2, 6), 1 / 6), WORDS), ["the", "the"])
    close = torch.tensor([[0.25, 0.25, 0.5], [0.375, 0.375, 0.25]])
    close[0, 0], close[1, 1] = 0.49999997, 0.37500003  # the next float: alike, but not the same
    assert_equal(student.most_attended(close, ["the", "cat", "sat"]), ["sat", "cat"])


@TOKENS
@mark.points(1)
def test_repeated_tokens(student, reference):
    """A token may occur more than once: each place has a weight of its own."""
    weights = torch.tensor([[0.25, 0.375, 0.125, 0.25], [0.375, 0.25, 0.25, 0.125], [0.125, 0.125, 0.125, 0.625]])
    assert_equal(student.most_attended(weights, ["the", "cat", "the", "the"]), ["cat", "the", "the"])
    assert_equal(student.most_attended(weights, ["a", "b", "b", "a"]), ["b", "a", "a"])


@mark.needs("test_weights", "test_most_attended")
@mark.points(1)
def test_inputs_unchanged(student, draw):
    """query, key, mask and weights are left as they were."""
    changed = []
    for mask in ((draw.keep_mask(2, 3, 5),), (draw.keep_mask(2, 3, 5).float() * 0.5,), ()):
        changed += student.attention_weights.changed(*pair(draw, 2), *mask)
    changed += student.most_attended.changed(distinct(draw, 4, 6), list(WORDS))
    if changed:
        fail(
            f"`{changed[0]}` is not what it was before the call: your function changed it in place.",
            "Methods that end in an underscore, `x[...] = …` and `x /= …` write into the caller's tensor.",
        )
