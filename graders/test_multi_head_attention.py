"""Multi-head attention: splitting and merging heads, then numbers, masks, gradients and parameters of the module."""

import pytest
import torch

from chapter10.grading import SubjectError, assert_close, assert_equal, fail, scattered
from chapter10.grading.models import build, compare_gradients, conclude, fit, share_weights, unobserved

mark = pytest.mark
MODULE = mark.needs("test_numbers")
PROJECTIONS = ("q_proj", "k_proj", "v_proj", "out_proj")


def pair(student, reference, draw, d_model=8, n_heads=2):
    """Build the same module on both sides, with the same random weights, in eval mode."""
    mine, yardstick = build(student.MultiHeadAttention, d_model, n_heads), build(reference.MultiHeadAttention, d_model, n_heads)
    share_weights(mine, yardstick, draw)
    return mine.eval(), yardstick.eval()


def triple(draw, N=3, L=4, S=5, d=8, dtype=torch.float32):
    """Draw a query, a key and a value."""
    return draw.normal(N, L, d, dtype=dtype), draw.normal(N, S, d, dtype=dtype), draw.normal(N, S, d, dtype=dtype)


def compare(models, *inputs, dtype=torch.float32):
    """Check the module's answer against the reference's: sums of 8 + 4 + 5 + 8 numbers, one after the other."""
    student, reference = models
    expected = reference(*inputs)
    assert_close(student(*inputs), expected, terms=30, dtype=dtype, condition=4)


def refuses(student, d_model, n_heads):
    """Return the type of the exception with which the module refuses these sizes, None if it does not."""
    try:
        student.MultiHeadAttention(d_model, n_heads)
    except SubjectError as error:
        return error.exception()
    return None


# Probes: the same questions for a submission, the solution and every misconception, from the tiniest input up ----------


def _module(subject, d_model, n_heads, weights, biases):
    """Build a module with these weights, one tensor for each projection."""
    with unobserved(subject):
        model = subject.MultiHeadAttention(d_model, n_heads)
    state = {f"{name}.weight": value for name, value in zip(PROJECTIONS, weights, strict=True)}
    fit(subject, model, state | {f"{name}.bias": value for name, value in zip(PROJECTIONS, biases, strict=True)})
    return model


def _plain(subject, d_model, n_heads):
    """Build a module whose four projections leave their input as it is."""
    return _module(subject, d_model, n_heads, [torch.eye(d_model)] * 4, [torch.zeros(d_model)] * 4)


def _weighted(subject, draw):
    """Build a module with weights of its own for each projection."""
    return _module(subject, 4, 2, [draw.small(4, 4) / 2 for _ in range(4)], [draw.small(4) / 2 for _ in range(4)])


def probe_split(subject, draw):
    """Two positions, two heads of two features."""
    subject.split_heads(torch.tensor([[[1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0]]]), 2)


def probe_merge(subject, draw):
    """Two heads, three positions, one feature each."""
    subject.merge_heads(torch.tensor([[[[1.0], [2.0], [3.0]], [[4.0], [5.0], [6.0]]]]))


def probe_merge_after_split(subject, draw):
    """Heads in the layout that splitting leaves in memory."""
    subject.merge_heads(torch.arange(8.0).reshape(1, 2, 2, 2).transpose(1, 2))


def probe_refusal(subject, draw):
    """Four features for three heads. The words of an error are free, its type counts."""
    conclude(subject, "MultiHeadAttention", {"d_model": 4, "n_heads": 3}, refuses(subject, 4, 3) or "a module")


def probe_one_head(subject, draw):
    """One head and projections that change nothing: attention and no more."""
    query, key = torch.tensor([[[1.0, 0.0]]]), torch.tensor([[[1.0, 0.0], [0.0, 2.0]]])
    _plain(subject, 2, 1)(query, key, torch.tensor([[[1.0, 2.0], [3.0, 5.0]]]))


def probe_two_heads(subject, draw):
    """Two heads of one feature, and projections that change nothing."""
    query, key = torch.tensor([[[1.0, 2.0]]]), torch.tensor([[[1.0, 0.0], [0.0, 2.0]]])
    _plain(subject, 2, 2)(query, key, torch.tensor([[[1.0, 2.0], [3.0, 5.0]]]))


def probe_mask(subject, draw):
    """A mask (L, S)."""
    keep = torch.tensor([[True, False], [True, True]])
    _plain(subject, 2, 1)(draw.small(1, 2, 2), draw.small(1, 2, 2), draw.small(1, 2, 2), keep)


def probe_batch_mask(subject, draw):
    """A mask (N, L, S)."""
    keep = torch.tensor([[[True, False]], [[True, True]], [[False, True]]])
    _plain(subject, 2, 2)(draw.small(3, 1, 2), draw.small(3, 2, 2), draw.small(3, 2, 2), keep)


