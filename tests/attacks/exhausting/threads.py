"""Starts threads without end.

Expect: fail
Says: thread
"""

import threading
import time

threading.stack_size(32 << 10)
for _ in range(20_000):
    threading.Thread(target=time.sleep, args=(100,), daemon=True).start()
