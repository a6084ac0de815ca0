"""What should never be graded is refused, each with its kind; the rest of the class is taken in all the same."""

import os
import random
import socket
import stat
import struct
import zipfile
import zlib

import pytest
from intake_helpers import GOOD, found, kinds, zip_of

from chapter10.classroom.intake import FORMATS, archives, read, sources
from chapter10.errors import IntakeError


def member(name, mode=0o100644, **attributes):
    info = zipfile.ZipInfo(name, (2026, 3, 2, 12, 0, 0))
    info.external_attr = mode << 16
    info.compress_type = zipfile.ZIP_DEFLATED
    for attribute, value in attributes.items():
        setattr(info, attribute, value)
    return info


BYTES = {
    "empty.py": (b"", "empty"),
    "blank.py": (b" \n\t\n", "empty"),
    "latin.py": ("# naïve\n".encode("latin-1"), "encoding"),
    "utf16.py": ("pass\n".encode("utf-16"), "encoding"),
    "unknown.py": (b"# -*- coding: klingon -*-\npass\n", "encoding"),
    "binary.py": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "binary"),
    "large.py": (b"#" * ((1 << 20) + 1), "oversized"),
    "text.ipynb": (b"def attention(): ...", "notebook"),
    "list.ipynb": (b"[]", "notebook"),
    "cells.ipynb": (b'{"cells": 3}', "notebook"),
    "nested.ipynb": (b"[" * 100_000, "notebook"),
    "nothing.ipynb": (b'{"cells": [{"cell_type": "markdown", "source": "attention"}]}', "empty"),
}
FINE = {
    "bom.py": b"\xef\xbb\xbfpass\n",
    "declared.py": "# -*- coding: latin-1 -*-\n# naïve\n".encode("latin-1"),
    "dos.py": b"def attention(query):\r\n    return query\r\n",
    "bom.ipynb": b'\xef\xbb\xbf{"cells": [{"cell_type": "code", "source": ["pass"]}]}',
    "old.ipynb": b'{"worksheets": [{"cells": [{"cell_type": "code", "input": "pass"}]}]}',
}


def test_bytes_that_are_no_answer(write, course):
    folder = write({f"{name.partition('.')[0]}/attention.{name.partition('.')[2]}": data for name, (data, _) in BYTES.items()})
    intake = read(folder, course)
    assert intake.found == []
    told = {refused.person.key: refused.kind for refused in intake.refused}
    assert told == {name.partition(".")[0]: kind for name, (_, kind) in BYTES.items()}
    assert {refused.exercise for refused in intake.refused} == {"attention"}


def test_odd_bytes_that_are_fine(write, course):
    files = {f"{name.replace('.', '-')}/attention.{name.partition('.')[2]}": data for name, data in FINE.items()}
    intake = read(write(files), course)
    assert [refused.reason for refused in intake.refused] == []
    assert len(intake.found) == len(FINE)


def test_links_and_devices_are_refused_and_never_followed(write, course, tmp_path, monkeypatch):
    secret = tmp_path / "secret" / "attention.py"
    secret.parent.mkdir()
    secret.write_bytes(b"secret = 1\n")
    folder = write({"ada/attention.py": GOOD})
    for name in ("linked", "twin", "pipe", "plug"):
        (folder / name).mkdir()
    (folder / "linked" / "attention.py").symlink_to(secret)
    (folder / "dangling").symlink_to(tmp_path / "nowhere")
    (folder / "whole").symlink_to(secret.parent)
    os.link(secret, folder / "twin" / "attention.py")
    os.mkfifo(folder / "pipe" / "attention.py")
    with socket.socket(socket.AF_UNIX) as plug:
        monkeypatch.chdir(folder)  # a socket's path must be short
        plug.bind("plug/attention.py")
    intake = read(folder, course)
    assert found(intake) == {("ada", "attention"): "attention.py"}
    assert kinds(intake) == {
        "linked/attention.py": "symlink",
        "dangling": "symlink",
        "whole": "symlink",
        "twin/attention.py": "hardlink",
        "pipe/attention.py": "special",
        "plug/attention.py": "special",
    }


def test_a_file_exchanged_for_a_link_meanwhile_is_not_read(write, course, tmp_path, monkeypatch):
    folder = write({"ada/attention.py": GOOD, "bob/attention.py": GOOD})
    (tmp_path / "secret.py").write_bytes(b"secret = 1\n")
    unpack = archives.unpack

    def swap(scan, entry):
        unpack(scan, entry)
        if entry.parts[0] == "ada":
            (folder / "ada" / "attention.py").unlink()
            (folder / "ada" / "attention.py").symlink_to(tmp_path / "secret.py")

    monkeypatch.setattr(archives, "unpack", swap)
    intake = read(folder, course)
    assert found(intake) == {("bob", "attention"): "attention.py"}
    assert kinds(intake) == {"ada/attention.py": "unreadable"}


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_what_cannot_be_read_has_a_row(write, course):
    folder = write({"ada/attention.py": GOOD, "bob/attention.py": GOOD, "eve/attention.py": GOOD})
    (folder / "bob" / "attention.py").chmod(0)
    (folder / "eve").chmod(0)
    intake = read(folder, course)
    assert kinds(intake) == {"bob/attention.py": "unreadable", "eve": "unreadable"}


