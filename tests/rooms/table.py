"""The table of tests/README.md: a module, and a test that fails when the module is broken."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "tests" / "README.md"
MARK = "<!-- rows: python -m tests.rooms --missing -->\n"
TYPES_ALONE = "types alone: mypy"
"""Instead of a test: nothing of the module runs."""


def modules():
    """The package's modules, as paths; not files without a statement, nor sim/__main__.py, which calls another."""
    paths = sorted(path for path in (ROOT / "sim").rglob("*.py") if path.name != "__main__.py")
    return [str(path.relative_to(ROOT)) for path in paths if _says_something(path.read_text(encoding="utf-8"))]


def rows():
    """Path of a module → the test that fails when it is broken, as pytest names it, or TYPES_ALONE."""
    text = PAGE.read_text(encoding="utf-8").partition(MARK)[2]
    return dict(re.findall(r"^\| `(sim/[^`]*)` \| `?([^`|]*?)`? \|$", text, re.MULTILINE))


def write(found):
    """The page with those rows."""
    head = PAGE.read_text(encoding="utf-8").partition(MARK)[0]
    lines = ["| module | a test that fails when it is broken |\n", "|---|---|\n"]
    for module, test in sorted(found.items()):
        lines.append(f"| `{module}` | {test} |\n" if test == TYPES_ALONE else f"| `{module}` | `{test}` |\n")
    PAGE.write_text(head + MARK + "\n" + "".join(lines), encoding="utf-8")


def _says_something(text):
    """More than a docstring and the import of annotations."""
    import ast

    body = ast.parse(text).body
    return any(
        not (isinstance(each, ast.Expr) or (isinstance(each, ast.ImportFrom) and each.module == "__future__"))
        for each in body
    )
