"""`chapter10 watch` on a real pseudo-terminal, and without one. Waits are for words on the screen, never for a time."""

import fcntl
import json
import os
import pty
import re
import select
import shutil
import signal
import struct
import subprocess
import sys
import termios
import time

import pytest

COMMAND = [sys.executable, "-m", "chapter10.cli.main"]
PATIENCE = 90  # seconds: not a claim about speed, only the end of hope
HANGS = "def attention(*arguments):\n    while True:\n        pass\n"


class Terminal:
    """A process on a terminal of its own. `see` waits until words are on it, counting from the last that were seen."""

    def __init__(self, folder, *arguments, size=(40, 100), env=None):
        self.master, self.slave = pty.openpty()
        self.resize(*size)
        self.before = termios.tcgetattr(self.slave)
        self.text = ""
        self.at = 0

        def own_terminal():
            os.setsid()
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)

        settings = {key: value for key, value in os.environ.items() if key not in ("COLUMNS", "LINES")}
        self.process = subprocess.Popen(
            [*COMMAND, *map(str, arguments)],
            cwd=folder,
            stdin=self.slave,
            stdout=self.slave,
            stderr=self.slave,
            preexec_fn=own_terminal,
            env={**settings, "TERM": "xterm-256color", "NO_COLOR": "1", **(env or {})},
        )

    def resize(self, rows, columns):
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def press(self, keys):
        os.write(self.master, keys.encode())

    def see(self, *words):
        """Wait until all `words` came, in this order, with any white space between them."""
        for word in words:
            pattern = re.compile(r"\s+".join(map(re.escape, word.split())))
            deadline = time.monotonic() + PATIENCE
            while not (found := pattern.search(self.text, self.at)):
                if time.monotonic() > deadline or not self._more():
                    pytest.fail(f"{word!r} never came after:\n{self.text[self.at :][-3000:]}")
            self.at = found.end()

    def _more(self):
        """Read what has come; False when the process is gone and silent."""
        ready, _, _ = select.select([self.master], [], [], 0.2)
        if ready:
            self.text += os.read(self.master, 65536).decode(errors="replace")
            return True
        return self.process.poll() is None

    def end(self):
        """Wait for the process and return its exit code; the terminal must be as it was."""
        deadline = time.monotonic() + PATIENCE
        while self.process.poll() is None and time.monotonic() < deadline:
            self._more()
        while select.select([self.master], [], [], 0)[0]:
            self.text += os.read(self.master, 65536).decode(errors="replace")
        assert termios.tcgetattr(self.slave) == self.before
        return self.process.poll()

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self.master)
        os.close(self.slave)


@pytest.fixture
def terminal(workspace):
    opened = []

    def start(*arguments, **options):
        opened.append(Terminal(workspace, *arguments, **options))
        return opened[-1]

    yield start
    for entry in opened:
        entry.close()


def test_a_learners_session(terminal, workspace, attention, misconceptions):
    path, solution = workspace / "attention.py", attention.solution.read_text()
    watch = terminal("watch", "attention", "--fast")
    watch.see("attention is not written yet", "h hint")

    path.write_text((misconceptions / "no_scaling.py").read_text())
    watch.see("not divided by", "11.96", "[11.19]", "Checked at")

    path.write_text("import torch\ndef attention(query, key")  # half written, and left so
    watch.see("line 2: Python cannot read this", "Checked at")

    path.write_text("import torch\nimport torchh\n")
    watch.see("No module named 'torchh'", "Checked at")

    path.rename(workspace / "elsewhere.py")
    watch.see("There is no file", "Checked at")

    part = workspace / "attention.py.tmp"  # as editors save: another file, then a rename
    part.write_text(solution)
    part.replace(path)
    watch.see("All tests that ran here have passed", "Checked at")

    path.write_text(HANGS)  # the next save calls it off
    watch.see("Checking attention.py")
    path.write_text(solution + "\n")
    watch.see("All tests that ran here have passed", "Checked at")
    assert "gave no answer" not in watch.text

    watch.press("?")
    watch.see("reset: put the stub back", "Enter: back")
    watch.press("l")
    watch.see("what it is", "conv2d", "Enter: back")
    watch.press("\r")
    watch.see("All tests that ran here have passed", "h hint")
    watch.press("h")
    watch.see("Hint 1 of", "h hint")
    watch.press("h")
    watch.see("Hint 2 of", "h hint")

    watch.resize(24, 40)
    watch.see("Keys: h n l r q")
    watch.resize(40, 100)
    watch.see("h hint · n next")

    watch.press("r")
    watch.see("Put the stub back in place of your attention.py?")
    watch.press("x")
    watch.see("Nothing was changed")
    assert path.read_text() == solution + "\n"
    watch.press("r")
    watch.see("Put the stub back")
    watch.press("y")
    watch.see("attention is not written yet", "attention.py is the stub again", ".chapter10/backups/attention-")
    assert path.read_text() == attention.stub.read_text()

    watch.press("n")
    watch.see("masking", "not written yet")
    (workspace / "conv2d.py").write_text("x = 1\n")  # saving another exercise turns to it
    watch.see("conv2d", "conv2d.py has no `", "Checked at")
    watch.press("q")
    assert watch.end() == 0
    assert "Traceback" not in watch.text