def test_folders_with_the_names_of_files(write, pack, course):
    files = {"ada/attention.py/attention.py": GOOD, "bob/attention.py": GOOD}
    assert kinds(read(write(files), course)) == {"ada/attention.py": "folder"}
    intake = read(pack([*files.items(), ("eve/masking.py/", b""), ("eve/attention.py", GOOD)]), course)
    assert kinds(intake) == {"ada/attention.py": "folder", "eve/masking.py": "folder"}
    assert set(found(intake)) == {("bob", "attention"), ("eve", "attention")}


def test_folders_without_end(write, course):
    deep = "/".join(["d"] * (sources.MAX_DEPTH + 2))
    assert "nested" in kinds(read(write({f"ada/{deep}/attention.py": GOOD, "bob/attention.py": GOOD}), course)).values()


def test_names_that_lead_out_of_a_zip(pack, course):
    names = [
        "x" * 300 + "/attention.py",
        "../attention.py",
        "ada/../../attention.py",
        "/etc/attention.py",
        "C:/attention.py",
        "ada\\attention.py",
    ]
    intake = read(pack([*((member(name), GOOD) for name in names), ("bob/attention.py", GOOD)]), course)
    assert kinds(intake) == dict.fromkeys(names, "slip")
    assert found(intake) == {("bob", "attention"): "attention.py"}


def test_links_and_devices_in_a_zip(pack, course):
    members = [
        (member("ada/attention.py", stat.S_IFLNK | 0o777), b"/etc/passwd"),
        (member("eve/attention.py", stat.S_IFIFO | 0o644), b""),
        (member("bob/attention.py"), GOOD),
    ]
    assert kinds(read(pack(members), course)) == {"ada/attention.py": "symlink", "eve/attention.py": "special"}


def test_bombs(pack, course):
    zeros = bytes(4 << 20)
    many = zip_of([(f"{number}.txt", b"") for number in range(archives.MAX_NESTED_MEMBERS + 1)])
    members = [
        ("ada/attention.py", zeros),
        ("eve.zip", zip_of([("attention.ipynb", zeros)])),
        ("mallory.zip", many),
        ("trent.zip", zip_of([("a.zip", zip_of([("attention.py", GOOD)]))])),
        ("bob/attention.py", GOOD),
    ]
    intake = read(pack(members), course)
    assert kinds(intake) == {
        "ada/attention.py": "bomb",
        "eve.zip!attention.ipynb": "bomb",
        "mallory.zip": "bomb",
        "trent.zip!a.zip": "nested",
    }
    assert {refused.person.key for refused in intake.refused} == {"ada", "eve", "mallory", "trent"}
    assert found(intake) == {("bob", "attention"): "attention.py"}


def test_a_size_that_lies_is_not_believed(pack, course):
    path = pack([("ada/attention.py", b"x" * 5000), ("bob/attention.py", GOOD)])
    data = path.read_bytes()
    assert data.count(struct.pack("<L", 5000)) >= 2
    path.write_bytes(data.replace(struct.pack("<L", 5000), struct.pack("<L", 10)))
    intake = read(path, course)
    assert kinds(intake) == {"ada/attention.py": "broken"}
    assert found(intake) == {("bob", "attention"): "attention.py"}


def test_all_archives_together_have_a_limit(pack, course, monkeypatch):
    monkeypatch.setattr(archives, "MAX_NESTED_BYTES", 100)
    intake = read(pack([("ada.zip", zip_of([("attention.py", b"#" * 101)])), ("bob/attention.py", GOOD)]), course)
    assert kinds(intake) == {"ada.zip": "bomb"}


def test_the_class_has_a_limit(write, course, monkeypatch):
    folder = write({"ada/attention.py": GOOD, "bob/attention.py": GOOD})
    monkeypatch.setattr("chapter10.classroom.intake.reader.Scan", lambda: sources.Scan(left=len(GOOD)))
    intake = read(folder, course)
    assert kinds(intake) == {"bob/attention.py": "oversized"}


