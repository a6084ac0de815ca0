"""What the learner's code prints: kept apart from every channel of ours, both ends kept, the middle dropped."""

from __future__ import annotations

import io


class CappedOutput(io.TextIOBase):
    """A text stream that never grows beyond `limit` characters: the first half stays, the last half rolls."""

    def __init__(self, limit: int) -> None:
        self._half = max(limit // 2, 1)
        self._head = ""
        self._tail = ""
        self._dropped = 0

    def writable(self) -> bool:
        """Say that one may write here."""
        return True

    def write(self, text: str) -> int:
        """Take `text`; never fails, whatever its size."""
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        room = self._half - len(self._head)
        self._head += text[:room]
        rest = text[room:] if room < len(text) else ""
        if rest:
            kept = (self._tail + rest)[-self._half :]
            self._dropped += len(self._tail) + len(rest) - len(kept)
            self._tail = kept
        return len(text)

    def take(self) -> str:
        """Return what was written since the last call, and start anew."""
        middle = f"\n… {self._dropped:,} characters left out …\n" if self._dropped else ""
        text = self._head + middle + self._tail
        self._head, self._tail, self._dropped = "", "", 0
        return text
