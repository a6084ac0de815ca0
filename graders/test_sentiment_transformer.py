"""A sentiment Transformer of any design, so there are no numbers to compare: what padding, order and batch may and may not do.

A correct model may start at zero, so every check gives the model random weights first. They follow from the names and shapes
of its own parameters, and from a seed that is drawn.
"""

import pytest
import torch

from chapter10.grading import SubjectError, assert_close, assert_tensor, fail, models
from chapter10.grading.training import check_accuracy

mark = pytest.mark
FIRST = mark.needs("test_reads")

VOCAB, MAX_LEN = 31, 20
SIZES = {"vocab_size": VOCAB, "d_model": 16, "n_heads": 4, "num_layers": 2, "d_ff": 24, "max_len": MAX_LEN, "num_classes": 3}
DEFAULTS = {"d_model": 128, "n_heads": 4, "num_layers": 2, "d_ff": 256, "max_len": 512, "num_classes": 2}
TRIES = 3  # an effect may hide under one set of random weights (units that are all switched off), but hardly under three
NOTICED = 2e-5  # of the largest logit: ten times what rounding does
CLOSE = {"terms": 64, "condition": 50}  # where logits must agree: to 1e-3 of the largest in float32
CLOSER = {"terms": 64, "condition": 5}  # and to 1e-5 in float64


def seed_from(draw):
    """Draw a seed for weights."""
    return int(draw.integers(low=0, high=1 << 30))


def seeds_from(draw):
    """Draw a seed for each try, whether it will be needed or not: what is drawn must not depend on the answers."""
    return [seed_from(draw) for _ in range(TRIES)]


def make(student, seed, dtype=None, **changes):
    """Return a model in eval mode with random weights."""
    sizes = {**SIZES, **changes}
    model = models.build(student.SentimentTransformer, **sizes)
    if dtype is not None:
        model.to(dtype)
    model.load_state_dict(models.random_state(model, seed, tables=(sizes["vocab_size"], sizes["max_len"])))
    return model.eval()


def classify(model, tokens, keep=None, classes=3, dtype=torch.float32):
    """Return the logits; check their kind, shape and dtype, and that they are finite."""
    keep = torch.ones_like(tokens, dtype=torch.bool) if keep is None else keep
    logits = model(tokens.clone(), keep.clone())  # what a call does to its inputs is another test's
    assert_tensor(logits, (len(tokens), classes), what="the tensor of logits")
    if logits.dtype != dtype:
        fail(f"The logits have dtype {str(logits.dtype)[6:]}, expected {str(dtype)[6:]}.", "Keep the dtype of the model.")
    if not logits.isfinite().all():
        fail("There is NaN or infinity among the logits.", "A softmax over places that are all blocked gives NaN.")
    return logits


def kept(lengths, size):
    """Return the mask of reviews of these lengths, padded to `size`."""
    return torch.arange(size) < torch.tensor(lengths).unsqueeze(1)


def padded(tokens, filling):
    """Return one review with `filling` on its right, and its mask."""
    longer = torch.cat([tokens, filling.unsqueeze(0)], dim=1)
    return longer, kept([tokens.size(1)], longer.size(1))


def reviews(draw, N, T):
    """Draw reviews in which no word comes twice, none of them the first or the last of the vocabulary."""
    return torch.stack([draw.permutation(VOCAB - 2)[:T] + 1 for _ in range(N)])


def unnoticed(student, draw, tokens, keep=None, classes=3, **changes):
    """Return which rows, compared with the first one, give the same logits whatever the weights."""
    same = torch.ones(len(tokens), dtype=torch.bool)
    for seed in seeds_from(draw):
        logits = classify(make(student, seed, num_classes=classes, **changes), tokens, keep, classes)
        same &= (logits - logits[:1]).abs().amax(dim=1) <= NOTICED * logits.abs().max()
        if not same[1:].any():
            break
    return same[1:].nonzero().flatten().tolist()


