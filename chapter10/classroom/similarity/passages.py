"""What two submissions share, found again in both texts: numbered passages, to be read side by side."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from chapter10.classroom.similarity.ranking import Pair
from chapter10.classroom.similarity.tokens import Feature, Print, Span, take


@dataclass(frozen=True)
class Piece:
    """A stretch of a text; `passage` numbers what the other one has too, 0 is what it has not."""

    text: str
    passage: int = 0


def side_by_side(pair: Pair) -> tuple[list[Piece], list[Piece]]:
    """Return both texts in pieces. A passage has the same number on both sides."""
    mine, yours = take(pair.one.text), take(pair.other.text)
    left = _stretches(mine, pair.shared)
    numbers: dict[Feature, int] = {}
    for number, (_, features) in enumerate(left, start=1):
        for feature in features:
            numbers.setdefault(feature, number)
    right = _stretches(yours, pair.shared)
    return (
        _cut(pair.one.text, [(span, number) for number, (span, _) in enumerate(left, start=1)]),
        _cut(pair.other.text, [(span, _most_common(numbers, features)) for span, features in right]),
    )


def _stretches(found: Print, shared: frozenset[Feature]) -> list[tuple[Span, list[Feature]]]:
    """Return the spans that shared features cover together, in the order of the text, each with those features."""
    placed = sorted((span, feature) for feature in shared for span in found.spans[feature])
    stretches: list[tuple[Span, list[Feature]]] = []
    for (start, end), feature in placed:
        if stretches and start < stretches[-1][0][1]:
            (begun, until), features = stretches[-1]
            stretches[-1] = ((begun, max(until, end)), [*features, feature])
        else:
            stretches.append(((start, end), [feature]))
    return stretches


def _most_common(numbers: dict[Feature, int], features: list[Feature]) -> int:
    return Counter(numbers[feature] for feature in features).most_common(1)[0][0]


def _cut(text: str, marked: list[tuple[Span, int]]) -> list[Piece]:
    pieces, at = [], 0
    for (start, end), number in marked:
        pieces += [Piece(text[at:start]), Piece(text[start:end], number)]
        at = end
    return [piece for piece in [*pieces, Piece(text[at:])] if piece.text]
