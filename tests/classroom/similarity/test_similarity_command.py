"""`chapter10 similar` as a user's shell runs it, and its pages in a browser."""

import pytest
from disguise import disguise

from chapter10.classroom.gradebook.store import Gradebook
from chapter10.classroom.similarity.gather import background
from chapter10.classroom.similarity.ranking import Answer, rank
from chapter10.classroom.similarity.write import write
from chapter10.course import load_course

COURSE = load_course()


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """Three pairs in two exercises; one of the names, and one of the texts, are hostile."""
    pairs = []
    for name in ("conv2d", "attention"):
        variants = [path.read_text(encoding="utf-8") for path in COURSE[name].bank("variants")[:6]]
        others = [Answer(f"other {number}", name, text) for number, text in enumerate(variants[1:])]
        copied = disguise(variants[0], 7) + "# </pre><script>document.title = 'hacked'</script>\x1b[31m\n"
        answers = [Answer("eve", name, variants[0]), Answer("mallory", name, copied, frozenset({"<b>bold</b>"})), *others]
        answers[0] = Answer("eve", name, variants[0], frozenset({"<b>bold</b>"}))
        pairs += rank(answers, background(COURSE[name]), top=2)
    names = {answer.student: answer.student.title() for pair in pairs for answer in (pair.one, pair.other)}
    folder = tmp_path_factory.mktemp("similar") / "similar"
    write(folder, pairs, names | {"mallory": "<img src=x>\u202e Mallory"}, COURSE)
    return folder


def test_from_the_ranking_to_both_texts_and_on_to_the_next(open_page, pages):
    page = open_page(pages / "index.html")
    assert "Nothing here touches a grade" in page.locator("main").inner_text()
    assert "Eve" in page.locator("tbody tr").first.inner_text()
    page.get_by_role("link", name="Side by side: pair 1", exact=True).click()
    assert page.locator("h2").all_inner_texts() == ["Eve", "<img src=x>[U+202E] Mallory"]
    left, right = page.locator("pre").all()
    assert left.locator("mark").count() > 0
    assert left.locator("sup").all_inner_texts()[0] in right.locator("sup").all_inner_texts()
    page.get_by_role("link", name="The next pair").click()
    page.get_by_role("link", name="All pairs").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Similar submissions"


def test_the_same_two_in_several_exercises_are_counted(open_page, pages):
    page = open_page(pages / "index.html")
    page.get_by_role("button", name="Exercises").click()
    assert page.locator("tbody tr").first.locator("td").nth(5).inner_text() == "2"


def test_learners_text_runs_nothing(open_page, pages):
    page = open_page(pages / "pair-1.html")
    assert "<script>document.title = 'hacked'</script>[U+001B][31m" in page.locator("pre").nth(1).inner_text()
    assert page.title() == "Pair 1"
    assert page.locator("img, pre b").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(open_page, violations, pages, scheme):
    page = open_page(pages / "index.html", color_scheme=scheme)
    assert violations(page) == []
    page.goto((pages / "pair-1.html").as_uri())
    assert violations(page) == []


def test_a_table_for_people_and_pages(chapter10, class_db, tmp_path):
    before = grades(class_db)
    ran = chapter10("similar", class_db, "--out", "similar")
    assert ran.code == 0, ran.err
    assert "Ben Bitdiddle" in ran.out
    assert "Cai Chen" in ran.out
    assert "Grades are not touched." in ran.out
    assert (tmp_path / "similar" / "pair-1.html").is_file()
    assert grades(class_db) == before


def test_json_for_programs(chapter10, class_db):
    ran = chapter10("similar", class_db, "-e", "attention", "--json")
    assert ran.code == 0, ran.err
    first = ran.document["pairs"][0]
    assert first["students"] == ["ben", "cai"]
    assert first["shared_mistakes"] == ["the misconception no_scaling"]


def test_nothing_that_stands_out_is_said(chapter10, class_db):
    ran = chapter10("similar", class_db, "-e", "conv2d")
    assert ran.code == 0, ran.err
    assert ran.out == "Nothing stands out.\n"


def test_an_exercise_that_nobody_handed_in_is_said(chapter10, class_db):
    ran = chapter10("similar", class_db, "-e", "rnn")
    assert ran.code == 2
    assert "no such submissions" in ran.err


def grades(path):
    with Gradebook.open(path) as gradebook:
        view = gradebook.view(COURSE)
        return {student.key: view.total(student) for student in view.students}
