"""The walls around one submission, raised by the child itself before it reads a byte of the learner's code.

In the order in which they go up, each with what it stops:

1. session, death signal   the child is in a group of its own and dies with the zygote
2. pid namespace           (made by the zygote's fork) it sees no process but its own; killing it kills all it started
3. private folder          a file system of its own in memory, small in bytes and in files, that vanishes with the child
4. network, ipc namespace  no interface, no abstract sockets (only where bubblewrap has not done so already)
5. resource limits         CPU seconds, memory, open files, file size, no core dumps
6. no new privileges       setuid programs give nothing
7. capabilities            all dropped, also those of the namespace
8. Landlock                reads Python and torch alone; writes only to its own empty folder; no signals to the outside
9. seccomp                 an allow list of system calls: no sockets, no new processes, no ptrace, no mounts, no shared memory

None of them hides the answers by itself: the answers are not in the process at all (see `docs/design.md`).
"""

from __future__ import annotations

import ctypes
import ctypes.util
import errno
import os
import platform
import resource
import signal
import struct
import sys
import time
from dataclasses import dataclass, field
from typing import Any

from chapter10.sandbox.limits import Limits

CLONE_NEWNS = 0x00020000
CLONE_NEWIPC, CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET = 0x08000000, 0x10000000, 0x20000000, 0x40000000
_MS_NOSUID, _MS_NODEV, _MS_NOEXEC, _MS_REC, _MS_SLAVE = 2, 4, 8, 1 << 14, 1 << 19

PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_SECCOMP, _PR_CAPBSET_DROP, _PR_SET_CHILD_SUBREAPER = 1, 4, 22, 24, 36
_PR_SET_NO_NEW_PRIVS = 38
_SECCOMP_MODE_FILTER = 2

LINUX = sys.platform == "linux"
_libc: Any = ctypes.CDLL(None, use_errno=True) if LINUX else None


def _call(result: int) -> int:
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return result


def prctl(option: int, value: int = 0, third: int = 0) -> int:
    """Call prctl(2). Raises OSError."""
    unsigned = ctypes.c_ulong
    return _call(_libc.prctl(ctypes.c_int(option), unsigned(value), unsigned(third), unsigned(0), unsigned(0)))


def unshare(flags: int) -> None:
    """Leave the namespaces named by `flags`. Raises OSError."""
    _call(_libc.unshare(ctypes.c_int(flags)))


def setns(descriptor: int, flags: int) -> None:
    """Join the namespace behind `descriptor`. Raises OSError."""
    _call(_libc.setns(ctypes.c_int(descriptor), ctypes.c_int(flags)))


def private_folder(folder: str, size: int, files: int) -> None:
    """Cover `folder` with an empty file system that only the calling process sees, and that ends with it. Raises OSError.

    What lies in it is nobody else's: not to be read, not to be filled up, not to be cleared away.
    """
    unshare(CLONE_NEWNS)
    flags = ctypes.c_ulong
    _call(_libc.mount(None, b"/", None, flags(_MS_REC | _MS_SLAVE), None))  # what is mounted here stays here
    options = f"size={size},nr_inodes={files},mode=700".encode()
    _call(_libc.mount(b"tmpfs", os.fsencode(folder), b"tmpfs", flags(_MS_NOSUID | _MS_NODEV | _MS_NOEXEC), options))


def adopt_orphans() -> None:
    """Become the parent of descendants whose own parent has ended, so that none can hide from its end."""
    if LINUX:
        prctl(_PR_SET_CHILD_SUBREAPER, 1)


def hide_memory() -> None:
    """Keep other processes of the same user from reading this one's memory, and from dumping it."""
    if LINUX:
        prctl(_PR_SET_DUMPABLE, 0)


@dataclass
class Plan:
    """Everything that can be worked out once, in the zygote, so that a child only has to raise it."""

    readable: list[str]
    outer: bool
    landlock: int = 0
    seccomp: bytes = b""
    missing: dict[str, str] = field(default_factory=dict)
    base_data: int = 0
    base_space: int = 0

    @classmethod
    def make(cls, readable: list[str], outer: bool, pid_namespace: bool) -> Plan:
        """Probe the machine: which Landlock, which seccomp; `missing` tells why a wall cannot be raised."""
        plan = cls([path for path in readable if os.path.exists(path)], outer)
        if not LINUX:
            for wall in ("pid namespace", "network", "capabilities", "landlock", "seccomp"):
                plan.missing[wall] = f"only on Linux, this is {platform.system()}"
            return plan
        try:
            plan.landlock = landlock_abi()
        except OSError as error:
            plan.missing["landlock"] = f"the kernel says: {error.strerror}"
        try:
            plan.seccomp = seccomp_program(may_signal=pid_namespace)
        except OSError as error:
            plan.missing["seccomp"] = str(error)
        plan.base_data, plan.base_space = _memory_of("self")
        return plan


