"""`sim run` as a whole process, and where its time goes: `python -m tests.bench.run_whole SCENARIO`.

Prints one line of JSON: CPU and wall seconds of whole processes, and of the parts of one run inside a process.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path

TIMES = 5
_WHOLE = "import sys; from sim.cli import main; sys.argv[0] = 'sim'; main()"


def main(scenario: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        runs = [_process(scenario, folder) for _ in range(TIMES + 1)][1:]  # the first fills the caches on disk
        parts = [
            json.loads(subprocess.check_output([sys.executable, "-m", __spec__.name, "--parts", scenario, folder]))
            for _ in range(3)
        ]
    best = min(parts, key=lambda each: sum(each.values()))
    cpu, wall, peak = zip(*runs, strict=True)
    print(json.dumps({"cpu_s": cpu, "wall_s": wall, "peak_kib": min(peak), "parts_s": best}))


def _process(scenario: str, folder: str) -> tuple[float, float, int]:
    began = time.perf_counter()
    command = [sys.executable, "-c", _WHOLE, "run", scenario, "--output", str(Path(folder) / "out")]
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    wall = time.perf_counter() - began
    if status:
        raise SystemExit(f"sim run {scenario} failed")
    return usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss


def parts(scenario: str, folder: str) -> None:
    """CPU seconds of import, read, move, search and products, by what `run` says it is doing."""
    marks: list[tuple[str, float]] = [("import", 0.0)]
    import sim
    import sim.cli.verbs
    import sim.simulation.run

    def mark(what: str) -> None:
        marks.append((what.split()[0], time.process_time()))

    mark("read")
    loaded = sim.load(scenario)
    mark("move")
    result = sim.run(loaded, mark)
    mark("products")
    sim.write(loaded, result, Path(folder) / "parts")
    mark("end")
    names = {"moving": "move", "searching": "search"}
    spent: dict[str, float] = {}
    for (name, start), (_, end) in pairwise(marks):
        name = names.get(name, name)
        spent[name] = spent.get(name, 0.0) + end - start
    print(json.dumps(spent))


if __name__ == "__main__":
    if sys.argv[1] == "--parts":
        parts(*sys.argv[2:])
    else:
        main(sys.argv[1])
