"""Raises SystemExit(0) while it is imported.

Expect: fail
Says: SystemExit
"""

import sys

sys.exit(0)
