"""What of a kernel's history makes up an answer: the statements that define some names, and all that those need.

A person runs cells in any order, more than once, and many that have nothing to do with the answer: plots, experiments, checks.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from chapter10.learner.notebook import plain

_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


@dataclass(frozen=True)
class _Statement:
    """One statement at the top of a cell: what it binds, what it reads, and whether what it binds was nothing before."""

    cell: int
    first: int  # lines, counted from 1
    last: int
    binds: frozenset[str]
    reads: frozenset[str]
    at_once: frozenset[str]  # those of them that it reads when it is run, and not when it is called later
    complete: bool


def relevant(cells: Sequence[str], names: Iterable[str]) -> list[str]:
    """Return the cells with only those statements left that `names` depend on; every line keeps its place.

    Args:
        cells: as they were run, the earliest first.
        names: functions and classes; the latest definition of each counts.
    """
    lines = [plain(cell).split("\n") for cell in cells]
    statements = [found for at, cell in enumerate(lines) for found in _statements(at, "\n".join(cell))]
    needed = set(names)
    while True:
        chosen = _chosen(statements, needed)
        grown = needed.union(*(statement.reads for statement in chosen))
        if grown == needed:  # a function may read what a later cell defines, so one look back is not enough
            break
        needed = grown
    kept = {(statement.cell, line) for statement in chosen for line in range(statement.first, statement.last + 1)}
    return ["\n".join(text if (at, line) in kept else "" for line, text in enumerate(cell, 1)) for at, cell in enumerate(lines)]


def _chosen(statements: Sequence[_Statement], needed: set[str]) -> list[_Statement]:
    """Walk back, and take what binds a name that nothing later has bound anew."""
    open_names, chosen = set(needed), []
    for statement in reversed(statements):
        if "*" in statement.binds or statement.binds & open_names:
            chosen.append(statement)
            if statement.complete:
                open_names -= statement.binds
            open_names |= statement.at_once
    return chosen


def _statements(cell: int, text: str) -> list[_Statement]:
    try:
        body = ast.parse(text).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []  # it never ran
    return [_statement(cell, node) for node in body]


def _statement(cell: int, node: ast.stmt) -> _Statement:
    inner = list(ast.walk(node))
    reads = _read(inner)
    at_once = _read(part for entry in _run_at_once(node) for part in ast.walk(entry))
    complete = isinstance(node, (*_DEFINITIONS, ast.Import, ast.ImportFrom))
    if isinstance(node, _DEFINITIONS):
        binds = {node.name}
        reads, at_once = reads - binds, at_once - binds
    else:
        binds = set().union(*(_bound(part) for part in inner))
        complete = complete or (isinstance(node, ast.Assign) and all(isinstance(target, ast.Name) for target in node.targets))
    first = min([node.lineno, *(entry.lineno for entry in getattr(node, "decorator_list", []))])
    return _Statement(cell, first, node.end_lineno or node.lineno, frozenset(binds), reads, at_once, complete)


def _read(nodes: Iterable[ast.AST]) -> frozenset[str]:
    return frozenset(node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load))


def _run_at_once(node: ast.stmt) -> list[ast.AST]:
    """Return what of a statement is run where it stands: of a function, its decorators and its defaults alone."""
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return [*node.decorator_list, node.args]
    return [node]


def _bound(node: ast.AST) -> set[str]:
    """Return the names that one node of the tree binds, or changes: `SimpleRNN.forward = …` changes SimpleRNN."""
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return {(alias.asname or alias.name).split(".")[0] for alias in node.names}
    if isinstance(node, _DEFINITIONS):
        return {node.name}
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        return {node.id}
    if isinstance(node, (ast.Attribute, ast.Subscript)) and isinstance(node.ctx, ast.Store):
        while isinstance(node, (ast.Attribute, ast.Subscript)):
            node = node.value
        return {node.id} if isinstance(node, ast.Name) else set()
    return set()
