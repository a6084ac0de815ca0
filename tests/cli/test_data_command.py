"""`chapter10 data fetch` against a server on this machine: whole, interrupted, wrong, unreachable, hostile."""

import functools
import gzip
import hashlib
import http.server
import io
import re
import struct
import tarfile
import threading

import pytest

from chapter10 import fetch
from chapter10.errors import DataError

QUIET = lambda name, there, size: None  # noqa: E731


class Handler(http.server.SimpleHTTPRequestHandler):
    """Serves a folder, with ranges; `server.breaks` holds how many bytes to send before each of the next answers breaks off."""

    def do_GET(self):
        self.server.asked.append((self.path, self.headers.get("Range")))
        try:
            content = open(self.translate_path(self.path), "rb").read()
        except OSError:
            self.send_error(404)
            return
        start = 0
        if (wanted := self.headers.get("Range")) and self.server.ranges:
            start = int(re.fullmatch(r"bytes=(\d+)-", wanted)[1])
            if start >= len(content):
                self.send_error(416)
                return
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        stop = start + self.server.breaks.pop(0) if self.server.breaks else len(content)
        self.wfile.write(content[start:stop])

    def log_message(self, *_):
        pass


@pytest.fixture
def server(tmp_path):
    """A web server for `tmp_path/served`."""
    served = tmp_path / "served"
    served.mkdir()
    handler = functools.partial(Handler, directory=str(served))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        running.folder, running.asked, running.breaks, running.ranges = served, [], [], True
        running.url = f"http://127.0.0.1:{running.server_address[1]}"
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield running
        running.shutdown()


