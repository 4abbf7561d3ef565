"""`python -m tests.mutation [PATTERN …]`: mutmut makes the mutants; each is tried by the laws that reach it, in a fork.

mutmut collects the tests again for every mutant. Here they are collected once, and every mutant is tested in a fork of
that process, with the quickest tests first. Writes mutants/verdicts.json and prints the scores and the change of every
survivor. Patterns choose mutants by name; mutants that were killed before are not tried again unless --all is given.
"""

from __future__ import annotations

import argparse
import ast
import difflib
import fnmatch
import json
import os
import re
import resource
import signal
import subprocess
import sys
import time
from collections import Counter
from functools import lru_cache
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).parents[2]
MUTANTS = ROOT / "mutants"
STATS = MUTANTS / "mutmut-stats.json"
VERDICTS = MUTANTS / "verdicts.json"
MODULES = ("search.windows", "search.find", "search.conditions", "core.geometry")
"""The modules that have mutants, as in pyproject.toml (`[tool.mutmut] only_mutate`), below `sim`."""
EXAMPLES = 15
"""Examples a law and mutant: those that notice a mistake notice it soon."""
PATIENCE, LEAST_S = 0.5, 5.0
"""A mutant may take this many times what its tests take, and some seconds, by the processor's clock."""


class Trial:
    """A plugin of pytest that tries mutants on the tests that were collected, in place of running them."""

    def __init__(self, names, tests, durations, verdicts):
        self.names, self.tests, self.durations, self.verdicts = names, tests, durations, verdicts

    def pytest_runtestloop(self, session):
        import astropy.table  # noqa: F401  (what the code imports late, so that no fork does it again)
        import pandas  # noqa: F401

        items = {item.nodeid: item for item in session.items}
        for item in items.values():
            law = item.function
            if hasattr(law, "hypothesis"):
                usual = law._hypothesis_internal_use_settings
                law._hypothesis_internal_use_settings = settings(usual, max_examples=min(usual.max_examples, EXAMPLES))
        for count, name in enumerate(self.names, 1):
            reaching = [items[test] for test in self.tests.get(function(name), ()) if test in items]
            reaching.sort(key=lambda item: self.durations.get(item.nodeid, 0.0))
            allowed = LEAST_S + PATIENCE * sum(self.durations.get(item.nodeid, 0.0) for item in reaching)
            verdict = self.tried(name, reaching, allowed) if reaching else "no test"
            self.verdicts[name] = verdict
            print(f"\r{count}/{len(self.names)} {name} {verdict}\033[K", end="", file=sys.stderr, flush=True)
            if count % 20 == 0 or count == len(self.names):
                VERDICTS.write_text(json.dumps(self.verdicts, indent=0))
        return True

    def tried(self, name, items, allowed):
        """Survived, killed, or killed because it did not end: in a process of its own."""
        pid = os.fork()
        if not pid:
            nothing = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nothing, 1)
            os.dup2(nothing, 2)
            os.environ["MUTANT_UNDER_TEST"] = name
            signal.signal(signal.SIGXCPU, signal.SIG_DFL)
            resource.setrlimit(resource.RLIMIT_CPU, (int(allowed + time.process_time()) + 1,) * 2)
            failed = True
            try:
                failed = any(self.fails(item) for item in items)
            finally:
                os._exit(1 if failed else 0)
        _, status = os.waitpid(pid, 0)
        return "survived" if status == 0 else "out of time" if os.WIFSIGNALED(status) else "killed"

    def fails(self, item):
        """Whether a test fails, which ends the trial."""
        from _pytest.runner import runtestprotocol

        return any(report.failed for report in runtestprotocol(item, nextitem=None, log=False))


def function(name):
    """The function that a mutant is one of."""
    return re.sub(r"__mutmut_\d+$", "", name)


def mutated(module):
    """The file in which mutmut keeps a module and its mutants."""
    return (MUTANTS / "sim" / module.replace(".", "/")).with_suffix(".py")


