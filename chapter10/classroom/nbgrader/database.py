"""nbgrader's database, without what makes it slow."""

from __future__ import annotations

import functools

from nbgrader import api


def remember_queries() -> None:
    """Let all of nbgrader's `Gradebook`s in this program share one SQLAlchemy engine for each database.

    nbgrader opens its database some ten times for each submission, each time with a new engine, which has to compile every
    query anew: more work than grading is. An engine that is used again remembers them. Closing a `Gradebook` still closes its
    connections.
    """
    if not hasattr(api.create_engine, "cache_info"):
        api.create_engine = functools.cache(api.create_engine)