def misled(model, tokens, keep, cotangent, step=1e-4):
    """Return the first weight along whose gradient the weighted logits do not grow as the gradient says, and both slopes."""
    state, entries = model.state_dict(), model.describe()["parameters"]
    found = model.gradients(tokens, keep, cotangent=cotangent)
    for name, entry in entries.items():
        if not entry["trainable"] and VOCAB in entry["shape"]:
            fail(f"`{name}` is not trainable.", "Word vectors have to be learned: leave `requires_grad` alone.")
        if entry["trainable"] and found.parameters.get(name) is None:
            fail(
                f"No gradient arrives at `{name}`.",
                "Is it used in forward? If it is, look for `.detach()`, `.data`, `.item()` and `torch.no_grad()`.",
            )
    weights = {name: state[name] for name in entries}
    slopes = {}
    for name in entries:
        gradient = found.parameters.get(name)
        if gradient is not None and gradient.dim() > 1 and gradient.any():  # what cuts a matrix off cuts its bias off, too
            way = gradient.double() * float(state[name].norm() / gradient.double().norm())
            slopes[name] = way, float((gradient.double() * way).sum())
    start = float((found.value * cotangent).sum())
    largest = max((slope for _, slope in slopes.values()), default=0.0)
    for name, (way, told) in slopes.items():
        model.load_state_dict({**weights, name: weights[name] + step * way})
        seen = (float((classify(model, tokens, keep, dtype=torch.float64) * cotangent).sum()) - start) / step
        if not abs(seen - told) <= 0.05 * max(abs(seen), told) + 0.01 * largest:
            return name, told, seen
    return None


def swapped(tokens, *places):
    """Return the review followed by copies of it, in each of which the words at two places are exchanged."""
    rows = [tokens]
    for one, other in places:
        order = torch.arange(len(tokens))
        order[one], order[other] = other, one
        rows.append(tokens[order])
    return torch.stack(rows)


# Probes: the same questions for a submission, the solution and every misconception. Designs differ, and so do their numbers;
# what is observed is a sentence about them.


def ask(subject, tokens, keep, question):
    """Conclude a probe on the answer to `question`; an error is an answer too."""
    try:
        said = question()
    except SubjectError as error:
        said = f"an error: {error.error.get('type') or error.error.get('kind')}"
    models.conclude(subject, "SentimentTransformer", {"tokens": tokens, "keep": keep}, said)


def prepared(subject, draw, dtype=None, silent=False, **changes):
    """Return a small model for a probe; with `silent`, matrices from features to features, those of the attention, are zero."""
    sizes = {
        "vocab_size": 7,
        "d_model": 8,
        "n_heads": 2,
        "num_layers": 2,
        "d_ff": 12,
        "max_len": 6,
        "num_classes": 3,
        **changes,
    }
    model = subject.SentimentTransformer(**sizes)
    if dtype is not None:
        model.to(dtype)
    state = models.random_state(model, seed_from(draw), tables=(sizes["vocab_size"], sizes["max_len"]))
    if silent:
        state = {name: value * (value.dim() != 2 or any(n % 8 for n in value.shape)) for name, value in state.items()}
    model.load_state_dict(state)
    return _Asked(model.eval())


class _Asked:
    """A model that is asked with copies, so that a change of its inputs shows only where it is looked for."""

    def __init__(self, model):
        self.model = model

    def __call__(self, tokens, keep):
        return self.model(tokens.clone(), keep.clone())


def agree(one, other):
    """Say whether two rows of logits are the same; NaN is the same as nothing."""
    if not (one.isfinite().all() and other.isfinite().all()):
        return "NaN"
    return "the same logits" if (one - other).abs().max() <= NOTICED * other.abs().max() else "other logits"


def rows(*lists):
    """Return token rows."""
    return torch.tensor(lists)


def probe_shape(subject, draw):
    """The shape of the logits of one review."""
    tokens, keep = rows([3, 5]), kept([2], 2)
    ask(subject, tokens, keep, lambda: list(prepared(subject, draw)(tokens, keep).shape))