def made():
    """Make the mutants and find out which tests reach which function, as mutmut does it."""
    sources = [*(ROOT / "sim").rglob("*.py"), *(ROOT / "tests" / "laws").glob("*.py"), ROOT / "pyproject.toml"]
    if not STATS.is_file() or max(path.stat().st_mtime for path in sources) > STATS.stat().st_mtime:
        environment = {**os.environ, "FARSIDE_MUTATION": "1"}
        asked = [sys.executable, "-m", "mutmut", "run", "no.such.mutant"]
        subprocess.run(asked, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.utime(STATS)
    found = []
    for module in MODULES:
        text = mutated(module).read_text()
        names = set(re.findall(r"def (\w+__mutmut_\d+)\(", text))
        found += [f"sim.{module}.{name}" for name in sorted(names, key=lambda n: (function(n), int(n.split("_")[-1])))]
    return found


def main() -> int:
    """Try the mutants; print scores and survivors."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation")
    parser.add_argument("patterns", nargs="*", default=["*"])
    parser.add_argument("--all", action="store_true", help="also those that were killed before")
    asked = parser.parse_args()
    names = made()
    stats = json.loads(STATS.read_text())
    verdicts = json.loads(VERDICTS.read_text()) if VERDICTS.is_file() and not asked.all else {}
    known = set(names)
    verdicts = {name: verdict for name, verdict in verdicts.items() if name in known}
    chosen = [n for n in names if any(fnmatch.fnmatch(n, p) for p in asked.patterns) and verdicts.get(n) != "killed"]
    if chosen:
        os.chdir(MUTANTS)
        sys.path.insert(0, str(MUTANTS))
        for module in [m for m in sys.modules if m == "tests" or m.startswith(("tests.", "sim."))]:
            del sys.modules[module]
        os.environ |= {"FARSIDE_MUTATION": "1", "MUTANT_UNDER_TEST": ""}
        trial = Trial(chosen, stats["tests_by_mangled_function_name"], stats["duration_by_test"], verdicts)
        wanted = sorted({test.split("::")[0] for tests in trial.tests.values() for test in tests})
        pytest.main(["-p", "no:cacheprovider", "-p", "no:xdist", "--tb=no", "--assert=plain", *wanted], plugins=[trial])
        print(file=sys.stderr)
    told(names, verdicts)
    return 0


def told(names, verdicts):
    """The table of scores, and what survived."""
    print("| module | mutants | killed | of these out of time | survived | no test | score |")
    print("|---|---|---|---|---|---|---|")
    for module in MODULES:
        here = [verdicts.get(name, "not tried") for name in names if name.startswith(f"sim.{module}.")]
        counts, tried = Counter(here), [v for v in here if v != "not tried"]
        killed = counts["killed"] + counts["out of time"]
        share = f"{100 * killed / len(tried):.1f} %" if tried else "–"
        print(
            f"| {module} | {len(tried)} of {len(here)} | {killed} | {counts['out of time']} | {counts['survived']} | "
            f"{counts['no test']} | {share} |"
        )
    for name in names:
        if verdicts.get(name) in ("survived", "no test"):
            print(f"\n{verdicts[name]}: {name}\n" + "\n".join(change(name)))


@lru_cache
def sources(module):
    """The functions of a module of mutants, original and changed, by name: their lines."""
    text = mutated(module).read_text()
    lines = text.splitlines()
    found = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef)]
    return {node.name: lines[node.lineno : node.end_lineno] for node in found if "__mutmut_" in node.name}


def change(name):
    """What was changed: the lines before and after."""
    module, _, mutant = name.removeprefix("sim.").rpartition(".")
    of = sources(module)
    lines = difflib.unified_diff(of[function(mutant) + "__mutmut_orig"], of[mutant], n=0, lineterm="")
    return [line for line in lines if not line.startswith(("---", "+++", "@@"))]


if __name__ == "__main__":
    sys.exit(main())
