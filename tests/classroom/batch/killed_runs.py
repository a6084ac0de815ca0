"""Grade a class in a process that is killed -9 at a random moment, again and again until `KILLS` have landed.

The store and the batch are the real ones; what grades is a stand-in, so that a run takes a fraction of a second. A run writes
one line to a pipe as it sends a submission to be graded (`g ID`), and one after its verdict is committed (`c ID`).
Prints one JSON document; `test_kills.py` judges it.
"""

import contextlib
import json
import os
import random
import signal
import sqlite3
import sys
import time
from pathlib import Path

import alembic.command  # noqa: F401  # once, not in every process that is killed
from fake_worker import document

from chapter10.classroom.batch.batch import Batch, Options
from chapter10.classroom.batch.jobs import Graded
from chapter10.classroom.batch.keys import engine_key
from chapter10.classroom.found import Found, Intake, Person
from chapter10.classroom.gradebook.store import Gradebook
from chapter10.course import load_course

COURSE = load_course()
FILES_EACH = 20
FILES = [
    Found(Person(f"s{number:02}"), "attention", "attention.py", f"s{number:02}/attention.py", b"x = %d" % number)
    for number in range(FILES_EACH)
]


engine_key()  # cached: the sources may be edited while this runs


class Told(Batch):
    """A batch that tells what it does, and whose verdicts come from nowhere."""

    def _verdicts(self):
        for job in self._jobs():
            os.write(PIPE, b"g %d\n" % job.id)
            yield Graded(job.id, document("attention", "pass", 20.0), 20.0)

    def _commit(self, graded):
        super()._commit(graded)
        os.write(PIPE, b"c %d\n" % graded.id)


def run(path, regrade):
    """What a run does from its beginning to its end."""
    with Gradebook.open(path, create=True) as gradebook:
        arrivals = gradebook.add(Intake("folders", FILES))
        Told(gradebook, arrivals.submissions, [COURSE["attention"]], Options(regrade=regrade)).grade()


def run_and_kill(path, regrade, chance):
    """Run in a process of its own and kill it; return what it told, and whether the kill came before its end.

    The moment is chance, counted from one of its lines or from its start: on a busy machine too, each run gets somewhere.
    """
    global PIPE
    told, PIPE = os.pipe()
    process = os.fork()
    if process == 0:
        with contextlib.suppress(BaseException):
            run(path, regrade)
            os._exit(0)
        os._exit(1)
    os.close(PIPE)
    lines, patience = b"", chance.randrange(12)
    while lines.count(b"\n") < patience and (more := os.read(told, 65536)):
        lines += more
    time.sleep(chance.uniform(0, 0.005 if patience else 0.1))
    os.kill(process, signal.SIGKILL)
    _, status = os.waitpid(process, 0)
    while more := os.read(told, 65536):
        lines += more
    os.close(told)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0, "a run failed by itself"
    return lines.decode().split("\n"), os.WIFSIGNALED(status)


def is_regraded(path):
    """Say whether a regrading has come to its end."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        return connection.execute("SELECT count(*) FROM runs WHERE number > 0 AND finished_at IS NOT NULL").fetchone()[0] > 0


def main(folder, kills):
    """Grade class after class; each is regraded once it is whole."""
    chance, landed, classes = random.Random(10), 0, []
    while landed < kills:
        path = Path(folder) / f"class{len(classes)}.db"
        phases = []
        for regrade in (False, True):
            lines, killed = [], True
            while killed:
                more, killed = run_and_kill(path, regrade, chance)
                lines += more
                landed += killed
                killed = killed and not (regrade and is_regraded(path))  # it may have died of old age, after its last commit
            phases.append([line.split() for line in lines if line.endswith(tuple("0123456789"))])
        with Gradebook.open(path) as gradebook:
            cells = gradebook.view(COURSE).column("attention")
            runs = [[row.run for row in cell.history] for cell in cells]
        classes.append({"phases": phases, "runs": runs})
    print(json.dumps({"kills": landed, "classes": classes}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
