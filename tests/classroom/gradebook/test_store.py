"""What is written to a gradebook, on SQLite and on PostgreSQL."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from gradebook_samples import document, found, small_class
from sqlalchemy import func, select

from chapter10.classroom.found import Intake, Person, Refused
from chapter10.classroom.gradebook.models import Refusal, Run, Student, Submission, VerdictRow
from chapter10.classroom.gradebook.policy import Policy
from chapter10.classroom.gradebook.runs import Wanted, begin, files, finish, pending
from chapter10.classroom.gradebook.store import Gradebook
from chapter10.course import load_course
from chapter10.errors import GradebookError

COURSE = load_course()


def count(gradebook, table):
    with gradebook.session() as session:
        return session.scalar(select(func.count()).select_from(table))


def test_everybody_and_everything_of_an_intake_is_kept_once(gradebook):
    first, second = gradebook.add(small_class()), gradebook.add(small_class())
    assert (first.new, second.new, first.refused) == (3, 0, 1)
    assert first.submissions == second.submissions
    assert [count(gradebook, table) for table in (Student, Submission, Refusal)] == [4, 3, 1]
    view = gradebook.view(COURSE)
    assert view.exercises == ["conv2d", "attention"]
    assert {student.key for student in view.students} == {"ada", "bob", "cleo", "dan"}
    assert view.cells["dan", "attention"].status == "missing"
    assert view.cells["ada", "attention"].status == "ungraded"
    assert view.cells["ada", "attention"].submission.data == b"x = 1\n"
    assert [(entry.student.key, entry.kind) for entry in view.refusals] == [("cleo", "empty")]


def test_a_later_roster_fills_in_what_it_knows_and_empties_nothing(gradebook):
    gradebook.add(small_class())
    gradebook.add(Intake("folders", people=[Person("dan", email="d@example.org", section="B", ids={"login": "dd"})]))
    dan = gradebook.student("dan")
    assert (dan.name, dan.email, dan.section) == ("Dan", "d@example.org", "B")
    assert dan.ids == {"canvas_id": 7, "login": "dd"}


def test_the_latest_file_counts_also_when_it_was_there_before(gradebook):
    first, second = found("ada", data=b"first"), found("ada", data=b"second")
    for file in (first, second, first):
        gradebook.add(Intake("folders", [file]))
    assert gradebook.view(COURSE).cells["ada", "attention"].submission.data == b"first"


def test_a_refusal_stands_until_a_later_intake_makes_it_good(gradebook):
    refused = Refused("class.zip!ada/attention.txt", "other", "It is no script.", Person("ada"), "attention")
    gradebook.add(Intake("folders", [found("ada")], [refused]))
    view = gradebook.view(load_course())
    assert [refusal.kind for refusal in view.refusals] == ["other"], "what came along with a good file is still told"
    gradebook.add(Intake("folders", [found("ada", "conv2d")]))
    assert len(gradebook.view(load_course()).refusals) == 1, "another exercise makes nothing good"
    gradebook.add(Intake("folders", [found("ada", data=b"x = 3\n")]))
    assert gradebook.view(load_course()).refusals == []


def test_names_that_no_database_could_hold_are_made_to_fit(gradebook):
    long, odd = "x" * 250, "a\0b\udcff"
    people = [Person(long + "1"), Person(long + "2"), Person("odd", odd)]
    refused = [Refused(odd, "misnamed", odd)]
    gradebook.add(Intake("flat", refused=refused, people=people))
    assert count(gradebook, Student) == 3
    assert gradebook.student("odd").name == "ab?"
    assert gradebook.view(COURSE).refusals[0].origin == "ab?"


def test_a_verdict_is_committed_once_for_a_key(gradebook):
    identity = gradebook.add(small_class()).submissions[0]
    assert gradebook.save_verdict(identity, "suite", "engine", document(12))
    assert not gradebook.save_verdict(identity, "suite", "engine", document(20))
    assert gradebook.save_verdict(identity, "suite", "engine", document(14), run=1)
    assert gradebook.save_verdict(identity, "other suite", "engine", document(16))
    cell = gradebook.view(COURSE).cells["ada", "attention"]
    assert [row.points for row in cell.history] == [12, 14, 16]
    assert (cell.earned, cell.max_points, cell.verdict.seed) == (16, 20, 2**52 - 1)
    assert cell.verdict.document["tests"] == document()["tests"]


def test_a_file_that_came_to_no_test_still_counts_with_what_it_could_have_earned(gradebook):
    identity = gradebook.add(small_class()).submissions[0]
    broken = document(0, "error", 0) | {"environment": {}}
    gradebook.save_verdict(identity, "suite", "engine", broken, max_points=20)
    view = gradebook.view(COURSE)
    assert view.cells["ada", "attention"].max_points == 20
    assert view.cells["dan", "attention"].max_points == 20
    assert view.total(gradebook.student("ada")) == 0


def test_a_verdict_is_seen_by_others_as_soon_as_it_is_saved(gradebook, place):
    identity = gradebook.add(small_class()).submissions[0]
    with Gradebook.open(place) as other:
        assert count(other, VerdictRow) == 0
        gradebook.save_verdict(identity, "suite", "engine", document())
        assert count(other, VerdictRow) == 1


def test_an_override_outlives_every_regrading_until_it_is_withdrawn(gradebook):
    identity = gradebook.add(small_class()).submissions[0]
    gradebook.save_verdict(identity, "suite", "engine", document(3))
    gradebook.override("ada", "attention", 15, "grace", "The sketch on paper was right.")
    gradebook.override("Ada", "attention", 17, "grace", "And so was the second one.")
    gradebook.save_verdict(identity, "suite", "engine", document(5), run=1)
    cell = gradebook.view(COURSE).cells["ada", "attention"]
    assert (cell.points, cell.earned, cell.override.author) == (17, 5, "grace")
    assert len(gradebook.withdraw("ada", "attention")) == 2
    with Gradebook.open(gradebook._engine.url.render_as_string(hide_password=False)) as again:
        ada = again.student("ada")
        assert again.view(COURSE).cells["ada", "attention"].points == 5
        assert [entry.withdrawn_at is not None for entry in again.overrides(ada, "attention")] == [True, True]


@pytest.mark.parametrize(
    ("points", "author", "reason", "words"),
    [
        (-1, "grace", "why", "from 0 to 20"),
        (21, "grace", "why", "from 0 to 20"),
        (float("nan"), "grace", "why", "from 0 to 20"),
        (5, " ", "why", "author and a reason"),
        (5, "grace", "", "author and a reason"),
    ],
)
def test_an_override_that_cannot_be_is_refused(gradebook, points, author, reason, words):
    identity = gradebook.add(small_class()).submissions[0]
    gradebook.save_verdict(identity, "suite", "engine", document())
    with pytest.raises(GradebookError, match=words):
        gradebook.override("ada", "attention", points, author, reason)
    assert gradebook.overrides(gradebook.student("ada"), "attention") == []


def test_nothing_to_withdraw_is_said(gradebook):
    gradebook.add(small_class())
    with pytest.raises(GradebookError, match="No override of ada in attention stands"):
        gradebook.withdraw("ada", "attention")


def test_students_are_found_by_key_name_and_address(gradebook):
    twins = [Person("s1", "Kim Lee"), Person("s2", "Kim Lee"), Person("s3", "Max", "max@example.org")]
    gradebook.add(Intake("folders", people=twins))
    assert gradebook.student("s1").key == "s1"
    assert gradebook.student("MAX").key == gradebook.student("max@example.org").key == "s3"
    with pytest.raises(GradebookError) as several:
        gradebook.student("kim lee")
    assert "s1, s2" in several.value.hint
    with pytest.raises(GradebookError) as nobody:
        gradebook.student("maxx")
    assert "Did you mean `s3`" in nobody.value.hint


def test_the_policy_a_class_was_graded_with_is_remembered(gradebook):
    gradebook.add(small_class())
    policy = Policy(due={"attention": datetime(2026, 11, 20, 12, tzinfo=UTC)}, per_day=0.25, weights={"attention": 3})
    gradebook.remember_policy(policy)
    assert gradebook.view(COURSE).policy == policy
    own = replace(COURSE, classroom={"late": {"per_day": "50%"}})
    assert gradebook.view(own).policy == Policy(per_day=0.5)


# Runs -----------------------------------------------------------------------------------------------------------------


def start(gradebook, wanted):
    with gradebook.writing() as session:
        run = begin(session, wanted)
        return run, pending(session, wanted, run)


def test_only_what_has_no_verdict_of_this_suite_and_engine_is_pending(gradebook):
    ids = gradebook.add(small_class()).submissions
    wanted = Wanted(ids, {"attention": "s1", "conv2d": "s2"}, "engine")
    assert start(gradebook, wanted)[1] == ids
    gradebook.save_verdict(ids[0], "s1", "engine", document())
    assert start(gradebook, wanted)[1] == ids[1:]
    assert start(gradebook, replace(wanted, suites={"attention": "changed"}))[1] == [ids[0], ids[2]]
    assert start(gradebook, replace(wanted, engine="later"))[1] == ids
    assert start(gradebook, replace(wanted, submissions=ids[2:]))[1] == ids[2:]


def test_who_comes_later_meets_the_inputs_that_the_class_met(gradebook):
    ids = gradebook.add(small_class()).submissions
    wanted = Wanted(ids, {"attention": "s1", "conv2d": "s2"}, "engine")
    first, _ = start(gradebook, wanted)
    later, _ = start(gradebook, replace(wanted, suites={"attention": "s1"}))
    chosen, _ = start(gradebook, replace(wanted, seed=7))
    regraded, _ = start(gradebook, replace(wanted, regrade=True))
    assert later.seed == first.seed
    assert chosen.seed == 7
    assert regraded.seed not in (first.seed, 7)
    assert start(gradebook, replace(wanted, engine="later"))[0].seed != first.seed


def test_a_regrading_that_was_stopped_goes_on_and_a_finished_one_begins_anew(gradebook):
    ids = gradebook.add(small_class()).submissions[:1]
    wanted = Wanted(ids, {"attention": "s1"}, "engine")
    gradebook.save_verdict(ids[0], "s1", "engine", document())
    assert start(gradebook, wanted)[1] == []
    again = replace(wanted, regrade=True)
    run, missing = start(gradebook, again)
    assert (run.number, missing) == (1, ids)
    gradebook.save_verdict(ids[0], "s1", "engine", document(), run.number)
    resumed, missing = start(gradebook, again)
    assert (resumed.id, resumed.seed, missing) == (run.id, run.seed, [])
    finish(gradebook.writing, run)
    following, missing = start(gradebook, again)
    assert (following.number, missing) == (2, ids)
    assert count(gradebook, Run) == 3


def test_files_come_in_the_order_asked_for(gradebook):
    many = [found(f"s{number}", data=b"%d" % number) for number in range(45)]
    ids = gradebook.add(Intake("folders", many)).submissions[::-1]
    assert [data for _, _, _, data in files(gradebook.session, ids)] == [b"%d" % number for number in range(44, -1, -1)]
