"""Trained accuracy: the trainer behind the wall, the tasks, the verdict, the calibration. With small recipes."""

import dataclasses
import json

import pytest
import torch
from torch import nn

from chapter10.course import folder, load_course
from chapter10.errors import DataError
from chapter10.grading import calibration, training
from chapter10.grading.compare import CheckFailed
from chapter10.grading.draw import Draw
from chapter10.sandbox.child import Worker
from chapter10.sandbox.engine import Engine
from chapter10.sandbox.proxy import TRAIN_REQUESTS, Subject, SubjectError
from chapter10.sandbox.trainer import PARTS, Adam, Training
from chapter10.sandbox.transports import ChildTransport, LocalTransport, Source

NET = """
import torch
from torch import nn
class Net(nn.Module):
    def __init__(self, width=3):
        super().__init__()
        self.layer = nn.Linear(width, 2)
        self.dropout = nn.Dropout(0.2)
    def forward(self, x):
        return self.layer(self.dropout(x))
"""
RECIPE = {
    "parts": [{"part": "student", "name": "Net", "arguments": []}],
    "rate": 0.05,
    "schedule": "linear",
    "batch": 16,
    "epochs": 5,
    "shuffle": True,
    "seed": 1,
}


@pytest.fixture(scope="module", autouse=True)
def _one_thread():
    """As in a grading."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def engine():
    with Engine() as engine:
        yield engine


@pytest.fixture
def walled(engine):
    """Make a subject whose code runs in a walled child."""
    transports = []

    def make(text, progress=None):
        transports.append(ChildTransport(engine, Source("net", "net.py", text)))
        return Subject(transports[-1], {}, training_progress=progress)

    yield make
    for transport in transports:
        transport.close()


def local(text, progress=None):
    return Subject(LocalTransport(Source("net", "net.py", text), double=False), {}, training_progress=progress)


def halves(count=100):
    """Points (n, 3) and on which side of a plane they lie."""
    points = torch.randn(count, 3, generator=torch.Generator().manual_seed(3))
    return points, (points.sum(1) > 0).long()


def fit(subject, recipe=RECIPE, **options):
    points, sides = halves()
    return subject.fit(recipe, inputs=[points[:80]], targets=sides[:80], test_inputs=[points[80:]], **options)


# The trainer ------------------------------------------------------------------------------------------------------------


def test_a_model_learns_behind_the_wall(walled):
    heard = []
    trained = fit(walled(NET, heard.append))
    assert trained.outputs.shape == (20, 2)
    assert len(trained.history) == 25
    assert trained.history[-1] < trained.history[0]
    assert trained.seconds > 0
    assert (trained.outputs.argmax(1) == halves()[1][80:]).float().mean() > 0.8
    assert heard == [(piece + 1) / TRAIN_REQUESTS for piece in range(TRAIN_REQUESTS)]


def test_the_same_seed_gives_the_same_bits(walled):
    one, again, here = fit(walled(NET)), fit(walled(NET)), fit(local(NET))
    assert torch.equal(one.outputs, again.outputs)
    assert torch.equal(one.outputs, here.outputs)
    assert one.history == again.history == here.history
    other = fit(walled(NET), RECIPE | {"seed": 2})
    assert not torch.equal(one.outputs, other.outputs)


def test_the_same_subject_can_be_trained_again(walled):
    subject = walled(NET)
    assert torch.equal(fit(subject).outputs, fit(subject).outputs)


def test_fewer_steps_than_requests(walled):
    trained = fit(walled(NET), RECIPE | {"epochs": 1, "batch": 80})
    assert len(trained.history) == 1


def test_a_learner_cannot_seed_it_away(walled):
    """What a constructor draws does not move the random numbers of the training."""
    text = NET.replace("self.dropout =", "torch.rand(7); self.dropout =")
    assert torch.equal(fit(walled(NET)).outputs, fit(walled(text)).outputs)


def test_the_test_is_answered_in_eval_mode():
    """With dropout active, two answers to one input would differ."""
    points, sides = halves()
    twice = points[80:].repeat(2, 1)
    outputs = local(NET).fit(RECIPE, inputs=[points[:80]], targets=sides[:80], test_inputs=[twice]).outputs
    assert torch.equal(outputs[:20], outputs[20:])


def test_no_test_label_is_sent():
    requests = []

    class Spy:
        def perform(self, request, seconds):
            requests.append(request)
            outputs = torch.zeros(training.TEST, 2) if request["finish"] else None
            return {"history": [0.0] * request["steps"], "outputs": outputs}

    task = training.TASKS["order"]
    training.run(Subject(Spy(), {}), task, 5)
    examples = task.make(5)
    begin = requests[0]["begin"]
    assert set(begin) == {"recipe", "inputs", "targets", "test_inputs", "constants"}
    assert torch.equal(begin["test_inputs"][0], examples.test_inputs[0])
    assert begin["recipe"]["seed"] != 5
    assert all(request["begin"] is None for request in requests[1:])
    for value in (*begin["inputs"], begin["targets"], *begin["test_inputs"]):
        assert not (value.shape == examples.test_labels.shape and torch.equal(value, examples.test_labels))


@pytest.mark.parametrize(
    ("text", "kind", "words"),
    [
        ("class Other: pass", "missing", ""),
        ("def Net(): return 3", "raised", "no nn.Module"),
        (NET.replace("return self.layer", "raise ValueError('mine'); return self.layer"), "raised", "mine"),
        (NET.replace("(self.dropout(x))", "(self.dropout(x)).sum()"), "raised", ""),
        ("class Net:\n    def __init__(self): raise NotImplementedError('TODO: Net')", "raised", "TODO: Net"),
        (NET.replace("return self.layer", "import os; os._exit(0); return self.layer"), "lost", ""),
    ],
)
def test_what_the_learner_does_wrong_is_told(walled, text, kind, words):
    with pytest.raises(SubjectError) as caught:
        fit(walled(text))
    assert caught.value.error["kind"] == kind
    assert words in caught.value.error.get("message", "")


def test_the_parent_keeps_the_time(walled):
    text = NET.replace("return self.layer", "import time; time.sleep(60); return self.layer")
    with pytest.raises(SubjectError) as caught:
        fit(walled(text), seconds=1.0)
    assert caught.value.error["reason"] == "timeout"
    assert caught.value.error["seconds"] == 1.0


def test_a_training_does_not_use_up_the_time_for_calls(walled):
    subject = walled(NET)
    fit(subject)
    transport = subject._transport
    before = transport.budget
    fit(subject)
    assert transport.budget == before


def test_answers_of_another_number_are_refused(walled):
    text = NET.replace("return self.layer(self.dropout(x))", "y = self.layer(x); return y if self.training else y[:3]")
    with pytest.raises(SubjectError) as caught:
        fit(walled(text))
    assert "20 test inputs" in caught.value.error["message"]


@pytest.mark.parametrize(
    "lie",
    [
        {"history": [], "outputs": torch.zeros(20, 2)},
        {"history": [1], "outputs": None},
        {"history": "none", "outputs": None},
        {"outputs": None},
    ],
)
def test_malformed_replies_are_refused(lie):
    from chapter10.sandbox.replies import well_formed

    assert not well_formed({"op": "train", "steps": 1, "finish": False}, lie)
    assert well_formed({"op": "train", "steps": 1, "finish": False}, {"history": [0.5], "outputs": None})
    assert not well_formed({"op": "train", "steps": 0, "finish": True}, {"history": [], "outputs": None})
    assert not well_formed({"op": "train", "steps": 0, "finish": True}, {"history": [], "outputs": torch.zeros(2).long()})


def test_our_adam_is_torchs():
    torch.manual_seed(0)
    mine, theirs = nn.Linear(4, 3), nn.Linear(4, 3)
    theirs.load_state_dict(mine.state_dict())
    ours, optimizer = Adam(list(mine.parameters())), torch.optim.Adam(theirs.parameters(), lr=0.01)
    for _ in range(50):
        x = torch.randn(8, 4)
        mine(x).square().sum().backward()
        ours.step(0.01)
        optimizer.zero_grad()
        theirs(x).square().sum().backward()
        optimizer.step()
    assert torch.allclose(mine.weight, theirs.weight, rtol=1e-5, atol=1e-7)
    assert torch.allclose(mine.bias, theirs.bias, rtol=1e-5, atol=1e-7)


def test_a_frozen_or_unused_parameter_stays():
    model = nn.Linear(2, 2)
    before = model.weight.clone()
    Adam([model.weight]).step(0.1)
    assert torch.equal(model.weight, before)


def test_linear_and_constant_rates():
    """With one parameter and constant gradients, Adam's steps are the rates."""
    text = """
import torch
from torch import nn
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.w = nn.Parameter(torch.zeros(1))
    def forward(self, x):
        return torch.stack([self.w.expand(len(x)) * 1e-3, torch.zeros(len(x))], 1)
"""
    ends = {}
    for schedule in ("constant", "linear"):
        points, _ = halves()
        recipe = RECIPE | {"schedule": schedule, "batch": 80, "epochs": 10, "rate": 0.1}
        sides = torch.zeros(80, dtype=torch.int64)
        outputs = local(text).fit(recipe, inputs=[points[:80]], targets=sides, test_inputs=[points[80:]]).outputs
        ends[schedule] = float(outputs[0, 0]) / 1e-3
    assert ends["constant"] == pytest.approx(1.0, rel=1e-2)
    assert ends["linear"] == pytest.approx(0.55, rel=1e-2)


