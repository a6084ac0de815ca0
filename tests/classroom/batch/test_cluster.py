"""The same work on Dask: a real scheduler and two workers, one of which is killed midway."""

import subprocess
import sys
import time
from pathlib import Path

import pytest
from distributed import Client

from chapter10.classroom.batch import cluster as cluster_module
from chapter10.classroom.batch.batch import Batch, Options
from chapter10.classroom.found import Found, Intake, Person
from chapter10.classroom.gradebook.store import Gradebook
from chapter10.course import load_course
from chapter10.errors import BatchError

COURSE = load_course()
ATTENTION = COURSE["attention"]
CLASS = 16
SECONDS = 120  # the end of hope, not a claim about speed


@pytest.fixture
def cluster(tmp_path):
    """Return the address of a scheduler, and its two workers as processes by their names."""
    place = tmp_path / "scheduler.json"
    options = ["--scheduler-file", str(place)]
    local = ["--host", "127.0.0.1", "--no-dashboard"]
    processes = {"scheduler": dask("scheduler", *options, *local, "--port", "0")}
    try:
        for name in ("one", "two"):
            processes[name] = dask("worker", *options, *local, "--name", name, "--nthreads", "1", "--no-nanny", cwd=tmp_path)
        with Client(scheduler_file=str(place), timeout=SECONDS, set_as_default=False) as client:
            client.wait_for_workers(2, timeout=SECONDS)
            yield client.scheduler.address, {name: processes[name] for name in ("one", "two")}
    finally:
        for process in processes.values():
            process.kill()
            process.wait()


def dask(*arguments, cwd=None):
    command = [sys.executable, "-m", "dask", *arguments]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=cwd)


def test_a_class_is_graded_though_a_worker_is_killed_midway(cluster, tmp_path):
    address, workers = cluster
    right, wrong = ATTENTION.solution.read_bytes(), ATTENTION.stub.read_bytes()
    files = [
        Found(Person(f"s{at:02}"), "attention", "attention.py", f"s{at:02}", (wrong if at % 4 == 3 else right) + b"# %d\n" % at)
        for at in range(CLASS)
    ]
    with Gradebook.open(tmp_path / "class.db", create=True) as gradebook:
        batch = Batch(gradebook, gradebook.add(Intake("folders", files)).submissions, [ATTENTION], Options(scheduler=address))

        def progress(tally):
            if tally.graded == 4:
                workers["one"].kill()

        tally = batch.grade(progress)
        assert workers["one"].wait(SECONDS) < 0
        assert dict(tally.statuses) == {"pass": 12, "fail": 4}
        cells = gradebook.view(COURSE).column("attention")
        assert [len(cell.history) for cell in cells] == [1] * CLASS
        assert {cell.verdict.seed for cell in cells} == {batch.run.seed}
        assert {cell.verdict.isolation for cell in cells} == {"full"}
    children_end(workers["two"].pid)


def children_end(pid):
    """When the run is over, the cluster is as it was: no grading process is left on the worker that lives."""
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        if not Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            return
        time.sleep(0.1)
    pytest.fail("A grading process is left on the cluster.")


def test_nobody_at_the_address_is_said(monkeypatch):
    monkeypatch.setattr(cluster_module, "CONNECT_SECONDS", 1)
    with pytest.raises(BatchError, match=r"No Dask scheduler answers at tcp://127\.0\.0\.1:9") as raised:
        cluster_module.Cluster(None, "tcp://127.0.0.1:9")
    assert "dask scheduler" in raised.value.hint
    with pytest.raises(BatchError, match="No Dask scheduler answers"):
        cluster_module.Cluster(None, "nonsense")
