"""Long Short-Term Memory: the gates, one step and the layer, each with a gate of its own; numbers, states and gradients."""

import pytest
import torch

from chapter10.grading import CheckFailed, assert_close, assert_gradient, exact, fail, models, scattered
from chapter10.grading.training import check_accuracy

mark = pytest.mark
GATES = mark.needs("test_gates")
CELL = mark.needs("test_cell")
LAYER = mark.needs("test_layer")

CONDITION = 10  # each step reads what the one before it has rounded
UNIT = 1.0  # what is summed is about that large, also where the sum happens to be next to nothing
WEIGHTS = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
PARTS = ("`output`", "the returned h", "the returned c")


def weights(draw, D, H, dtype=torch.float32):
    """Draw the two stacked matrices and the two stacked biases."""
    return (
        draw.normal(4 * H, D, dtype=dtype, scale=D**-0.5),
        draw.normal(4 * H, H, dtype=dtype, scale=H**-0.5),
        draw.normal(4 * H, dtype=dtype, scale=0.5),
        draw.normal(4 * H, dtype=dtype, scale=0.5),
    )


def a_state(draw, N, H, dtype=torch.float32):
    """Draw h, which lies between −1 and 1, and a c that does not."""
    return draw.uniform(N, H, low=-1.0, dtype=dtype), draw.normal(N, H, dtype=dtype, scale=1.5)


def parts_of(found, count, names):
    """Return the parts of an answer. Raises CheckFailed when there are not `count` of them."""
    if not isinstance(found, (tuple, list)) or len(found) != count:
        raise CheckFailed(f"Your result is not {names}.", "Look at the `Returns` of the stub.", found, names)
    return found


def check_gates(found, expected, terms, dtype=torch.float32):
    """Compare i, f, g and o with the reference's."""
    for name, mine, theirs in zip("ifgo", parts_of(found, 4, "(i, f, g, o)"), expected, strict=True):
        assert_close(mine, theirs, terms=terms, dtype=dtype, condition=exact(dtype), scale=UNIT, what=f"`{name}`")


def check_cell(found, expected, terms, dtype=torch.float32):
    """Compare h' and c' with the reference's."""
    for name, mine, theirs in zip(("h'", "c'"), parts_of(found, 2, "(h', c')"), expected, strict=True):
        assert_close(mine, theirs, terms=terms, dtype=dtype, condition=4 * exact(dtype), scale=UNIT, what=name)


def layer_answer(found):
    """Return output, h and c of a layer's answer, side by side."""
    output, state = parts_of(found, 2, "(output, (h, c))")
    return output, *parts_of(state, 2, "(output, (h, c))")


def check_layer(found, expected, terms, dtype=torch.float32):
    """Compare output, h and c with the reference's."""
    for what, mine, theirs in zip(PARTS, layer_answer(found), layer_answer(expected), strict=True):
        assert_close(mine, theirs, terms=terms, dtype=dtype, condition=CONDITION * exact(dtype), scale=UNIT, what=what)


def check_inputs(found, expected, names, terms):
    """Compare the gradients with respect to the inputs; a tensor inside the state is called `state[0]` or `state[1]`."""
    for name in names:
        wanted = expected.inputs[name]
        scale = max(float(wanted.abs().max()), UNIT / 3)
        assert_gradient(found.inputs.get(name), wanted, name, terms=terms, condition=CONDITION, scale=scale)


def pair(student, reference, draw, D, H):
    """Return the student's layer and the reference's, in eval mode, with the same random weights."""
    mine, theirs = models.build(student.LSTM, D, H), reference.LSTM(D, H)
    shared = dict(zip(WEIGHTS, weights(draw, D, H), strict=True))
    mine.load_state_dict(shared)
    theirs.load_state_dict(shared)
    return mine.eval(), theirs.eval()


# Probes: the same questions for a submission, the solution and every misconception, from the tiniest input up ----------


def small_weights(draw, D, H, dtype=torch.float32):
    """Draw readable weights, small enough that nothing saturates."""
    return tuple(draw.small(*shape, dtype=dtype) / 4 for shape in ((4 * H, D), (4 * H, H), (4 * H,), (4 * H,)))


def one_unit():
    """Return weights of one unit in which every number is another one."""
    weight_ih = torch.tensor([[0.5], [-0.25], [1.0], [0.75]])
    weight_hh = torch.tensor([[1.0], [0.5], [-0.5], [2.0]])
    return weight_ih, weight_hh, torch.tensor([0.25, 0.5, -1.0, 0.0]), torch.tensor([0.5, -1.0, 0.25, 1.0])