def test_every_part_is_used_by_a_task():
    used = {part["part"] for task in training.TASKS.values() for part in task.recipe["parts"]}
    assert used == set(PARTS)


@pytest.mark.parametrize(
    "task", [task for task in training.TASKS.values() if task.make(0).inputs[0].dim() == 2], ids=lambda task: task.id
)
def test_the_parts_fit_together(task):
    """Two steps of every sequence recipe with the solution: shapes, masks, layouts."""
    if task.id == "reviews":
        pytest.skip("its recipe is all the learner's; two steps of it are seconds")
    exercise = load_course()[task.exercise]
    worker = Worker()
    worker.handle(Source(exercise.id, exercise.filename, exercise.solution.read_text()).request())
    examples = task.make(1)
    order = {
        "recipe": task.recipe | {"seed": 1},
        "inputs": [tensor[:128] for tensor in examples.inputs],
        "targets": examples.targets[:128],
        "test_inputs": [tensor[:7] for tensor in examples.test_inputs],
        "constants": examples.constants,
    }
    made = Training(order, worker._named, torch.manual_seed)
    assert len(made.advance(5)) == 2
    assert made.answers().shape[0] == 7


def test_no_compiler_is_imported_by_a_training(walled):
    """The first step of `torch.optim.Adam` imports torch's compiler: seconds, in every child."""
    subject = walled(NET.replace("return self.layer", "import sys; print('torch._dynamo' in sys.modules); return self.layer"))
    fit(subject)
    assert set("".join(subject._transport.output).split()) == {"False"}