def probe_classes(subject, draw):
    """The shape of the logits for five classes."""
    tokens, keep = rows([3, 5]), kept([2], 2)
    ask(subject, tokens, keep, lambda: list(prepared(subject, draw, num_classes=5)(tokens, keep).shape))


def probe_sum(subject, draw):
    """What the logits of one review add up to."""
    tokens, keep = rows([3, 5]), kept([2], 2)

    def question():
        logits = prepared(subject, draw)(tokens, keep)
        if logits.exp().sum().sub(1).abs() < 1e-4:
            return "their exponentials add up to 1"
        return "they add up to 1" if (logits.sum() - 1).abs() < 1e-4 else "they add up to anything"

    ask(subject, tokens, keep, question)


def probe_twice(subject, draw):
    """The same call twice in eval mode."""
    tokens, keep = rows([3, 5]), kept([2], 2)

    def question():
        model = prepared(subject, draw)
        return agree(model(tokens, keep), model(tokens, keep))

    ask(subject, tokens, keep, question)


def probe_other_word(subject, draw):
    """Another word in the same place."""
    tokens, keep = rows([3, 5]), kept([2], 2)

    def question():
        model = prepared(subject, draw)
        return agree(model(tokens, keep), model(rows([3, 6]), keep))

    ask(subject, tokens, keep, question)


def probe_swap(subject, draw):
    """The same two words the other way round."""
    tokens, keep = rows([3, 5]), kept([2], 2)

    def question():
        model = prepared(subject, draw)
        return agree(model(tokens, keep), model(rows([5, 3]), keep))

    ask(subject, tokens, keep, question)


def probe_swap_far(subject, draw):
    """Three words, the first and the last exchanged."""
    tokens, keep = rows([3, 5, 1]), kept([3], 3)

    def question():
        model = prepared(subject, draw)
        return agree(model(tokens, keep), model(rows([1, 5, 3]), keep))

    ask(subject, tokens, keep, question)


def probe_repeated(subject, draw):
    """The same review once and twice over."""
    tokens, keep = rows([3, 5, 3, 5]), kept([4], 4)

    def question():
        model = prepared(subject, draw)
        return agree(model(tokens, keep), model(tokens[:, :2], keep[:, :2]))

    ask(subject, tokens, keep, question)


def probe_in_batch(subject, draw):
    """A review alone and beside another one of the same length."""
    tokens, keep = rows([3, 5], [2, 6]), kept([2, 2], 2)

    def question():
        model = prepared(subject, draw)
        return agree(model(tokens, keep)[:1], model(tokens[:1], keep[:1]))

    ask(subject, tokens, keep, question)


def probe_second_in_batch(subject, draw):
    """The same for the second row of the batch."""
    tokens, keep = rows([3, 5], [2, 6]), kept([2, 2], 2)

    def question():
        model = prepared(subject, draw)
        return agree(model(tokens, keep)[1:], model(tokens[1:], keep[1:]))

    ask(subject, tokens, keep, question)


def padding(subject, draw, words, filling, other=None, **changes):
    """Ask whether padding changes the logits of one review, or whether other padding does."""
    tokens = rows([*words, *filling])
    keep = kept([len(words)], tokens.size(1))

    def question():
        model = prepared(subject, draw, **changes)
        against = rows(list(words) if other is None else [*words, *other])
        plain = model(against, kept([len(words)], against.size(1)))
        return agree(model(tokens, keep), plain)

    ask(subject, tokens, keep, question)


def probe_padding_one_word(subject, draw):
    """One word, and one padded place."""
    padding(subject, draw, [3], [0])


def probe_padding(subject, draw):
    """Two words, and one padded place."""
    padding(subject, draw, [3, 5], [0])


def probe_padding_two(subject, draw):
    """Two words, and one padded place or two."""
    padding(subject, draw, [3, 5], [0, 0], other=[0])