def prepared(subject, weights, dtype=None):
    """Return a layer with the given weights for a probe, which keeps no record of how that was done."""
    with models.unobserved(subject):
        layer = subject.LSTM(weights[0].size(1), weights[1].size(1))
        layer.load_state_dict(dict(zip(WEIGHTS, weights, strict=True)))
        if dtype is not None:
            layer.to(dtype)
        return layer.eval()


def probe_parameters(subject, draw):
    """Names and shapes of all parameters."""
    parameters = subject.LSTM(3, 2).describe()["parameters"]
    listed = sorted(f"{name} {tuple(entry['shape'])}" for name, entry in parameters.items())
    models.conclude(subject, "LSTM", {"input_size": 3, "hidden_size": 2}, listed)


def probe_gates_of_one_unit(subject, draw):
    """One input, one unit."""
    subject.lstm_gates(torch.tensor([[1.0]]), torch.tensor([[0.5]]), *one_unit())


def probe_gates_of_two_units(subject, draw):
    """Two inputs, two units, a batch of four."""
    subject.lstm_gates(draw.small(4, 2), torch.tensor([[0.5, 0.0], [-0.5, 1.0]] * 2), *small_weights(draw, 2, 2))


def probe_cell_of_one_unit(subject, draw):
    """One step from a state."""
    subject.lstm_cell(torch.tensor([[1.0]]), (torch.tensor([[0.5]]), torch.tensor([[-2.0]])), *one_unit())


def probe_cell_of_two_units(subject, draw):
    """One step of three units and two inputs for a batch of two."""
    state = torch.tensor([[0.5, 0.0, 0.25], [-0.5, 1.0, 0.0]]), torch.tensor([[1.0, -2.0, 0.5], [0.0, 3.0, 1.0]])
    subject.lstm_cell(draw.small(2, 2), state, *small_weights(draw, 2, 3))


def probe_layer_one_step(subject, draw):
    """A sequence of one step, from zeros."""
    prepared(subject, one_unit())(torch.tensor([[[1.0]]]))


def probe_layer_three_steps(subject, draw):
    """A sequence of three steps, from zeros."""
    prepared(subject, one_unit())(torch.tensor([[[1.0], [-2.0], [0.5]]]))


def probe_layer_state(subject, draw):
    """Two steps from a given state."""
    state = torch.tensor([[0.5]]), torch.tensor([[-2.0]])
    prepared(subject, one_unit())(torch.tensor([[[1.0], [2.0]]]), state)


def probe_layer_batch(subject, draw):
    """Two sequences of two steps."""
    prepared(subject, small_weights(draw, 2, 2))(draw.small(2, 2, 2))


def probe_layer_again(subject, draw):
    """The same sequence twice, from zeros."""
    layer = prepared(subject, one_unit())
    layer(torch.tensor([[[1.0]]]))
    layer(torch.tensor([[[1.0]]]))


def probe_double(subject, draw):
    """A layer in float64, from zeros."""
    layer = prepared(subject, one_unit(), dtype=torch.float64)
    layer(torch.tensor([[[1.0], [-2.0]]], dtype=torch.float64))


def probe_cell_gradients(subject, draw):
    """Gradients of one step with respect to everything."""
    inputs = torch.tensor([[1.0]]), (torch.tensor([[0.5]]), torch.tensor([[-2.0]])), *one_unit()
    subject.lstm_cell.gradients(*inputs, cotangent=[torch.tensor([[1.0]]), torch.tensor([[2.0]])])


def probe_layer_gradients(subject, draw):
    """Gradients of three steps with respect to everything."""
    cotangents = [torch.tensor([[[1.0], [2.0], [-1.0]]]), torch.tensor([[3.0]]), torch.tensor([[-2.0]])]
    state = torch.tensor([[0.5]]), torch.tensor([[-2.0]])
    prepared(subject, one_unit()).gradients(torch.tensor([[[1.0], [-2.0], [0.5]]]), state, cotangent=cotangents)


# Tests ------------------------------------------------------------------------------------------------------------------


@mark.points(2)
def test_gates(student, reference, draw):
    """`lstm_gates` returns (i, f, g, o) after their activations, for weights stacked in that order."""
    for N, D, H in ((1, 1, 1), (2, 3, 2), (4, 4, 4), (4, 2, 3)):
        x, (h, _), rest = draw.normal(N, D), a_state(draw, N, H), weights(draw, D, H)
        check_gates(student.lstm_gates(x, h, *rest), reference.lstm_gates(x, h, *rest), terms=D + H)


