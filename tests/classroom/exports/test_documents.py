"""JUnit XML, JSON and Gradescope's results: the shapes that are documented, and nothing that a learner must not read."""

import io
import json
import re
from xml.etree import ElementTree

import jsonschema
import pytest

from chapter10.classroom.exports import grades_json, gradescope, junit
from chapter10.course import PACKAGE

# junit-10.xsd of Jenkins's xunit plugin, as far as it concerns us: attributes that must and that may be there, and children.
JUNIT = {
    "testsuites": (set(), {"name", "time", "tests", "failures", "errors"}, {"testsuite"}),
    "testsuite": (
        {"name", "tests", "failures", "errors"},
        {"group", "time", "skipped", "timestamp", "hostname", "id", "package", "file", "log", "url"},
        {"testsuite", "properties", "testcase", "system-out", "system-err"},
    ),
    "properties": (set(), set(), {"property"}),
    "property": ({"name", "value"}, set(), set()),
    "testcase": ({"name"}, {"time", "classname", "group"}, {"skipped", "error", "failure", "system-out", "system-err"}),
    "failure": (set(), {"type", "message"}, set()),
    "error": (set(), {"type", "message"}, set()),
    "skipped": (set(), {"type", "message"}, set()),
}
TIME = re.compile(r"(([0-9]{0,3},)*[0-9]{3}|[0-9]{0,3})*(\.[0-9]*)?")  # SUREFIRE_TIME


def written(write, view, course):
    text = io.StringIO()
    write(view, course, text)
    return text.getvalue()


def test_junit_is_as_its_schema_says(view, course):
    root = ElementTree.fromstring(written(junit.write, view, course).encode())
    assert root.tag == "testsuites"
    for element in root.iter():
        required, allowed, children = JUNIT[element.tag]
        assert required <= set(element.attrib) <= required | allowed
        assert {child.tag for child in element} <= children
        assert TIME.fullmatch(element.get("time", "0"))


def test_junit_counts_what_it_holds(view, course):
    root = ElementTree.fromstring(written(junit.write, view, course).encode())
    suites = {suite.get("name"): suite for suite in root}
    assert len(suites) == 10
    for holder in [root, *root]:
        for attribute, tag in (("tests", "testcase"), ("failures", "failure"), ("errors", "error")):
            assert int(holder.get(attribute)) == len(list(holder.iter(tag)))
    alan = suites["s1002.attention"]
    assert [case.get("name") for case in alan.iter("testcase")] == ["value", "gradient"]
    assert alan.find(".//failure").get("message").endswith("divided by √d.\ufffd Next: Look at TODO 2.")
    assert suites["s1003.attention"].find(".//error").get("message") == "line 1: invalid syntax"
    assert suites["s1007.attention"].find(".//skipped").get("message") == "Nothing was handed in."
    assert suites["../s1005.attention"].find(".//skipped").get("message") == "It has not been graded yet."


def test_json_is_as_its_schema_says(view, course):
    document = json.loads(written(grades_json.write, view, course))
    schema = json.loads((PACKAGE / "schemas" / "gradebook.json").read_text())
    jsonschema.validate(document, schema, format_checker=jsonschema.FormatChecker())
    verdict_schema = json.loads((PACKAGE / "schemas" / "verdict.json").read_text())
    ada = next(student for student in document["students"] if student["id"] == "s1001")
    assert (ada["total_percent"], ada["ids"]["canvas_id"]) == (100, "1801")
    jsonschema.validate(ada["exercises"][0]["verdict"], verdict_schema)
    assert ada["exercises"][0]["submission"]["submitted_at"] == "2026-03-02T10:00:00+00:00"
    alan = next(student for student in document["students"] if student["id"] == "s1002")["exercises"][0]
    assert (alan["points"], alan["earned"], alan["override"]["author"]) == (7.5, 0, "Dr. Byron")
    assert document["refused"][0] == {
        "origin": "class.zip!zoe/attention.py",
        "kind": "unlisted",
        "reason": "Nobody in the roster is called zoe.",
        "student": None,
        "exercise": None,
    }


# https://gradescope-autograders.readthedocs.io/en/latest/specs/
TOP = set("score execution_time output output_format visibility stdout_visibility extra_data tests leaderboard".split())
TEST = set("score max_score status name name_format number output output_format tags visibility extra_data".split())


@pytest.fixture
def results(view, course, tmp_path):
    files = gradescope.write(view, course, tmp_path)
    return {path.parent.name: json.loads(path.read_text(encoding="utf-8")) for path in files}


def test_gradescope_gets_a_file_for_each_student_with_points(results, tmp_path):
    assert set(results) == {"s1001", "s1002", "s1003"}
    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_file()) == ["results.json"] * 3


def test_gradescope_results_have_the_documented_keys(results):
    for document in results.values():
        assert set(document) <= TOP
        assert document["stdout_visibility"] == "hidden"
        assert isinstance(document["execution_time"], int)
        for test in document["tests"]:
            assert set(test) <= TEST
            assert {"name", "score", "output"} <= set(test)
            assert test.get("status", "failed") in ("passed", "failed")
            assert test["visibility"] == "visible"


def test_gradescope_scores(results, course):
    ada, alan, grace = results["s1001"], results["s1002"], results["s1003"]
    assert ada["score"] == 30
    assert sum(test["score"] for test in ada["tests"]) == 30
    assert [test["name"] for test in ada["tests"]] == [
        f"{course['attention'].title}: The value is right.",
        f"{course['attention'].title}: The gradient is right.",
        f"{course['masking'].title}: The mask is right.",
    ]
    assert alan["score"] == 7.5
    assert "decided by Dr. Byron" in alan["output"]
    assert [test.get("status") for test in alan["tests"]] == ["failed", None]
    assert grace["tests"] == [
        {
            "name": course["attention"].title,
            "score": 0.0,
            "status": "failed",
            "output": "line 1: invalid syntax",
            "visibility": "visible",
        }
    ]


def test_gradescope_shows_nothing_hidden(results):
    text = json.dumps(results)
    for hidden in ("6.0221", "777", "F.softmax", "printed", "full"):
        assert hidden not in text


def test_a_student_cannot_choose_where_a_file_goes(view, course, tmp_path, monkeypatch):
    (tmp_path / "out").mkdir()
    for key in ("../s1005", "/etc", "..", ".", "a/b", "a\\b", ""):
        name = gradescope._folder_name(key)
        assert "/" not in name
        assert "\\" not in name
        assert name not in (".", "..")
