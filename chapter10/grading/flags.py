"""What the source says about itself: flags for the instructor's eye, read from the syntax tree alone.

Forbidden names are followed through imports and aliases. Nothing here takes a point: only what is reached at run time does (see
`chapter10.sandbox.guard`), so a name in a comment, a string or an `if __name__ == "__main__"` block costs nobody anything.
"""

from __future__ import annotations

import ast
import fnmatch
import functools
import warnings
from collections.abc import Sequence

from chapter10.grading.results import Flag

MAX_FLAGS = 50
_LEAVES = (ast.expr_context, ast.operator, ast.cmpop, ast.unaryop, ast.boolop, ast.Constant)  # half of a tree
MAX_SOURCE = 1 << 20  # characters; a syntax tree takes a hundred times as much memory
_HIDDEN = {"__code__", "__globals__", "__closure__", "__subclasses__", "__file__", "f_back", "f_locals", "tb_frame", "gi_frame"}
_PROCESS = {
    "os._exit", "os.fork", "os.forkpty", "os.kill", "os.killpg", "os.system", "os.popen", "os.execv", "os.execve",
    "os.posix_spawn", "torch.jit.*",
    "subprocess.*", "multiprocessing.*", "socket.*", "ctypes.*", "signal.*", "atexit.*", "gc.get_objects", "gc.get_referrers",
    "sys._getframe", "sys.settrace", "sys.setprofile", "sys.modules", "inspect.stack", "inspect.currentframe", "builtins.exec",
    "inspect.getsource", "inspect.getsourcelines", "importlib.*", "threading.*", "torch.library.*", "torch._C.*", "torch.ops.*",
    "chapter10.*",
}  # fmt: skip


def scan(text: str, forbidden: Sequence[str]) -> list[Flag]:
    """Return the flags of a file; an unreadable file has none."""
    if len(text) > MAX_SOURCE:
        return [Flag("suspicious", 0, f"a file of {len(text):,} characters was not read")]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of a learner's odd escapes
            tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    scanner = _Scanner(forbidden)
    try:
        scanner.visit(tree)
    except RecursionError:
        return [Flag("suspicious", 0, "nested too deep to be read")]
    return scanner.flags


class _Scanner(ast.NodeVisitor):
    def __init__(self, forbidden: Sequence[str]) -> None:
        self.flags: list[Flag] = []
        self._forbidden = tuple(forbidden)
        self._aliases: dict[str, str] = {}

    def visit(self, node: ast.AST) -> None:
        """Visit a node, while there is room for what may be found."""
        if len(self.flags) < MAX_FLAGS and not isinstance(node, _LEAVES):
            super().visit(node)

    def visit_Import(self, node: ast.Import) -> None:
        for name in node.names:
            self._aliases[name.asname or name.name.partition(".")[0]] = (
                name.name if name.asname else name.name.partition(".")[0]
            )

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        for name in node.names:
            self._aliases[name.asname or name.name] = f"{node.module or ''}.{name.name}"

    def visit_If(self, node: ast.If) -> None:
        if isinstance(node.test, ast.Compare) and isinstance(node.test.left, ast.Name) and node.test.left.id == "__name__":
            for child in node.orelse:
                self.visit(child)
            return
        self.generic_visit(node)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        self._check(node)
        if node.attr in _HIDDEN:
            self._add("suspicious", node, f"reaches for {node.attr}")
        if isinstance(node.ctx, (ast.Store, ast.Del)):
            self._check_patch(node)
        self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> None:
        self._check(node)

    def visit_Call(self, node: ast.Call) -> None:
        name = self._dotted(node.func)
        if name in ("exec", "eval", "compile", "__import__", "importlib.import_module"):
            self._add("suspicious", node, f"{name}(…) hides what it runs")
        if name == "getattr" and len(node.args) > 1 and not isinstance(node.args[1], ast.Constant):
            self._add("suspicious", node, "getattr(…) with a name that is made up as it runs")
        if name == "setattr" and node.args and (owner := self._dotted(node.args[0])) and owner.split(".")[0] == "torch":
            self._add("patching", node, f"changes {owner}")
        self.generic_visit(node)

    def _check(self, node: ast.Attribute | ast.Name) -> None:
        name = self._dotted(node)
        if name is None:
            return
        for kind in _kinds(name, self._forbidden):
            self._add(kind, node, name)

    def _check_patch(self, node: ast.Attribute) -> None:
        name = self._dotted(node)
        if name and name.split(".")[0] in ("torch", "builtins", "sys", "pytest", "numpy", "json"):
            self._add("patching", node, f"changes {name}")

    def _dotted(self, node: ast.AST) -> str | None:
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name):
            return None
        if node.id not in self._aliases and parts:
            return None
        return ".".join([self._aliases.get(node.id, node.id), *reversed(parts)])

    def _add(self, kind: str, node: ast.AST, detail: str) -> None:
        flag = Flag(kind, getattr(node, "lineno", 0), detail)
        if flag not in self.flags:
            self.flags.append(flag)


@functools.lru_cache(4096)
def _kinds(name: str, forbidden: tuple[str, ...]) -> tuple[str, ...]:
    """Return which kinds of flag a full name earns. Kept, since a file may use one name very often."""
    lists = (("forbidden", forbidden), ("suspicious", tuple(_PROCESS)))
    return tuple(kind for kind, patterns in lists if any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns))
