"""What a grader suite imports: checks that speak to the learner, and helpers for inputs."""

from chapter10.grading.compare import (
    CheckFailed,
    assert_close,
    assert_equal,
    assert_gradient,
    assert_tensor,
    describe,
    exact,
    fail,
)
from chapter10.grading.draw import Draw, scattered
from chapter10.sandbox.proxy import Gradients, Model, Subject, SubjectError, Trace

__all__ = [
    "CheckFailed",
    "Draw",
    "Gradients",
    "Model",
    "Subject",
    "SubjectError",
    "Trace",
    "assert_close",
    "assert_equal",
    "assert_gradient",
    "assert_tensor",
    "describe",
    "exact",
    "fail",
    "scattered",
]