def watched(process: int) -> tuple[int, int]:
    """Return (bytes of memory of its own, threads) of a process; zeros where /proc is missing or the process has gone."""
    try:
        with open(f"/proc/{process}/status", "rb") as file:
            fields = dict(line.split(b":", 1) for line in file.read().splitlines() if b":" in line)
        kilobytes = sum(int(fields[name].split()[0]) for name in (b"RssAnon", b"RssShmem"))
        return kilobytes << 10, int(fields[b"Threads"])
    except (OSError, ValueError, KeyError):  # a zombie has no memory
        return 0, 0


def number_in_proc(process: int) -> int:
    """Return the number by which a /proc of an outer PID namespace knows a child; 0 where it cannot be told."""
    try:
        descriptor = os.pidfd_open(process)
        try:
            with open(f"/proc/self/fdinfo/{descriptor}") as file:
                return max(int(line.split()[1]) for line in file if line.startswith("Pid:"))
        finally:
            os.close(descriptor)
    except (OSError, ValueError):
        return 0


def _memory_of(process: int | str) -> tuple[int, int]:
    """Return (data, address space) of a process in bytes; zeros where /proc is missing."""
    try:
        with open(f"/proc/{process}/statm") as file:
            pages = [int(word) for word in file.read().split()]
    except (OSError, ValueError):
        return 0, 0
    page = resource.getpagesize()
    return pages[5] * page, pages[0] * page


class _Report:
    """Which walls stand, in the order in which they went up, and what each took."""

    def __init__(self, missing: dict[str, str]) -> None:
        self.milliseconds: dict[str, float] = {}
        self.missing = dict(missing)
        self._since = time.perf_counter()

    def up(self, wall: str) -> None:
        """Note a wall that stands now, with the time since the one before."""
        now = time.perf_counter()
        self.milliseconds[wall] = round(1000 * (now - self._since), 3)
        self._since = now

    def as_dict(self) -> dict[str, Any]:
        """Return what goes to the grader."""
        return {"raised": list(self.milliseconds), "missing": self.missing, "milliseconds": self.milliseconds}


def raise_walls(plan: Plan, limits: Limits, folder: str, own_pid_namespace: bool) -> dict[str, Any]:
    """Raise every wall of the plan around the calling process.

    Return {"raised": [...], "missing": {wall: reason}, "milliseconds": {wall: what it took}}. The process works in `folder`
    from then on. A wall that the probe found but that then fails is an error, not a warning: the child must not go on.
    """
    report = _Report(plan.missing)
    os.setsid()
    if LINUX:
        prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    report.up("process")
    if own_pid_namespace:
        report.up("pid namespace")
        try:
            private_folder(folder, limits.folder, limits.entries)
            report.up("private folder")
        except OSError as error:  # some containers allow namespaces and forbid mounts
            report.missing["private folder"] = f"the machine refuses mounts: {error.strerror}"
    else:
        report.missing["private folder"] = "needs a namespace"
    os.chdir(folder)
    if plan.outer:
        report.up("network")
    elif LINUX:
        try:
            unshare(CLONE_NEWNET | CLONE_NEWIPC)
            report.up("network")
        except OSError as error:
            report.missing["network"] = f"no network namespace: {error.strerror}"
    _limit_resources(plan, limits)
    report.up("resource limits")
    if LINUX:
        prctl(_PR_SET_NO_NEW_PRIVS, 1)
        report.up("no new privileges")
        _drop_capabilities()
        report.up("capabilities")
    if plan.landlock:
        _landlock(plan, folder)
        report.up("landlock")
    if plan.seccomp:
        _install_filter(plan.seccomp)
        report.up("seccomp")
        report.missing.pop("network", None)  # without sockets there is no network either
        if "network" not in report.milliseconds:
            report.up("network")
    return report.as_dict()


def _limit_resources(plan: Plan, limits: Limits) -> None:
    def hard(which: int, value: int) -> None:
        _, ceiling = resource.getrlimit(which)
        if ceiling != resource.RLIM_INFINITY:
            value = min(value, ceiling)
        resource.setrlimit(which, (value, value))

    hard(resource.RLIMIT_CORE, 0)
    hard(resource.RLIMIT_CPU, limits.cpu)
    hard(resource.RLIMIT_NOFILE, limits.files)
    hard(resource.RLIMIT_FSIZE, limits.file_size)
    if plan.base_data:
        hard(resource.RLIMIT_DATA, plan.base_data + limits.memory)
        # Address space alone costs nothing, and the allocator reserves a lot of it for every thread.
        hard(resource.RLIMIT_AS, plan.base_space + 8 * limits.memory)