# The tasks --------------------------------------------------------------------------------------------------------------


def test_examples_depend_on_the_seed_alone():
    for task in training.TASKS.values():
        one, again, other = task.make(1), task.make(1), task.make(2)
        assert torch.equal(one.test_labels, again.test_labels)
        assert all(torch.equal(mine, theirs) for mine, theirs in zip(one.test_inputs, again.test_inputs, strict=True))
        assert not torch.equal(one.test_labels, other.test_labels)


def test_order_can_be_told():
    examples = training.make_order(1, 3)
    tokens = examples.test_inputs[0].long()
    first = (tokens == training.ORDER_NOISE).int().argmax(1)
    second = (tokens == training.ORDER_NOISE + 1).int().argmax(1)
    assert torch.equal((first < second).long(), examples.test_labels)
    assert 0.4 < examples.test_labels.float().mean() < 0.6


def answer_lookup(tokens, keep):
    """Solve the lookup task by looking."""
    tokens = tokens.long()
    asked = tokens[:, :1] - training.KEYS * training.VALUES
    hit = keep & (tokens < training.KEYS * training.VALUES) & (tokens // training.VALUES == asked)
    assert bool((hit.sum(1) == 1).all())
    return (tokens % training.VALUES)[hit]


def test_lookup_can_be_answered_with_the_mask_only():
    examples = training.make_lookup(1, 3)
    blocked, tokens = examples.constants["mask"], examples.test_inputs[0]
    assert blocked.shape == (training.LOOKUP_LENGTH, training.LOOKUP_LENGTH)
    assert torch.equal(answer_lookup(tokens, ~blocked[0].expand(len(tokens), -1)), examples.test_labels)
    matches = tokens[:, 1:].long() // training.VALUES == tokens[:, :1].long() - training.KEYS * training.VALUES
    assert bool((matches.sum(1) == 4).all())
    assert not torch.equal(blocked, training.make_lookup(2, 3).constants["mask"])


def test_spot_needs_a_memory():
    examples = training.make_spot(1, 3)
    tokens = examples.test_inputs[0]
    where = (tokens < training.SIGNALS).int().argmax(1)
    assert int(where.max()) < training.SPOT_LENGTH // 2
    assert torch.equal(tokens[torch.arange(len(tokens)), where].long(), examples.test_labels)
    assert int((examples.inputs[0] < training.SIGNALS).int().argmax(1).max()) >= training.SPOT_LENGTH // 2


def test_the_places_of_the_test_tell_nothing():
    """The digits lie in the order 0, 1, …, 9 in their file: whoever answers by the place must gain nothing."""
    labels = training.make_digits(1).test_labels
    assert (labels == torch.arange(1000) % 10).float().mean() < 0.2


# The verdict ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def task(monkeypatch):
    """A task of a tenth of a second, with a threshold of 0.8."""

    def make(seed):
        points, sides = halves(400)
        return training.Examples((points[:300],), sides[:300], (points[300:],), sides[300:])

    found = training.Task(
        "halves", "none", "Your Net", "the side of {} of the points", make, {k: v for k, v in RECIPE.items() if k != "seed"}
    )
    monkeypatch.setitem(training.TASKS, "halves", found)
    monkeypatch.setattr(training, "threshold_of", lambda name: 0.8)
    return found


def test_a_model_that_learns_passes(task):
    training.check_accuracy(local(NET), "halves", Draw(1))


def test_a_model_that_does_not_learn_gets_a_second_run_and_a_sentence(task):
    subject = local(NET.replace("self.layer(self.dropout(x))", "self.layer(x).detach() + 0 * self.layer(x)"))
    with pytest.raises(CheckFailed) as caught:
        training.check_accuracy(subject, "halves", Draw(1))
    assert len(subject.calls) == 2 * TRAIN_REQUESTS
    assert "Your Net, trained by the grader, gets right the side of" in caught.value.rationale
    assert "a correct one reaches 80.0%" in caught.value.rationale
    assert "the training loss went from" in caught.value.help


def test_one_good_run_of_two_is_enough(task, monkeypatch):
    outcomes = iter([0.2, 0.9])
    monkeypatch.setattr(training, "run", lambda *_: training.Outcome(next(outcomes), 100, 0.7, 0.1, True, 1.0))
    training.check_accuracy(local(NET), "halves", Draw(1))


def test_nan_is_said(task):
    subject = local(NET.replace("self.layer(self.dropout(x))", "self.layer(x) / 0 * 0"))
    with pytest.raises(CheckFailed, match="NaN or infinity"):
        training.check_accuracy(subject, "halves", Draw(1))


def test_both_seeds_are_drawn_whatever_happens(task):
    """A recording is made with a model that passes at once; who plays it may need the second seed."""
    kept = []

    def keep(make):
        kept.append(make())
        return kept[-1]

    training.check_accuracy(local(NET), "halves", Draw(1, keep))
    assert len(kept) == training.RUNS


# The calibration --------------------------------------------------------------------------------------------------------


def test_every_task_has_a_threshold():
    for name in training.TASKS:
        assert 0.5 < training.threshold_of(name) < 1


def test_the_thresholds_follow_from_the_accuracies():
    path, table = calibration.places()
    entries = calibration.read(path)
    for name, entry in entries.items():
        assert calibration.fit(entry["accuracies"], entry["tests"], training.TASKS[name].most).items() <= entry.items(), name
        assert min(entry["accuracies"]) > entry["threshold"], name
    assert table.read_text(encoding="utf-8") == calibration.as_table(entries)


def test_the_calibration_belongs_to_the_recipes():
    entries = calibration.read(calibration.places()[0])
    for name, entry in entries.items():
        task = training.TASKS[name]
        assert entry["recipe"] == calibration.fingerprint(task), f"`chapter10 audit --calibrate {task.exercise}`"


def test_the_fit():
    """1 in 1,000 of the distribution that the accuracies are from lies below the bound, or fewer."""
    for alpha, beta in ((940.0, 60.0), (300.0, 90.0), (50.0, 0.5)):
        torch.manual_seed(0)
        truth = torch.distributions.Beta(torch.tensor(alpha), torch.tensor(beta))
        accuracies = truth.sample((50,)).tolist()
        found = calibration.fit(accuracies, 1_000_000)
        assert (truth.sample((400_000,)) < found["bound"]).float().mean() < calibration.ALLOWED
        assert found["threshold"] <= found["bound"]
        assert calibration.fit(accuracies * 4, 1_000_000)["bound"] > found["bound"], "fewer seeds, more caution"


def test_the_incomplete_beta_function():
    below = calibration._beta_below
    assert below(0.3, 1.0, 1.0) == pytest.approx(0.3)
    assert below(0.3, 2.0, 1.0) == pytest.approx(0.09)
    assert below(0.3, 1.0, 5.0) == pytest.approx(1 - 0.7**5)
    assert below(0.7, 1.0, 5.0) == pytest.approx(1 - 0.3**5)
    assert below(0.5, 40.0, 40.0) == pytest.approx(0.5)
    assert (below(0.0, 2.0, 3.0), below(1.0, 2.0, 3.0)) == (0.0, 1.0)
    assert below(calibration._quantile(0.001, 57.0, 0.2), 57.0, 0.2) == pytest.approx(0.001)


def test_the_ceiling_and_a_refuted_fit():
    assert calibration.fit([1.0] * 50, 2000)["threshold"] == training.MOST
    refuted = calibration.fit([1.0] * 999 + [0.97], 2000)
    assert refuted["bound"] > 0.97
    assert refuted["threshold"] == pytest.approx(0.91)
    with pytest.raises(ValueError):
        calibration.fit([0.9] * 4, 1000)


def test_calibrating(tmp_path, monkeypatch, task, engine):
    """It goes on where it stopped, measures again what has changed, and keeps what it does not measure."""
    exercise = dataclasses.replace(load_course()["attention"], id="none")
    monkeypatch.setattr(calibration, "load_course", lambda: {"none": exercise})
    monkeypatch.setattr(type(exercise), "solution", property(lambda self: tmp_path / "net.py"))
    monkeypatch.setattr(type(exercise), "parameters", {})
    (tmp_path / "net.py").write_text(NET)
    heard = []
    path, table = tmp_path / "calibration.json", tmp_path / "docs" / "calibration.md"

    def calibrate(seeds, minutes=10.0):
        heard.clear()
        calibration.calibrate(
            [training.TASKS["halves"]], seeds, minutes, path, table, lambda *words: heard.append(words), engine
        )
        return calibration.read(path)["halves"] if path.is_file() else None

    assert calibrate(5, minutes=0.0) is None
    entry = calibrate(5)
    assert heard == [("halves", "solution")] * 5
    assert len(entry["accuracies"]) == 5
    assert "| halves | `none` | 5 |" in table.read_text()
    more = calibrate(7)
    assert len(heard) == 2
    assert more["accuracies"][:5] == entry["accuracies"]
    changed = dataclasses.replace(task, recipe=task.recipe | {"rate": 0.06})
    monkeypatch.setitem(training.TASKS, "halves", changed)
    assert len(calibrate(5)["accuracies"]) == 5
    assert len(heard) == 5


def test_a_missing_or_broken_calibration_is_told(tmp_path):
    with pytest.raises(DataError, match="No such file") as caught:
        training.calibration(tmp_path / "none.json")
    assert "audit --calibrate" in caught.value.hint
    (tmp_path / "bad.json").write_text(json.dumps({}))
    with pytest.raises(DataError):
        training.calibration(tmp_path / "bad.json")


def test_fixtures_are_where_the_package_looks():
    assert (folder("fixtures") / "calibration.json").is_file()
