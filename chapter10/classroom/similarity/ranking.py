"""Which submissions share what few others have.

Everything that two submissions share is weighed in bits: log2 of how many submissions there are for each that has it. What many
write, what the stub gives and what the chapter's own answers have in common weighs nothing; so short, right, canonical answers
share no more than strangers do. The index is inverted, from a feature to who has it: nobody is compared who shares nothing.
"""

from __future__ import annotations

import heapq
import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from chapter10.classroom.similarity.tokens import RUN, Feature, take

COMMON = 0.1  # what a larger share of all has is common, and weighs nothing
FEW = 5  # so many may always have it, however small the class is
MISTAKE = 3  # how much more a shared mistake weighs than code: few make the same one by themselves
DOUBT = 40  # bits: where the evidence is this much, half of the likeness counts


@dataclass(frozen=True)
class Answer:
    """One submission, as it is compared."""

    student: str  # their key
    exercise: str
    text: str
    mistakes: frozenset[str] = frozenset()  # in words, for people


@dataclass(frozen=True)
class Background:
    """What everybody may have: it is never evidence.

    Args:
        given: sources that everybody has been shown: the stub, the reference.
        usual: other answers of the course; what two of them share is a usual way to write it.
    """

    given: Sequence[str] = ()
    usual: Sequence[str] = ()


@dataclass(frozen=True)
class Pair:
    """Two submissions, and what they share."""

    score: float  # from 0 to 1
    evidence: float  # bits
    one: Answer
    other: Answer
    shared: frozenset[Feature]
    mistakes: list[str]


def rank(answers: Sequence[Answer], background: Background, top: int, least: float = 0.0) -> list[Pair]:
    """Return the `top` pairs with a score of at least `least`, the most alike first. `answers` are of one exercise."""
    known: dict[Feature, Feature] = {}  # one object for all who have a feature: a large class is mostly the same
    features = [{known.setdefault(feature, feature) for feature in take(answer.text).spans} for answer in answers]
    weights = _weights(features, background)
    marks = _mistake_weights(answers)
    own = [sum(weights.get(feature, 0.0) for feature in found) for found in features]
    ranked: list[tuple[float, float, int, int]] = []
    for (one, other), bits in _shared(weights, features).items():
        mistakes = sum(marks[mistake] for mistake in answers[one].mistakes & answers[other].mistakes)
        evidence = bits + mistakes
        likeness = evidence / (math.sqrt(own[one] * own[other]) + mistakes)
        score = round(likeness * evidence / (evidence + DOUBT), 6)  # sums differ in the last digits with their order
        if score >= least and answers[one].student != answers[other].student:
            ranked.append((score, evidence, one, other))
    best = heapq.nsmallest(top, ranked, key=lambda entry: (-entry[0], entry[2], entry[3]))
    return [
        Pair(
            score,
            evidence,
            answers[one],
            answers[other],
            frozenset(feature for feature in features[one] & features[other] if feature in weights),
            sorted(answers[one].mistakes & answers[other].mistakes),
        )
        for score, evidence, one, other in best
    ]


def _weights(class_features: Sequence[set[Feature]], background: Background) -> dict[Feature, float]:
    """Return the bits of every feature that is evidence: rare in the class, and none of the background's."""
    known = Counter(feature for text in background.usual for feature in take(text).spans)
    free = {feature for text in background.given for feature in take(text).spans}
    free |= {feature for feature, number in known.items() if number > 1}
    held = Counter(feature for features in class_features for feature in features)
    everybody = len(class_features) + len(background.usual)
    most = max(FEW, COMMON * everybody)
    return {
        feature: math.log2(everybody / (number + known[feature])) / _overlap(feature)
        for feature, number in held.items()
        if feature not in free and number <= most and number + known[feature] < everybody
    }


def _overlap(feature: Feature) -> int:
    """Return how many features tell of the same token: runs overlap, remarks do not."""
    return 1 if feature[0] == "#" else RUN


def _mistake_weights(answers: Sequence[Answer]) -> dict[str, float]:
    held = Counter(mistake for answer in answers for mistake in answer.mistakes)
    return {mistake: MISTAKE * math.log2(len(answers) / number) for mistake, number in held.items()}


def _shared(weights: dict[Feature, float], class_features: Sequence[set[Feature]]) -> dict[tuple[int, int], float]:
    """Return the bits that pairs share, by their numbers; pairs that share nothing are not in it."""
    index: dict[Feature, list[int]] = defaultdict(list)
    for number, features in enumerate(class_features):
        for feature in features:
            if feature in weights:
                index[feature].append(number)
    shared: dict[tuple[int, int], float] = defaultdict(float)
    for feature, holders in index.items():
        for pair in combinations(holders, 2):
            shared[pair] += weights[feature]
    return shared
