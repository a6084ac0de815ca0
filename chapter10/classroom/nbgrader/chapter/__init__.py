"""What the chapter says about each exercise, in short, and a figure to go with it. NAME.md begins with the figure's caption."""

from __future__ import annotations

from pathlib import Path


def explanation(exercise: str) -> str:
    """Return the words as Markdown with formulas; empty for an exercise that has none."""
    return _read(exercise)[1]


def caption(exercise: str) -> str:
    """Return what the figure shows, in words."""
    return _read(exercise)[0]


def figure(exercise: str) -> bytes | None:
    """Return the figure as a PNG; None for an exercise that has none."""
    from chapter10.classroom.nbgrader.chapter import figures

    return figures.render(exercise)


def _read(exercise: str) -> tuple[str, str]:
    path = Path(__file__).with_name(f"{exercise}.md")
    if not path.is_file():
        return "", ""
    first, _, rest = path.read_text(encoding="utf-8").partition("\n")
    return first, rest.strip()
