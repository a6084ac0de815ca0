"""A source without what a disguise changes: names, comments, layout. What remains is compared in runs of a few tokens."""

from __future__ import annotations

import builtins
import io
import keyword
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

RUN = 8  # tokens that are compared together: about a call with its arguments
REMARK = 12  # characters; a shorter comment says too little to be anybody's own
MOST = 20_000  # tokens that are read: as much as a hundred ordinary answers

Feature = tuple[str, ...]  # a run of tokens, or ("#", a comment)
Span = tuple[int, int]  # from, to: characters of the source

_KEPT = {*keyword.kwlist, *dir(builtins)}
_PUNCTUATION = {",", ":", ";"}
_ENDING = {tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT}  # of a statement
_WORDS = re.compile(r"\w+")


@dataclass(frozen=True)
class Print:
    """What is characteristic of a source: its runs of tokens and its remarks, each with where they stand."""

    spans: dict[Feature, list[Span]] = field(default_factory=dict)

    def add(self, feature: Feature, span: Span) -> None:
        """Note a feature and where it stands."""
        self.spans.setdefault(feature, []).append(span)


def take(source: str) -> Print:
    """Return the print of a source."""
    found = Print()
    texts: list[str] = []
    spans: list[Span] = []
    for text, span in islice(_tokens(source, found), MOST):
        texts.append(text)
        spans.append(span)
    for at in range(len(texts) - RUN + 1):
        found.add(tuple(texts[at : at + RUN]), (spans[at][0], spans[at + RUN - 1][1]))
    return found


def _tokens(source: str, found: Print) -> Iterator[tuple[str, Span]]:
    """Yield what code is made of, and note remarks in `found`.

    Names become `n`, unless they are Python's, or stand behind a dot: those are PyTorch's. What stands behind `self.` is the
    learner's own again. Imports are left out.
    """
    last, last_but_one = "", ""
    at_start, importing = True, False  # of a statement
    for kind, text, span in _python_tokens(source):
        if kind == tokenize.COMMENT or (kind == tokenize.STRING and at_start):
            _note_remarks(text, span[0], found)
        elif kind in _ENDING:
            at_start, importing = True, False
        elif not text.strip():
            continue  # an empty line, the end of the file
        elif importing or (at_start and text in ("import", "from")):
            at_start, importing = False, True
        elif text not in _PUNCTUATION:
            at_start = False
            shown = text
            if kind == tokenize.STRING:
                shown = "s"
            elif kind == tokenize.NAME and text not in _KEPT and (last != "." or last_but_one == "self"):
                shown = "n"
            last_but_one, last = last, "self" if text == "self" else shown
            yield shown, span


def _note_remarks(text: str, start: int, found: Print) -> None:
    """Note a comment, or each line of a docstring, as the words in it."""
    for line in re.finditer(r"[^\n]+", text):
        words = " ".join(_WORDS.findall(line[0].lower()))
        if len(words) >= REMARK:
            found.add(("#", words), (start + line.start(), start + line.end()))


def _python_tokens(source: str) -> Iterator[tuple[int, str, Span]]:
    """Yield kind, text and span of Python's tokens. Where a line cannot be read, go on with the next: nobody is passed over."""
    lines = source.splitlines(keepends=True)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))
    first = 0  # the line to begin with
    while first < len(lines):
        row = 0
        try:
            for token in tokenize.generate_tokens(io.StringIO("".join(lines[first:]), newline="").readline):
                row = token.end[0]
                begin = starts[min(first + token.start[0] - 1, len(lines))] + token.start[1]
                end = starts[min(first + row - 1, len(lines))] + token.end[1]
                yield token.type, token.string, (begin, end)
            return
        except (tokenize.TokenError, SyntaxError):
            first += max(row, 1)
