"""Disguised copies come out on top; strangers, and answers that everybody would write, do not."""

import random

import pytest
from disguise import disguise

from chapter10.classroom.similarity.gather import background
from chapter10.classroom.similarity.passages import side_by_side
from chapter10.classroom.similarity.ranking import Answer, Background, rank
from chapter10.cli.similar import LEAST
from chapter10.course import load_course

COURSE = load_course()


def a_class(exercise):
    """Independent answers: all variants, half of the misconceptions, and six who wrote what the reference says."""
    files = [*exercise.bank("variants"), *exercise.bank("misconceptions")[::2]]
    answers = [Answer(path.stem, exercise.id, path.read_text(encoding="utf-8")) for path in files]
    reference = exercise.solution.read_text(encoding="utf-8")
    return answers + [Answer(f"right {number}", exercise.id, reference) for number in range(6)]


@pytest.mark.parametrize("name", ["attention", "conv2d", "multi_head_attention"])
def test_disguised_copies_come_before_all_strangers(name):
    exercise = COURSE[name]
    answers = a_class(exercise)
    victims = [answer for answer in answers if answer.student in {path.stem for path in exercise.bank("variants")}][:8]
    copies = [
        Answer(f"copy of {answer.student}", exercise.id, disguise(answer.text, seed)) for seed, answer in enumerate(victims)
    ]
    found = rank([*answers, *copies], background(exercise), top=50)
    top = {(pair.one.student, pair.other.student) for pair in found[: len(copies)]}
    assert top == {(answer.student, f"copy of {answer.student}") for answer in victims}
    assert found[len(copies) - 1].score > LEAST > found[len(copies)].score


@pytest.mark.parametrize("name", ["attention", "conv2d", "masking"])
def test_independent_answers_do_not_alarm(name):
    assert rank(a_class(COURSE[name]), background(COURSE[name]), top=50, least=LEAST) == []


def test_untouched_stubs_do_not_alarm():
    stub = COURSE["attention"].stub.read_text(encoding="utf-8")
    answers = [Answer(str(number), "attention", stub) for number in range(4)]
    assert rank(answers, background(COURSE["attention"]), top=5) == []


def own_text(seed, length=12):
    """Return code like nobody else's."""
    rng = random.Random(seed)
    lines = [f"    x = x.method{rng.randrange(10**6)}({rng.randrange(10**6)}) + {rng.randrange(10**6)}" for _ in range(length)]
    return "\n".join(["def attention(x):", *lines, "    return x", ""])


def test_what_many_write_is_no_evidence():
    idiom = own_text("idiom")
    answers = [Answer(str(number), "attention", own_text(number) + idiom * (number < 30)) for number in range(60)]
    assert rank(answers, Background(), top=5, least=LEAST) == []
    few = [Answer(answer.student, "attention", own_text(answer.student)) for answer in answers[2:]]
    assert len(rank([*answers[:2], *few], Background(), top=5, least=LEAST)) == 1


def test_a_shared_rare_mistake_weighs_more_than_a_common_one():
    shared = own_text("shared", 4)
    texts = {name: own_text(name) + (shared if name in ("ada", "ben") else "") for name in ("ada", "ben", *"123456789")}

    def score(holders):
        held = {name: frozenset({"loses the batch axis"}) if name in holders else frozenset() for name in texts}
        answers = [Answer(name, "attention", text, held[name]) for name, text in texts.items()]
        return rank(answers, Background(), top=1)[0].score

    nobody, everybody, both = score([]), score(list(texts)), score(["ada", "ben"])
    assert nobody == everybody < both


def test_one_copied_function_is_found_in_a_large_class_of_short_answers():
    answers = [Answer(str(number), "attention", own_text(number % 200, 6) + own_text(number)) for number in range(600)]
    answers[500] = Answer("500", "attention", disguise(answers[31].text, 1))
    best = rank(answers, Background(), top=3)[0]
    assert {best.one.student, best.other.student} == {"31", "500"}


def test_a_student_is_not_compared_with_themselves():
    strangers = [Answer(str(number), "attention", own_text(number)) for number in range(9)]
    twice = [Answer("ada", "attention", own_text(1)), Answer("ada", "attention", own_text(1))]
    found = rank([*twice, *strangers], Background(), top=5)
    assert [(pair.one.student, pair.other.student) for pair in found] == [("ada", "1"), ("ada", "1")]


def test_passages_have_the_same_number_on_both_sides():
    exercise = COURSE["conv2d"]
    original = exercise.bank("variants")[0].read_text(encoding="utf-8")
    pair = rank(
        [Answer("a", "conv2d", original), Answer("b", "conv2d", disguise(original, 3)), *a_class(exercise)[3:]],
        background(exercise),
        top=1,
    )[0]
    left, right = side_by_side(pair)
    assert "".join(piece.text for piece in left) == pair.one.text
    assert "".join(piece.text for piece in right) == pair.other.text
    numbers = {piece.passage for piece in left if piece.passage}
    assert numbers == set(range(1, len(numbers) + 1))
    assert {piece.passage for piece in right if piece.passage} <= numbers
    marked = sum(len(piece.text) for piece in right if piece.passage)
    assert marked > 0.4 * len(pair.other.text)
