"""Positional encodings: the fixed table entry by entry, and the learned one with its rows, limits and gradients."""

import pytest
import torch

from chapter10.grading import (
    CheckFailed,
    SubjectError,
    assert_close,
    assert_gradient,
    assert_tensor,
    exact,
    fail,
    models,
    scattered,
)
from chapter10.grading.training import check_accuracy

mark = pytest.mark
TABLE = mark.needs("test_table")
LEARNED = mark.needs("test_learned")

ROOM = 1e-6  # times (1 + p), as the stub says


def sines_and_cosines(max_len, d_model):
    """Return the table in float64, from the formula."""
    position = torch.arange(max_len, dtype=torch.float64).unsqueeze(1)
    pair = torch.arange(d_model, dtype=torch.float64).div(2, rounding_mode="floor")
    angle = position / 10000 ** (2 * pair / d_model)
    return torch.where(torch.arange(d_model) % 2 == 0, angle.sin(), angle.cos())


def check_table(student, max_len, d_model):
    """Compare the student's table of one size with the formula, row by row."""
    table, expected = student.sinusoidal_encoding(max_len, d_model), sines_and_cosines(max_len, d_model)
    assert_tensor(table, (max_len, d_model), what=f"the table for max_len={max_len}, d_model={d_model}", expected=expected)
    if table.dtype is not torch.float32:
        fail(f"The table has dtype {str(table.dtype).removeprefix('torch.')}, expected float32.", "Convert the result.")
    allowed = ROOM * (1 + torch.arange(max_len, dtype=torch.float64)).unsqueeze(1)
    wrong = ~((table.double() - expected).abs() <= allowed)
    if wrong.any():
        p, column = wrong.nonzero()[0].tolist()
        raise CheckFailed(
            f"Position {p}, column {column} of the table for max_len={max_len}, d_model={d_model} is {table[p, column]:.6g}, "
            f"expected {expected[p, column]:.6g}. {int(wrong.sum())} of {wrong.numel()} numbers are wrong.",
            "",
            table,
            expected,
            (p, column),
        )


def table_name(state):
    """Return the name of the learned table: that of an nn.Embedding, of an nn.Parameter, or None."""
    return next((name for name in ("embedding.weight", "embedding") if name in state), None)


def with_table(subject, table):
    """Return a learned encoding that holds `table`, and what its parameter is called."""
    model = models.build(subject.LearnedPositionalEncoding, *table.shape)
    name = table_name(model.state_dict())
    if name is None:
        fail(
            "LearnedPositionalEncoding has no `embedding`.",
            "Keep the table in `self.embedding`: an nn.Embedding or an nn.Parameter. Only these two are saved and trained.",
        )
    model.load_state_dict({name: table})
    return model, name


def compare(model, table, x):
    """Check x + the first T rows of the table."""
    expected = x.double() + table[: x.size(1)].double()
    assert_close(model(x), expected, dtype=x.dtype, condition=exact(x.dtype))


def expect_value_error(call, what):
    """Check that `call` raises a ValueError."""
    try:
        call()
    except SubjectError as error:
        name = error.exception()
        if name != "ValueError":
            fail(f"{what} raises {name}, expected ValueError.", "Check it first, and `raise ValueError(...)` yourself.")
    else:
        fail(f"{what} is accepted, expected ValueError.", "Check it first, and `raise ValueError(...)` yourself.")


# Probes: the same questions for a submission, the solution and every misconception, from the tiniest input up ----------


def probe_two_columns(subject, draw):
    """One pair of columns, three positions."""
    subject.sinusoidal_encoding(3, 2)


def probe_four_columns(subject, draw):
    """Two pairs of columns, two positions."""
    subject.sinusoidal_encoding(2, 4)


def probe_six_columns(subject, draw):
    """Three pairs of columns, and positions that reach further."""
    subject.sinusoidal_encoding(5, 6)


def probe_far(subject, draw):
    """The last two rows of a long table."""
    arguments = {"max_len": 3000, "d_model": 4}
    table = subject.sinusoidal_encoding(*arguments.values())
    models.conclude(subject, "the last two rows of sinusoidal_encoding", arguments, table[-2:].clone())


def probe_odd(subject, draw):
    """Three columns cannot be paired."""
    subject.sinusoidal_encoding(2, 3)


