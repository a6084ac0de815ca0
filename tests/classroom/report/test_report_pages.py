"""What the pages say, and what they keep to themselves."""

import json
import re

import pytest
from graded_class import ANSWERS, HOSTILE_NAME, key_of

from chapter10.classroom.report.naming import faces
from chapter10.classroom.report.text import cut, visible


def page_of(report, name):
    return next((report / "students").glob(f"*{key_of(name)}*.html")).read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def index(report):
    return (report / "index.html").read_text(encoding="utf-8")


def test_everybody_has_a_page(report):
    assert len(list((report / "students").iterdir())) == len(ANSWERS)


def test_students_see_nothing_of_each_other(report):
    for name in ANSWERS:
        page = page_of(report, name)
        others = [word for other in ANSWERS if other not in (name, HOSTILE_NAME) for word in other.split()]
        assert [word for word in others if word in page] == []
        assert "index.html" not in page
        assert "Prof. Secret" not in page


def test_a_student_reads_sentence_advice_counterexample_and_section(report):
    page = page_of(report, "Ben Bitdiddle")
    assert "Your scores are not divided by √d." in page
    assert "Dot products grow with the feature size d" in page
    assert "<mark>11.19</mark>" in page
    assert "expected 11.96, yours 11.19" in page
    assert "“Attention Mechanism” in the chapter" in page


def test_one_mistake_that_fails_many_tests_is_explained_once(report):
    page = page_of(report, "Dora Díaz")
    assert page.count("You read the mask the wrong way round.") == 1
    assert page.count("Next:") == 2, "one for each of the two exercises"
    assert "Gradients flow to query, key and value." in page


def test_an_override_is_shown_with_its_reason_and_late_days_with_what_they_cost(report, index):
    assert "set the points to 15: Right idea, &lt;b&gt;shown&lt;/b&gt;" in page_of(report, "Dora Díaz")
    fay = page_of(report, "Fay Fisher")
    assert "2 days late" in fay
    assert "of the 20 points earned, 16 count" in fay
    assert "2 d late" in index


def test_a_regraded_answer_shows_its_history(report):
    assert "All gradings" in page_of(report, "Ada Lovelace")
    assert "All gradings" not in page_of(report, "Ben Bitdiddle")


def test_a_refused_file_is_told_to_its_owner_without_the_instructors_words(report, index):
    page = page_of(report, "Hana Hopper")
    assert "was not graded (empty)" in page
    assert "hana_attention.py is empty; Ben Bitdiddle&#39;s is not." in index


def test_the_class_page_names_misconceptions_and_who_holds_them(index):
    card = index[index.index("Your scores are not divided") :].split("</article>")[0]
    assert "2 of 8 students" in card
    assert "Ben Bitdiddle" in card
    assert "Cai Chen" in card
    assert "Dora" not in card
    assert "<mark>11.19</mark>" in card


def test_the_class_page_shows_flags_and_the_hardest_tests(index):
    assert "Ida Ito" in index[index.index('id="flags"') : index.index('id="time"')]
    assert "5&nbsp;of&nbsp;8" in index, "the first test of attention: only Ada, Dora and Fay pass it"


def test_hostile_text_is_escaped_cut_and_made_visible(report, index):
    eve = page_of(report, HOSTILE_NAME)
    for page in (eve, index):
        assert "<img" not in page
        assert "\u202e" not in page
        assert "&lt;img src=x onerror=alert(1)&gt;[U+202E]eve" in page
    assert "<script>document" not in eve
    assert "characters left out" in eve
    assert len(eve) < 60_000


def test_pages_allow_our_own_script_alone(index):
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', index)[1]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert " style=" not in index
    assert " onclick" not in index


def test_anonymous_pages_recognise_nobody(anonymous):
    pages = [path for path in anonymous.rglob("*") if path.is_file()]
    told = " ".join(str(path.relative_to(anonymous)) + path.read_text(encoding="utf-8") for path in pages)
    secrets = ["example.edu", "Section B", "Prof. Secret", "_attention.py"]
    names = [word for name in ANSWERS if name != HOSTILE_NAME for word in [*name.split(), key_of(name) + "_"]]
    assert [word for word in [*names, *secrets] if re.search(rf"\b{re.escape(word)}", told)] == []
    assert "Student 1" in told


def test_pseudonyms_stay_when_a_report_is_written_again(class_db, course):
    from chapter10.classroom.gradebook.store import Gradebook

    with Gradebook.open(class_db) as gradebook:
        students = gradebook.view(course).students
    assert faces(students, anonymous=True) == faces(students[::-1], anonymous=True)


def test_the_summary_counts_what_the_pages_show(summary):
    attention = next(entry for entry in summary["exercises"] if entry["exercise"] == "attention")
    assert (attention["handed_in"], attention["graded"], attention["passed"]) == (8, 8, 2)
    assert summary["misconceptions"][0] == {
        "exercise": "attention",
        "misconception": "no_scaling",
        "sentence": "Your scores are not divided by √d.",
        "students": ["ben", "cai"],
    }
    assert json.loads(json.dumps(summary)) == summary


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain √ text\n", "plain √ text\n"),
        ("a\r\nb", "a\nb"),
        ("\x1b[31m", "[U+001B][31m"),
        ("\u2066safe\u2069", "[U+2066]safe[U+2069]"),
        ("\ud800", "[U+D800]"),
        ("👩\u200d🔬", "👩\u200d🔬"),
    ],
)
def test_characters_that_hide_or_reorder_become_visible(text, shown):
    assert visible(text) == shown


def test_what_is_cut_keeps_its_beginning_and_its_end():
    assert cut("abc", 3) == "abc"
    shown = cut("a" * 500 + "b" * 500, 100)
    assert shown.startswith("a" * 50 + "\n")
    assert shown.endswith("\n" + "b" * 50)
    assert "900 characters left out" in shown
