"""Late policy and weights."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
import yaml

from chapter10.classroom.gradebook.models import Submission
from chapter10.classroom.gradebook.policy import Policy
from chapter10.course import load_course
from chapter10.errors import Chapter10Error

COURSE = load_course()
DUE = datetime(2026, 11, 20, 12, tzinfo=UTC)
POLICY = Policy(due={"attention": DUE}, per_day=0.1, most=0.35, grace_minutes=30)


def read(text):
    return Policy.read(replace(COURSE, classroom=yaml.safe_load(text)))


def handed_in(when, late=False):
    return Submission(submitted_at=when, late=late)


@pytest.mark.parametrize(
    ("behind", "days", "points"),
    [
        (timedelta(hours=-1), 0, 20),
        (timedelta(minutes=30), 0, 20),
        (timedelta(minutes=31), 1, 18),
        (timedelta(days=1), 1, 18),
        (timedelta(days=1, seconds=1), 2, 16),
        (timedelta(days=9), 9, 13),
    ],
)
def test_each_day_begun_takes_its_share_up_to_the_most(behind, days, points):
    assert POLICY.apply("attention", 20, handed_in(DUE + behind)) == (pytest.approx(points), days)


def test_zones_do_not_matter_to_how_late_something_is():
    elsewhere = (DUE + timedelta(hours=2)).astimezone(timezone(timedelta(hours=9)))
    assert POLICY.apply("attention", 10, handed_in(elsewhere)) == (9, 1)


def test_what_the_platform_calls_late_is_a_day_late_where_no_date_says_better():
    assert POLICY.apply("attention", 10, handed_in(None, late=True)) == (9, 1)
    assert POLICY.apply("conv2d", 10, handed_in(DUE, late=True)) == (9, 1)
    assert POLICY.apply("attention", 10, handed_in(DUE, late=True)) == (10, 0)
    assert POLICY.apply("attention", 0, None) == (0, 0)


def test_weights_and_exercises_that_nobody_was_graded_in():
    policy = Policy(weights={"attention": 3, "rnn": 0})
    shares = {"attention": (20.0, 20.0), "conv2d": (0.0, 10.0), "rnn": (0.0, 5.0), "bptt": (0.0, 0.0)}
    assert policy.total(shares) == 75
    assert Policy().total({}) == 0


def test_a_whole_entry_is_read():
    policy = read(
        """
        zone: Europe/Berlin
        due: {attention: 2026-11-20, conv2d: 2026-06-20 18:00, rnn: "2026-06-20T18:00:00+00:00"}
        late: {grace_minutes: 30, per_day: 10%, most: 0.5}
        weights: {multi-head-attention: 2}
        """
    )
    assert policy.due["attention"].astimezone(UTC) == datetime(2026, 11, 20, 22, 59, 59, tzinfo=UTC)
    assert policy.due["conv2d"].astimezone(UTC) == datetime(2026, 6, 20, 16, tzinfo=UTC)  # summer time
    assert policy.due["rnn"].astimezone(UTC) == datetime(2026, 6, 20, 18, tzinfo=UTC)
    assert (policy.grace_minutes, policy.per_day, policy.most) == (30, 0.1, 0.5)
    assert policy.weights == {"multi_head_attention": 2}


def test_what_is_kept_reads_back_the_same():
    policy = read("{zone: Asia/Tokyo, due: {attention: 2026-11-20}, late: {per_day: 5%}, weights: {rnn: 0.5}}")
    assert Policy.read(COURSE, policy.as_dict()) == policy


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ("[1, 2]", "classroom: expected entries"),
        ("{duo: {}}", "no setting `duo`"),
        ("{late: {perday: 1}}", "classroom: late: there is no setting `perday`"),
        ("{zone: Europe/Nowhere}", "no time zone 'Europe/Nowhere'"),
        ("{zone: 7}", "no time zone 7"),
        ("{due: {attention: soon}}", "classroom: due: attention: 'soon' is no date"),
        ("{due: {attention: '2026-02-30'}}", "'2026-02-30' is no date"),
        ("{due: {atention: 2026-11-20}}", "no exercise called `atention`"),
        ("{due: 2026-11-20}", "classroom: due: expected entries"),
        ("{weights: {rnn: -1}}", "classroom: weights: rnn: -1 is no number"),
        ("{weights: {rnn: .nan}}", "nan is no number"),
        ("{weights: {rnn: yes}}", "True is no number"),
        ("{late: {per_day: 10}}", "per_day: 10 is no share"),
        ("{late: {most: x%}}", "most: 'x%' is no share"),
    ],
)
def test_a_mistake_is_named_with_its_place(entry, words):
    with pytest.raises(Chapter10Error) as raised:
        read(entry)
    assert words in raised.value.message


def test_a_file_with_a_classroom_entry_alone_is_laid_over_the_course(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text("classroom: {weights: {rnn: 2}}", encoding="utf-8")
    course = load_course(path)
    assert course.exercises == COURSE.exercises
    assert Policy.read(course).weights == {"rnn": 2}
    assert Policy.read(COURSE) == Policy()


def test_a_date_that_yaml_itself_cannot_read_is_an_error_of_the_file(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text("classroom: {due: {attention: 2026-02-30}}", encoding="utf-8")
    with pytest.raises(Chapter10Error, match="is not valid YAML"):
        load_course(path)
