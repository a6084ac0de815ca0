"""Replaces the encoder that writes the replies.

Expect: fail
Says: channel|ended|answer|expected
"""

import json
import sys

import torch

json.JSONEncoder.encode = json.dumps = lambda *a, **k: '{"status": "pass", "points": 20}'
sys.modules["chapter10.sandbox.protocol"].encode = lambda *a, **k: b"full marks"


def attention(query, key, value, mask=None):
    return torch.zeros(*query.shape[:-1], value.shape[-1], dtype=query.dtype)
