"""JUnit XML, as Jenkins and others read it: a test suite for each student and exercise.

https://github.com/jenkinsci/xunit-plugin, junit-10.xsd: `testsuites` holds `testsuite` (name, tests, failures, errors, skipped,
time), that holds `properties` and `testcase` (name, classname, time), and that `failure`, `error` or `skipped`.
"""

from __future__ import annotations

import re
from typing import Any, TextIO
from xml.etree import ElementTree

from chapter10.classroom.exports.cells import number
from chapter10.classroom.exports.feedback import words
from chapter10.classroom.gradebook.view import Cell, ClassView
from chapter10.course import Course

# Characters that XML 1.0 cannot hold, not even escaped.
_UNSPEAKABLE = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ELEMENTS = {"fail": "failure", "error": "error", "skip": "skipped"}


def write(view: ClassView, course: Course, out: TextIO) -> None:
    """Write the class as JUnit XML."""
    root = ElementTree.Element("testsuites")
    for student in view.students:
        for cell in view.row(student):
            root.append(_suite(cell))
    cases = root.findall("*/testcase")
    root.attrib.update(
        name=_clean(course.title),
        tests=str(len(cases)),
        failures=str(sum(case.find("failure") is not None for case in cases)),
        errors=str(sum(case.find("error") is not None for case in cases)),
    )
    ElementTree.indent(root)
    out.write('<?xml version="1.0" encoding="utf-8"?>\n')
    out.write(ElementTree.tostring(root, encoding="unicode") + "\n")


def _suite(cell: Cell) -> ElementTree.Element:
    label = _clean(f"{cell.student.key}.{cell.exercise}")
    suite = ElementTree.Element("testsuite", name=label)
    properties = ElementTree.SubElement(suite, "properties")
    for name, value in (("points", number(cell.points)), ("max_points", number(cell.max_points)), ("status", cell.status)):
        ElementTree.SubElement(properties, "property", name=name, value=value)
    tests = _tests(cell)
    for test in tests:
        case = ElementTree.SubElement(
            suite, "testcase", name=_clean(test["name"]), classname=label, time=f"{test['duration']:.3f}"
        )
        if test["status"] in _ELEMENTS:
            ElementTree.SubElement(case, _ELEMENTS[test["status"]], message=_clean(f"{test['title']} {words(test)}".strip()))
    statuses = [test["status"] for test in tests]
    suite.attrib.update(
        tests=str(len(tests)),
        failures=str(statuses.count("fail")),
        errors=str(statuses.count("error")),
        skipped=str(statuses.count("skip")),
        time=f"{cell.verdict.duration if cell.verdict else 0:.3f}",
    )
    return suite


def _tests(cell: Cell) -> list[dict[str, Any]]:
    """Return the tests of a cell; one that stands for the whole where none were run."""
    if cell.verdict is None:
        why = "Nothing was handed in." if cell.submission is None else "It has not been graded yet."
        return [_whole("skip", why)]
    if cell.verdict.document.get("error"):
        return [_whole("error", str(cell.verdict.document["error"]))]
    return list(cell.verdict.document["tests"])


def _whole(status: str, message: str) -> dict[str, Any]:
    return {"name": "graded", "title": "", "status": status, "message": message, "help": "", "duration": 0.0}


def _clean(text: str) -> str:
    return _UNSPEAKABLE.sub("\ufffd", text)
