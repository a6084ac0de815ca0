"""A Transformer block: its numbers with the grader's weights, masks, gradients, dropout, and what one sequence must not see."""

import math

import pytest
import torch

from chapter10.grading import assert_close, assert_tensor, fail, models, scattered
from chapter10.grading.training import check_accuracy

mark = pytest.mark
FIRST = mark.needs("test_numbers")

CONDITION = 20  # a norm divides by the spread of a few numbers, and there are two of them


def pair(student, reference, draw, d_model, n_heads, d_ff, **options):
    """Return the student's block and the reference's, in eval mode, with the same random weights."""
    mine = models.build(student.TransformerBlock, d_model, n_heads, d_ff, **options)
    theirs = reference.TransformerBlock(d_model, n_heads, d_ff, **options)
    models.share_weights(mine, theirs, draw)
    return mine.eval(), theirs.eval()


def terms(mine_x, d_ff):
    """Return the length of the longest sum for an input."""
    return mine_x.size(0) + mine_x.size(-1) + d_ff


def compare(mine, theirs, x, *mask, d_ff, **options):
    """Check that both blocks answer the same."""
    expected = theirs(x, *mask, **options)
    assert_close(mine(x, *mask, **options), expected, terms=terms(x, d_ff), dtype=x.dtype, condition=CONDITION)


def future(size):
    """Return the causal mask in PyTorch's convention: True above the diagonal, where a key is blocked."""
    return torch.ones(size, size).triu(diagonal=1).bool()


def as_float(blocked, dtype=torch.float32):
    """Return a bool mask as a float one: minus infinity where a key is blocked."""
    return torch.zeros(blocked.shape, dtype=dtype).masked_fill(blocked, -math.inf)


def share_dropped(subject, rate):
    """Return which share of what `ffn` says is dropped, in train mode.

    All weights are zero but those that let `ffn` say 1 in the first eight features and 0 in the rest, which show where zero is.
    """
    block = subject.TransformerBlock(16, 2, 5, dropout=rate)
    state = {name: torch.zeros_like(value) for name, value in block.state_dict().items()}
    for name in ("norm1.weight", "norm2.weight", "ffn.2.bias"):
        state[name] += 1.0
    state["ffn.2.bias"][8:] = 0.0
    block.load_state_dict(state)
    answer = block.train()(torch.zeros(8, 10, 16))
    return float((answer[..., :8] - answer[..., 8:].amax(dim=-1, keepdim=True) < 1e-3).double().mean())


def check_kind(subject):
    """Check what dropout does to the numbers: single ones are dropped, at the end of `ffn`, and the rest is scaled.

    norm1 says 1 in features 8 to 11 and 0 elsewhere, `ffn` says 1 in features 0 to 7: behind norm2, features 8 to 11 (one) and
    12 to 15 (zero) are the yardstick by which the others are read. Further dropout on a branch only makes kept numbers larger.
    """
    block = subject.TransformerBlock(16, 2, 5, dropout=0.5)
    state = {name: torch.zeros_like(value) for name, value in block.state_dict().items()}
    state["norm1.bias"][8:12] = 1.0
    state["ffn.2.bias"][:8] = 1.0
    state["norm2.weight"] += 1.0
    block.load_state_dict(state)
    answer = block.train()(torch.zeros(8, 10, 16)).double()
    one, zero = answer[..., 8:12], answer[..., 12:]
    if max(float((one - one[..., :1]).abs().max()), float((zero - zero[..., :1]).abs().max())) > 1e-3:
        fail("In train mode numbers of the sum itself are dropped.", "Dropout belongs on what `ffn` says, before it is added.")
    said = (answer[..., :8] - zero[..., :1]) / (one[..., :1] - zero[..., :1])
    dropped = said.abs() < 1e-2
    if not dropped.any() or dropped.all():
        return  # how much is dropped is another question
    if (said[~dropped] < 1.99).any():
        fail("With dropout=0.5, what is kept is not doubled.", "Dropout divides what it keeps by 1 - dropout: see nn.Dropout.")
    if (dropped == dropped[..., :1]).all():
        fail("Whole positions are dropped at once.", "nn.Dropout draws each number by itself.")


# Probes: the same questions for a submission, the solution and every misconception, from the tiniest input up ----------


