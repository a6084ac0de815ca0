"""Ends the process with status 0 while it is imported.

Expect: fail
Says: ended the Python process
"""

import os

os._exit(0)
