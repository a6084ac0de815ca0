"""The local pool, with processes that grade nothing: who gets which job, and what becomes of those whose worker dies."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from chapter10.classroom.batch import pool, process
from chapter10.classroom.batch.jobs import Job, Settings
from chapter10.classroom.batch.pool import LocalPool
from chapter10.errors import BatchError


@pytest.fixture(autouse=True)
def fake_worker(monkeypatch):
    monkeypatch.setattr(process, "COMMAND", (sys.executable, str(Path(__file__).with_name("fake_worker.py"))))


def settings(isolation="full"):
    return Settings((), "engine", 1, isolation)


def jobs(*words):
    return (Job(number, "attention", ".py", word.encode()) for number, word in enumerate(words))


def grade(*words, workers=2):
    with LocalPool(settings(), workers) as made:
        return {graded.id: graded.document for graded in made.run(jobs(*words))}


def alive(pid):
    return Path(f"/proc/{pid}").exists()


def test_every_job_gets_its_verdict_once():
    with LocalPool(settings(), 3) as made:
        graded = list(made.run(jobs(*["pass", "fail"] * 20)))
    assert sorted(entry.id for entry in graded) == list(range(40))
    assert all(entry.document["status"] == ("fail" if entry.id % 2 else "pass") for entry in graded)


def test_more_workers_than_jobs_and_no_jobs_at_all():
    assert len(grade("pass", workers=3)) == 1
    assert grade() == {}


def test_jobs_are_read_only_as_fast_as_they_are_graded():
    read = []

    def many():
        for job in jobs(*["pass"] * 100):
            read.append(job.id)
            yield job

    with LocalPool(settings(), 2) as made:
        for count, _ in enumerate(made.run(many()), start=1):
            assert len(read) <= count + 2 * pool.AHEAD


def test_a_job_whose_worker_dies_once_is_graded_all_the_same(tmp_path):
    verdicts = grade("pass", f"die once {tmp_path / 'died'}", "pass", "fail")
    assert [verdicts[number]["status"] for number in range(4)] == ["pass", "fail", "pass", "fail"]
    assert (tmp_path / "died").exists()


def test_a_job_that_kills_two_workers_gets_a_verdict_that_says_how_and_the_others_theirs():
    verdicts = grade(*["pass"] * 5, "die", *["pass"] * 5, "crash", "pass", workers=2)
    assert [number for number, verdict in verdicts.items() if verdict["status"] == "error"] == sorted([5, 11])
    assert "tried twice" in verdicts[5]["error"]
    assert "ended by SIGKILL" in verdicts[5]["error"]
    assert "out of memory" in verdicts[11]["error"]
    assert len(verdicts) == 13


def test_a_worker_that_hangs_is_ended_after_a_while(monkeypatch):
    monkeypatch.setattr(pool, "STUCK_SECONDS", 1.0)
    monkeypatch.setattr(pool, "LOOK_SECONDS", 0.05)
    verdicts = grade("sleep", "pass", workers=1)
    assert (verdicts[0]["status"], verdicts[1]["status"]) == ("error", "pass")


def test_a_machine_that_is_not_fit_ends_the_run_with_the_workers_words():
    with pytest.raises(BatchError, match="no walls here") as raised, LocalPool(settings("unfit"), 2) as made:
        list(made.run(jobs("pass")))
    assert raised.value.hint == "Build some."


def test_workers_that_never_start_end_the_run():
    with pytest.raises(BatchError, match="do not start: no torch"), LocalPool(settings("stillborn"), 1) as made:
        list(made.run(jobs("pass")))


def test_leaving_in_the_midst_of_it_leaves_no_process_and_no_folder_behind():
    with pytest.raises(KeyboardInterrupt), LocalPool(settings(), 2) as made:
        workers = list(made._workers)
        for _ in made.run(jobs("pass", "pass", "pass", *["fail"] * 50)):
            raise KeyboardInterrupt
    assert not any(alive(worker.process.pid) for worker in workers)
    assert not any(os.path.exists(worker._folder.name) for worker in workers)


def test_a_worker_ends_with_the_one_who_started_it(tmp_path):
    """The classroom is killed -9: its workers notice, and go."""
    script = f"""
import os, signal, sys
from chapter10.classroom.batch import process
from chapter10.classroom.batch.jobs import Settings
process.COMMAND = {process.COMMAND!r}
worker = process.WorkerProcess(Settings((), "engine", 1))
worker.receive()
print(worker.process.pid, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    pid = int(done.stdout)
    for _ in range(200):
        if not alive(pid):
            break
        time.sleep(0.05)
    assert not alive(pid)