def probe_padding_other_ids(subject, draw):
    """Two words, and other ids in the padded places."""
    padding(subject, draw, [3, 5], [4, 6], other=[1, 2])


def probe_padding_first_id(subject, draw):
    """Two words, and another id in the first of two padded places."""
    padding(subject, draw, [3, 5], [4, 6], other=[1, 6])


def probe_padding_one_layer(subject, draw):
    """Two words, one padded place, and a single layer."""
    padding(subject, draw, [3, 5], [4], num_layers=1)


def probe_padding_silent(subject, draw):
    """Two words, one padded place, and an attention that hands nothing over: is it the pooling?"""
    padding(subject, draw, [3, 5], [4], silent=True)


def probe_padding_slightly(subject, draw):
    """How much two padded places change."""
    tokens, keep = rows([3, 5, 4, 6]), kept([2], 4)

    def question():
        model = prepared(subject, draw)
        plain = model(tokens[:, :2], keep[:, :2])
        return "a little" if (model(tokens, keep) - plain).abs().max() < 0.05 * plain.abs().max() else "a lot"

    ask(subject, tokens, keep, question)


def probe_padding_shrinks(subject, draw):
    """Whether the logits shrink as 1 / T with padding."""
    tokens = rows([3, 5, 0, 0])
    keep = kept([2], 4)

    def question():
        model = prepared(subject, draw)
        two, three, four = (model(tokens[:, :T], keep[:, :T]).double() for T in (2, 3, 4))
        shrunk = (two - three) * (1 / 2 - 1 / 4) - (two - four) * (1 / 2 - 1 / 3)
        moved = (two - four).abs().max() > NOTICED * two.abs().max()
        return "as 1 / T" if moved and shrunk.abs().max() <= NOTICED * two.abs().max() else "otherwise"

    ask(subject, tokens, keep, question)


def probe_padding_adds(subject, draw):
    """Whether two padded ids act on the logits independently of each other."""
    tokens, keep = rows([3, 5, 4, 6]), kept([2], 4)

    def question():
        model = prepared(subject, draw)
        both, left, right, none = (model(rows([3, 5, a, b]), keep).double() for a, b in ((4, 6), (4, 2), (1, 6), (1, 2)))
        together = (both - left - right + none).abs().max() <= NOTICED * both.abs().max()
        return "independently" if together else "together"

    ask(subject, tokens, keep, question)


def probe_pooling_alone(subject, draw):
    """Whether `keep` matters in the pooling and nowhere else."""
    tokens, keep = rows([3, 5]), torch.tensor([[True, True]])

    def question():
        model = prepared(subject, draw)
        first, second = (model(tokens, torch.tensor([one])) for one in ([True, False], [False, True]))
        return agree(model(tokens, keep), (first + second) / 2)

    ask(subject, tokens, keep, question)


def probe_token_zero(subject, draw):
    """Token 0 as a word."""
    tokens, keep = rows([3, 0]), kept([2], 2)

    def question():
        model = prepared(subject, draw)
        return agree(model(tokens, keep), model(tokens[:, :1], keep[:, :1]))

    ask(subject, tokens, keep, question)


def probe_last_token(subject, draw):
    """The last token of the vocabulary."""
    tokens, keep = rows([6, 3]), kept([2], 2)
    ask(subject, tokens, keep, lambda: list(prepared(subject, draw)(tokens, keep).shape))


def probe_full_length(subject, draw):
    """As many tokens as max_len."""
    tokens, keep = rows([3, 5, 1, 2, 4, 6]), kept([6], 6)
    ask(subject, tokens, keep, lambda: list(prepared(subject, draw)(tokens, keep).shape))


def probe_long(subject, draw):
    """Ninety tokens, with max_len=90."""
    tokens, keep = torch.arange(90).unsqueeze(0) % 7, kept([90], 90)
    ask(subject, tokens, keep, lambda: list(prepared(subject, draw, max_len=90)(tokens, keep).shape))


