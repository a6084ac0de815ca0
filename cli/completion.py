"""`chapter10 completion`: a shell completes commands, options and exercises. Nothing here may be slow to import."""

from __future__ import annotations

import click
from click.shell_completion import CompletionItem, get_completion_class

from chapter10.errors import Chapter10Error

_INSTALL = {
    "bash": '# Put this line into ~/.bashrc:  eval "$(chapter10 completion bash)"',
    "zsh": '# Put this line into ~/.zshrc, after compinit:  eval "$(chapter10 completion zsh)"',
    "fish": "# Once:  chapter10 completion fish > ~/.config/fish/completions/chapter10.fish",
}


def complete_exercise(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Return the exercises whose names begin with what has been typed."""
    from chapter10.course import load_course

    try:
        exercises = load_course().exercises
    except Chapter10Error:
        return []
    typed = incomplete.lower().replace("-", "_")
    return [CompletionItem(exercise.id, help=exercise.title) for exercise in exercises if exercise.id.startswith(typed)]


@click.command("completion")
@click.argument("shell", type=click.Choice(list(_INSTALL)))
def completion_command(shell: str) -> int:
    """Print the completion script for SHELL; its first line says where to put it."""
    from chapter10.cli.main import cli

    made = get_completion_class(shell)
    assert made is not None, "click knows the three"
    click.echo(_INSTALL[shell])
    click.echo(made(cli, {}, "chapter10", "_CHAPTER10_COMPLETE").source())
    return 0
