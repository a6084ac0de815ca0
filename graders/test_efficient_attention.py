"""Sliding-window attention: its mask, its numbers against masked attention, its gradients, and the memory that it takes."""

import pytest
import torch

from chapter10.grading import (
    SubjectError,
    assert_close,
    assert_equal,
    assert_gradient,
    assert_tensor,
    exact,
    fail,
    scattered,
)
from chapter10.grading.models import conclude

mark = pytest.mark
FIRST = mark.needs("test_numbers")
SHORT, LONG, LONGER = 64, 512, 2048
TOO_LONG = 8_256  # for four sequences, the scores of all pairs take 2.2 GB in float64, and a submission has 2 GiB
MATRIX = "Somewhere a tensor has L rows and L columns: scores, a mask, or distances. Which of its entries are ever used?"
INPUTS = ("query", "key", "value")


def triple(draw, *leading, L=6, d=4, d_v=3, dtype=torch.float32):
    """Draw a query, a key and a value."""
    return (
        draw.normal(*leading, L, d, dtype=dtype),
        draw.normal(*leading, L, d, dtype=dtype),
        draw.normal(*leading, L, d_v, dtype=dtype),
    )


def compare(student, reference, query, key, value, window, condition=1.0):
    """Check the student's answer against the reference's on one set of inputs."""
    expected = reference.sliding_window_attention(query, key, value, window)
    terms = query.size(-1) + query.size(-2)
    found = student.sliding_window_attention(query, key, value, window)
    assert_close(found, expected, terms=terms, dtype=query.dtype, condition=condition)


def compare_gradients(student, reference, inputs, window, cotangent, terms, condition):
    """Check the value and the gradients with respect to query, key and value."""
    expected = reference.sliding_window_attention.gradients(*inputs, window, cotangent=cotangent, wrt=INPUTS)
    found = student.sliding_window_attention.gradients(*inputs, window, cotangent=cotangent, wrt=INPUTS)
    assert_close(found.value, expected.value, terms=terms, condition=condition)
    largest = max(float(expected.inputs[name].abs().max()) for name in INPUTS)
    for name in INPUTS:
        # With one neighbour the weight is 1 whatever the score: the gradient is 0, but its rounding need not be.
        scale = max(float(expected.inputs[name].abs().max()), 0.03 * largest)
        mine = found.inputs.get(name)
        if mine is None and not expected.inputs[name].abs().max() > 1e-9:
            continue
        assert_gradient(mine, expected.inputs[name], name, terms=terms, condition=condition, scale=scale)


