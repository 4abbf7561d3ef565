"""For every module one can say which test fails when it is broken: the table of tests/README.md."""

import ast
import subprocess
import sys

import pytest

from tests.rooms import table


def test_every_module_has_one_row_in_the_table_of_tests():
    text = table.PAGE.read_text(encoding="utf-8")
    rows = table.rows()
    assert text.count("\n| `sim/") == len(rows), "a module has two rows, or a row cannot be read"
    gone = set(rows) - set(table.modules())
    assert not gone, f"gone: {sorted(gone)}: see {table.PAGE.name}"
    without = set(table.modules()) - set(rows)
    assert not without, f"without a row: {sorted(without)}: see {table.PAGE.name}"


def test_the_layout_of_the_design_page_has_every_module_once():
    page = (table.ROOT / "docs" / "design.md").read_text(encoding="utf-8")
    listing = page[page.index("\nsim/\n") :].split("\n```", 1)[0].splitlines()
    names = [line.split()[0] for line in listing if line.split() and line.split()[0].endswith(".py")]
    expected = [name.rpartition("/")[2] for name in table.modules() if not name.endswith("__.py")]
    assert sorted(names) == sorted(expected)


def test_every_test_of_the_table_is_there_and_runs_in_make_test():
    for module, test in table.rows().items():
        if test == table.TYPES_ALONE:
            continue
        file, _, name = test.partition("::")
        tree = ast.parse((table.ROOT / file).read_text(encoding="utf-8"))
        (found,) = [each for each in tree.body if isinstance(each, ast.FunctionDef) and each.name == name] or [None]
        assert found, f"{module}: there is no {test}"
        marks = [ast.unparse(each) for each in found.decorator_list]
        assert not any(mark.endswith("mark.long") for mark in marks), f"{module}: {test} is a long one"


@pytest.mark.long
def test_every_module_that_is_broken_is_noticed_by_its_test():
    done = subprocess.run([sys.executable, "-m", "tests.rooms"], capture_output=True, text=True, cwd=table.ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
