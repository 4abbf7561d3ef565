"""The examples of docstrings run, in one process and quickly."""

import doctest
import importlib
import pkgutil
import time

import pytest

import sim

MODULES = sorted(module.name for module in pkgutil.walk_packages(sim.__path__, "sim."))
FINDER = doctest.DocTestFinder(exclude_empty=True)
LONGEST_S = 2.0
"""Maximum time of one docstring's examples. They are written for 0.3 s; a loaded machine is slower."""

SKETCHES = ("sim.products.plot.",)
"""Modules whose examples use names that they do not define."""


def _examples(name):
    module = importlib.import_module(name)
    return [test for test in FINDER.find(module) if test.examples]


@pytest.mark.parametrize("name", [n for n in MODULES if n != "sim.__main__" and not n.startswith(SKETCHES)])
def test_the_examples_of_a_module_s_docstrings_run(name):
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS)
    for test in _examples(name):
        said = []
        begun = time.process_time()
        failed, _ = runner.run(test, out=said.append)
        assert not failed, "".join(said)
        assert time.process_time() - begun < LONGEST_S, f"{test.name} takes too long"


def test_there_are_examples():
    assert sum(len(_examples(name)) for name in ("sim.core.time", "sim.core.geometry")) > 3
