"""How long a map of the whole Moon takes, and how much memory: the figures of docs/coverage.md.

    python -m tests.bench.coverage [--write docs/coverage.md]

Orbits are moved before the clock starts; each grid is looked at in a process of its own.
"""

from __future__ import annotations

import argparse
import os
import re
import resource
import subprocess
import sys
import time
from pathlib import Path

THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
SCENARIO = "docs/gallery-coverage.toml"
GRIDS = {"equal_area": "equal areas, 2° apart", "latitude_longitude": "2° by 2°"}
BEGIN, END = "<!-- measured: python -m tests.bench.coverage -->", "<!-- end -->"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", type=Path, help="a page, whose marked lines are replaced")
    parser.add_argument("--grid", choices=GRIDS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.grid:
        print(_one(options.grid))
        return
    environment = {**os.environ, **dict.fromkeys(THREADS, "1")}
    command = [sys.executable, "-m", "tests.bench.coverage", "--grid"]
    lines = []
    for grid in GRIDS:
        done = subprocess.run([*command, grid], check=True, text=True, stdout=subprocess.PIPE, env=environment)
        lines.append(done.stdout.strip())
    head = ["| points | wall | processor time | memory (whole process) | in contact |", "|---|---|---|---|---|"]
    text = "\n".join([*head, *lines])
    print(text)
    if options.write:
        page = options.write.read_text(encoding="utf-8")
        pattern = re.compile(f"{re.escape(BEGIN)}.*?{re.escape(END)}", re.DOTALL)
        options.write.write_text(pattern.sub(lambda _: f"{BEGIN}\n{text}\n{END}", page), encoding="utf-8")


def _one(kind: str) -> str:
    import sim
    from sim.visibility.coverage.coverage import accesses, coverage
    from sim.visibility.coverage.grid import equal_area, latitude_longitude

    scenario = sim.load(SCENARIO, allow_paths=True)
    names = scenario.products[0].assets
    ends = {name: scenario[name] for name in names}
    grid = {"equal_area": equal_area, "latitude_longitude": latitude_longitude}[kind]("moon", 2.0)
    wall, processor = time.perf_counter(), time.process_time()
    assets = {name: accesses((name,), ends, scenario.span) for name in names}
    found = coverage(grid, scenario.span, assets, horizon_deg=scenario.products[0].horizon_deg)
    wall, processor = time.perf_counter() - wall, time.process_time() - processor
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    mean = grid.mean(found.figures["percent"])
    return f"| {len(grid):,} ({GRIDS[kind]}) | {wall:.0f} s | {processor:.0f} s | {memory:.0f} MB | {mean:.2f} % |"


if __name__ == "__main__":
    main()
