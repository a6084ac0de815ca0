"""Sending ahead, budgets and quotas: each submission is judged by its own code, and none costs more than its share."""

import pytest
import torch
from helpers import ONE, SHORT, call, transport

from chapter10.sandbox.limits import Deadlines
from chapter10.sandbox.protocol import Ref
from chapter10.sandbox.transports import ChildTransport, LocalTransport, Script, Source

WORKER = "import sys\nworker = type(sys._getframe(2).f_locals['self'])\n"
PLUS = "def f(x):\n    return x + {}\n"


def run(subject, test, requests, fine=True):
    """Play one test: begin it, ask, end it; return the replies."""
    subject.begin_test(test)
    replies = [subject.perform(request, 20) for request in requests]
    subject.end_test(fine)
    return replies


def values(replies):
    return [float(reply["value"]) for reply in replies]


def test_the_second_submission_is_judged_by_its_own_code(engine):
    script = Script()
    requests = [call("f", torch.tensor([float(number)])) for number in range(4)]
    for added in (1, 2, 3):
        subject = ChildTransport(engine, Source("a", "a.py", PLUS.format(added)), script, SHORT)
        for test in ("one", "two"):
            assert values(run(subject, test, requests)) == [added + number for number in range(4)]
        subject.close()
    assert {name: len(asked) for name, asked in script.tests.items()} == {"one": 4, "two": 4}, "the file itself is in no script"


def test_a_suite_that_asks_something_else(engine):
    """What was sent ahead in vain is dropped, and the answers still belong to the questions."""
    script = Script()
    one, two, three = (call("f", torch.tensor([float(number)])) for number in range(3))
    for requests in ([one, two, three], [one, three, two], [two], [one, two, three, one], []):
        subject = ChildTransport(engine, Source("a", "a.py", PLUS.format(10)), script, SHORT)
        expected = [10.0 + [one, two, three].index(request) for request in requests]
        for _ in range(2):
            assert values(run(subject, "test", requests)) == expected
        assert subject.lost == 0
        subject.close()


def test_what_was_sent_ahead_in_vain_leaves_no_trace(engine):
    """A model that a request in vain has changed is made anew, as the suite knows it."""
    script = Script()
    text = "import torch\nclass Made(torch.nn.Linear):\n    def __init__(self):\n        super().__init__(1, 1)\n"
    make, model = call("Made"), Ref(0, "module", {})
    double = {"op": "mode", "target": model, "dtype": torch.float64}
    forward = call(None, torch.ones(1, dtype=torch.float64)) | {"target": model}
    plain = call(None, torch.ones(1)) | {"target": model}
    for requests in ([make, double, forward], [make, plain], [make, double, forward]):
        subject = ChildTransport(engine, Source("a", "a.py", text), script, SHORT)
        for test in ("one", "two"):
            replies = run(subject, test, requests)
            assert [reply.get("error") for reply in replies] == [None] * len(requests)
            assert replies[0]["value"] == model, "each test counts its models from 0"
        subject.close()


def test_parts_that_end_early_cost_the_later_ones_nothing(engine):
    script = Script()
    parts = [[call("f", torch.tensor(10.0 * part + number)) for number in range(3)] for part in range(3)]
    for length in (3, 1, 2):
        subject = ChildTransport(engine, Source("a", "a.py", PLUS.format(5)), script, SHORT)
        subject.begin_test("parts")
        for part in parts:
            subject.begin_part()
            replies = [subject.perform(request, 20) for request in part[:length]]
            assert values(replies) == [float(request["args"][0]) + 5 for request in part[:length]]
        subject.end_test(True)
        subject.close()
    assert len(script.tests["parts"]) == 9


def test_a_failed_test_is_in_no_script(engine):
    subject = transport(engine, PLUS.format(1))
    run(subject, "test", [call("f", ONE)], fine=False)
    assert subject.script.tests == {}
    subject.close()


