"""A run that is killed -9 at any moment loses nothing that it has told, and what is committed is not graded again."""

import json
import subprocess
import sys
from pathlib import Path

KILLS = 100


def test_a_hundred_kills(tmp_path):
    script = Path(__file__).with_name("killed_runs.py")
    done = subprocess.run([sys.executable, script, tmp_path, str(KILLS)], capture_output=True, text=True, timeout=280)
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert document["kills"] >= KILLS
    for graded_class in document["classes"]:
        assert graded_class["runs"] == [[0, 1]] * 20  # every file has its verdict, and one of the regrading: no more, no less
        for lines in graded_class["phases"]:
            committed = set()
            for what, identity in lines:
                assert identity not in committed, "graded again, though it was committed"
                if what == "c":
                    committed.add(identity)
