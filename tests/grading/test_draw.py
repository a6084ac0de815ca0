"""Draws: reproducible, of the shapes and properties that they promise."""

import torch

from chapter10.grading.draw import Draw, scattered


def test_same_seed_same_numbers():
    one, other = Draw(7), Draw(7)
    assert torch.equal(one.normal(4), other.normal(4))
    assert not torch.equal(one.normal(4), Draw(8).normal(4))


def test_nothing_else_moves_them():
    before = torch.random.get_rng_state()
    Draw(1).normal(100)
    assert torch.equal(before, torch.random.get_rng_state())


def test_keep_masks_keep_a_key_in_every_row():
    for seed in range(50):
        mask = Draw(seed).keep_mask(3, 4, 5, share=0.1)
        assert mask.dtype is torch.bool
        assert mask.any(-1).all()


def test_permutations_move_something():
    for seed in range(50):
        assert not torch.equal(Draw(seed).permutation(2), torch.arange(2))


def test_scattered_has_the_same_numbers_elsewhere():
    x = Draw(1).normal(2, 3, 4)
    y = scattered(x)
    assert torch.equal(x, y)
    assert not y.is_contiguous()