# Capabilities ---------------------------------------------------------------------------------------------------------


def _drop_capabilities() -> None:
    for capability in range(64):
        try:
            prctl(_PR_CAPBSET_DROP, capability)
        except OSError as error:
            if error.errno in (errno.EINVAL, errno.EPERM):  # past the last one, or none of ours to drop
                break
            raise
    header = struct.pack("II", 0x20080522, 0)  # version 3, this process
    _call(_libc.capset(ctypes.c_char_p(header), ctypes.c_char_p(bytes(24))))


# Landlock (kernel documentation: userspace-api/landlock) --------------------------------------------------------------

_LANDLOCK_CREATE, _LANDLOCK_ADD, _LANDLOCK_RESTRICT = 444, 445, 446
_FS_EXECUTE, _FS_WRITE_FILE, _FS_READ_FILE, _FS_READ_DIR = 1, 2, 4, 8
_FS_IN_OWN_FOLDER = _FS_READ_FILE | _FS_READ_DIR | _FS_WRITE_FILE | 1 << 4 | 1 << 5 | 1 << 7 | 1 << 8 | 1 << 14
_HANDLED_FS = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 4: (1 << 15) - 1, 5: (1 << 16) - 1}


def landlock_abi() -> int:
    """Return the kernel's Landlock version. Raises OSError where there is none."""
    return _call(_libc.syscall(_LANDLOCK_CREATE, None, ctypes.c_size_t(0), ctypes.c_uint(1)))


def _landlock(plan: Plan, folder: str) -> None:
    filesystem = _HANDLED_FS[min(plan.landlock, 5)]
    network = 3 if plan.landlock >= 4 else 0  # bind and connect over TCP
    scoped = 3 if plan.landlock >= 6 else 0  # abstract sockets and signals to the outside
    attributes = struct.pack("QQQ", filesystem, network, scoped)
    size = 24 if plan.landlock >= 6 else 16 if plan.landlock >= 4 else 8
    ruleset = _call(_libc.syscall(_LANDLOCK_CREATE, attributes, ctypes.c_size_t(size), ctypes.c_uint(0)))
    try:
        for path in plan.readable:
            directory = _FS_READ_FILE | _FS_READ_DIR | _FS_EXECUTE
            _allow(ruleset, path, directory if os.path.isdir(path) else _FS_READ_FILE | _FS_EXECUTE)
        for device in ("/dev/null", "/dev/zero", "/dev/urandom", "/dev/random"):
            if os.path.exists(device):
                _allow(ruleset, device, _FS_READ_FILE | _FS_WRITE_FILE)
        _allow(ruleset, folder, _FS_IN_OWN_FOLDER & filesystem)
        _call(_libc.syscall(_LANDLOCK_RESTRICT, ctypes.c_int(ruleset), ctypes.c_uint(0)))
    finally:
        os.close(ruleset)


def _allow(ruleset: int, path: str, access: int) -> None:
    parent = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        rule = struct.pack("<Qi", access, parent)
        _call(_libc.syscall(_LANDLOCK_ADD, ctypes.c_int(ruleset), ctypes.c_int(1), rule, ctypes.c_uint(0)))
    finally:
        os.close(parent)


# seccomp (libseccomp writes the filter, once; each child installs the bytes) ------------------------------------------

ALLOWED_CALLS = """
read write readv writev pread64 pwrite64 preadv pwritev lseek close close_range dup dup2 dup3 flock fsync fdatasync
sendto recvfrom sendmsg recvmsg shutdown getsockopt getsockname poll ppoll select pselect6 epoll_create1 epoll_ctl epoll_wait
epoll_pwait eventfd2 pipe pipe2
open openat stat lstat fstat newfstatat statx access faccessat faccessat2 readlink readlinkat getdents getdents64 getcwd chdir
mkdir mkdirat rmdir unlink unlinkat rename renameat renameat2 ftruncate truncate fallocate umask statfs fstatfs
munmap mprotect mremap madvise brk mincore membarrier mlock munlock msync
futex futex_waitv set_robust_list get_robust_list rseq set_tid_address sched_yield sched_getaffinity
sched_getparam sched_getscheduler getcpu get_mempolicy
rt_sigaction rt_sigprocmask rt_sigreturn rt_sigpending rt_sigsuspend rt_sigtimedwait sigaltstack restart_syscall alarm setitimer
getitimer timer_create timer_settime timer_delete timerfd_create timerfd_settime pause
clock_gettime clock_getres clock_nanosleep nanosleep gettimeofday time times getrandom uname sysinfo getrusage getrlimit
getpid getppid gettid getuid geteuid getgid getegid getgroups getresuid getresgid getpgrp getpgid getsid getpriority capget
exit exit_group wait4 waitid arch_prctl
""".split()