def probe_three_heads(subject, draw):
    """Six features and three heads."""
    tokens, keep = rows([3, 5]), kept([2], 2)
    ask(subject, tokens, keep, lambda: list(prepared(subject, draw, d_model=6, n_heads=3)(tokens, keep).shape))


def compared(subject, draw, **changes):
    """Ask whether a model built otherwise, with the same weights as far as they go, gives the same logits."""
    tokens, keep = rows([3, 5, 1]), kept([3], 3)

    def question():
        same_seed = _Fixed(draw.integers(low=0, high=1 << 30))
        return agree(prepared(subject, same_seed)(tokens, keep), prepared(subject, same_seed, **changes)(tokens, keep))

    ask(subject, tokens, keep, question)


def probe_heads(subject, draw):
    """One head and two."""
    compared(subject, draw, n_heads=1)


def probe_depth(subject, draw):
    """One layer and two."""
    compared(subject, draw, num_layers=1)


class _Fixed:
    """Draws the same seed each time."""

    def __init__(self, seed):
        self._seed = seed

    def integers(self, *shape, low, high):
        return self._seed


def probe_layers(subject, draw):
    """How the number of parameters grows with num_layers and with d_ff."""

    def question():
        counts = [subject.SentimentTransformer(7, 8, 2, layers, 12, 6, 3).parameter_count() for layers in (1, 2, 3)]
        wider = subject.SentimentTransformer(7, 8, 2, 1, 24, 6, 3).parameter_count()
        steps = "each layer adds" if counts[2] - counts[1] == counts[1] - counts[0] > 0 else "layers add nothing"
        return f"{steps}, {'d_ff adds' if wider > counts[0] else 'd_ff adds nothing'}"

    ask(subject, rows([0]), kept([1], 1), question)


def probe_gradients(subject, draw):
    """Which parameters get no gradient."""
    tokens, keep = rows([3, 5], [2, 6]), kept([2, 1], 2)

    def question():
        model = prepared(subject, draw).model
        found = model.gradients(tokens, keep, cotangent=torch.tensor([[1.0, -2.0, 0.5], [0.0, 1.0, 3.0]])).parameters
        shapes = [entry["shape"] for name, entry in model.describe()["parameters"].items() if found.get(name) is None]
        if not shapes:
            return "all get one"
        return "the word vectors get none" if any(shape[0] == 7 for shape in shapes if shape) else "some weights get none"

    ask(subject, tokens, keep, question)


def probe_double(subject, draw):
    """A model in float64."""
    tokens, keep = rows([3, 5]), kept([2], 2)
    ask(subject, tokens, keep, lambda: str(prepared(subject, draw, dtype=torch.float64)(tokens, keep).dtype))


def probe_changed(subject, draw):
    """Which inputs a call changes."""
    tokens, keep = rows([3, 5]), kept([1], 2)
    ask(subject, tokens, keep, lambda: prepared(subject, draw).model.changed(tokens.clone(), keep.clone()))


# Tests ------------------------------------------------------------------------------------------------------------------


@mark.points(2)
def test_reads(student, draw):
    """The logits are (N, num_classes), every kept token counts in them, and in eval mode two calls agree."""
    for N, T in ((1, 4), (3, 6), (4, 4)):
        model, tokens = make(student, seed_from(draw)), reviews(draw, N, T)
        assert_close(classify(model, tokens), classify(model, tokens).double(), **CLOSE, what="the second answer in eval mode")
    first, other = reviews(draw, 2, 5)
    rows = [first] + [
        torch.where(torch.arange(5) == place, (first + other[place] % 28) % (VOCAB - 2) + 1, first) for place in range(5)
    ]
    same = unnoticed(student, draw, torch.stack(rows))
    if same:
        fail(f"Another word at place {same[0]} of five kept ones changes nothing.", "Does every token of the review count?")


