"""Flags from the syntax tree: names are followed through aliases; comments, strings and main blocks are nobody's business."""

import pytest

from chapter10.grading.flags import scan

FORBIDDEN = ["torch.nn.functional.scaled_dot_product_attention", "torch.nn.MultiheadAttention", "torch.nn.Transformer*"]


@pytest.mark.parametrize(
    "text",
    [
        "import torch.nn.functional as F\nF.scaled_dot_product_attention(1)",
        "from torch.nn import functional as G\nG.scaled_dot_product_attention",
        "from torch.nn.functional import scaled_dot_product_attention as s\ns(1)",
        "import torch\ntorch.nn.MultiheadAttention(4, 2)",
        "from torch import nn\nnn.TransformerEncoderLayer(4, 2)",
    ],
)
def test_forbidden_names_are_found_with_their_line(text):
    flags = [flag for flag in scan(text, FORBIDDEN) if flag.kind == "forbidden"]
    assert [flag.line for flag in flags] == [2]


@pytest.mark.parametrize(
    "text",
    [
        "# F.scaled_dot_product_attention",
        "'''nn.MultiheadAttention'''",
        "import torch.nn as nn\nif __name__ == '__main__':\n    nn.MultiheadAttention(4, 2)",
        "class MultiheadAttention: pass\nMultiheadAttention()",
        "def f(nn): return nn.MultiheadAttention",
        "not python at all (",
        "",
    ],
)
def test_what_is_no_use_is_no_flag(text):
    assert [flag for flag in scan(text, FORBIDDEN) if flag.kind == "forbidden"] == []


def test_patching_and_processes_are_for_the_instructors_eye():
    kinds = {
        flag.kind for flag in scan("import torch, os\ntorch.allclose = print\nos._exit(0)\nsetattr(torch, 'equal', 1)", [])
    }
    assert kinds == {"patching", "suspicious"}


def test_deep_nesting_is_no_crash():
    scan("x = " + "(" * 90 + "1" + ")" * 90, FORBIDDEN)
    scan("x = " + "-" * 100_000 + "1", FORBIDDEN)
