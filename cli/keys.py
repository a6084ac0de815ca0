"""Single keys from a terminal, which is left as it was found: also after an error, a signal, or a stop with Ctrl-Z."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any


class Terminated(KeyboardInterrupt):
    """SIGTERM or SIGHUP has come. A KeyboardInterrupt, because pytest lets nothing else through."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


@contextlib.contextmanager
def ending_in_order() -> Iterator[None]:
    """Turn the signals that end a process into exceptions, so that everything is put back on the way out."""

    def end(number: int, frame: Any) -> None:
        for other in before:
            signal.signal(other, signal.SIG_IGN)  # the way out is not to be cut short by a second one
        raise Terminated(number)

    before = {}
    for name in ("SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            number = getattr(signal, name)
            before[number] = signal.signal(number, end)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class Keys:
    """Reads keys in a thread and tells them one by one. Where there is no terminal to read from, does nothing.

    Args:
        tell: called with each key, in the reading thread.
        redraw: called in the main thread after a change of size and after a stop (Ctrl-Z).
    """

    def __init__(self, tell: Callable[[str], None], redraw: Callable[[], None]) -> None:
        self._tell = tell
        self._redraw = redraw
        self._saved: Any = None
        self._descriptor = -1
        self._handlers: dict[int, Any] = {}

    @staticmethod
    def possible() -> bool:
        """Say whether keys can be read here."""
        try:
            import termios  # noqa: F401
        except ImportError:  # Windows
            return False
        return sys.stdin is not None and sys.stdin.isatty() and sys.stdout.isatty()

    def __enter__(self) -> Keys:
        if not self.possible():
            return self
        import termios

        self._descriptor = sys.stdin.fileno()
        self._saved = termios.tcgetattr(self._descriptor)
        self._stop_reader, self._stop_writer = os.pipe()
        self._handlers[signal.SIGWINCH] = signal.signal(signal.SIGWINCH, lambda *_: self._redraw())
        self._handlers[signal.SIGTSTP] = signal.signal(signal.SIGTSTP, self._suspend)
        self._raw()
        self._thread = threading.Thread(target=self._read, name="chapter10-keys", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: Any) -> None:
        if self._saved is None:
            return
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        os.write(self._stop_writer, b".")
        self._thread.join(timeout=1)
        self._restore()
        os.close(self._stop_reader)
        os.close(self._stop_writer)

    def _raw(self) -> None:
        """Give keys at once and unechoed; Ctrl-C stays a signal."""
        import termios

        mode = termios.tcgetattr(self._descriptor)
        mode[3] &= ~(termios.ECHO | termios.ICANON)
        mode[6][termios.VMIN], mode[6][termios.VTIME] = 1, 0
        self._set(mode)

    def _restore(self) -> None:
        self._set(self._saved)

    def _set(self, mode: Any) -> None:
        import termios

        # A process in the background that sets a terminal is stopped by SIGTTOU; here it is only to put things right.
        before = signal.signal(signal.SIGTTOU, signal.SIG_IGN)
        with contextlib.suppress(termios.error, OSError):  # the terminal may be gone
            termios.tcsetattr(self._descriptor, termios.TCSADRAIN, mode)
        signal.signal(signal.SIGTTOU, before)

    def _suspend(self, number: int, frame: Any) -> None:
        """Ctrl-Z: hand the terminal back, stop, and take it again when the shell says go on."""
        self._restore()
        signal.signal(signal.SIGTSTP, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGTSTP)
        signal.signal(signal.SIGTSTP, self._suspend)
        self._raw()
        self._redraw()

    def _read(self) -> None:
        while True:
            try:
                ready, _, _ = select.select([self._descriptor, self._stop_reader], [], [])
                if self._stop_reader in ready:
                    return
                data = os.read(self._descriptor, 256)
            except OSError:
                return
            if not data:
                return
            if data.startswith(b"\x1b"):  # arrows and the like
                continue
            for key in data.decode(errors="replace"):
                self._tell(key)