@GATES
@mark.points(1)
def test_gates_inputs(student, reference, draw):
    """`lstm_gates` takes any sizes, float32 and float64, and any layout in memory, and leaves its inputs as they were."""
    for N, D, H in ((1, 6, 2), (5, 1, 3), (3, 2, 1)):
        for dtype in (torch.float32, torch.float64):
            x, (h, _), rest = draw.normal(N, D, dtype=dtype), a_state(draw, N, H, dtype), weights(draw, D, H, dtype)
            check_gates(student.lstm_gates(x, h, *rest), reference.lstm_gates(x, h, *rest), D + H, dtype)
    x, (h, _), rest = draw.normal(4, 3, scale=1000.0), a_state(draw, 4, 3), weights(draw, 3, 3)  # gates wide open or shut
    for name, mine, theirs in zip("ifgo", student.lstm_gates(x, h, *rest), reference.lstm_gates(x, h, *rest), strict=True):
        assert_close(mine, theirs, terms=6, condition=3000, scale=UNIT, what=f"`{name}` of large scores")
    inputs = tuple(map(scattered, (draw.normal(3, 4), a_state(draw, 3, 2)[0], *weights(draw, 4, 2))))
    check_gates(student.lstm_gates(*inputs), reference.lstm_gates(*inputs), terms=6)
    if student.lstm_gates.changed(*inputs):
        fail("`lstm_gates` changes one of its inputs in place.", "Methods that end in an underscore and `x += …` do so.")


@GATES
@mark.points(2)
def test_gates_gradients(student, reference, draw):
    """Gradients flow to all six arguments of `lstm_gates`, from each gate."""
    for N, D, H in ((3, 4, 2), (2, 2, 2)):
        inputs = draw.normal(N, D), a_state(draw, N, H)[0], *weights(draw, D, H)
        cotangents = [draw.normal(N, H) for _ in range(4)]
        expected = reference.lstm_gates.gradients(*inputs, cotangent=cotangents)
        found = student.lstm_gates.gradients(*inputs, cotangent=cotangents)
        check_inputs(found, expected, ("x", "h", *WEIGHTS), terms=N + D + 4 * H)


@mark.points(2)
def test_cell(student, reference, draw):
    """`lstm_cell` returns (h', c') with c' = f ⊙ c + i ⊙ g and h' = o ⊙ tanh(c')."""
    for N, D, H in ((1, 1, 1), (2, 3, 2), (4, 4, 4)):
        inputs = draw.normal(N, D), a_state(draw, N, H), *weights(draw, D, H)
        check_cell(student.lstm_cell(*inputs), reference.lstm_cell(*inputs), terms=D + H)


@CELL
@mark.points(1)
def test_cell_inputs(student, reference, draw):
    """`lstm_cell` takes any sizes, float32 and float64, and any layout in memory, and leaves its inputs as they were."""
    for N, D, H in ((1, 6, 2), (5, 1, 3)):
        for dtype in (torch.float32, torch.float64):
            inputs = draw.normal(N, D, dtype=dtype), a_state(draw, N, H, dtype), *weights(draw, D, H, dtype)
            check_cell(student.lstm_cell(*inputs), reference.lstm_cell(*inputs), D + H, dtype)
    x, state, rest = draw.normal(3, 4), a_state(draw, 3, 2), weights(draw, 4, 2)
    inputs = scattered(x), tuple(map(scattered, state)), *map(scattered, rest)
    check_cell(student.lstm_cell(*inputs), reference.lstm_cell(*inputs), terms=6)
    changed = student.lstm_cell.changed(*inputs)
    if changed:
        fail(f"`lstm_cell` changes `{changed[0]}` in place.", "The old cell still belongs to the caller: make a new one.")


@CELL
@mark.points(2)
def test_cell_gradients(student, reference, draw):
    """Gradients flow from h' and from c' to x, h, c, the weights and the biases."""
    for N, D, H in ((3, 4, 2), (2, 2, 2)):
        inputs = draw.normal(N, D), a_state(draw, N, H), *weights(draw, D, H)
        one, other = draw.normal(N, H), draw.normal(N, H)
        for cotangents in ([one, other], [one, None], [None, other]):
            expected = reference.lstm_cell.gradients(*inputs, cotangent=cotangents)
            found = student.lstm_cell.gradients(*inputs, cotangent=cotangents)
            check_inputs(found, expected, ("x", "state[0]", "state[1]", *WEIGHTS), terms=N + D + 4 * H)