def probe_batch_mask_as_many_heads(subject, draw):
    """A mask (N, L, S) with as many samples as heads."""
    keep = torch.tensor([[[True, False]], [[True, True]]])
    _plain(subject, 2, 2)(draw.small(2, 1, 2), draw.small(2, 2, 2), draw.small(2, 2, 2), keep)


def probe_weights(subject, draw):
    """Random weights, L ≠ S, two samples."""
    _weighted(subject, draw)(draw.small(2, 2, 4), draw.small(2, 3, 4), draw.small(2, 3, 4))


def probe_weights_more_queries(subject, draw):
    """More queries than keys."""
    _weighted(subject, draw)(draw.small(1, 3, 4), draw.small(1, 2, 4), draw.small(1, 2, 4))


def probe_gradients(subject, draw):
    """Gradients of inputs and parameters, without the bias of the keys, whose gradient is 0 up to rounding."""
    model = _weighted(subject, draw)
    inputs = draw.small(1, 2, 4), draw.small(1, 2, 4), draw.small(1, 2, 4)
    model.gradients(*inputs, cotangent=torch.tensor([[[1.0, -1.0, 2.0, 0.0], [0.0, 3.0, 1.0, 1.0]]]))
    subject.calls[-1].reply["gradients"]["parameters"].pop("k_proj.bias", None)


def probe_double(subject, draw):
    """float64 in, float64 out."""
    model = _weighted(subject, draw)
    with unobserved(subject):
        model.to(torch.float64)
    model(*(draw.small(1, 2, 4, dtype=torch.float64) for _ in range(3)))


# Tests ------------------------------------------------------------------------------------------------------------------


@mark.points(2)
def test_split_heads(student, reference, draw):
    """`split_heads` gives each head its own consecutive features: (N, L, d) → (N, n_heads, L, d / n_heads)."""
    simple = torch.tensor([[[1, 2, 3, 4], [5, 6, 7, 8]]])
    assert_equal(student.split_heads(simple, 2), reference.split_heads(simple, 2))
    for (N, L, d), n_heads in (((2, 3, 8), 4), ((4, 4, 4), 4), ((2, 3, 6), 1), ((1, 1, 6), 3)):
        x = draw.integers(N, L, d, low=-99, high=99).float()
        assert_equal(student.split_heads(x, n_heads), reference.split_heads(x, n_heads).float())
    x = draw.integers(3, 2, 8, low=-99, high=99).double().transpose(0, 1)
    assert_equal(student.split_heads(x, 2), reference.split_heads(x, 2))


@mark.points(2)
def test_merge_heads(student, reference, draw):
    """`merge_heads` is the inverse: (N, n_heads, L, d_head) → (N, L, n_heads · d_head)."""
    for shape in ((1, 2, 2, 2), (2, 4, 3, 5), (3, 3, 3, 3), (2, 1, 3, 4), (2, 4, 1, 3)):
        x = draw.integers(*shape, low=-99, high=99).float()
        assert_equal(student.merge_heads(x), reference.merge_heads(x).float())
    x = draw.integers(2, 3, 4, 5, low=-99, high=99).double().transpose(1, 2)  # the layout that splitting leaves
    assert_equal(student.merge_heads(x), reference.merge_heads(x))
    x = draw.integers(3, 2, 5, 4, low=-99, high=99).double().permute(1, 0, 3, 2)  # and another one
    assert_equal(student.merge_heads(x), reference.merge_heads(x))


@mark.points(3)
def test_numbers(student, reference, draw):
    """The module equals `nn.MultiheadAttention` with the same weights: project, attend in every head, merge, project."""
    models = pair(student, reference, draw)
    compare(models, *triple(draw, N=2, L=4, S=4))
    compare(models, *triple(draw, N=1, L=3, S=3))
    x = draw.normal(2, 4, 8)
    compare(models, x, x, x)


@MODULE
@mark.points(1)
def test_lengths(student, reference, draw):
    """L and S may differ, either way, and query, key and value are three tensors."""
    models = pair(student, reference, draw)
    for N, L, S in ((3, 2, 5), (2, 6, 3), (4, 1, 4)):
        compare(models, *triple(draw, N=N, L=L, S=S))


@MODULE
@mark.points(1)
def test_heads(student, reference, draw):
    """Any number of heads works: one, several, and as many as there are features."""
    for d_model, n_heads in ((6, 1), (4, 4), (24, 2), (12, 12)):
        compare(pair(student, reference, draw, d_model, n_heads), *triple(draw, d=d_model))


@MODULE
@mark.points(2)
def test_mask(student, reference, draw):
    """A mask (L, S) holds for the whole batch and for all heads; True = may look."""
    models = pair(student, reference, draw)
    compare(models, *triple(draw), draw.keep_mask(4, 5))
    compare(models, *triple(draw, N=2, L=4, S=4), torch.ones(4, 4, dtype=torch.bool).tril())
    compare(models, *triple(draw, N=4, L=4, S=4), draw.keep_mask(4, 4))
    query, key, value = triple(draw)
    keep = torch.tensor([True, True, False, True, False]).expand(4, 5)
    # What a blocked key and its value hold makes no difference.
    compare(models, query, key, value.masked_fill(~keep[0, :, None], 1e5), keep.contiguous())


