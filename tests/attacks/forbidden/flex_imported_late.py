"""Imports flexible attention only when it is called, after the guard went up.

Expect: fail
Says: off limits
"""


def attention(query, key, value, mask=None):
    from torch.nn.attention.flex_attention import flex_attention

    return flex_attention(query[None, None], key[None, None], value[None, None])[0, 0]