def prepared(subject, draw, d_model=4, n_heads=2, d_ff=3, dropout=0.0, dtype=None):
    """Return a block in eval mode for a probe; its weights follow from their names, whatever they are."""
    seed = int(draw.integers(low=0, high=1 << 30))
    with models.unobserved(subject):
        block = subject.TransformerBlock(d_model, n_heads, d_ff, dropout=dropout)
        block.load_state_dict(models.random_state(block, seed))
        if dtype is not None:
            block.to(dtype)
        return block.eval()


def probe_parameters(subject, draw):
    """Names and shapes of all parameters."""
    block = subject.TransformerBlock(4, 2, 3)
    parameters = block.describe()["parameters"]
    listed = sorted(f"{name} {tuple(entry['shape'])}" for name, entry in parameters.items())
    models.conclude(subject, "TransformerBlock", {"d_model": 4, "n_heads": 2, "d_ff": 3}, listed)


def probe_one_position(subject, draw):
    """One position of one sequence, which can only attend to itself."""
    prepared(subject, draw)(draw.small(1, 1, 4))


def probe_two_positions(subject, draw):
    """Two positions of one sequence."""
    prepared(subject, draw)(draw.small(2, 1, 4))


def probe_two_sequences(subject, draw):
    """Two positions of two sequences."""
    prepared(subject, draw)(draw.small(2, 2, 4))


def probe_causal(subject, draw):
    """A causal bool mask."""
    prepared(subject, draw)(draw.small(3, 1, 4), future(3))


def probe_causal_square(subject, draw):
    """A causal bool mask and as many sequences as positions."""
    prepared(subject, draw)(draw.small(2, 2, 4), future(2))


def probe_penalty(subject, draw):
    """A float mask of finite numbers, which are added to the scores."""
    prepared(subject, draw)(draw.small(2, 1, 4), torch.tensor([[0.0, -1.0], [2.0, 0.0]]))


def probe_causal_float(subject, draw):
    """A causal float mask."""
    prepared(subject, draw)(draw.small(3, 1, 4), as_float(future(3)))


def probe_wide(subject, draw):
    """A feed-forward network of exactly four times d_model."""
    prepared(subject, draw, d_ff=16)(draw.small(2, 1, 4))


def probe_double(subject, draw):
    """float64 in, float64 out."""
    block = prepared(subject, draw, dtype=torch.float64)
    block(draw.small(2, 1, 4, dtype=torch.float64))


def probe_gradients(subject, draw):
    """Gradients with respect to x and to every parameter."""
    prepared(subject, draw).gradients(draw.small(2, 2, 4), cotangent=draw.small(2, 2, 4))


def two_calls(subject, draw, dropout, training):
    """Observe whether two calls of one block agree."""
    block, x = prepared(subject, draw, dropout=dropout).train(training), torch.ones(2, 2, 4)
    x[0, 0, 0] = -1.0
    first, second = block(x.clone()), block(x.clone())
    agree = torch.equal(first, second)
    models.conclude(subject, "TransformerBlock", {"x": x}, f"two calls {'agree' if agree else 'differ'}")


def probe_eval_mode(subject, draw):
    """Two calls in eval mode."""
    two_calls(subject, draw, 0.5, training=False)


def probe_train_mode(subject, draw):
    """Two calls in train mode."""
    two_calls(subject, draw, 0.5, training=True)


def probe_no_dropout(subject, draw):
    """Two calls in train mode with dropout=0.0."""
    two_calls(subject, draw, 0.0, training=True)


def probe_dropped_share(subject, draw):
    """How much of what `ffn` says is dropped with dropout=0.9."""
    with models.unobserved(subject):
        share = share_dropped(subject, 0.9)
    said = "nothing" if share == 0 else "some" if share < 0.5 else "most"
    models.conclude(subject, "TransformerBlock", {"dropout": 0.9}, f"{said} of what ffn says is dropped")


# Tests ------------------------------------------------------------------------------------------------------------------


@mark.points(3)
def test_numbers(student, reference, draw):
    """In eval mode, with the grader's weights, the result is norm2(y + ffn(y)) with y = norm1(x + attention(x))."""
    for L, N, d_model, n_heads, d_ff in ((3, 1, 8, 2, 5), (5, 3, 12, 3, 16), (8, 8, 8, 4, 8)):
        mine, theirs = pair(student, reference, draw, d_model, n_heads, d_ff)
        compare(mine, theirs, draw.normal(L, N, d_model), d_ff=d_ff)


