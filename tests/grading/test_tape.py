"""Tapes: live once and then played back, saved and read, refused when they do not belong."""

import pytest
import torch

from chapter10.errors import RecordingError
from chapter10.grading.draw import Draw
from chapter10.grading.tape import Player, Tape, Track


class Live:
    def __init__(self):
        self.asked = 0

    def perform(self, request, seconds):
        self.asked += 1
        request["args"][0].add_(100)  # a reference that misbehaves reaches clones only
        return {"value": request["args"][0].sum(), "seconds": 1.0, "output": "", "changed": []}


def ask(player, tensor):
    return player.perform({"op": "call", "target": None, "method": "f", "args": [tensor], "kwargs": {}, "seed": 1}, 10)


def test_the_reference_is_asked_once_and_sees_clones():
    track, live, x = Track(), Live(), torch.ones(3)
    first = ask(Player(track, live), x)
    again = ask(Player(track, live), x)
    assert live.asked == 1
    assert torch.equal(first["value"], again["value"])
    assert torch.equal(x, torch.ones(3))


def test_a_track_that_ended_early_goes_on_live():
    track, live = Track(), Live()
    ask(Player(track, live), torch.ones(3))
    player = Player(track, live)
    ask(player, torch.ones(3))
    ask(player, torch.ones(2))
    assert live.asked == 2


def test_without_a_reference_nothing_is_made_up():
    track = Track()
    ask(Player(track, Live()), torch.ones(3))
    player = Player(track, None)
    ask(player, torch.ones(3))
    with pytest.raises(RecordingError):
        ask(player, torch.ones(3))
    with pytest.raises(RecordingError):
        ask(Player(track, None), torch.ones(4))
    with pytest.raises(RecordingError):
        Draw(1, Player(track, None).keep).normal(2)


def test_draws_are_kept_and_do_not_depend_on_those_before():
    track = Track()
    first = Draw(5, Player(track, Live()).keep)
    numbers = [first.normal(3), first.small(2), first.keep_mask(2, 3)]
    again = Draw(999, Player(track, None).keep)
    assert all(
        torch.equal(a, b) for a, b in zip(numbers, [again.normal(3), again.small(2), again.keep_mask(2, 3)], strict=True)
    )
    assert torch.equal(Draw(5).normal(3), numbers[0])


def test_saved_and_read(tmp_path):
    tape = Tape(seed=3, suite="abc", bank={"wrong": {"sentence": "You …", "advice": "", "fails": ["test_a"]}})
    ask(Player(tape.track("test_a"), Live()), torch.ones(3))
    tape.probes["probe_a"] = {"draws": [torch.ones(2)], "right": [{"value": torch.tensor(float("nan"))}], "wrong": {}}
    path = tmp_path / "deep" / "tape.c10"
    tape.save(path)
    read = Tape.load(path)
    assert (read.seed, read.suite, read.bank) == (3, "abc", tape.bank)
    assert torch.equal(read.track("test_a").replies[0]["reply"]["value"], torch.tensor(303.0))
    assert list(tmp_path.rglob("*.part")) == []


@pytest.mark.parametrize("data", [b"", b"not zlib", b"x\x9c\x03\x00\x00\x00\x00\x01"])
def test_a_broken_recording_is_a_clear_error(tmp_path, data):
    path = tmp_path / "tape.c10"
    path.write_bytes(data)
    with pytest.raises(RecordingError, match="cannot be read"):
        Tape.load(path)
    with pytest.raises(RecordingError, match="no recording"):
        Tape.load(tmp_path / "none.c10")
