"""The pages in a real browser: clicks, keys, both themes, paper, and axe-core's opinion."""

import graded_class
import pytest

from chapter10.classroom.found import Found, Intake, Person
from chapter10.classroom.gradebook.store import Gradebook

ROWS = "#grid tbody tr:visible th"


def names(page):
    return page.locator(ROWS).all_inner_texts()


def total(page):
    return [float(text.split()[0]) for text in page.locator("#grid tbody tr:visible td:nth-child(2)").all_inner_texts()]


@pytest.fixture
def index(open_page, report):
    return open_page(report / "index.html")


def test_sorting_by_total_and_by_name(index):
    head = index.get_by_role("button", name="Total")
    head.click()
    assert total(index) == sorted(total(index), reverse=True)
    assert index.locator('th[aria-sort="descending"]').inner_text().startswith("Total")
    head.click()
    assert total(index) == sorted(total(index))
    grid = index.locator("#grid")
    grid.get_by_role("button", name="Student").click()
    assert index.locator("#grid th[aria-sort]").count() == 1
    people = [name for name in names(index) if name[0].isalpha()]
    assert people == sorted(people)


def test_finding_and_filtering(index):
    index.get_by_label("Find").fill("dora")
    assert [name.split()[0] for name in names(index)] == ["Dora"]
    assert index.locator("#shown").inner_text() == "1 of 9 students"
    index.get_by_label("Find").fill("section b")
    assert [name.split()[0] for name in names(index)] == ["Fay"]
    index.get_by_label("Find").fill("")
    for status, first in (("override", "Dora"), ("late", "Fay")):
        index.get_by_label("Show").select_option(status)
        assert [name.split()[0] for name in names(index)] == [first]
    index.get_by_label("Show").select_option("")
    assert len(names(index)) == 9


def test_from_the_grid_to_a_student_and_back(index):
    index.locator("#grid").get_by_role("link", name="Ben Bitdiddle").click()
    assert index.get_by_role("heading", level=1).inner_text() == "Ben Bitdiddle"
    assert index.get_by_text("Your scores are not divided by √d.").is_visible()
    assert index.locator("mark").first.inner_text() == "1234", "the first number that is wrong is marked"
    index.go_back()
    assert index.get_by_role("heading", level=1).inner_text() == "Class report"


def test_every_link_of_the_class_page_leads_somewhere(index, report):
    targets = {link.get_attribute("href") for link in index.locator("a[href]").all()}
    pages = {target for target in targets if not target.startswith("#")}
    assert len(pages) == 9
    assert all((report / target).is_file() for target in pages)
    assert all(index.locator(target).count() == 1 for target in targets - pages)


def test_the_theme_is_switched_and_stays_for_the_next_page(index):
    def paper():
        return index.evaluate("getComputedStyle(document.body).backgroundColor")

    assert paper() == "rgb(255, 255, 255)"
    index.get_by_role("button", name="Dark").click()
    assert paper() == "rgb(22, 24, 28)"
    index.locator("#grid").get_by_role("link", name="Ada Lovelace").click()
    assert paper() == "rgb(22, 24, 28)"
    index.get_by_role("button", name="Light").click()
    assert paper() == "rgb(255, 255, 255)"


def test_keys_alone_skip_to_the_content_and_sort(index):
    index.keyboard.press("Tab")
    assert index.locator(":focus").inner_text() == "To the content"
    index.keyboard.press("Enter")
    assert index.evaluate("document.activeElement.id") == "main"
    index.get_by_role("button", name="Total").focus()
    index.keyboard.press("Enter")
    assert total(index) == sorted(total(index), reverse=True)
    outline = index.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid", "what has the focus is seen"


def test_nothing_is_wider_than_a_phone(index, report):
    index.set_viewport_size({"width": 390, "height": 800})
    for path in [report / "index.html", *sorted((report / "students").iterdir())]:
        index.goto(path.as_uri())
        assert index.evaluate("document.documentElement.scrollWidth") <= 390, path.name


def test_on_paper_controls_are_gone_and_details_are_open(index, report):
    index.goto(next((report / "students").glob("dora*")).as_uri())
    passed = index.locator("details li").first
    assert not passed.is_visible()
    index.emulate_media(media="print", color_scheme="dark")
    assert passed.is_visible()
    assert not index.get_by_role("button", name="Light").is_visible()
    assert index.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


def test_learners_text_runs_nothing(open_page, report):
    page = open_page(next((report / "students").glob("*eve*")))
    page.get_by_text("What your code printed").click()
    assert "<script>document.title" in page.locator("pre").inner_text()
    assert page.title() != "hacked"
    assert page.locator("img").count() == 0


def test_without_scripts_the_grid_still_says_everything(browser, report):
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto((report / "index.html").as_uri())
    assert page.locator(ROWS).count() == 9
    assert not page.get_by_label("Find").is_visible()
    assert page.locator("#grid thead").inner_text().split() == ["Student", "Total", "conv2d", "attention"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(open_page, report, violations, scheme):
    page = open_page(report / "index.html", color_scheme=scheme)
    assert violations(page) == []
    for name in ("dora", "eve"):
        page.goto(next((report / "students").glob(f"*{name}*")).as_uri())
        page.evaluate("document.querySelectorAll('details').forEach(part => part.open = true)")
        assert violations(page) == []


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """The report of a class of 450, in which one has handed something in."""
    folder = tmp_path_factory.mktemp("large")
    people = [Person(f"s{number:03d}", f"Student {number:03d}") for number in range(450)]
    with Gradebook.open(folder / "class.db", create=True) as gradebook:
        gradebook.add(Intake("flat", [Found(people[0], "attention", "a.py", "a.py", b"pass")], people=people))
    graded_class.write(folder / "class.db", folder / "report")
    return folder / "report"


def test_a_large_class_is_shown_two_hundred_at_a_time(open_page, large):
    page = open_page(large / "index.html")
    assert page.locator(ROWS).count() == 200
    page.get_by_role("button", name="Later").click()
    assert names(page)[0] == "Student 200"
    page.get_by_role("button", name="Later").click()
    page.get_by_role("button", name="Later").click()
    assert names(page) == [f"Student {number:03d}" for number in range(400, 450)]
    assert "401 to 450 on screen" in page.locator("#shown").inner_text()
    page.get_by_label("Find").fill("student 1")
    assert names(page) == [f"Student {number:03d}" for number in range(100, 200)]
    assert not page.get_by_role("button", name="Later").is_visible()
    page.get_by_label("Find").fill("")
    page.emulate_media(media="print")
    assert page.locator(ROWS).count() == 450, "on paper, all are there"
