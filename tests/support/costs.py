"""Where the processor time of the tests goes: `pytest -p tests.support.costs --costs costs.csv`.

Each row of the table is one phase of one test, the set-up of one fixture, or the start and collection of one process:
processor seconds of this process and of its children that have ended. With `-n`, each worker writes a table of its own.
A fixture's seconds are also part of the set-up of the test that needed it first.
"""

import csv
import os
from collections import Counter
from pathlib import Path

import pytest

ROWS: list[tuple[str, str, str, float]] = []
SHOWN = 15


def spent_s() -> float:
    """Processor seconds of this process and of its children that have ended."""
    return sum(os.times()[:4])


def pytest_addoption(parser):
    parser.addoption("--costs", help="write the processor time of each phase of each test to this CSV file")


def pytest_configure(config):
    if config.getoption("--costs"):
        config.pluginmanager.register(Costs(Path(config.getoption("--costs"))), "costs")


class Costs:
    """Keeps what each phase costs, and writes it when the session of a process ends."""

    def __init__(self, path):
        worker = os.environ.get("PYTEST_XDIST_WORKER", "")
        self.path = path.with_name(f"{path.stem}-{worker}{path.suffix}") if worker else path

    @pytest.hookimpl(wrapper=True)
    def pytest_collection(self, session):
        before = spent_s()
        yield
        ROWS.append(("collection", "", "", spent_s() - before))
        ROWS.append(("start", "", "", before))
        return True

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef, request):
        before = spent_s()
        try:
            return (yield)
        finally:
            ROWS.append(("fixture", str(fixturedef.baseid), fixturedef.argname, spent_s() - before))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item, nextitem):
        self.test = item.nodeid.partition("::")
        return (yield)

    def _phase(self, phase):
        before = spent_s()
        try:
            return (yield)
        finally:
            ROWS.append((phase, self.test[0], self.test[2], spent_s() - before))

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_setup(self, item):
        return (yield from self._phase("setup"))

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_call(self, item):
        return (yield from self._phase("call"))

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_teardown(self, item, nextitem):
        return (yield from self._phase("teardown"))

    def pytest_sessionfinish(self, session):
        with self.path.open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(("phase", "file", "what", "processor_s"))
            writer.writerows((*row[:3], f"{row[3]:.3f}") for row in ROWS)

    def pytest_terminal_summary(self, terminalreporter):
        files: Counter[str] = Counter()
        for path in [self.path, *self.path.parent.glob(f"{self.path.stem}-gw*{self.path.suffix}")]:
            for row in csv.DictReader(path.read_text().splitlines()) if path.is_file() else ():
                if row["phase"] != "fixture":
                    files[row["file"] or row["phase"]] += float(row["processor_s"])
        terminalreporter.section("processor seconds by file")
        for name, total in files.most_common(SHOWN):
            terminalreporter.line(f"{total:8.1f}  {name}")
        terminalreporter.line(f"{sum(files.values()):8.1f}  in all")
