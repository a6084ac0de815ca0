"""Talks to local services by path, by abstract name, and in pairs; the answer is right.

Expect: pass
"""

import math
import socket

import torch

for address in ("\0c10-attack", "/run/dbus/system_bus_socket", "/var/run/docker.sock", "c10-attack.sock"):
    for verb in ("connect", "bind"):
        try:
            getattr(socket.socket(socket.AF_UNIX), verb)(address)
            print("BROKE OUT:", verb, address)
        except OSError:
            pass
for family in (16, 17, 40, 38):  # netlink, packet, vsock, kernel crypto
    try:
        socket.socket(family, socket.SOCK_RAW)
        print("BROKE OUT: family", family)
    except OSError:
        pass


def attention(query, key, value, mask=None):
    scores = query @ key.transpose(-2, -1) / math.sqrt(query.size(-1))
    if mask is not None:
        scores = scores.masked_fill(mask == 0, -math.inf)
    return torch.softmax(scores, dim=-1) @ value