@FIRST
@mark.points(2)
def test_padding(student, draw):
    """In eval mode padding on the right changes nothing for a review alone, whatever tokens stand in it."""
    model, shift = make(student, seed_from(draw)), draw.choice((0, 1, 2))
    for number, length in enumerate((1, 3, 7)):
        tokens = reviews(draw, 1, length)
        plain = classify(model, tokens).double()
        for places in (1, 13, MAX_LEN - length):
            fillings = (torch.zeros(places, dtype=torch.int64), torch.full((places,), VOCAB - 1), reviews(draw, 1, places)[0])
            found = classify(model, *padded(tokens, fillings[(number + places + shift) % 3]))
            what = f"the logits of {length} words after padding them with {places} places"
            assert_close(found, plain, **CLOSE, what=what)


@FIRST
@mark.points(2)
def test_padding_in_batch(student, draw):
    """A review gets the same logits alone and inside a padded batch, in any row of it."""
    for lengths in ([7, 3, 1, 5], [2, 2], [1, MAX_LEN]):
        model, size = make(student, seed_from(draw)), max(lengths)
        tokens, keep = reviews(draw, len(lengths), size), kept(lengths, size)
        together = classify(model, tokens, keep)
        for row, length in enumerate(lengths):
            alone = classify(model, tokens[row : row + 1, :length].clone()).double()
            assert_close(together[row : row + 1], alone, **CLOSE, what=f"the logits of row {row} inside the batch")


@FIRST
@mark.points(1)
def test_padding_ids(student, draw):
    """`keep` alone says what is padding: which tokens stand there, or how the rows are ordered, does not matter."""
    model, lengths = make(student, seed_from(draw)), [6, 2, 4]
    tokens, keep = reviews(draw, 3, 9), kept(lengths, 9)
    plain = classify(model, tokens, keep).double()
    for filling in (reviews(draw, 3, 9), torch.zeros_like(tokens), tokens.flip(1)):
        found = classify(model, torch.where(keep, tokens, filling), keep)
        assert_close(found, plain, **CLOSE, what="the logits with other tokens in the padding")
    order = draw.permutation(3)
    found = classify(model, tokens[order], keep[order])
    assert_close(found, plain[order], **CLOSE, what="the logits after reordering the batch")


@FIRST
@mark.points(3)
def test_order(student, draw):
    """In eval mode exchanging two different kept tokens changes the logits, wherever they stand."""
    (words,) = reviews(draw, 1, 7)
    places = ((0, 1), (0, 6), (2, 3), (5, 6), (1, 4))
    same = unnoticed(student, draw, swapped(words, *places))
    if same:
        one, other = places[same[0]]
        fail(
            f"Exchanging the words at places {one} and {other} of seven changes nothing.",
            "Attention and pooling take their input for a set. What tells your layers where each word stands?",
        )
    places = ((0, 1), (0, 3), (2, 3))
    same = unnoticed(student, draw, swapped(words, *places), kept([4] * 4, 7))
    if same:
        one, other = places[same[0]]
        fail(f"Exchanging the words at places {one} and {other} of a padded review changes nothing.", "Does order count there?")
    (two,) = reviews(draw, 1, 2)
    if unnoticed(student, draw, swapped(two, (0, 1))):
        fail("Exchanging the words of a review of two changes nothing.", "What tells your layers where each word stands?")


@FIRST
@mark.points(1)
def test_token_ids(student, draw):
    """Every id from 0 to vocab_size − 1 is a word like all others where `keep` is True."""
    classify(make(student, seed_from(draw)), torch.tensor([[0, 0, 0], [VOCAB - 1, 0, VOCAB - 1]]))
    rows = torch.tensor([[5, 8, VOCAB - 1], [5, 8, VOCAB - 2], [5, 8, VOCAB - 3]])
    if unnoticed(student, draw, rows):
        fail("Two of the last words of the vocabulary are the same to your model.", "Does vocab_size reach the embedding?")
    rows = torch.tensor([[5, 8, 0], [5, 8, VOCAB - 1], [5, 8, 3]])
    if unnoticed(student, draw, rows):
        fail("Another word in the place of token 0 changes nothing.", "`keep` says what is padding, and not the token.")
    model = make(student, seed_from(draw), vocab_size=2)
    classify(model, torch.tensor([[1, 0, 1]]))
    without = torch.tensor([[5, 8, 0], [5, 8, 3]])
    if unnoticed(student, draw, without, torch.tensor([[True, True, True], [True, True, False]])):
        fail("Token 0 at the end of a review is taken for padding.", "`keep` says what is padding, and not the token.")


