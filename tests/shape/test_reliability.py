"""docs/reliability.md has every fault once, and every test that it names is there."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
FAULTS = 64


def rows():
    """Fault number → its row of the table."""
    text = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")
    return {int(found[1]): found[0] for found in re.finditer(r"^\| (\d+) \|.*$", text, re.MULTILINE)}


def written():
    """File under tests/faults → the names of its tests."""
    found = {}
    for path in sorted((ROOT / "tests" / "faults").glob("test_*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        found[path.name] = {each.name for each in tree.body if isinstance(each, ast.FunctionDef)}
    return found


def test_every_fault_has_one_row():
    assert list(rows()) == list(range(1, FAULTS + 1))
    text = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")
    assert len(re.findall(r"^\| \d+ \|", text, re.MULTILINE)) == FAULTS


def test_every_test_that_the_list_names_is_there_and_bears_its_number():
    there = written()
    for number, row in rows().items():
        named = re.findall(r"`(test_\w+\.py)`((?:[^`]|`test_fault_\w+`)*)", row)
        assert named, row
        for file, words in named:
            names = re.findall(r"`(test_fault_\w+)`", words)
            assert names, row
            assert all(re.match(rf"test_fault_[\d_]*{number:02d}_", name) for name in names), row
            assert set(names) <= there.get(file, set()), (row, names)
        assert all(file in there for file, _ in named), row


def test_every_test_of_a_fault_is_in_the_list():
    listed = set(re.findall(r"`(test_fault_\w+)`", " ".join(rows().values())))
    mine = {name for names in written().values() for name in names if name.startswith("test_fault_")}
    assert mine <= listed, sorted(mine - listed)


def test_what_was_found_in_use_names_tests_that_are_there():
    there = {}
    for path in (ROOT / "tests").rglob("test_*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        there.setdefault(path.name, set()).update(e.name for e in tree.body if isinstance(e, ast.FunctionDef))
    text = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")
    part = text[text.index("## Found in use") : text.index("## Laws")]
    rows = [line for line in part.splitlines() if line.startswith("| ") and "`test_" in line]
    assert len(rows) > 50
    for row in rows:
        file = ""
        for name in re.findall(r"`(test_[\w.]+)`", row):
            if name.endswith(".py"):
                file = name
                assert file in there, row
            else:
                assert name in there[file], row