def archive(*extra: tarfile.TarInfo) -> bytes:
    """A small archive of the real format: aclImdb/{train,test}/{pos,neg}/ID_STARS.txt."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for split in ("train", "test"):
            for label, stars in (("pos", 9), ("neg", 2)):
                for number in range(3):
                    text = f"a {label} review, number {number}".encode()
                    entry = tarfile.TarInfo(f"aclImdb/{split}/{label}/{number}_{stars}.txt")
                    entry.size = len(text)
                    tar.addfile(entry, io.BytesIO(text))
        for entry in extra:
            tar.addfile(entry, io.BytesIO(b"x" * entry.size) if entry.isfile() else None)
    return buffer.getvalue()


def digits() -> dict[str, bytes]:
    """Four small files of the real format."""
    files = {}
    for name, count in (("train", 6), ("t10k", 4)):
        images = struct.pack(">2xBBIII", 8, 3, count, 28, 28) + bytes(count * 784)
        labels = struct.pack(">2xBBI", 8, 1, count) + bytes(range(count))
        files[f"{name}-images-idx3-ubyte.gz"] = gzip.compress(images)
        files[f"{name}-labels-idx1-ubyte.gz"] = gzip.compress(labels)
    return files


def put(folder, files):
    """Write files and the list of their checksums, which is returned."""
    for name, content in files.items():
        (folder / name).write_bytes(content)
    sums = folder.parent / "sums"
    sums.write_text("".join(f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in files.items()))
    return sums


def test_imdb_over_http(chapter10, server, tmp_path):
    sums = put(server.folder, {fetch.IMDB_ARCHIVE: archive()})
    ran = chapter10("data", "fetch", "imdb", "--from", server.url, "--to", tmp_path / "to", "--checksums", sums)
    assert ran.code == 0, ran.err
    assert ran.out == f"imdb is in {tmp_path / 'to' / 'aclImdb'}.\n"
    assert (tmp_path / "to/aclImdb/train/pos/1_9.txt").read_text() == "a pos review, number 1"
    assert {path.name for path in (tmp_path / "to").iterdir()} == {"aclImdb", fetch.IMDB_ARCHIVE}
    asked = len(server.asked)
    again = chapter10("data", "fetch", "imdb", "--from", server.url, "--to", tmp_path / "to", "--checksums", sums)
    assert again.code == 0
    assert len(server.asked) == asked, "what is there is not fetched again"


def test_mnist_from_a_folder_is_what_torchvision_reads(server, tmp_path):
    from torchvision.datasets import MNIST

    sums = fetch.read_sums(put(server.folder, digits()))
    fetch.fetch_mnist(tmp_path / "to", str(server.folder), sums, QUIET)
    assert MNIST(str(tmp_path / "to"), train=True).targets.tolist() == [0, 1, 2, 3, 4, 5]
    assert MNIST(str(tmp_path / "to"), train=False).data.shape == (4, 28, 28)


def test_mnist_over_http(server, tmp_path):
    sums = fetch.read_sums(put(server.folder, digits()))
    raw = fetch.fetch_mnist(tmp_path / "to", server.url + "/", sums, QUIET)
    assert sorted(path.name for path in raw.glob("*ubyte")) == sorted(name[:-3] for name in digits())


def test_a_broken_connection_goes_on_where_it_broke(server, tmp_path):
    content = archive()
    sums = fetch.read_sums(put(server.folder, {fetch.IMDB_ARCHIVE: content}))
    server.breaks = [100, 50]
    heard = []
    fetch.fetch_imdb(tmp_path, server.url, sums, lambda *words: heard.append(words))
    assert [wanted for _, wanted in server.asked] == [None, "bytes=100-", "bytes=150-"]
    assert heard[-1] == (fetch.IMDB_ARCHIVE, len(content), len(content))


def test_an_interrupted_download_goes_on_at_the_next_command(chapter10, server, tmp_path):
    sums = put(server.folder, {fetch.IMDB_ARCHIVE: archive()})
    server.breaks = [100] * fetch.ATTEMPTS
    arguments = ("data", "fetch", "imdb", "--from", server.url, "--to", tmp_path / "to", "--checksums", sums)
    ran = chapter10(*arguments)
    assert ran.code == 2
    assert "the connection broke after 300 bytes" in ran.err
    assert "goes on from there" in ran.err
    assert not (tmp_path / "to/aclImdb").exists()
    assert chapter10(*arguments).code == 0
    assert server.asked[-1][1] == "bytes=300-"


def test_a_server_without_ranges_begins_anew(server, tmp_path):
    sums = fetch.read_sums(put(server.folder, {fetch.IMDB_ARCHIVE: archive()}))
    server.ranges, server.breaks = False, [100]
    assert fetch.fetch_imdb(tmp_path, server.url, sums, QUIET).is_dir()


def test_wrong_bytes_are_thrown_away(server, tmp_path):
    put(server.folder, {fetch.IMDB_ARCHIVE: archive()})
    with pytest.raises(DataError, match="another checksum") as caught:
        fetch.fetch_imdb(tmp_path / "to", server.url, None, QUIET)  # the published sum is that of the real archive
    assert fetch.IMDB_SUM in caught.value.message
    assert list((tmp_path / "to").iterdir()) == []


def test_a_part_of_another_file_does_not_stay_in_the_way(server, tmp_path):
    """Too long to go on from, or of other content: the first command throws it away, the second one succeeds."""
    sums = fetch.read_sums(put(server.folder, {fetch.IMDB_ARCHIVE: archive()}))
    for rest in (b"?" * 10, b"?" * 100_000):
        (tmp_path / f"{fetch.IMDB_ARCHIVE}.part").write_bytes(rest)
        with pytest.raises(DataError, match="another checksum"):
            fetch.fetch_imdb(tmp_path, server.url, sums, QUIET)
    assert fetch.fetch_imdb(tmp_path, server.url, sums, QUIET).is_dir()


def test_no_network_is_said_clearly(chapter10, server, tmp_path):
    server.shutdown()
    server.server_close()
    ran = chapter10("data", "fetch", "imdb", "--from", server.url, "--to", tmp_path / "to")
    assert ran.code == 2
    assert "cannot be reached: " in ran.err
    assert "--from FOLDER" in ran.err
    assert "Traceback" not in ran.err


def test_what_is_not_there_is_said_clearly(server, tmp_path):
    with pytest.raises(DataError, match="answers 404"):
        fetch.fetch_imdb(tmp_path, server.url, None, QUIET)
    with pytest.raises(DataError, match=r"nowhere/aclImdb_v1.tar.gz cannot be read: No such file"):
        fetch.fetch_imdb(tmp_path, str(tmp_path / "nowhere"), None, QUIET)
    with pytest.raises(DataError, match="is not called"):
        fetch.fetch_imdb(tmp_path, str(tmp_path / "other.tar.gz"), None, QUIET)


def test_an_archive_by_its_path(server, tmp_path):
    sums = fetch.read_sums(put(server.folder, {fetch.IMDB_ARCHIVE: archive()}))
    fetch.fetch_imdb(tmp_path / "to", str(server.folder / fetch.IMDB_ARCHIVE), sums, QUIET)
    assert len(list((tmp_path / "to/aclImdb/test/neg").iterdir())) == 3


def link(name, target):
    entry = tarfile.TarInfo(name)
    entry.type, entry.linkname = tarfile.SYMTYPE, target
    return entry


def test_nothing_is_unpacked_outside(server, tmp_path):
    outside = tarfile.TarInfo("../../outside.txt")
    outside.size = 1
    for entry in (outside, link("aclImdb/link", "/etc/passwd"), link("aclImdb/link", "../../../up")):
        sums = fetch.read_sums(put(server.folder, {fetch.IMDB_ARCHIVE: archive(entry)}))
        with pytest.raises(DataError, match="cannot be unpacked"):
            fetch.fetch_imdb(tmp_path / "a" / "to", str(server.folder), sums, QUIET)
        assert {path.name for path in (tmp_path / "a" / "to").iterdir()} == {fetch.IMDB_ARCHIVE}
        assert {path.name for path in (tmp_path / "a").iterdir()} == {"to"}


def test_another_archive_is_refused(server, tmp_path):
    buffer = io.BytesIO()
    tarfile.open(fileobj=buffer, mode="w:gz").close()
    for content in (buffer.getvalue(), b"no archive"):
        sums = fetch.read_sums(put(server.folder, {fetch.IMDB_ARCHIVE: content}))
        with pytest.raises(DataError, match=r"is another archive|cannot be unpacked"):
            fetch.fetch_imdb(tmp_path / "to", server.url, sums, QUIET)
        assert not (tmp_path / "to" / "aclImdb").exists()


def test_a_list_of_checksums_that_is_none(tmp_path):
    (tmp_path / "sums").write_text("hello\n")
    with pytest.raises(DataError, match="no checksum"):
        fetch.read_sums(tmp_path / "sums")
    (tmp_path / "sums").write_text("0" * 32 + "  other\n")
    with pytest.raises(DataError, match="do not list"):
        fetch.fetch_imdb(tmp_path, None, fetch.read_sums(tmp_path / "sums"), QUIET)
