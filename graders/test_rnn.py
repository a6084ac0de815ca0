"""A recurrent language model: logits and state with the grader's weights, the state that is carried on, and gradients."""

import pytest
import torch

from chapter10.grading import CheckFailed, assert_close, exact, fail, models

mark = pytest.mark
FIRST = mark.needs("test_logits")

WIDTH = 128  # of the embedding
CONDITION = 10  # each step reads what the one before it has rounded
UNIT = 1.0  # what is summed is about that large, also where the sum happens to be next to nothing


def wide(draw, rows):
    """Draw a (rows, 128) matrix in which sixteen columns recur with other factors, so that a recording of it stays small."""
    return draw.normal(rows, 16).repeat(1, WIDTH // 16) * torch.linspace(0.5, 1.5, WIDTH)


def pair(student, reference, draw, vocab_size, hidden_dim):
    """Return the student's model and the reference's, in eval mode, with the same random weights."""
    mine, theirs = models.build(student.SimpleRNN, vocab_size, hidden_dim), reference.SimpleRNN(vocab_size, hidden_dim)
    weights = {
        "embedding.weight": wide(draw, vocab_size),
        "rnn.weight_ih_l0": wide(draw, hidden_dim) / 32,
        "rnn.weight_hh_l0": draw.normal(hidden_dim, hidden_dim, scale=hidden_dim**-0.5),
        "rnn.bias_ih_l0": draw.uniform(hidden_dim, low=-0.5, high=0.5),
        "rnn.bias_hh_l0": draw.uniform(hidden_dim, low=-0.5, high=0.5),
        "fc.weight": draw.normal(vocab_size, hidden_dim, scale=hidden_dim**-0.5),
        "fc.bias": draw.uniform(vocab_size, low=-0.5, high=0.5),
    }
    mine.load_state_dict(weights)
    theirs.load_state_dict(weights)
    return mine.eval(), theirs.eval()


def answer(model, *inputs):
    """Return the model's pair. Raises CheckFailed when it gives something else."""
    found = model(*inputs)
    if not isinstance(found, (tuple, list)) or len(found) != 2:
        raise CheckFailed(
            "SimpleRNN does not return a pair (logits, hidden).",
            "Look at the `Returns` of the stub.",
            found,
            "(logits, hidden)",
        )
    return found


def check(found, expected, tokens, hidden_dim, dtype=torch.float32):
    """Compare a pair with the reference's."""
    terms = WIDTH + hidden_dim + tokens.size(1)
    for mine, theirs, what in zip(found, expected, ("the logits", "the hidden state that you return"), strict=True):
        assert_close(mine, theirs, terms=terms, dtype=dtype, condition=CONDITION * exact(dtype), scale=UNIT, what=what)


def compare(mine, theirs, tokens, *hidden, hidden_dim, dtype=torch.float32):
    """Check that both models answer the same, logits and state."""
    check(answer(mine, tokens, *hidden), answer(theirs, tokens, *hidden), tokens, hidden_dim, dtype)


def check_gradients(mine, theirs, tokens, *hidden, cotangents):
    """Compare the gradients of both models, with respect to the parameters and to a state that is given."""
    terms = WIDTH + 5 + tokens.numel()
    models.compare_gradients(
        mine, theirs, tokens, *hidden, cotangent=cotangents, terms=terms, wrt=["hidden"], condition=4 * CONDITION
    )


def text(draw, N, T, vocab_size):
    """Draw token ids; the first and the last of the vocabulary are among them."""
    tokens = draw.integers(N, T, low=0, high=vocab_size)
    tokens[0, 0], tokens[-1, -1] = 0, vocab_size - 1
    return tokens


# Probes: the same questions for a submission, the solution and every misconception, from the tiniest input up ----------


def prepared(subject, draw, vocab_size=3, hidden_dim=2, dtype=None):
    """Return a model for a probe; its weights follow from their names, whatever they are."""
    seed = int(draw.integers(low=0, high=1 << 30))
    with models.unobserved(subject):
        model = subject.SimpleRNN(vocab_size, hidden_dim)
        model.load_state_dict(models.random_state(model, seed, tables=(vocab_size,)))
        if dtype is not None:
            model.to(dtype)
        return model.eval()


def probe_parameters(subject, draw):
    """Names and shapes of all parameters."""
    parameters = subject.SimpleRNN(5, 3).describe()["parameters"]
    listed = sorted(f"{name} {tuple(entry['shape'])}" for name, entry in parameters.items())
    models.conclude(subject, "SimpleRNN", {"vocab_size": 5, "hidden_dim": 3}, listed)


def probe_one_token(subject, draw):
    """One sequence of one token."""
    prepared(subject, draw)(torch.tensor([[1]]))


def probe_three_tokens(subject, draw):
    """One sequence of three tokens."""
    prepared(subject, draw)(torch.tensor([[1, 0, 2]]))


def probe_given_hidden(subject, draw):
    """A state to start from."""
    prepared(subject, draw)(torch.tensor([[1, 2]]), torch.tensor([[[1.0, -1.0]]]))


def probe_two_sequences(subject, draw):
    """Two sequences of three tokens, with a state for each."""
    prepared(subject, draw)(torch.tensor([[1, 0, 2], [2, 2, 0]]), draw.small(1, 2, 2))


def probe_two_sequences_alone(subject, draw):
    """Two sequences of three tokens, and no state."""
    prepared(subject, draw)(torch.tensor([[1, 0, 2], [2, 2, 0]]))


def probe_again(subject, draw):
    """The same tokens twice, and no state."""
    model = prepared(subject, draw)
    model(torch.tensor([[1, 2]]))
    model(torch.tensor([[1, 2]]))


def probe_double(subject, draw):
    """A model in float64, with and without a state."""
    model = prepared(subject, draw, dtype=torch.float64)
    model(torch.tensor([[1, 2]]), torch.tensor([[[1.0, -1.0]]], dtype=torch.float64))
    model(torch.tensor([[1, 2]]))


def probe_gradients(subject, draw):
    """Gradients with respect to every parameter and to the state."""
    cotangents = draw.small(2, 2, 3), draw.small(1, 2, 2)
    prepared(subject, draw).gradients(torch.tensor([[1, 0], [2, 2]]), draw.small(1, 2, 2), cotangent=cotangents)


# Tests ------------------------------------------------------------------------------------------------------------------


@mark.points(4)
def test_logits(student, reference, draw):
    """With the grader's weights the logits are fc(rnn(embedding(x))), (N, T, V), plain scores for every time step."""
    for vocab_size, hidden_dim, N, T in ((3, 2, 1, 2), (11, 7, 3, 5), (5, 5, 5, 5)):
        mine, theirs = pair(student, reference, draw, vocab_size, hidden_dim)
        tokens = text(draw, N, T, vocab_size)
        expected, _ = theirs(tokens)
        logits = answer(mine, tokens)[0]
        assert_close(logits, expected, terms=WIDTH + hidden_dim + T, condition=CONDITION, scale=UNIT, what="the logits")


@FIRST
@mark.points(2)
def test_hidden_returned(student, reference, draw):
    """The hidden state that comes back is the one after the last step, (1, N, hidden_dim)."""
    for vocab_size, hidden_dim, N, T in ((3, 2, 1, 1), (9, 4, 3, 5)):
        mine, theirs = pair(student, reference, draw, vocab_size, hidden_dim)
        compare(mine, theirs, text(draw, N, T, vocab_size), hidden_dim=hidden_dim)


@mark.needs("test_hidden_returned")
@mark.points(3)
def test_hidden_given(student, reference, draw):
    """A hidden state that is handed over is where the network starts, each sequence from its own."""
    for vocab_size, hidden_dim, N, T in ((3, 2, 1, 1), (9, 4, 3, 5), (4, 3, 3, 3)):
        mine, theirs = pair(student, reference, draw, vocab_size, hidden_dim)
        hidden = draw.uniform(1, N, hidden_dim, low=-1.0)
        compare(mine, theirs, text(draw, N, T, vocab_size), hidden, hidden_dim=hidden_dim)
    compare(mine, theirs, text(draw, 2, 3, 4), torch.zeros(1, 2, 3), hidden_dim=3)


@mark.needs("test_hidden_returned")
@mark.points(2)
def test_sizes(student, reference, draw):
    """Any vocabulary, any size of the state, any batch and any length will do."""
    for vocab_size, hidden_dim, N, T in ((1, 1, 1, 1), (2, 9, 4, 1), (12, 1, 1, 8), (6, 16, 2, 3)):
        mine, theirs = pair(student, reference, draw, vocab_size, hidden_dim)
        compare(mine, theirs, text(draw, N, T, vocab_size), hidden_dim=hidden_dim)
        hidden = draw.uniform(1, N + 1, hidden_dim, low=-1.0)
        compare(mine, theirs, text(draw, N + 1, T + 1, vocab_size), hidden, hidden_dim=hidden_dim)


@mark.needs("test_hidden_given")
@mark.points(2)
def test_halves(student, reference, draw):
    """A sequence fed in two parts, the hidden state of the first handed to the second, gives what the whole gives."""
    mine, _ = pair(student, reference, draw, 9, 4)
    tokens = text(draw, 3, 6, 9)
    whole, last = answer(mine, tokens)
    for cut in (1, 3):
        first, hidden = answer(mine, tokens[:, :cut].clone())
        second, end = answer(mine, tokens[:, cut:].clone(), hidden)
        pieces = torch.cat([first, second], dim=1)
        assert_close(
            pieces, whole.double(), terms=WIDTH + 10, condition=CONDITION, scale=UNIT, what="the logits of both parts together"
        )
        assert_close(
            end, last.double(), terms=WIDTH + 10, condition=CONDITION, scale=UNIT, what="the hidden state after both parts"
        )


@FIRST
@mark.points(1)
def test_starts_anew(student, reference, draw):
    """Without a hidden state every call starts from zeros, whatever was read before."""
    mine, theirs = pair(student, reference, draw, 9, 4)
    tokens, other = text(draw, 3, 5, 9), text(draw, 3, 4, 9)
    expected, _ = theirs(tokens)
    for _ in range(2):
        logits = answer(mine, tokens)[0]
        assert_close(logits, expected, terms=WIDTH + 9, condition=CONDITION, scale=UNIT, what="the logits")
        answer(mine, other, draw.normal(1, 3, 4))


@FIRST
@mark.points(1)
def test_sequences_apart(student, reference, draw):
    """What a sequence gets does not depend on the other sequences of the batch."""
    mine, _ = pair(student, reference, draw, 9, 4)
    tokens = text(draw, 3, 5, 9)
    together = answer(mine, tokens)[0]
    for n in range(3):
        alone = answer(mine, tokens[n : n + 1].clone())[0]
        wanted = together[n : n + 1].double()
        assert_close(alone, wanted, terms=WIDTH + 9, condition=CONDITION, scale=UNIT, what="the logits of one sequence alone")


@FIRST
@mark.points(2)
def test_gradients(student, reference, draw):
    """Every parameter receives its gradient from the logits, through all time steps."""
    for N, T in ((3, 4), (2, 5), (1, 1)):
        mine, theirs = pair(student, reference, draw, 5, 4)
        tokens, cotangents = text(draw, N, T, 5), [draw.normal(N, T, 5), None]
        check_gradients(mine, theirs, tokens, cotangents=cotangents)


@mark.needs("test_hidden_given")
@mark.points(1)
def test_hidden_gradients(student, reference, draw):
    """Gradients pass through the hidden states, from the one that goes out to the one that comes in and to the weights."""
    for N, T in ((2, 3), (1, 1), (1, 30)):
        mine, theirs = pair(student, reference, draw, 5, 4)
        tokens, hidden = text(draw, N, T, 5), draw.uniform(1, N, 4, low=-1.0)
        check_gradients(mine, theirs, tokens, hidden, cotangents=[None, draw.normal(1, N, 4)])
        check_gradients(mine, theirs, tokens, hidden, cotangents=[draw.normal(N, T, 5), draw.normal(1, N, 4)])


@mark.needs("test_hidden_returned")
@mark.points(1)
def test_double(student, reference, draw):
    """A model in float64 answers in float64, with its precision, with and without a hidden state."""
    mine, theirs = pair(student, reference, draw, 9, 4)
    mine.to(torch.float64)
    tokens, hidden = text(draw, 3, 5, 9), draw.uniform(1, 3, 4, low=-1.0, dtype=torch.float64)
    compare(mine, theirs, tokens, hidden_dim=4, dtype=torch.float64)
    compare(mine, theirs, tokens, hidden, hidden_dim=4, dtype=torch.float64)


@FIRST
@mark.points(1)
def test_inputs_unchanged(student, reference, draw):
    """x and hidden are left as they were; x may be laid out in memory in any way."""
    mine, theirs = pair(student, reference, draw, 9, 4)
    for inputs in ((text(draw, 3, 5, 9), draw.normal(1, 3, 4)), (text(draw, 3, 5, 9),)):
        changed = mine.changed(*inputs)
        if changed:
            fail(
                f"Your forward changes `{changed[0]}` in place.",
                "Methods that end in an underscore write into the caller's tensor.",
            )
    turned = text(draw, 5, 3, 9).T
    expected, _ = theirs(turned)
    assert_close(answer(mine, turned)[0], expected, terms=WIDTH + 9, condition=CONDITION, scale=UNIT, what="the logits")
