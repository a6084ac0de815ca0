"""Walks over all of the disk in search of answers and of other learners.

Expect: fail
Says: has no `attention`
"""

import os
import time

end = time.monotonic() + 0.7
for folder in (
    "/home",
    "/root",
    "/tmp",
    "/work",
    "/var",
    "/etc",
    "/engine",
    "/srv",
    "/opt",
    "/mnt",
    "/media",
    "/run",
    "/dev/shm",
    "/",
):
    for root, _, files in os.walk(folder):
        for name in files:
            path = os.path.join(root, name)
            if (
                name.endswith((".c10", "secret.txt", ".ipynb", "gradebook.db", "shadow"))
                or "solutions" in root
                or "graders" in root
            ):
                try:
                    open(path, "rb").close()
                    print("BROKE OUT: read", path)
                except OSError:
                    pass
        if time.monotonic() > end:
            break
