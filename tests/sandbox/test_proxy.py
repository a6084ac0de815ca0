"""`student` and `reference`: what looks like a module, over any transport."""

import pytest
import torch
from helpers import transport

from chapter10.sandbox.protocol import Ref
from chapter10.sandbox.proxy import Model, Subject, SubjectError
from chapter10.sandbox.transports import LocalTransport, Source

TEXT = """
import torch
from torch import nn
def scale(x, factor=2.0):
    return x * factor
def pair(xs):
    return tuple(x + 1 for x in xs)
def spoil(x, mask=None):
    x += 1
    return x
class Net(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.fc = nn.Linear(width, 1)
        self.register_buffer("seen", torch.zeros(1))
    def forward(self, x):
        self.seen += 1
        return self.fc(x) if self.training else self.fc(x) * 0
    def twice(self, x):
        return 2 * self.forward(x)
def noise(x):
    return torch.rand(3)
"""
PARAMETERS = {"scale": ["x", "factor"], "spoil": ["x", "mask"], "pair": ["xs"], "Net": ["width"], "Net.forward": ["x"]}


@pytest.fixture(scope="module", params=["child", "local"])
def carrier(request, engine):
    if request.param == "local":
        yield LocalTransport(Source("answer", "answer.py", TEXT), double=False)
        return
    own = transport(engine, TEXT)
    yield own
    own.close()


@pytest.fixture
def subject(carrier):
    carrier.begin_test("test")
    numbers = iter(range(100))
    return Subject(carrier, PARAMETERS, lambda: next(numbers))


def test_functions(subject):
    x = torch.arange(3.0)
    assert torch.equal(subject.scale(x), 2 * x)
    assert torch.equal(subject.scale(x, factor=3.0), 3 * x)
    assert [float(item) for item in subject.pair([x[0], x[1]])] == [1.0, 2.0]
    assert [call.label for call in subject.calls] == ["scale", "scale", "pair"]
    assert list(subject.calls[1].arguments) == ["x", "factor"]


def test_private_names_do_not_travel(subject):
    with pytest.raises(AttributeError):
        subject._secret  # noqa: B018


def test_changes_are_named(subject):
    x = torch.zeros(2)
    assert subject.spoil.changed(x) == ["x"]
    assert subject.scale.changed(x) == []
    assert subject.scale.changed(x.clone(), 3.0) == []


def test_gradients(subject):
    x = torch.arange(3.0)
    found = subject.scale.gradients(x, cotangent=torch.ones(3), wrt=["x"])
    assert torch.equal(found.inputs["x"], torch.full((3,), 2.0))
    with pytest.raises(SubjectError) as failure:
        subject.scale.gradients(x, cotangent=torch.ones(4))
    assert failure.value.error["kind"] == "cotangent"


def test_models(subject):
    net = subject.Net(2)
    assert isinstance(net, Model)
    assert net.parameter_count() == 3
    state = net.state_dict()
    state["fc.weight"], state["fc.bias"] = torch.tensor([[1.0, 2.0]]), torch.tensor([0.5])
    net.load_state_dict(state)
    x = torch.ones(1, 2)
    assert float(net.train()(x)) == 3.5
    assert float(net.eval()(x)) == 0.0
    assert float(net.train().twice(x)) == 7.0
    gradients = net.gradients(x, cotangent=torch.ones(1, 1))
    assert torch.equal(gradients.parameters["fc.weight"], x)
    assert torch.equal(gradients.inputs["x"], torch.tensor([[1.0, 2.0]]))
    described = net.describe()
    assert described["modules"]["fc"][0] == "Linear"
    assert list(described["buffers"]) == ["seen"]
    with pytest.raises(SubjectError) as failure:
        net.load_state_dict({"fc.weight": torch.ones(1, 3), "other": torch.ones(1)})
    assert failure.value.error["kind"] == "state"
    assert net.to(torch.float64)(x.double()).dtype == torch.float64


def test_traces(subject):
    trace = subject.scale.trace(torch.ones(8))
    assert trace.operators["aten::mul.Tensor"] == 1
    assert trace.largest == trace.total == 32


def test_seeds_make_it_repeatable(carrier):
    values = []
    for _ in range(2):
        carrier.begin_test("again")
        values.append(Subject(carrier, seeds=lambda: 7).noise(torch.ones(1)))
    assert torch.equal(*values)


def test_failures_name_the_line(subject):
    with pytest.raises(SubjectError) as failure:
        subject.scale(torch.ones(2), torch.ones(3))
    assert failure.value.error["line"] == 5
    assert failure.value.error["type"] == "RuntimeError"
    with pytest.raises(SubjectError) as failure:
        subject.nowhere(1)
    assert failure.value.error["kind"] == "missing"


@pytest.mark.parametrize(
    "info", [{}, {"type": torch.ones(3)}, {"type": 5}, {"type": ""}, {"type": "T" * 1000}, {"type": ["a"]}]
)
def test_odd_references(info):
    """A reference says what it likes about itself; its label stays a short text."""
    model = Subject(None).wrap(Ref(1, "module", info), "Net")
    assert isinstance(model._label, str)
    assert 0 < len(model._label) <= 80
