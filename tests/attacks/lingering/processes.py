"""Starts processes by every module there is; the answer is right.

Expect: pass
"""

import concurrent.futures
import math
import multiprocessing
import subprocess
import time

import torch

for attempt in (
    lambda: multiprocessing.get_context("fork").Process(target=time.sleep, args=(60,)).start(),
    lambda: multiprocessing.get_context("spawn").Process(target=time.sleep, args=(60,)).start(),
    lambda: concurrent.futures.ProcessPoolExecutor(1).submit(time.sleep, 60),
    lambda: subprocess.Popen(["sleep", "60"], start_new_session=True),
):
    try:
        attempt()
        print("BROKE OUT: process")
    except Exception:
        pass


def attention(query, key, value, mask=None):
    scores = query @ key.transpose(-2, -1) / math.sqrt(query.size(-1))
    if mask is not None:
        scores = scores.masked_fill(mask == 0, -math.inf)
    return torch.softmax(scores, dim=-1) @ value
