"""The `chapter10` command. Commands are imported when they are called: `--help` never waits for torch."""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
from typing import Any

import click
from click.shell_completion import CompletionItem

from chapter10 import __version__
from chapter10.errors import Chapter10Error

SECTIONS = {
    "For learners": {
        "start": ("learner", "Make a workspace with the exercises to fill in."),
        "list": ("learner", "Show the exercises, and how far you are."),
        "watch": ("watch", "Check on every save, and go from one exercise to the next."),
        "check": ("check", "Grade your answer to an exercise."),
        "hint": ("learner", "Show a hint: one step further each time, never the solution."),
        "progress": ("learner", "Show points by layer, and the time that is left."),
        "reset": ("learner", "Put a stub back; your version is kept."),
        "solution": ("learner", "Show the reference solution of what you have passed."),
        "submit": ("submit", "Make one zip to hand in."),
        "lab": ("lab", "Experiment with your own code: measure, draw, understand."),
    },
    "For instructors": {
        "grade": ("grade", "Grade a whole class into a gradebook."),
        "grades": ("gradebook", "Show the grades of a class, or of one student with their history."),
        "override": ("gradebook", "Put your own points in place of a verdict's."),
        "report": ("report", "Write a class's results as pages: for you, and for each student."),
        "export": ("export", "Write grades for Canvas, Moodle, Gradescope, GitHub, spreadsheets and programs."),
        "similar": ("similar", "Show which submissions of a class are strikingly alike."),
        "nbgrader": ("nbgrader", "Keep nbgrader, and get chapter10's verdicts."),
    },
    "For everybody": {
        "doctor": ("doctor", "Show what this machine gives: versions, walls, files."),
        "completion": ("completion", "Print the script that completes commands in your shell."),
        "data": ("data", "Fetch the full data sets: MNIST, IMDB."),
    },
    "For authors": {
        "audit": ("author", "Prove the grader suites."),
        "new": ("author", "Lay out the files of a new exercise."),
        "record": ("author", "Write the recordings that grading without solutions needs."),
    },
}
COMMANDS = {name: command for section in SECTIONS.values() for name, command in section.items()}


class LazyGroup(click.Group):
    """A group that imports a command's module when the command is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order in which a newcomer needs them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return a command."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"chapter10.cli.{COMMANDS[cmd_name][0]}")
        return getattr(module, f"{cmd_name}_command")

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the lists of commands without importing any of them."""
        widest = max(map(len, COMMANDS))
        for title, commands in SECTIONS.items():
            with formatter.section(title):
                formatter.write_dl([(name.ljust(widest), text) for name, (_, text) in commands.items()])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Complete the name of a command without importing any of them."""
        named = [CompletionItem(name, help=text) for name, (_, text) in COMMANDS.items() if name.startswith(incomplete)]
        return named + click.Command.shell_complete(self, ctx, incomplete)

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """Find the command; an unknown one suggests the nearest."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            import difflib

            close = difflib.get_close_matches(args[0], COMMANDS, n=1)
            if not close:
                raise
            raise click.UsageError(f"{error.message} Did you mean `{close[0]}`?", ctx) from None


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="chapter10")
def cli() -> None:
    """Exercises on convolution, recurrence, attention and the Transformer, graded on your machine.

    Start with `chapter10 start`, then write `attention.py` and run `chapter10 check attention`.
    """


def main(arguments: list[str] | None = None) -> None:
    """Run the command line. Exit codes: 0 all passed, 1 something failed, 2 usage or environment."""
    _make_printable()
    try:
        code = cli.main(arguments, prog_name="chapter10", standalone_mode=False)
        status = code if isinstance(code, int) else 0
    except click.exceptions.Exit as end:
        status = end.exit_code
    except click.ClickException as error:
        error.show()
        status = 2
    except Chapter10Error as error:
        click.echo(f"Error: {error.message}", err=True)
        if error.hint:
            click.echo(error.hint, err=True)
        status = 2
    except (KeyboardInterrupt, click.Abort):
        click.echo("\nStopped. Nothing is lost: your files and your progress are as they were.", err=True)
        status = 130
    except BrokenPipeError:  # `chapter10 list | head -1`: the reader has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 1
    except Exception as error:
        if os.environ.get("CHAPTER10_TRACEBACK"):
            raise
        click.echo(f"Error: chapter10 itself failed: {type(error).__name__}: {error}", err=True)
        click.echo("This is not your code's fault. With CHAPTER10_TRACEBACK=1 set, it shows where.", err=True)
        status = 2
    _leave(status)


# What a console without Unicode shows in place of our characters; anything else becomes a question mark.
_SPELLED = {
    "√": "sqrt", "ᵀ": "^T", "·": "*", "×": "x", "≠": "!=", "≤": "<=", "≥": ">=", "−": "-", "–": "-", "—": "-", "…": "...",
    "“": '"', "”": '"', "’": "'", "‘": "'", "✔": "ok", "✘": "XX", "→": "->", "∞": "inf", "²": "^2", "⁻": "^-", "ε": "eps",
    "│": "|", "─": "-", "━": "-", "╸": "-", "╺": "-", "█": "#", "░": ".",
}  # fmt: skip


def _make_printable() -> None:
    """Let a stream that cannot encode a character spell it instead of ending the command: Windows consoles, C locales."""
    import codecs

    def spell(error: UnicodeError) -> tuple[str, int]:
        if not isinstance(error, UnicodeEncodeError):
            raise error
        return "".join(_SPELLED.get(mark, "?") for mark in error.object[error.start : error.end]), error.end

    codecs.register_error("chapter10", spell)
    for stream in (sys.stdout, sys.stderr):
        encoding = (getattr(stream, "encoding", None) or "").lower()
        if encoding and not encoding.startswith("utf") and hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="chapter10")


def _leave(status: int) -> None:
    """End at once where torch is loaded: taking it down in order costs a tenth of a second that nobody needs."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    if "torch" in sys.modules:
        os._exit(status)
    sys.exit(status)


if __name__ == "__main__":
    main()
