"""Calls it with every mode, key and Python layer switched off.

Expect: fail
Says: off limits|raises
"""

import torch
import torch.nn.functional as F
from torch._C import DispatchKey, DispatchKeySet

KEYS = DispatchKeySet(DispatchKey.AutogradCPU).add(DispatchKey.ADInplaceOrView).add(DispatchKey.Python)


def attention(query, key, value, mask=None):
    mask = None if mask is None else mask != 0
    off = torch._C._DisableTorchDispatch(), torch._C.DisableTorchFunction(), torch._C._ExcludeDispatchKeyGuard(KEYS)
    with off[0], off[1], off[2], torch.inference_mode():
        return F.scaled_dot_product_attention(query, key, value, attn_mask=mask)
