"""Opens the solution, the suite and the recordings where they are likely to lie.

Expect: fail
Says: has no `attention`
"""

import glob
import os
import sys

found = None
roots = {"", "..", "/work/main", "/engine", *sys.path}
roots |= {
    os.path.dirname(getattr(module, "__file__", None) or "")
    for name, module in list(sys.modules.items())
    if "chapter10" in name
}
roots |= {os.path.join(root, *[".."] * up) for root in list(roots) for up in (1, 2)}
for root in roots:
    for pattern in ("solutions/attention.py", "graders/test_attention.py", "fixtures/**/*.c10", "fixtures/**/*.gz"):
        for path in [os.path.join(root, pattern), *glob.glob(os.path.join(root, pattern), recursive=True)]:
            try:
                found = open(path, "rb").read()
                print("BROKE OUT: read", path)
            except OSError:
                pass
if found and b"def attention" in found:
    exec(found)
