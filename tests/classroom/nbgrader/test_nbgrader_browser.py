"""The formgrader and a learner's notebook, in JupyterLab with nbgrader's extensions, as a person sees them."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from nbgrader.api import Gradebook
from nbgrader_class import Class, answered

TOKEN = "for-the-test-alone"
NOTEBOOK = "window.jupyterapp.shell.currentWidget"
PARTLY_SAID = "No gradient arrives at key."


@pytest.fixture(scope="module")
def jupyter(graded, tmp_path_factory):
    """JupyterLab in the course's folder; its address."""
    root, _ = graded
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    home = tmp_path_factory.mktemp("jupyter")
    private = {
        name: str(home) for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR", "HOME")
    }
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--port={port}", "--port-retries=0"]
    command += [f"--IdentityProvider.token={TOKEN}", "--LabApp.expose_app_in_browser=True", "--LabApp.news_url="]
    with open(home / "log", "w+", encoding="utf-8") as log:
        server = subprocess.Popen(command, cwd=root, env=os.environ | private | {"PATH": path}, stdout=log, stderr=log)
        try:
            wait_for(f"http://127.0.0.1:{port}/api?token={TOKEN}", server, home / "log")
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait(30)


def wait_for(address, server, log):
    for _ in range(600):
        try:
            urllib.request.urlopen(address, timeout=5).close()
            return
        except OSError:
            assert server.poll() is None, log.read_text(encoding="utf-8")
            time.sleep(0.2)
    raise AssertionError(log.read_text(encoding="utf-8"))


@pytest.fixture
def page(browser):
    """A page that reaches this machine and nothing else."""
    context = browser.new_context(viewport={"width": 1200, "height": 1000})
    context.set_default_timeout(60_000)
    context.route(re.compile(r"^https?://(?!127\.0\.0\.1)"), lambda route: route.abort())
    yield context.new_page()
    context.close()


def test_the_formgrader_shows_points_and_reasons_and_runs_nothing(jupyter, graded, page):
    root, _ = graded
    with Gradebook(f"sqlite:///{root / 'gradebook.db'}") as book:
        notebooks = {each.student.id: each.id for each in book.notebook_submissions("attention", "attention")}
    page.goto(f"{jupyter}/formgrader/submissions/{notebooks['partly']}/?token={TOKEN}", wait_until="domcontentloaded")
    assert page.get_by_text(PARTLY_SAID).count() == 2
    assert page.get_by_text("0 of 3 points").is_visible()
    page.goto(f"{jupyter}/formgrader/submissions/{notebooks['marks_forged']}/?token={TOKEN}", wait_until="domcontentloaded")
    assert page.title() != "taken"
    assert page.locator("a[href^='javascript:alert']").count() == 0


def test_a_learner_runs_the_released_notebook_and_sees_the_verdict(jupyter, graded, page):
    from nbgrader_class import PARTLY

    root, _ = graded
    Class(root).write("jupyter", answered(PARTLY))
    shutil.copy(root / "submitted/jupyter/attention/attention.ipynb", root / "mine.ipynb")
    shutil.rmtree(root / "submitted/jupyter")
    page.goto(f"{jupyter}/lab/tree/mine.ipynb?token={TOKEN}", wait_until="domcontentloaded")
    page.wait_for_selector(".jp-Notebook .jp-CodeCell")
    page.wait_for_selector(".jp-Notebook img[src^='data:image/png'], .jp-Notebook img[src^='blob:']")
    page.evaluate(f"{NOTEBOOK}.context.sessionContext.ready.then(() => {NOTEBOOK}.context.sessionContext.session.kernel.info)")
    page.evaluate("window.jupyterapp.commands.execute('notebook:run-all-cells')")
    held = f"JSON.stringify({NOTEBOOK}.content.model.toJSON())"  # what is off the screen is not drawn
    page.wait_for_function(f"{held}.includes('13 of 14 points')", timeout=90_000)
    assert all(said in page.evaluate(held) for said in ("3 of 3 points", "0 of 3 points", PARTLY_SAID))
    assert (
        page.locator(".jp-OutputArea-output b", has_text="of 14 points").or_(page.locator("b", has_text="of 3 points")).count()
    )