@mark.points(3)
def test_layer(student, reference, draw):
    """With the same weights the layer's output, (N, T, H), is the h of every step, as in nn.LSTM."""
    for N, T, D, H in ((1, 1, 1, 1), (2, 4, 3, 2), (3, 3, 3, 3)):
        mine, theirs = pair(student, reference, draw, D, H)
        x = draw.normal(N, T, D)
        expected, _ = theirs(x)
        found = parts_of(mine(x), 2, "(output, (h, c))")[0]
        assert_close(found, expected, terms=D + H + T, condition=CONDITION, scale=UNIT, what="`output`")


@LAYER
@mark.points(2)
def test_layer_state(student, reference, draw):
    """h and c come out as (N, H), the state after the last step, and a state that is given is where the layer starts."""
    for N, T, D, H in ((2, 1, 1, 3), (2, 4, 3, 2), (3, 3, 3, 3)):
        mine, theirs = pair(student, reference, draw, D, H)
        x, state = draw.normal(N, T, D), a_state(draw, N, H)
        check_layer(mine(x), theirs(x), terms=D + H + T)
        check_layer(mine(x, state), theirs(x, state), terms=D + H + T)


@LAYER
@mark.points(1)
def test_layer_apart(student, reference, draw):
    """Without a state every call starts from zeros; a sequence does not depend on others, nor on what comes after."""
    mine, theirs = pair(student, reference, draw, 3, 2)
    x, other = draw.normal(3, 5, 3), draw.normal(3, 2, 3)
    expected, _ = theirs(x)
    for _ in range(2):
        together, *_ = parts_of(mine(x), 2, "(output, (h, c))")
        assert_close(together, expected, terms=10, condition=CONDITION, scale=UNIT, what="`output`")
        mine(other, a_state(draw, 3, 2))
    x = draw.normal(1, 70, 3)
    found, _ = parts_of(mine(x), 2, "(output, (h, c))")
    assert_close(found, theirs(x)[0], terms=75, condition=CONDITION, scale=UNIT, what="`output` of a long sequence")
    x = draw.normal(3, 5, 3)
    expected, _ = theirs(x)
    for n in range(3):
        alone, *_ = parts_of(mine(x[n : n + 1, :3].clone()), 2, "(output, (h, c))")
        wanted = expected[n : n + 1, :3]
        assert_close(alone, wanted, terms=10, condition=CONDITION, scale=UNIT, what="`output` of one sequence alone")


@mark.needs("test_layer_state")
@mark.points(3)
def test_layer_gradients(student, reference, draw):
    """Output, h and c pass their gradients back through time: to x, to a given state, and to every parameter."""
    for N, T, D, H, train in ((2, 4, 3, 2, False), (3, 1, 2, 2, True), (1, 40, 1, 2, False)):
        mine, theirs = pair(student, reference, draw, D, H)
        mine.train(train)
        x, state = draw.normal(N, T, D), a_state(draw, N, H)
        output, h, c = draw.normal(N, T, H), draw.normal(N, H), draw.normal(N, H)
        terms = (N + D + 4 * H) * T
        for cotangents in ([output, None, None], [None, None, c], [output, h, c]):
            models.compare_gradients(mine, theirs, x, cotangent=cotangents, terms=terms, condition=CONDITION)
            models.compare_gradients(mine, theirs, x, state, cotangent=cotangents, terms=terms, condition=CONDITION)


@mark.needs("test_layer_state")
@mark.points(1)
def test_layer_inputs(student, reference, draw):
    """The layer takes float64 and any layout in memory, and leaves x and the state as they were."""
    mine, theirs = pair(student, reference, draw, 3, 2)
    inputs = draw.normal(4, 2, 3).transpose(0, 1), tuple(map(scattered, a_state(draw, 2, 2)))
    check_layer(mine(*inputs), theirs(*inputs), terms=9)
    if mine.changed(*inputs):
        fail("Your LSTM changes one of its inputs in place.", "Methods that end in an underscore and `c *= …` do so.")
    mine, theirs = pair(student, reference, draw, 4, 3)
    mine.to(torch.float64)
    x, state = draw.normal(2, 4, 4, dtype=torch.float64), a_state(draw, 2, 3, torch.float64)
    check_layer(mine(x), theirs(x), 11, torch.float64)
    check_layer(mine(x, state), theirs(x, state), 11, torch.float64)


@mark.needs("test_layer", "test_layer_gradients")
@mark.points(3)
@mark.training
def test_trained_accuracy(student, draw):
    """Your LSTM, trained, still knows at the end of a sequence which signal it has seen in its first half."""
    check_accuracy(student, "spot", draw)
