"""Opens TCP and UDP connections; the answer is right.

Expect: pass
"""

import math
import socket

import torch

for family, kind, address in (
    (socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", 22)),
    (socket.AF_INET, socket.SOCK_DGRAM, ("8.8.8.8", 53)),
    (socket.AF_INET6, socket.SOCK_STREAM, ("::1", 80)),
    (socket.AF_INET, socket.SOCK_RAW, ("127.0.0.1", 0)),
):
    try:
        socket.socket(family, kind).connect(address)
        print("BROKE OUT: connected", address)
    except OSError:
        pass
try:
    socket.getaddrinfo("example.com", 80)
    print("BROKE OUT: resolved")
except OSError:
    pass


def attention(query, key, value, mask=None):
    scores = query @ key.transpose(-2, -1) / math.sqrt(query.size(-1))
    if mask is not None:
        scores = scores.masked_fill(mask == 0, -math.inf)
    return torch.softmax(scores, dim=-1) @ value
