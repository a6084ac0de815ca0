"""Learners' text, made fit to be read: nothing in it hides or reorders, and nothing is endless."""

from __future__ import annotations

import unicodedata

SHOWN = 4_000  # characters of a learner's text that a page shows
_HIDING = {"Cc", "Cf", "Co", "Cs"}  # control characters, marks of direction, private use, halves of characters
_HARMLESS = {"\n", "\t", "\u200c", "\u200d", "\u00ad"}  # joiners (emoji, many scripts) and soft hyphens


def visible(text: str) -> str:
    """Return `text` with every character that would hide or reorder others written as its number: `[U+202E]`."""
    if text.isprintable():  # nearly always
        return text
    return "".join(f"[U+{ord(mark):04X}]" if _hides(mark) else mark for mark in text.replace("\r\n", "\n"))


def _hides(mark: str) -> bool:
    return mark not in _HARMLESS and unicodedata.category(mark) in _HIDING


def cut(text: str, most: int = SHOWN) -> str:
    """Return `text`, its middle left out where it is long: the end of an output tells the most."""
    if len(text) <= most:
        return text
    half = most // 2
    return f"{text[:half]}\n… {len(text) - 2 * half:,} characters left out …\n{text[-half:]}"
