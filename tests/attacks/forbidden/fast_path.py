"""Takes the fast path of inference beneath the encoder layer.

Expect: fail
Says: off limits
"""

import torch


def attention(query, key, value, mask=None):
    width = query.size(-1)
    eye = torch.eye(width)
    with torch.inference_mode():
        return torch._native_multi_head_attention(
            query[None], key[None], value[None], width, 1, eye.repeat(3, 1), torch.zeros(3 * width), eye, torch.zeros(width)
        )[0][0]
