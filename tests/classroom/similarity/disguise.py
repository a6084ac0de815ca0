"""What somebody does to a text that isn't theirs: other names, other comments, another layout, another order of functions."""

import ast
import builtins
import random


def disguise(text, seed):
    """Return a source that does the same and looks different."""
    rng = random.Random(seed)
    tree = ast.parse(text)
    parts = [node for node in tree.body if not isinstance(node, ast.Expr)]
    imports = [node for node in parts if isinstance(node, (ast.Import, ast.ImportFrom))]
    rest = [node for node in parts if node not in imports]
    if all(isinstance(node, (ast.FunctionDef, ast.ClassDef)) for node in rest):
        rng.shuffle(rest)
    tree.body = [*imports, *rest]
    kept = {alias.asname or alias.name.partition(".")[0] for node in imports for alias in node.names}
    kept |= {node.name for node in rest if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
    source = ast.unparse(ast.fix_missing_locations(_Renamed(kept, rng).visit(tree)))
    return "\n".join(_commented(line, rng) for line in source.splitlines()) + "\n"


class _Renamed(ast.NodeTransformer):
    def __init__(self, kept, rng):
        self._kept, self._rng, self._names = kept, rng, {}

    def _name(self, name):
        if name in self._kept or hasattr(builtins, name):
            return name
        return self._names.setdefault(name, f"{self._rng.choice(['tmp', 'my', 'val'])}_{len(self._names)}")

    def visit_Name(self, node):
        node.id = self._name(node.id)
        return node

    def visit_arg(self, node):
        node.arg, node.annotation = self._name(node.arg), None
        return node


def _commented(line, rng):
    if not line.strip() or rng.random() > 0.3:
        return line
    indent = line[: len(line) - len(line.lstrip())]
    return f"{indent}# step {rng.randrange(1000)} of my idea number {rng.randrange(1000)}\n{line}"
