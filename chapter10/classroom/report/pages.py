"""Data to HTML: pages that need nothing else, run no script but ours, and show any text without harm.

Names, messages and printed output are the learners'. Three things stand between them and the reader: every value is escaped,
characters that hide or reorder text are made visible, and the page's own policy (CSP) allows our one script and style by their
hash, and no request at all.
"""

from __future__ import annotations

import base64
import hashlib
import re
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from chapter10 import __version__
from chapter10.classroom.report.text import cut, visible

_CODE = re.compile(r"`([^`\n]+)`")


@cache
def environment() -> Environment:
    """Return the Jinja environment of all pages."""
    made = Environment(
        loader=PackageLoader("chapter10.classroom.report"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_visible,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"points": points, "moment": moment, "percent": percent, "cut": cut, "counted": counted, "coded": coded}
    style, script = _asset("page.css"), _asset("page.js")
    policy = (
        f"default-src 'none'; base-uri 'none'; form-action 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'"
    )
    made.globals |= {"style": Markup(style), "script": Markup(script), "policy": Markup(policy), "version": __version__}
    return made


def render(template: str, **values: Any) -> str:
    """Return the page that a template makes of `values`."""
    return environment().get_template(template).render(**values)


def _visible(value: Any) -> Any:
    """Make a value's text visible on its way into any page; what is HTML already was made by us."""
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def coded(text: str) -> Markup:
    """Return escaped text in which what stands between backticks is set as code."""
    return Markup(_CODE.sub(r"<code>\1</code>", str(escape(visible(text)))))


def points(value: float) -> str:
    """Return points as people write them: 12, 12.5, 12.33."""
    return f"{round(value, 2):g}"


def percent(share: float) -> str:
    """Return a share from 0 to 1 in per cent."""
    return f"{share:.0%}"


def counted(number: int, one: str, many: str = "") -> str:
    """Return a number with its noun: 1 student, 2 students."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def moment(value: datetime) -> str:
    """Return a moment in UTC, to the minute."""
    return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")


def _asset(name: str) -> str:
    return (files("chapter10.classroom.report") / "templates" / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