def test_a_passed_exercise_leads_to_the_next(terminal, workspace, attention):
    (workspace / ".chapter10" / "progress.json").write_text(
        json.dumps({"exercises": {name: {"passed": True} for name in ("conv2d", "simple_cnn")}})
    )
    watch = terminal("watch")
    watch.see("attention is not written yet", "h hint")  # by itself: the first that is required and not passed
    (workspace / "attention.py").write_text(attention.solution.read_text())
    watch.see("All tests that ran here have passed", "Next: masking", "Checked at")
    watch.press("n")
    watch.see("masking", "not written yet")
    watch.press("q")
    assert watch.end() == 0


@pytest.mark.parametrize(
    ("way", "code"),
    [
        ("ctrl-c", 130),
        ("SIGTERM", 128 + signal.SIGTERM),
        ("early SIGHUP", 128 + signal.SIGHUP),
        ("folder gone", 2),
        ("early q", 0),
    ],
)
def test_every_way_out_leaves_the_terminal_as_it_was(terminal, workspace, way, code):
    watch = terminal("watch", "attention", "--fast")
    watch.see("Warming up")
    if not way.startswith("early"):
        watch.see("h hint")
    if way == "early q":
        watch.press("q")
    elif way == "ctrl-c":
        watch.press("\x03")
    elif "SIG" in way:
        watch.process.send_signal(getattr(signal, way.removeprefix("early ")))
    elif way == "folder gone":
        shutil.rmtree(workspace)
    assert watch.end() == code
    assert "Traceback" not in watch.text


def test_without_a_terminal_it_prints_verdicts(workspace, attention):
    path = workspace / "attention.py"
    options = {
        "cwd": workspace,
        "stdin": subprocess.DEVNULL,
        "stdout": subprocess.PIPE,
        "stderr": subprocess.STDOUT,
        "text": True,
    }
    process = subprocess.Popen([*COMMAND, "check", "attention", "--watch", "--fast"], **options)
    lines = iter(process.stdout.readline, "")
    assert any("attention is not written yet" in line for line in lines)
    assert any("Waiting for the next save" in line for line in lines)
    path.write_text(attention.solution.read_text())
    assert any("All tests that ran here have passed" in line for line in lines)
    process.terminate()
    rest = process.communicate(timeout=PATIENCE)[0]
    assert process.returncode == 128 + signal.SIGTERM
    assert "\x1b" not in rest


def test_json_is_one_verdict_a_line(workspace, attention):
    path = workspace / "attention.py"
    command = [*COMMAND, "check", "attention", "--file", path, "--watch", "--fast", "--json"]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    assert json.loads(process.stdout.readline())["status"] == "fail"
    path.write_text(attention.solution.read_text())
    assert json.loads(process.stdout.readline())["status"] == "pass"
    process.terminate()
    assert process.wait(timeout=PATIENCE) == 128 + signal.SIGTERM