@FIRST
@mark.points(2)
def test_lengths(student, draw):
    """Every T from 1 up to and including max_len works, also for a max_len of 1, of 90, and of 512, the default."""
    for max_len, T in ((MAX_LEN, MAX_LEN), (MAX_LEN, 1), (1, 1), (90, 90)):
        classify(make(student, seed_from(draw), max_len=max_len), draw.integers(2, T, low=0, high=VOCAB))
    tokens = draw.integers(1, 90, low=0, high=VOCAB)[0]
    tokens[-2:], tokens[:2] = torch.tensor([1, 2]), torch.tensor([3, 4])
    same = unnoticed(student, draw, swapped(tokens, (88, 89), (0, 89)), max_len=90)
    if same:
        fail("Exchanging two words at the end of a review of 90 changes nothing.", "How many positions does your table have?")
    tokens = torch.cat([torch.tensor([3, 4]), draw.integers(596, low=5, high=VOCAB), torch.tensor([1, 2])])
    if unnoticed(student, draw, swapped(tokens, (598, 599), (0, 20)), max_len=600, d_model=8, n_heads=1, num_layers=1):
        fail("Exchanging two words of a review of 600 changes nothing.", "Does max_len reach your positions?")
    whole = student.SentimentTransformer(VOCAB).eval()
    classify(whole, draw.integers(1, 512, low=0, high=VOCAB), classes=2)


@FIRST
@mark.points(1)
def test_sizes(student, draw):
    """Any number of classes, any d_model that n_heads divides, and any d_ff will do."""
    for changes in (
        {"num_classes": 5},
        {"num_classes": 1},
        {"d_model": 6, "n_heads": 3},
        {"d_model": 8, "n_heads": 1, "d_ff": 5},
        {"d_model": 10, "n_heads": 5, "d_ff": 64, "num_layers": 1},
    ):
        model = make(student, seed_from(draw), **changes)
        classify(model, reviews(draw, 3, 5), kept([5, 1, 3], 5), changes.get("num_classes", 3))


@FIRST
@mark.points(1)
def test_layers(student):
    """There are num_layers encoder layers with weights of their own, and d_ff is the width of their feed-forward networks."""
    plain = models.build(student.SentimentTransformer, vocab_size=VOCAB).parameter_count()
    if plain != models.build(student.SentimentTransformer, vocab_size=VOCAB, **DEFAULTS).parameter_count():
        defaults = ", ".join(f"{name}={size}" for name, size in DEFAULTS.items())
        fail("The default arguments are not those of the stub.", f"They are {defaults}.")
    counts = {}
    for layers, d_ff in ((1, 24), (2, 24), (3, 24), (1, 48)):
        sizes = {**SIZES, "num_layers": layers, "d_ff": d_ff}
        counts[layers, d_ff] = models.build(student.SentimentTransformer, **sizes).parameter_count()
    second, third = counts[2, 24] - counts[1, 24], counts[3, 24] - counts[2, 24]
    if not second == third > 0:
        fail(
            f"The second layer adds {second:,} parameters and the third {third:,}.",
            "Each layer has weights of its own, and all are registered: nn.ModuleList does that, a plain list does not.",
        )
    if not counts[1, 48] > counts[1, 24]:
        fail("A larger d_ff does not add parameters.", "d_ff is the width of the hidden layer of the feed-forward networks.")