def test_broken_encrypted_and_foreign_archives(write, course):
    good = zip_of([("attention.py", GOOD)])
    encrypted = bytearray(zip_of([("attention.py", GOOD)]))
    encrypted[6] |= 1
    encrypted[encrypted.index(b"PK\1\2") + 8] |= 1
    damaged = good.replace(struct.pack("<L", zlib.crc32(GOOD)), b"\1\2\3\4")
    intake = read(
        write(
            {
                "ada.zip": good[:-30],
                "bea.zip": b"",
                "cem.zip": bytes(encrypted),
                "dan.zip": damaged,
                "eve.rar": b"Rar!\x1a\7",
                "fay/attention.tar.gz": b"\x1f\x8b",
                "gus.zip": good,
            }
        ),
        course,
    )
    assert kinds(intake) == {
        "ada.zip": "broken",
        "bea.zip": "broken",
        "cem.zip!attention.py": "encrypted",
        "dan.zip!attention.py": "broken",
        "eve.rar": "archive",
        "fay/attention.tar.gz": "archive",
    }
    assert found(intake) == {("gus", "attention"): "gus.zip!attention.py"}


def test_a_broken_zip_of_the_class_is_one_clear_error(tmp_path, course):
    (tmp_path / "class.zip").write_bytes(zip_of([("ada/attention.py", GOOD)])[:-30])
    with pytest.raises(IntakeError, match="broken"):
        read(tmp_path / "class.zip", course)


