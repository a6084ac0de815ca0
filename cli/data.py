"""`chapter10 data`: the full data sets, of which the package carries a part."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import click


@click.group("data")
def data_command() -> None:
    """Fetch the full data sets. Grading needs none of them: what it uses comes with the package."""


@data_command.command("fetch")
@click.argument("name", type=click.Choice(["mnist", "imdb"]))
@click.option("--from", "origin", metavar="URL-OR-PATH", help="Where the files are, instead of where they were published.")
@click.option(
    "--to", "target", type=click.Path(path_type=Path, file_okay=False), default="data", show_default=True, metavar="DIR"
)
@click.option(
    "--checksums",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A file of `checksum  name` lines that replace the published ones.",
)
def fetch_command(name: str, origin: str | None, target: Path, checksums: Path | None) -> int:
    """Fetch NAME into DIR. An interrupted download goes on where it stopped; every file is checked against its checksum.

    mnist: 70,000 digits, 12 MB, in the layout that torchvision reads. imdb: 50,000 film reviews, 84 MB packed, 200 MB unpacked.
    """
    from chapter10 import fetch

    sums = fetch.read_sums(checksums) if checksums else None
    work: Callable[..., Path] = fetch.fetch_mnist if name == "mnist" else fetch.fetch_imdb
    show = _Show()
    try:
        folder = work(target, origin, sums, show)
    finally:
        show.end()
    click.echo(f"{name} is in {folder}.")
    return 0


class _Show:
    """One line on a terminal's stderr that says how far a download is; nothing elsewhere."""

    def __init__(self) -> None:
        self._stream = sys.stderr
        self._visible = self._stream.isatty()
        self._length = 0

    def __call__(self, name: str, there: int, size: int) -> None:
        if self._visible:
            share = f"{there / size:.0%} of {size / 1e6:.1f} MB" if size else f"{there / 1e6:.1f} MB"
            text = f"{name}: {share}"
            self._stream.write("\r" + text.ljust(self._length))
            self._stream.flush()
            self._length = len(text)

    def end(self) -> None:
        """Leave the line."""
        if self._length:
            self._stream.write("\n")
