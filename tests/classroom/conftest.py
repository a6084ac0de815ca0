"""What the tests of the classroom share: a class graded once, and one browser."""

import shutil
from pathlib import Path

import pytest

OPTIONS = "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update"


@pytest.fixture(scope="session")
def browser():
    """Chromium: the system's where there is one, otherwise playwright's own."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=OPTIONS.split())
        yield started
        started.close()


@pytest.fixture
def open_page(browser):
    """Open a file; at the end of the test, no page may have complained or asked for anything but files."""
    complaints, contexts = [], []

    def heard(kind):
        return lambda event: complaints.append(f"{kind}: {getattr(event, 'text', event)}")

    def requested(request):
        if not request.url.startswith("file:"):
            complaints.append(f"request: {request.url}")

    def open_file(path, **options):
        context = browser.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.on("console", heard("console"))
        page.on("pageerror", heard("error"))
        page.on("request", requested)
        page.goto(path.as_uri())
        return page

    yield open_file
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture(scope="session")
def violations():
    """What axe-core finds on a page, as words."""
    from axe_playwright_python.sync_playwright import Axe

    axe = Axe()

    def find(page):
        found = axe.run(page).response["violations"]
        return [f"{entry['id']}: {node['html'][:200]}" for entry in found for node in entry["nodes"]]

    return find


@pytest.fixture(scope="session")
def class_db(tmp_path_factory) -> Path:
    """A gradebook with everything in it that pages have to show."""
    import graded_class

    path = tmp_path_factory.mktemp("class") / "class.db"
    graded_class.grade(path)
    return path
