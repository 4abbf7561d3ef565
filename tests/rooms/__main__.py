"""Keep the table of tests/README.md true.

    python -m tests.rooms [MODULE …]     break each module of the table (or those) and run its test: minutes
    python -m tests.rooms --missing [TESTS …]
                                         find and prove tests (in those files, or in all) for modules that the table
                                         lacks, and write them there
"""

import argparse
import cProfile
import sys
import time
from pathlib import Path

import pytest

from tests.rooms import table
from tests.rooms.breaking import MISSED, NOTICED, noticed

TRIED, OF_A_FILE = 12, 2
"""So many candidates of a module are tried, the most particular ones first, and so many of them from one file."""
QUICK_S = 1.5


def dotted(path):
    """The name of a module, of its path."""
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


class Executed:
    """A plugin of pytest: which modules of the package each test executes, and the processor time that it takes."""

    def __init__(self):
        self.modules, self.seconds = {}, {}

    def _watched(self, item):
        profile, begun = cProfile.Profile(subcalls=False, builtins=False), time.process_time()
        profile.enable()
        yield
        profile.disable()
        name = item.nodeid.partition("[")[0]
        files = {each.code.co_filename for each in profile.getstats() if not isinstance(each.code, str)}
        here = str(table.ROOT / "sim")
        found = {str(Path(file).relative_to(table.ROOT)) for file in files if file.startswith(here)}
        self.modules.setdefault(name, set()).update(found)
        self.seconds[name] = self.seconds.get(name, 0.0) + time.process_time() - begun

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_setup(self, item):
        """What a test's own fixtures execute counts."""
        return (yield from self._watched(item))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item):
        """The test itself."""
        return (yield from self._watched(item))


def candidates(executed, path):
    """Tests that execute a module, the quick ones that execute little else first."""
    found = [name for name, files in executed.modules.items() if path in files]
    found.sort(key=lambda name: (executed.seconds[name] > QUICK_S, len(executed.modules[name]), name))
    files = [name.partition("::")[0] for name in found]
    return [name for i, name in enumerate(found) if files[:i].count(files[i]) < OF_A_FILE][:TRIED]


def proved(path, tests):
    """The first of the tests that fails when the module is broken; None where none does."""
    return next((test for test in tests if noticed(dotted(path), test) == NOTICED), None)


def add_missing(where):
    """Find tests for what the table lacks; returns the modules for which there is none."""
    rows = {path: test for path, test in table.rows().items() if path in table.modules()}
    missing = [path for path in table.modules() if path not in rows]
    executed = Executed()
    pytest.main(["-m", "not long", "-p", "no:cacheprovider", *(where or ["tests"])], plugins=[executed])
    for path in missing:
        test = proved(path, candidates(executed, path))
        print(path, test or "NO TEST", flush=True)
        rows |= {path: test} if test else {}
    table.write(rows)
    return [path for path in missing if path not in rows]


def check(paths):
    """Break each module; returns those whose test does not notice."""
    bad = []
    for path, test in table.rows().items():
        if test == table.TYPES_ALONE or (paths and path not in paths):
            continue
        outcome = noticed(dotted(path), test)
        if outcome != NOTICED:
            bad.append(path)
            print(f"{path}: {test} {'passes all the same' if outcome == MISSED else 'does not run'}", flush=True)
    return bad


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", nargs="*")
    parser.add_argument("--missing", action="store_true")
    said = parser.parse_args()
    sys.exit(bool((add_missing if said.missing else check)(said.paths)))
