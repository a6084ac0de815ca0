"""A report as one page of HTML that needs nothing else: pictures inside, light and dark, no script, no request."""

from __future__ import annotations

import base64
from html import escape
from string import Template
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chapter10.labs.report import Report, Table

_PAGE = Template("""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>$title · chapter10 lab</title>
<style>
:root { color-scheme: light dark; --paper: #fff; --ink: #1f2328; --quiet: #5c636b; --line: #e3e5e8;
  --warn: #8a4b00; --bad: #b3261e; }
@media (prefers-color-scheme: dark) {
  :root { --paper: #16181c; --ink: #e8eaed; --quiet: #a0a7b0; --line: #30343b; --warn: #ffbf70; --bad: #ff8a80; }
}
body { margin: 0 auto; max-width: 60rem; padding: 2.5rem 1.25rem 4rem; background: var(--paper); color: var(--ink);
  font: 16px/1.55 system-ui, sans-serif; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .4rem; }
h2 { font-size: 1.05rem; margin: 2rem 0 .5rem; }
p { margin: .4rem 0; max-width: 46rem; }
.kicker, .quiet, footer { color: var(--quiet); font-size: .875rem; }
.kicker { margin: 0 0 .3rem; }
.note { color: var(--warn); font-size: .875rem; }
.bad { color: var(--bad); }
figure { margin: 1.8rem 0; }
img { display: block; width: 100%; height: auto; }
ul { padding-left: 1.1rem; margin: .4rem 0; }
li { margin: .3rem 0; max-width: 46rem; }
.wide { overflow-x: auto; margin: .5rem 0 1.5rem; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .925rem; }
caption { text-align: left; color: var(--quiet); padding-bottom: .3rem; }
th, td { padding: .35rem 1.4rem .35rem 0; text-align: left; border-bottom: 1px solid var(--line); vertical-align: top; }
th { color: var(--quiet); font-weight: 600; }
.number { text-align: right; }
footer { margin-top: 2.5rem; }
@media print { body { padding: 0; } }
</style>
</head>
<body>
<main>
<p class="kicker">chapter10 lab $name</p>
<h1>$title</h1>
<p>$question</p>
$notes
<figure><picture><source media="(prefers-color-scheme: dark)" srcset="data:image/png;base64,$dark">
<img src="data:image/png;base64,$light" alt="$alt"></picture></figure>
$findings
<h2>The numbers</h2>
$tables
</main>
<footer>To read again: “$section” in the chapter.</footer>
</body>
</html>
""")


def render(report: Report, light: bytes, dark: bytes) -> str:
    """Return the page. Every text in it is escaped: some of it is the learner's."""
    notes = [f'<p class="{"quiet" if text.startswith("Your") else "note"}">{escape(text)}</p>' for text in report.provenance]
    notes += [f'<p class="note">{escape(report.caution)}</p>'] if report.caution else []
    notes += [
        f'<p class="bad">{escape(failure["step"])}: {escape(failure["message"])} {escape(failure["help"])}</p>'
        for failure in report.failures
    ]
    findings = "".join(f"<li>{escape(text)}</li>" for text in report.findings)
    return _PAGE.substitute(
        name=escape(report.name),
        title=escape(report.title),
        question=escape(report.question),
        notes="\n".join(notes),
        light=base64.b64encode(light).decode(),
        dark=base64.b64encode(dark).decode(),
        alt=escape(" ".join(report.findings) or report.question, quote=True),
        findings=f"<h2>What the numbers say</h2>\n<ul>{findings}</ul>" if findings else "",
        tables="\n".join(_table(table) for table in report.tables if table.rows),
        section=escape(report.section),
    )


def _table(table: Table) -> str:
    from chapter10.labs.report import numeric

    classes = [' class="number"' if numeric(table, at) else "" for at in range(len(table.columns))]
    head = "".join(f'<th scope="col"{kind}>{escape(name)}</th>' for name, kind in zip(table.columns, classes, strict=True))
    body = "\n".join(
        "<tr>" + "".join(f"<td{kind}>{escape(cell)}</td>" for cell, kind in zip(row, classes, strict=True)) + "</tr>"
        for row in table.rows
    )
    caption = f"<caption>{escape(table.title)}</caption>" if table.title else ""
    inner = f"{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody>"
    return f'<div class="wide"><table>{inner}</table></div>'