_ALLOW, _EPERM, _ENOSYS, _KILL = 0x7FFF0000, 0x00050000 | errno.EPERM, 0x00050000 | errno.ENOSYS, 0x80000000
_NOT_EQUAL, _EQUAL, _MASKED_EQUAL = 1, 4, 7  # enum scmp_compare
_CLONE_THREAD = 0x00010000
_PR_ALLOWED = (3, 8, 15, 16, 21, 23, 39)  # reading prctls, thread names, keep-capabilities
_FCNTL_ALLOWED = (0, 1, 2, 3, 4, 5, 6, 7, 1030)  # duplicates, flags, locks; not who gets a descriptor's signals, nor leases
_IOCTL_ALLOWED = (0x5401, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451)  # terminal? its size, bytes waiting, blocking, inheriting
_MAP_TYPE, _MAP_PRIVATE = 0x0F, 0x02


class _Comparison(ctypes.Structure):
    _fields_ = (("arg", ctypes.c_uint), ("op", ctypes.c_int), ("a", ctypes.c_uint64), ("b", ctypes.c_uint64))


def seccomp_program(may_signal: bool) -> bytes:
    """Return the filter as BPF instructions. Raises OSError where libseccomp is missing.

    `may_signal` lets a process raise signals, which is safe only where it can name no process but its own.
    """
    try:
        library = ctypes.CDLL("libseccomp.so.2")
    except OSError:
        raise OSError("libseccomp is not installed (apt install libseccomp2)") from None
    library.seccomp_init.restype = ctypes.c_void_p
    context = ctypes.c_void_p(library.seccomp_init(ctypes.c_uint32(_EPERM)))

    def rule(action: int, name: str, *comparisons: _Comparison) -> None:
        number = library.seccomp_syscall_resolve_name(name.encode())
        if number < 0:  # not a call of this architecture, or newer than the library
            return
        array = (_Comparison * max(len(comparisons), 1))(*comparisons)
        code = library.seccomp_rule_add_array(context, ctypes.c_uint32(action), number, len(comparisons), array)
        if code:
            raise OSError(-code, f"seccomp refuses the rule for {name}")

    try:
        for name in ALLOWED_CALLS:
            rule(_ALLOW, name)
        if may_signal:
            rule(_ALLOW, "tgkill")
        # A thread is a clone with CLONE_THREAD; anything else would be a process. clone3 hides its flags behind a
        # pointer that a filter cannot follow: glibc falls back to clone when told that there is no such call.
        rule(_ALLOW, "clone", _Comparison(0, _MASKED_EQUAL, _CLONE_THREAD, _CLONE_THREAD))
        rule(_ENOSYS, "clone3")
        rule(_ALLOW, "prlimit64", _Comparison(2, _EQUAL, 0, 0))  # reading limits, not setting them
        for option in _PR_ALLOWED:
            rule(_ALLOW, "prctl", _Comparison(0, _EQUAL, option, 0))
        for command in _FCNTL_ALLOWED:
            rule(_ALLOW, "fcntl", _Comparison(1, _EQUAL, command, 0))
        for request in _IOCTL_ALLOWED:
            rule(_ALLOW, "ioctl", _Comparison(1, _EQUAL, request, 0))
        # Private mappings alone: shared memory (and so memfd_create) would escape RLIMIT_DATA, and outlive its mapping.
        rule(_ALLOW, "mmap", _Comparison(3, _MASKED_EQUAL, _MAP_TYPE, _MAP_PRIVATE))
        memory = os.memfd_create("filter")
        try:
            code = library.seccomp_export_bpf(context, ctypes.c_int(memory))
            if code:
                raise OSError(-code, "seccomp cannot write its filter")
            return os.pread(memory, os.fstat(memory).st_size, 0)
        finally:
            os.close(memory)
    finally:
        library.seccomp_release(context)


def _install_filter(program: bytes) -> None:
    buffer = ctypes.create_string_buffer(program, len(program))
    descriptor = struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(buffer))
    holder = ctypes.create_string_buffer(descriptor, len(descriptor))
    prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.addressof(holder))
