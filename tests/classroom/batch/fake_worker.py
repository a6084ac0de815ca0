"""A grading process that grades nothing: it says of each file what the file says itself, and dies where it says so.

It speaks as `chapter10/classroom/batch/worker.py` does, and starts in a fraction of the time.
"""

import os
import signal
import sys
import time
from multiprocessing.connection import Connection

from chapter10.classroom.batch.jobs import Graded, Ready, Unfit


def document(exercise, status, points, error=None):
    """Return a verdict's document."""
    return {
        "version": 1,
        "exercise": exercise,
        "status": status,
        "points": points,
        "max_points": 20.0,
        "error": error,
        "tests": [],
        "duration": 0.01,
        "environment": {"torch": "2.9", "seed": 1, "isolation": "full"},
    }


def main():
    """Answer jobs by what their files say: `pass`, `fail`, `sleep` (for ever), `die`, `die once PATH`, `crash`."""
    connection = Connection(int(sys.argv[1]))
    settings = connection.recv()
    if settings.isolation == "unfit":
        connection.send(Unfit("There are no walls here.", "Build some."))
        return
    if settings.isolation == "stillborn":
        sys.exit("no torch")
    connection.send(Ready("full"))
    try:
        while (job := connection.recv()) is not None:
            word, _, rest = job.data.decode().strip().partition(" ")
            if job.lost:
                connection.send(Graded(job.id, document(job.exercise, "error", 0.0, job.lost), 20.0))
                continue
            if word == "sleep":
                time.sleep(1000)
            if word == "crash":
                sys.exit("out of memory")
            if word == "die" and not (rest and os.path.exists(rest.removeprefix("once "))):
                if rest:
                    open(rest.removeprefix("once "), "w").close()
                os.kill(os.getpid(), signal.SIGKILL)
            connection.send(Graded(job.id, document(job.exercise, "pass" if word == "pass" else "fail", 20.0), 20.0))
    except EOFError:  # nobody is there any more
        pass


if __name__ == "__main__":
    main()