@FIRST
@mark.points(2)
def test_sizes(student, reference, draw):
    """Any number of positions, sequences and heads and any d_ff will do."""
    for L, N, d_model, n_heads, d_ff in (
        (1, 1, 8, 1, 1),
        (1, 3, 12, 3, 7),
        (6, 1, 9, 3, 36),
        (2, 5, 8, 8, 3),
        (7, 2, 10, 1, 9),
    ):
        mine, theirs = pair(student, reference, draw, d_model, n_heads, d_ff, dropout=0.5)
        compare(mine, theirs, draw.normal(L, N, d_model), d_ff=d_ff)
        compare(mine, theirs, draw.normal(N, L, d_model), d_ff=d_ff)


@FIRST
@mark.points(2)
def test_bool_mask(student, reference, draw):
    """In a bool mask True blocks: row i says which keys position i must not see."""
    mine, theirs = pair(student, reference, draw, 8, 2, 5)
    for L, N in ((4, 2), (3, 3), (5, 1)):
        x = draw.normal(L, N, 8)
        compare(mine, theirs, x, future(L), d_ff=5)
        compare(mine, theirs, x, mask=~draw.keep_mask(L, L), d_ff=5)
    compare(mine, theirs, draw.normal(3, 2, 8), torch.zeros(3, 3, dtype=torch.bool), d_ff=5)


@FIRST
@mark.points(2)
def test_float_mask(student, reference, draw):
    """A float mask is added to the scores: minus infinity blocks, and a finite number only shifts."""
    mine, theirs = pair(student, reference, draw, 9, 3, 5)
    for L, N in ((4, 2), (3, 3)):
        x = draw.normal(L, N, 9)
        compare(mine, theirs, x, as_float(future(L)), d_ff=5)
        compare(mine, theirs, x, mask=as_float(~draw.keep_mask(L, L)), d_ff=5)
        compare(mine, theirs, x, draw.normal(L, L, scale=2.0), d_ff=5)


@mark.needs("test_bool_mask")
@mark.points(1)
def test_causal(student, reference, draw):
    """Under a causal mask nothing flows from later positions to earlier ones, and without one it does."""
    mine, _ = pair(student, reference, draw, 8, 2, 6)
    x = draw.normal(5, 2, 8)
    changed = x.clone()
    changed[3:] = draw.normal(2, 2, 8)
    before, after = mine(x, future(5)), mine(changed, future(5))
    assert_close(after[:3], before[:3].double(), terms=19, condition=CONDITION, what="the result for positions 0 to 2")
    if not (mine(changed)[:3] - mine(x)[:3]).abs().max() > 1e-3:
        fail("Without a mask positions 0 to 2 do not see positions 3 and 4.", "No mask: everything is visible.")


@FIRST
@mark.points(1)
def test_sequences_apart(student, reference, draw):
    """What a sequence gets does not depend on the other sequences of the batch."""
    mine, _ = pair(student, reference, draw, 8, 2, 5)
    x = draw.normal(4, 3, 8)
    for masks in ((), (future(4),)):
        together = mine(x, *masks)
        for n in range(3):
            alone = mine(x[:, n : n + 1].clone(), *masks)
            wanted = together[:, n : n + 1].double()
            assert_close(alone, wanted, terms=15, condition=CONDITION, what="the result of one sequence alone")


@FIRST
@mark.points(3)
def test_gradients(student, reference, draw):
    """Gradients flow to x and to every parameter, with and without a mask."""
    for L, N, masks in ((3, 2, ()), (4, 1, (future(4),)), (2, 3, (draw.normal(2, 2),))):
        mine, theirs = pair(student, reference, draw, 10, 2, 7)
        x, cotangent = draw.normal(L, N, 10), draw.normal(L, N, 10)
        models.compare_kinked_gradients(
            mine, theirs, x, *masks, cotangent=cotangent, terms=terms(x, 7) + L * N, wrt=["x"], condition=4 * CONDITION
        )