def traced(subject, inputs, L, window):
    """Return the operator trace of one call on L positions."""
    return subject.sliding_window_attention.trace(*(x.repeat(L // SHORT, 1) for x in inputs), window)


def growth(subject, draw, window=1):
    """Trace two lengths. Return both traces, and whether the memory of the largest tensor grew faster than the length."""
    inputs = triple(draw, L=SHORT, d=1, d_v=1)
    short, long = traced(subject, inputs, SHORT, window), traced(subject, inputs, LONG, window)
    if not too_fast(short, long, LONG / SHORT):
        return short, long, False
    longer = traced(subject, inputs, LONGER, window)  # blocks of a fixed size may have been too large for the short sequence
    return short, long, too_fast(long, longer, LONGER / LONG)


def too_fast(short, long, ratio):
    """Say whether the largest tensor grew by nearer to ratio² than to ratio."""
    return long.largest > ratio**1.5 * max(short.largest, SHORT)


# Probes: the same questions for a submission, the solution and every misconception, from the tiniest input up ----------


def probe_mask(subject, draw):
    """Four positions, one step to either side."""
    subject.sliding_window_mask(4, 1)


def probe_mask_wide(subject, draw):
    """Six positions, three steps to either side."""
    subject.sliding_window_mask(6, 3)


def probe_no_preference(subject, draw):
    """Every weight is the same, so the result is the mean of the neighbours."""
    value = torch.tensor([[0.0], [1.0], [10.0], [100.0], [1000.0], [10000.0]])
    subject.sliding_window_attention(torch.zeros(6, 2), torch.ones(6, 2), value, 2)


def probe_itself(subject, draw):
    """Window 0: each position looks at itself alone."""
    subject.sliding_window_attention(draw.small(2, 2), draw.small(2, 2), draw.small(2, 2), 0)


def probe_three(subject, draw):
    """Three positions, one step to either side."""
    subject.sliding_window_attention(draw.small(3, 2), draw.small(3, 2), draw.small(3, 2), 1)


def probe_wide(subject, draw):
    """A window that is larger than the sequence."""
    subject.sliding_window_attention(draw.small(2, 2), draw.small(2, 2), draw.small(2, 2), 4)


def probe_value_size(subject, draw):
    """Values of another size than the keys."""
    subject.sliding_window_attention(draw.small(3, 2), draw.small(3, 2), draw.small(3, 1), 1)


def probe_batch(subject, draw):
    """One leading dimension."""
    subject.sliding_window_attention(draw.small(2, 3, 2), draw.small(2, 3, 2), draw.small(2, 3, 2), 1)


def probe_heads(subject, draw):
    """Two leading dimensions."""
    subject.sliding_window_attention(draw.small(2, 2, 3, 2), draw.small(2, 2, 3, 2), draw.small(2, 2, 3, 2), 1)


def probe_gradients(subject, draw):
    """Gradients with respect to query, key and value."""
    cotangent = torch.tensor([[1.0, 0.0], [-2.0, 1.0], [3.0, 1.0]])
    subject.sliding_window_attention.gradients(draw.small(3, 2), draw.small(3, 2), draw.small(3, 2), 1, cotangent=cotangent)


def probe_double(subject, draw):
    """float64 in, float64 out."""
    subject.sliding_window_attention(*(draw.small(3, 2, dtype=torch.float64) for _ in range(3)), 1)


def probe_loud(subject, draw):
    """Scores far too large for their exponentials."""
    subject.sliding_window_attention(torch.tensor([[1000.0], [1.0]]), torch.tensor([[1.0], [2.0]]), draw.small(2, 2), 1)


def probe_low(subject, draw):
    """All scores are as low as scores get."""
    value = torch.tensor([[9.0], [1.0], [5.0]])
    subject.sliding_window_attention(torch.full((3, 1), -10000.0), torch.ones(3, 1), value, 1)


def probe_memory(subject, draw):
    """How the largest tensor grows with the length. Other traits of the trace differ from one right answer to the next."""
    short, long, fails = growth(subject, draw)
    loops = sum(long.operators.values()) > 4 * sum(short.operators.values())
    verdict = "as L² (beside a loop)" if fails and loops else "as L²" if fails else "as L"
    conclude(subject, "sliding_window_attention", {"L": [SHORT, LONG], "window": 1}, f"memory grows {verdict}")


# Tests ------------------------------------------------------------------------------------------------------------------


@mark.points(2)
def test_mask(student, reference):
    """`sliding_window_mask` is True where |i - j| ≤ window."""
    for size, window in ((4, 1), (7, 2), (6, 3)):
        assert_equal(student.sliding_window_mask(size, window), reference.sliding_window_mask(size, window))


@mark.needs("test_mask")
@mark.points(1)
def test_mask_edges(student, reference):
    """The mask holds for a window of 0, for one that is larger than the size, and for one position."""
    for size, window in ((4, 0), (4, 3), (3, 9), (1, 0), (1, 2)):
        assert_equal(student.sliding_window_mask(size, window), reference.sliding_window_mask(size, window))


@mark.points(3)
def test_numbers(student, reference, draw):
    """The result is attention in which each position looks `window` steps to either side, and at itself."""
    simple = torch.zeros(4, 2), torch.ones(4, 2), torch.tensor([[0.0], [3.0], [6.0], [9.0]])
    compare(student, reference, *simple, 1)
    compare(student, reference, *triple(draw, L=7, d=4, d_v=4), 1)
    compare(student, reference, *triple(draw, L=8, d=6, d_v=6), 2)
    compare(student, reference, *triple(draw, L=9, d=3, d_v=3), 3)


@FIRST
@mark.points(2)
def test_windows(student, reference, draw):
    """Any window works: 0, nearly L, L, more than L, and sequences of one or two positions."""
    for L, window in ((5, 0), (5, 4), (4, 4), (4, 9), (1, 0), (1, 3), (2, 1), (40, 12)):
        compare(student, reference, *triple(draw, L=L, d_v=4), window)


@FIRST
@mark.points(2)
def test_shapes(student, reference, draw):
    """d_v ≠ d and any number of leading dimensions give a result of shape (..., L, d_v)."""
    compare(student, reference, *triple(draw), 2)
    compare(student, reference, *triple(draw, d=1, d_v=5), 1)
    for leading in ((1,), (3,), (2, 3), (2, 1, 2)):
        compare(student, reference, *triple(draw, *leading), 2)
    # Every size alike: a wrong axis can't hide behind a crash.
    compare(student, reference, *triple(draw, 3, 3, L=3, d=3, d_v=3), 1)
    compare(student, reference, *triple(draw, 5, L=5, d=5, d_v=5), 2)


@FIRST
@mark.points(3)
def test_gradients(student, reference, draw):
    """The gradients of query, key and value equal those of masked attention."""
    for leading, L, window in (((), 6, 1), ((2,), 7, 2), ((2, 2), 4, 5), ((), 4, 0)):
        inputs, cotangent = triple(draw, *leading, L=L), draw.normal(*leading, L, 3)
        compare_gradients(student, reference, inputs, window, cotangent, terms=40, condition=4)


@FIRST
@mark.points(2)
def test_memory(student, draw):
    """In the forward pass, the memory of the largest tensor grows as L · window, and not as L²."""
    few, many = (traced(student, triple(draw, L=SHORT, d=1, d_v=1), LONG, window).largest for window in (2, 16))
    if many > 6.6**1.5 * max(few, 16 * LONG):  # 2 · 16 + 1 keys are 6.6 times as many as 2 · 2 + 1; the rest is slack
        fail(
            f"For {LONG} positions your largest tensor takes {few:,} bytes with window 2 and {many:,} with window 16.",
            "33 keys for each query in place of 5 are 6.6 times as many: no more than that is needed.",
        )
    for window in (1, 4):
        short, long, fails = growth(student, draw, window)
        if fails:
            break
    if fails:
        fail(
            f"With window {window}, your largest tensor takes {short.largest:,} bytes for {SHORT} positions and "
            f"{long.largest:,} for {LONG}: {long.largest / max(short.largest, 1):.0f} times the memory for "
            f"{LONG // SHORT} times the length.",
            MATRIX,
        )
    if long.largest > 48 * LONG**2:  # six matrices of all scores in float64: no block that size can be meant to save memory
        fail(f"Your largest tensor takes {long.largest:,} bytes for {LONG} positions, far more than all L × L scores.", MATRIX)


@mark.needs("test_memory")
@mark.points(1)
def test_long_sequences(student, reference, draw):
    """Four sequences of 8,256 positions fit into memory, where the scores of all pairs would not."""
    inputs = triple(draw, 4, L=SHORT, d=1, d_v=1, dtype=torch.float64)
    try:
        found = student.sliding_window_attention(*(x.repeat(1, TOO_LONG // SHORT, 1) for x in inputs), 2)
    except SubjectError as error:
        if error.error.get("reason") == "timeout":
            return  # row by row takes its time, and memory is what this is about
        if "memory" not in f"{error.error.get('reason')} {error.error.get('message')}":
            raise
        fail(f"For four sequences of {TOO_LONG:,} positions, your function asks for more memory than there is.", MATRIX)
    assert_tensor(found, (4, TOO_LONG, 1))
    expected = reference.sliding_window_attention(*(x.repeat(1, 2, 1) for x in inputs), 2)
    for part, name in ((slice(SHORT), "beginning"), (slice(-SHORT, None), "end")):
        what = f"the result at the {name} of a long sequence"
        assert_close(found[:, part], expected[:, part], terms=6, dtype=torch.float64, what=what)


@FIRST
@mark.points(1)
def test_inputs(student, reference, draw):
    """float64 in, float64 out, and tensors need not be contiguous in memory."""
    inputs = triple(draw, 2, d=16, dtype=torch.float64)  # roots of 16 are exact
    compare(student, reference, *inputs, 2, condition=exact(torch.float64))
    compare(student, reference, *(scattered(x) for x in triple(draw, 2, 2)), 2)
    compare(student, reference, *(draw.normal(2, 6, 3, 4).transpose(1, 2) for _ in range(3)), 1)


@FIRST
@mark.points(1)
def test_large_scores(student, reference, draw):
    """Scores as large as ±10,000 give neither NaN nor infinity, and the right numbers and gradients."""
    query = torch.tensor([[14000.0, 0.0], [-14000.0, 0.0], [14000.0, 0.0], [-14000.0, 0.0]])
    key = torch.tensor([[1.0, 1.0], [1.0, -1.0], [0.5, 0.0], [0.5, 1.0]])
    inputs = query, key, torch.tensor([[1.0], [2.0], [9.0], [4.0]])
    compare_gradients(student, reference, inputs, 1, torch.ones(4, 1), terms=5, condition=1e4)
    low, value = torch.full((3, 1), -1e4), torch.tensor([[9.0], [1.0], [5.0]])  # a place that does not exist is lower still
    compare(student, reference, low, torch.ones(3, 1), value, 1, condition=1e4)
    query, key, value = triple(draw, 2, d=1)
    for size in (100.0, 10_000.0):
        scale = size / float((query @ key.transpose(-1, -2)).abs().max())
        compare(student, reference, query * scale, key, value, 2, condition=size)


@FIRST
@mark.points(1)
def test_inputs_unchanged(student, draw):
    """query, key and value are left as they were."""
    changed = student.sliding_window_attention.changed(*triple(draw, 2), 2)
    changed += student.sliding_window_attention.changed(*triple(draw, L=2), 3)
    if changed:
        fail(
            f"`{changed[0]}` is not what it was before the call: your function changed it in place.",
            "Methods that end in an underscore, `x[...] = …` and `x /= …` write into the caller's tensor.",
        )


@FIRST
@mark.points(1)
def test_own_work(student, draw):
    """You wrote it yourself: nothing ready-made is called, for a narrow window and for a wide one."""
    narrow = student.sliding_window_attention(*triple(draw), 1)
    wide = student.sliding_window_attention(*triple(draw), 6)
    assert_equal(list(narrow.shape), list(wide.shape), what="the shape")