def loaded(subject, table):
    """Return a learned encoding with `table` for a probe, which keeps no record of how that was done."""
    with models.unobserved(subject):
        model = subject.LearnedPositionalEncoding(*table.shape)
        name = table_name(model.state_dict())
        model.load_state_dict({name: table})
    return model, name


def probe_one_position(subject, draw):
    """One sequence of one position, and a table of two rows."""
    model, _ = loaded(subject, torch.tensor([[1.0, 2.0], [30.0, 40.0]]))
    model(torch.tensor([[[100.0, 200.0]]]))


def probe_full_length(subject, draw):
    """Two positions for a table of two rows."""
    model, _ = loaded(subject, torch.tensor([[1.0, 2.0], [30.0, 40.0]]))
    model(torch.tensor([[[100.0, 200.0], [300.0, 400.0]]]))


def probe_batch(subject, draw):
    """Two sequences of three positions, and a table of four rows."""
    model, _ = loaded(subject, draw.small(4, 2))
    model(draw.small(2, 3, 2))


def probe_too_long(subject, draw):
    """Three positions for a table of two rows."""
    model, _ = loaded(subject, torch.tensor([[1.0, 2.0], [30.0, 40.0]]))
    model(torch.zeros(1, 3, 2))


def probe_odd_learned(subject, draw):
    """Three features, which is fine for learned rows."""
    model, _ = loaded(subject, draw.small(3, 3))
    model(draw.small(1, 2, 3))


def probe_double(subject, draw):
    """float64 in, float64 out."""
    model, _ = loaded(subject, draw.small(2, 2))
    with models.unobserved(subject):
        model.to(torch.float64)
    model(draw.small(1, 2, 2, dtype=torch.float64))


def probe_gradients(subject, draw):
    """Gradients with respect to x and to the table, whatever the table is called."""
    model, name = loaded(subject, draw.small(3, 2))
    x, cotangent = draw.small(2, 2, 2), draw.small(2, 2, 2)
    found = model.gradients(x, cotangent=cotangent)
    trainable = sorted(entry["trainable"] for entry in model.describe()["parameters"].values())
    answers = {"x": found.inputs.get("x"), "embedding": found.parameters.get(name), "trainable": trainable}
    models.conclude(subject, "LearnedPositionalEncoding", {"x": x}, answers)


# Tests ------------------------------------------------------------------------------------------------------------------


@mark.points(3)
def test_table(student):
    """Column 2i of row p is sin(p / 10000^(2i/d)), column 2i + 1 is the cosine of the same angle; the dtype is float32."""
    for max_len, d_model in ((3, 2), (2, 4), (5, 6), (10, 10), (4, 4)):
        check_table(student, max_len, d_model)


@TABLE
@mark.points(2)
def test_table_sizes(student):
    """Any number of positions and any even number of columns will do: one row, one pair, far positions, many columns."""
    for max_len, d_model in ((1, 2), (1, 8), (2, 300), (40, 64), (1200, 4), (6000, 2), (20, 3 * 2)):
        check_table(student, max_len, d_model)


@TABLE
@mark.points(1)
def test_table_again(student):
    """A row depends on its position and d_model alone, not on max_len or on what was asked before."""
    for max_len in (7, 3, 9):
        check_table(student, max_len, 6)
        check_table(student, max_len, 8)


@TABLE
@mark.points(2)
def test_table_odd(student):
    """An odd d_model raises ValueError."""
    for d_model in (3, 1, 7):
        expect_value_error(lambda size=d_model: student.sinusoidal_encoding(4, size), f"sinusoidal_encoding(4, {d_model})")


@mark.points(3)
def test_learned(student, draw):
    """The learned encoding returns x + the first T rows of `embedding`, the same rows for every sequence of the batch."""
    table = draw.normal(10, 4)
    model, _ = with_table(student, table)
    for batch, length in ((2, 7), (3, 3), (1, 5), (5, 2), (4, 4)):
        compare(model, table, draw.normal(batch, length, 4))


