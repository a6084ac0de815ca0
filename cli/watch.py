"""`chapter10 watch`: a verdict on every save, from an engine that stays warm.

Three threads: this one grades and draws; one tells which files were saved, one which keys were pressed. Both of those only put
events into a queue, and call off a grading that nobody waits for any more.
"""

from __future__ import annotations

import _thread
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

import click

from chapter10.cli.completion import complete_exercise
from chapter10.cli.keys import Keys, Terminated, ending_in_order
from chapter10.cli.limits import Bounds, limit_option
from chapter10.course import Course, Exercise, load_course
from chapter10.errors import Chapter10Error, WorkspaceError
from chapter10.learner import plan
from chapter10.learner.answers import Answer
from chapter10.learner.workspace import Workspace

if TYPE_CHECKING:
    from chapter10.grading.results import TestResult, Verdict
    from chapter10.grading.session import Grader
    from chapter10.learner.watching import Checker
    from chapter10.sandbox.engine import Engine

KEYS = {
    "h": "hint: one step further each time",
    "n": "next: go to the next exercise that is not passed",
    "l": "list: all exercises, and how far you are",
    "c": "check once more",
    "r": "reset: put the stub back (asks first; your version is kept)",
    "q": "quit",
    "?": "these keys",
}
FOOTER = "h hint · n next · l list · r reset · q quit · ? keys"
SETTLE = (0.03, 0.05, 0.08)  # seconds between looks at a file that seems to be half written, or in the middle of a rename


@click.command("watch")
@click.argument("exercise", required=False, shell_complete=complete_exercise)
@click.option("--fast", is_flag=True, help="Leave out the tests that train a model.")
@click.option("-v", "--verbose", is_flag=True, help="Also show what was printed, skipped tests, walls and times.")
@click.option("--json", "as_json", is_flag=True, help="Print each verdict as one line of JSON, and nothing else.")
@limit_option
def watch_command(exercise: str | None, fast: bool, verbose: bool, as_json: bool, bounds: Bounds) -> int:
    """Check on every save, beginning with EXERCISE or with the next one to do.

    Save another exercise's file, and the watch turns to that one. Without a terminal it prints one verdict after the other and
    reads no keys.
    """
    return run(exercise, None, {"fast": fast, "verbose": verbose, "json": as_json, "bounds": bounds})


def run(name: str | None, path: Path | None, options: dict[str, Any]) -> int:
    """Watch until told to stop; return the exit code. `options`: bounds, fast, verbose, json; seed, recorded, isolation."""
    course = load_course()
    workspace = None if path else Workspace.require()
    chosen = course[name] if name else None
    if chosen is None:
        following = plan.following(plan.rows_of(course, workspace))
        chosen = course[following] if following else course.exercises[0]
    watch = Watch(course, workspace, chosen, path, options)
    try:
        with ending_in_order(), Keys(watch.pressed, watch.resized):
            watch.warm_up()
            return watch.session()
    except Terminated as end:
        return 128 + end.number
    except KeyboardInterrupt:
        if watch.quitting:
            return 0
        raise
    finally:
        watch.leave()


