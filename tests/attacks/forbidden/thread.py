"""Calls it from a thread, where no trace looks.

Expect: fail
Says: off limits
"""

import threading

import torch.nn.functional as F


def attention(query, key, value, mask=None):
    found = []

    def work():
        found.append(F.scaled_dot_product_attention(query, key, value, attn_mask=None if mask is None else mask != 0))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    return found[0]
