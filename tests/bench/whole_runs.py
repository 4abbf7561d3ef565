"""Every shipped scenario beside the version before, files to files: `python -m tests.bench.whole_runs BEFORE`.

BEFORE is a checkout of the other version (`git worktree add BEFORE COMMIT`). Each scenario is run three times in
processes of their own, one after the other: by the version before, by this one with an empty store of orbits, and by
this one again. Prints processor seconds (user and system, whole process) and ratios to the version before.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
FLAGSHIP, HOP, INSTANT = "chang-e-4", "lro-estrack", "2019-01-10T00:00:00Z"
_SIM = "import sys; from sim.cli import main; sys.argv[0] = 'sim'; main()"


def spent(tree: Path, store: Path, *words: str) -> float:
    """Processor seconds of one command, of a version."""
    settings = {**os.environ, "PYTHONPATH": str(tree), "FARSIDE_SIM_ORBITS": str(store)}
    child = subprocess.Popen(
        [sys.executable, "-c", _SIM, *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=settings
    )
    _, status, usage = os.wait4(child.pid, 0)
    if status:
        raise SystemExit(f"{tree}: sim {' '.join(words)} failed")
    return usage.ru_utime + usage.ru_stime


def row(name: str, before: float, first: float, second: float) -> str:
    return f"{name:<28} {before:8.2f} {first:8.2f} {second:8.2f} {first / before:7.2f} {second / before:7.2f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("before", type=Path, help="a checkout of the version before")
    parser.add_argument("--only", nargs="*", help="scenarios [default: all]")
    options = parser.parse_args()
    names = options.only or sorted(path.stem for path in (ROOT / "scenarios").glob("*.toml"))
    print(f"{'processor seconds':<28} {'before':>8} {'first':>8} {'second':>8} {'first':>7} {'second':>7}")
    totals = [0.0, 0.0, 0.0]
    with tempfile.TemporaryDirectory() as folder:
        home, store, none = Path(folder), Path(folder) / "orbits", Path(folder) / "none"
        for tree in (options.before, ROOT):  # what compiles, and what fills caches of the system, is not measured
            spent(tree, none, "run", str(tree / "scenarios" / f"{FLAGSHIP}.toml"), "-o", str(home / "warm"))
        for name in names:
            old, new = (str(tree / "scenarios" / f"{name}.toml") for tree in (options.before, ROOT))
            times = (
                spent(options.before, store, "run", old, "-o", str(home / "before")),
                spent(ROOT, store, "run", new, "-o", str(home / "first")),
                spent(ROOT, store, "run", new, "-o", str(home / "second")),
            )
            totals = [total + each for total, each in zip(totals, times, strict=True)]
            print(row(name, *times), flush=True)
        print(row("all", totals[0], totals[1], totals[2]))
        if FLAGSHIP in names:
            for words in (("why", HOP, INSTANT), ("windows", HOP), ("check",)):
                times = tuple(
                    spent(tree, kept, words[0], str(tree / "scenarios" / f"{FLAGSHIP}.toml"), *words[1:])
                    for tree, kept in ((options.before, store), (ROOT, home / words[0]), (ROOT, store))
                )
                print(row(" ".join(words[:2]), *times), flush=True)


if __name__ == "__main__":
    main()