class Watch:
    """What is watched and shown."""

    def __init__(
        self, course: Course, workspace: Workspace | None, chosen: Exercise, path: Path | None, options: dict[str, Any]
    ) -> None:
        from chapter10.cli.render import is_plain, make_console

        self.course = course
        self.workspace = workspace
        self.shown = chosen
        self.path = path
        self.options = options
        self.quitting = False
        self._events: SimpleQueue[tuple[str, Any]] = SimpleQueue()
        self._checker: Checker | None = None
        self._console = make_console()
        # A screen is cleared and drawn anew; anything else gets one verdict after the other.
        self._screen = not options.get("json") and Keys.possible() and self._console.is_terminal and not is_plain()
        self._keys = Keys.possible() and not options.get("json")
        self._used = False
        self._view: Callable[[], None] = lambda: None
        self._verdict: Verdict | None = None
        self._note = ""
        self._asking = False
        self._checked: dict[str, str] = {}  # exercise → the text of the last verdict
        self._training_since = 0.0

    # What the other threads call ---------------------------------------------------------------------------------------

    def pressed(self, key: str) -> None:
        """Take a key. `q` and `n` do not wait for a grading to end."""
        if not self._keys:
            return
        if key in "qQ\x04":
            self.quitting = True
            if self._checker is None:
                _thread.interrupt_main()  # still warming up
        self._events.put(("key", key))
        if key in "qQ\x04nN" and self._checker is not None:
            self._checker.call_off()

    def saved(self, names: set[str]) -> None:
        """Take the names of files that have changed; a grading of what is no longer in the file is called off."""
        self._events.put(("files", names))
        if self._checker is not None:
            self._checker.call_off(unless=_is_current)

    def resized(self) -> None:
        """Draw again, in the new size."""
        self._events.put(("draw", None))

    # The session -------------------------------------------------------------------------------------------------------

    def warm_up(self) -> None:
        """Say that something is going on: importing torch takes seconds."""
        if not self.options.get("json"):
            self._status(f"Warming up, then checking {self._file(self.shown).name} …")

    def session(self) -> int:
        """Open one grading session, and stay in it."""
        from chapter10.sandbox.engine import Engine

        bounds = self.options["bounds"]
        with Engine(limits=bounds.limits) as engine:
            from chapter10.grading.session import open_session

            suites = [self.shown] if self.path else [entry for entry in self.course.exercises if entry.suite.is_file()]

            def body(grader: Grader) -> int:
                grader.require(self.options.get("isolation") or "process")
                return self._loop(grader, engine)

            seed, recorded = self.options.get("seed"), bool(self.options.get("recorded"))
            deadlines = bounds.deadlines
            return open_session(suites, body, engine=engine, seed=seed, recorded=recorded, deadlines=deadlines)

    def _loop(self, grader: Grader, engine: Engine) -> int:
        from chapter10.learner.watching import Checker, SavedFiles

        self._checker = Checker(grader, engine)
        folder = self.path.resolve().parent if self.path else self._root()
        names = (
            [self.path.name]
            if self.path
            else [f"{entry.id}{end}" for entry in self.course.exercises for end in (".py", ".ipynb")]
        )
        files = SavedFiles(folder, names, self.saved, lambda why: self._events.put(("lost", why)))
        files.start()
        try:
            self._check(self.shown)
            while not self.quitting:
                kind, what = self._events.get()
                if kind == "lost":
                    raise WorkspaceError(what, "Go to where your files are and start `chapter10 watch` again.")
                if kind == "draw":
                    self._view()
                elif kind == "files":
                    self._files_saved(what)
                else:
                    self._key(what)
            return 0
        finally:
            files.stop()

    def leave(self) -> None:
        """Leave the cursor on a line of its own."""
        if self._used:
            sys.stdout.write("\n")
            sys.stdout.flush()

    # Files -------------------------------------------------------------------------------------------------------------

    def _files_saved(self, names: set[str]) -> None:
        """Check the exercise in view if it was saved, otherwise the one that was; many at once (a checkout) turn nothing."""
        saved = [entry for entry in self.course.exercises if {entry.filename, f"{entry.id}.ipynb"} & names]
        if self.path or self.shown in saved:
            self._check(self.shown, again=False)
        elif len(saved) == 1:
            self._check(saved[0], again=False)

    def _check(self, exercise: Exercise, again: bool = True, note: str = "") -> None:
        """Grade the file of `exercise` and show what came of it; `again` also where its text is the same as last time."""
        from chapter10.grading.results import Verdict

        answer = self._read(exercise)
        if isinstance(answer, Answer) and not again and self._checked.get(exercise.id) == answer.text:
            return
        if isinstance(answer, Chapter10Error):
            self._checked.pop(exercise.id, None)
            verdict = Verdict(exercise.id, error=f"{answer.message} {answer.hint}".strip())
        else:
            self._status(f"Checking {answer.filename} …")
            graded = self._grade(exercise, answer)
            if graded is None:
                return  # called off: the event that says why is in the queue
            verdict = graded
            self._checked[exercise.id] = answer.text
        self.shown, self._verdict, self._note, self._asking = exercise, verdict, note, False
        self._keep(exercise, verdict)
        self._show_verdict()

    def _grade(self, exercise: Exercise, answer: Answer) -> Verdict | None:
        from chapter10.grading.results import Verdict

        assert self._checker is not None
        verdict: Verdict | None = None
        for _ in range(2):  # a grader that failed, rather than the learner, gets a second chance
            try:
                verdict = self._checker.check(exercise, answer, bool(self.options.get("fast")), self._training)
            except Chapter10Error as error:
                verdict = Verdict(exercise.id, error=f"{error.message} {error.hint}".strip())
            if verdict is None or verdict.status != "error":
                break
        return verdict

    def _read(self, exercise: Exercise) -> Answer | Chapter10Error:
        """Read a file; one that is missing, empty or not Python gets a moment: an editor may be in the middle of saving it."""
        found: Answer | Chapter10Error = WorkspaceError("Nothing was read.")
        for pause in (*SETTLE, 0.0):
            try:
                found = Answer.read(self._file(exercise))
            except Chapter10Error as error:
                found = error
            except OSError as error:  # it vanished between two looks
                found = WorkspaceError(f"{exercise.filename} cannot be read: {error.strerror}.")
            if isinstance(found, Answer) and found.finished:
                break
            time.sleep(pause)
        return found

    def _keep(self, exercise: Exercise, verdict: Verdict) -> None:
        if self.workspace is None or self.options.get("fast"):
            return
        try:
            plan.remember(self.workspace, exercise, verdict)
        except WorkspaceError as error:
            self._note = f"{error.message} {error.hint}"

    def _file(self, exercise: Exercise) -> Path:
        return self.path or (self.workspace.file(exercise) if self.workspace else Path(exercise.filename))

    def _root(self) -> Path:
        assert self.workspace is not None
        return self.workspace.root

    # Keys --------------------------------------------------------------------------------------------------------------

    def _key(self, key: str) -> None:
        if self._asking:
            self._asking = False
            if key in "yY":
                self._reset()
            else:
                self._say("Nothing was changed.")
            return
        actions = {
            "h": self._hint,
            "n": self._next,
            "l": self._list,
            "c": lambda: self._check(self.shown),
            "r": self._ask_reset,
            "?": self._explain_keys,
        }
        action = actions.get(key.lower())
        if action is not None:
            action()
        elif self._screen and key in "\r\n \x1b":
            self._show_verdict()

    def _hint(self) -> None:
        exercise = self._upcoming() or self.shown
        try:
            hint, number = plan.next_hint(exercise, self.workspace)
        except WorkspaceError as error:
            self._say(error.message)
            return
        self._say(f"Hint {number} of {len(exercise.hints)} for {exercise.id}: {hint}")

    def _next(self) -> None:
        if self.workspace is None:
            self._say("Only this file is watched: `chapter10 watch` in a workspace has a next one.")
            return
        rows = plan.rows_of(self.course, self.workspace)
        following = plan.following(rows, None if self._passed() else self.shown.id)
        if following is None or following == self.shown.id:
            self._say(
                "Every exercise is passed. `chapter10 submit` makes the zip to hand in."
                if not following
                else "There is no other."
            )
            return
        self._check(self.course[following])

    def _list(self) -> None:
        from chapter10.cli.render import print_list

        rows = plan.rows_of(self.course, self.workspace)

        def view() -> None:
            self._draw(
                lambda: print_list(self._console, self.course.title, rows, plan.following(rows)), "Any save, or Enter: back"
            )

        self._view = view
        view()

    def _ask_reset(self) -> None:
        if self.workspace is None:
            self._say("Only the exercises of a workspace can be reset.")
            return
        self._asking = True
        self._say(
            f"Put the stub back in place of your {self._file(self.shown).name}? A copy of it is kept. y = yes, any other = no"
        )

    def _reset(self) -> None:
        from chapter10.cli.learner import reset

        assert self.workspace is not None
        try:
            backup = reset(self.workspace, self.shown)
        except Chapter10Error as error:
            self._say(f"{error.message} {error.hint}")
            return
        kept = f" Your version is in {backup.relative_to(self.workspace.root)}." if backup else ""
        self._check(self.shown, note=f"{self._file(self.shown).name} is the stub again.{kept}")

    def _explain_keys(self) -> None:
        def view() -> None:
            self._draw(
                lambda: [self._console.print(f"  {key}  {text}", markup=False) for key, text in KEYS.items()], "Enter: back"
            )

        self._view = view
        view()

    # The screen --------------------------------------------------------------------------------------------------------

    def _passed(self) -> bool:
        return self._verdict is not None and self._verdict.status == "pass"

    def _upcoming(self) -> Exercise | None:
        """Return the exercise that comes next, when the one in view is passed."""
        if self.workspace is None or not self._passed():
            return None
        following = plan.following(plan.rows_of(self.course, self.workspace))
        return self.course[following] if following and following != self.shown.id else None

    def _show_verdict(self) -> None:
        from chapter10.cli.render import print_verdict

        exercise, verdict = self.shown, self._verdict
        if verdict is None:
            return
        if self.options.get("json"):
            click.echo(json.dumps(verdict.as_dict()))
            return
        upcoming = self._upcoming()
        stamp = time.strftime("%H:%M:%S")
        note, self._note = self._note, ""

        def view() -> None:
            def content() -> None:
                print_verdict(self._console, exercise, verdict, bool(self.options.get("verbose")))
                if upcoming is not None:
                    name = self._file(upcoming).name
                    self._console.print(
                        f"Next: {upcoming.id}, {upcoming.title}. Open and save {name}, or press n.", markup=False
                    )
                elif self._passed() and self.workspace is not None and not self.options.get("fast"):
                    self._console.print("Every exercise is passed. `chapter10 submit` makes the zip to hand in.", markup=False)
                if note:
                    self._console.print(f"\n{note}", markup=False)

            self._draw(content, f"Checked at {stamp}. Waiting for the next save.")

        self._view = view
        view()

    def _say(self, words: str) -> None:
        """Add a few words below the verdict."""
        if self._screen:
            self._note = words
            self._show_verdict()
        else:
            self._console.print(words, markup=False)

    def _draw(self, content: Callable[[], Any], state: str) -> None:
        """Put `content` on the screen, or below what was printed before."""
        if not self._screen:
            content()
            self._console.print(f"[{state}]\n", markup=False)
            sys.stdout.flush()
            return
        with self._console.capture() as captured:
            content()
        height, width = self._console.height, self._console.width
        lines = _cropped(captured.get().rstrip("\n").split("\n"), height - 3, f"`chapter10 check {self.shown.id}` shows all")
        footer = FOOTER if width > len(FOOTER) else "Keys: h n l r q, and ? explains"
        self._clear()
        sys.stdout.write("\n".join([*lines, "", state[: width - 1], footer[: width - 1]]))
        sys.stdout.flush()

    def _clear(self) -> None:
        if not self._used:  # what was on the screen moves up into the terminal's memory
            sys.stdout.write("\n" * self._console.height)
            self._used = True
        sys.stdout.write("\x1b[H\x1b[2J")

    def _status(self, words: str) -> None:
        """Replace the last line of the screen; elsewhere nothing, for a verdict follows."""
        if self._screen:
            sys.stdout.write(f"\r\x1b[K{words[: self._console.width - 1]}")
            sys.stdout.flush()

    def _training(self, test: TestResult, share: float) -> None:
        """Show how far a training is."""
        from chapter10.cli.render import bar

        if share == 0.0:
            self._training_since = time.monotonic()
            if not self._screen and not self.options.get("json"):
                self._console.print(f"All other tests pass. Training: {test.title}", markup=False)
        if not self._screen:
            return
        passed = time.monotonic() - self._training_since
        left = f", about {passed / share - passed:.0f} s left" if share > 0.05 else ""
        room = 20 if self._console.width >= 60 else 8
        self._status(f"Others pass. Training {bar(self._console, share, room)} {share:.0%}{left}")


def _is_current(answer: Answer) -> bool:
    """Say whether the file still holds what is being graded."""
    try:
        return Answer.read(answer.path).text == answer.text
    except (Chapter10Error, OSError):
        return False


def _cropped(lines: list[str], room: int, where: str) -> list[str]:
    """Return as many lines as there is room for: the beginning, and the last paragraph, which sums up."""
    room = max(room, 6)
    if len(lines) <= room:
        return lines
    blank = max((at for at, line in enumerate(lines) if not line.strip()), default=len(lines) - 2)
    end = lines[max(blank + 1, len(lines) - 4) :]
    kept = room - len(end) - 2
    return [*lines[:kept], f"… {len(lines) - kept - len(end)} more lines", f"({where})", *end]