@LEARNED
@mark.points(1)
def test_learned_sizes(student, draw):
    """Every T from 1 up to and including max_len works, in train and in eval mode, and so does an odd d_model."""
    for max_len, d_model in ((6, 4), (5, 5), (1, 3), (3, 1)):
        table = draw.normal(max_len, d_model)
        model, _ = with_table(student, table)
        for length in sorted({1, max_len // 2 + 1, max_len}):
            compare(model.train(), table, draw.normal(max_len + 1, length, d_model))
            compare(model.eval(), table, draw.normal(2, length, d_model))


@LEARNED
@mark.points(2)
def test_learned_too_long(student, draw):
    """T > max_len raises ValueError."""
    for max_len, length in ((4, 5), (4, 9), (1, 2)):
        model, _ = with_table(student, draw.normal(max_len, 4))
        for batch in (1, 2):
            x = draw.normal(batch, length, 4)
            expect_value_error(lambda model=model, x=x: model(x), f"A sequence of {length} positions with max_len={max_len}")


@LEARNED
@mark.points(1)
def test_learned_parameter(student):
    """`embedding` is trainable, has the shape (max_len, d_model), and is the only parameter."""
    for max_len, d_model in ((10, 4), (3, 5)):
        model = models.build(student.LearnedPositionalEncoding, max_len, d_model)
        name = table_name(model.state_dict())
        entry = model.describe()["parameters"].get(name)
        if entry is None or not entry["trainable"]:
            fail("`embedding` is not trainable.", "An optimiser only sees what is an nn.Parameter that requires a gradient.")
        models.assert_parameter_count(model, max_len * d_model, f"LearnedPositionalEncoding({max_len}, {d_model})")


@LEARNED
@mark.points(2)
def test_learned_gradients(student, draw):
    """Gradients flow to x and to `embedding`, whose rows add up what comes from all sequences; rows beyond T get none."""
    for batch, length in ((3, 4), (2, 6), (1, 1)):
        table = draw.normal(6, 3)
        model, name = with_table(student, table)
        x, cotangent = draw.normal(batch, length, 3), draw.normal(batch, length, 3)
        found = model.gradients(x, cotangent=cotangent)
        assert_close(found.value, x.double() + table[:length].double())
        assert_gradient(found.inputs.get("x"), cotangent.double(), "x")
        rows = torch.zeros(6, 3, dtype=torch.float64)
        rows[:length] = cotangent.double().sum(dim=0)
        assert_gradient(found.parameters.get(name), rows, "`embedding`", terms=batch, condition=4)


@LEARNED
@mark.points(1)
def test_learned_double(student, draw):
    """A float64 encoding of a float64 x is float64, with its precision."""
    table = draw.normal(6, 4, dtype=torch.float64) / 3  # drawn in float32: a third needs all digits
    model, name = with_table(student, table)
    model.to(torch.float64)
    model.load_state_dict({name: table})  # again: the first time float32 has rounded it
    for batch, length in ((2, 5), (3, 6)):
        compare(model, table, draw.normal(batch, length, 4, dtype=torch.float64) / 3)
    x, cotangent = draw.normal(2, 6, 4, dtype=torch.float64), draw.normal(2, 6, 4, dtype=torch.float64)
    found = model.gradients(x, cotangent=cotangent)
    assert_gradient(found.parameters.get(name), cotangent.sum(dim=0), "`embedding`", terms=2, dtype=torch.float64)


@LEARNED
@mark.points(1)
def test_learned_strided(student, draw):
    """An x that is not contiguous in memory works like all others."""
    table = draw.normal(5, 4)
    model, _ = with_table(student, table)
    compare(model, table, scattered(draw.normal(2, 3, 4)))
    compare(model, table, draw.normal(3, 2, 4).transpose(0, 1))


@LEARNED
@mark.points(1)
def test_learned_unchanged(student, draw):
    """x is left as it was, and calling the encoding twice gives the same."""
    table, x = draw.normal(5, 4), draw.normal(2, 3, 4)
    model, _ = with_table(student, table)
    if model.changed(x):
        fail(
            "`x` is not what it was before the call: your forward changed it in place.",
            "Methods that end in an underscore, `x[...] = …` and `x += …` write into the caller's tensor.",
        )
    compare(model, table, x)
    compare(model, table, x)


@mark.needs("test_table", "test_learned", "test_learned_gradients")
@mark.points(3)
@mark.training
def test_trained_accuracy(student, draw):
    """A small Transformer, trained with either of your encodings, learns which of two markers comes first."""
    check_accuracy(student, "fixed_positions", draw)
    check_accuracy(student, "learned_positions", draw)