@FIRST
@mark.points(1)
def test_double(student, reference, draw):
    """A float64 block of a float64 x is float64, with its precision."""
    mine, theirs = pair(student, reference, draw, 8, 2, 5)
    mine.to(torch.float64)
    x = draw.normal(4, 2, 8, dtype=torch.float64)
    compare(mine, theirs, x, d_ff=5)
    compare(mine, theirs, x, future(4), d_ff=5)
    compare(mine, theirs, x, draw.normal(4, 4, dtype=torch.float64), d_ff=5)


@FIRST
@mark.points(1)
def test_dropout_active(student, reference, draw):
    """In train mode dropout is active, also with the default rate; in eval mode two calls agree."""
    for options in ({}, {"dropout": 0.5}):
        mine, theirs = pair(student, reference, draw, 8, 2, 12, **options)
        x = draw.normal(5, 3, 8)
        mine.train()
        first, second = mine(x), mine(x)
        for answer in (first, second):
            assert_tensor(answer, (5, 3, 8))
        if torch.equal(first, second):
            fail(
                "Two calls in train mode give the same numbers: nothing is dropped.",
                "Which module is the last one of `ffn`? It needs the rate that your __init__ gets.",
            )
        mine.eval()
        compare(mine, theirs, x, d_ff=12)
        compare(mine, theirs, x, d_ff=12)


@FIRST
@mark.points(1)
def test_dropout_rate(student, reference, draw):
    """`dropout` is the probability of the Dropout at the end of `ffn`: 0.0 drops nothing, 0.9 nine numbers in ten."""
    mine, theirs = pair(student, reference, draw, 8, 2, 5, dropout=0.0)
    mine.train()
    compare(mine, theirs, draw.normal(4, 2, 8), d_ff=5)
    compare(mine, theirs, draw.normal(4, 2, 8), future(4), d_ff=5)  # the mask holds in train mode too
    # 640 numbers each: five standard deviations are 0.1 at most. Further dropout on the branches only adds to it.
    check_kind(student)
    for rate, lowest, highest in ((0.0, 0.0, 0.0), (0.1, 0.02, 0.6), (0.9, 0.8, 1.0)):
        dropped = share_dropped(student, rate)
        if not lowest <= dropped <= highest:
            fail(f"With dropout={rate} {dropped:.0%} of what `ffn` says are dropped.", "Which rate does its last module get?")


@FIRST
@mark.points(1)
def test_parameter_count(student):
    """The block has 4·d² + 4·d + 2·d·d_ff + d_ff + d + 4·d trainable parameters."""
    for d, n_heads, d_ff in ((8, 2, 12), (6, 3, 24), (4, 1, 5)):
        block = models.build(student.TransformerBlock, d, n_heads, d_ff)
        wanted = 4 * d * d + 4 * d + 2 * d * d_ff + d_ff + d + 4 * d
        models.assert_parameter_count(block, wanted, f"TransformerBlock({d}, {n_heads}, {d_ff})")


@FIRST
@mark.points(1)
def test_strided(student, reference, draw):
    """An x or a mask that is not contiguous in memory works like all others."""
    mine, theirs = pair(student, reference, draw, 8, 2, 5)
    compare(mine, theirs, scattered(draw.normal(4, 3, 8)), d_ff=5)
    compare(mine, theirs, draw.normal(3, 4, 8).transpose(0, 1), scattered(~draw.keep_mask(4, 4)), d_ff=5)


@FIRST
@mark.points(1)
def test_inputs_unchanged(student, reference, draw):
    """x and mask are left as they were, in train mode too."""
    mine, _ = pair(student, reference, draw, 8, 2, 5)
    for training, masks in ((False, ()), (False, (future(4),)), (True, (as_float(future(4)),)), (True, (draw.normal(4, 4),))):
        changed = mine.train(training).changed(draw.normal(4, 2, 8), *masks)
        if changed:
            fail(
                f"`{changed[0]}` is not what it was before the call: your forward changed it in place.",
                "Methods that end in an underscore, `x[...] = …` and `x += …` write into the caller's tensor.",
            )


@mark.needs("test_numbers", "test_gradients", "test_bool_mask")
@mark.points(3)
@mark.training
def test_trained_accuracy(student, draw):
    """Two of your blocks, trained, learn which of two markers comes first, and to look up a value that a mask leaves open."""
    check_accuracy(student, "order", draw)
    check_accuracy(student, "lookup", draw)
