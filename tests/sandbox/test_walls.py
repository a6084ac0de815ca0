"""Each wall on its own: raised where the machine has it, and of effect."""

import os
import subprocess
import sys

import pytest
from helpers import told

from chapter10.sandbox import walls
from chapter10.sandbox.engine import ALL_WALLS, Engine
from chapter10.sandbox.limits import Limits

ERRNO = "ctypes.get_errno()"


@pytest.fixture(scope="module", params=["auto", "inner", "none"])
def walled(request, engine):
    """The engine with all walls, without bubblewrap, and without namespaces."""
    if request.param == "auto":
        yield engine
        return
    with Engine(request.param, Limits(memory=384 << 20, cpu=60)) as other:
        yield other


def raised(engine):
    engine.child().close()
    return engine.isolation


def test_walls_are_named(walled):
    isolation = raised(walled)
    assert set(isolation.raised) | set(isolation.missing) >= set(ALL_WALLS)
    assert not set(isolation.raised) & set(isolation.missing) & set(ALL_WALLS)
    assert isolation.level == ("full" if set(ALL_WALLS) <= set(isolation.raised) else isolation.level)


def refused(engine, wall, body):
    if wall not in raised(engine).raised:
        pytest.skip(f"no {wall} here")
    assert told(engine, body)


def test_pid_namespace(walled):
    refused(walled, "pid namespace", "return os.getpid() == 1 and os.getppid() == 0")


def test_network(walled):
    refused(
        walled,
        "network",
        """
import socket
for family in (socket.AF_INET, socket.AF_INET6, socket.AF_UNIX, socket.AF_NETLINK):
    try:
        socket.socket(family)
        return False
    except OSError:
        pass
return True
""",
    )


@pytest.mark.parametrize(
    "path", [__file__, "/etc/passwd", "/proc/self/maps", "/proc/1/environ", os.path.expanduser("~/.bashrc"), "/dev/tty"]
)
def test_file_system(walled, path):
    body = f"try:\n    open({path!r}, 'rb').read(1)\n    return False\nexcept OSError:\n    return True"
    refused(walled, "file system", body)


@pytest.mark.parametrize("folder", ["solutions", "graders", "fixtures", "exercises", "tests", "cli", "chapter10/grading"])
def test_the_course_is_out_of_sight(walled, folder):
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    body = f"try:\n    os.listdir({os.path.join(root, folder)!r})\n    return False\nexcept OSError:\n    return True"
    refused(walled, "file system", body)


def test_own_folder(walled):
    """It is writable, empty, small, and the place where temporary files go."""
    assert told(
        walled,
        """
import tempfile
empty = not os.listdir(".")
with tempfile.TemporaryFile() as file:
    file.write(b"x")
os.mkdir("a")
os.rename("a", "b")
os.rmdir("b")
return empty and os.path.samefile(tempfile.gettempdir(), os.getcwd()) and os.path.samefile(os.path.expanduser("~"), os.getcwd())
""",
    )


def test_private_folder(walled):
    """What a submission leaves behind, however much, in whatever state, is not there for the next one."""
    fill = """
os.mkdir("closed", 0o300)
open("closed/left", "w").close()
written = 0
try:
    for number in range(1000):
        with open(f"file{number}", "wb") as file:
            written += file.write(bytes(8 << 20))
except OSError:
    pass
return written
"""
    if "private folder" in raised(walled).raised:
        assert told(walled, fill) <= Limits().folder
        assert told(walled, fill) > Limits().folder // 2
    assert told(walled, "return os.listdir('.')") == []


def test_descriptors(walled):
    """A child inherits the channel, and nothing else that leads anywhere."""
    body = """
import stat
found = {}
for number in range(200):
    try:
        mode = os.fstat(number).st_mode
    except OSError:
        continue
    found[str(number)] = "socket" if stat.S_ISSOCK(mode) else "device" if stat.S_ISCHR(mode) else "else"
return found
"""
    assert told(walled, body) == {"0": "device", "1": "device", "2": "device", "3": "socket"}


