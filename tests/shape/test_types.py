"""`Any` only at borders: untyped libraries, validators before parsing, values of files."""

import ast
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "sim"
MOST = 149
"""Lines of `sim` with `Any` in their code, imports not counted. It only goes down."""


def lines_with_any(path):
    """The lines of a module whose code has the name `Any`."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = (node for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id == "Any")
    return {node.lineno for node in names}


def test_few_lines_have_the_type_any():
    found = {str(path.relative_to(PACKAGE)): len(lines_with_any(path)) for path in PACKAGE.rglob("*.py")}
    worst = sorted(found.items(), key=lambda pair: -pair[1])[:10]
    assert sum(found.values()) <= MOST, f"{sum(found.values())} lines: {worst}"


def test_the_count_sees_annotations_and_no_text(tmp_path):
    (tmp_path / "a.py").write_text('from typing import Any\n"""Any text"""\ndef f(x: Any) -> list[Any]: ...\n')
    assert lines_with_any(tmp_path / "a.py") == {3}