@MODULE
@mark.points(2)
def test_batch_mask(student, reference, draw):
    """A mask (N, L, S) gives each sample its own, the same for all heads."""
    models = pair(student, reference, draw)
    for N, L, S in ((3, 4, 5), (2, 3, 3), (1, 3, 4)):
        compare(models, *triple(draw, N=N, L=L, S=S), draw.keep_mask(N, L, S))
    models = pair(student, reference, draw, 8, 4)  # as many heads as samples, queries and keys
    compare(models, *triple(draw, N=4, L=4, S=4), draw.keep_mask(4, 4, 4))


@MODULE
@mark.points(2)
def test_gradients(student, reference, draw):
    """Every parameter receives its gradient, and so do query, key and value, with and without a mask."""
    models = pair(student, reference, draw)
    for mask in ((), (draw.keep_mask(4, 5),), (draw.keep_mask(2, 4, 5),)):
        cotangent = draw.normal(2, 4, 8)
        compare_gradients(*models, *triple(draw, N=2), *mask, cotangent=cotangent, terms=80)


@MODULE
@mark.points(1)
def test_no_dropout(student, reference, draw):
    """There is no dropout: train mode gives the same numbers as eval mode, and each call the same as the one before."""
    models = [model.train() for model in pair(student, reference, draw)]
    query, key, value = triple(draw)
    keep = draw.keep_mask(4, 5)
    compare(models, query, key, value)
    compare(models, query, key, value, keep)
    compare(models, query, key, value)


@MODULE
@mark.points(1)
def test_inputs(student, reference, draw):
    """After `.double()` it takes float64 and answers in float64, and tensors need not be contiguous in memory."""
    models = pair(student, reference, draw)
    compare(models, *(draw.normal(size, 3, 8).transpose(0, 1) for size in (4, 5, 5)))
    compare(models, *(scattered(x) for x in triple(draw)), scattered(draw.keep_mask(3, 4, 5)))
    models[0].to(torch.float64)
    compare(models, *triple(draw, dtype=torch.float64), dtype=torch.float64)
    compare(models, *triple(draw, dtype=torch.float64), draw.keep_mask(4, 5), dtype=torch.float64)
    # The weights add up to 1: a large bias comes through as it is, and float32 would lose everything else beside it.
    state = models[0].state_dict()
    state["v_proj.bias"] = state["v_proj.bias"] + 2.0**24
    for model in models:
        model.load_state_dict(state)
    inputs = triple(draw, dtype=torch.float64)
    assert_close(models[0](*inputs), models[1](*inputs), terms=30, dtype=torch.float64, condition=4, scale=1.0)


@MODULE
@mark.points(1)
def test_refuses(student):
    """A d_model that n_heads does not divide raises a ValueError when the module is built."""
    for d_model, n_heads in ((8, 3), (6, 4), (4, 8)):
        found = refuses(student, d_model, n_heads)
        if found != "ValueError":
            what = f"raises {found}" if found else "raises nothing"
            fail(f"`MultiHeadAttention({d_model}, {n_heads})` {what}, expected a ValueError.")
    student.MultiHeadAttention(6, 6)


@MODULE
@mark.points(1)
def test_submodules(student):
    """`q_proj`, `k_proj`, `v_proj` and `out_proj` are `nn.Linear`, and two modules share no weights."""
    first, second = student.MultiHeadAttention(4, 2), student.MultiHeadAttention(4, 2)
    kinds = first.describe()["modules"]
    for name in PROJECTIONS:
        if "Linear" not in kinds.get(name, ()):
            fail(f"`{name}` is not an `nn.Linear`.")
    before = first.state_dict()
    second.load_state_dict({name: value + 1.0 for name, value in before.items()})
    for name, value in first.state_dict().items():
        assert_equal(value, before[name], what=f"`{name}`, after another module has been given new weights,")


@mark.needs("test_split_heads", "test_merge_heads", "test_numbers")
@mark.points(1)
def test_inputs_unchanged(student, draw):
    """x, query, key, value and mask are left as they were."""
    model = student.MultiHeadAttention(8, 2)
    changed = student.split_heads.changed(draw.normal(2, 3, 4), 2) + student.merge_heads.changed(draw.normal(2, 2, 3, 4))
    for mask in ((), (draw.keep_mask(4, 5),), (draw.keep_mask(3, 4, 5),)):
        changed += model.changed(*triple(draw), *mask)
    if changed:
        fail(
            f"`{changed[0]}` is not what it was before the call: your code changed it in place.",
            "Methods that end in an underscore, `x[...] = …` and `x /= …` write into the caller's tensor.",
        )
