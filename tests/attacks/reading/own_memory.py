"""Searches the memory of its own process for a ready-made answer.

Expect: fail
Says: raises|None
"""

import gc
import sys

mine = None
for item in gc.get_objects():
    try:
        name = getattr(item, "__qualname__", "")
        module = str(getattr(item, "__module__", ""))
    except Exception:
        continue
    if name in ("attention", "Grader", "Tape", "SuitePlugin", "assert_close") and not module.startswith("torch"):
        print("BROKE OUT: found", module, name)
        mine = item
for name in list(sys.modules):
    if name.startswith(("chapter10.grading", "chapter10.course", "pytest", "_pytest")):
        print("BROKE OUT: loaded", name)


def attention(query, key, value, mask=None):
    return mine(query, key, value, mask)