@pytest.mark.parametrize("format", FORMATS)
def test_damage_never_breaks_the_intake(format, samples, course, tmp_path):
    chance = random.Random(format)
    whole = (samples / f"{format}.zip").read_bytes()
    path = tmp_path / "class.zip"
    read_at_all = 0
    for _ in range(40):
        data = bytearray(whole)
        for _ in range(chance.choice((1, 2, 5, 20))):
            at = chance.randrange(chance.choice((0, len(data) * 2 // 3)), len(data))  # mostly in the table of contents
            data[at : at + chance.randrange(3)] = chance.randbytes(chance.randrange(3))
        path.write_bytes(data)
        try:
            intake = read(path, course)
        except IntakeError:
            continue
        read_at_all += 1
        assert all(found.data and found.person.key for found in intake.found)
        assert all(refused.reason for refused in intake.refused)
    assert read_at_all


def test_a_member_without_a_name(pack, course):
    path = pack([("zqzq", GOOD), ("ada/attention.py", GOOD)])
    path.write_bytes(path.read_bytes().replace(b"zqzq", b"////"))
    intake = read(path, course)
    assert found(intake) == {("ada", "attention"): "attention.py"}
    assert [refused.reason for refused in intake.refused] == ["It has no name."]


def test_what_tools_leave_behind_is_passed_over(write, course):
    files = dict.fromkeys(
        (
            "__MACOSX/ada/._attention.py",
            "ada/.DS_Store",
            "ada/__pycache__/attention.cpython-311.pyc",
            "ada/.ipynb_checkpoints/attention-checkpoint.ipynb",
            "ada/.git/config",
            "ada/.chapter10/backups/attention-20260302.py",
            "ada/.vscode/settings.json",
            "ada/README.md",
        ),
        b"\0",
    )
    intake = read(write(files | {"ada/attention.py": GOOD}), course, format="folders")
    assert intake.refused == []
    assert found(intake) == {("ada", "attention"): "attention.py"}


def test_everything_else_has_a_row(write, course):
    intake = read(
        write(
            {
                "ada/attention.py": GOOD,
                "ada/notes.txt": b"hello",
                "ada/atention.py": GOOD,
                "ada/my_attention_final.py": GOOD,
                "ada/utils.py": GOOD,
                "bob/readme": b"",
                "masking.py": GOOD,
            }
        ),
        course,
    )
    told = {refused.origin.partition("/")[2]: (refused.kind, refused.reason) for refused in intake.refused}
    assert told == {
        "ada/atention.py": ("misnamed", "No exercise is called like it. Is it attention?"),
        "ada/my_attention_final.py": ("misnamed", "No exercise is called like it. Is it attention?"),
        "ada/notes.txt": ("other", "It is neither a .py nor an .ipynb."),
        "ada/utils.py": ("misnamed", "No exercise is called like it. `chapter10 list` shows their names."),
        "bob/readme": ("other", "It is neither a .py nor an .ipynb."),
        "masking.py": ("anonymous", "Neither its name nor its place says whose it is."),
    }


def test_names_that_no_terminal_should_see(write, pack, course):
    folder = write({"ada\x1b[31m/attention.py": GOOD, "bob\u202egnp/attention.py": GOOD})
    (folder / os.fsdecode(b"caf\xe9")).mkdir()
    (folder / os.fsdecode(b"caf\xe9") / "attention.py").write_bytes(GOOD)
    keys = {found.person.key for found in read(folder, course).found}
    assert keys == {"ada\\x1b[31m", "bob\\u202egnp", "caf\\xe9"}
    assert all(key.isprintable() for key in keys)


def test_names_in_utf8_that_a_zip_does_not_declare(pack, course):
    path = pack([("josé/attention.py", GOOD)])
    with zipfile.ZipFile(path) as archive:
        assert archive.infolist()[0].flag_bits & 0x800
    data = bytearray(path.read_bytes())
    for start in (6, data.index(b"PK\1\2") + 8):
        data[start + 1] &= 0xFF ^ 0x08
    path.write_bytes(bytes(data))
    assert found(read(path, course)) == {("josé", "attention"): "attention.py"}


@pytest.mark.parametrize(
    ("first", "second", "why"),
    [
        ("ada/attention.py", "ada/attention-1.py", "it was uploaded later"),
        ("ada/old/attention.py", "ada/attention.py", "it lies nearer the top"),
        ("ada/attention.ipynb", "ada/attention.py", "it is the script"),
        ("ada/Attention.py", "ada/attention (2).py", "it was uploaded later"),
    ],
)
def test_of_several_files_one_is_graded_and_the_others_say_why(write, course, first, second, why):
    notebook = b'{"cells": [{"cell_type": "code", "source": "pass"}]}'
    folder = write({first: notebook if first.endswith("b") else b"1\n", second: b"2\n"})
    for name in (first, second):
        os.utime(folder / name, (1e9, 1e9))
    intake = read(folder, course)
    assert [found.origin for found in intake.found] == [f"class/{second}"]
    assert [(refused.kind, refused.origin) for refused in intake.refused] == [("duplicate", f"class/{first}")]
    assert why in intake.refused[0].reason


def test_of_two_at_the_same_place_the_later_counts(write, course):
    folder = write({"ada/attention.py": b"1\n", "ada/attention.ipynb": b'{"cells": [{"cell_type": "code", "source": "pass"}]}'})
    os.utime(folder / "ada" / "attention.py", (1e9, 1e9))
    intake = read(folder, course)
    assert intake.found[0].filename == "attention.ipynb"
    assert "was changed later" in intake.refused[0].reason


def test_a_good_file_stands_in_for_a_later_one_that_is_none(write, course):
    intake = read(write({"ada/attention.py": GOOD, "ada/attention-1.py": b""}), course)
    assert found(intake) == {("ada", "attention"): "attention.py"}
    assert kinds(intake) == {"ada/attention-1.py": "empty"}


def test_a_data_set_in_a_folder_is_no_flood(write, course):
    files = {f"ada/images/{number:03}.png": b"\x89PNG" for number in range(100)}
    intake = read(write({"ada/attention.py": GOOD, **files}), course)
    assert len(intake.refused) == 26
    assert sum("75 more like it" in refused.reason for refused in intake.refused) == 1


def test_strangers_are_told_apart_from_the_class(write, course, roster):
    intake = read(
        write({"ada/attention.py": GOOD, "adda-lovelace/attention.py": GOOD, "zoe/attention.py": GOOD}), course, roster
    )
    assert found(intake) == {("s1001", "attention"): "attention.py"}
    assert [refused.reason for refused in intake.refused] == [
        "Nobody in the roster is called adda-lovelace. Is it Ada Lovelace (s1001)?",
        "Nobody in the roster is called zoe.",
    ]


def test_a_manifest_is_compared(write, course):
    manifest = b'{"version": 1, "chapter10": "1", "name": "Ada", "files": {"attention.py": {"sha256": "0"}}}'
    later = b'{"version": 2, "chapter10": "9", "files": {}}'
    foreign = b'{"name": "web app", "version": 1}'
    intake = read(
        write(
            {
                "submission.zip": zip_of([("manifest.json", manifest), ("attention.py", GOOD), ("masking.py", GOOD)]),
                "eve.zip": zip_of([("manifest.json", later), ("attention.py", GOOD)]),
                "bob.zip": zip_of([("manifest.json", foreign), ("attention.py", GOOD)]),
            }
        ),
        course,
    )
    assert kinds(intake) == {
        "submission.zip!attention.py": "manifest",
        "submission.zip!masking.py": "manifest",
        "eve.zip!manifest.json": "manifest",
        "bob.zip!manifest.json": "other",
    }
    assert {refused.person.key for refused in intake.refused} == {"Ada", "eve", "bob"}
    assert set(found(intake)) == {("eve", "attention"), ("bob", "attention")}


def test_three_thousand_students_are_all_there_in_order(pack, course):
    names = [f"student{number:04}/{exercise.id}.py" for number in range(3000) for exercise in course.exercises[:2]]
    path = pack([(name, GOOD) for name in names])
    intake = read(path, course)
    assert [found.origin for found in intake.found] == [f"class.zip!{name}" for name in sorted(names)]
    assert intake.refused == []
