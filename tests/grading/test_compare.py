"""Comparison: what is accepted as rounding and what is not, and the sentence for each way of being wrong."""

import pytest
import torch

from chapter10.grading.compare import CheckFailed, assert_close, assert_equal, assert_gradient, tolerance

INF, NAN = float("inf"), float("nan")


def refusal(check, *arguments, **options):
    with pytest.raises(CheckFailed) as caught:
        check(*arguments, **options)
    return caught.value


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("terms", [1, 10, 1000])
def test_rounding_of_a_sum_in_any_order_is_accepted(dtype, terms):
    generator = torch.Generator().manual_seed(terms)
    numbers = torch.randn(terms, generator=generator).to(dtype)
    exact = numbers.double().sum()
    for order in (numbers, numbers.flip(0), numbers.sort().values):
        total = torch.zeros((), dtype=dtype)
        for number in order:
            total = total + number
        assert_close(total, exact, terms=terms, dtype=dtype, scale=float(numbers.abs().max()))


def test_just_beyond_the_tolerance_is_refused():
    expected = torch.tensor([1.0, 2.0], dtype=torch.float64)
    allowed = tolerance(torch.float32, 1, 1.0, 2.0)
    assert_close((expected + allowed * 0.5).float(), expected)
    error = refusal(assert_close, (expected + torch.tensor([0.0, allowed * 2])).float(), expected)
    assert error.index == (1,)
    assert "at [1]" in error.rationale


def test_zeros_never_pass_for_small_values():
    refusal(assert_close, torch.zeros(3), torch.full((3,), 1e-20, dtype=torch.float64))


@pytest.mark.parametrize("odd", [NAN, INF, -INF])
def test_finite_first(odd):
    expected = torch.tensor([1.0, 2.0], dtype=torch.float64)
    assert "expected 2" in refusal(assert_close, torch.tensor([1.0, odd]), expected).rationale
    refusal(assert_close, torch.tensor([1.0, 2.0]), torch.tensor([1.0, odd], dtype=torch.float64))
    refusal(assert_close, torch.tensor([odd, odd]), expected)


def test_infinity_where_it_is_expected():
    expected = torch.tensor([-INF, 1.0], dtype=torch.float64)
    assert_close(torch.tensor([-INF, 1.0]), expected)
    refusal(assert_close, torch.tensor([INF, 1.0]), expected)
    refusal(assert_close, torch.tensor([-INF, 1.1]), expected)


@pytest.mark.parametrize(
    ("actual", "words"),
    [
        (None, "is None"),
        ((torch.ones(2),), "a tuple of 1"),
        (torch.ones(3), "shape (3,), expected (2,)"),
        (torch.ones(2, dtype=torch.float64), "dtype float64, expected float32"),
        (torch.ones(2, dtype=torch.int64), "dtype int64"),
        ("text", "'text'"),
    ],
)
def test_each_wrong_kind_has_its_sentence(actual, words):
    assert words in refusal(assert_close, actual, torch.ones(2, dtype=torch.float64)).rationale


def test_gradients():
    expected = torch.tensor([1.0, 2.0], dtype=torch.float64)
    assert_gradient(expected.float(), expected, "x")
    assert "No gradient arrives at x" in refusal(assert_gradient, None, expected, "x").rationale
    assert_gradient(None, torch.zeros(2, dtype=torch.float64), "x")
    refusal(assert_gradient, expected.float() * 100, expected, "x")
    refusal(assert_gradient, torch.ones(2), torch.zeros(2, dtype=torch.float64), "x")


@pytest.mark.parametrize(
    ("actual", "expected", "fine"),
    [
        (3, 3, True),
        (3.0, 3, True),
        (True, 1, False),
        (torch.tensor(3), 3, True),
        ([1, 2], [1, 2], True),
        ([1, 2], [1, 3], False),
        (torch.tensor([True]), torch.tensor([True]), True),
        (torch.tensor([1]), torch.tensor([True]), False),
        (torch.tensor([True, True]), torch.tensor([True, False]), False),
    ],
)
def test_equality(actual, expected, fine):
    if fine:
        assert_equal(actual, expected)
    else:
        refusal(assert_equal, actual, expected)