def test_environment(walled, monkeypatch):
    assert not told(
        walled, "return [name for name in os.environ if 'PYTEST' in name or name in ('USER', 'LOGNAME', 'SSH_AUTH_SOCK')]"
    )


def test_resource_limits(walled):
    names = "RLIMIT_CPU RLIMIT_NOFILE RLIMIT_FSIZE RLIMIT_CORE RLIMIT_DATA RLIMIT_AS".split()
    body = f"import resource\nreturn [list(resource.getrlimit(getattr(resource, name))) for name in {names!r}]"
    found = told(walled, body)
    assert all(soft == hard >= 0 for soft, hard in found)
    assert found[0][0] == 60
    assert found[3][0] == 0


@pytest.mark.parametrize(
    "line",
    [
        "libc.unshare(0x10000000)",
        "libc.mount(b'tmpfs', b'.', b'tmpfs', 0, None)",
        "libc.ptrace(0x4206, 1, 0, 0)",
        "libc.fork()",
        "libc.memfd_create(b'x', 0)",
        "libc.kill(1, 0)",
        "libc.setuid(12345)",
        "libc.chroot(b'.')",
        "libc.symlink(b'a', b'b')",
        "libc.chmod(b'.', 0)",
        "libc.syscall(425, 1, 0)",
        "libc.syscall(321, 0, 0, 0)",
        "libc.prctl(1, 0, 0, 0, 0)",
        "libc.prctl(38, 0, 0, 0, 0)",
        "libc.fcntl(0, 8, 1)",
        "libc.fcntl(0, 1024, 0)",
        "libc.ioctl(0, 0x8901, 0)",
        "libc.sched_setaffinity(0, 8, ctypes.c_char_p(bytes(8)))",
    ],
)
def test_seccomp(walled, line):
    refused(walled, "seccomp", f"return {line} == -1 and {ERRNO} in (errno.EPERM, errno.ENOSYS)")


def test_shared_memory_is_refused_and_private_is_not(walled):
    body = "import mmap\nmmap.mmap(-1, 4096, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)\ntry:\n    mmap.mmap(-1, 4096)\n"
    refused(walled, "seccomp", body + "    return False\nexcept OSError:\n    return True")


def test_capabilities(walled):
    body = """
buffer = ctypes.create_string_buffer(24)
assert libc.capget(ctypes.c_char_p(bytes.fromhex("2205082000000000")), buffer) == 0
return buffer.raw == bytes(24) and libc.prctl(39, 0, 0, 0, 0) == 1  # none, and no new ones by running a program
"""
    refused(walled, "capabilities", body)


def test_memory_that_is_watched():
    """The watch sees private and shared memory, and threads."""
    memory, threads = walls.watched(os.getpid())
    assert memory > 1 << 20
    assert threads >= 1
    assert walls.watched(2**22 + 1) == (0, 0)


def test_as_an_ordinary_user():
    """Every wall stands for a user without privileges, too."""
    if os.geteuid() != 0 or subprocess.run(["id", "ada"], capture_output=True, check=False).returncode:
        pytest.skip("needs root, and a user called ada")
    code = (
        "from chapter10.sandbox.engine import Engine\n"
        "for walls in ('auto', 'inner', 'none'):\n"
        "    with Engine(walls) as engine:\n"
        "        engine.child().close()\n"
        "        print(walls, engine.isolation.level, *engine.isolation.raised, sep=',')\n"
    )
    if subprocess.run(
        ["su", "ada", "-c", f"{sys.executable} -c 'import chapter10'"], capture_output=True, cwd="/", check=False
    ).returncode:
        pytest.skip("the user cannot read this installation")
    done = subprocess.run(
        ["su", "ada", "-c", f'{sys.executable} -W ignore -c "{code}"'], capture_output=True, text=True, cwd="/", check=False
    )
    lines = {line.split(",")[0]: line.split(",")[1:] for line in done.stdout.splitlines()}
    assert set(lines) == {"auto", "inner", "none"}, done.stderr
    here = walls.Plan.make([], False, True)
    if here.landlock and here.seccomp:
        assert {"landlock", "seccomp", "capabilities", "network", "file system"} <= set(lines["none"])