@FIRST
@mark.points(1)
def test_heads(student, draw):
    """n_heads is the number of attention heads: with the same weights another number of heads gives other logits."""
    tokens, unseen = reviews(draw, 3, 6), {2, 8}
    for seed in seeds_from(draw):
        one = classify(make(student, seed, n_heads=1), tokens)
        for n_heads in sorted(unseen):
            found = classify(make(student, seed, n_heads=n_heads), tokens)
            if (found - one).abs().max() > NOTICED * one.abs().max():
                unseen.remove(n_heads)
        if not unseen:
            return
    fail("Another number of heads changes nothing.", "Does n_heads reach every attention layer?")


@FIRST
@mark.points(1)
def test_gradients(student, draw):
    """Gradients flow to every parameter, and they are the right ones: along them the logits change as they say."""
    tokens, keep, cotangent = reviews(draw, 4, 6), kept([6, 2, 4, 5], 6), draw.normal(4, 3, dtype=torch.float64)
    for seed in seeds_from(draw):
        wrong = misled(make(student, seed, dtype=torch.float64, num_layers=3), tokens, keep, cotangent)
        if wrong is None:
            return
    name, told, seen = wrong
    fail(
        f"Along the gradient of `{name}` the logits should grow by {told:.4g}, but they grow by {seen:.4g}.",
        "A part of the graph is cut, or a gradient is scaled: look for `.detach()`, `.data` and `torch.no_grad()`.",
    )


@FIRST
@mark.points(1)
def test_double(student, draw):
    """A float64 model gives float64 logits, and padding changes nothing there either, to the precision of float64."""
    model = make(student, seed_from(draw), dtype=torch.float64)
    tokens, lengths = reviews(draw, 3, 8), [8, 3, 1]
    together = classify(model, tokens, kept(lengths, 8), dtype=torch.float64)
    for row, length in enumerate(lengths):
        alone = classify(model, tokens[row : row + 1, :length].clone(), dtype=torch.float64)
        wanted = together[row : row + 1]
        assert_close(alone, wanted, dtype=torch.float64, **CLOSER, what=f"the logits of row {row} alone")


@FIRST
@mark.points(1)
def test_logits(student, draw):
    """The logits are plain scores: they are not confined to the range from 0 to 1, and do not add up to 1."""
    tokens, sorts = reviews(draw, 6, 5), {"probabilities", "sums", "logarithms"}
    for seed in seeds_from(draw):
        logits = classify(make(student, seed, num_classes=5), tokens, classes=5).double()
        if not ((logits >= 0) & (logits <= 1)).all():
            sorts.discard("probabilities")
        if not ((logits.sum(dim=1) - 1).abs() < 1e-4).all():
            sorts.discard("sums")
        if not (logits.logsumexp(dim=1).abs() < 1e-4).all():
            sorts.discard("logarithms")
        if not sorts:
            return
    kind = "probabilities" if sorts - {"logarithms"} else "logarithms of probabilities"
    fail(f"Your logits are {kind}.", "Return the classifier's scores as they are: the loss applies its own softmax.")


@FIRST
@mark.points(1)
def test_inputs_unchanged(student, draw):
    """tokens and keep are left as they were, in train mode too."""
    model = make(student, seed_from(draw))
    for training in (False, True):
        model.train(training)
        for lengths in ([5, 2, 3], [5, 5, 5]):
            changed = model.changed(reviews(draw, 3, 5), kept(lengths, 5))
            if changed:
                fail(
                    f"`{changed[0]}` is not what it was before the call: your forward changed it in place.",
                    "Methods that end in an underscore and `tokens[...] = …` write into the caller's tensor.",
                )


@mark.needs("test_reads", "test_padding", "test_gradients")
@mark.points(3)
@mark.training
def test_trained_accuracy(student, draw):
    """Trained on 1,700 real film reviews, four times over, it tells praise from blame in 1,700 unseen ones."""
    check_accuracy(student, "reviews", draw)
