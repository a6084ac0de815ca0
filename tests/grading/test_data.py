"""The data fixtures: readable by torchvision, checked, made by the documented rule."""

import gzip
import hashlib
import importlib.util
import json
import shutil

import pytest
import torch

from chapter10.course import folder
from chapter10.errors import DataError
from chapter10.grading import data

FIXTURES = folder("fixtures")


@pytest.fixture(scope="module")
def make():
    """The script that made the fixtures."""
    spec = importlib.util.spec_from_file_location("fixtures_make", FIXTURES / "make.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_torchvision_reads_the_digits(tmp_path):
    from torchvision.datasets import MNIST
    from torchvision.datasets.mnist import read_image_file, read_label_file

    raw = tmp_path / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for packed in (FIXTURES / "mnist").glob("*.gz"):
        (raw / packed.stem).write_bytes(gzip.decompress(packed.read_bytes()))
    found = data.mnist()
    for split, train, name in ((found.train, True, "train"), (found.test, False, "t10k")):
        theirs = MNIST(str(tmp_path), train=train)
        assert torch.equal(theirs.data, split.inputs)
        assert torch.equal(theirs.targets, split.labels)
        assert torch.equal(read_image_file(raw / f"{name}-images-idx3-ubyte"), split.inputs)
        assert torch.equal(read_label_file(raw / f"{name}-labels-idx1-ubyte"), split.labels)


def test_digits():
    found = data.mnist()
    assert found.train.inputs.shape == (4000, 28, 28)
    assert found.test.inputs.shape == (1000, 28, 28)
    assert found.train.inputs.dtype == torch.uint8
    assert found.train.labels.dtype == torch.int64
    assert found.train.labels.bincount().tolist() == [400] * 10
    assert found.test.labels.bincount().tolist() == [100] * 10
    seen = {bytes(image.flatten().tolist()) for image in found.train.inputs}
    assert not any(bytes(image.flatten().tolist()) in seen for image in found.test.inputs)


def test_reviews():
    found = data.reviews()
    for split in (found.train, found.test):
        tokens = split.inputs
        assert tokens.shape == (1700, 80)
        assert tokens.dtype == torch.int16
        assert 0 <= int(tokens.min()) <= int(tokens.max()) < data.VOCABULARY_SIZE
        assert split.labels.bincount().tolist() == [850, 850]
        keep = tokens != data.PADDING
        assert bool(keep[:, 0].all()), "an empty review"
        assert not (keep[:, 1:] & ~keep[:, :-1]).any(), "padding in the middle"
    words = data.vocabulary()
    assert len(words) == data.VOCABULARY_SIZE - data.FIRST_WORD
    assert len(set(words)) == len(words)
    assert words[:3] == ("the", "a", "and")
    names = {name for split in ("train", "test") for name in (FIXTURES / "reviews" / f"{split}-names.txt").read_text().split()}
    assert len(names) == 3400


def test_torchvision_reads_the_reviews_too(tmp_path):
    from torchvision.datasets.mnist import read_sn3_pascalvincent_tensor

    packed = FIXTURES / "reviews" / "train-tokens-idx2-short.gz"
    (tmp_path / "tokens").write_bytes(gzip.decompress(packed.read_bytes()))
    assert torch.equal(read_sn3_pascalvincent_tensor(tmp_path / "tokens").short(), data.reviews().train.inputs)


def test_the_checksums_list_every_file():
    listed = {line.partition("  ")[2] for line in (FIXTURES / "SHA256SUMS").read_text().splitlines()}
    there = {path.relative_to(FIXTURES).as_posix() for part in ("mnist", "reviews") for path in (FIXTURES / part).iterdir()}
    assert listed == there
    for name in there:
        data.read(name)


def test_a_changed_file_is_refused(tmp_path):
    (tmp_path / "mnist").mkdir()
    for name in ("SHA256SUMS", "mnist/t10k-labels-idx1-ubyte.gz"):
        shutil.copy(FIXTURES / name, tmp_path / name)
    name = "mnist/t10k-labels-idx1-ubyte.gz"
    data.read(name, tmp_path)
    (tmp_path / name).write_bytes((tmp_path / name).read_bytes() + b"\0")
    with pytest.raises(DataError, match="checksum differs"):
        data.read(name, tmp_path)
    (tmp_path / name).unlink()
    with pytest.raises(DataError, match=r"cannot be read: No such file"):
        data.read(name, tmp_path)
    with pytest.raises(DataError, match="does not list secret"):
        data.read("secret", tmp_path)


def test_a_missing_list_of_checksums_is_told(tmp_path):
    with pytest.raises(DataError, match="list of checksums"):
        data.read("mnist/t10k-labels-idx1-ubyte.gz", tmp_path)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0\0",
        b"\0\0\x08\x01\0\0\0\x02a",  # two numbers announced, one there
        b"\0\0\x08\x01\0\0\0\x02abc",
        b"\0\0\x77\x01\0\0\0\x01a",  # no such type
        b"\0\x01\x08\x01\0\0\0\x01a",
        b"\x1f\x8bno gzip",
    ],
)
def test_what_is_no_idx_file_is_refused(content):
    with pytest.raises(DataError, match="is no idx file"):
        data.decode(content, "it")


@pytest.mark.parametrize(("kind", "dtype"), [(0x08, torch.uint8), (0x0B, torch.int16)])
def test_idx_there_and_back(make, kind, dtype):
    numbers = torch.arange(24, dtype=dtype).view(2, 3, 4) * 5
    width = dtype.itemsize
    raw = b"".join(int(number).to_bytes(width, "big") for number in numbers.flatten())
    assert torch.equal(data.decode(make.idx(kind, (2, 3, 4), raw), "it"), numbers)
    assert make.idx(kind, (2, 3, 4), raw) == make.idx(kind, (2, 3, 4), raw)
    assert data.decode(make.idx(kind, (0, 3), b""), "it").shape == (0, 3)


def test_the_rule_for_tokens(make):
    assert make.tokens("It's GREAT!<br /><br>10/10, née") == ["it's", "great", "10", "10", "n", "e"]


def test_reviews_are_made_by_the_rule(make, tmp_path):
    """Words by frequency, then alphabet, from the training part alone; the rest is unknown; the name says where it is from."""
    lines = [
        {"split": "train", "id": "7_9", "label": 1, "text": "good good film"},
        {"split": "train", "id": "8_1", "label": 0, "text": "bad film"},
        {"split": "test", "id": "9_1", "label": 0, "text": "film unseen bad"},
    ]
    source = tmp_path / "reviews.jsonl.gz"
    source.write_bytes(gzip.compress("\n".join(map(json.dumps, lines)).encode()))
    files = make.reviews(source)
    assert files["reviews/vocabulary.txt"] == b"film\ngood\nbad\n"
    tokens = data.decode(files["reviews/test-tokens-idx2-short.gz"], "it")
    assert tokens[0, :4].tolist() == [2, 1, 4, 0]
    assert files["reviews/train-names.txt"] == b"train/pos/7_9.txt\ntrain/neg/8_1.txt\n"
    assert data.decode(files["reviews/train-labels-idx1-ubyte.gz"], "it").tolist() == [1, 0]


def test_checksums_are_sha256():
    line = (FIXTURES / "SHA256SUMS").read_text().splitlines()[0]
    digest, _, name = line.partition("  ")
    assert hashlib.sha256((FIXTURES / name).read_bytes()).hexdigest() == digest
