"""Imports the solution under every name that it might have.

Expect: fail
Says: has no `attention`
"""

import importlib

attention = None
for name in ("chapter10.solutions.attention", "solutions.attention", "chapter10.graders.test_attention", "reference_attention"):
    try:
        attention = importlib.import_module(name).attention
        print("BROKE OUT: imported", name)
    except Exception:
        pass