def test_a_lost_child_costs_its_test(engine):
    subject = transport(engine, "import os\ndef f(x):\n    return os._exit(1) if x.item() == 13 else x\n")
    replies = run(subject, "one", [call("f", torch.tensor(13.0)), call("f", ONE)])
    assert [reply["error"]["reason"] for reply in replies] == ["exited", "exited"]
    assert values(run(subject, "two", [call("f", ONE)])) == [1.0]
    assert subject.lost >= 1
    subject.close()


def test_the_budget_is_for_all_requests(engine):
    subject = transport(engine, "import time\ndef f(x):\n    time.sleep(60)\n", Deadlines(load=20.0, call=0.4, total=1.0))
    subject.budget += 20.0  # loading is paid for from the same purse; here it is the calls that matter
    reasons = []
    for number in range(3):
        subject.budget = min(subject.budget, 0.5)
        reasons += [reply["error"]["reason"] for reply in run(subject, str(number), [call("f", ONE)])]
    assert set(reasons) <= {"timeout", "exited"}
    assert subject.budget < 0.5
    subject.close()


def test_the_quota_is_for_all_answers(engine):
    subject = transport(engine, "import torch\nX = torch.zeros(1 << 20)\ndef f(x):\n    return X\n")
    subject.quota = 10 << 20
    replies = run(subject, "test", [call("f", ONE)] * 4)
    assert "value" in replies[0]
    assert replies[2]["error"]["detail"] == "more data than any answer needs"
    subject.close()


def test_prints_are_bounded(engine):
    subject = transport(engine, "def f(x):\n    print('y' * 30000)\n    return x\n")
    for number in range(20):
        run(subject, str(number), [call("f", ONE)])
    assert sum(map(len, subject.output)) <= 200_000
    subject.close()


@pytest.mark.parametrize(
    "text", ["def f(x:\n", "raise ValueError('no')", "import sys; sys.exit()", "import os; os._exit(0)", "x" * (5 << 20)]
)
def test_a_file_that_cannot_be_loaded(engine, text):
    subject = transport(engine, text)
    (reply,) = run(subject, "test", [call("f", ONE)])
    assert subject.unusable
    assert reply["error"]["kind"] in ("syntax", "raised", "lost", "unsendable")
    subject.close()


@pytest.mark.parametrize(
    "forged",
    [
        '{"error": 5}',
        '{"error": {"kind": "lost", "reason": "timeout"}}',
        '{"error": {"kind": []}}',
        "{}",
        '{"value": 1}',
        '{"value": 1, "changed": 5}',
        '{"value": 1, "changed": ["\\u00b2"]}',
        '{"value": 1, "changed": ["9" * 200]}',
        '{"value": 1, "changed": [], "forbidden": 7, "output": 7, "error": None}',
        '{"status": "pass", "points": 20}',
    ],
)
def test_forged_replies(engine, forged):
    text = WORKER + f"def f(x):\n    worker.handle = lambda self, request, body=b'': {forged}\n"
    subject = transport(engine, text)
    replies = run(subject, "test", [call("f", ONE), call("f", ONE)])
    assert replies[1]["error"]["reason"] == "protocol"
    subject.close()


def test_forged_hits_and_prints_are_bounded(engine):
    text = (
        WORKER + "reply = {'value': 1, 'changed': [], 'output': 'o' * 3_000_000,\n"
        "    'forbidden': [['x' * 500, 1], ['y', 'z'], 5, [1, 2]] * 5000}\n"
        "def f(x):\n    worker.handle = lambda self, request, body=b'': dict(reply)\n"
    )
    subject = transport(engine, text)
    run(subject, "test", [call("f", ONE)] * 4)
    assert len(subject.forbidden) <= 1100
    assert all(len(name) <= 200 and isinstance(line, int) for name, line in subject.forbidden)
    assert sum(map(len, subject.output)) <= 200_000
    subject.close()


def test_the_yardstick_computes_in_double():
    local = LocalTransport(Source("a", "a.py", "def f(x):\n    return x / 3\n"), double=True)
    value = local.perform(call("f", ONE), 1)["value"]
    assert value.dtype == torch.float64
    assert not local.unusable
    assert LocalTransport(Source("a", "a.py", "1 / 0"), double=True).unusable
